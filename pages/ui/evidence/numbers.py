"""Table of the numbers that the claim rests on, with a row for each picture."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.ui.access.download import draw_download
from pages.ui.evidence import claim
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame.components import picture_name
from xai_core.evidence.findings import Findings
from xai_core.exports.spreadsheet import csv_file
from xai_core.language import mark, tr
from xai_core.study.study import Study

_HEIGHT_PX = 300


def draw_numbers(study: Study, request: EvidenceRequest, found: Findings) -> None:
    """Draw the table, and the button that downloads it as CSV."""
    with st.expander(tr("The numbers, picture by picture"), icon=":material/table:"):
        st.dataframe(
            _display_table(request, found),
            hide_index=True,
            height=min(_HEIGHT_PX, 38 + 35 * len(found.numbers)),
            alt=tr("The numbers of each picture"),
            column_config=_columns(),
        )
        draw_download(
            tr("Numbers"),
            lambda: csv_file(numbers_table(study, request, found)),
            f"{request.truth} taken for {request.guess} evidence.csv",
            "text/csv",
            key="evidence_numbers",
            help_text=tr(_DOWNLOAD),
        )


def numbers_table(study: Study, request: EvidenceRequest, found: Findings) -> pd.DataFrame:
    """Return the numbers of each picture with its truth, guess and probabilities."""
    predictions = study.table.set_index("image_id").loc[
        found.numbers["image_id"], ["truth", "guess", "p_guess", "p_truth"]
    ]
    joined = pd.concat([found.numbers.reset_index(drop=True), predictions.reset_index(drop=True)], axis=1)
    return joined.assign(contrast=f"{request.guess} - {request.truth}")


def _display_table(request: EvidenceRequest, found: Findings) -> pd.DataFrame:
    numbers = found.numbers
    return pd.DataFrame(
        {
            "picture": numbers["image_id"].map(picture_name),
            "group": [claim.group_name(group, request.truth, request.guess) for group in numbers["group"]],
            "for_guess": numbers["for_guess"],
            "for_truth": numbers["for_truth"],
            "in_middle": 100 * numbers["in_middle"],
            "on_object": 100 * numbers["on_object"],
            "patch_value": numbers["patch_value"],
            "patch_share": 100 * numbers["patch_share"],
            # 0 stands for correct pictures, which are in no cluster. Such cells stay empty.
            "cluster": numbers["cluster"].where(numbers["cluster"] > 0),
            "evaluations": numbers["evaluations"],
        }
    )


def _columns() -> dict[str, Any]:
    """Return the columns of the table, in this order."""
    return {
        "picture": st.column_config.TextColumn(tr("Picture")),
        "group": st.column_config.TextColumn(tr("Group")),
        "for_guess": st.column_config.NumberColumn(tr("For the guess, logits"), format="%.2f"),
        "for_truth": st.column_config.NumberColumn(tr("For the truth, logits"), format="%.2f"),
        "in_middle": st.column_config.NumberColumn(tr("In the middle"), format="%.0f%%"),
        "on_object": st.column_config.NumberColumn(tr("On the object"), format="%.0f%%"),
        "patch_value": st.column_config.NumberColumn(tr("Patch, logits"), format="%.2f"),
        "patch_share": st.column_config.NumberColumn(tr("Patch, share"), format="%.0f%%"),
        "cluster": st.column_config.NumberColumn(tr("Group of mistakes")),
        "evaluations": st.column_config.NumberColumn(tr("Evaluations")),
    }


_DOWNLOAD = mark(
    "CSV with a row for each picture: sums in logits, shares from 0 to 1, patches in pixels of the model's input."
)
