"""A study becomes a repair set of its readable pictures."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.errors import StudyRefused
from xai_core.repair.fitting.repair_set import repair_set


def test_readable_pictures_with_corrected_classes_and_groups(tiny_study):
    found = repair_set(tiny_study, truths={"pork_chop/4": "ravioli"}, evidence={"pork_chop/5": True})
    assert len(found) == 19
    assert "pizza/5" not in found.image_ids
    row = found.image_ids.index("pork_chop/4")
    assert tiny_study.labels[found.truth[row]] == "ravioli"
    assert [found.image_ids[row] for row in np.flatnonzero(found.evidence)] == ["pork_chop/5"]
    assert repair_set(tiny_study).evidence is None
    assert found.logits[row] == pytest.approx(tiny_study.logits[tiny_study.row("pork_chop/4").name])


def test_a_study_without_embeddings_is_refused(tiny_study):
    with pytest.raises(StudyRefused, match="The study tiny has no embeddings"):
        repair_set(replace(tiny_study, embeddings=None))


def test_a_repair_set_of_other_classes_is_refused(tiny_study):
    with pytest.raises(StudyRefused, match="expected 2\\): it has no gyoza"):
        repair_set(tiny_study, labels=("gyoza", "pizza"))
    with pytest.raises(StudyRefused, match="in another order"):
        repair_set(tiny_study, labels=tiny_study.labels[::-1])
