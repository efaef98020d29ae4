"""Effects of blocks and of the shown area are removed before the fit."""

import numpy as np

from xai_core.engines.nuisance import projected

RANDOM = np.random.default_rng(2)
ROWS = 40
GROUPS = np.arange(ROWS) % 3
AREA = RANDOM.random(ROWS)
WEIGHTS = np.where(GROUPS == 0, 1.5, 1.0)


def test_intercepts_of_groups_and_any_parabola_of_the_area_leave_nothing():
    effects = 5.0 * GROUPS + 7 * AREA - 3 * AREA**2
    found, freedom = projected(effects[:, None], GROUPS, AREA, WEIGHTS)
    np.testing.assert_allclose(found, 0, atol=1e-10)
    assert freedom == ROWS - 3 - 2


def test_a_weighted_regression_on_the_rest_is_that_with_the_nuisances_as_regressors():
    regressors = RANDOM.random((ROWS, 4))
    logits = regressors @ [1, 2, 3, 4] + RANDOM.normal(size=ROWS)
    found, _ = projected(np.column_stack([regressors, logits]), GROUPS, AREA, WEIGHTS)
    values = np.linalg.lstsq(found[:, :4], found[:, 4])[0]
    design = np.column_stack([regressors, GROUPS == 0, GROUPS == 1, GROUPS == 2, AREA, AREA**2])
    roots = np.sqrt(WEIGHTS)
    expected = np.linalg.lstsq(roots[:, None] * design, roots * logits)[0]
    np.testing.assert_allclose(values, expected[:4], rtol=1e-8)


def test_one_row_is_all_nuisance():
    found, freedom = projected(np.ones((1, 2)), np.array([4]), np.array([0.3]), np.ones(1))
    np.testing.assert_allclose(found, 0, atol=1e-12)
    assert freedom == 0
