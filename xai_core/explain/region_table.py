"""The regions of an explanation as a table: where each lies, and what it is worth."""

import numpy as np
import pandas as pd
from scipy import ndimage

from xai_core.explain.certainty import within_noise
from xai_core.explain.explanation import Explanation
from xai_core.labels import index_of

PLACE = ["rank", "pixels", "share_of_area", "top", "bottom", "left", "right"]
"""Columns that every table has, before the values."""

WITHIN_NOISE = "within_noise"
"""Column that says whether the 95 % interval of the contrast holds 0."""


def contrast_column(a: str, b: str) -> str:
    """Name of the column with what speaks for `a` rather than `b`."""
    return f"{a}_rather_than_{b}_logits"


def label_column(label: str) -> str:
    """Name of the column with what speaks for a label."""
    return f"{label}_logits"


def error_of(column: str) -> str:
    """Name of the column with the standard errors of another.

    >>> error_of(label_column("ravioli"))
    'ravioli_standard_error'
    """
    return f"{column.removesuffix('_logits')}_standard_error"


def table(explanation: Explanation, a: str, b: str, labels: tuple[str, ...]) -> pd.DataFrame:
    """List the regions with their values, in logits.

    Parameters
    ----------
    explanation
        The answer, whole or so far.
    a, b
        The contrast: why `a` rather than `b`. The region that says most of it, for or against, has rank 1.
    labels
        Whose values are listed besides.

    Returns
    -------
    One row a region; its number, the index, is the region's in `explanation.region_of`. Columns are `PLACE` (the
    bounding box in pixels of the model's input, half-open), then `contrast_column` and a `label_column` for each label.
    Where values are estimated, each of these is followed by its `error_of`, and that of the contrast by `WITHIN_NOISE`.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    pixels = np.bincount(explanation.region_of.ravel())
    values = explanation.values  # noqa: PD011 - an array, no table
    value = {label: values[:, index_of(label, explanation.labels)] for label in (a, b, *labels)}
    contrast = value[a] - value[b]
    boxes = ndimage.find_objects(explanation.region_of + 1)
    columns = {
        "rank": np.argsort(np.argsort(-np.abs(contrast), kind="stable")) + 1,
        "pixels": pixels,
        "share_of_area": pixels / explanation.region_of.size,
        "top": [rows.start for rows, _ in boxes],
        "bottom": [rows.stop for rows, _ in boxes],
        "left": [across.start for _, across in boxes],
        "right": [across.stop for _, across in boxes],
        contrast_column(a, b): contrast,
    }
    errors = explanation.errors
    if errors is not None:
        columns[error_of(contrast_column(a, b))] = explanation.contrast_errors(a, b)
        columns[WITHIN_NOISE] = within_noise(explanation, a, b)
    for label in labels:
        columns[label_column(label)] = value[label]
        if errors is not None:
            columns[error_of(label_column(label))] = errors[:, index_of(label, explanation.labels)]
    return pd.DataFrame(columns).rename_axis("region")
