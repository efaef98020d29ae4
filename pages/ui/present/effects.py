"""Steps of the story that hide evidence: in the mistake, and in all mistakes of the pair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pages.ui.evidence import board as evidence_board
from pages.ui.evidence import cause, cause_words, patches
from pages.ui.evidence import claim as evidence_claim
from pages.ui.frame.components import picture_name
from pages.ui.frame.plain_text import without_markdown
from pages.ui.loaders import evaluations, stories, studies
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.present.steps import LOST, Answers, answer_text, enlarge, photo
from pages.ui.present.story import STEPS, Story
from xai_core.evidence.findings import ExplainedPicture, Findings
from xai_core.explain import preview
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import probabilities
from xai_core.explain.wording import probability_text
from xai_core.exports.report import Figure
from xai_core.exports.slides import Slide
from xai_core.labels import index_of, words
from xai_core.language import mark, tr, tr_n
from xai_core.model.runtime import Runtime
from xai_core.repair.suspects import cause_effects, hiding
from xai_core.repair.suspects.cause_effects import CauseTest
from xai_core.repair.suspects.ranking import PairPictures
from xai_core.settings.mask_table import MASKS
from xai_core.texts import counted, paragraph
from xai_core.trust.check_questions import PlanQuestion

Logits = Sequence[NDArray[np.float32] | None]
"""Answers to `hiding_questions` so far."""

_FILLING = hiding.FILLINGS[0]
_PERCENT = mark("Below each square is its share of the evidence in its picture.")


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
        nothing = tr("There is no evidence for {guess} in this picture that could be hidden.", guess=words(story.guess))
        return Slide(tr(STEPS[4]), nothing)
    row = study.logits[study.table.index.get_loc(shown.row.name)].astype(np.float32)
    before = tr("Before: {answer}", answer=_answer(story, row))
    whole = photo(shown, tr("{picture}, whole", picture=picture_name(shown.image_id)), before)
    if not logits or logits[0] is None:
        return Slide(tr(STEPS[4]), tr(missing), (whole,))
    after = logits[0][0]
    now, guess, truth = _answer(story, after), words(story.guess), words(story.truth)
    best = study.labels[int(after.argmax())]
    columns = index_of(story.guess, study.labels), index_of(story.truth, study.labels)
    if best == story.guess:
        text = mark("Without that part, the model still says {now} (before: {before}).")
    elif best == story.truth:
        text = mark("Without that part, the model says {now}: the right answer.")
    else:
        text = mark("Without that part, the model says {now}: no longer {guess}.")
    margins = [float(found[columns[0]] - found[columns[1]]) for found in (row, after)]
    alt = tr("{picture}, with the part hidden", picture=shown.name)
    return Slide(
        tr(STEPS[4]),
        tr(text, now=now, guess=guess, before=_p(row, columns[0])),
        (whole, Figure(hidden.masked, alt, lines=(tr("After: {answer}", answer=now),))),
        (
            tr(
                "Hidden is the smallest part with {share:.0%} of the evidence for {guess}: {area:.0%} of the picture.",
                share=hiding.SHARE,
                guess=guess,
                area=hidden.spot.mean(),
            ),
            tr(
                "It is filled with {mask}. The answer is the model's own, not a prediction of the map.",
                mask=tr(MASKS[_FILLING].title),
            ),
            tr(
                "Probability of {truth}: {before} before, {after} after.",
                truth=truth,
                before=_p(row, columns[1]),
                after=_p(after, columns[1]),
            ),
            tr(
                "Margin of {guess}: {before:.2f} logits before, {after:.2f} after.",
                guess=guess,
                before=margins[0],
                after=margins[1],
            ),
        ),
    )


def always_slide(story: Story, hidden: Hidden, logits: Logits) -> Slide:
    """Return the step with the strongest patches of all mistakes, and the test over them.

    Where the test has no answer, the claim of Evidence takes its place.
    """
    if hidden.findings is None:
        nothing = tr("None of the mistakes of this pair is explained, so there is nothing to compare.")
        return Slide(tr(STEPS[5]), nothing)
    request, guess = story.request, words(story.guess)
    shown = patches.of_mistakes(request, hidden.findings)
    figures = tuple(
        Figure(
            _patch(story, patch.image_id, (patch.left, patch.top, patch.left + patch.side, patch.top + patch.side)),
            tr(
                "Part of {picture} with the strongest evidence for {guess}",
                picture=picture_name(patch.image_id),
                guess=guess,
            ),
            lines=(f"{patch.share:.0%}",),
            photo=True,
        )
        for patch in shown
    )
    claims = [
        without_markdown(evidence_claim.claim(hidden.findings, story.truth, story.guess, request.measure)),
        without_markdown(evidence_claim.verdict(hidden.findings, story.truth, story.guess, request.measure)),
    ]
    basis = tr(
        "Shown is, from each of {mistakes} (of {of_pair:,}), the square with the strongest evidence for {guess} and "
        "its share of that evidence. Evenly spread evidence would give 11%.",
        mistakes=counted(len(shown), "mistake"),
        of_pair=request.pictures.of_pair,
        guess=guess,
    )
    found = cause_test(story, hidden, logits)
    if found is None:
        return Slide(tr(STEPS[5]), claims[0], figures, (basis,), paragraph(tr(_PERCENT), claims[1]))
    control = tr(
        "With random parts of the same shape hidden, {left:.1f} of {mistakes} are no longer called {guess}.",
        left=found.effects[0].control_left_pair,
        mistakes=found.effects[0].mistakes,
        guess=guess,
    )
    return Slide(
        tr(STEPS[5]),
        _effect_sentence(found),
        figures,
        (basis, cause_words.controls_sentence(found), *claims),
        paragraph(tr(_PERCENT), found.sentence, control),
    )


def _effect_sentence(found: CauseTest) -> str:
    """Return what hiding the strongest part does to the mistakes, by the first filling."""
    effect, guess = found.effects[0], words(found.guess)
    mistakes = counted(effect.mistakes, "mistake")
    if not effect.left_pair:
        return tr(
            "With the strongest part hidden in each, 0 of {mistakes} are no longer called {guess}, none right.",
            mistakes=mistakes,
            guess=guess,
        )
    return tr_n(
        "With the strongest part hidden in each, {number} of {mistakes} is no longer called {guess}, {right} of them "
        "right.",
        "With the strongest part hidden in each, {number} of {mistakes} are no longer called {guess}, {right} of them "
        "right.",
        effect.left_pair,
        mistakes=mistakes,
        guess=guess,
        right=effect.turned_right,
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
    return answer_text(story.study.labels[best], float(probabilities(logits)[best]))


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
