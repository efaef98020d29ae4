"""Guided story of the demo with a mistake, its evidence and its painted cause."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import choices, components, link, navigation
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import demo_causes, explanations, models
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import jobs
from xai_core import render
from xai_core.demo.first_run import settings
from xai_core.demo.story import Repainting, Story, is_demo, outlined
from xai_core.errors import XaiError
from xai_core.evidence import location
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.labels import words
from xai_core.study.study import Study

_CELL_PX = 140


def draw_story(study: Study) -> None:
    """Draw the story if the study is the demo's."""
    if is_demo(study):
        _draw_introduction()
        _draw_chosen_story(study)


def _draw_introduction() -> None:
    """Draw what the pictures are, and how to get real ones."""
    with st.container(border=True):
        st.markdown(
            ":material/palette: **These are painted dishes.** A program painted every picture of this study. So the "
            "app works without a download, and the causes of some mistakes are known. The model is real: an "
            "EfficientNet that was trained on such paintings and makes mistakes on them."
        )
        with st.expander("Use the photographs of Food-101"):
            st.code(_FOOD_101, language="bash", wrap_lines=True)
            st.caption(
                "The download has 5 GB, and training needs a GPU. The new study appears in the list at the side."
            )


def _draw_chosen_story(study: Study) -> None:
    """Draw the box of planted causes, and the story of the chosen one."""
    stories = {story.cause.truth: story for story in demo_causes.stories(study)}
    if not stories:
        return
    first = next(iter(stories))
    truth = link.choice("story", list(stories), first, noun="story", hint=f"Shown is that of the {words(first)}.")
    uncovered = link.choice("uncovered", (False, True), default=False, noun="answer")
    titles = {name: f"{words(name).capitalize()} called {words(story.cause.guess)}" for name, story in stories.items()}
    with st.container(border=True):
        st.subheader(_heading(study, stories[truth]))
        choices.draw_box("story", titles, "Story", truth, on_change=_open_covered, width=320)
        try:
            _draw_steps(study, stories[truth], uncovered=uncovered)
        except XaiError as fault:
            components.show_error(fault)


def _heading(study: Study, story: Story) -> str:
    name, guess = words(story.cause.truth), words(story.cause.guess)
    confidence = study.row(story.mistake)["p_guess"]
    subject = f"These {name} are" if name.endswith("s") else f"This {name} is"
    return literal(f"{subject} called {guess} ({confidence:.0%}). Find out why")


def _open_covered() -> None:
    """Open another story with its answer covered, as one step of the browser's history."""
    link.go(story=st.session_state["story"], uncovered=False)


def _draw_steps(study: Study, story: Story, *, uncovered: bool) -> None:
    pictures = [story.mistake] + ([story.companion] if story.companion else [])
    # Read here: an error inside the fragment would be shown as a traceback.
    views = [loaders_pictures.model_view(study, image_id).view for image_id in pictures]
    model, request = models.runtime_if_open(study), settings(study)
    truth, guess = literal_words(story.cause.truth), literal_words(story.cause.guess)
    st.markdown(
        f"Red parts are evidence for **{guess}** rather than {truth}, blue parts the reverse. "
        "Where is the red in the mistake, and what lies there?"
    )
    found = jobs.live(
        "story",
        study,
        tuple(pictures),
        lambda model: [explanations.submit(study, model, image_id, request) for image_id in pictures],
        lambda found: _draw_evidence(study, story, views, found),
        stored=lambda: [explanations.stored_explanation(study, image_id, request) for image_id in pictures],
        needs_model=uncovered,
        shows_progress=False,
        shows_errors=False,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle("Uncover the answer", uncovered, key="uncovered", on_change=link.clear_notes)
        navigation.compare_link(study.row(story.mistake))
    if uncovered:
        _draw_answer(
            study,
            story,
            views[0],
            found.answers[0] if found.complete[0] else None,
            None if model is None else demo_causes.without_cue(study, model, story.mistake),
        )


def _draw_evidence(
    study: Study, story: Story, views: Sequence[NDArray[np.uint8]], found: jobs.Live[Explanation]
) -> None:
    """Draw the mistake and a correct picture, each beside its contrast map."""
    target = Target(story.cause.guess, story.cause.truth)
    limit = render.shared_limit(*(target.map_of(answer) for answer in found.answers if answer))
    heads = (
        "1. The mistake",
        f"2. Why {literal_words(story.cause.guess)}?",
        "A correct picture",
        "The same question",
    )
    with st.grid(4, min_column_width=_CELL_PX):
        # Not strict: a story without a companion has one view.
        for index, (image_id, view) in enumerate(zip((story.mistake, story.companion), views, strict=False)):
            with st.container(gap="xsmall"):
                _draw_picture(study, str(image_id), view, heads[2 * index])
            with st.container(gap="xsmall"):
                st.markdown(f"**{heads[2 * index + 1]}**")
                _draw_contrast(story, view, found.answers[index], limit)
                found.draw_error(index)


def _draw_picture(study: Study, image_id: str, view: NDArray[np.uint8], head: str) -> None:
    row, name = study.row(image_id), components.picture_name(image_id)
    st.markdown(f"**{head}**")
    st.image(view, width="stretch", alt=f"{name} as the model sees it")
    st.caption(f"{literal(name)}  \ncalled {literal_words(row['guess'])}, {row['p_guess']:.0%}")


def _draw_contrast(story: Story, view: NDArray[np.uint8], answer: Explanation | None, limit: float) -> None:
    truth, guess = words(story.cause.truth), words(story.cause.guess)
    if answer is None:
        st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt="Not computed yet")
        st.caption("Being computed ...")
        return
    overlay = render.overlay(view, answer.contrast(story.cause.guess, story.cause.truth), limit)
    st.image(overlay, width="stretch", alt=f"Evidence for {guess} rather than {truth} in red, the reverse in blue")
    st.caption(f"red: {literal(guess)}  \nblue: {literal(truth)}")


