"""What readers say of a mistake: the form near its picture, the gallery's badge and filter, the file of all."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.frame import components, link
from pages.ui.loaders import pictures, studies
from xai_core.errors import PictureUnreadable, VerdictOvertaken, XaiError
from xai_core.explain.service import picture_hash
from xai_core.study.study import Study
from xai_core.verdicts import verdict
from xai_core.verdicts.store import VerdictStore
from xai_core.verdicts.verdict import ANY, KINDS, NONE, Verdict

COLOURS: dict[str, str] = {"model error": "red", "wrong label": "orange", "several dishes": "violet"}
"""Of badges; grey for the others."""

_AUTHOR = "_verdict_author"
_DRAFT = "_verdict_draft"
_SHORT = 240
_ALL = ""


@dataclass(slots=True)
class _Draft:
    """A form that the reader may be filling in.

    Attributes
    ----------
    about
        Which form it is.
    before
        What the form was opened with.
    seen
        Version that the reader has read.
    trouble
        Why it could not be saved.
    """

    about: tuple[object, ...]
    before: Verdict | None
    seen: int
    trouble: XaiError | None = None


def form(study: Study, image_id: str, place: str) -> None:
    """The verdict on a mistake, and the form that changes it.

    Parameters
    ----------
    study, image_id
        Which picture; one that the model gets right has a form only where something was said of it before.
    place
        The page: "explain".
    """
    row = study.row(image_id)
    try:
        history = VerdictStore(study.folder).history(image_id)
    except XaiError as fault:
        components.fault(fault)
        return
    if row["truth"] == row["guess"] and not history:
        return
    latest = history[0] if history else None
    draft = _draft((place, studies.identity(study)[0], image_id), latest)
    standing = None if latest is None or latest.withdrawn else latest
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = f"Verdict: {standing.kind or 'note'}" if standing else "Give a verdict"
        with st.popover(name, icon=":material/flag:", width="content"):
            if draft.trouble:
                components.fault(draft.trouble)
            elif latest and latest.version != draft.seen:
                st.text(f"Meanwhile, {verdict.signed(latest)}: {verdict.said(latest)}")
            _fields(study, row, place, draft)
            _earlier(history[1:] if standing else history)
        if standing:
            _standing(study, row, standing)


def _draft(about: tuple[object, ...], latest: Verdict | None) -> _Draft:
    """The form's own, for as long as it is on the screen: what is being typed is not replaced by what others say."""
    draft: _Draft | None = st.session_state.get(_DRAFT)
    if draft is None or draft.about != about or _key("note", about) not in st.session_state:
        draft = st.session_state[_DRAFT] = _Draft(about, latest, latest.version if latest else 0)
    return draft


def _key(field: str, about: Sequence[object]) -> str:
    return f"verdict_{field} {about[0]} {about[-1]}"


def _fields(study: Study, row: pd.Series, place: str, draft: _Draft) -> None:
    before, about = draft.before, draft.about
    with st.form(f"verdict_form {place}", border=False):
        st.pills(
            "Verdict",
            list(KINDS),
            default=before.kind if before and before.kind in KINDS else None,
            key=_key("kind", about),
            format_func=str.capitalize,
            help=_WHAT,
        )
        st.text_area(
            "Note",
            before.note if before else "",
            key=_key("note", about),
            max_chars=verdict.NOTE_MOST,
            height=80,
            placeholder="What is to be seen in the picture?",
        )
        st.text_input(
            "Your name",
            st.session_state.get(_AUTHOR, ""),
            key=_key("author", about),
            max_chars=verdict.AUTHOR_MOST,
            placeholder="May be left empty",
        )
        st.form_submit_button(
            "Save",
            key=_key("save", about),
            type="primary",
            on_click=_save,
            args=(study, row, draft),
        )


