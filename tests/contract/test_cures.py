"""Every cure is fitted on one set of pictures and judged on another."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.repair.conftest import LABELS, kitchen
from xai_core.errors import SettingRefused
from xai_core.repair.trials.cures import CURES, try_cure
from xai_core.repair.trials.division import Division, halves

PAIR = ("a", "b")


@pytest.fixture(scope="module", params=CURES)
def cure(request):
    return request.param


@pytest.fixture(scope="module")
def division():
    return halves(kitchen(0))


def same(first, second):
    weights = (first.change.weight is None) == (second.change.weight is None)
    equal = weights and (first.change.weight is None or np.array_equal(first.change.weight, second.change.weight))
    return (
        equal
        and np.array_equal(first.change.bias, second.change.bias)
        and (first.change.temperature == second.change.temperature)
    )


def test_the_pictures_that_judge_a_cure_do_not_change_it(cure, division):
    held = division.held_back
    other = replace(
        held,
        embeddings=held.embeddings[::-1] * 7,
        logits=-held.logits,
        truth=held.truth[::-1].copy(),
        evidence=~held.evidence,
    )
    assert same(
        try_cure(cure, division, LABELS, PAIR), try_cure(cure, replace(division, held_back=other), LABELS, PAIR)
    )


def test_a_cure_is_judged_on_the_held_back_pictures_alone(cure, division):
    found = try_cure(cure, division, LABELS, PAIR)
    judged = set(found.outcome.changes.table["image_id"])
    assert judged == set(division.held_back.image_ids)
    assert not judged & set(division.fitted_on.image_ids)
    assert found.fitted_on == len(division.fitted_on)


def test_the_pictures_that_it_is_fitted_on_do_change_it(cure, division):
    part = division.fitted_on
    flipped = Division(replace(part, truth=part.truth[::-1].copy()), division.held_back)
    assert not same(try_cure(cure, division, LABELS, PAIR), try_cure(cure, flipped, LABELS, PAIR))


def test_only_known_cures_are_tried(division):
    with pytest.raises(SettingRefused, match="cure is 'magic'; expected refit, temperature, offsets"):
        try_cure("magic", division, LABELS, PAIR)
