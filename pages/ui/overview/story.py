"""The guided story of the demo: a mistake, what speaks for it, and the painted cause, for the reader to uncover."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import components, link, navigation
from pages.ui.loaders import demo_causes, explanations, models
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import jobs
from xai_core import render
from xai_core.demo.first_run import settings
from xai_core.demo.story import Repainting, Story, is_demo, outlined
from xai_core.errors import XaiError
from xai_core.evidence import location
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.labels import words
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study

_CELL_PX = 140


def show(study: Study) -> None:
    """What there is to tell of the demo's study; nothing of any other."""
    if is_demo(study):
        _painted_dishes()
        _guided(study)


def _painted_dishes() -> None:
    """Say plainly what the pictures are, and how to come to real ones."""
    with st.container(border=True):
        st.markdown(
            ":material/palette: **These are painted dishes.** A program painted every picture of this study, so that "
            "the app has something true to show without a download, and so that the causes of some mistakes are known. "
            "The model is real: an EfficientNet that was trained on such paintings, and errs on them."
        )
        with st.expander("With the photographs of Food-101"):
            st.code(_FOOD_101, language="bash", wrap_lines=True)
            st.caption("5 GB to fetch; train on a GPU. The new study then stands in the list at the side.")


def _guided(study: Study) -> None:
    """Let the reader choose a planted cause, see its mistake and find out why it happens."""
    told = {each.cause.truth: each for each in demo_causes.stories(study)}
    if not told:
        return
    first = next(iter(told))
    truth = link.choice(
        "story", {each: each for each in told}, first, what="story", hint=f"Shown is that of the {words(first)}."
    )
    uncovered = link.choice("uncovered", {"True": True, "False": False}, default=False, what="answer")
    chosen = told[truth]
    with st.container(border=True):
        st.subheader(_riddle(study, chosen))
        st.selectbox(
            "Story",
            list(told),
            list(told).index(truth),
            key="story",
            format_func=lambda each: f"{words(each).capitalize()} called {words(told[each].cause.guess)}",
            on_change=_another,
            width=320,
        )
        try:
            _tell(study, chosen, uncovered=uncovered)
        except XaiError as fault:
            components.fault(fault)


def _riddle(study: Study, story: Story) -> str:
    name, guess = words(story.cause.truth), words(story.cause.guess)
    sure = study.row(story.mistake)["p_guess"]
    subject = f"These {name} are" if name.endswith("s") else f"This {name} is"
    return f"{subject} called {guess} ({sure:.0%}) - find out why"


def _another() -> None:
    """Another riddle begins without its answer, in one step of the browser's history."""
    link.go(story=st.session_state["story"], uncovered=False)


def _tell(study: Study, story: Story, *, uncovered: bool) -> None:
    pictures = [story.mistake] + ([story.companion] if story.companion else [])
    # Read here: a fault inside the fragment would be shown as a traceback.
    views = [loaders_pictures.sight(study, each).view for each in pictures]
    model, asked = models.opened(study), settings(study)
    # What is in the store is shown at once, without waiting for the model.
    answers = [explanations.stored(study, each, asked) for each in pictures]
    asking = [] if all(answers) else _asking(study, pictures, asked)
    explained = all(answers) or not jobs.waiting(asking)
    waiting = not explained or (uncovered and model is None)
    truth, guess = words(story.cause.truth), words(story.cause.guess)
    st.markdown(
        f"Red parts speak for **{guess}** rather than {truth}, blue ones the other way round. "
        "Where is the red in the mistake, and what lies there?"
    )
    st.fragment(_evidence, run_every=jobs.POLL_S if waiting else None)(
        study, story, views, answers, asking=asking, waited=waiting
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle("Uncover the answer", uncovered, key="uncovered", on_change=link.follow)
        navigation.compare_link(study.row(story.mistake))
    if uncovered:
        explanation = asking[0].latest if asking and asking[0].done else answers[0]
        _answer(
            study,
            story,
            views[0],
            explanation,
            None if model is None else demo_causes.without_cue(study, model, story.mistake),
        )


def _asking(study: Study, pictures: Sequence[str], asked: ExplainSettings) -> list[Job]:
    return jobs.of(
        "story",
        study,
        tuple(pictures),
        lambda model: [explanations.submit(study, model, each, asked) for each in pictures],
    )


def _evidence(
    study: Study,
    story: Story,
    views: Sequence[NDArray[np.uint8]],
    answers: Sequence[Explanation | None],
    *,
    asking: Sequence[Job],
    waited: bool,
) -> None:
    """The mistake and a correct picture, each beside its contrast; looked at again until all is computed."""
    jobs.poll(asking)
    truth, guess = story.cause.truth, story.cause.guess
    answers = [job.latest for job in asking] or answers
    limit = render.shared_limit(*(each.contrast(guess, truth) for each in answers if each))
    heads = (
        "1. The mistake",
        f"2. Why {words(guess)}?",
        "A correct picture",
        "The same question",
    )
    with st.grid(4, min_column_width=_CELL_PX):
        for place, (image_id, view) in enumerate(zip((story.mistake, story.companion), views, strict=False)):
            with st.container(gap="xsmall"):
                _picture(study, str(image_id), view, heads[2 * place])
            with st.container(gap="xsmall"):
                st.markdown(f"**{heads[2 * place + 1]}**")
                _contrast(story, view, answers[place], limit)
                if asking:
                    jobs.trouble(asking[place])
    jobs.settle(study, asking, waited=waited)


def _picture(study: Study, image_id: str, view: NDArray[np.uint8], head: str) -> None:
    row, name = study.row(image_id), components.picture_name(image_id)
    st.markdown(f"**{head}**")
    st.image(view, width="stretch", alt=f"{name} as the model sees it")
    st.caption(f"{name}  \ncalled {words(row['guess'])}, {row['p_guess']:.0%}")


def _contrast(story: Story, view: NDArray[np.uint8], answer: Explanation | None, limit: float) -> None:
    truth, guess = words(story.cause.truth), words(story.cause.guess)
    if answer is None:
        st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt="Not computed yet")
        st.caption("Being computed ...")
        return
    tinted = render.overlay(view, answer.contrast(story.cause.guess, story.cause.truth), limit)
    st.image(tinted, width="stretch", alt=f"What speaks for {guess} rather than {truth} in red, the reverse in blue")
    st.caption(f"red: {guess}  \nblue: {truth}")


