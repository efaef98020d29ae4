"""Waterfall chart of a margin."""

import pytest

from pages.ui.maps import waterfall
from xai_core.explain.target import Target


def test_margin_is_its_base_plus_the_evidence_for_either_class(answer):
    steps = waterfall.margin_steps(answer, Target("ravioli", "pork_chop"))
    assert steps == (-0.5, 3.0, -0.75)
    assert sum(steps) == pytest.approx(answer.full[3] - answer.full[2])
