"""Section of the check Methods, with maps of the same picture by other methods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame.plain_text import fault_sentence, literal
from pages.ui.loaders import explanations, models
from pages.ui.maps import jobs, overlays, waiting
from pages.ui.maps.jobs import Live
from pages.ui.maps.linked_pictures import LinkedPictures
from pages.ui.trust import faithfulness
from pages.ui.trust.random_masking import LEVELS
from pages.ui.trust.subject import CheckSubject
from xai_core import render
from xai_core.errors import ModelRefused, XaiError
from xai_core.explain import wording
from xai_core.explain.certainty import noise
from xai_core.explain.explanation import Explanation
from xai_core.explain.queue.job import Job
from xai_core.language import mark, tr
from xai_core.runtimes.helper import process
from xai_core.settings.engine_table import ENGINES
from xai_core.study.study import Study
from xai_core.texts import listed, paragraph
from xai_core.trust import check_questions
from xai_core.trust.agreement import rank_correlations
from xai_core.trust.curves import Curves, pixels_by_value
from xai_core.trust.engine_agreement import other_engines
from xai_core.trust.method_conclusion import conclusion
from xai_core.trust.method_questions import GradCamQuestion, method_question
from xai_core.trust.methods import METHODS, Attribution, Method, scale_to_limit
from xai_core.trust.random_masking import RandomMaskings

if TYPE_CHECKING:
    from xai_core.runtimes.helper.network import LayeredNetwork

_SLOT, _CURVES_SLOT = "trust_methods", "trust_methods_curves"
_METHODS = tuple(name for name in METHODS if name != "random")

Found = Explanation | Attribution
"""Result of an engine, or of another method."""


@dataclass(frozen=True, slots=True, eq=False)
class MethodMap:
    """Map of a method so far.

    Attributes
    ----------
    method
        Description of the method.
    found
        Its result; None before there is one.
    map : (H, W) float32
        Map on the common scale; None like `found`.
    """

    method: Method
    found: Found | None
    map: NDArray[np.float32] | None


def draw_other_methods(subject: CheckSubject) -> None:
    """Draw the maps of all methods, and their curves once all maps are computed."""
    reasons, network = _network_or_reasons(subject.study)
    if not models.methods_ready() or (network is None and not reasons):
        waiting.wait_until(lambda: _is_ready(subject.study), tr("Opening the network for the other methods ..."))
        return
    names = [
        *(settings.engine for settings in other_engines(subject.settings)),
        *(name for name in _METHODS if name not in reasons),
    ]
    found: Live[Any] = jobs.live(
        _SLOT,
        subject.study,
        (subject.explanation_key, subject.target),
        lambda _model: [
            explanations.submit_question(
                check_questions.random_masking_question(subject.checked_picture, subject.target)
            ),
            *(_submit(subject, name, network) for name in names),
        ],
        lambda live: _draw(subject, names, reasons, live),
        noun="method",
    )
    if found.jobs and not found.waiting:
        results = dict(zip(names, found.answers[1:], strict=True))
        curves = _draw_curves(subject, results)
        if curves and found.answers[0] is not None:
            st.markdown(
                tr("**Conclusion.** {conclusion}", conclusion=_conclusion(subject, results, found.answers[0], curves))
            )


def _network_or_reasons(study: Study) -> tuple[dict[str, str], "LayeredNetwork | None"]:
    """Return the reasons why methods are not available, and the network once it is open."""
    try:
        process.check_installed()
    except ModelRefused as fault:
        return dict.fromkeys(_METHODS, fault_sentence(fault)), None
    try:
        return {}, models.network_if_open(study)
    except ModelRefused as fault:
        return {name: fault_sentence(fault) for name in _METHODS if METHODS[name].needs_network}, None


def _is_ready(study: Study) -> bool:
    try:
        return models.methods_ready() and models.network_if_open(study) is not None
    except XaiError:
        return models.methods_ready()  # the page then shows the error


def _submit(subject: CheckSubject, name: str, network: "LayeredNetwork | None") -> Job[Any]:
    if name in ENGINES:
        return subject.submit_explanation(replace(subject.settings, engine=name))
    picture, target = subject.checked_picture, subject.target
    if network is not None and METHODS[name].needs_network:
        return explanations.submit_question(GradCamQuestion(picture, target, network))
    evaluations = subject.settings.evaluations
    return explanations.submit_question(method_question(picture, name, target, evaluations=evaluations))


def _draw(subject: CheckSubject, names: Sequence[str], reasons: Mapping[str, str], live: Live[Any]) -> None:
    # A correlation over some of the maskings would change while the reader looks at it.
    maskings: RandomMaskings | None = live.answers[0] if live.complete[0] else None
    found = dict(zip(names, live.answers[1:], strict=True))
    limit = subject.limit
    overlays.draw_key(limit, subject.study, subject.shown.display, subject.target)
    linked = LinkedPictures("methods", subject.shown.display.unit)
    with st.grid("auto", min_column_width=190):
        with st.container(gap="xsmall"):
            own = _method_map(subject, subject.settings.engine, subject.explanation, limit)
            _draw_method(subject, own, limit, maskings, linked, own=True)
        for name, result in found.items():
            with st.container(gap="xsmall"):
                _draw_method(subject, _method_map(subject, name, result, limit), limit, maskings, linked)
        for name, reason in reasons.items():
            with st.container(gap="xsmall"):
                st.markdown(f"**{tr(METHODS[name].title)}**")
                st.info(paragraph(tr("Not available for this model."), literal(reason)), icon=":material/block:")
                st.caption(tr(METHODS[name].meaning))
    linked.link()
    st.caption(tr(_HOW_TO_READ))


def _method(name: str) -> Method:
    if name in METHODS:
        return METHODS[name]
    return Method(title=ENGINES[name].title, meaning=ENGINES[name].meaning, additive=True)


def _method_map(subject: CheckSubject, name: str, found: Found | None, limit: float) -> MethodMap:
    method = _method(name)
    if found is None:
        return MethodMap(method, None, None)
    shap_map = subject.target.map_of(found)
    return MethodMap(method, found, shap_map if method.in_logits else scale_to_limit(limit, shap_map))


def _draw_method(
    subject: CheckSubject,
    method_map: MethodMap,
    limit: float,
    maskings: RandomMaskings | None,
    linked: LinkedPictures,
    *,
    own: bool = False,
) -> None:
    """Draw the map of a method with its figures and its meaning."""
    title, found = tr(method_map.method.title), method_map.found
    st.markdown(f"**{title}** :gray-badge[{tr('as set')}]" if own else f"**{title}**")
    if found is None or method_map.map is None:
        st.image(
            render.pale_grey(subject.view).astype(np.uint8),
            width="stretch",
            alt=tr("{title}: not computed yet", title=title),
        )
        st.caption(tr("agreement ..."))
    else:
        drawn = subject.display_map(found) if isinstance(found, Explanation) else method_map.map
        display = subject.shown.display
        answer = found if isinstance(found, Explanation) else None
        # Values that are not in logits mean nothing beside those of the others.
        evidence = drawn if answer is None and method_map.method.in_logits else None
        with linked.picture(answer, subject.target, evidence=evidence):
            overlays.draw_map(
                subject.view,
                drawn,
                limit,
                display,
                alt=overlays.map_alt(listed([subject.picture.name, title]), subject.target, display),
            )
        st.caption("  \n".join(_figure_lines(subject, method_map, maskings, own=own)))
    st.caption(tr(method_map.method.meaning))


def _figure_lines(
    subject: CheckSubject, method_map: MethodMap, maskings: RandomMaskings | None, *, own: bool
) -> list[str]:
    """Return the figures of a map, a line each."""
    found, method = method_map.found, method_map.method
    if found is None or method_map.map is None:
        return []
    within_noise = noise(found, subject.target) if isinstance(found, Explanation) else None
    lines = [
        tr("{count:,} evaluations", count=found.evaluations)
        if method.budgeted
        else tr("{count:,} passes forward and back", count=found.evaluations)
    ]
    if within_noise is not None:
        lines.append(wording.noise_phrase(within_noise))
    if not own:
        agreement = float(rank_correlations([subject.map, method_map.map])[0, 1])
        lines.append(tr("agreement with this map **{agreement:.2f}**", agreement=agreement))
    if maskings is not None:
        prediction = maskings.prediction(method_map.map)
        lines.append(
            tr(
                "faithfulness correlation **{correlation:.2f}**, places {level}",
                correlation=prediction.correlation,
                level=tr(LEVELS[prediction.level]),
            )
        )
    if not method.in_logits:
        lines.append(tr("no unit, so scaled to the largest value of the others"))
    return lines


def _draw_curves(subject: CheckSubject, found: Mapping[str, Found | None]) -> dict[str, Curves]:
    """Draw insertion and deletion of all maps in the same charts, and return them by title once all are computed."""
    st.subheader(tr("How faithful is each map?"))
    if subject.is_flat:
        text = tr("The map is flat: every part of the picture has the same value, so there is nothing to compare.")
        st.info(text, icon=":material/info:")
        return {}
    this, random = faithfulness.pixel_orders(subject).items()
    others = {
        _method(name).title: pixels_by_value(subject.target.map_of(result), result.region_of)
        for name, result in found.items()
        if result is not None
    }
    return faithfulness.draw_curves(subject, dict([this, *others.items(), random]), slot=_CURVES_SLOT)


def _conclusion(
    subject: CheckSubject, found: Mapping[str, Found | None], maskings: RandomMaskings, curves: Mapping[str, Curves]
) -> str:
    own = _method(subject.settings.engine).title
    maps = {own: subject.map} | {
        _method(name).title: subject.target.map_of(result) for name, result in found.items() if result is not None
    }
    correlations = {title: maskings.prediction(shap_map).correlation for title, shap_map in maps.items()}
    gains = {own if name == faithfulness.THIS_MAP else name: float(curve.gain) for name, curve in curves.items()}
    gains = {name: gain for name, gain in gains.items() if name in maps and np.isfinite(gain)}
    return literal(conclusion(correlations, gains, own))


_HOW_TO_READ = mark(
    "All methods have the same picture, mask and number of evaluations. Agreement is the rank correlation with the map "
    "that is checked here: 1 means the same locations in the same order, 0 unrelated orders. The faithfulness "
    "correlation says how well a map predicts the effect of hiding random parts; it is good from 0.7, fair from 0.4. "
    "Methods that agree may still all be wrong. Where they differ, each answers a question of its own, which is stated "
    "below its map."
)
