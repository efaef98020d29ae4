"""Second methods: what others say of the same picture and mask, and what their maps are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders import explanations, models
from pages.ui.maps import jobs, overlays
from pages.ui.trust import faithfulness
from pages.ui.trust.subject import Judged
from xai_core import render
from xai_core.engines.search import MEANINGS, TITLES
from xai_core.errors import ModelRefused, XaiError
from xai_core.explain import wording
from xai_core.explain.certainty import noise
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.settings import ENGINES
from xai_core.study.study import Study
from xai_core.trust import check_jobs
from xai_core.trust.agreement import agreement
from xai_core.trust.curves import falling
from xai_core.trust.method_jobs import GradCamCheck, method_of
from xai_core.trust.methods import METHODS, Attribution, Method, scaled_to
from xai_core.trust.random_masking import Trials

if TYPE_CHECKING:
    from xai_core.runtimes.gradients import GradientNetwork

_PLACE, _CURVES = "trust_methods", "trust_methods_curves"
_SHOWN = tuple(name for name in METHODS if name != "random")

Found = Explanation | Attribution


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A method's map so far.

    Attributes
    ----------
    method
        What it is.
    found
        What it found; None while there is nothing.
    map : (H, W) float32
        On the common scale; None like `found`.
    """

    method: Method
    found: Found | None
    map: NDArray[np.float32] | None


def show(judged: Judged) -> None:
    """The maps of all methods as they are computed; once they are whole, their curves."""
    absent, network = _absent(judged.study)
    if not models.methods_imported() or (network is None and not absent):
        st.fragment(_preparing, run_every=jobs.POLL_S)(judged.study)
        return
    names = [
        *(each for each in ENGINES if each != judged.settings.engine),
        *(each for each in _SHOWN if each not in absent),
    ]
    asking = jobs.of(
        _PLACE,
        judged.study,
        (judged.name, judged.target),
        lambda _model: [
            explanations.ask(check_jobs.trials_of(judged.case, judged.target)),
            *(_asked(judged, name, network) for name in names),
        ],
    )
    waited = jobs.waiting(asking)
    jobs.watched(_draw, asking)(judged, names, absent, asking=asking, waited=waited)
    if not waited:
        _curves(judged, dict(zip(names, (job.latest for job in asking[1:]), strict=True)))


def _absent(study: Study) -> tuple[dict[str, str], "GradientNetwork | None"]:
    """Methods that cannot be had, with the reasons; and the network for those that need one, once it is open."""
    try:
        return {}, models.network(study)
    except ModelRefused as fault:
        return {name: fault.sentence for name in _SHOWN if METHODS[name].needs_network}, None


def _preparing(study: Study) -> None:
    """Look whether all that the methods need is there."""
    st.progress(0.0, text="Opening the network for the other methods ...")
    try:
        there = models.methods_imported() and models.network(study) is not None
    except XaiError:
        there = models.methods_imported()  # and the page says what is wrong
    if there:
        st.rerun()


def _asked(judged: Judged, name: str, network: "GradientNetwork | None") -> Job[Any]:
    if name in ENGINES:
        return judged.explained(replace(judged.settings, engine=name))
    if network is not None and METHODS[name].needs_network:
        return explanations.ask(GradCamCheck(judged.case, judged.target, network))
    budget = judged.settings.evaluations
    return explanations.ask(method_of(judged.case, name, judged.target, evaluations=budget))


