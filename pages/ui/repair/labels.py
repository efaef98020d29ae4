"""Pictures whose annotation may be wrong, for review."""

import pandas as pd
import streamlit as st

from pages.ui.confusions import bulk
from pages.ui.frame import account, components, navigation
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import repairs
from pages.ui.picture import verdicts
from xai_core.errors import XaiError
from xai_core.study.study import Study
from xai_core.verdicts import verdict as verdicts_verdict

SUGGESTED = 12
"""Number of pictures."""

_CARD_PX = 130


def draw_suggestions(study: Study) -> None:
    """Draw the pictures whose label is most likely wrong, with the form for verdicts on several."""
    try:
        found = repairs.suggested_label_errors(study, SUGGESTED)
    except XaiError as fault:
        components.show_error(fault)
        return
    st.caption(
        "The model's loss and the classes of the most similar pictures both speak against the label of these pictures. "
        "A cure takes a verdict “wrong label” as the class that the model says."
    )
    judged = verdicts_verdict.with_verdicts(found, verdicts.standing_verdicts(study))
    judging = not account.draw_why_not("judge")
    if judging:
        bulk.draw_bar(study, [str(image_id) for image_id in judged["image_id"]])
    with st.grid("auto", min_column_width=_CARD_PX):
        for _, suggestion in judged.iterrows():
            with st.container(gap="xsmall"):
                _draw_card(study, suggestion, judging=judging)


def _draw_card(study: Study, suggestion: pd.Series, *, judging: bool) -> None:
    row = study.row(str(suggestion["image_id"]))
    components.draw_thumbnail(study, row)
    verdicts.draw_badge(suggestion)
    truth, rather = literal_words(suggestion["truth"]), literal_words(suggestion["suggested"])
    st.caption(
        f"labelled {truth}, rather **{rather}**  \n{suggestion['neighbours']:.0%} of its neighbours are no {truth}"
    )
    navigation.explain_link(row)
    if judging:
        bulk.draw_selection(str(row["image_id"]))
