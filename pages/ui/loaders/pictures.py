"""Pictures: as the model sees them, small, in parts, and those that readers bring."""

import io
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.loaders.studies import BY_STUDY
from xai_core.data import upload as data_upload
from xai_core.evidence import objects
from xai_core.evidence.objects import CentralObject
from xai_core.explain.service import picture_hash
from xai_core.model import preprocess
from xai_core.study.study import Study

THUMBNAIL_PX = 192
PATCH_PX = 128


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture as the model sees it, (h, w, 3) uint8, and the hash of the file that it comes from."""

    view: NDArray[np.uint8]
    picture_hash: str


@st.cache_data(max_entries=4000, show_spinner=False, hash_funcs=BY_STUDY)
def thumbnail(of: Study, image_id: str) -> bytes:
    """The middle of a photograph as a small JPEG."""
    photo = of.photo(image_id)
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    square = photo.crop((left, top, left + side, top + side)).resize((THUMBNAIL_PX, THUMBNAIL_PX))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=80)
    return out.getvalue()


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_STUDY)
def sight(of: Study, image_id: str) -> Sight:
    """A picture as the model sees it."""
    return Sight(preprocess.view(of.photo(image_id), of.spec), picture_hash(of.picture_bytes(image_id)))


@st.cache_data(max_entries=1000, show_spinner=False, hash_funcs=BY_STUDY)
def central_object(of: Study, image_id: str) -> CentralObject:
    """Where the object in the middle of a picture is."""
    return objects.central_object(sight(of, image_id).view)


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_STUDY)
def cut_out(of: Study, image_id: str, box: tuple[int, int, int, int]) -> bytes:
    """A part of a photograph as a small JPEG.

    Parameters
    ----------
    of, image_id
        The picture.
    box
        Left, top, right and bottom in pixels of the model's input.
    """
    photo, out = of.photo(image_id), io.BytesIO()
    part = preprocess.source_box(photo.size, box, of.spec)
    photo.resize((PATCH_PX, PATCH_PX), box=part, reducing_gap=3.0).save(out, "JPEG", quality=85)
    return out.getvalue()


@st.cache_data(max_entries=4, show_spinner="Reading the picture ...", scope="session", hash_funcs=BY_STUDY)
def upload(of: Study, picture_hash: str, _content: bytes, name: str) -> tuple[Sight, tuple[str, ...]]:
    """An uploaded picture as the model sees it, and sentences on what was done to it.

    Raises
    ------
    UploadRefused
        If it is none, or too large.
    """
    brought = data_upload.picture(_content, name)
    return Sight(preprocess.view(brought.photo, of.spec), picture_hash), brought.notes