def _save(study: Study, row: pd.Series, draft: _Draft) -> None:
    """Write what is in the form; what cannot be written stays in it."""
    kind, note, author = (st.session_state[_key(each, draft.about)] for each in ("kind", "note", "author"))
    image_id = str(row["image_id"])
    draft.trouble = None
    try:
        written = VerdictStore(study.folder).put(
            image_id,
            kind or "",
            seen=draft.seen,
            note=note,
            author=author,
            truth=str(row["truth"]),
            guess=str(row["guess"]),
            model_id=study.model_id,
            picture_hash=pictures.sight(study, image_id).picture_hash,
        )
    except XaiError as fault:
        draft.trouble = fault
        if isinstance(fault, VerdictOvertaken):
            draft.seen = fault.version
        return
    draft.seen = written.version
    st.session_state[_AUTHOR] = written.author
    st.toast("The verdict is taken back." if written.withdrawn else "The verdict is saved.", icon=":material/flag:")


def _earlier(before: Sequence[Verdict]) -> None:
    """What was said earlier; as plain text, for anybody may have written it."""
    if before:
        st.caption("Earlier")
    for each in before:
        st.text(f"{verdict.said(each)}\n({verdict.signed(each)})")


def _standing(study: Study, row: pd.Series, standing: Verdict) -> None:
    """The verdict that counts, and whether it is about what is shown."""
    if standing.note:
        st.text(standing.note if len(standing.note) <= _SHORT else f"{standing.note[:_SHORT]} ...", width="content")
    st.caption(_literal(verdict.signed(standing)), width="content")
    for sentence in verdict.outdated(
        standing, guess=str(row["guess"]), model_id=study.model_id, picture_hash=_now(study, standing.image_id)
    ):
        st.caption(f":material/history: {sentence}", width="content")


def _literal(text: str) -> str:
    """A text that anybody may have written, so that Markdown shows it as it is."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def _now(study: Study, image_id: str) -> str | None:
    """The hash of the picture's file; None where that cannot be read, which the page tells."""
    try:
        return picture_hash(study.picture_bytes(image_id))
    except PictureUnreadable:
        return None


def marks(study: Study) -> pd.DataFrame:
    """The verdicts that count; none, and why, where they cannot be read."""
    try:
        return VerdictStore(study.folder).all()
    except XaiError as fault:
        components.fault(fault)
        return pd.DataFrame(columns=list(verdict.COLUMNS), dtype="str")


def wanted(on_change: Callable[[], None]) -> str:
    """Let the reader choose pictures by verdict.

    Parameters
    ----------
    on_change
        Callback of the widget.

    Returns
    -------
    What `verdicts.only` takes, or "" for all pictures.
    """
    named = {"all": _ALL, "any": ANY, "none": NONE} | {kind.replace(" ", "_"): kind for kind in KINDS}
    kind = link.choice(
        "verdict", {text: text for text in named}, "all", what="verdict", hint=_HINT.format(", ".join(named))
    )
    st.selectbox(
        "Verdict",
        list(named),
        list(named).index(kind),
        key="verdict",
        format_func=lambda each: named[each].capitalize() or "All pictures",
        on_change=on_change,
        help=_WHAT,
    )
    return named[kind]


def badge(row: pd.Series) -> None:
    """What was said of a picture, in a card of the gallery.

    Parameters
    ----------
    row
        With the columns `verdict` and `note`, see `verdicts.joined`.
    """
    if row["verdict"] in KINDS:
        st.badge(row["verdict"], icon=":material/flag:", color=COLOURS.get(row["verdict"], "gray"))  # type: ignore[arg-type]
    elif row["note"]:
        st.badge("note", icon=":material/edit_note:", color="gray")


def offer(study: Study, found: pd.DataFrame) -> None:
    """All verdicts of a study as a file for spreadsheets.

    Parameters
    ----------
    study
        Names the file.
    found
        See `marks`.
    """
    st.download_button(
        "Verdicts, CSV",
        verdict.csv(found),
        f"{study.name} verdicts.csv",
        "text/csv",
        key="verdicts_csv",
        icon=":material/download:",
        help="Verdicts and notes on all pictures of the study." if len(found) else "Nobody has given a verdict yet.",
        on_click="ignore",
        disabled=found.empty,
    )


_WHAT = "What people say of a mistake; it is kept with the study, for all to see.  \n" + "  \n".join(
    f"**{kind.capitalize()}**: {meaning}" for kind, meaning in KINDS.items()
)
_HINT = "There are {}. Shown are all."
