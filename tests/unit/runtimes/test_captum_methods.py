"""Captum's methods taken apart: what they ask, and that they conclude what Captum itself would."""

import threading

import numpy as np
import pytest
import torch
from captum.attr import KernelShap, Occlusion

from xai_core.runtimes.captum_methods import concluded, kernel_shap, lime, masks_of, occlusion

WORTH = np.random.default_rng(2).normal(size=12)


def test_lime_first_hides_nothing_and_then_tosses_a_fair_coin_for_each_region():
    masks = masks_of(lime(12, 400, seed=0))
    assert masks.shape == (400, 12)
    assert masks[0].all()
    assert masks.mean() == pytest.approx(0.5, abs=0.02)


def test_more_masks_of_lime_begin_with_the_fewer():
    np.testing.assert_array_equal(masks_of(lime(12, 30, seed=4)), masks_of(lime(12, 70, seed=4))[:30])


def test_lime_finds_what_regions_are_worth_but_for_the_ridge():
    method = lime(12, 400, seed=0)
    found = concluded(method, masks_of(method) @ WORTH)
    assert np.corrcoef(found, WORTH)[0, 1] > 0.999
    # A penalty of 1 against the evidence of 400 masks pulls values a little towards 0.
    assert 0.9 < found @ WORTH / (WORTH @ WORTH) < 1


def test_kernel_shap_asks_for_all_and_nothing_first_and_its_values_sum_to_their_difference():
    method = kernel_shap(12, 100, seed=0)
    masks = masks_of(method)
    assert masks[0].all()
    assert not masks[1].any()
    scores = np.tanh(masks @ WORTH) + 3
    assert concluded(method, scores).sum() == pytest.approx(scores[0] - scores[1], abs=1e-3)


def test_kernel_shap_recovers_a_sum():
    method = kernel_shap(12, 100, seed=0)
    np.testing.assert_allclose(concluded(method, masks_of(method) @ WORTH), WORTH, atol=1e-3)


def test_occlusion_asks_for_the_whole_and_for_each_place_of_its_window():
    masks = masks_of(occlusion((4, 3), (2, 1)))
    assert masks.shape == (1 + 3 * 3, 12)
    assert masks[0].all()
    assert ((~masks[1:]).sum(axis=1) == 2).all()
    assert not (~masks[1:].any(axis=0)).any()


def test_occlusion_averages_what_the_windows_over_a_cell_take_away():
    method = occlusion((3, 3), (2, 2))
    worth = np.arange(9.0)
    found = concluded(method, masks_of(method) @ worth).reshape(3, 3)
    # Windows hold 0+1+3+4 = 8, 12, 20 and 24; the cell in the middle lies in all of them.
    np.testing.assert_allclose(found, [[8, 10, 12], [14, 16, 18], [20, 22, 24]])


def test_what_is_concluded_is_what_captum_says_when_it_drives_the_model_itself():
    def model(shown):
        return torch.tanh(shown.flatten(1).double() @ torch.from_numpy(WORTH)).float()

    torch.manual_seed(7)
    theirs = KernelShap(model).attribute(torch.ones(1, 12), n_samples=60, return_input_shape=False)[0]
    method = kernel_shap(12, 60, seed=7)
    np.testing.assert_allclose(concluded(method, np.tanh(masks_of(method) @ WORTH)), theirs, atol=1e-5)
    theirs = Occlusion(model).attribute(torch.ones(1, 1, 3, 4), (1, 2, 2)).flatten()
    method = occlusion((3, 4), (2, 2))
    np.testing.assert_allclose(concluded(method, np.tanh(masks_of(method) @ WORTH)), theirs, atol=1e-6)


@pytest.mark.parametrize("method", [lime, kernel_shap])
def test_the_seed_decides_and_the_global_generator_is_left_alone(method):
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, again, other = (masks_of(method(12, 40, seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_two_threads_do_not_disturb_each_other():
    alone = [masks_of(kernel_shap(12, 60, seed)) for seed in range(4)]
    together = [None] * 4

    def ask(seed):
        together[seed] = masks_of(kernel_shap(12, 60, seed))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for expected, found in zip(alone, together, strict=True):
        np.testing.assert_array_equal(found, expected)
