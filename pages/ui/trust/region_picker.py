"""Picture whose regions are chosen by clicks, or by drawing a box."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui.confusions import selection_mark
from pages.ui.frame import link
from pages.ui.frame.plain_text import chart_text
from pages.ui.maps import hover, overlays
from pages.ui.trust.subject import CheckSubject
from xai_core import render
from xai_core.language import tr
from xai_core.trust.what_if import outline

SIDE_PX = 340
"""Width of the picture where there is room."""

NONE = "none"
"""Text in the URL for no region."""

_MAX_MARKERS = 60  # a side, about as many as a pointer can tell apart
_HISTORY = "_whatif_past"
_EXPLANATION = "_whatif_of"
_OUTLINE = (20, 20, 20), (255, 255, 255)  # visible on dark and on pale pictures


def chosen_regions(subject: CheckSubject) -> tuple[int, ...]:
    """Return the regions that the URL names, the last chosen ones at the end."""
    count, text = len(subject.explanation.values), link.requested("regions")
    last = st.session_state.get(_EXPLANATION)
    if last not in (None, subject.explanation_key):
        # Another explanation has other regions under the same numbers.
        link.remember(regions=NONE)
        text = NONE
        st.session_state[_HISTORY] = []
    st.session_state[_EXPLANATION] = subject.explanation_key
    regions = parse_regions(text or NONE, count)
    valid = {NONE: NONE} if regions is None else {str(text): region_text(regions)}
    settled = link.choice(
        "regions",
        valid,
        NONE,
        noun=tr("choice of regions"),
        hint=tr("The regions of this map are 0 to {last}.", last=count - 1),
    )
    return parse_regions(settled, count) or ()


def parse_regions(text: str, count: int) -> tuple[int, ...] | None:
    """Return the numbers of regions in a text, without repetition.

    The result is None if a number is not below `count`.

    >>> parse_regions("3,1,3", 4), parse_regions("none", 4), parse_regions("4", 4), parse_regions("-1", 4)
    ((3, 1), (), None, None)
    """
    if text == NONE:
        return ()
    numbers = text.split(",")
    if not all(number.isdecimal() and int(number) < count for number in numbers):
        return None
    return tuple(dict.fromkeys(map(int, numbers)))


def region_text(regions: Sequence[int]) -> str:
    """Return the text of some regions for the URL.

    >>> region_text((3, 1)), region_text(())
    ('3,1', 'none')
    """
    return ",".join(map(str, regions)) or NONE


def toggle_regions(regions: Sequence[int], picked: Sequence[int]) -> tuple[int, ...]:
    """Add the picked regions, or take them out if all of them are chosen already.

    >>> toggle_regions((3, 1), (1,)), toggle_regions((3, 1), (1, 2))
    ((3,), (3, 1, 2))
    """
    if set(picked) <= set(regions):
        return tuple(region for region in regions if region not in picked)
    return tuple(dict.fromkeys([*regions, *picked]))


def draw_picker(subject: CheckSubject, regions: tuple[int, ...], part: NDArray[np.bool_], *, drawing: bool) -> None:
    """Draw the map over its picture with the chosen part outlined, for clicks on its regions.

    Parameters
    ----------
    subject
        Gives picture and map.
    regions
        Regions that are chosen one by one.
    part : (H, W) bool
        The chosen part, however it was chosen.
    drawing
        True if the pointer draws boxes; then it does not click.
    """
    display, view = subject.shown.display, subject.view
    overlay = overlays.coloured(view, subject.display_map(subject.explanation), subject.limit, display)
    # While a chart keeps its key, the browser keeps its selection, and a second click on the same region would not be
    # reported. So every choice gets a chart with a key of its own.
    key = f"whatif_picture {subject.explanation_key} {region_text(regions)} {part.sum()} {drawing}"
    with st.container(height=round(SIDE_PX * view.shape[0] / view.shape[1]), width=SIDE_PX, border=False):
        st.plotly_chart(
            picker_chart(outline_part(overlay, part), subject, drawing=drawing),
            key=key,
            config=hover.NO_ZOOM,
            on_select=partial(_pick, key, regions, _markers(subject)[2], drawing=drawing),
            selection_mode="box" if drawing else "points",
            alt=overlays.map_alt(
                subject.picture.name,
                subject.target,
                display,
                tr("{share:.0%} of the picture is chosen", share=part.mean()),
            ),
        )


def draw_buttons(regions: tuple[int, ...]) -> None:
    """Draw the buttons that undo the last choice of regions and that clear all of them."""
    history: list[str] = st.session_state.get(_HISTORY, [])
    with st.container(horizontal=True):
        st.button(tr("Undo"), key="whatif_undo", icon=":material/undo:", disabled=not history, on_click=_undo)
        st.button(
            tr("Clear"),
            key="whatif_clear",
            icon=":material/close:",
            disabled=not regions,
            on_click=_go,
            args=(regions, ()),
        )


def picker_chart(overlay: NDArray[np.uint8], subject: CheckSubject, *, drawing: bool = False) -> go.Figure:
    """Return an overlay under invisible markers that report their region and its value."""
    height, width = overlay.shape[:2]
    x, y, region = _markers(subject)
    pixels = np.bincount(subject.explanation.region_of.ravel())
    values = np.bincount(subject.explanation.region_of.ravel(), subject.map.ravel())
    numbers = np.stack([region, values[region], (pixels / pixels.sum())[region]], axis=1).astype(np.float32)
    invisible = {"marker": {"opacity": 0}}
    markers = go.Scattergl(
        x=x,
        y=y,
        mode="markers",
        marker={"symbol": "square", "size": SIDE_PX / len(np.unique(x)), "opacity": 0},
        selected=invisible,
        unselected=invisible,
        customdata=numbers,
        hovertemplate=_hover_text(len(pixels), subject.score_name),
    )
    chart = hover.fit_to_picture(
        go.Figure([go.Image(source=render.data_url(overlay), hoverinfo="skip"), markers]), height, width, SIDE_PX
    )
    # Measured with plotly.js as of Streamlit 1.67: where a drag selects, a click does not, and the other way round.
    chart.update_layout(dragmode="select" if drawing else False, clickmode="event+select", hoverdistance=100)
    return chart


def _hover_text(count: int, score_name: str) -> str:
    region = tr(
        "<b>region {rank} of {count}</b>, {share} of the picture",
        rank="%{customdata[0]:.0f}",
        count=count,
        share="%{customdata[2]:.1%}",
    )
    value = tr("{value} logits of {score}", value="%{customdata[1]:+.3f}", score=chart_text(score_name))
    return f"{region}<br>{value}<extra></extra>"


def outline_part(overlay: NDArray[np.uint8], part: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a picture with a part outlined by a dark and a bright line of one pixel."""
    outlined, outer = overlay.copy(), outline(part)
    outlined[outer] = _OUTLINE[0]
    outlined[outline(part & ~outer)] = _OUTLINE[1]
    return outlined