def _draw_answer(
    study: Study,
    story: Story,
    view: NDArray[np.uint8],
    explanation: Explanation | None,
    without: Repainting | None,
) -> None:
    """Draw the cue with its share of the evidence, and the same scene without the cue."""
    mask = demo_causes.cue_mask(study, story.mistake)
    with st.grid(4, min_column_width=_CELL_PX):
        with st.container(gap="xsmall"):
            st.markdown("**3. The answer**")
            alt = "The mistake" if story.whole_picture else "The mistake, in grey except for the planted cue"
            st.image(outlined(view, mask), width="stretch", alt=alt)
        with st.container(gap="xsmall"):
            st.markdown(f"{story.cause.answer} {_figures(story, mask, explanation)}")
        with st.container(gap="xsmall"):
            st.markdown("**4. The scene without the cue**")
            shown = render.pale_grey(view).astype(np.uint8) if without is None else without.view
            st.image(shown, width="stretch", alt="The same scene painted without the cue")
        with st.container(gap="xsmall"):
            st.markdown(_outcome(study, story, without))


def _figures(story: Story, mask: NDArray[np.bool_], explanation: Explanation | None) -> str:
    """Return sentences that compare the cue's shares of the evidence and of the picture."""
    if story.whole_picture:
        return "This light falls on the whole picture, so it has no outline."
    if not mask.any():
        return "In this picture the cue is too small for an outline."
    if explanation is None:
        return "The share of the evidence on the cue is being computed."
    on_it = location.share_in(explanation.contrast(story.cause.guess, story.cause.truth), mask)
    area = float(mask.mean())
    return (
        f"  \n**{on_it:.0%}** of the evidence for {literal_words(story.cause.guess)} lies on the cue, which covers "
        f"**{area:.0%}** of the picture. That is {on_it / area:.1f} times what evenly spread evidence would give."
    )


def _outcome(study: Study, story: Story, without: Repainting | None) -> str:
    """Return sentences on the prediction for the scene without the cue."""
    if without is None:
        return "The prediction for the same scene without the cue is being computed."
    before = study.row(story.mistake)
    change = (
        f"The same scene without the cue, with nothing else changed, is called **{literal_words(without.guess)}**, "
        f"{without.p_guess:.0%}. Before it was {literal_words(before['guess'])}, {before['p_guess']:.0%}."
    )
    if without.guess == story.cause.truth:
        return f"{change}  \nSo the cue was the cause: without it the same dish is recognised."
    if without.guess == story.cause.guess:
        return f"{change}  \nSo the cue is not the only cause of this mistake."
    return (
        f"{change}  \nThe cue led the model to {literal_words(story.cause.guess)}, but without it the model does not "
        "recognise the dish either."
    )


_FOOD_101 = """\
python -m xai_core food101 download --data data
python -m xai_core train --data data --out food101.safetensors
python -m xai_core study create food101 --data data --model food101.safetensors"""
