"""A picture whose regions can be chosen by a click, or several by a box drawn over them."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import link
from pages.ui.maps import hover
from pages.ui.trust.subject import Judged
from xai_core import render
from xai_core.trust.what_if import outline

SIDE_PX = 340
"""Width of the picture where there is room."""

NONE = "none"
"""In the URL: no region is chosen."""

_CELLS = 60  # markers a side, at most: what can be told apart by a pointer
_PAST = "_whatif_past"
_OF = "_whatif_of"
_SHOWN = (20, 20, 20), (255, 255, 255)  # an edge that stands out on dark and on pale


def chosen(judged: Judged) -> tuple[int, ...]:
    """The regions that the URL names, the ones chosen last at the end."""
    count, text = len(judged.answer.values), link.asked("regions")
    last = st.session_state.get(_OF)
    if last not in (None, judged.name):
        # Numbers of regions mean nothing to another explanation.
        link.keep(regions=NONE)
        text = NONE
        st.session_state[_PAST] = []
    st.session_state[_OF] = judged.name
    regions = parsed(text or NONE, count)
    named = {NONE: NONE} if regions is None else {str(text): written(regions)}
    settled = link.choice(
        "regions", named, NONE, what="choice of regions", hint=f"The regions of this map are 0 to {count - 1}."
    )
    return parsed(settled, count) or ()


def parsed(text: str, count: int) -> tuple[int, ...] | None:
    """Read numbers of regions, each once, in their order; None if one does not exist among so many.

    >>> parsed("3,1,3", 4), parsed("none", 4), parsed("4", 4), parsed("-1", 4)
    ((3, 1), (), None, None)
    """
    if text == NONE:
        return ()
    numbers = text.split(",")
    if not all(each.isdecimal() and int(each) < count for each in numbers):
        return None
    return tuple(dict.fromkeys(map(int, numbers)))


def written(regions: Sequence[int]) -> str:
    """How the URL names regions.

    >>> written((3, 1)), written(())
    ('3,1', 'none')
    """
    return ",".join(map(str, regions)) or NONE


def toggled(regions: Sequence[int], picked: Sequence[int]) -> tuple[int, ...]:
    """Add the regions that were picked; or, if all of them are chosen already, take them out.

    >>> toggled((3, 1), (1,)), toggled((3, 1), (1, 2))
    ((3,), (3, 1, 2))
    """
    if set(picked) <= set(regions):
        return tuple(each for each in regions if each not in picked)
    return tuple(dict.fromkeys([*regions, *picked]))


def picture(judged: Judged, regions: tuple[int, ...], part: NDArray[np.bool_], *, drawing: bool) -> None:
    """The map on its picture, the chosen part outlined; a click on a region chooses it, or takes it out.

    Parameters
    ----------
    judged
        Gives picture and map.
    regions
        Which are chosen one by one.
    part : (H, W) bool
        What is chosen, in whatever way.
    drawing
        Whether the pointer draws boxes; then it does not click.
    """
    display, view = judged.shown.display, judged.subject.sight.view
    tinted = render.overlay(
        view,
        judged.drawn(judged.answer),
        render.shared_limit(judged.map),
        opacity=display.opacity,
        backdrop=display.backdrop,
        palette=display.palette,
    )
    # The browser keeps a selection for as long as a chart keeps its key, and a second click on it tells nothing.
    key = f"whatif_picture {judged.name} {written(regions)} {part.sum()} {drawing}"
    with st.container(height=round(SIDE_PX * view.shape[0] / view.shape[1]), width=SIDE_PX, border=False):
        st.plotly_chart(
            figure(outlined(tinted, part), judged, drawing=drawing),
            key=key,
            config=hover.CALM,
            on_select=partial(_pick, key, regions, _markers(judged)[2], drawing=drawing),
            selection_mode="box" if drawing else "points",
            alt=f"{judged.shown.alt}; {part.mean():.0%} of the picture is chosen",
        )


def buttons(regions: tuple[int, ...]) -> None:
    """Take back the last choice of regions, or all of them."""
    past: list[str] = st.session_state.get(_PAST, [])
    with st.container(horizontal=True):
        st.button("Undo", key="whatif_undo", icon=":material/undo:", disabled=not past, on_click=_undo)
        st.button(
            "Clear",
            key="whatif_clear",
            icon=":material/close:",
            disabled=not regions,
            on_click=_go,
            args=(regions, ()),
        )


def figure(tinted: NDArray[np.uint8], judged: Judged, *, drawing: bool = False) -> go.Figure:
    """Draw a picture under invisible markers that know which region they lie in, and tell what it is worth."""
    height, width = tinted.shape[:2]
    x, y, region = _markers(judged)
    pixels = np.bincount(judged.answer.region_of.ravel())
    values = np.bincount(judged.answer.region_of.ravel(), judged.map.ravel())
    told = np.stack([region, values[region], (pixels / pixels.sum())[region]], axis=1).astype(np.float32)
    clear = {"marker": {"opacity": 0}}
    markers = go.Scattergl(
        x=x,
        y=y,
        mode="markers",
        marker={"symbol": "square", "size": SIDE_PX / len(np.unique(x)), "opacity": 0},
        selected=clear,
        unselected=clear,
        customdata=told,
        hovertemplate=f"<b>region %{{customdata[0]:.0f}} of {len(pixels)}</b>, %{{customdata[2]:.1%}} of the picture"
        f"<br>%{{customdata[1]:+.3f}} logits of {judged.score}<extra></extra>",
    )
    chart = hover.framed(
        go.Figure([go.Image(source=render.data_url(tinted), hoverinfo="skip"), markers]), height, width, SIDE_PX
    )
    # Measured with plotly.js as of Streamlit 1.67: where a drag selects, a click does not, and the other way round.
    chart.update_layout(dragmode="select" if drawing else False, clickmode="event+select", hoverdistance=100)
    return chart


def outlined(tinted: NDArray[np.uint8], part: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A picture with a part of it outlined, dark and bright, two pixels wide."""
    drawn, outer = tinted.copy(), outline(part)
    drawn[outer] = _SHOWN[0]
    drawn[outline(part & ~outer)] = _SHOWN[1]
    return drawn


def _markers(judged: Judged) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int32]]:
    """Column and row of each marker, and the region that it lies in."""
    region_of = judged.answer.region_of
    rows, columns = (_grid(size, max(region_of.shape)) for size in region_of.shape)
    y, x = (each.ravel() for each in np.meshgrid(rows, columns, indexing="ij"))
    return x, y, region_of[y, x]


def _grid(size: int, longest: int) -> NDArray[np.intp]:
    cells = max(1, min(size, size * _CELLS // longest))
    return ((np.arange(cells) + 0.5) * size / cells).astype(np.intp)


def _pick(key: str, regions: tuple[int, ...], region: NDArray[np.int32], *, drawing: bool) -> None:
    points = st.session_state[key]["selection"]["points"]
    picked = tuple(dict.fromkeys(int(region[each["point_index"]]) for each in points))
    if picked:
        _go(regions, toggled(regions, picked))
        link.go(pick="box" if drawing else "regions")


def _go(before: tuple[int, ...], after: tuple[int, ...]) -> None:
    st.session_state.setdefault(_PAST, []).append(written(before))
    link.go(regions=written(after))


def _undo() -> None:
    past: list[str] = st.session_state.get(_PAST, [])
    if past:
        link.go(regions=past.pop())
