"""Sanity check: the map beside those of the same network once it has forgotten what it learned."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders import models
from pages.ui.maps import jobs, overlays
from pages.ui.trust.subject import Judged
from xai_core import render
from xai_core.errors import ModelRefused, XaiError
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.model.runtime import Runtime
from xai_core.study.study import Study
from xai_core.trust.sanity import Check, compared

_PLACE = "trust_sanity"
_TITLES = {"last": "Last layer forgotten", "all": "All layers forgotten"}


def show(judged: Judged) -> None:
    """The map beside those of the same network with the weights of its last layer, and of all, as before training."""
    try:
        forgetful = models.forgetful(judged.study)
    except ModelRefused as fault:
        st.info(f"There is no sanity check of this model. {fault.sentence}", icon=":material/block:")
        return
    if forgetful is None:
        st.fragment(_making, run_every=jobs.POLL_S)(judged.study)
        return
    asking = jobs.of(
        _PLACE,
        judged.study,
        (judged.subject.sight.picture_hash, judged.settings),
        lambda _model: [judged.explained(judged.settings, each) for each in forgetful.values()],
    )
    jobs.watched(_draw, asking)(judged, forgetful, asking=asking, waited=jobs.waiting(asking))


def _making(study: Study) -> None:
    """Look whether the networks are there."""
    st.progress(0.0, text="Drawing the weights of networks that have learned nothing ...")
    try:
        there = models.forgetful(study) is not None
    except XaiError:
        there = True  # and the page says why
    if there:
        st.rerun()


def _draw(
    judged: Judged, forgetful: Mapping[str, Runtime], *, asking: Sequence[Job[Explanation]], waited: bool
) -> None:
    """One look at the maps on their way."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking, noun="network")
    answers = {name: job.latest for name, job in zip(forgetful, asking, strict=True)} if asking else {}
    with st.grid(3, min_column_width=170):
        with st.container(gap="xsmall"):
            _cell(judged, "The model", judged.answer)
        for name in forgetful:
            with st.container(gap="xsmall"):
                _cell(judged, _TITLES[name], answers.get(name))
    st.caption(_OWN_SCALE)
    for job in asking:
        jobs.trouble(job)
    if not waited:
        known = {name: each for name, each in answers.items() if each is not None}
        _conclude({name: compared(judged.answer, each, judged.target) for name, each in known.items()})
    jobs.settle(judged.study, asking, waited=waited)


def _cell(judged: Judged, title: str, answer: Explanation | None) -> None:
    """A network's map on its own scale, with the scale's size."""
    st.markdown(f"**{title}**")
    limit = render.shared_limit(*_maps(judged, answer))
    overlays.for_target(judged.subject.sight.view, answer, judged.target, limit=limit, display=judged.shown.display)
    if answer is not None:
        st.caption(f"full tint: {overlays.per_hundredth(limit, judged.study):.2g} logits per hundredth of the picture")


def _maps(judged: Judged, answer: Explanation | None) -> list[NDArray[np.float32]]:
    return [] if answer is None else [judged.target.map_of(answer)]


def _conclude(found: Mapping[str, Check]) -> None:
    """How alike the maps are, in numbers and in a sentence."""
    if not found:
        return
    rows = [
        {
            "network": _TITLES[name],
            "size": each.similarity.rank_of_size,
            "rank": each.similarity.rank,
            "structure": None if np.isnan(each.similarity.structure) else each.similarity.structure,
        }
        for name, each in found.items()
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="How alike the map is to those of the networks that have forgotten",
        column_config={
            "network": st.column_config.TextColumn("Compared with"),
            "size": st.column_config.NumberColumn("Same places", help=_SIZE, format="%.2f"),
            "rank": st.column_config.NumberColumn("Same places and signs", help=_RANK, format="%.2f"),
            "structure": st.column_config.NumberColumn("Same structure (SSIM)", help=_STRUCTURE, format="%.2f"),
        },
    )
    if "all" in found:
        word = found["all"].similarity.word
        st.markdown(f":{_COLOURS[word]}-badge[{_BADGES[word]}] {_MEANINGS[word]}")
    st.caption(_HOW_TO_READ)


_COLOURS = {"learned": "green", "partly": "orange", "picture": "red"}
_BADGES = {"learned": "passed", "partly": "passed in part", "picture": "failed"}
_MEANINGS = {
    "learned": "Without what the model has learned, the evidence lies elsewhere: this map shows the model, and not "
    "merely the picture.",
    "partly": "Some of the places that matter here matter to a network that has learned nothing, too: in part this map "
    "shows what stands out in the picture, not what the model knows.",
    "picture": "A network that has learned nothing has much the same map: this one shows the picture rather than the "
    "model. Do not take it for a reason; try another mask or more evaluations.",
}
_OWN_SCALE = (
    "Each map is on a scale of its own, for logits of networks that have learned nothing are of any size; what can be "
    "compared is where the evidence lies. The weights are drawn once, the same for every picture."
)
_SIZE = "Rank correlation of the |values| of all pixels: 1 the same places matter, 0 others."
_RANK = "Rank correlation of the values of all pixels, signs included. Below 0 what spoke for it speaks against it."
_STRUCTURE = "Structural similarity of |values|, each map scaled by its largest; empty for very small pictures."
_HOW_TO_READ = (
    "J. Adebayo et al., Sanity Checks for Saliency Maps, 2018. The same picture is explained with the same settings by "
    "the same network, its weights drawn anew as before training. With only the last layer forgotten, it still sees "
    "what it has learned to see, and weighs it at random: places may stay, signs should not. With all forgotten, "
    "nothing should stay: passed below 0.3 (same places), failed from 0.6."
)
