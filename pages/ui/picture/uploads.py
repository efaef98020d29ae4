"""A picture that the reader brings: it stays in the memory of the session, and its link names its hash."""

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.frame import components, link
from pages.ui.loaders import evaluations, models, pictures
from pages.ui.picture.selection import Subject
from xai_core.data.upload import ACCEPTED, MAX_BYTES, SUFFIXES
from xai_core.errors import UploadRefused
from xai_core.explain.service import picture_hash
from xai_core.labels import words
from xai_core.study.study import Study

_KEPT = "_uploaded"
_LATEST = "_uploaded_latest"
_FILE = "explain_file"
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Uploaded:
    """The picture that was uploaded last; `file_id` is Streamlit's name of this upload of it."""

    file_id: str
    name: str
    content: bytes
    picture_hash: str


def brought(study: Study) -> Subject | None:
    """Let the reader upload a picture.

    Returns
    -------
    The picture; None while there is none that can be shown.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        file = _uploader()
        slot = st.container(width=260)
    st.caption(_KEPT_WHERE)
    uploaded = _accepted(study, file)
    if uploaded is None:
        if link.asked("upload"):
            st.info(_NOT_KEPT, icon=":material/link_off:")
        return None
    sight, notes = pictures.upload(study, uploaded.picture_hash, uploaded.content, uploaded.name)
    own = uploaded.picture_hash
    link.choice("upload", {own: own}, own, what="uploaded picture", hint="Shown is the one that you uploaded.")
    with slot:
        truth = _truth(study)
    if notes:
        st.caption(" ".join(notes))
    model = models.opened(study)
    logits = None if model is None else evaluations.said(study, sight.picture_hash, sight.view, model)
    return Subject(None, "The uploaded picture", f"uploaded-{own[:8]}", sight, logits, truth)


def _uploader() -> UploadedFile | None:
    file = st.file_uploader(
        "Upload a picture",
        [suffix for suffixes in SUFFIXES.values() for suffix in suffixes],
        key=_FILE,
        on_change=_forget_what_is_removed,
        max_upload_size=MAX_BYTES // 2**20,
        width=420,
    )
    if file is not None:
        st.session_state[_LATEST] = file.file_id
    return file


def _accepted(study: Study, file: UploadedFile | None) -> _Uploaded | None:
    """The latest picture that could be read: one that is refused does not take the place of the one before."""
    kept: _Uploaded | None = st.session_state.get(_KEPT)
    if file is None or (kept is not None and kept.file_id == file.file_id):
        return kept
    content = file.getvalue()
    new = _Uploaded(file.file_id, file.name, content, picture_hash(content))
    try:
        pictures.upload(study, new.picture_hash, new.content, new.name)
    except UploadRefused as fault:
        components.fault(fault)
        if kept is not None:
            st.caption(f"Shown is still {kept.name}.")
        return kept
    if kept is not None and kept.picture_hash != new.picture_hash:
        link.keep(shows=_UNKNOWN)
    st.session_state[_KEPT] = new
    return new


def _forget_what_is_removed() -> None:
    """Forget the picture when its file is taken away, and not when that of a refused one is."""
    kept: _Uploaded | None = st.session_state.get(_KEPT)
    if st.session_state[_FILE] is None and kept is not None and kept.file_id == st.session_state.get(_LATEST):
        del st.session_state[_KEPT]


def _truth(study: Study) -> str | None:
    """What the reader says that the picture shows."""
    named = {_UNKNOWN: _UNKNOWN} | {label: label for label in study.labels}
    shows = link.choice("shows", named, _UNKNOWN, what="class", hint="What the picture shows is left open.")
    st.selectbox(
        "What it really shows",
        list(named),
        list(named).index(shows),
        key="shows",
        format_func=lambda each: "not said" if each == _UNKNOWN else words(each),
        on_change=link.follow,
    )
    return None if shows == _UNKNOWN else shows


_KEPT_WHERE = (
    f"Accepted are {ACCEPTED}. Nothing of a picture or of its explanations is written to disk: the picture stays in "
    "memory, and no longer than this session; its explanations may stay there until others need the room. "
    "The link in the address bar works for whoever uploads the same file again."
)
_NOT_KEPT = "This link is about a picture that was uploaded and not kept. Upload the same file again to see it."
