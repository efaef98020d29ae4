"""Figures of the benchmark; the speed itself is measured by running it, not here."""

import time

import numpy as np

from xai_core.bench import speed as bench


def one_round(**numbers):
    usual = {"recipe": 2.0, "engine": 12.0, "bare": 16.0, "correlation": 1.0, "difference": 0.0, "first_map_s": 1.0}
    return bench.Round(**(usual | numbers))


def test_ratios_are_taken_within_rounds_and_then_their_medians():
    found = bench.summarise([one_round(), one_round(recipe=1.0), one_round(engine=24.0, bare=24.0)], 12.5)
    assert (found.recipe_evals_per_s, found.engine_evals_per_s, found.bare_evals_per_s) == (2.0, 12.0, 16.0)
    assert (found.engine_over_recipe, found.engine_over_bare, found.peak_mb) == (12.0, 0.75, 12.5)


def test_maps_are_reported_at_their_worst():
    found = bench.summarise([one_round(), one_round(correlation=0.9, difference=0.2)], 0.0)
    assert (found.map_correlation, found.map_difference) == (0.9, 0.2)


def test_memory_growth_is_the_largest_one_and_not_the_last():
    with bench.memory_growth() as growth_mb:
        block = np.ones(2**25)
        time.sleep(0.1)
        del block
    assert 200 < growth_mb() < 400
