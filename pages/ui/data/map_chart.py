"""Chart of the map of pictures, with a point for each picture."""

import html
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from pages.ui.frame.plain_text import WORD_JOINER, chart_text, literal_words
from pages.ui.maps.charts import NEUTRAL, RIGHT, WRONG
from xai_core.confusions.areas import Polygon
from xai_core.data.properties import PROPERTIES
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study

ARROW = " \N{RIGHTWARDS ARROW} "
"""Text between the id and the guess of a mistake."""

CONFIG = {"displaylogo": False, "scrollZoom": True, "modeBarButtonsToRemove": ["toImage", "resetScale2d"]}
"""Configuration for `st.plotly_chart`."""

_HEIGHT_PX = 620
_FEW = 10
"""Number of classes up to which each has a colour of its own in the legend."""

_SECOND = "#5c3fa0"


def figure(
    table: pd.DataFrame,
    places: pd.DataFrame,
    colour: str,
    *,
    pair: tuple[str, str] | None,
    order: Sequence[str],
    values: NDArray[np.float64] | None,
) -> go.Figure:
    """Return the map as a chart.

    Parameters
    ----------
    table
        A study's table of guesses.
    places
        Columns x and y of the same rows; NaN for pictures without a place.
    colour
        "answer", "class", "pair", or a property.
    pair
        Truth and guess of the pair, for "pair".
    order
        Classes in an order in which similar ones are neighbours, for "class".
    values
        The property of the same rows, for a property.
    """
    shown = places["x"].notna().to_numpy() & (table["unreadable"] == "").to_numpy()
    wrong = (table["truth"] != table["guess"]).to_numpy()
    small = _size(int(shown.sum()))
    chart = go.Figure()

    def add(rows: NDArray[np.bool_], name: str, **marker: object) -> None:
        part = table[rows & shown]
        texts = part["image_id"].to_numpy(object)
        mistakes = (part["truth"] != part["guess"]).to_numpy()
        texts = np.where(mistakes, texts + ARROW + part["guess"].to_numpy(object), texts)
        of_rows = {key: each[rows & shown] if isinstance(each, np.ndarray) else each for key, each in marker.items()}
        chart.add_scattergl(
            x=places["x"].to_numpy(np.float32)[rows & shown],
            y=places["y"].to_numpy(np.float32)[rows & shown],
            mode="markers",
            name=chart_text(name),
            text=[chart_text(text) for text in texts],
            hovertemplate="%{text}<extra></extra>",
            marker={"size": small, "opacity": 0.75, **of_rows},
            selected={"marker": {"opacity": 0.9}},
            unselected={"marker": {"opacity": 0.15}},
        )

    if colour == "pair" and pair is not None:
        truth, guess = pair
        of_truth, of_guess = (table["truth"] == truth).to_numpy(), (table["truth"] == guess).to_numpy()
        mistaken = of_truth & (table["guess"] == guess).to_numpy()
        add(~of_truth & ~of_guess, tr("Other classes"), color=NEUTRAL, opacity=0.2)
        add(of_guess, words(guess).capitalize(), color=_SECOND)
        add(of_truth & ~mistaken, words(truth).capitalize(), color=RIGHT)
        add(
            mistaken,
            tr("{truth} taken for {guess}", truth=words(truth).capitalize(), guess=words(guess)),
            color=WRONG,
            size=max(9, 2 * small),
            symbol="diamond",
            opacity=1.0,
            line={"width": 1, "color": "white"},
        )
    elif colour == "class":
        _add_classes(add, table, order)
    elif values is not None:
        known = np.isfinite(values)
        low, high = np.quantile(values[known], [0.01, 0.99]) if known.any() else (0.0, 1.0)
        add(
            known,
            tr(PROPERTIES[colour].title),
            color=values,
            cmin=float(low),
            cmax=float(high),
            colorscale="Viridis",
            showscale=True,
            colorbar={"title": {"text": tr(PROPERTIES[colour].title)}, "thickness": 12},
        )
    else:
        add(~wrong, tr("Right"), color=RIGHT)
        add(wrong, tr("Mistake"), color=WRONG)
    axis = {"visible": False, "scaleanchor": "x", "scaleratio": 1}
    chart.update_xaxes(visible=False)
    chart.update_yaxes(**axis)
    chart.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        dragmode="lasso",
        clickmode="event+select",
        hovermode="closest",
        # Below, because on a telephone the tools of the chart lie over its upper edge.
        legend={"orientation": "h", "x": 0, "y": 0, "yanchor": "top", "itemsizing": "constant"},
    )
    return chart


def _size(count: int) -> float:
    """Return the size of a point in pixels: smaller where there are many."""
    return float(np.clip(250 / np.sqrt(max(1, count)), 3, 9))


def _add_classes(add: Callable[..., None], table: pd.DataFrame, order: Sequence[str]) -> None:
    present = [label for label in order if (table["truth"] == label).any()]
    if len(present) <= _FEW:
        for label in present:
            add((table["truth"] == label).to_numpy(), words(label).capitalize())
        return
    number = table["truth"].map({label: place for place, label in enumerate(present)}).to_numpy(np.float64)
    every = np.ones(len(table), np.bool_)
    add(every, tr("Classes"), color=number, colorscale="Turbo", showscale=False)


def image_id(text: str) -> str:
    """Return the picture of a point from its text."""
    return html.unescape(text.partition(ARROW)[0]).replace(WORD_JOINER, "")


def with_areas(chart: go.Figure, polygons: Sequence[Polygon]) -> go.Figure:
    """Return the chart with outlines of areas; the chart itself, if there are none."""
    if not polygons:
        return chart
    marked = go.Figure(chart)
    for corners in polygons:
        path = "M" + "L".join(f"{x},{y}" for x, y in corners) + "Z"
        marked.add_shape(type="path", path=path, line={"color": NEUTRAL, "width": 2, "dash": "dot"}, layer="above")
    return marked


def sentence(study: Study, colour: str, pair: tuple[str, str] | None) -> str:
    """Return in a sentence what the colours mean."""
    if colour == "pair" and pair is not None:
        truth, guess = map(literal_words, pair)
        return tr("Diamonds are pictures of {truth} that were taken for {guess}.", truth=truth, guess=guess)
    if colour == "class":
        many = study.table["truth"].nunique() > _FEW
        return tr("Classes that are often confused have similar colours.") if many else tr("Each class has a colour.")
    if colour in PROPERTIES:
        shown = PROPERTIES[colour]
        title, meaning = tr(shown.title).lower(), tr(shown.meaning)
        return tr("The colour is the {property}: {meaning}", property=title, meaning=meaning)
    return tr("Blue points are right, orange ones mistakes.")
