"""Effect of a cure on the pictures held back: figures, warnings, pairs and pictures."""

import pandas as pd
import streamlit as st

from pages.ui.frame import components
from pages.ui.frame.plain_text import literal, literal_words
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.repair.comparison.paired_change import PairedChange
from xai_core.repair.trials.cures import Trial
from xai_core.repair.trials.outcome import Outcome
from xai_core.study.study import Study
from xai_core.texts import counted

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
            "Mistakes of the pair",
            f"{pair.before} → {pair.after}",
            f"{pair.after - pair.before:+,}" if pair.after != pair.before else None,
            delta_color="inverse",
            help=f"Among {counted(pair.pictures, 'picture')} of {literal_words(outcome.truth)} held back.",
        )
        st.metric(
            "Right guesses",
            f"{right.before:,} → {right.after:,}",
            f"{100 * right.difference:+.1f} points" if right.after != right.before else None,
            help=f"Among all {counted(right.pictures, 'picture')} held back (top-1).",
        )
        st.metric(
            "Calibration error",
            f"{outcome.ece_before:.1%} → {outcome.ece_after:.1%}",
            f"{ece_change:+.1f} points" if ece_change else None,
            delta_color="inverse",
            help="Mean gap between confidence and accuracy, over the pictures held back.",
        )
    st.markdown(literal(conclusion(outcome)))
    for warning in outcome.warnings:
        st.warning(literal(warning), icon=":material/warning:")
    st.caption(literal(how_fitted(trial)))
    _draw_pictures(study, outcome)
    _draw_pairs(outcome)


def conclusion(outcome: Outcome) -> str:
    """Return what the pictures held back show, with intervals and tests, as plain text."""
    mended, elsewhere = outcome.mended_of_pair, outcome.elsewhere
    return (
        f"Right after the cure: {mended} of {counted(outcome.pair.before, 'mistake')} of the pair. On all other "
        f"pictures {elsewhere.gained:,} right guesses are gained and {elsewhere.lost:,} are lost. Right guesses in "
        f"all: {change_text(outcome.changes.right)}."
    )


def change_text(change: PairedChange) -> str:
    """Return a change in points with its interval and p-value, as plain text.

    >>> change_text(PairedChange(pictures=200, before=100, after=120, gained=30, lost=10))
    '+10.0 points (95% interval +3.8 to +16.0, p = 0.0022)'
    """
    low, high = change.interval
    return (
        f"{100 * change.difference:+.1f} points (95% interval {100 * low:+.1f} to {100 * high:+.1f}, "
        f"p = {change.p_value:.2g})"
    )


def how_fitted(trial: Trial) -> str:
    """Return what the cure was fitted on and judged by, as plain text."""
    refit, outcome = trial.refit, trial.outcome
    judged = counted(len(outcome.changes.table), "other picture")
    how = ""
    if refit is not None:
        weights = (
            "all classes, so it is one refit for every pair"
            if refit.scope == "all"
            else "the two classes of the pair, as there are few pictures"
        )
        how = f" The pull to the old layer has strength {refit.strength:g}; changed are the weights of {weights}."
        if refit.with_evidence:
            how += f" {counted(refit.with_evidence, 'picture')} with the named evidence count as much as the others."
    elif trial.cure == "temperature":
        how = f" The logits are divided by {trial.change.temperature:.2f}."
    lost = f" Pictures left out because they are fitted on too: {outcome.left_out:,}." if outcome.left_out else ""
    return f"Fitted on {counted(trial.fitted_on, 'picture')}, judged on {judged}.{how}{lost}"


def _draw_pictures(study: Study, outcome: Outcome) -> None:
    """Draw mistakes of the pair that are mended, those that stay wrong, and pictures that the cure breaks."""
    table = outcome.changes.table
    of_pair = (table["truth"] == outcome.truth) & (table["before"] == outcome.guess)
    groups = {
        "Mended mistakes of the pair": table[of_pair & (table["outcome"] == "mended")],
        "Mistakes of the pair that stay wrong": table[of_pair & (table["after"] != table["truth"])],
        "Broken: right before, wrong after": outcome.changes.flips("broken"),
    }
    for title, rows in groups.items():
        if rows.empty:
            continue
        more = f", {PICTURES} of them shown" if len(rows) > PICTURES else ""
        expander = st.expander(f"{title}: {len(rows):,}{more}", expanded=title.startswith("Mended"))
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
    with st.expander(f"The {PAIRS} pairs that change most", icon=":material/table:"):
        st.dataframe(pairs_table(outcome), hide_index=True, width="stretch")
        st.caption(
            "p: McNemar's exact test. q: the same, corrected for all pairs (Benjamini and Hochberg). Few of these "
            "changes are beyond chance in a small study."
        )


def pairs_table(outcome: Outcome) -> pd.DataFrame:
    """Return the pairs that change most, with counts before and after."""
    found = outcome.changes.pairs().head(PAIRS)
    return pd.DataFrame(
        {
            "Truth": found["truth"].map(words),
            "Taken for": found["guess"].map(words),
            "Before": found["before"],
            "After": found["after"],
            "Mended": found["mended"],
            "Broken": found["broken"],
            "p": found["p_value"].round(4),
            "q": found["q_value"].round(4),
        }
    )
