"""Guided story of a study with a mistake, its evidence and an answer to uncover."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from pages.ui.frame import choices, components, link, navigation
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import demo_causes, explanations, leading, models, stories
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.loaders.leading import Lead
from pages.ui.maps import jobs
from pages.ui.overview import answers
from pages.ui.overview.row import CELL_PX, Shown, draw_pictures
from pages.ui.picture import carried
from xai_core.demo.first_run import settings
from xai_core.demo.story import Story, is_demo
from xai_core.errors import XaiError
from xai_core.evidence.telling import MISTAKES, PAIRS
from xai_core.explain.explanation import Explanation
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.study.precompute import settings_for
from xai_core.study.study import Study


def draw_story(study: Study) -> None:
    """Draw the story of the most telling mistake, or the search for it.

    A study without mistakes has none.
    """
    leads = leading.leads(study)
    if leads:
        with st.container(border=True):
            if _is_searching(study):
                return
            try:
                # Ordered by now, if the search has just ended.
                _draw_chosen(study, leading.leads(study))
            except XaiError as fault:
                components.show_error(fault)
    if is_demo(study):
        st.caption(tr(_PAINTED))


def _is_searching(study: Study) -> bool:
    """Explain the candidates for the story, and return True while that goes on.

    A reader who has come for a mistake or a story does not wait for the search.
    """
    missing = leading.unexplained(study)
    if not missing or carried.is_carried(study) or link.requested("story"):
        return False
    readable = [image_id for image_id in missing if not loaders_pictures.read_error(study, image_id)]
    request = leading.search_settings(study)
    st.markdown(tr(_SEARCH, mistakes=MISTAKES, pairs=PAIRS))
    found = jobs.live(
        "opening",
        study,
        tuple(readable),
        lambda model: [explanations.submit(study, model, image_id, request) for image_id in readable],
        lambda _found: None,
        shows_errors=False,
    )
    return found.waiting


def _draw_chosen(study: Study, leads: Sequence[Lead]) -> None:
    """Draw the box of stories, and the chosen one."""
    by_name = _names(leads)
    name = _choose(study, by_name)
    uncovered = link.choice("uncovered", (False, True), default=False, noun=tr("answer"))
    chosen = by_name[name]
    st.subheader(_heading(study, chosen))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        titles = {
            other: tr("{truth} called {guess}", truth=words(lead.truth).capitalize(), guess=words(lead.guess))
            for other, lead in by_name.items()
        }
        choices.draw_box("story", titles, tr("Story"), name, on_change=_open_covered, args=(study, by_name), width=300)
        told = next((story for story in demo_causes.stories(study) if story.mistake == chosen.image_id), None)
        st.button(
            tr(_PLANTED_BUTTON[uncovered] if told else _SHARED_BUTTON[uncovered]),
            key="uncover",
            icon=":material/visibility_off:" if uncovered else ":material/visibility:",
            on_click=link.go,
            kwargs={"uncovered": not uncovered},
        )
        navigation.compare_link(study.row(chosen.image_id))
        navigation.present_link(study.row(chosen.image_id))
    _draw_row(study, _shown(study, chosen, told), told, uncovered=uncovered)


def _names(leads: Sequence[Lead]) -> dict[str, Lead]:
    """Return the stories by their names in the URL: the true class, with the guess where a class has several."""
    found: dict[str, Lead] = {}
    for lead in leads:
        found[lead.truth if lead.truth not in found else f"{lead.truth}:{lead.guess}"] = lead
    return found


def _choose(study: Study, by_name: Mapping[str, Lead]) -> str:
    """Return the name of the story that is shown, and let the menu carry its mistake.

    A link or the box decides. Otherwise it is the story of the pair that the reader has seen last, if it has one.
    """
    first = next(iter(by_name))
    came_for_it = link.arrived_with("story")
    pair = (link.requested("truth"), link.requested("guess"))
    if link.is_omitted("story") and carried.is_carried(study):
        same = (name for name, lead in by_name.items() if (lead.truth, lead.guess) == pair)
        link.remember(story=next(same, link.requested("story") or first))
    name = link.choice(
        "story", list(by_name), first, noun=tr("story"), hint=tr("Shown is that of the {name}.", name=words(first))
    )
    if came_for_it or not carried.is_carried(study):
        carried.keep_mistake(study, study.row(by_name[name].image_id))
    return name


def _open_covered(study: Study, by_name: Mapping[str, Lead]) -> None:
    """Open another story with its answer covered, as one step of the browser's history."""
    name = st.session_state["story"]
    carried.keep_mistake(study, study.row(by_name[name].image_id))
    link.go(story=name, uncovered=False)


