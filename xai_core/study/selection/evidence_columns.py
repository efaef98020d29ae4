"""Figures on the evidence of mistakes, from their stored explanations, for the table of a selection."""

import numpy as np
import pandas as pd

from xai_core.errors import PictureUnreadable
from xai_core.evidence.location import central_half, share_in
from xai_core.evidence.patches import strongest_patch
from xai_core.explain.store import ExplanationStore
from xai_core.settings.explain_settings import USUAL_EVALUATIONS, ExplainSettings
from xai_core.study.study import Study

COLUMNS = (
    "evidence_for_guess",
    "evidence_for_truth",
    "evidence_in_middle",
    "patch_top",
    "patch_left",
    "patch_side",
    "patch_share",
)
"""Columns of the table."""


def evidence_columns(study: Study, rows: pd.DataFrame, settings: ExplainSettings | None = None) -> pd.DataFrame:
    """Return figures on the evidence for the guess rather than the truth.

    Parameters
    ----------
    study, rows
        The study, and rows of its table.
    settings
        Settings of the explanations; None for those that the pages show at first.

    Returns
    -------
    Columns `COLUMNS` with the index of the rows: the sums of the evidence for the guess and for the truth in logits,
    the share of the former in the central half of the picture, and the square with the strongest evidence, in pixels of
    the model's input, with its share. NaN for right answers, and for mistakes that nobody has explained yet.
    """
    found = pd.DataFrame(np.nan, rows.index, list(COLUMNS))
    if not study.explanations.is_dir():
        return found
    store = ExplanationStore(study.explanations)
    usual = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=USUAL_EVALUATIONS)
    # Searches for clear mistakes spend fewer evaluations on each, as on companions.
    asked = (settings,) if settings is not None else (usual, usual.for_companions())
    mistakes = rows[(rows["truth"] != rows["guess"]) & (rows["unreadable"] == "")]
    for row, image_id, truth, guess in mistakes[["image_id", "truth", "guess"]].itertuples():
        try:
            keys = [study.explanation_key(image_id, each) for each in asked]
        except PictureUnreadable:
            continue
        explanation = next((known for key in keys if (known := store.get(key)) is not None), None)
        if explanation is None or truth not in study.labels:
            continue
        contrast = explanation.contrast(guess, truth)
        patch = strongest_patch(image_id, contrast)
        figures = [
            float(np.maximum(contrast, 0).sum(dtype=np.float64)),
            float(np.maximum(-contrast, 0).sum(dtype=np.float64)),
            share_in(contrast, central_half(contrast.shape)),
        ]
        figures += [np.nan] * 4 if patch is None else [patch.top, patch.left, patch.side, patch.share]
        found.loc[row] = figures
    return found
