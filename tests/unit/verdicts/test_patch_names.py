"""Names of patches, beside the verdicts."""

import pytest

from xai_core.errors import SettingRefused
from xai_core.verdicts.patch_names import PatchNames
from xai_core.verdicts.store import VerdictStore, copy_verdicts

PAIR = ("waffles", "strawberry_shortcake")


@pytest.fixture
def names(tmp_path):
    """Store of a study without names."""
    folder = tmp_path / "mine"
    folder.mkdir()
    return PatchNames(folder)


def test_a_name_is_kept_for_its_pair_and_its_pictures_and_leaves_the_verdicts_as_they_are(names, tmp_path):
    assert names.all() == ()
    VerdictStore(names.folder).put("waffles/1", "ambiguous", seen=0)
    assert names.all() == ()
    names.put(*PAIR, " coffee \n cup ", ["waffles/9"], author="Ann")
    written = names.put(*PAIR, "strawberry", ["waffles/1", "waffles/2", "waffles/1"])
    assert written.pictures == ("waffles/1", "waffles/2")
    assert [(found.name, len(found.pictures)) for found in names.all()] == [
        ("strawberry", 2),
        ("coffee cup", 1),
    ]
    assert VerdictStore(names.folder).latest("waffles/1").kind == "ambiguous"
    # A rebuild of the study takes both along.
    (tmp_path / "new").mkdir()
    copy_verdicts(names.folder, tmp_path / "new")
    assert PatchNames(tmp_path / "new").all() == names.all()


def test_the_latest_pictures_of_a_name_count_and_none_take_it_back(names):
    names.put(*PAIR, "strawberry", ["waffles/1"])
    names.put(*PAIR, "strawberry", ["waffles/3"])
    assert [found.pictures for found in names.all()] == [("waffles/3",)]
    names.put(*PAIR, "strawberry", [])
    assert names.all() == ()


@pytest.mark.parametrize(("name", "said"), [(" \n", "empty"), ("x" * 61, "61 characters long")])
def test_a_name_that_says_nothing_or_too_much_is_refused(names, name, said):
    with pytest.raises(SettingRefused, match=said):
        names.put(*PAIR, name, ["waffles/1"])
    assert not names.path.exists()
