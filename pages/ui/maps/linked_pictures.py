"""Pictures that zoom together, and maps that show their values at the place under the pointer.

The pictures are drawn by `st.image`. A component without height, linked_pictures.js, moves them in their frames.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from xai_core.explain.certainty import within_noise
from xai_core.explain.explanation import Explanation
from xai_core.explain.figures import units
from xai_core.explain.target import Target
from xai_core.language import mark, tr

HELP = mark(
    "Double click or pinch to enlarge all pictures together; drag, or scroll on a picture with Ctrl, to go on. Where "
    "you point, each map says the value of its region. With the keyboard: +, -, 0 and arrows."
)
"""Help text on the use of linked pictures."""

MOST_CELLS = 72
"""Cells along the longer side of a picture in which regions are looked up. They say only where the pointer is."""

_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


class LinkedPictures:
    """Pictures of one page that belong together.

    Parameters
    ----------
    group
        Name of the page or of its part; a part of the names of its elements.
    unit
        Unit of the values of regions, one of `units.UNITS`.
    """

    def __init__(self, group: str, unit: str = units.LOGIT) -> None:
        self._group = group
        self._unit = unit
        self._panels: list[dict[str, Any]] = []
        self._pictures: list[dict[str, Any]] = []
        self._numbers: dict[int, int] = {}

    @contextmanager
    def picture(
        self,
        answer: Explanation | None = None,
        target: Target | None = None,
        *,
        evidence: NDArray[np.float32] | None = None,
    ) -> Iterator[None]:
        """Link the picture that is drawn in this context.

        Parameters
        ----------
        answer, target
            The map that is drawn over the picture, if there is one: the values of its regions are shown.
        evidence : (H, W)
            In place of them a map in logits per pixel, which has no regions.
        """
        panel: dict[str, Any] = {"key": f"linked-{self._group}-{len(self._panels)}"}
        if answer is not None and target is not None:
            panel["map"] = {"picture": self._number(answer), "texts": value_texts(answer, target, self._unit)}
        elif evidence is not None:
            panel["map"] = {"picture": len(self._pictures), "texts": place_texts(evidence)}
            rows, columns = (len(centres) for centres in _centres(evidence.shape))
            self._pictures.append({"rows": rows, "columns": columns, "regions": list(range(rows * columns))})
        self._panels.append(panel)
        with st.container(key=panel["key"]):
            yield

    def link(self) -> None:
        """Link all pictures drawn so far. Call this once, after the last one."""
        linked = st.components.v2.component("linked_pictures", js=_SCRIPT)
        data = {"group": self._group, "panels": self._panels, "pictures": self._pictures}
        linked(data=data, key=f"linked {self._group}")

    def _number(self, answer: Explanation) -> int:
        """Return the number of the picture of an explanation. Its regions are sent once for all of its maps."""
        if id(answer) not in self._numbers:
            self._numbers[id(answer)] = len(self._pictures)
            self._pictures.append(region_cells(answer))
        return self._numbers[id(answer)]


def region_cells(answer: Explanation) -> dict[str, Any]:
    """Return the region at the centre of each cell of a grid over the picture, row by row.

    Returns
    -------
    `rows` and `columns` of the grid, at most `MOST_CELLS` and in the proportions of the picture, and `regions`, a list
    of rows * columns numbers.
    """
    down, across = _centres(answer.region_of.shape)
    regions = answer.region_of[np.ix_(down, across)].ravel().tolist()
    return {"rows": len(down), "columns": len(across), "regions": regions}


def _centres(shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and the columns of a picture in which the centres of the cells lie."""
    height, width = shape
    down, across = (max(1, min(side, side * MOST_CELLS // max(shape))) for side in (height, width))
    return (
        ((np.arange(down) + 0.5) * height / down).astype(np.intp),
        ((np.arange(across) + 0.5) * width / across).astype(np.intp),
    )


def place_texts(evidence: NDArray[np.float32]) -> list[str]:
    """Return the value of a map at the centre of each cell, in logits per hundredth of the picture's area."""
    per_hundredth = evidence[np.ix_(*_centres(evidence.shape))] * (evidence.size / 100)
    return [tr("{value:+.2f} per hundredth", value=value) for value in per_hundredth.ravel()]


def value_texts(answer: Explanation, target: Target, unit: str = units.LOGIT) -> list[str]:
    """Return the value of each region in words, in logits with its standard error if there is one.

    For example "+1.20 ± 0.31", "-0.02 ± 0.05, within noise" or "+3.1 points".
    """
    said = [units.change_text(change, unit) for change in units.region_changes(answer, target, unit)]
    errors = answer.errors_of(target)
    if errors is None:
        return said
    noisy, noise_words = within_noise(answer, target), tr(", within noise")
    return [
        f"{text}{f' ± {error:.2f}' if unit == units.LOGIT else ''}{noise_words if is_noise else ''}"
        for text, error, is_noise in zip(said, errors, noisy, strict=True)
    ]
