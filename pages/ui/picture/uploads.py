"""Uploaded pictures, which stay in the memory of the session and have a link by their hash."""

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.access import upload_room, visitors
from pages.ui.frame import choices, components, link, navigation
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import evaluations, models, pictures
from pages.ui.picture.selection import Subject
from xai_core.confusions.novelty import novelty
from xai_core.data.upload import MAX_BYTES, MAX_PIXELS, SUFFIXES
from xai_core.demo.story import is_demo
from xai_core.errors import UploadRefused
from xai_core.explain.question import picture_hash
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.study.study import Study
from xai_core.texts import paragraph

_UPLOADED = "_uploaded"
_LATEST = "_uploaded_latest"
_FILE = "explain_file"
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Uploaded:
    """Picture that was uploaded last. `file_id` is Streamlit's name for this upload of it."""

    file_id: str
    name: str
    content: bytes
    picture_hash: str


def choose_upload(study: Study) -> Subject | None:
    """Draw the upload, and return its picture.

    It is None while there is none that can be shown.
    """
    if not visitors.settings().uploads:
        st.info(tr("Uploads are switched off on this server."), icon=":material/lock:")
        return None
    full = upload_room.room().why_full(visitors.turn_name())
    if full:
        st.warning(full, icon=":material/block:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        file = _draw_uploader()
        slot = st.container(width=260)
    st.caption(_privacy())
    uploaded = _latest_accepted(study, file)
    if uploaded is None:
        if link.requested("upload"):
            st.info(tr(_NOT_STORED), icon=":material/link_off:")
        return None
    own = uploaded.picture_hash
    link.choice("upload", (own,), own, noun=tr("uploaded picture"), hint=tr("Shown is the one that you uploaded."))
    with slot:
        truth = _choose_truth(study)
    subject = _subject(study, uploaded, truth=truth)
    _draw_notes(study, uploaded, subject)
    navigation.own_compare_link()
    return subject


def _draw_notes(study: Study, uploaded: _Uploaded, subject: Subject) -> None:
    """Say how the picture was changed, and that the model's answer for it may mean nothing."""
    _, notes = pictures.upload(study, uploaded.picture_hash, uploaded.content, uploaded.name)
    if notes:
        st.caption(paragraph(*notes))
    if is_demo(study):
        st.warning(tr(_PAINTINGS_ONLY), icon=":material/palette:")
    model, view = models.runtime_if_open(study), subject.model_view
    if model is not None:
        own = evaluations.upload_embedding(study, view.picture_hash, view.view, model)
        found = None if own is None or study.embeddings is None else novelty(study.embeddings, own)
        if found is not None and found.is_unlike:
            st.warning(tr(_UNLIKE), icon=":material/travel_explore:")


def is_there() -> bool:
    """Return True if a picture was uploaded in this session and not removed."""
    return _UPLOADED in st.session_state


def current_upload(study: Study) -> Subject | None:
    """Return the uploaded picture for another page than that of the upload; None if there is none."""
    uploaded: _Uploaded | None = st.session_state.get(_UPLOADED)
    return None if uploaded is None else _subject(study, uploaded, truth=None)


def _subject(study: Study, uploaded: _Uploaded, *, truth: str | None) -> Subject:
    model_view, _ = pictures.upload(study, uploaded.picture_hash, uploaded.content, uploaded.name)
    model = models.runtime_if_open(study)
    logits = None
    if model is not None:
        logits = evaluations.picture_logits(study, model_view.picture_hash, model_view.view, model)
    own = uploaded.picture_hash
    return Subject(None, tr("The uploaded picture"), f"uploaded-{own[:8]}", model_view, logits, truth)


def _draw_uploader() -> UploadedFile | None:
    file = st.file_uploader(
        tr("Upload a picture"),
        [suffix for suffixes in SUFFIXES.values() for suffix in suffixes],
        key=_FILE,
        on_change=_forget_removed,
        max_upload_size=MAX_BYTES // 2**20,
        width=420,
    )
    if file is not None:
        st.session_state[_LATEST] = file.file_id
    return file


def _latest_accepted(study: Study, file: UploadedFile | None) -> _Uploaded | None:
    """Return the latest picture that could be read.

    A refused file does not replace the picture before it.
    """
    last: _Uploaded | None = st.session_state.get(_UPLOADED)
    if file is None or (last is not None and last.file_id == file.file_id):
        return last
    content = file.getvalue()
    new = _Uploaded(file.file_id, file.name, content, picture_hash(content))
    try:
        pictures.upload(study, new.picture_hash, new.content, new.name)
    except UploadRefused as fault:
        components.show_error(fault)
        if last is not None:
            st.caption(tr("Still shown is {name}.", name=literal(last.name)))
        return last
    if last is not None and last.picture_hash != new.picture_hash:
        link.remember(shows=_UNKNOWN)
    st.session_state[_UPLOADED] = new
    return new


def _forget_removed() -> None:
    """Forget the picture if its file was removed, but not if the file of a refused one was."""
    # The widget has one file at a time. If a refused file replaced the accepted one, its removal is not that of the
    # picture on the page, and the ids differ.
    last: _Uploaded | None = st.session_state.get(_UPLOADED)
    if st.session_state[_FILE] is None and last is not None and last.file_id == st.session_state.get(_LATEST):
        del st.session_state[_UPLOADED]


def _choose_truth(study: Study) -> str | None:
    """Draw the box for the true class of the picture, and return it.

    It is None if the reader leaves it open.
    """
    shows = choices.box(
        "shows",
        {_UNKNOWN: tr("not given")} | {label: words(label) for label in study.labels},
        tr("True class of the picture"),
        noun=tr("class"),
        hint=tr("No true class is set."),
    )
    return None if shows == _UNKNOWN else shows


def _privacy() -> str:
    return tr(
        "Accepted are JPEG, PNG and WebP pictures of up to {megabytes} MB and {megapixels} megapixels. Nothing of the "
        "picture is written to disk, and the session forgets it at its end.",
        megabytes=MAX_BYTES // 2**20,
        megapixels=MAX_PIXELS // 10**6,
    )


_PAINTINGS_ONLY = mark(
    "The model of this study was trained on painted dishes and has never seen a photograph. Its answer for one means "
    "nothing. Upload photographs to a study of photographs."
)
_UNLIKE = mark(
    "**This picture is unlike all pictures of this study.** To the model it differs more from each of them than 98% of "
    "them differ from their nearest neighbour. The prediction and its map may mean nothing."
)
_NOT_STORED = mark("This link is about an uploaded picture, which is not stored. Upload the same file again to see it.")
