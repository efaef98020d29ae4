"""Captum's methods evaluate the recorded masks and give the values that Captum itself gives."""

import threading

import numpy as np
import pytest
import torch
from captum.attr import KernelShap, Occlusion

from xai_core.runtimes.captum_methods import kernel_shap, lime, occlusion, record_masks, replay_scores

WORTH = np.random.default_rng(2).normal(size=12)


def test_the_first_mask_of_lime_hides_nothing_and_the_others_are_fair_coins():
    masks = record_masks(lime(12, 400, seed=0))
    assert masks.shape == (400, 12)
    assert masks[0].all()
    assert masks.mean() == pytest.approx(0.5, abs=0.02)


def test_a_longer_run_of_lime_starts_with_the_masks_of_a_shorter_one():
    np.testing.assert_array_equal(record_masks(lime(12, 30, seed=4)), record_masks(lime(12, 70, seed=4))[:30])


def test_lime_finds_the_values_of_a_linear_model_up_to_the_ridge():
    method = lime(12, 400, seed=0)
    found = replay_scores(method, record_masks(method) @ WORTH)
    assert np.corrcoef(found, WORTH)[0, 1] > 0.999
    # A penalty of 1 against the evidence of 400 masks pulls values a little towards 0.
    assert 0.9 < found @ WORTH / (WORTH @ WORTH) < 1


def test_kernel_shap_starts_with_all_and_nothing_and_its_values_sum_to_their_difference():
    method = kernel_shap(12, 100, seed=0)
    masks = record_masks(method)
    assert masks[0].all()
    assert not masks[1].any()
    scores = np.tanh(masks @ WORTH) + 3
    assert replay_scores(method, scores).sum() == pytest.approx(scores[0] - scores[1], abs=1e-3)


def test_kernel_shap_finds_the_values_of_a_linear_model():
    method = kernel_shap(12, 100, seed=0)
    np.testing.assert_allclose(replay_scores(method, record_masks(method) @ WORTH), WORTH, atol=1e-3)


def test_occlusion_evaluates_the_whole_picture_and_each_position_of_its_window():
    masks = record_masks(occlusion((4, 3), (2, 1)))
    assert masks.shape == (1 + 3 * 3, 12)
    assert masks[0].all()
    assert ((~masks[1:]).sum(axis=1) == 2).all()
    assert not (~masks[1:].any(axis=0)).any()


def test_occlusion_averages_the_drops_of_the_windows_over_a_cell():
    method = occlusion((3, 3), (2, 2))
    worth = np.arange(9.0)
    found = replay_scores(method, record_masks(method) @ worth).reshape(3, 3)
    # Windows hold 0+1+3+4 = 8, 12, 20 and 24; the cell in the middle lies in all of them.
    np.testing.assert_allclose(found, [[8, 10, 12], [14, 16, 18], [20, 22, 24]])


def test_the_values_are_those_of_captum_when_it_runs_the_model_itself():
    def model(shown):
        return torch.tanh(shown.flatten(1).double() @ torch.from_numpy(WORTH)).float()

    torch.manual_seed(7)
    theirs = KernelShap(model).attribute(torch.ones(1, 12), n_samples=60, return_input_shape=False)[0]
    method = kernel_shap(12, 60, seed=7)
    np.testing.assert_allclose(replay_scores(method, np.tanh(record_masks(method) @ WORTH)), theirs, atol=1e-5)
    theirs = Occlusion(model).attribute(torch.ones(1, 1, 3, 4), (1, 2, 2)).flatten()
    method = occlusion((3, 4), (2, 2))
    np.testing.assert_allclose(replay_scores(method, np.tanh(record_masks(method) @ WORTH)), theirs, atol=1e-6)


@pytest.mark.parametrize("method", [lime, kernel_shap])
def test_the_seed_decides_and_the_global_generator_is_unchanged(method):
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first, again, other = (record_masks(method(12, 40, seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_two_threads_do_not_disturb_each_other():
    alone = [record_masks(kernel_shap(12, 60, seed)) for seed in range(4)]
    together = [None] * 4

    def record(seed):
        together[seed] = record_masks(kernel_shap(12, 60, seed))

    threads = [threading.Thread(target=record, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for expected, found in zip(alone, together, strict=True):
        np.testing.assert_array_equal(found, expected)
