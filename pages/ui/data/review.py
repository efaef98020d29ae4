"""Review of suspicious labels one by one, each beside the pictures that doubt it, with a key for each verdict."""

import pandas as pd
import streamlit as st

from pages.ui.data import cards
from pages.ui.frame import account, components, keys, link, navigation, step_buttons
from pages.ui.frame.plain_text import fault_sentence, fault_text, literal, literal_words
from pages.ui.loaders import picture_data, pictures
from pages.ui.picture import authors, verdict_entry, verdicts
from xai_core.errors import PictureUnreadable, XaiError
from xai_core.explain.wording import probability_text
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.verdicts.store import VerdictStore
from xai_core.verdicts.verdict import KINDS

BESIDE = 6
"""Similar pictures that are shown."""

_PICTURE_PX = 320
_NAME_PX = 180
_NAME = "review_author"
_TROUBLE = "_review_trouble"


def draw_review(study: Study, shown: pd.DataFrame) -> None:
    """Draw one picture of the list with its likes and the buttons for verdicts, which go on to the next picture.

    Parameters
    ----------
    study
        Study that keeps the verdicts.
    shown
        Ranked list of labels with the columns `verdict` and `note`, at least one row.
    """
    ids = [str(image_id) for image_id in shown["image_id"]]
    image_id = link.choice("suspect", ids, ids[0], noun=tr("picture of the list"), hint=tr("Shown is the first."))
    place = ids.index(image_id)
    suggestion, row = shown.iloc[place], study.row(image_id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        step_buttons.draw_steps("review", "suspect", ids, place)
        st.markdown(tr("{place:,} of {number:,}", place=place + 1, number=len(ids)), width="content")
        navigation.explain_link(row)
    _draw_buttons(study, row, ids)
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(width=_PICTURE_PX):
        _draw_picture(study, row, suggestion)
    with right:
        st.markdown(tr("**The most similar pictures and their labels**"))
        near = picture_data.nearest_pictures(study, image_id, study, None, BESIDE)
        with st.grid("auto", min_column_width=cards.CARD_PX):
            for neighbour in near.to_dict("records"):
                with st.container(gap="xsmall"):
                    components.draw_thumbnail(study, study.row(neighbour["image_id"]))
                    agrees = neighbour["truth"] == row["truth"]
                    name = literal_words(neighbour["truth"])
                    st.caption(name if agrees else f"**{name}**")


def _draw_picture(study: Study, row: pd.Series, suggestion: pd.Series) -> None:
    image_id = str(row["image_id"])
    try:
        st.image(pictures.large_picture(study, image_id), alt=components.picture_name(image_id))
    except PictureUnreadable as fault:
        st.caption(fault_text(fault))
    verdicts.draw_badge(suggestion)
    truth = literal_words(row["truth"])
    st.markdown(
        "  \n".join(
            [
                tr(
                    "Labelled **{truth}** ({probability} by the model)",
                    truth=truth,
                    probability=probability_text(row["p_truth"]),
                ),
                tr(
                    "The model: **{guess}** {probability}",
                    guess=literal_words(row["guess"]),
                    probability=probability_text(row["p_guess"]),
                ),
                tr(
                    "{share:.0%} of its neighbours are no {truth}, most of them {nearest}",
                    share=suggestion["neighbours"],
                    truth=truth,
                    nearest=literal_words(suggestion["nearest"]),
                ),
            ]
        )
    )
    margin = tr(
        "Margin of the label, as cleanlab computes it: {margin:.2f} (0 is suspicious, 1 is not)",
        margin=suggestion["normalized_margin"],
    )
    st.caption(f"{literal(image_id)}  \n{margin}")


def _draw_buttons(study: Study, row: pd.Series, ids: list[str]) -> None:
    trouble = st.session_state.pop(_TROUBLE, "")
    if trouble:
        st.error(literal(trouble), icon=":material/error:")
    try:
        history = VerdictStore(study.folder).history(str(row["image_id"]))
    except XaiError as fault:
        components.show_error(fault)
        return
    if account.draw_why_not("judge"):
        return
    seen = history[0].version if history else 0
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for key, kind in zip(keys.VERDICTS, KINDS, strict=True):
            st.button(
                tr(kind).capitalize(),
                key=f"review {kind}",
                help=tr(KINDS[kind]),
                shortcut=key,
                on_click=_judge,
                args=(study, row, kind, seen, ids),
            )
        authors.draw_author(_NAME, _NAME_PX)


def _judge(study: Study, row: pd.Series, kind: str, seen: int, ids: list[str]) -> None:
    """Write the verdict and go on to the next picture; stay where it cannot be written."""
    author = st.session_state.get(_NAME, "")
    authors.remember_author(author)
    try:
        verdict_entry.write_verdict(study, row, kind, seen=seen, author=author)
    except XaiError as fault:
        st.session_state[_TROUBLE] = fault_sentence(fault)
        return
    text = tr("{picture}: {kind}.", picture=components.picture_name(row["image_id"]), kind=tr(kind))
    st.toast(text, icon=":material/flag:")
    link.step("suspect", ids, 1)
