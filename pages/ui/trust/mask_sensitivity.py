"""Mask lab: one picture under several masks; what each hides it behind, and how far the maps agree."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui.controls import settings as controls_settings
from pages.ui.frame import link
from pages.ui.loaders import evaluations
from pages.ui.maps import jobs, overlays
from pages.ui.maps.charts import CALM
from pages.ui.maps.mask_preview import SURE
from pages.ui.trust.subject import Judged
from xai_core import render
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.labels import words
from xai_core.settings import ExplainSettings
from xai_core.trust.agreement import OWN, Word, agreement, mask_row, own_name, word_for
from xai_core.trust.target import probabilities

_PLACE = "trust_masks"
_NAMED = 2
_CELL_PX = 42
_SCALE = [[0, "#f4f6f8"], [0.5, "#9cc3e0"], [1, "#1f6aa5"]]


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One mask.

    Attributes
    ----------
    title
        For people.
    settings
        As set, but for the mask.
    hidden : (H, W, 3) uint8
        The picture with all of it hidden.
    odds : (L,) float64
        What the model says of that.
    own
        Whether it is the mask as set.
    """

    title: str
    settings: ExplainSettings
    hidden: NDArray[np.uint8]
    odds: NDArray[np.float64]
    own: bool


def show(judged: Judged) -> None:
    """The masks side by side, the maps as they are computed, and what to make of them."""
    row = mask_row(judged.settings, judged.study.spec.input_size)
    own = own_name(judged.settings, row)
    chosen = _chosen(row)
    lanes = [_lane(judged, each, own=name == own) for name, each in row.items() if name == own or name in chosen]
    _warn(judged.study.labels, lanes)
    subject = judged.subject
    asking = jobs.of(
        _PLACE,
        judged.study,
        (subject.sight.picture_hash, tuple(lane.settings for lane in lanes)),
        lambda _model: [judged.explained(lane.settings) for lane in lanes],
    )
    jobs.watched(_draw, asking)(judged, lanes, asking=asking, waited=jobs.waiting(asking))


def _chosen(row: dict[str, ExplainSettings]) -> list[str]:
    """Let the reader choose masks; the one that is set is shown in any case."""
    offered = [name for name in row if name != OWN]
    text = link.asked("masks")
    names = text.split(",") if text else []
    named = {text: names} if text is not None and set(names) <= set(offered) else {}
    known = [name for name in names if name in offered]
    hint = f"There are {', '.join(offered)}. Those that there are not are left out."
    chosen = link.choice("masks", named, known or offered, what="masks", hint=hint)
    st.pills(
        "Masks beside the one that is set",
        offered,
        selection_mode="multi",
        default=chosen,
        key="masks",
        format_func=lambda name: mask_title(row[name]),
        on_change=link.follow,
        help=_HELP,
    )
    return chosen


def mask_title(settings: ExplainSettings) -> str:
    """A mask in a few words: "Blur 64 px"."""
    if settings.mask == "blur":
        return f"Blur {settings.blur_px} px"
    if settings.mask == "inpaint_telea":
        return "Inpainting"
    name = controls_settings.MASK_NAMES[settings.mask].removeprefix("the ").removeprefix("a ")
    return f"{name[0].upper()}{name[1:]} {settings.blur_px} px" if settings.blurs else f"{name[0].upper()}{name[1:]}"


def _lane(judged: Judged, settings: ExplainSettings, *, own: bool) -> Lane:
    # Neither budget nor search changes what is hidden.
    masking = replace(settings, evaluations=2, steer_top=1, search_width=1)
    study, sight = judged.study, judged.subject.sight
    hidden = evaluations.hidden_view(study, sight.picture_hash, masking, sight.view)
    logits = evaluations.hidden_said(study, sight.picture_hash, masking, sight.view, judged.model)
    return Lane(mask_title(settings), settings, hidden, probabilities(logits), own)


def _warn(labels: Sequence[str], lanes: Sequence[Lane]) -> None:
    """Name the masks behind which the model is still sure of something."""
    sure = [lane for lane in lanes if _sure(lane)]
    if sure:
        named = (f"{lane.title}: {words(labels[int(lane.odds.argmax())])}, {lane.odds.max():.0%}" for lane in sure)
        st.warning(f"{_SURE}  \n{'; '.join(named)}.", icon=":material/warning:")


def _sure(lane: Lane) -> bool:
    return bool(lane.odds.max() >= SURE)


