"""Agreement of the map with those of all other engines, shown at once if stored, else computed on request."""

import streamlit as st

from pages.ui.controls.contrast import ShownContrast
from pages.ui.frame import link
from pages.ui.loaders import explanations
from pages.ui.maps import jobs
from pages.ui.picture import selection
from pages.ui.picture.selection import Subject
from xai_core.explain.explanation import Explanation
from xai_core.language import mark, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study
from xai_core.texts import paragraph
from xai_core.trust.engine_agreement import EngineAgreement, compare_engines, other_engines

_SLOT = "explain_other"


def draw_agreement(study: Study, subject: Subject, answer: Explanation | None, shown: ShownContrast) -> None:
    """Show how far the map of each other engine agrees with a final one, or offer to compute it."""
    if answer is None or shown.target.label == shown.target.rather_than:
        return
    for settings in other_engines(answer.settings):
        _draw_engine(study, subject, answer, shown, settings)


def _draw_engine(
    study: Study, subject: Subject, answer: Explanation, shown: ShownContrast, settings: ExplainSettings
) -> None:
    slot, title = f"{_SLOT}_{settings.engine}", _title(settings)
    key = settings.key(model_id=answer.model_id, picture_hash=answer.picture_hash)
    stored = (explanations.upload_store() if subject.image_id is None else explanations.store(study)).get(key)
    if stored is not None:
        _draw_sentence(answer, stored, shown)
    elif st.session_state.get(_requested(slot)) == key:
        found = jobs.live(
            slot,
            study,
            key,
            lambda model: [selection.submit_explanation(study, model, subject, settings)],
            lambda _found: None,
            noun="engine",
        )
        # The answer is taken from the job, because a store that has no room left does not hold it.
        if any(found.complete) and found.answers[0] is not None:
            _draw_sentence(answer, found.answers[0], shown)
    else:
        st.button(
            tr("Compare with {title}", title=title),
            key=slot,
            icon=":material/compare:",
            on_click=_request,
            args=(slot, key),
            help=tr(
                "Explains the same picture with this engine. Takes up to {evaluations:,} evaluations.",
                evaluations=settings.evaluations,
            ),
        )


def _draw_sentence(answer: Explanation, other: Explanation, shown: ShownContrast) -> None:
    agreement, title = compare_engines(answer, other, shown.target), _title(other.settings)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(agreement_sentence(agreement, title), help=tr(_HOW_TO_READ), width="content")
        st.button(
            tr("Show {title}", title=title),
            key=f"{_SLOT}_{other.settings.engine}_show",
            icon=":material/swap_horiz:",
            type="tertiary",
            on_click=link.go,
            kwargs={"engine": other.settings.engine},
        )


def agreement_sentence(found: EngineAgreement, other: str) -> str:
    """Return in words how far the map agrees with that of another engine, given by its title."""
    text = tr(_AGREEMENT[found.level], other=other, correlation=found.correlation)
    if found.beyond_noise is None:
        return text
    if found.same_side is None:
        return paragraph(text, tr("All values are within noise."))
    return paragraph(
        text,
        tr("Values are beyond noise in {share:.0%} of the picture.", share=found.beyond_noise),
        tr("In {share:.0%} of that part both maps have the same sign.", share=found.same_side),
    )


def _title(settings: ExplainSettings) -> str:
    """Return the title of an engine as it is written within a sentence."""
    title = tr(ENGINES[settings.engine].title)
    # "SHAP's partition" begins with an acronym, which stays in capitals.
    return title if title[1:2].isupper() else f"{title[:1].lower()}{title[1:]}"


def _request(slot: str, key: str) -> None:
    st.session_state[_requested(slot)] = key


def _requested(slot: str) -> str:
    return f"_{slot}_wanted"


_AGREEMENT = {
    "largely": mark("With {other} this map agrees **largely**: rank correlation {correlation:.2f}."),
    "in part": mark("With {other} this map agrees **in part**: rank correlation {correlation:.2f}."),
    "hardly": mark("With {other} this map agrees **hardly**: rank correlation {correlation:.2f}."),
}
_HOW_TO_READ = mark(
    "Rank correlation over all pixels, for the same picture, mask and number of evaluations: 1 means that both engines "
    "rank the parts of the picture alike, 0 that their rankings have nothing in common. “Largely” is from 0.7, “in "
    "part” from 0.4. Engines with different regions do not reach 1, and a map of "
    "nothing but noise has no ranking to agree with. The page Trust compares them with other methods."
)
