"""Verdicts on several pictures of the gallery at once, with a key for each kind."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.frame import account, components, keys
from pages.ui.frame.plain_text import fault_sentence, literal
from pages.ui.picture import authors, verdict_entry
from xai_core.errors import XaiError
from xai_core.language import mark, tr
from xai_core.study.study import Study
from xai_core.texts import counted
from xai_core.verdicts.store import VerdictStore
from xai_core.verdicts.verdict import KINDS

_MODE = "judge_several"
_TROUBLE = "_judge_trouble"
_NAME_PX = 180


def choose_mode() -> bool:
    """Draw the toggle for verdicts on several pictures, and return the choice. It is no part of a link.

    For those who may give none it is a sentence that says so.
    """
    if account.draw_why_not("judge"):
        return False
    return st.toggle(tr("Give verdicts to several"), key=_MODE, help=tr(_MODE_HELP))


def draw_selection(image_id: str) -> None:
    """Draw the box that selects a picture, below it in the gallery."""
    name = components.picture_name(image_id)
    st.checkbox(tr("Select {picture}", picture=literal(name)), key=_key(image_id), label_visibility="visible")


def draw_bar(study: Study, shown: Sequence[str]) -> None:
    """Draw a button for each kind of verdict on the selected pictures of this page of the gallery.

    Parameters
    ----------
    study
        Study that keeps the verdicts.
    shown
        Image ids of the pictures on this page of the gallery.
    """
    selected = [image_id for image_id in shown if st.session_state.get(_key(image_id))]
    versions = _versions(study)
    with st.container(border=True, gap="small"):
        for sentence in st.session_state.pop(_TROUBLE, ()):
            st.error(literal(sentence), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(tr("**{pictures} selected**", pictures=counted(len(selected), "picture")), width="content")
            st.button(tr("All on this page"), key="judge_all", on_click=_select, args=(shown,), type="tertiary")
            st.button(
                tr("None"), key="judge_none", on_click=_clear, args=(shown,), type="tertiary", disabled=not selected
            )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for key, kind in zip(keys.VERDICTS, KINDS, strict=True):
                st.button(
                    tr(kind).capitalize(),
                    key=f"judge {kind}",
                    help=tr(KINDS[kind]),
                    shortcut=key,
                    disabled=not selected,
                    on_click=_judge,
                    args=(study, kind, selected, {image_id: versions.get(image_id, 0) for image_id in selected}),
                )
            authors.draw_author(_NAME, _NAME_PX)


def _versions(study: Study) -> dict[str, int]:
    """Return the latest version of each picture's verdict that the reader sees now."""
    try:
        history = VerdictStore(study.folder).whole_history()
    except XaiError:
        return {}  # the gallery reports it
    return {str(image_id): int(version) for image_id, version in history.groupby("image_id")["version"].max().items()}


def _judge(study: Study, kind: str, selected: Sequence[str], seen: dict[str, int]) -> None:
    """Write one verdict for each selected picture. Those that could be written are no longer selected."""
    author, troubles = st.session_state.get(_NAME, ""), []
    for image_id in selected:
        try:
            verdict_entry.write_verdict(study, study.row(image_id), kind, seen=seen[image_id], author=author)
        except XaiError as fault:
            troubles.append(fault_sentence(fault))
        else:
            st.session_state[_key(image_id)] = False
    authors.remember_author(author)
    if troubles:
        st.session_state[_TROUBLE] = troubles
    if written := len(selected) - len(troubles):
        text = tr("{verdicts} saved: {kind}.", verdicts=counted(written, "verdict"), kind=tr(kind))
        st.toast(text, icon=":material/flag:")


def _select(shown: Sequence[str]) -> None:
    st.session_state.update(dict.fromkeys(map(_key, shown), True))


def _clear(shown: Sequence[str]) -> None:
    st.session_state.update(dict.fromkeys(map(_key, shown), False))


def _key(image_id: str) -> str:
    return f"judge {image_id}"


_NAME = "judge_author"
_MODE_HELP = mark(
    "Select pictures, then press a button or its key. Each picture gets a verdict of its own in the history."
)
