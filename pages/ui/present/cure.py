"""Last step of the story: a cure of the pair, judged on pictures that it was not fitted on."""

import pandas as pd

from pages.ui.frame.components import picture_name
from pages.ui.frame.plain_text import fault_sentence
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.loaders import repairs, stories
from pages.ui.loaders.background import Work
from pages.ui.loaders.repairs import FittedTrial
from pages.ui.present.steps import PENDING, answer_text, as_seen, photo
from pages.ui.present.story import STEPS, Story
from pages.ui.repair import outcome as repair_outcome
from xai_core.errors import XaiError
from xai_core.exports.report import Figure
from xai_core.exports.slides import Slide
from xai_core.language import mark, tr
from xai_core.repair.trials.cures import Trial
from xai_core.repair.trials.outcome import Outcome
from xai_core.texts import paragraph

SHOWN = 3
"""Largest number of mended mistakes that are shown."""

_REMARKS = 2  # warnings that fit below the pictures of a slide; the others are notes


def start_trial(story: Story) -> Work[FittedTrial] | None:
    """Start to try the cure, or return the same trial; None for a study without embeddings."""
    return repairs.trial(story.study, None, story.trial) if story.study.embeddings is not None else None


def cure_slide(story: Story, work: Work[FittedTrial]) -> Slide:
    """Return the step with mistakes before and after the cure."""
    mistake = photo(story.mistake, as_seen(story.mistake))
    if not work.future.done():
        return Slide(tr(STEPS[6]), tr(PENDING), (mistake,))
    try:
        trial = work.result().trial
    except XaiError as fault:
        return Slide(tr(STEPS[6]), tr("No cure could be tried: {fault}", fault=fault_sentence(fault)), (mistake,))
    outcome = trial.outcome
    figures = tuple(_mended(story, row) for row in _mended_rows(story, trial))
    return Slide(
        tr(STEPS[6]),
        _sentence(outcome),
        figures or (mistake,),
        (
            tr("Shown are mistakes of the pair that are right after the cure.")
            if figures
            else tr("No mistake is mended."),
            repair_outcome.conclusion(outcome),
            repair_outcome.how_fitted(trial),
            *outcome.warnings[_REMARKS:],
        ),
        paragraph(*outcome.warnings[:_REMARKS]),
    )


def _sentence(outcome: Outcome) -> str:
    pair, right = outcome.pair, outcome.changes.right
    low, high = right.interval
    text = (
        mark(
            "Fitting only the last layer again, judged on half of the pictures: mistakes of the pair {pair_before} → "
            "{pair_after}, right guesses {right_before:,} → {right_after:,} of {pictures:,} ({difference:+.1f} points, "
            "95% interval {low:+.1f} to {high:+.1f})."
        )
        if pair.after < pair.before
        else mark(
            "Fitting only the last layer again does not cure it, judged on half of the pictures: mistakes of the pair "
            "{pair_before} → {pair_after}, right guesses {right_before:,} → {right_after:,} of {pictures:,} "
            "({difference:+.1f} points, 95% interval {low:+.1f} to {high:+.1f})."
        )
    )
    return tr(
        text,
        pair_before=pair.before,
        pair_after=pair.after,
        right_before=right.before,
        right_after=right.after,
        pictures=right.pictures,
        difference=100 * right.difference,
        low=100 * low,
        high=100 * high,
    )


def _mended_rows(story: Story, trial: Trial) -> list[pd.Series]:
    """Return rows of mended mistakes of the pair whose pictures can be read."""
    table = trial.outcome.changes.table
    of_pair = (table["truth"] == story.truth) & (table["before"] == story.guess)
    mended = table[of_pair & (table["outcome"] == "mended")].head(SHOWN)
    return [
        row for _, row in mended.iterrows() if loaders_pictures.read_error(story.study, str(row["image_id"])) is None
    ]


def _mended(story: Story, row: pd.Series) -> Figure:
    image_id = str(row["image_id"])
    before, after = (answer_text(row[when], row[f"p_{when}"]) for when in ("before", "after"))
    lines = (tr("Before: {answer}", answer=before), tr("After: {answer}", answer=after))
    alt = tr("{picture}, mended by the cure", picture=picture_name(image_id))
    return Figure(stories.large_view(story.study, image_id), alt, lines=lines, photo=True)
