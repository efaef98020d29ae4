"""Choice of a mistake on Compare, with steps to the others of its pair."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.ui.frame import choices, components, keys, link, navigation
from pages.ui.frame.plain_text import literal
from xai_core.confusions import confusion
from xai_core.labels import words
from xai_core.study.study import Study


def choose_mistake(study: Study, ranked: pd.DataFrame) -> pd.Series:
    """Draw the choice of a mistake, and return it.

    Parameters
    ----------
    study
        Study with the pictures.
    ranked
        Its pairs, at least one.

    Returns
    -------
    The mistake's row of the table of predictions.
    """
    readable = confusion.readable(study.table)
    wrong = readable["image_id"][readable["truth"] != readable["guess"]]
    mistake = study.row(
        link.choice(
            "picture",
            list(wrong),
            _default_mistake(study, ranked),
            noun="mistake",
            hint=_why_no_mistake(study, link.requested("picture")),
        )
    )
    truth, guess = str(mistake["truth"]), str(mistake["guess"])
    link.remember(truth=truth, guess=guess)
    st.subheader(literal(components.pair_name(truth, guess)))
    _draw_picker(confusion.mistakes(study.table, truth, guess).set_index("image_id"), mistake)
    return mistake


def _draw_picker(of_pair: pd.DataFrame, mistake: pd.Series) -> None:
    """Draw the list of the pair's mistakes, the buttons for steps, and the links to all."""
    ids = list(of_pair.index)
    index, guess = ids.index(mistake["image_id"]), words(mistake["guess"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _draw_step("Previous", ids, -1, disabled=index == 0, shortcut=keys.PREVIOUS)
        _draw_step("Next", ids, 1, disabled=index + 1 == len(ids), shortcut=keys.NEXT)
        choices.draw_box(
            "picture",
            {name: f"{components.picture_name(name)}: {guess} {of_pair.loc[name, 'p_guess']:.0%}" for name in ids},
            f"Mistake {index + 1} of {len(ids)}",
            ids[index],
            width=320,
        )
        navigation.pair_link(str(mistake["truth"]), str(mistake["guess"]), "All mistakes of this pair")
        navigation.evidence_link(str(mistake["truth"]), str(mistake["guess"]))


def _draw_step(label: str, ids: Sequence[str], by: int, *, disabled: bool, shortcut: str) -> None:
    st.button(
        label,
        key=f"compare_{label}",
        disabled=disabled,
        shortcut=shortcut,
        help="The pair has only one mistake." if len(ids) == 1 else None,
        on_click=link.step,
        args=("picture", ids, by),
    )


def _default_mistake(study: Study, ranked: pd.DataFrame) -> str:
    """Return the most confident mistake of the requested pair, or of the most frequent pair."""
    of_pair = confusion.mistakes(study.table, link.requested("truth") or "", link.requested("guess") or "")
    if of_pair.empty:
        of_pair = confusion.mistakes(study.table, ranked["truth"].iloc[0], ranked["guess"].iloc[0])
    return str(of_pair["image_id"].iloc[0])


def _why_no_mistake(study: Study, image_id: str | None) -> str:
    rows = study.table[study.table["image_id"] == image_id]
    if rows.empty:
        return "Shown is the most confident mistake of the pair."
    if reason := rows["unreadable"].iloc[0]:
        return f"That picture cannot be read: {reason}."
    return f"The model gets that picture right: {words(rows['guess'].iloc[0])}. Shown is a mistake."
