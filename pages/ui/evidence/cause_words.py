"""Result of hiding a part of the mistakes of a pair, as sentences and as a table."""

import pandas as pd

from xai_core.labels import words
from xai_core.language import mark, tr, tr_n
from xai_core.repair.suspects.cause_effects import CauseTest
from xai_core.settings.mask_table import MASKS
from xai_core.texts import counted, paragraph

TABLE_HELP = mark(
    "The hidden part is filled in three ways: what they agree on does not come from the filling. The margin is the "
    "logit of the guess minus that of the truth; its fall is counted beyond that by random parts, with a 95% "
    "interval. p: permutation test over the signs of the differences."
)
"""Help on the table, a text for `tr`."""


def headline(found: CauseTest) -> str:
    """Return the main result of a test as a sentence without Markdown.

    It is that of the first filling, the blur.
    """
    effect = found.effects[0]
    mistakes, guess = counted(effect.mistakes, "mistake"), words(found.guess)
    if not effect.left_pair:
        return tr(
            "Without it, 0 of {mistakes} are no longer called {guess}, none right", mistakes=mistakes, guess=guess
        )
    return tr_n(
        "Without it, {number} of {mistakes} is no longer called {guess}, {right} of them right",
        "Without it, {number} of {mistakes} are no longer called {guess}, {right} of them right",
        effect.left_pair,
        mistakes=mistakes,
        guess=guess,
        right=effect.turned_right,
    )


def controls_sentence(found: CauseTest) -> str:
    """Return what hiding random parts does, and what the part costs right answers, as plain text."""
    effect = found.effects[0]
    figures = tr(
        "The hidden part covers {area:.0%} of a picture. Random parts of the same shape take the guess away in "
        "{by_chance:.1f} of {mistakes}. Right answers that become wrong by the same: {wrong} of {right}.",
        area=found.area,
        by_chance=effect.control_left_pair,
        mistakes=effect.mistakes,
        wrong=effect.turned_wrong,
        right=effect.right,
    )
    unreadable = counted(found.unreadable, "picture")
    lost = tr("{pictures} could not be read.", pictures=unreadable) if found.unreadable else ""
    return paragraph(figures, lost, tr("Whether the part belongs to the dish is for you to see."))


def table(found: CauseTest) -> pd.DataFrame:
    """Return the effects as a table with one row per filling."""
    return pd.DataFrame(
        [
            {
                tr("Filled with"): tr(MASKS[effect.filling].title),
                tr("No longer the guess"): _part_of(effect.left_pair, effect.mistakes),
                tr("by random parts"): f"{effect.control_left_pair:.1f}",
                tr("Right"): _part_of(effect.turned_right, effect.mistakes),
                tr("right by random parts"): f"{effect.control_turned_right:.1f}",
                tr("Margin falls by, logits"): tr(
                    "{mean:.1f} ({low:.1f} to {high:.1f})",
                    mean=effect.margin.mean,
                    low=effect.margin.low,
                    high=effect.margin.high,
                ),
                "p": f"{effect.p_margin:.2g}",
                tr("Right answers lost"): _part_of(effect.turned_wrong, effect.right),
            }
            for effect in found.effects
        ]
    )


def _part_of(part: int, whole: int) -> str:
    return tr("{part} of {whole}", part=part, whole=whole)
