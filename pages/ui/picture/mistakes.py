"""The mistake that is looked at, and the way from one to the next of its pair."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.ui.frame import components, keys, link, navigation
from xai_core.confusions import confusion
from xai_core.labels import words
from xai_core.study.study import Study


def picker(study: Study, ranked: pd.DataFrame) -> pd.Series:
    """Let the reader choose a mistake, and go through those of its pair.

    Parameters
    ----------
    study
        Gives the pictures.
    ranked
        Its pairs, at least one.

    Returns
    -------
    The mistake's row of the table of guesses.
    """
    seen = confusion.readable(study.table)
    wrong = seen["image_id"][seen["truth"] != seen["guess"]]
    mistake = study.row(
        link.choice(
            "picture",
            dict(zip(wrong, wrong, strict=True)),
            _first_of_pair(study, ranked),
            what="mistake",
            hint=_why_no_mistake(study, link.asked("picture")),
        )
    )
    truth, guess = str(mistake["truth"]), str(mistake["guess"])
    link.keep(truth=truth, guess=guess)
    st.subheader(f"{words(truth).capitalize()} taken for {words(guess)}")
    _among(confusion.mistakes(study.table, truth, guess).set_index("image_id"), mistake)
    return mistake


def _among(of_pair: pd.DataFrame, mistake: pd.Series) -> None:
    """The mistakes of the pair as a list, with the ways to the one before, the next, and all at once."""
    ids = list(of_pair.index)
    place, guess = ids.index(mistake["image_id"]), words(mistake["guess"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _step("Previous", ids, -1, disabled=place == 0, shortcut=keys.PREVIOUS)
        _step("Next", ids, 1, disabled=place + 1 == len(ids), shortcut=keys.NEXT)
        st.selectbox(
            f"Mistake {place + 1} of {len(ids)}",
            ids,
            place,
            key="picture",
            format_func=lambda each: f"{components.picture_name(each)}: {guess} {of_pair.loc[each, 'p_guess']:.0%}",
            on_change=link.follow,
            width=320,
        )
        navigation.pair_link(str(mistake["truth"]), str(mistake["guess"]), "All mistakes of this pair")
        navigation.evidence_link(str(mistake["truth"]), str(mistake["guess"]))


def _step(label: str, among: Sequence[str], by: int, *, disabled: bool, shortcut: str) -> None:
    st.button(
        label,
        key=f"compare_{label}",
        disabled=disabled,
        shortcut=shortcut,
        help="The pair has one mistake only." if len(among) == 1 else None,
        on_click=link.step,
        args=("picture", among, by),
    )


def _first_of_pair(study: Study, ranked: pd.DataFrame) -> str:
    """The most confident mistake of the pair that was asked for, else of the commonest pair."""
    of_pair = confusion.mistakes(study.table, link.asked("truth") or "", link.asked("guess") or "")
    if of_pair.empty:
        of_pair = confusion.mistakes(study.table, ranked["truth"].iloc[0], ranked["guess"].iloc[0])
    return str(of_pair["image_id"].iloc[0])


def _why_no_mistake(study: Study, image_id: str | None) -> str:
    rows = study.table[study.table["image_id"] == image_id]
    if rows.empty:
        return "Shown is the surest mistake of the pair."
    if reason := rows["unreadable"].iloc[0]:
        return f"That picture cannot be read: {reason}."
    return f"The model gets that picture right: {words(rows['guess'].iloc[0])}. Shown is a mistake."
