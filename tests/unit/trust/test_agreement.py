"""Which masks are laid side by side, and how far two maps agree."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.settings import ExplainSettings
from xai_core.trust.agreement import agreement, mask_row, own_name, word_for

SETTINGS = ExplainSettings(blur_px=32, evaluations=300)
MAP = np.random.default_rng(3).normal(size=(12, 10))


def hides(settings):
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
    row = mask_row(ExplainSettings(mask="mean"), input_size)
    assert list(row) == [*(f"blur{side}" for side in blurs), "inpaint", "mean"]
    assert [each.blur_px for each in row.values() if each.blurs] == blurs
    for each in row.values():
        each.check_against(input_size, 4)


def test_only_the_mask_differs():
    for each in mask_row(replace(SETTINGS, steer_top=2, search_width=10), (96, 96)).values():
        assert (each.evaluations, each.steer_top, each.search_width) == (300, 2, 10)


def test_the_reader_s_mask_is_found_in_the_row_whatever_blur_another_mask_ignores():
    assert own_name(SETTINGS, mask_row(SETTINGS, (96, 96))) == "blur32"
    mean = replace(SETTINGS, mask="mean", blur_px=17)
    assert own_name(mean, mask_row(mean, (96, 96))) == "mean"


@pytest.mark.parametrize(
    "own",
    [
        replace(SETTINGS, blur_px=20),
        replace(SETTINGS, mask="gaussian"),
        replace(SETTINGS, mask="inpaint_ns"),
        replace(SETTINGS, mask="colour", colour=(0, 0, 0)),
    ],
)
def test_a_mask_that_is_none_of_the_row_s_comes_first(own):
    row = mask_row(own, (96, 96))
    assert (next(iter(row)), own_name(own, row), row["own"]) == ("own", "own", own)
    assert len({hides(each) for each in row.values()}) == len(row) == 8


def test_agreement_by_hand():
    maps = [np.array([[1.0, 2.0, 3.0]]), np.array([[2.0, 4.0, 9.0]]), np.array([[3.0, 1.0, 2.0]])]
    np.testing.assert_allclose(agreement(maps), [[1, 1, -0.5], [1, 1, -0.5], [-0.5, -0.5, 1]], atol=1e-12)


def test_agreement_heeds_order_alone_and_is_the_same_both_ways():
    other = np.random.default_rng(4).normal(size=MAP.shape)
    found = agreement([MAP, np.exp(MAP), -MAP, other])
    np.testing.assert_allclose(found[0, :3], [1, 1, -1])
    np.testing.assert_array_equal(found, found.T)
    assert abs(found[0, 3]) < 0.3


def test_a_flat_map_agrees_with_nothing_but_itself():
    np.testing.assert_array_equal(agreement([MAP, np.zeros_like(MAP)])[1], [0, 1])
    np.testing.assert_array_equal(agreement([np.ones((2, 2))] * 2), np.eye(2))


@pytest.mark.parametrize(
    ("correlation", "word"), [(1, "largely"), (0.7, "largely"), (0.4, "in part"), (0.39, "hardly")]
)
def test_a_word_for_it(correlation, word):
    assert word_for(correlation) == word
