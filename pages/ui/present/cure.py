"""Last step of the story: a cure of the pair, judged on pictures that it was not fitted on."""

import pandas as pd

from pages.ui.frame.components import picture_name
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.loaders import repairs, stories
from pages.ui.loaders.background import Work
from pages.ui.loaders.repairs import FittedTrial
from pages.ui.present.steps import PENDING, photo
from pages.ui.present.story import STEPS, Story
from pages.ui.repair import outcome as repair_outcome
from xai_core.errors import XaiError
from xai_core.explain.wording import probability_text
from xai_core.exports.report import Figure
from xai_core.exports.slides import Slide
from xai_core.labels import words
from xai_core.repair.trials.cures import Trial

SHOWN = 3
"""Largest number of mended mistakes that are shown."""

_REMARKS = 2  # warnings that fit below the pictures of a slide; the others are notes


def start_trial(story: Story) -> Work[FittedTrial] | None:
    """Start to try the cure, or return the same trial; None for a study without embeddings."""
    return repairs.trial(story.study, None, story.trial) if story.study.embeddings is not None else None


def cure_slide(story: Story, work: Work[FittedTrial]) -> Slide:
    """Return the step with mistakes before and after the cure."""
    mistake = photo(story.mistake, f"{picture_name(story.mistake.image_id)} as the model sees it")
    if not work.future.done():
        return Slide(STEPS[6], PENDING, (mistake,))
    try:
        trial = work.result().trial
    except XaiError as fault:
        return Slide(STEPS[6], f"No cure could be tried: {fault.sentence}", (mistake,))
    outcome = trial.outcome
    pair, right = outcome.pair, outcome.changes.right
    low, high = right.interval
    figures = tuple(_mended(story, row) for row in _mended_rows(story, trial))
    return Slide(
        STEPS[6],
        f"Fitting only the last layer again{'' if pair.after < pair.before else ' does not cure it'}, judged on half "
        f"of the pictures: mistakes of the pair {pair.before} → {pair.after}, right guesses {right.before:,} → "
        f"{right.after:,} of {right.pictures:,} ({100 * right.difference:+.1f} points, 95% interval {100 * low:+.1f} "
        f"to {100 * high:+.1f}).",
        figures or (mistake,),
        (
            "Shown are mistakes of the pair that are right after the cure." if figures else "No mistake is mended.",
            repair_outcome.conclusion(outcome),
            repair_outcome.how_fitted(trial),
            *outcome.warnings[_REMARKS:],
        ),
        " ".join(outcome.warnings[:_REMARKS]),
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
    before, after = (f"{words(row[when])}, {probability_text(row[f'p_{when}'])}" for when in ("before", "after"))
    alt = f"{picture_name(image_id)}, mended by the cure"
    return Figure(
        stories.large_view(story.study, image_id), alt, lines=(f"Before: {before}", f"After: {after}"), photo=True
    )
