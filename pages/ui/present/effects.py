"""Steps of the story that hide evidence: in the mistake, and in all mistakes of the pair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pages.ui.evidence import board as evidence_board
from pages.ui.evidence import cause, patches
from pages.ui.evidence import claim as evidence_claim
from pages.ui.frame.components import picture_name
from pages.ui.frame.plain_text import without_markdown
from pages.ui.loaders import evaluations, stories, studies
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.present.steps import LOST, Answers, enlarge, photo
from pages.ui.present.story import STEPS, Story
from xai_core.evidence.findings import ExplainedPicture, Findings
from xai_core.explain import preview
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import probabilities
from xai_core.explain.wording import probability_text
from xai_core.exports.report import Figure
from xai_core.exports.slides import Slide
from xai_core.labels import index_of, words
from xai_core.model.runtime import Runtime
from xai_core.repair.suspects import cause_effects, hiding
from xai_core.repair.suspects.cause_effects import CauseTest
from xai_core.repair.suspects.ranking import PairPictures
from xai_core.settings.mask_table import MASKS
from xai_core.texts import counted
from xai_core.trust.check_questions import PlanQuestion

Logits = Sequence[NDArray[np.float32] | None]
"""Answers to `hiding_questions` so far."""

_FILLING = hiding.FILLINGS[0]
_PERCENT = "Below each square is its share of the evidence in its picture."


@dataclass(frozen=True, slots=True, eq=False)
class Hidden:
    """Hidden part of the story, and the explained pictures that it comes from.

    Attributes
    ----------
    spent
        Evaluations of each explanation of the story, None for those that are missing.
    spot : (H, W) bool
        Strongest part of the mistake; nothing where it has no evidence.
    masked : (k H, k W, 3) uint8
        The mistake in large with that part hidden.
    pieces
        Explained pictures of the pair.
    pictures, tested
        Those in which the strongest part is hidden.
    findings
        What the pieces have in common; None without an explained mistake.
    """

    spent: tuple[int | None, ...]
    spot: NDArray[np.bool_]
    masked: NDArray[np.uint8]
    pieces: tuple[ExplainedPicture, ...]
    pictures: PairPictures
    tested: tuple[cause.TestedPicture, ...]
    findings: Findings | None


def choose_hidden(story: Story, answers: Answers) -> Hidden | None:
    """Return what is hidden, once the mistake of the story is explained; None without its explanation.

    Parameters
    ----------
    story
        The story.
    answers
        Final explanations.
    """
    answer = answers.get((story.mistake.image_id, story.settings))
    if answer is None:
        return None
    spent = tuple(None if found is None else found.evaluations for found in answers.values())
    key = ("hidden", studies.identity(story.study), story.truth, story.guess, story.questions, spent)
    return stories.remembered(key, lambda: _hidden(story, answer, answers, spent))


def _hidden(story: Story, answer: Explanation, answers: Answers, spent: tuple[int | None, ...]) -> Hidden:
    request = story.request
    of_sample = [answers.get((image_id, request.settings)) for image_id in request.pictures.all]
    complete = [found is not None for found in of_sample]
    pieces = evidence_board.explained_pictures(story.study, request, of_sample, complete)
    pictures, tested = cause.choose_tested(request, pieces, hiding.SPOTS["part"])
    findings = evidence_board.find_findings(story.study, request, pieces) if pictures.mistakes else None
    spot = hiding.SPOTS["part"](story.target.map_of(answer))
    return Hidden(spent, spot, _masked(story, spot), tuple(pieces), pictures, tuple(tested), findings)


def hiding_questions(story: Story, model: Runtime, hidden: Hidden) -> list[PlanQuestion[NDArray[np.float32]]]:
    """Return the question of the mistake, and those of the test over all mistakes of the pair."""
    view = loaders_pictures.model_view(story.study, story.mistake.image_id)
    picture = evaluations.checked_picture(story.study, model, view, story.settings, own=False)
    return [
        hiding.hiding_question(picture, (hidden.spot,), _FILLING),
        *cause.hiding_questions(story.study, model, story.request, hidden.tested),
    ]


def hidden_slide(story: Story, hidden: Hidden, logits: Logits, missing: str = LOST) -> Slide:
    """Return the step with the mistake before and after its strongest part is hidden; `missing` is its text without."""
    study, shown = story.study, story.mistake
    if not hidden.spot.any():
        return Slide(STEPS[4], f"There is no evidence for {words(story.guess)} in this picture that could be hidden.")
    row = study.logits[study.table.index.get_loc(shown.row.name)].astype(np.float32)
    before = _answer(story, row)
    whole = photo(shown, f"{picture_name(shown.image_id)}, whole", f"Before: {before}")
    if not logits or logits[0] is None:
        return Slide(STEPS[4], missing, (whole,))
    after = logits[0][0]
    now = _answer(story, after)
    area = f"{hidden.spot.mean():.0%} of the picture"
    best = study.labels[int(after.argmax())]
    columns = index_of(story.guess, study.labels), index_of(story.truth, study.labels)
    if best == story.guess:
        sentence = f"Without that part, the model still says {now} (before: {_p(row, columns[0])})."
    else:
        right = "the right answer" if best == story.truth else f"no longer {words(story.guess)}"
        sentence = f"Without that part, the model says {now}: {right}."
    margins = [float(found[columns[0]] - found[columns[1]]) for found in (row, after)]
    return Slide(
        STEPS[4],
        sentence,
        (whole, Figure(hidden.masked, f"{shown.name}, with the part hidden", lines=(f"After: {now}",))),
        (
            f"Hidden is the smallest part with {hiding.SHARE:.0%} of the evidence for {words(story.guess)}: {area}.",
            f"It is filled with {MASKS[_FILLING].title}. The answer is the model's own, not a prediction of the map.",
            f"Probability of {words(story.truth)}: {_p(row, columns[1])} before, {_p(after, columns[1])} after.",
            f"Margin of {words(story.guess)}: {margins[0]:.2f} logits before, {margins[1]:.2f} after.",
        ),
    )


def always_slide(story: Story, hidden: Hidden, logits: Logits) -> Slide:
    """Return the step with the strongest patches of all mistakes, and the test over them.

    Where the test has no answer, the claim of Evidence takes its place.
    """
    if hidden.findings is None:
        return Slide(STEPS[5], "None of the mistakes of this pair is explained, so there is nothing to compare.")
    request, guess = story.request, words(story.guess)
    shown = patches.of_mistakes(request, hidden.findings)
    figures = tuple(
        Figure(
            _patch(story, patch.image_id, (patch.left, patch.top, patch.left + patch.side, patch.top + patch.side)),
            f"Part of {picture_name(patch.image_id)} with the strongest evidence for {guess}",
            lines=(f"{patch.share:.0%}",),
            photo=True,
        )
        for patch in shown
    )
    claims = [
        without_markdown(evidence_claim.claim(hidden.findings, story.truth, story.guess, request.measure)),
        without_markdown(evidence_claim.verdict(hidden.findings, story.truth, story.guess, request.measure)),
    ]
    of_pair = request.pictures.of_pair
    basis = (
        f"Shown is, from each of {counted(len(shown), 'mistake')} (of {of_pair:,}), the square with the strongest "
        f"evidence for {guess} and its share of that evidence. Evenly spread evidence would give 11%."
    )
    found = cause_test(story, hidden, logits)
    if found is None:
        return Slide(STEPS[5], claims[0], figures, (basis,), f"{_PERCENT} {claims[1]}")
    headline, effect = cause.headline(found).removeprefix("Without it, "), found.effects[0]
    return Slide(
        STEPS[5],
        f"With the strongest part hidden in each, {headline}.",
        figures,
        (basis, cause.controls_sentence(found), *claims),
        f"{_PERCENT} {found.sentence} With random parts of the same shape hidden, {effect.control_left_pair:.1f} of "
        f"{effect.mistakes} are no longer called {guess}.",
    )


def cause_test(story: Story, hidden: Hidden, logits: Logits) -> CauseTest | None:
    """Return the test over all mistakes of the pair; None without all of its answers."""
    answers = [found for found in logits[1:] if found is not None]
    if not hidden.pictures.mistakes or len(answers) < len(hidden.tested) * len(hiding.FILLINGS):
        return None
    key = ("cause", studies.identity(story.study), story.questions, hidden.pictures, hidden.spent)
    return stories.remembered(
        key,
        lambda: cause_effects.conclude(
            story.study.labels, hidden.pictures, cause.hidden_pictures(story.study, hidden.tested, answers)
        ),
    )


def _answer(story: Story, logits: NDArray[np.float32]) -> str:
    best = int(logits.argmax())
    return f"{words(story.study.labels[best])}, {_p(logits, best)}"


def _p(logits: NDArray[np.float32], index: int) -> str:
    return probability_text(float(probabilities(logits)[index]))


def _masked(story: Story, spot: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the large picture with a part hidden as in the picture that the model saw."""
    shown = story.mistake
    seen = preview.masked_view(shown.view, story.study.spec, story.settings, ~spot)
    height, width = shown.large.shape[:2]
    filled = np.asarray(Image.fromarray(seen).resize((width, height), Image.Resampling.BICUBIC))
    return np.where(enlarge(shown, spot)[..., None], filled, shown.large).astype(np.uint8)


def _patch(story: Story, image_id: str, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return a square of a picture, given in pixels of the model's input, in more detail."""
    large = stories.large_view(story.study, image_id)
    factor = large.shape[0] // story.study.spec.input_size[0]
    left, top, right, bottom = (edge * factor for edge in box)
    return large[top:bottom, left:right]
