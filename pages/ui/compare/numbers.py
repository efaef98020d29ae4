"""Table of the numbers behind the maps of Compare."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.compare.request import CompareRequest
from pages.ui.frame import components
from pages.ui.frame.plain_text import literal_words
from pages.ui.maps import convergence
from pages.ui.maps.location import Finding
from xai_core.explain import wording
from xai_core.explain.certainty import noise, ranking
from xai_core.explain.explanation import Explanation
from xai_core.labels import index_of, words
from xai_core.language import tr


def draw_numbers(
    rows: Sequence[pd.Series],
    answers: Sequence[Explanation | None],
    findings: Sequence[Finding | None],
    request: CompareRequest,
) -> None:
    """Draw the table of all pictures, and what its columns mean."""
    table = number_table(rows, answers, findings, request)
    st.dataframe(
        table,
        hide_index=True,
        alt=tr("Numbers of the maps of each picture"),
        column_config=_configuration(request, findings),
    )
    guess, truth = (literal_words(label) for label in request.target.labels)
    st.caption(
        tr(
            "The margin is the logit of {guess} minus that of {truth}. It is the base, which the model says of the "
            "hidden picture, plus the sum of the map. Shares are of all evidence for {located} in the picture.",
            guess=guess,
            truth=truth,
            located=literal_words(request.located.target.label),
        )
    )
    if request.display.hides_noise:
        st.caption(tr(wording.SHARES_OF_WHOLE_MAP))
    convergence.draw_summary(answers, request.target, request.settings)


def number_table(
    rows: Sequence[pd.Series],
    answers: Sequence[Explanation | None],
    findings: Sequence[Finding | None],
    request: CompareRequest,
) -> pd.DataFrame:
    """Return a line for each picture: its prediction, the sum of its contrast map, and the shares of its parts.

    Values are in logits, shares in percent. What is not computed yet is missing.
    """
    lines = []
    for row, answer, found in zip(rows, answers, findings, strict=True):
        line: dict[str, object] = {
            "picture": components.picture_name(row["image_id"]),
            "called": words(row["guess"]),
            "probability": wording.probability_text(row["p_guess"]),
        }
        if answer is not None and found is not None:
            line |= _figures(answer, found, request)
        lines.append(line)
    return pd.DataFrame(lines)


def _figures(answer: Explanation, found: Finding, request: CompareRequest) -> dict[str, object]:
    guess, truth = (index_of(label, answer.labels) for label in request.target.labels)
    margin, base = (float(logits[guess] - logits[truth]) for logits in (answer.full, answer.base))
    figures: dict[str, object] = {"margin": margin, "base": base, "sum": margin - base, "evidence": found.total}
    for name, share in found.shares.items():
        # Shares of next to nothing would read as findings.
        figures[name] = 100 * share.evidence if found.total >= 0.05 else np.nan
    within, stable = noise(answer, request.target), ranking(answer, request.target)
    if within is not None:
        figures["within noise"] = 100 * within.area
    if stable is not None:
        figures["ranking"] = wording.ranking_phrase(stable)
    return figures


def _configuration(request: CompareRequest, findings: Sequence[Finding | None]) -> dict[str, Any]:
    parts = dict.fromkeys(part for found in findings if found is not None for part in found.shares)
    name = words(request.located.target.label)
    logits = {
        "margin": tr("Margin"),
        "base": tr("Base"),
        "sum": tr("Sum of the map"),
        "evidence": tr("Evidence for {name}, logits", name=name),
    }
    return {
        "picture": st.column_config.TextColumn(tr("Picture"), pinned=True),
        "called": tr("Called"),
        "probability": tr("Probability"),
        "within noise": st.column_config.NumberColumn(tr("Within noise"), help=wording.noise_help(), format="%.0f%%"),
        "ranking": st.column_config.TextColumn(tr("Ranking"), help=wording.ranking_help()),
        **{key: st.column_config.NumberColumn(title, format="%.2f") for key, title in logits.items()},
        **{part: st.column_config.NumberColumn(tr(part).capitalize(), format="%.0f%%") for part in parts},
    }
