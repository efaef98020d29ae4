"""What the other engine makes of the same picture, and how far the two agree: at once where it is known, else asked."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.controls.contrast import Shown
from pages.ui.frame import link
from pages.ui.loaders import explanations
from pages.ui.maps import jobs
from pages.ui.picture import selection
from pages.ui.picture.selection import Subject
from xai_core.engines.search import TITLES
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study
from xai_core.trust.engine_agreement import Agreement, engines_agree, other_engine
from xai_core.trust.target import Target

_PLACE = "explain_other"
_WANTED = "_explain_other_wanted"


def show(study: Study, subject: Subject, answer: Explanation | None, shown: Shown) -> None:
    """Say how far the other engine's map agrees with one that is whole, or offer to find out."""
    if answer is None or shown.pair[0] == shown.pair[1]:
        return
    settings = other_engine(answer.settings)
    key = settings.key(model_id=answer.model_id, picture_hash=answer.picture_hash)
    known = (explanations.unkept() if subject.image_id is None else explanations.store(study)).get(key)
    if known is not None:
        _tell(answer, known, shown)
    elif st.session_state.get(_WANTED) == key:
        asking = jobs.of(_PLACE, study, key, lambda model: [selection.explained(study, model, subject, settings)])
        jobs.watched(_draw, asking)(study, asking=asking, waited=jobs.waiting(asking))
        # A store that has no room left does not keep it.
        if asking and asking[0].done and asking[0].latest is not None:
            _tell(answer, asking[0].latest, shown)
    else:
        st.button(
            f"How far does {_named(settings)} agree?",
            key="explain_other",
            icon=":material/compare:",
            on_click=_want,
            args=(key,),
            help=f"Computes the same picture by the other method: up to {settings.evaluations:,} evaluations.",
        )


def _draw(study: Study, *, asking: Sequence[Job[Explanation]], waited: bool) -> None:
    """One look at the other method's explanation on its way."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking, noun="method")
    for job in asking:
        jobs.trouble(job)
    jobs.settle(study, asking, waited=waited)


def _tell(answer: Explanation, other: Explanation, shown: Shown) -> None:
    found = engines_agree(answer, other, Target(*shown.pair))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(in_words(found, _named(other.settings)), help=_HOW_TO_READ, width="content")
        st.button(
            f"Show {_named(other.settings)}",
            key="explain_other_show",
            icon=":material/swap_horiz:",
            type="tertiary",
            on_click=link.go,
            kwargs={"engine": other.settings.engine},
        )


def in_words(found: Agreement, other: str) -> str:
    """How far two engines agree, the other one given by its name."""
    told = f"With {other} this map agrees **{found.word}**: rank correlation {found.correlation:.2f}."
    if found.beyond_noise is None:
        return told
    if found.same_side is None:
        return f"{told} Nothing is beyond noise."
    return (
        f"{told} Where values are beyond noise, {found.beyond_noise:.0%} of the picture, both speak for the same side "
        f"in {found.same_side:.0%}."
    )


def _named(settings: ExplainSettings) -> str:
    """A method within a sentence."""
    title = TITLES[settings.engine]
    return title if title.startswith("SHAP") else f"{title[0].lower()}{title[1:]}"


def _want(key: str) -> None:
    st.session_state[_WANTED] = key


_HOW_TO_READ = (
    "Both methods have the same picture, mask and number of evaluations. Compared are all pixels: 1 would mean that "
    "both put the places of the picture in one order, 0 that their orders have nothing in common; largely is from 0.7, "
    "in part from 0.4. Rectangles and regions along edges never cover the same pixels, and where a map has nothing but "
    "noise there is no order to agree in. The page Trust sets both beside other methods."
)
