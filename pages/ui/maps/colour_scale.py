"""The colour scale: shared by all that is shown, or locked, so that what comes next is drawn on the same."""

import math

import streamlit as st

from pages.ui.frame import link
from pages.ui.maps import overlays
from xai_core.study.study import Study

SHARED = "shared"
_PRESENT = "_scale_present"


def asked(study: Study) -> float | None:
    """Let the reader lock the scale.

    Returns
    -------
    The locked limit in logits per pixel of the model's input; None where the scale is that of what is shown.
    """
    text = link.asked("scale")
    locked = {} if text is None or _limit(text) is None else {text: text}
    chosen = link.choice("scale", {SHARED: SHARED} | locked, SHARED, what="colour scale", hint=_HINT)
    limit = _limit(chosen)
    # A key of its own for each limit: the toggle follows the URL, however the scale was locked.
    key = f"compare_lock {chosen}"
    st.session_state[key] = limit is not None
    st.toggle(
        "Lock the scale",
        limit is not None,
        key=key,
        on_change=_turn,
        args=(key,),
        help=_LOCK,
    )
    return None if limit is None else limit / overlays.per_hundredth(1.0, study)


def shown(limit: float, study: Study) -> None:
    """Note the scale that is shown, in logits per pixel: it is what would be locked."""
    st.session_state[_PRESENT] = f"{overlays.per_hundredth(limit, study):.3g}"


def _turn(key: str) -> None:
    present = st.session_state.get(_PRESENT, SHARED)
    link.go(scale=present if st.session_state[key] else SHARED)


def _limit(text: str) -> float | None:
    """What a scale's text stands for, in logits per hundredth of the picture; None where it is not a limit."""
    try:
        limit = float(text)
    except ValueError:
        return None
    return limit if math.isfinite(limit) and limit > 0 else None


_HINT = "It is “shared”, or the logits per hundredth of the picture that get the full tint. Shown is the shared one."
_LOCK = (
    "Keeps the present scale for the mistakes and settings that you look at next, so that equal colour goes on "
    "being equal evidence. Unlocked, each view has the scale that suits all its pictures."
)
