"""A part of a labelled set keeps the share of every class."""

from hypothesis import given
from hypothesis import strategies as st

from xai_core.data.dataset import Picture, evenly_spaced, fingerprint


class TestEvenlySpaced:
    @given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 100))
    def test_every_class_keeps_its_share_within_one_picture(self, sizes, limit):
        pictures = [Picture(f"{c}/{i}", str(c)) for c, size in enumerate(sizes) for i in range(size)]
        chosen = evenly_spaced(pictures, limit)
        assert len(chosen) == min(limit, len(pictures))
        assert list(chosen) == [picture for picture in pictures if picture in set(chosen)]
        for c, size in enumerate(sizes):
            share = size * len(chosen) / len(pictures)
            assert abs(sum(picture.truth == str(c) for picture in chosen) - share) <= 1

    def test_no_limit_is_all_pictures(self):
        pictures = [Picture("a/1", "a"), Picture("a/2", "a")]
        assert evenly_spaced(pictures, None) == tuple(pictures)


def test_a_fingerprint_depends_on_split_ids_truths_and_content():
    pictures = [Picture("a/1", "a"), Picture("b/1", "b")]
    base = fingerprint("test", pictures)
    others = [
        fingerprint("train", pictures),
        fingerprint("test", pictures[::-1]),
        fingerprint("test", [Picture("a/1", "b"), pictures[1]]),
        fingerprint("test", pictures, "2:100"),
    ]
    assert len({base, *others}) == 5
