"""Pictures as the model sees them, as thumbnails and crops, and uploaded pictures."""

import io

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.loaders.studies import BY_STUDY, SpinnerText
from xai_core.data import upload as data_upload
from xai_core.errors import PictureUnreadable
from xai_core.evidence import central_object as evidence_central_object
from xai_core.evidence.central_object import CentralObject
from xai_core.language import current, mark
from xai_core.model import preprocess
from xai_core.study.model_view import ModelView
from xai_core.study.study import Study

THUMBNAIL_PX = 192
PATCH_PX = 128
LARGE_PX = 512

_CHANGED = "_changed_pictures"

_Stamp = tuple[int, int] | None


def start_run() -> None:
    """Forget which changed pictures earlier runs of the page have shown."""
    st.session_state[_CHANGED] = {}


def changed_pictures() -> tuple[str, ...]:
    """Return the pictures that this run has read and that are not those of the predictions any more."""
    return tuple(st.session_state.get(_CHANGED, ()))


def _stamp(study: Study, image_id: str) -> _Stamp:
    """Return size and time of a picture's file for the keys of caches, and note a picture that has changed."""
    # Work in the background has no session, and shows nothing.
    if get_script_run_ctx(suppress_warning=True) is not None and study.has_changed(image_id):
        st.session_state.setdefault(_CHANGED, {})[image_id] = True
    return study.data.stamp(image_id)


def thumbnail(study: Study, image_id: str) -> bytes:
    """Return the central square of a photograph as a small JPEG."""
    return _thumbnail(study, image_id, _stamp(study, image_id))


@st.cache_data(max_entries=4000, show_spinner=False, hash_funcs=BY_STUDY)
def _thumbnail(study: Study, image_id: str, stamp: _Stamp) -> bytes:  # noqa: ARG001 - part of the key only
    photo = study.photo(image_id)
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    square = photo.crop((left, top, left + side, top + side)).resize((THUMBNAIL_PX, THUMBNAIL_PX))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=80)
    return out.getvalue()


def whole_picture(study: Study, image_id: str) -> bytes:
    """Return a whole photograph as a small JPEG."""
    return _whole_picture(study, image_id, _stamp(study, image_id))


@st.cache_data(max_entries=1000, show_spinner=False, hash_funcs=BY_STUDY)
def _whole_picture(study: Study, image_id: str, stamp: _Stamp) -> bytes:  # noqa: ARG001 - part of the key only
    photo, out = study.photo(image_id), io.BytesIO()
    photo.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    photo.save(out, "JPEG", quality=80)
    return out.getvalue()


def large_picture(study: Study, image_id: str) -> bytes:
    """Return a whole photograph as a JPEG of at most `LARGE_PX` a side."""
    return _large_picture(study, image_id, _stamp(study, image_id))


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_STUDY)
def _large_picture(study: Study, image_id: str, stamp: _Stamp) -> bytes:  # noqa: ARG001 - part of the key only
    photo, out = study.photo(image_id), io.BytesIO()
    photo.thumbnail((LARGE_PX, LARGE_PX))
    photo.save(out, "JPEG", quality=85)
    return out.getvalue()


def model_view(study: Study, image_id: str) -> ModelView:
    """Return a picture as the model sees it, with the hash of its file."""
    return _model_view(study, image_id, _stamp(study, image_id))


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_STUDY)
def _model_view(study: Study, image_id: str, stamp: _Stamp) -> ModelView:  # noqa: ARG001 - part of the key only
    return study.model_view(image_id)


def central_object(study: Study, image_id: str) -> CentralObject:
    """Return the object in the middle of a picture."""
    return _central_object(study, image_id, _stamp(study, image_id))


@st.cache_data(max_entries=1000, show_spinner=False, hash_funcs=BY_STUDY)
def _central_object(study: Study, image_id: str, stamp: _Stamp) -> CentralObject:  # noqa: ARG001 - part of the key only
    return evidence_central_object.central_object(model_view(study, image_id).view)


def crop_jpeg(study: Study, image_id: str, box: tuple[int, int, int, int]) -> bytes:
    """Return a part of a photograph as a small JPEG.

    Parameters
    ----------
    study, image_id
        The picture.
    box
        Left, top, right and bottom in pixels of the model's input.
    """
    return _crop_jpeg(study, image_id, box, _stamp(study, image_id))


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_STUDY)
def _crop_jpeg(study: Study, image_id: str, box: tuple[int, int, int, int], stamp: _Stamp) -> bytes:  # noqa: ARG001 - part of the key only
    photo, out = study.photo(image_id), io.BytesIO()
    part = preprocess.source_box(photo.size, box, study.spec)
    photo.resize((PATCH_PX, PATCH_PX), box=part, reducing_gap=3.0).save(out, "JPEG", quality=85)
    return out.getvalue()


READING = SpinnerText(mark("Reading the picture ..."))


def upload(study: Study, picture_hash: str, content: bytes, name: str) -> tuple[ModelView, tuple[str, ...]]:
    """Return an uploaded picture as the model sees it, and sentences on how it was changed.

    Raises
    ------
    UploadRefused
        If the file is no picture, or too large.
    """
    return _upload(study, picture_hash, content, name, current())


@st.cache_data(max_entries=4, show_spinner=READING, scope="session", hash_funcs=BY_STUDY)
def _upload(
    study: Study,
    picture_hash: str,
    _content: bytes,
    name: str,
    language: str,  # noqa: ARG001 - part of the key
) -> tuple[ModelView, tuple[str, ...]]:
    uploaded = data_upload.read_upload(_content, name)
    return ModelView(preprocess.view(uploaded.photo, study.spec), picture_hash), uploaded.notes


def read_error(study: Study, image_id: str) -> PictureUnreadable | None:
    """Return why a picture of a study cannot be read, None if it can."""
    try:
        model_view(study, image_id)
    except PictureUnreadable as error:
        return error
    return None
