"""A refit unlearns the cue, and chooses its strength on pictures that it was not fitted on."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.errors import SettingRefused, StudyRefused
from xai_core.repair.fitting.refit import refit_last_layer
from xai_core.repair.fitting.strength import STRENGTHS, judging_weights, principal_axes


def right(pictures, change):
    return change.apply(pictures.embeddings, pictures.logits).argmax(axis=1) == pictures.truth


@pytest.mark.parametrize("anchor", ["own", "fresh"])
def test_new_pictures_with_the_cue_become_right(repair_pictures, other_pictures, anchor):
    cue = other_pictures.evidence
    assert (other_pictures.logits.argmax(axis=1) == other_pictures.truth)[cue].mean() < 0.2
    found = refit_last_layer(repair_pictures, focus=(0, 1), anchor=anchor)
    assert right(other_pictures, found.change)[cue].mean() > 0.8
    assert right(other_pictures, found.change)[~cue].mean() > 0.9
    assert (found.pictures, found.with_evidence, found.scope) == (160, 20, "all")


def test_the_strength_is_the_one_with_the_smallest_loss(repair_pictures):
    found = refit_last_layer(repair_pictures)
    assert tuple(found.losses) == STRENGTHS
    assert found.losses[found.strength] == min(found.losses.values())
    assert refit_last_layer(repair_pictures, strength=2.0).losses == {}


def test_few_pictures_a_class_move_only_the_pair(repair_pictures):
    few = repair_pictures.take(np.r_[0:20, 40:44, 80:84, 120:124])
    found = refit_last_layer(few, focus=(0, 1), strength=1.0)
    assert found.scope == "pair"
    assert not found.change.weight[2:].any()
    assert found.change.weight[:2].any()
    assert refit_last_layer(few, focus=(0, 1), scope="all", strength=1.0).change.weight[2:].any()


def test_a_class_without_pictures_keeps_its_weights_or_is_never_guessed(repair_pictures, other_pictures):
    three = repair_pictures.take(repair_pictures.truth < 3)
    assert not refit_last_layer(three, strength=1.0).change.weight[3].any()
    fresh = refit_last_layer(three, anchor="fresh", strength=1.0).change
    assert not (fresh.apply(other_pictures.embeddings, other_pictures.logits).argmax(axis=1) == 3).any()


def test_pictures_that_the_cure_is_for_are_half_of_what_decides(repair_pictures):
    weights = judging_weights(repair_pictures, ())
    carries = repair_pictures.evidence
    assert weights.sum() == pytest.approx(1)
    assert weights[carries].sum() == pytest.approx(0.5 + 0.5 / 8)
    of_pair = judging_weights(replace(repair_pictures, evidence=None), (0, 1))
    assert of_pair[:80].sum() == pytest.approx(0.75)


@pytest.mark.parametrize("shape", [(30, 200), (300, 200)])
def test_principal_axes_keep_the_variance(shape):
    features = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    features[:, 0] *= 30
    axes = principal_axes(features)
    assert axes.T @ axes == pytest.approx(np.eye(axes.shape[1]), abs=1e-3)
    assert np.abs(axes[0]).max() > 0.95


def test_wrong_settings_and_small_sets_are_refused(repair_pictures):
    with pytest.raises(SettingRefused, match="anchor is 'new'; expected own or fresh"):
        refit_last_layer(repair_pictures, anchor="new")
    with pytest.raises(SettingRefused, match="scope is 'one'; expected all or pair"):
        refit_last_layer(repair_pictures, scope="one")
    with pytest.raises(SettingRefused, match="strength is 0; expected a number above 0"):
        refit_last_layer(repair_pictures, strength=0)
    with pytest.raises(StudyRefused, match="has 10 pictures of 1 class; a refit needs at least 20 pictures of 2"):
        refit_last_layer(repair_pictures.take(np.arange(10)))
