"""Verdicts of people on mistakes, with their form, badge, filter and download."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.ui.access import download
from pages.ui.frame import account, choices, components
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import studies
from pages.ui.picture import authors, verdict_entry
from xai_core.errors import PictureUnreadable, VerdictOvertaken, XaiError
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import listed
from xai_core.verdicts import verdict
from xai_core.verdicts.store import VerdictStore
from xai_core.verdicts.verdict import ANY, KINDS, NONE, Verdict

COLOURS: dict[str, str] = {
    "model error": "red",
    "background or shortcut": "blue",
    "wrong label": "orange",
    "several dishes": "violet",
}
"""Colours of badges. The others are grey."""

_DRAFT = "_verdict_draft"
_MAX_CHARS = 240
_ALL = ""


@dataclass(slots=True)
class _Draft:
    """State of a form that the reader may be filling in.

    Attributes
    ----------
    form
        Page, study and picture of the form.
    before
        Verdict with which the form was opened.
    seen
        Latest version that the reader has seen.
    trouble
        Reason why the verdict could not be saved.
    """

    form: tuple[object, ...]
    before: Verdict | None
    seen: int
    trouble: XaiError | None = None


def draw_form(study: Study, image_id: str, page: str) -> None:
    """Draw the verdict on a mistake, and the form that changes it.

    Parameters
    ----------
    study, image_id
        The picture. One that the model gets right has a form only if it had a verdict before.
    page
        Page that shows the form, such as "explain".
    """
    row = study.row(image_id)
    try:
        history = VerdictStore(study.folder).history(image_id)
    except XaiError as fault:
        components.show_error(fault)
        return
    if row["truth"] == row["guess"] and not history:
        return
    latest = history[0] if history else None
    draft = _current_draft((page, studies.identity(study)[0], image_id), latest)
    standing = None if latest is None or latest.withdrawn else latest
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        # Of the draft: the name of the latest verdict would close the popover when somebody else saves meanwhile.
        known = draft.before if draft.before and not draft.before.withdrawn else None
        kind = tr(known.kind or "note") if known else ""
        name = tr("Verdict: {kind}", kind=kind) if known else tr("Give a verdict")
        with st.popover(
            name, icon=":material/flag:", width="content", key=_key("open", draft.form), on_change=_nothing
        ):
            if draft.trouble:
                components.show_error(draft.trouble)
            elif latest and latest.version != draft.seen:
                written, text = verdict.signature(latest), verdict.verdict_text(latest)
                st.text(tr("Meanwhile, {signature}: {text}", signature=written, text=text))
            if not account.draw_why_not("judge"):
                _draw_fields(study, row, page, draft)
            _draw_history(history[1:] if standing else history)
        if standing:
            _draw_standing(study, row, standing)


def _current_draft(form: tuple[object, ...], latest: Verdict | None) -> _Draft:
    """Return the draft of a form, which stays the same while the form is on the screen.

    A verdict that somebody else saves in the meantime must not replace what the reader is typing.
    """
    draft: _Draft | None = st.session_state.get(_DRAFT)
    if draft is None or draft.form != form or _key("note", form) not in st.session_state:
        draft = st.session_state[_DRAFT] = _Draft(form, latest, latest.version if latest else 0)
    return draft


def _key(field: str, form: Sequence[object]) -> str:
    return f"verdict_{field} {form[0]} {form[-1]}"


def _draw_fields(study: Study, row: pd.Series, page: str, draft: _Draft) -> None:
    before, form = draft.before, draft.form
    with st.form(f"verdict_form {page}", border=False):
        st.pills(
            tr("Verdict"),
            list(KINDS),
            default=before.kind if before and before.kind in KINDS else None,
            key=_key("kind", form),
            format_func=lambda kind: tr(kind).capitalize(),
            help=_kinds_help(),
        )
        st.text_area(
            tr("Note"),
            before.note if before else "",
            key=_key("note", form),
            max_chars=verdict.NOTE_LIMIT,
            height=80,
            placeholder=tr("What does the picture show?"),
        )
        authors.draw_author(_key("author", form))
        st.form_submit_button(
            tr("Save"),
            key=_key("save", form),
            on_click=_save,
            args=(study, row, draft),
        )


def _save(study: Study, row: pd.Series, draft: _Draft) -> None:
    """Write the form's verdict. If that fails, the form keeps its text."""
    kind, note = (st.session_state[_key(field, draft.form)] for field in ("kind", "note"))
    author = st.session_state.get(_key("author", draft.form), "")
    if not _changes(draft.before, kind or "", note):
        st.toast(tr("Nothing to save: pick a verdict or write a note first."), icon=":material/flag:")
        return
    draft.trouble = None
    try:
        written = verdict_entry.write_verdict(study, row, kind or "", seen=draft.seen, note=note, author=author)
    except XaiError as fault:
        draft.trouble = fault
        if isinstance(fault, VerdictOvertaken):
            # The error quotes the other verdict, so the reader has now seen it. Saving again replaces it.
            draft.seen = fault.version
        return
    draft.seen, draft.before = written.version, written
    authors.remember_author(written.author)
    st.session_state[_key("open", draft.form)] = False
    message = tr("The verdict was withdrawn.") if written.withdrawn else tr("The verdict was saved.")
    st.toast(message, icon=":material/flag:")


