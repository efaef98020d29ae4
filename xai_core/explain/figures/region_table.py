"""Regions of an explanation as a table of their positions and values."""

import numpy as np
import pandas as pd
from scipy import ndimage

from xai_core.explain.certainty import within_noise
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target

PLACE = ["rank", "pixels", "share_of_area", "top", "bottom", "left", "right"]
"""Columns of every table before the values."""

WITHIN_NOISE = "within_noise"
"""Column that is True where the 95 % interval of the contrast contains 0."""


def contrast_column(target: Target) -> str:
    """Return the name of the column of a label or of a contrast.

    >>> contrast_column(Target("ravioli", "pork_chop"))
    'ravioli_rather_than_pork_chop_logits'
    """
    return label_column("_rather_than_".join(target.labels))


def label_column(label: str) -> str:
    """Return the name of the column of a label's values."""
    return f"{label}_logits"


def error_of(column: str) -> str:
    """Return the name of the column of standard errors that belongs to a column of values.

    >>> error_of(label_column("ravioli"))
    'ravioli_standard_error'
    """
    return f"{column.removesuffix('_logits')}_standard_error"


def table(explanation: Explanation, target: Target, labels: tuple[str, ...]) -> pd.DataFrame:
    """List the regions with their values, in logits.

    Parameters
    ----------
    explanation
        Final or partial.
    target
        The contrast. The region of its largest absolute value has rank 1.
    labels
        Further labels whose values are listed.

    Returns
    -------
    One row for each region. The index is the number of the region in `explanation.region_of`. Columns are `PLACE` (the
    bounding box is half-open, in pixels of the model's input), then `contrast_column` and a `label_column` for each
    label. Where values are estimated, each of these is followed by its `error_of`, and that of the contrast by
    `WITHIN_NOISE`.

    Raises
    ------
    NameUnknown
        If the model has no such label.
    """
    pixels = np.bincount(explanation.region_of.ravel())
    contrast = explanation.values_of(target)
    # find_objects takes 0 for the background, so the regions are numbered from 1 for it.
    boxes = ndimage.find_objects(explanation.region_of + 1)
    columns = {
        "rank": np.argsort(np.argsort(-np.abs(contrast), kind="stable")) + 1,
        "pixels": pixels,
        "share_of_area": pixels / explanation.region_of.size,
        "top": [rows.start for rows, _ in boxes],
        "bottom": [rows.stop for rows, _ in boxes],
        "left": [across.start for _, across in boxes],
        "right": [across.stop for _, across in boxes],
        contrast_column(target): contrast,
    }
    errors = explanation.errors_of(target)
    if errors is not None:
        columns[error_of(contrast_column(target))] = errors
        columns[WITHIN_NOISE] = within_noise(explanation, target)
    for label in labels:
        columns[label_column(label)] = explanation.values_of(Target(label))
        if errors is not None:
            columns[error_of(label_column(label))] = explanation.errors_of(Target(label))
    return pd.DataFrame(columns).rename_axis("region")
