"""Steps of a story, drawn large, while everything that they need is computed in the background."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pages.ui.loaders import explanations
from pages.ui.maps import jobs, waiting
from pages.ui.present import cure, effects, quiz, slide_view, steps, take_along
from pages.ui.present.effects import Hidden
from pages.ui.present.steps import Answers
from pages.ui.present.story import Story
from xai_core.explain.explanation import Explanation
from xai_core.language import tr

_SLOT, _HIDING_SLOT = "present", "present_hiding"

_MAP_STEPS, _HIDING_STEPS, _CURE_STEP = (3, 4), (5, 6), 7


def draw_story(story: Story) -> None:
    """Draw the chosen step, and compute what the others need.

    Parameters
    ----------
    story
        The story, with the chosen step.
    """
    with slide_view.draw_steps(story):
        is_quiz = quiz.choose_quiz()
    trial = cure.start_trial(story)
    if story.step in (1, 2):
        slide_view.draw_slide((steps.said_slide, steps.truth_slide)[story.step - 1](story))
    if story.step == _CURE_STEP and trial is not None:
        slide_view.draw_slide(cure.cure_slide(story, trial))
    answers = _draw_maps(story, is_quiz=is_quiz)
    hidden = None if answers is None else effects.choose_hidden(story, answers)
    logits = None if hidden is None else _draw_hiding(story, hidden, is_quiz=is_quiz)
    if answers is not None and hidden is None and story.step in _HIDING_STEPS:
        slide_view.draw_pending(story, steps.LOST)
    # Asked once: a cure that is done a moment later would leave the button off.
    is_tried = trial is None or trial.future.done()
    if trial is not None and not is_tried:
        waiting.wait_until(trial.future.done, tr("Fitting the cure, and judging it on the pictures held back ..."))
    take_along.draw_downloads(
        story,
        None
        if answers is None or hidden is None or logits is None or not is_tried
        else lambda: [
            steps.said_slide(story),
            steps.truth_slide(story),
            steps.looked_slide(story, answers),
            steps.right_slide(story, answers),
            effects.hidden_slide(story, hidden, logits),
            effects.always_slide(story, hidden, logits),
            *([] if trial is None else [cure.cure_slide(story, trial)]),
        ],
    )


def _draw_maps(story: Story, *, is_quiz: bool) -> Answers | None:
    """Explain all pictures of the story, and draw the steps with maps; return the answers once they are final."""
    study, questions = story.study, story.questions
    found = jobs.live(
        _SLOT,
        study,
        questions,
        lambda model: [explanations.submit(study, model, image_id, settings) for image_id, settings in questions],
        lambda found: _draw_maps_so_far(story, found, is_quiz=is_quiz),
        stored=lambda: [explanations.stored_explanation(study, image_id, settings) for image_id, settings in questions],
        needs_model=False,
        shows_progress=False,
        shows_errors=False,
    )
    return None if found.waiting else dict(zip(questions, found.final, strict=True))


def _draw_maps_so_far(story: Story, found: jobs.Live[Explanation], *, is_quiz: bool) -> None:
    answers: Answers = dict(zip(story.questions, found.answers, strict=False))
    missing = steps.PENDING if found.waiting else steps.LOST
    if is_quiz and quiz.ask_place(story, answers):
        pass
    elif story.step == quiz.PLACE_STEP:
        slide = steps.looked_slide(story, answers, missing)
        is_there = answers.get(story.questions[0]) is not None
        name = f"{story.mistake.image_id} {story.guess}" if is_there else ""
        slide_view.draw_slide(quiz.judged_place(story, answers, slide) if is_quiz else slide, fading=name)
    elif story.step in _MAP_STEPS:
        slide_view.draw_slide(steps.right_slide(story, answers, missing))
    elif story.step in _HIDING_STEPS and found.waiting:
        slide_view.draw_pending(story, steps.PENDING)
    if found.waiting or not all(found.complete):
        found.draw_progress()
        # The mistake comes first. Without another picture the story can still be told.
        found.draw_error(0)


def _draw_hiding(story: Story, hidden: Hidden, *, is_quiz: bool) -> Sequence[NDArray[np.float32] | None] | None:
    """Ask what the model says once evidence is hidden, and draw the steps on it; return the answers once final."""
    tested = tuple(parts.image_id for parts in hidden.tested)
    found = jobs.live(
        _HIDING_SLOT,
        story.study,
        (story.questions, tested, hidden.spent),
        lambda model: [
            explanations.submit_question(question) for question in effects.hiding_questions(story, model, hidden)
        ],
        lambda found: _draw_hiding_so_far(story, hidden, found, is_quiz=is_quiz),
        stored=lambda: [None],
        noun="masked picture",
        shows_progress=False,
        shows_errors=False,
    )
    return None if found.waiting else found.final


def _draw_hiding_so_far(story: Story, hidden: Hidden, found: jobs.Live[NDArray[np.float32]], *, is_quiz: bool) -> None:
    if story.step not in _HIDING_STEPS or (is_quiz and hidden.spot.any() and quiz.ask_answer(story)):
        return
    if story.step == _HIDING_STEPS[0]:
        missing = steps.PENDING if found.waiting else steps.LOST
        slide = effects.hidden_slide(story, hidden, found.answers, missing)
        after = found.answers[0] if found.answers else None
        said_now = None if after is None else story.study.labels[int(after[0].argmax())]
        slide_view.draw_slide(quiz.judged_answer(story, said_now, slide) if is_quiz else slide)
    else:
        slide_view.draw_slide(effects.always_slide(story, hidden, found.answers))
    if found.waiting or not all(found.complete):
        found.draw_progress()
        found.draw_error(0)