def _markers(subject: CheckSubject) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int32]]:
    """Return the column and row of each marker, and the region that it lies in."""
    region_of = subject.explanation.region_of
    rows, columns = (_marker_positions(length, max(region_of.shape)) for length in region_of.shape)
    y, x = (positions.ravel() for positions in np.meshgrid(rows, columns, indexing="ij"))
    return x, y, region_of[y, x]


def _marker_positions(length: int, longest: int) -> NDArray[np.intp]:
    count = max(1, min(length, length * _MAX_MARKERS // longest))
    return ((np.arange(count) + 0.5) * length / count).astype(np.intp)


def _pick(key: str, regions: tuple[int, ...], region: NDArray[np.int32], *, drawing: bool) -> None:
    points = st.session_state[key]["selection"]["points"]
    indices = (selection_mark.clicked_index(point, "point_index", len(region)) for point in points)
    picked = tuple(dict.fromkeys(int(region[index]) for index in indices if index is not None))
    if picked:
        _go(regions, toggle_regions(regions, picked))
        link.go(pick="box" if drawing else "regions")


def _go(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    st.session_state.setdefault(_HISTORY, []).append(region_text(before))
    link.go(regions=region_text(after))


def _undo() -> None:
    history: list[str] = st.session_state.get(_HISTORY, [])
    if history:
        link.go(regions=history.pop())