def _changes(before: Verdict | None, kind: str, note: str) -> bool:
    """Return True if saving would change the verdict. An empty form changes nothing where there is no verdict."""
    return (before.kind, before.note) != (kind, note.strip()) if before else bool(kind or note.strip())


def _nothing() -> None:
    """Do nothing. A popover keeps its state, and can be closed after Save, only if it has a callback."""


def _draw_history(earlier: Sequence[Verdict]) -> None:
    """Draw earlier verdicts as plain text, because anybody may have written them."""
    if earlier:
        st.caption(tr("Earlier"))
    for written in earlier:
        st.text(f"{verdict.verdict_text(written)}\n({verdict.signature(written)})")


def _draw_standing(study: Study, row: pd.Series, standing: Verdict) -> None:
    """Draw the verdict that counts, and what has changed since it was written."""
    if standing.note:
        short = standing.note if len(standing.note) <= _MAX_CHARS else f"{standing.note[:_MAX_CHARS]} ..."
        st.text(short, width="content")
    st.caption(literal(verdict.signature(standing)), width="content")
    now = _current_hash(study, standing.image_id)
    for sentence in verdict.outdated_notes(
        standing, guess=str(row["guess"]), model_id=study.model_id, picture_hash=now
    ):
        st.caption(f":material/history: {literal(sentence)}", width="content")


def _current_hash(study: Study, image_id: str) -> str | None:
    """Return the hash of the picture's file.

    It is None if the file cannot be read, which the page reports elsewhere.
    """
    try:
        return study.picture_hash(image_id)
    except PictureUnreadable:
        return None


def standing_verdicts(study: Study) -> pd.DataFrame:
    """Return the verdicts that count. If they cannot be read, show the error and return none."""
    try:
        return VerdictStore(study.folder).all()
    except XaiError as fault:
        components.show_error(fault)
        return pd.DataFrame(columns=list(verdict.COLUMNS), dtype="str")


def choose_verdict_filter(on_change: Callable[[], None]) -> str:
    """Draw the box that filters pictures by verdict, and return the choice.

    Parameters
    ----------
    on_change
        Callback of the widget.

    Returns
    -------
    A kind for `verdict.filtered`, or "" for all pictures.
    """
    kinds = {"all": _ALL, "any": ANY, "none": NONE} | {kind.replace(" ", "_"): kind for kind in KINDS}
    chosen = choices.box(
        "verdict",
        {text: tr(kind).capitalize() or tr("All pictures") for text, kind in kinds.items()},
        tr("Verdict"),
        noun=tr("verdict"),
        hint=tr("There are {names}. Shown are all.", names=listed(kinds)),
        help_text=_kinds_help(),
        on_change=on_change,
    )
    return kinds[chosen]


def draw_badge(row: pd.Series) -> None:
    """Draw the verdict on a picture as a badge for its card in the gallery.

    Parameters
    ----------
    row
        Row with the columns `verdict` and `note`, see `verdict.with_verdicts`.
    """
    if row["verdict"] in KINDS:
        st.badge(tr(row["verdict"]), icon=":material/flag:", color=COLOURS.get(row["verdict"], "gray"))  # type: ignore[arg-type]
    elif row["note"]:
        st.badge(tr("note"), icon=":material/edit_note:", color="gray")


def draw_download(study: Study, standing: pd.DataFrame) -> None:
    """Draw the button that downloads all verdicts of a study as CSV.

    Parameters
    ----------
    study
        Study that gives the file its name.
    standing
        From `standing_verdicts`.
    """
    help_text = tr("Verdicts and notes on all pictures of the study.")
    download.draw_download(
        tr("Verdicts, CSV"),
        None if standing.empty else lambda: verdict.to_csv(standing),
        f"{study.name} verdicts.csv",
        "text/csv",
        key="verdicts_csv",
        help_text=help_text if len(standing) else tr("Nobody has given a verdict yet."),
    )


def _kinds_help() -> str:
    text = tr("What people say about a mistake. Verdicts are stored with the study, and everybody sees them.")
    kinds = [
        tr("**{kind}**: {meaning}", kind=tr(kind).capitalize(), meaning=tr(meaning)) for kind, meaning in KINDS.items()
    ]
    return "  \n".join([text, *kinds])
