"""Choice of the colour scale, and its lock for the pictures and settings that the reader looks at next."""

import math

import streamlit as st

from pages.ui.frame import choices, link
from xai_core.explain.colour_scale import OWN_SCALES, ColourScale, Limits
from xai_core.language import mark, tr, tr_all
from xai_core.study.study import Study

ROWS, SHARED = "rows", "shared"
"""Texts in the URL for a scale of each kind of row, and for one scale."""

_PRESENT = "_scale_present"
_TITLES = {ROWS: mark("One for each row"), SHARED: mark("One for all maps")}


def choose_scale(study: Study) -> ColourScale:
    """Draw the choice of the scale and the toggle that locks it, and return the choice."""
    text = link.requested("scale")
    locked = {} if text is None or parse_limits(text) is None else {text: tr("Locked at {limit}", limit=text)}
    chosen = choices.segmented(
        "scale",
        tr_all(_TITLES) | locked,
        tr("Colour scale"),
        noun=tr("colour scale"),
        hint=tr(_HINT),
        help_text=tr(_SCALE),
    )
    found = parse_limits(chosen)
    # Each limit has a toggle with its own key. With one key, Streamlit would keep the old state of the toggle when a
    # link brings another scale.
    key = f"scale_lock {chosen}"
    st.session_state[key] = found is not None
    st.toggle(tr("Lock the scale"), found is not None, key=key, on_change=_turn, args=(key, chosen), help=tr(_LOCK))
    if found is None:
        return ColourScale(shared=True) if chosen == SHARED else OWN_SCALES
    unit = per_hundredth(1.0, study)
    return ColourScale(
        shared=found.contrast == found.classes, locked=Limits(found.contrast / unit, found.classes / unit)
    )


def per_hundredth(limit: float, study: Study) -> float:
    """Convert logits per pixel into logits per hundredth of the picture's area."""
    height, width = study.spec.input_size
    return limit * height * width / 100


def remember_limits(limits: Limits, study: Study) -> None:
    """Remember the limits that are shown, in logits per pixel, as those that the toggle locks."""
    found = dict.fromkeys(f"{per_hundredth(limit, study):.3g}" for limit in (limits.contrast, limits.classes))
    st.session_state[_PRESENT] = ",".join(found)


def parse_limits(text: str) -> Limits | None:
    """Return the limits that a text names, or None: one for all, or that of the contrast and that of the classes.

    >>> parse_limits("0.5"), parse_limits("0.5,2"), parse_limits("rows"), parse_limits("0.5,-2")
    (Limits(contrast=0.5, classes=0.5), Limits(contrast=0.5, classes=2.0), None, None)
    """
    try:
        numbers = [float(number) for number in text.split(",")]
    except ValueError:
        return None
    if len(numbers) > 2 or not all(math.isfinite(number) and number > 0 for number in numbers):
        return None
    return Limits(numbers[0], numbers[-1])


def _turn(key: str, chosen: str) -> None:
    if st.session_state[key]:
        link.go(scale=st.session_state.get(_PRESENT, chosen))
    else:
        link.go(scale=SHARED if "," not in chosen else ROWS)


_HINT = mark("It is rows, shared, or the logits per hundredth of the picture that get the full colour. Shown is rows.")
_SCALE = mark(
    "Two percent of the picture's area has the full colour. The maps of one class rather than another have a scale of "
    "their own, and those of single classes have theirs. Within a row, equal colour is equal evidence."
)
_LOCK = mark("Keeps this scale for the pictures and settings that you look at next.")
