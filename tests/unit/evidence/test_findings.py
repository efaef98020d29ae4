"""What explained pictures of a pair say together."""

import numpy as np
import pytest

from xai_core.evidence.findings import COLUMNS, MEASURES, Piece, average, findings
from xai_core.evidence.objects import CentralObject

VIEW = np.full((24, 24, 3), 100, np.uint8)
MIDDLE = CentralObject(0.5, 0.5, 0.25, 0.25)


@pytest.fixture
def pieces(spotted):
    """Mistakes with evidence at two places of the rim, right answers with it in the middle."""

    def piece(image_id, group, contrast):
        return Piece(image_id, group, VIEW, MIDDLE, contrast, 300)

    wrong = [piece(f"wrong/{each}", "mistakes", spotted(0, each % 2 * 20, 2.0)) for each in range(5)]
    right = [piece(f"right/{each}", "of_truth", spotted(10, 10) - spotted(0, 0)) for each in range(4)]
    return [*wrong, *right, piece("guess/0", "of_guess", spotted(20, 0))]


def test_a_row_a_picture(pieces):
    numbers = findings(pieces).numbers
    assert tuple(numbers.columns) == COLUMNS
    assert list(numbers["image_id"]) == [each.image_id for each in pieces]
    assert list(numbers["for_guess"]) == [32.0] * 5 + [16.0] * 5
    assert list(numbers["for_truth"]) == [0.0] * 5 + [16.0] * 4 + [0.0]
    assert list(numbers["in_middle"]) == [0.0] * 5 + [1.0] * 4 + [0.0]
    assert list(numbers["on_object"]) == [0.0] * 5 + [1.0] * 4 + [0.0]
    assert list(numbers["cluster"]) == [1, 2, 1, 2, 1, 0, 0, 0, 0, 0]
    assert numbers["object_area"].iloc[0] == pytest.approx(np.pi / 16, abs=0.02)


def test_mistakes_are_compared_with_right_answers_of_the_true_class(pieces):
    found = findings(pieces).differences
    assert tuple(found) == MEASURES
    assert found["in_middle"].delta == -1
    assert (found["in_middle"].mistakes, found["in_middle"].correct) == (5, 4)
    assert found["in_middle"].p_value == pytest.approx(2 / 126)  # one way of 126, at either side


def test_clusters_and_patches_name_their_pictures(pieces):
    found = findings(pieces)
    assert found.clusters == (("wrong/0", "wrong/2", "wrong/4"), ("wrong/1", "wrong/3"))
    assert set(found.for_guess) == {each.image_id for each in pieces}
    assert found.for_guess["wrong/1"].mask((24, 24))[0:4, 20:24].all()
    assert set(found.for_truth) == {f"right/{each}" for each in range(4)}
    assert found.for_truth["right/0"].mask((24, 24))[0:4, 0:4].all()


def test_averages_are_of_a_group_or_of_some_pictures(pieces):
    found = findings(pieces)
    assert {group: mean.count for group, mean in found.on_frame.items()} == {
        "mistakes": 5,
        "of_truth": 4,
        "of_guess": 1,
    }
    assert found.on_frame["mistakes"].contrast[0, 0] == pytest.approx(1.2)
    assert average(pieces, ["wrong/0", "wrong/1"]).contrast[0, 0] == pytest.approx(1.0)
    assert found.on_object["mistakes"].contrast.sum() == pytest.approx(32, rel=0.05)


def test_one_mistake_alone_is_told_of_without_a_comparison(pieces):
    found = findings(pieces[:1])
    assert found.differences == dict.fromkeys(MEASURES)
    assert found.clusters == (("wrong/0",),)
    assert set(found.on_frame) == {"mistakes"}
    assert found.for_truth == {}


def test_a_picture_without_evidence_for_the_guess_is_no_measurement(pieces, spotted):
    nothing = Piece("wrong/9", "mistakes", VIEW, MIDDLE, -spotted(10, 10), 300)
    found = findings([*pieces, nothing])
    assert found.differences["in_middle"].mistakes == 5
    assert np.isnan(found.numbers["patch_value"].iloc[-1])
    assert "wrong/9" not in found.for_guess


def test_right_answers_alone_are_no_mistakes(pieces):
    found = findings(pieces[5:])
    assert found.clusters == ()
    assert found.of("mistakes").empty
