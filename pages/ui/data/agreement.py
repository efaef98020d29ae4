"""Agreement of reviewers who judged the same pictures."""

import streamlit as st

from pages.ui.data import cards
from pages.ui.frame import components
from pages.ui.frame.plain_text import literal
from xai_core.errors import XaiError
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.verdicts.agreement import Agreement, agreement_sentence, agreements
from xai_core.verdicts.store import VerdictStore

_MOST = 12


def draw_agreement(study: Study) -> None:
    """Draw how far every two people agree who judged the same pictures; nothing if no two did."""
    try:
        found = agreements(VerdictStore(study.folder).whole_history())
    except XaiError as fault:
        components.show_error(fault)
        return
    if not found:
        st.caption(
            tr(
                "If two people judge the same pictures under their names, their agreement is shown here. The history "
                "of a picture keeps the verdicts of both."
            )
        )
        return
    st.markdown(f"#### {tr('Do the reviewers agree?')}")
    for each in found:
        st.markdown(literal(agreement_sentence(each)))
        if len(each.differing):
            title = tr("Where {first} and {second} differ", first=literal(each.first), second=literal(each.second))
            with st.expander(title):
                _draw_differing(study, each)


def _draw_differing(study: Study, each: Agreement) -> None:
    known = set(study.table["image_id"])
    rows = [row for row in each.differing.to_dict("records") if row["image_id"] in known]
    with st.grid("auto", min_column_width=cards.CARD_PX):
        for row in rows[:_MOST]:
            lines = [
                tr("{name}: {kind}", name=literal(name), kind=tr(kind))
                for name, kind in ((each.first, row["first"]), (each.second, row["second"]))
            ]
            with st.container(gap="xsmall"):
                cards.draw_card(study, study.row(row["image_id"]), "  \n".join(lines))
    if len(rows) > _MOST:
        st.caption(
            tr(
                "{number:,} more are in the file that `verdicts {study} --agreement` lists.",
                number=len(rows) - _MOST,
                study=study.name,
            )
        )
