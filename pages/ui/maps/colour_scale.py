"""Lock that keeps the colour scale while the reader goes on to other pictures and settings."""

import math

import streamlit as st

from pages.ui.frame import link
from pages.ui.maps import overlays
from xai_core.study.study import Study

SHARED = "shared"
_PRESENT = "_scale_present"


def choose_limit(study: Study) -> float | None:
    """Draw the toggle that locks the scale, and return the locked limit.

    Returns
    -------
    Locked limit in logits per pixel of the model's input; None for the scale that suits what is shown.
    """
    text = link.requested("scale")
    locked = () if text is None or _limit(text) is None else (text,)
    chosen = link.choice("scale", (SHARED, *locked), SHARED, noun="colour scale", hint=_HINT)
    limit = _limit(chosen)
    # Each limit has a toggle with its own key. With one key, Streamlit would keep the old state of the toggle when a
    # link brings another scale.
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


def remember_limit(limit: float, study: Study) -> None:
    """Remember the limit that is shown, in logits per pixel, as the one that the toggle locks."""
    st.session_state[_PRESENT] = f"{overlays.per_hundredth(limit, study):.3g}"


def _turn(key: str) -> None:
    present = st.session_state.get(_PRESENT, SHARED)
    link.go(scale=present if st.session_state[key] else SHARED)


def _limit(text: str) -> float | None:
    """Return the limit that a text names in logits per hundredth of the picture, if it names one."""
    try:
        limit = float(text)
    except ValueError:
        return None
    return limit if math.isfinite(limit) and limit > 0 else None


_HINT = "It is “shared”, or the logits per hundredth of the picture that get the full colour. Shown is the shared one."
_LOCK = (
    "Keeps this scale for the mistakes and settings that you look at next, so that equal colour always means equal "
    "evidence. Unlocked, each view has the scale that suits its pictures."
)