def _draw(judged: Judged, lanes: Sequence[Lane], *, asking: Sequence[Job[Explanation]], waited: bool) -> None:
    """One look at the maps on their way."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking, noun="mask")
    answers = [job.latest for job in asking] or [None] * len(lanes)
    maps = [None if answer is None else judged.target.map_of(answer) for answer in answers]
    limit = render.shared_limit(*(each for each in maps if each is not None))
    overlays.legend(limit, judged.study, judged.shown.display.palette)
    own = next(place for place, lane in enumerate(lanes) if lane.own)
    alike = [_alike(maps[own], each) for each in maps]
    with st.grid("auto", min_column_width=150):
        for lane, answer, agrees in zip(lanes, answers, alike, strict=True):
            with st.container(gap="xsmall"):
                _cell(judged, lane, answer, limit, agrees)
    for job in asking:
        jobs.trouble(job)
    if not waited:
        _conclude(lanes, maps)
    jobs.settle(judged.study, asking, waited=waited)


def _alike(own: NDArray[np.float32] | None, other: NDArray[np.float32] | None) -> float | None:
    return None if own is None or other is None else float(agreement([own, other])[0, 1])


def _cell(judged: Judged, lane: Lane, answer: Explanation | None, limit: float, agrees: float | None) -> None:
    """A mask: what it hides the picture behind, what the model says of that, the map, and how far it agrees."""
    labels, likeliest = judged.study.labels, np.argsort(-lane.odds, kind="stable")[:_NAMED]
    st.markdown(f"**{lane.title}** :gray-badge[as set]" if lane.own else f"**{lane.title}**")
    st.image(lane.hidden, width="stretch", alt=f"The picture with all of it hidden: {lane.title}")
    said = "  \n".join(f"{words(labels[place])} {lane.odds[place]:.0%}" for place in likeliest)
    st.caption(f"{':orange[:material/warning:] ' if _sure(lane) else ''}All hidden, it says  \n{said}")
    overlays.for_target(judged.subject.sight.view, answer, judged.target, limit=limit, display=judged.shown.display)
    if not lane.own:
        st.caption("agreement ..." if agrees is None else f"agreement with the mask as set: **{agrees:.2f}**")


def _conclude(lanes: Sequence[Lane], maps: Sequence[NDArray[np.float32] | None]) -> None:
    """How far all maps agree with each other, as a figure and as sentences."""
    known = [(lane, each) for lane, each in zip(lanes, maps, strict=True) if each is not None]
    if len(known) < 2:
        st.info("Choose more masks to see how far their maps agree.", icon=":material/info:")
        return
    found = agreement([each for _, each in known])
    titles = [lane.title for lane, _ in known]
    st.subheader("How far do the maps agree?")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.plotly_chart(figure(found, titles), key=_PLACE, config=CALM, alt=_alt(found, titles))
    with right:
        own = next((place for place, (lane, _) in enumerate(known) if lane.own), None)
        if own is not None:
            st.markdown(in_words(found[own], titles, own))
        st.caption(_HOW_TO_READ)


def figure(found: NDArray[np.float64], titles: Sequence[str]) -> go.Figure:
    """Draw rank correlations of n maps, (n, n), as a table of shades with their numbers."""
    names = list(titles)
    heat = go.Heatmap(
        z=found,
        x=names,
        y=names,
        zmin=0,
        zmax=1,
        colorscale=_SCALE,
        showscale=False,
        xgap=2,
        ygap=2,
        texttemplate="%{z:.2f}",
        hovertemplate="%{y} and %{x}: %{z:.2f}<extra></extra>",
    )
    chart = go.Figure(heat)
    chart.update_xaxes(side="top", tickangle=-40, fixedrange=True, showgrid=False)
    chart.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False)
    chart.update_layout(height=90 + _CELL_PX * len(names), margin={"l": 8, "r": 24, "t": 8, "b": 8}, dragmode=False)
    return chart


def in_words(row: NDArray[np.float64], titles: Sequence[str], own: int) -> str:
    """What a row of the correlations says: which maps agree largely, in part and hardly with the mask as set."""
    groups: dict[Word, list[str]] = {"largely": [], "in part": [], "hardly": []}
    for place in np.argsort(-row, kind="stable"):
        if place != own:
            groups[word_for(row[place])].append(f"{titles[place].lower()} ({row[place]:.2f})")
    lines = [f"* **{word}**: {', '.join(names)}" for word, names in groups.items() if names]
    return f"With the map for {titles[own].lower()} there agree\n" + "\n".join(lines)


def _alt(found: NDArray[np.float64], titles: Sequence[str]) -> str:
    others = found[np.triu_indices(len(titles), 1)]
    return f"Rank correlations of the maps for {', '.join(titles)}: {others.min():.2f} to {others.max():.2f}"


_HELP = "The mask that is set is always among them: all others are compared with it."
_SURE = (
    "Nothing is shown, and the model is still sure. That is in the base and in no map, and it colours all of that "
    "mask's maps: they tell what the picture adds to a picture that is already taken for something."
)
_HOW_TO_READ = (
    "Agreement is the rank correlation of all pixels: 1 where two maps put the places of the picture in one order, "
    "0 where their orders have nothing in common, below 0 where one is rather the reverse of the other. What all masks "
    "say alike does not hang on what hidden parts show. Where they differ, a map tells as much about its mask as about "
    "the picture. Maps of few evaluations agree less, whatever their masks."
)
