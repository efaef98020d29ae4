"""Standard errors say what is within noise and whether the ranking holds."""

import numpy as np
import pytest

from xai_core.explain.certainty import ranking_holds, within_noise
from xai_core.explain.engine import Uncertainty
from xai_core.explain.explanation import Explanation
from xai_core.settings import ExplainSettings


def explained(values, errors, noise=((1, 0), (0, 1))):
    values = np.array(values, np.float32)
    uncertainty = (
        None
        if errors is None
        else Uncertainty(
            spread=np.array(errors, np.float32), noise=np.array(noise, np.float32), r2=np.zeros(2, np.float32)
        )
    )
    return Explanation(
        region_of=np.arange(len(values), dtype=np.int32)[None],
        values=values,
        base=np.zeros(2, np.float32),
        full=values.sum(axis=0),
        evaluations=9,
        work_left=0.0,
        seconds=0.0,
        settings=ExplainSettings(),
        labels=("pork_chop", "ravioli"),
        model_id="m",
        picture_hash="p",
        engine_version=1,
        runtime="toy",
        uncertainty=uncertainty,
    )


def test_a_value_of_less_than_two_standard_errors_is_within_noise():
    answer = explained([[1.9, 0], [2.0, 0], [-1.9, 0], [-2.0, 5]], [1, 1, 1, 1])
    assert within_noise(answer, "pork_chop").tolist() == [True, False, True, False]


def test_a_contrast_has_the_errors_of_the_difference():
    answer = explained([[1, 0], [1, 0]], [0.6, 0.6], noise=((1, 0.9), (0.9, 1)))
    assert not within_noise(answer, "pork_chop", "ravioli").any()
    assert within_noise(answer, "pork_chop").all()


def test_where_nothing_is_estimated_nothing_is_within_noise_and_the_ranking_holds():
    answer = explained([[0, 0], [1, 0], [2, 0]], None)
    assert not within_noise(answer, "pork_chop").any()
    assert ranking_holds(answer, "pork_chop", top=1) == 1


@pytest.mark.parametrize(("error", "least", "most"), [(0.01, 1, 1), (0.5, 0.5, 0.9), (50, 0.05, 0.25)])
def test_the_ranking_holds_as_far_as_errors_are_small_against_differences(error, least, most):
    values = np.stack([np.arange(20.0)] * 2, axis=1) / 2
    assert least <= ranking_holds(explained(values, [error] * 20), "pork_chop", top=3) <= most


def test_of_few_regions_all_are_at_the_top():
    assert ranking_holds(explained([[1, 0], [2, 0]], [9, 9]), "pork_chop") == 1
