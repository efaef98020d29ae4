"""The explained pictures of a pair are summarised in numbers, averages, patches and clusters."""

import numpy as np
import pytest

from xai_core.evidence.central_object import CentralObject
from xai_core.evidence.findings import COLUMNS, MEASURES, ExplainedPicture, average_picture, findings

VIEW = np.full((24, 24, 3), 100, np.uint8)
MIDDLE = CentralObject(0.5, 0.5, 0.25, 0.25)


@pytest.fixture
def explained(spotted):
    """Mistakes with evidence at two spots of the rim, correct pictures with evidence in the middle."""

    def picture(image_id, group, contrast):
        return ExplainedPicture(image_id, group, VIEW, MIDDLE, contrast, 300)

    wrong = [picture(f"wrong/{number}", "mistakes", spotted(0, number % 2 * 20, 2.0)) for number in range(5)]
    right = [picture(f"right/{number}", "of_truth", spotted(10, 10) - spotted(0, 0)) for number in range(4)]
    return [*wrong, *right, picture("guess/0", "of_guess", spotted(20, 0))]


def test_there_is_one_row_per_picture(explained):
    numbers = findings(explained).numbers
    assert tuple(numbers.columns) == COLUMNS
    assert list(numbers["image_id"]) == [picture.image_id for picture in explained]
    assert list(numbers["for_guess"]) == [32.0] * 5 + [16.0] * 5
    assert list(numbers["for_truth"]) == [0.0] * 5 + [16.0] * 4 + [0.0]
    assert list(numbers["in_middle"]) == [0.0] * 5 + [1.0] * 4 + [0.0]
    assert list(numbers["on_object"]) == [0.0] * 5 + [1.0] * 4 + [0.0]
    assert list(numbers["cluster"]) == [1, 2, 1, 2, 1, 0, 0, 0, 0, 0]
    assert numbers["object_area"].iloc[0] == pytest.approx(np.pi / 16, abs=0.02)


def test_mistakes_are_compared_with_right_answers_of_the_true_class(explained):
    found = findings(explained).differences
    assert tuple(found) == MEASURES
    assert found["in_middle"].delta == -1
    assert (found["in_middle"].mistakes, found["in_middle"].correct) == (5, 4)
    assert found["in_middle"].p_value == pytest.approx(2 / 126)  # one way of 126, at either side


def test_clusters_and_patches_name_their_pictures(explained):
    found = findings(explained)
    assert found.clusters == (("wrong/0", "wrong/2", "wrong/4"), ("wrong/1", "wrong/3"))
    assert set(found.for_guess) == {picture.image_id for picture in explained}
    assert found.for_guess["wrong/1"].mask((24, 24))[0:4, 20:24].all()
    assert set(found.for_truth) == {f"right/{number}" for number in range(4)}
    assert found.for_truth["right/0"].mask((24, 24))[0:4, 0:4].all()


def test_averages_are_of_a_group_or_of_some_pictures(explained):
    found = findings(explained)
    assert {group: mean.count for group, mean in found.on_frame.items()} == {
        "mistakes": 5,
        "of_truth": 4,
        "of_guess": 1,
    }
    assert found.on_frame["mistakes"].contrast[0, 0] == pytest.approx(1.2)
    assert average_picture(explained, ["wrong/0", "wrong/1"]).contrast[0, 0] == pytest.approx(1.0)
    assert found.on_object["mistakes"].contrast.sum() == pytest.approx(32, rel=0.05)


def test_one_mistake_alone_has_no_comparison(explained):
    found = findings(explained[:1])
    assert found.differences == dict.fromkeys(MEASURES)
    assert found.clusters == (("wrong/0",),)
    assert set(found.on_frame) == {"mistakes"}
    assert found.for_truth == {}


def test_a_picture_without_evidence_for_the_guess_is_no_measurement(explained, spotted):
    nothing = ExplainedPicture("wrong/9", "mistakes", VIEW, MIDDLE, -spotted(10, 10), 300)
    found = findings([*explained, nothing])
    assert found.differences["in_middle"].mistakes == 5
    assert np.isnan(found.numbers["patch_value"].iloc[-1])
    assert "wrong/9" not in found.for_guess


def test_right_answers_alone_are_no_mistakes(explained):
    found = findings(explained[5:])
    assert found.clusters == ()
    assert found.of("mistakes").empty
