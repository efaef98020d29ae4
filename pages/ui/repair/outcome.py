"""Effect of a cure on the pictures held back: figures, warnings, pairs and pictures."""

import pandas as pd
import streamlit as st

from pages.ui.frame import components
from pages.ui.frame.plain_text import literal, literal_words
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.repair.comparison.paired_change import PairedChange
from xai_core.repair.trials.cures import Trial
from xai_core.repair.trials.outcome import Outcome
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph

PAIRS = 20
"""Pairs of the table."""

PICTURES = 8
"""Largest number of pictures in a row of mended or broken ones."""

_CELL_PX = 110


def draw_outcome(study: Study, trial: Trial) -> None:
    """Draw the figures before and after a cure, all on pictures that it was not fitted on."""
    outcome = trial.outcome
    pair, right = outcome.pair, outcome.changes.right
    ece_change = round(100 * (outcome.ece_after - outcome.ece_before), 1)
    with st.grid(3, min_column_width=190, border=True):
        st.metric(
            tr("Mistakes of the pair"),
            f"{pair.before} → {pair.after}",
            f"{pair.after - pair.before:+,}" if pair.after != pair.before else None,
            delta_color="inverse",
            help=tr(
                "Among {pictures} of {truth} held back.",
                pictures=counted(pair.pictures, "picture"),
                truth=literal_words(outcome.truth),
            ),
        )
        st.metric(
            tr("Right guesses"),
            f"{right.before:,} → {right.after:,}",
            _points(100 * right.difference) if right.after != right.before else None,
            help=tr("Among all {pictures} held back (top-1).", pictures=counted(right.pictures, "picture")),
        )
        st.metric(
            tr("Calibration error"),
            f"{outcome.ece_before:.1%} → {outcome.ece_after:.1%}",
            _points(ece_change) if ece_change else None,
            delta_color="inverse",
            help=tr("Mean gap between confidence and accuracy, over the pictures held back."),
        )
    st.markdown(literal(conclusion(outcome)))
    for warning in outcome.warnings:
        st.warning(literal(warning), icon=":material/warning:")
    st.caption(literal(how_fitted(trial)))
    _draw_pictures(study, outcome)
    _draw_pairs(outcome)


def _points(difference: float) -> str:
    return tr("{difference:+.1f} points", difference=difference)


def conclusion(outcome: Outcome) -> str:
    """Return what the pictures held back show, with intervals and tests, as plain text."""
    return tr(
        "Right after the cure: {mended} of {mistakes} of the pair. On all other pictures {gained:,} right guesses are "
        "gained and {lost:,} are lost. Right guesses in all: {change}.",
        mended=outcome.mended_of_pair,
        mistakes=counted(outcome.pair.before, "mistake"),
        gained=outcome.elsewhere.gained,
        lost=outcome.elsewhere.lost,
        change=change_text(outcome.changes.right),
    )


def change_text(change: PairedChange) -> str:
    """Return a change in points with its interval and p-value, as plain text.

    >>> change_text(PairedChange(pictures=200, before=100, after=120, gained=30, lost=10))
    '+10.0 points (95% interval +3.8 to +16.0, p = 0.0022)'
    """
    low, high = change.interval
    return tr(
        "{difference:+.1f} points (95% interval {low:+.1f} to {high:+.1f}, p = {p:.2g})",
        difference=100 * change.difference,
        low=100 * low,
        high=100 * high,
        p=change.p_value,
    )


def how_fitted(trial: Trial) -> str:
    """Return what the cure was fitted on and judged by, as plain text."""
    refit, outcome = trial.refit, trial.outcome
    found = [
        tr(
            "Fitted on {pictures}, judged on {judged}.",
            pictures=counted(trial.fitted_on, "picture"),
            judged=counted(len(outcome.changes.table), "other picture"),
        )
    ]
    if refit is not None:
        text = (
            mark(
                "The pull to the old layer has strength {strength:g}; changed are the weights of all classes, so it is "
                "one refit for every pair."
            )
            if refit.scope == "all"
            else mark(
                "The pull to the old layer has strength {strength:g}; changed are the weights of the two classes of "
                "the pair, as there are few pictures."
            )
        )
        found.append(tr(text, strength=refit.strength))
        if refit.with_evidence:
            pictures = counted(refit.with_evidence, "picture")
            found.append(tr("{pictures} with the named evidence count as much as the others.", pictures=pictures))
    elif trial.cure == "temperature":
        found.append(tr("The logits are divided by {temperature:.2f}.", temperature=trial.change.temperature))
    if outcome.left_out:
        found.append(tr("Pictures left out because they are fitted on too: {number:,}.", number=outcome.left_out))
    return paragraph(*found)


def _draw_pictures(study: Study, outcome: Outcome) -> None:
    """Draw mistakes of the pair that are mended, those that stay wrong, and pictures that the cure breaks."""
    table = outcome.changes.table
    of_pair = (table["truth"] == outcome.truth) & (table["before"] == outcome.guess)
    mended = table[of_pair & (table["outcome"] == "mended")]
    groups = {
        tr("Mended mistakes of the pair"): mended,
        tr("Mistakes of the pair that stay wrong"): table[of_pair & (table["after"] != table["truth"])],
        tr("Broken: right before, wrong after"): outcome.changes.flips("broken"),
    }
    for title, rows in groups.items():
        if rows.empty:
            continue
        text = (
            mark("{title}: {number:,}, {shown} of them shown") if len(rows) > PICTURES else mark("{title}: {number:,}")
        )
        expander = st.expander(tr(text, title=title, number=len(rows), shown=PICTURES), expanded=rows is mended)
        with expander, st.grid("auto", min_column_width=_CELL_PX):
            for _, row in rows.head(PICTURES).iterrows():
                _draw_picture(study, row)


def _draw_picture(study: Study, row: pd.Series) -> None:
    with st.container(gap="xsmall"):
        components.draw_thumbnail(study, study.row(str(row["image_id"])))
        st.caption(
            f"{literal_words(row['before'])} {probability_text(row['p_before'])} → **{literal_words(row['after'])}** "
            f"{probability_text(row['p_after'])}"
        )


def _draw_pairs(outcome: Outcome) -> None:
    with st.expander(tr("The {number} pairs that change most", number=PAIRS), icon=":material/table:"):
        st.dataframe(pairs_table(outcome), hide_index=True, width="stretch")
        st.caption(
            tr(
                "p: McNemar's exact test. q: the same, corrected for all pairs (Benjamini and Hochberg). Few of these "
                "changes are beyond chance in a small study."
            )
        )


def pairs_table(outcome: Outcome) -> pd.DataFrame:
    """Return the pairs that change most, with counts before and after."""
    found = outcome.changes.pairs().head(PAIRS)
    return pd.DataFrame(
        {
            tr("Truth"): found["truth"].map(words),
            tr("Taken for"): found["guess"].map(words),
            tr("Before"): found["before"],
            tr("After"): found["after"],
            tr("Mended"): found["mended"],
            tr("Broken"): found["broken"],
            "p": found["p_value"].round(4),
            "q": found["q_value"].round(4),
        }
    )
