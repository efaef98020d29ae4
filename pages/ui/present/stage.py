"""Pictures of a story that move or ask: a map that fades in, a place to point at, and swipes between steps.

Their scripts lie beside this file. They ask nothing of the network, and work with a keyboard too.
"""

import base64
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from xai_core.exports import slides
from xai_core.exports.report import Figure
from xai_core.language import tr
from xai_core.texts import paragraph

_FADING_HTML = """
<div class="stack"><img class="under"><img class="over" alt="" aria-hidden="true"></div>
<label><span class="begin"></span><input type="range" min="0" max="100" value="0"><span class="end"></span></label>
<p class="said"></p>
"""
_FADING_CSS = """
.stack { position: relative; line-height: 0; }
img { width: 100%; border-radius: var(--st-base-radius); }
.over { position: absolute; inset: 0; opacity: 0; }
label { display: flex; gap: 0.75rem; align-items: center; justify-content: center; margin-top: 0.5rem; }
input { width: 50%; accent-color: var(--st-primary-color); }
.said { text-align: center; margin: 0.25rem 0 0; }
"""
_POINTING_HTML = """
<button type="button"><img><span class="mark" aria-hidden="true"></span></button>
"""
_POINTING_CSS = """
button { position: relative; display: block; width: 100%; padding: 0; border: 0; background: none; cursor: crosshair; }
img { display: block; width: 100%; border-radius: var(--st-base-radius); }
.mark { position: absolute; width: 22px; height: 22px; margin: -11px 0 0 -11px; border-radius: 50%; display: none;
  border: 3px solid #ffffff; box-shadow: 0 0 0 2px #1f272b, inset 0 0 0 2px #1f272b; pointer-events: none; }
button:focus-visible .mark { display: block; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""


def data_url(figure: Figure) -> str:
    """Return a figure as the address of a picture that needs no request."""
    return f"data:image/jpeg;base64,{base64.b64encode(slides.jpeg(figure)).decode('ascii')}"


def draw_fading(picture: Figure, drawn: Figure, key: str) -> None:
    """Draw a picture that fades into its map, with a slider between the two.

    Parameters
    ----------
    picture, drawn
        Picture and map, of the same size. The map's alternative text and lines count.
    key
        Name of the drawing, other for other pictures.
    """
    fading = st.components.v2.component("fading", html=_FADING_HTML, css=_FADING_CSS, js=_script("fading"))
    data = {
        "under": data_url(picture),
        "over": data_url(drawn),
        "alt": drawn.alt,
        "said": paragraph(*drawn.lines),
        "begin": tr("Picture"),
        "end": tr("Map"),
        "slider": tr("From Picture to Map"),
    }
    fading(data=data, key=f"fading {key}")


def ask_place(picture: Figure, key: str) -> tuple[float, float] | None:
    """Draw a picture to point at.

    Parameters
    ----------
    picture
        The picture.
    key
        Name of the question, other for other pictures.

    Returns
    -------
    The place that was chosen in this run, as shares of width and height; None if none was.
    """
    pointing = st.components.v2.component("pointing", html=_POINTING_HTML, css=_POINTING_CSS, js=_script("pointing"))
    data = {"picture": data_url(picture), "alt": picture.alt}
    return read_place(pointing(data=data, key=f"pointing {key}", on_place_change=lambda: None).get("place"))


def read_place(value: Any) -> tuple[float, float] | None:
    """Read a place from what a browser sent; None for anything else.

    >>> read_place({"x": 0.25, "y": 1}), read_place({"x": 2, "y": 0}), read_place("x")
    ((0.25, 1.0), None, None)
    """
    if not isinstance(value, dict):
        return None
    place = value.get("x"), value.get("y")
    if not all(isinstance(share, int | float) and 0 <= share <= 1 for share in place):
        return None
    return float(place[0]), float(place[1])  # type: ignore[arg-type]  # checked above


def listen_for_swipes() -> None:
    """Let a swipe press the buttons for steps. It takes no room."""
    st.components.v2.component("swipe", js=_script("swipe"))(key="swipe")


@cache  # a page with live maps runs several times a second
def _script(name: str) -> str:
    return Path(__file__).with_name(f"{name}.js").read_text("utf-8")