def _answer(
    study: Study,
    story: Story,
    view: NDArray[np.uint8],
    explanation: Explanation | None,
    without: Repainting | None,
) -> None:
    """Where the cue lies and what it does, then the same scene without it."""
    mask = demo_causes.cue_mask(study, story.mistake)
    with st.grid(4, min_column_width=_CELL_PX):
        with st.container(gap="xsmall"):
            st.markdown("**3. The answer**")
            lit = "The mistake" if story.whole_picture else "The mistake, all grey but for the planted cue"
            st.image(outlined(view, mask), width="stretch", alt=lit)
        with st.container(gap="xsmall"):
            st.markdown(f"{story.cause.told} {_figures(story, mask, explanation)}")
        with st.container(gap="xsmall"):
            st.markdown("**4. Painted away**")
            shown = render.pale_grey(view).astype(np.uint8) if without is None else without.view
            st.image(shown, width="stretch", alt="The same scene painted without the cue")
        with st.container(gap="xsmall"):
            st.markdown(_outcome(study, story, without))


def _figures(story: Story, mask: NDArray[np.bool_], explanation: Explanation | None) -> str:
    """How much of the evidence lies on the cue, against how much of the picture."""
    if story.whole_picture:
        return "This light falls on the whole picture, so there is no outline to draw."
    if not mask.any():
        return "In this picture it is too small for an outline."
    if explanation is None:
        return "How much of the evidence lies on it is being computed."
    on_it = location.share_in(explanation.contrast(story.cause.guess, story.cause.truth), mask)
    area = float(mask.mean())
    return (
        f"  \n**{on_it:.0%}** of what speaks for {words(story.cause.guess)} lies on it, and it is **{area:.0%}** of "
        f"the picture: {on_it / area:.1f} times what evidence strewn evenly would give."
    )


def _outcome(study: Study, story: Story, without: Repainting | None) -> str:
    """What the model says once the cue has gone."""
    if without is None:
        return "The model is being asked about the same scene without it."
    before = study.row(story.mistake)
    said = (
        f"The same scene without it, nothing else changed: called **{words(without.guess)}**, {without.p_guess:.0%}. "
        f"Before it was {words(before['guess'])}, {before['p_guess']:.0%}."
    )
    if without.guess == story.cause.truth:
        return f"{said}  \nThat was the cause: without it the same dish is recognised."
    if without.guess == story.cause.guess:
        return f"{said}  \nSo the cue is not the only cause of this mistake."
    return f"{said}  \nThe cue pulled it to {words(story.cause.guess)}; the dish itself it does not know either."


_FOOD_101 = """\
python -m xai_core food101 download --data data
python -m xai_core train --data data --out food101.safetensors
python -m xai_core study create food101 --data data --model food101.safetensors"""