def _heading(study: Study, lead: Lead) -> str:
    name, guess = words(lead.truth), words(lead.guess)
    confidence = study.row(lead.image_id)["p_guess"]
    probability = probability_text(confidence)
    if name.endswith("s"):
        return literal(
            tr(
                "These {truth} are called {guess} ({probability}). Find out why",
                truth=name,
                guess=guess,
                probability=probability,
            )
        )
    return literal(
        tr(
            "This {truth} is called {guess} ({probability}). Find out why",
            truth=name,
            guess=guess,
            probability=probability,
        )
    )


def _shown(study: Study, lead: Lead, told: Story | None) -> Shown:
    # Views are read here: an error inside the fragment would be shown as a traceback.
    if told is not None:
        companion: str | None = told.companion
    else:
        near = stories.nearest_correct(study, lead.image_id, lead.truth)
        companion = next((image_id for image_id in near if not loaders_pictures.read_error(study, image_id)), None)
    pictures = (lead.image_id, companion) if companion else (lead.image_id,)
    return Shown(lead, companion, tuple(loaders_pictures.model_view(study, image_id).view for image_id in pictures))


def _draw_row(study: Study, shown: Shown, told: Story | None, *, uncovered: bool) -> None:
    """Draw the mistake with its map, and beside it a correct picture or, once uncovered, the answer.

    The answer takes the place of the correct picture, because the reader looks there. Below the row it would be off
    most screens.
    """
    asked = [(image_id, settings_for(study, image_id, settings(study))) for image_id in shown.pictures]
    draw_answer = _answer(study, shown, told) if uncovered else None

    def draw(found: jobs.Live[Explanation]) -> None:
        with st.grid(4, min_column_width=CELL_PX):
            draw_pictures(study, shown, found, (0,) if draw_answer else range(len(shown.pictures)))
            if draw_answer:
                draw_answer(found.answers[0] if found.complete[0] else None)

    jobs.live(
        "story",
        study,
        shown.pictures,
        lambda model: [explanations.submit(study, model, image_id, chosen) for image_id, chosen in asked],
        draw,
        stored=lambda: [explanations.stored_explanation(study, image_id, chosen) for image_id, chosen in asked],
        needs_model=uncovered and told is not None,
        shows_progress=False,
        shows_errors=False,
    )


def _answer(study: Study, shown: Shown, told: Story | None) -> Callable[[Explanation | None], None]:
    """Return the drawing of the answer. What it needs is read here, as the views are."""
    if told is None:
        patches = answers.shared_patches(study, shown)
        return lambda _explanation: answers.draw_shared(study, shown, patches)
    model, mask = models.runtime_if_open(study), demo_causes.cue_mask(study, told.mistake)
    without = None if model is None else demo_causes.without_cue(study, model, told.mistake)
    return lambda explanation: answers.draw_planted(study, told, shown, explanation, mask=mask, without=without)


_PLANTED_BUTTON = {False: mark("Uncover the answer"), True: mark("Cover the answer")}
_SHARED_BUTTON = {False: mark("Show what the mistakes share"), True: mark("Show the correct picture")}
_SEARCH = mark(
    "**Looking for the mistake to show first.** The {mistakes} most confident mistakes of the {pairs} most frequent "
    "confusions are explained, and the one with the clearest evidence opens here. This is done once."
)
_PAINTED = mark(
    ":material/palette: A program painted every picture of this study, so the causes of some mistakes are known. The "
    "model is real: an EfficientNet that was trained on such paintings and makes mistakes on them."
)