def _draw(
    judged: Judged, names: Sequence[str], absent: Mapping[str, str], *, asking: Sequence[Job[Any]], waited: bool
) -> None:
    """One look at the maps on their way."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking, noun="method")
    trials: Trials | None = asking[0].latest if asking and asking[0].done else None
    found = [job.latest for job in asking[1:]] or [None] * len(names)
    limit = _limit(judged, dict(zip(names, found, strict=True)))
    overlays.legend(limit, judged.study, judged.shown.display.palette, scale="One scale for all that are in logits")
    with st.grid("auto", min_column_width=190):
        with st.container(gap="xsmall"):
            _cell(judged, _tried(judged, judged.settings.engine, judged.answer, limit), limit, trials, own=True)
        for name, each in zip(names, found, strict=True):
            with st.container(gap="xsmall"):
                _cell(judged, _tried(judged, name, each, limit), limit, trials)
        for name, reason in absent.items():
            with st.container(gap="xsmall"):
                st.markdown(f"**{METHODS[name].title}**")
                st.info(f"Not for this model. {reason}", icon=":material/block:")
                st.caption(METHODS[name].meaning)
    st.caption(_HOW_TO_READ)
    for job in asking:
        jobs.trouble(job)
    jobs.settle(judged.study, asking, waited=waited)


def _method(name: str) -> Method:
    return METHODS[name] if name in METHODS else Method(title=TITLES[name], meaning=MEANINGS[name], additive=True)


def _limit(judged: Judged, found: Mapping[str, Found | None]) -> float:
    """Colour limit of all maps that have a unit."""
    others = [judged.target.map_of(each) for name, each in found.items() if each and _method(name).in_logits]
    return render.shared_limit(judged.map, *others)


def _tried(judged: Judged, name: str, found: Found | None, limit: float) -> Tried:
    method = _method(name)
    if found is None:
        return Tried(method, None, None)
    shap_map = judged.target.map_of(found)
    return Tried(method, found, shap_map if method.in_logits else scaled_to(limit, shap_map))


def _cell(judged: Judged, tried: Tried, limit: float, trials: Trials | None, *, own: bool = False) -> None:
    """A method: its map, what it is worth, and what it means."""
    display, view, title = judged.shown.display, judged.subject.sight.view, tried.method.title
    st.markdown(f"**{title}** :gray-badge[as set]" if own else f"**{title}**")
    if tried.found is None or tried.map is None:
        st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt=f"{title}: not computed yet")
        st.caption("agreement ...")
    else:
        found = judged.drawn(tried.found) if isinstance(tried.found, Explanation) else tried.map
        overlays.tinted(view, found, limit, display, alt=f"{title}. {judged.shown.alt}")
        st.caption("  \n".join(_numbers(judged, tried, trials, own=own)))
    st.caption(tried.method.meaning)


def _numbers(judged: Judged, tried: Tried, trials: Trials | None, *, own: bool) -> list[str]:
    """What is known of a map, a line each."""
    if tried.found is None or tried.map is None:
        return []
    known = noise(tried.found, *judged.target.labels) if isinstance(tried.found, Explanation) else None
    passes = "evaluations" if tried.method.budgeted else "passes forward and back"
    lines = [f"{tried.found.evaluations:,} {passes}"]
    if known is not None:
        lines.append(wording.noise_line(known))
    if not own:
        lines.append(f"agreement with this map **{float(agreement([judged.map, tried.map])[0, 1]):.2f}**")
    if trials is not None:
        foresight = trials.prediction(tried.map)
        lines.append(f"foresight **{foresight.correlation:.2f}**, {foresight.word}")
    if not tried.method.in_logits:
        lines.append("scaled to the largest value of the others, for it has no unit")
    return lines


def _curves(judged: Judged, found: Mapping[str, Found | None]) -> None:
    """Insertion and deletion of all maps in the same charts."""
    st.subheader("What is each map worth?")
    if judged.flat:
        st.info(f"{faithfulness.FLAT} so there is nothing to compare.", icon=":material/info:")
        return
    this, random = faithfulness.own_orders(judged).items()
    others = {
        _method(name).title: falling(judged.target.map_of(each), each.region_of)
        for name, each in found.items()
        if each is not None
    }
    faithfulness.board(judged, dict([this, *others.items(), random]), place=_CURVES)


_HOW_TO_READ = (
    "All methods have the same picture, mask and number of evaluations. Agreement is the rank correlation with the map "
    "that is judged here: 1 the same places in the same order, 0 nothing in common. Foresight is how far a map tells "
    "what hiding random parts does, good from 0.7, fair from 0.4. Methods that agree may still be wrong together, and "
    "where they differ, each answers a question of its own: read what it means."
)
