"""Quiz: the audience answers before the story does.

It asks at two steps: where the model looked, and what it says without that part.
"""

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import link
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import studies
from pages.ui.present import slide_view, stage
from pages.ui.present.steps import Answers, enlarge, photo
from pages.ui.present.story import STEPS, Story
from xai_core.evidence.place_score import disc, place_score
from xai_core.exports.slides import Slide
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.texts import paragraph
from xai_core.trust.what_if import outline

_STATE = "_quiz"
_OTHER = mark("something else")

_LINE = (255, 200, 0)  # neither of the map's colours

PLACE_STEP, ANSWER_STEP = 3, 5
"""Steps before which the audience is asked."""


def choose_quiz() -> bool:
    """Draw the button that turns the quiz on or off, and return whether it is on."""
    is_on = link.choice("quiz", (False, True), default=False, noun=tr("quiz"))
    st.button(
        tr("End the quiz") if is_on else tr("Quiz"),
        key="present_quiz",
        icon=":material/quiz:",
        help=tr(
            "Asks the audience where the model looked, and what it says without that part, before the story tells it."
        ),
        on_click=link.go,
        kwargs={"quiz": not is_on},
    )
    return is_on


def ask_place(story: Story, answers: Answers) -> bool:
    """Ask where the model looked, unless that has been answered. Return True while the story has to wait."""
    if story.step != PLACE_STEP or answers.get(story.questions[0]) is None or _answered(story) is not None:
        return False
    question = tr("Where did the model look when it said {guess}?", guess=words(story.guess))
    slide_view.draw_heading(Slide(tr(STEPS[PLACE_STEP - 1]), question))
    with slide_view.one_picture():
        alt = tr("{picture}. Choose a place.", picture=story.mistake.name)
        place = stage.ask_place(photo(story.mistake, alt), _key(story))
        how = tr("Click on the picture, or move the mark with the arrows and press Enter.")
        st.markdown(how, text_alignment="center")
    if place is not None:
        _answer(story, place)
        st.rerun()
    return True


def ask_answer(story: Story) -> bool:
    """Ask what the model says without the part, unless that has been answered. Return True while it is open."""
    if story.step != ANSWER_STEP or _answered(story) is not None:
        return False
    question = tr("We hide the part with the strongest evidence. What does the model say then?")
    slide_view.draw_heading(Slide(tr(STEPS[ANSWER_STEP - 1]), question))
    with slide_view.one_picture():
        slide_view.draw_figure(photo(story.mistake, story.mistake.name))
        with st.container(horizontal=True, horizontal_alignment="center"):
            for said in (story.guess, story.truth, _OTHER):
                title = literal(_name(said).capitalize())
                st.button(title, key=f"quiz {said}", on_click=_answer, args=(story, said))
    return True


def judged_place(story: Story, answers: Answers, slide: Slide) -> Slide:
    """Return the step with the place that was chosen, outlined and scored. The finding moves below the picture."""
    place, answer = _answered(story), answers.get(story.questions[0])
    if not isinstance(place, tuple) or answer is None:
        return slide
    x, y = place
    found = place_score(story.target.map_of(answer), x, y)
    line = np.asarray(enlarge(story.mistake, outline(disc(story.mistake.view.shape, x, y))), np.bool_)
    figures = tuple(replace(figure, picture=_with_line(figure.picture, line)) for figure in slide.figures)
    said = tr(
        "{points} of 100 points: your place holds {share:.0%} of the evidence for {guess}, the best place of that "
        "size {best:.0%}.",
        points=found.points,
        share=found.share,
        guess=words(story.guess),
        best=found.best,
    )
    return replace(slide, figures=figures, sentence=said, remark=slide.sentence)


def judged_answer(story: Story, said_now: str | None, slide: Slide) -> Slide:
    """Return the step whose sentence begins with the answer that was chosen.

    Parameters
    ----------
    story, slide
        The story and its step.
    said_now
        Label that the model says without the part; None while that is not known.
    """
    chosen = _answered(story)
    if not isinstance(chosen, str) or said_now is None:
        return slide
    kind = said_now if said_now in (story.guess, story.truth) else _OTHER
    if chosen == kind:
        judged = tr("You said {answer}: right.", answer=_name(chosen))
    else:
        judged = tr("You said {answer}: not this time.", answer=_name(chosen))
    return replace(slide, sentence=paragraph(judged, slide.sentence))


def _name(said: str) -> str:
    return tr(_OTHER) if said == _OTHER else words(said)


def _with_line(picture: NDArray[np.uint8], line: NDArray[np.bool_]) -> NDArray[np.uint8]:
    drawn = picture.copy()
    drawn[line] = _LINE
    return drawn


def _key(story: Story) -> str:
    return f"{studies.identity(story.study)} {story.mistake.image_id} {story.step}"


def _answered(story: Story) -> object:
    """Return the answer of the audience to the step that is shown: a place, a label or `_OTHER`; None without one."""
    return st.session_state.get(_STATE, {}).get(_key(story))


def _answer(story: Story, value: object) -> None:
    st.session_state.setdefault(_STATE, {})[_key(story)] = value
