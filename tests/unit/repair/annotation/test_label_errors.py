"""Wrong labels are corrected from verdicts, and suggested where two witnesses agree."""

from dataclasses import replace

import numpy as np
import pandas as pd

from tests.unit.repair.conftest import LABELS, kitchen
from xai_core.repair.annotation.label_errors import corrected_truths, doubt_sentence, rank_labels


def test_the_verdict_wrong_label_takes_the_guess():
    verdicts = pd.DataFrame(
        {
            "image_id": ["a/1", "a/2", "a/3"],
            "kind": ["wrong label", "model error", "wrong label"],
            "guess": ["b", "b", "zebra"],
        }
    )
    assert corrected_truths(verdicts, LABELS) == {"a/1": "b"}


def test_planted_wrong_labels_come_first_although_the_model_has_confident_mistakes():
    pictures = kitchen(2)
    planted = [45, 60, 90, 125]
    truth = pictures.truth.copy()
    truth[planted] = [2, 3, 0, 1]
    found = rank_labels(replace(pictures, truth=truth), LABELS).head(4)
    assert set(found["image_id"]) == {pictures.image_ids[row] for row in planted}
    row = found[found["image_id"] == pictures.image_ids[45]].iloc[0]
    assert (row["truth"], row["suggested"]) == ("c", "b")
    assert row["neighbours"] > 0.5
    assert row["nearest"] == "b"
    assert row["normalized_margin"] < 0.5


def test_a_picture_without_neighbours_of_other_classes_is_not_suggested():
    assert rank_labels(kitchen(0).take(np.array([3])), LABELS).empty


def test_labels_below_the_limit_are_counted_as_strongly_doubted():
    assert "doubt **2 labels** strongly" in doubt_sentence(pd.DataFrame({"score": [0.0, 0.0009, 0.001, 0.5]}))
    assert "doubt no label strongly" in doubt_sentence(pd.DataFrame({"score": [0.001]}))
