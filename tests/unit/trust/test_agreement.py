"""Compared masks, and rank correlations of maps."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust.agreement import agreement_level, compared_masks, own_mask_name, rank_correlations

SETTINGS = ExplainSettings(blur_px=32, evaluations=300)
MAP = np.random.default_rng(3).normal(size=(12, 10))


def mask_of(settings):
    return settings.mask, settings.blur_px if settings.blurs else None, settings.colour


@pytest.mark.parametrize(
    ("input_size", "blurs"),
    [
        ((240, 240), [8, 16, 32, 64, 128, 192]),
        ((96, 96), [8, 16, 32, 64, 96]),
        ((64, 300), [8, 16, 32, 64]),
        ((5, 9), [5]),
    ],
)
def test_blurs_go_as_far_as_they_fit_the_input(input_size, blurs):
    masks = compared_masks(ExplainSettings(mask="mean"), input_size)
    assert list(masks) == [*(f"blur{side}" for side in blurs), "inpaint", "mean"]
    assert [candidate.blur_px for candidate in masks.values() if candidate.blurs] == blurs
    for candidate in masks.values():
        candidate.check_against(input_size, 4)


def test_compared_settings_differ_in_the_mask_alone():
    for candidate in compared_masks(replace(SETTINGS, steer_top=2, search_width=10), (96, 96)).values():
        assert (candidate.evaluations, candidate.steer_top, candidate.search_width) == (300, 2, 10)


def test_the_reader_s_mask_is_recognised_whatever_blur_it_ignores():
    assert own_mask_name(SETTINGS, compared_masks(SETTINGS, (96, 96))) == "blur32"
    mean = replace(SETTINGS, mask="mean", blur_px=17)
    assert own_mask_name(mean, compared_masks(mean, (96, 96))) == "mean"


@pytest.mark.parametrize(
    "own",
    [
        replace(SETTINGS, blur_px=20),
        replace(SETTINGS, mask="gaussian"),
        replace(SETTINGS, mask="inpaint_ns"),
        replace(SETTINGS, mask="colour", colour=(0, 0, 0)),
    ],
)
def test_a_mask_that_is_not_a_standard_one_comes_first(own):
    masks = compared_masks(own, (96, 96))
    assert (next(iter(masks)), own_mask_name(own, masks), masks["own"]) == ("own", "own", own)
    assert len({mask_of(candidate) for candidate in masks.values()}) == len(masks) == 8


def test_rank_correlations_by_hand():
    maps = [np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 4.0, 9.0]]), np.array([[3.0, 1.0, 2.0]])]
    np.testing.assert_allclose(rank_correlations(maps), [[1, 1, -0.5], [1, 1, -0.5], [-0.5, -0.5, 1]], atol=1e-12)


def test_rank_correlations_depend_on_order_alone_and_are_symmetric():
    other = np.random.default_rng(4).normal(size=MAP.shape)
    found = rank_correlations([MAP, np.exp(MAP), -MAP, other])
    np.testing.assert_allclose(found[0, :3], [1, 1, -1])
    np.testing.assert_array_equal(found, found.T)
    assert abs(found[0, 3]) < 0.3


def test_a_constant_map_is_uncorrelated_with_all_others():
    np.testing.assert_array_equal(rank_correlations([MAP, np.zeros_like(MAP)])[1], [0, 1])
    np.testing.assert_array_equal(rank_correlations([np.ones((2, 2))] * 2), np.eye(2))


@pytest.mark.parametrize(
    ("correlation", "level"), [(1, "largely"), (0.7, "largely"), (0.4, "in part"), (0.39, "hardly")]
)
def test_thresholds_of_the_levels(correlation, level):
    assert agreement_level(correlation) == level
