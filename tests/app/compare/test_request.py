"""Rows of the page Compare."""

import numpy as np

from pages.ui.compare import request


def test_rows_are_the_contrast_truth_and_guess_then_the_other_top_k_classes(study):
    mistake = study.row("pork_chop/4")
    assert [row.name for row in request.question_rows(study, mistake, 1)] == ["contrast", "pork_chop", "ravioli"]
    rows = request.question_rows(study, mistake, 4)
    ranked = [study.labels[index] for index in np.argsort(-study.logits[mistake.name].astype(float), kind="stable")]
    others = [label for label in ranked if label not in ("pork_chop", "ravioli")]
    assert [row.name for row in rows] == ["contrast", "pork_chop", "ravioli", *others]
    assert [row.role for row in rows] == ["contrast", "truth", "guess", "also probable", "also probable"]
