"""The only caches of the app: what sessions share, and what would be slow to make again."""

import importlib
import io
import uuid
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from xai_core import calibration, confusion, paths
from xai_core import study as studies
from xai_core import upload as uploading
from xai_core.demo import story, verify
from xai_core.errors import XaiError
from xai_core.explain import preview
from xai_core.explain.explanation import Explanation
from xai_core.explain.memory import MemoryStore
from xai_core.explain.service import Answer, Askable, ExplanationService, Job, Question, picture_hash
from xai_core.explain.store import ExplanationStore
from xai_core.model import preprocess
from xai_core.model.layers import check_layers
from xai_core.model.runtime import Runtime
from xai_core.pairevidence import objects
from xai_core.pairevidence.findings import Findings, Piece, findings
from xai_core.pairevidence.objects import CentralObject
from xai_core.settings import ExplainSettings
from xai_core.study import Study
from xai_core.trust import checks, whatif
from xai_core.trust.asking import answered
from xai_core.trust.checks import Case
from xai_core.trust.whatif import WhatIf

if TYPE_CHECKING:
    from xai_core.model.gradients import GradientNetwork

THUMBNAIL_PX = 192
PATCH_PX = 128

FORGETFUL: tuple[Literal["last", "all"], ...] = ("last", "all")
"""Whose weights are drawn anew for models without memory; see `gradients.Layers`."""
FORGETFUL_SEES, FORGETFUL_SEED = 8, 0
"""Pictures from which their batch norms take statistics, and seed of their weights."""
_SESSION = "_session"


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture as the model sees it, (h, w, 3) uint8, and the hash of the file that it comes from."""

    view: NDArray[np.uint8]
    picture_hash: str


def identity(of: Study) -> tuple[str, str, str]:
    """Key of what is cached about a study: one that is built again is another study."""
    return str(of.folder), of.model_id, str(of.created)


_BY_STUDY: dict[str | type[Any], Callable[[Any], Any]] = {Study: identity}


def study_names() -> tuple[str, ...]:
    """Names of the studies on this machine."""
    return studies.study_names(paths.studies_folder())


def study(name: str) -> Study:
    """Open a study, once for all sessions and until it is built again."""
    record = paths.studies_folder() / name / "study.toml"
    return _study(record.parent, record.stat().st_mtime_ns if record.is_file() else 0)


@st.cache_resource(max_entries=8, show_spinner="Opening the study ...")
def _study(folder: Path, built_ns: int) -> Study:  # noqa: ARG001 - the time is part of the key only
    return studies.open_study(folder.name, folder.parent)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_BY_STUDY)
def figures(of: Study) -> confusion.Summary:
    """A study in figures."""
    return of.summary()


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=_BY_STUDY)
def pairs(of: Study) -> pd.DataFrame:
    """The pairs of a study, ranked; see `xai_core.confusion.pairs`."""
    return confusion.pairs(of.table)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=_BY_STUDY)
def matrix(of: Study) -> NDArray[np.int64]:
    """How often each class of a study is taken for each; see `xai_core.confusion.matrix`."""
    return confusion.matrix(of.table, of.labels)


@st.cache_data(max_entries=48, show_spinner=False, hash_funcs=_BY_STUDY)
def class_order(of: Study, by: str) -> NDArray[np.intp]:
    """The classes of a study by name, error or cluster; see `xai_core.confusion.ordered`."""
    return confusion.ordered(matrix(of), by)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=_BY_STUDY)
def classes(of: Study) -> pd.DataFrame:
    """The classes of a study, the hardest first; see `xai_core.confusion.by_class`."""
    return confusion.by_class(of.table)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_BY_STUDY)
def reliability(of: Study, bins: int) -> pd.DataFrame:
    """Confidence against accuracy; see `xai_core.calibration.reliability`."""
    return calibration.reliability(of.table, bins)


@st.cache_data(max_entries=4000, show_spinner=False, hash_funcs=_BY_STUDY)
def thumbnail(of: Study, image_id: str) -> bytes:
    """The middle of a photograph as a small JPEG."""
    photo = of.photo(image_id)
    side = min(photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    square = photo.crop((left, top, left + side, top + side)).resize((THUMBNAIL_PX, THUMBNAIL_PX))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=80)
    return out.getvalue()


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=_BY_STUDY)
def sight(of: Study, image_id: str) -> Sight:
    """A picture as the model sees it."""
    return Sight(preprocess.view(of.photo(image_id), of.spec), picture_hash(of.picture_bytes(image_id)))


@st.cache_data(max_entries=1000, show_spinner=False, hash_funcs=_BY_STUDY)
def central_object(of: Study, image_id: str) -> CentralObject:
    """Where the object in the middle of a picture is."""
    return objects.central_object(sight(of, image_id).view)


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=_BY_STUDY)
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


@st.cache_data(max_entries=16, show_spinner=False)
def pair_findings(asked: tuple[Hashable, ...], _pieces: Sequence[Piece]) -> Findings:  # noqa: ARG001
    """What explained pictures of a pair say; `asked` stands for the pieces in the key."""
    return findings(_pieces)


@st.cache_resource(show_spinner=False)
def service() -> ExplanationService:
    """One queue of explanations for all sessions."""
    return ExplanationService()


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=_BY_STUDY)
def store(of: Study) -> ExplanationStore:
    """The finished explanations of a study."""
    return ExplanationStore(of.explanations)


def opened(of: Study) -> Runtime | None:
    """The model of a study; None while it is being opened, in the background, for importing torch takes seconds.

    Raises
    ------
    XaiError
        If it cannot be opened; the next call tries again.
    """
    opening = runtime(of)
    if not opening.done():
        return None
    try:
        return opening.result()
    except XaiError:
        runtime.clear(of)
        raise


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=_BY_STUDY)
def runtime(of: Study) -> Future[Runtime]:
    """The model of a study, or what will be it."""
    return _opener().submit(of.open_runtime)


@st.cache_resource(show_spinner=False)
def _opener() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="model")


def network(of: Study) -> "GradientNetwork | None":
    """The network of a study, open to its layers; None while it is being opened, in the background.

    Raises
    ------
    ModelRefused
        If the model file has no layers to look into.
    """
    check_layers(of.model_file)
    found: GradientNetwork | None = _settled(_network, of)
    return found


def forgetful(of: Study) -> dict[str, Runtime] | None:
    """The model of a study with the weights of its last layer, and with all of them, as before training.

    Returns
    -------
    By `gradients.Layers`; None while they are being made, in the background.

    Raises
    ------
    XaiError
        If the model file has no layers, or a picture that is needed cannot be read.
    """
    found: dict[str, Runtime] | None = None if network(of) is None else _settled(_forgetful, of)
    return found


def methods_imported() -> bool:
    """Whether other methods can be computed at once; until then what they need is imported in the background."""
    return _attributing().done()


def _settled(future_of: Any, of: Study) -> Any:
    """What the future of a cached function brought; one that failed is tried again by the next call."""
    future = future_of(of)
    if not future.done():
        return None
    try:
        return future.result()
    except XaiError:
        future_of.clear(of)
        raise


@st.cache_resource(show_spinner=False)
def _attributing() -> Future[object]:
    return _opener().submit(importlib.import_module, "xai_core.trust.attributing")


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=_BY_STUDY)
def _network(of: Study) -> "Future[GradientNetwork]":
    def opened() -> "GradientNetwork":
        from xai_core.model.gradients import GradientNetwork  # noqa: PLC0415 - torch takes seconds

        return GradientNetwork.open(of.model_file, of.spec)

    return _opener().submit(opened)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=_BY_STUDY)
def _forgetful(of: Study) -> Future[dict[str, Runtime]]:
    opened, seen = _network(of).result(), confusion.readable(of.table)["image_id"]

    def made() -> dict[str, Runtime]:
        some = seen.iloc[:: max(1, len(seen) // FORGETFUL_SEES)][:FORGETFUL_SEES]
        views = np.stack([preprocess.view(of.photo(each), of.spec) for each in some])
        return {layers: opened.forgetful(layers, FORGETFUL_SEED, views) for layers in FORGETFUL}

    return _opener().submit(made)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=_BY_STUDY)
def stories(of: Study) -> tuple[story.Story, ...]:
    """What can be told of the demo's planted causes; nothing of another study."""
    return story.stories(of)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_BY_STUDY)
def cue_mask(of: Study, image_id: str) -> NDArray[np.bool_]:
    """Where the planted cue of a picture of the demo lies."""
    return story.cue_mask(of, image_id)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=_BY_STUDY)
def painted(of: Study, image_id: str) -> NDArray[np.uint8]:
    """What was painted where in a picture of the demo, (h, w) as the model sees it: indices of `palette.REGIONS`."""
    masks = np.stack(list(verify.region_masks(of, image_id).values()))
    return np.asarray(np.argmax(masks, axis=0), np.uint8)


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=_BY_STUDY)
def cues(of: Study) -> dict[str, str]:
    """Planted cue of each picture of the demo, by image id; "" where there is none."""
    return dict(verify.causes_of(of)["cue"])


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_BY_STUDY)
def without_cue(of: Study, _model: Runtime, image_id: str) -> story.Repainting:
    """A picture of the demo painted again without its cue, and what the model says of it."""
    return story.without_cue(of, _model, image_id)


def stored(of: Study, image_id: str, settings: ExplainSettings) -> Explanation | None:
    """The explanation of a picture where it is in the store; needs no model."""
    key = settings.key(model_id=of.model_id, picture_hash=sight(of, image_id).picture_hash)
    return store(of).get(key)


def submit(of: Study, model: Runtime, image_id: str, settings: ExplainSettings) -> Job:
    """Ask for the explanation of a picture; returns at once."""
    return _submitted(model, sight(of, image_id), settings, store(of))


def submit_upload(model: Runtime, seen: Sight, settings: ExplainSettings) -> Job:
    """Ask for the explanation of an uploaded picture, of which nothing is written to disk; returns at once."""
    return _submitted(model, seen, settings, unkept())


def _submitted(model: Runtime, seen: Sight, settings: ExplainSettings, kept_in: ExplanationStore) -> Job:
    question = Question(runtime=model, view=seen.view, picture_hash=seen.picture_hash, settings=settings, store=kept_in)
    return ask(question)


def ask(question: Askable[Answer]) -> Job[Answer]:
    """Ask anything of the queue, in this session's turns; returns at once."""
    return service().submit(question, session=st.session_state.setdefault(_SESSION, uuid.uuid4().hex))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=_BY_STUDY)
def checked(of: Study) -> ExplanationStore:
    """What the model said in checks of the explanations of a study."""
    return checks.store(of.folder)


def case(of: Study, model: Runtime, seen: Sight, settings: ExplainSettings, *, own: bool) -> Case:
    """What the explanation of a picture can be checked by; nothing is kept of the reader's own pictures."""
    return Case(model, seen.view, seen.picture_hash, settings, unkept() if own else checked(of))


@st.cache_resource(show_spinner=False)
def unkept() -> MemoryStore:
    """The finished explanations of uploaded pictures."""
    return MemoryStore()


# What follows is a session's own, for the picture may be the reader's, and leaves the memory with the session.


@st.cache_data(max_entries=4, show_spinner="Reading the picture ...", scope="session", hash_funcs=_BY_STUDY)
def upload(of: Study, picture_hash: str, _content: bytes, name: str) -> tuple[Sight, tuple[str, ...]]:
    """An uploaded picture as the model sees it, and sentences on what was done to it.

    Raises
    ------
    UploadRefused
        If it is none, or too large.
    """
    brought = uploading.picture(_content, name)
    return Sight(preprocess.view(brought.photo, of.spec), picture_hash), brought.notes


@st.cache_data(max_entries=16, show_spinner=False, scope="session", hash_funcs=_BY_STUDY)
def said(of: Study, picture_hash: str, _view: NDArray[np.uint8], _model: Runtime) -> NDArray[np.float32]:  # noqa: ARG001
    """What the model says of a picture, (L,) float32 logits."""
    return preview.said(_view, _model)


@st.cache_data(max_entries=16, show_spinner=False, scope="session", hash_funcs=_BY_STUDY)
def hidden_view(
    of: Study,
    picture_hash: str,  # noqa: ARG001 - stands for the picture in the key
    settings: ExplainSettings,
    _view: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """A picture when all of it is hidden."""
    return preview.hidden_view(_view, of.spec, settings)


@st.cache_data(max_entries=64, show_spinner=False, scope="session", hash_funcs=_BY_STUDY)
def hidden_said(
    of: Study,  # noqa: ARG001 - part of the key only, as is the next
    picture_hash: str,  # noqa: ARG001
    settings: ExplainSettings,
    _view: NDArray[np.uint8],
    _model: Runtime,
) -> NDArray[np.float32]:
    """What the model says of a picture when all of it is hidden, (L,) float32 logits."""
    return preview.hidden_said(_view, _model, settings)


@st.cache_data(max_entries=64, show_spinner=False, scope="session")
def what_if(
    question: tuple[str, ...],  # noqa: ARG001 - names the explanation in the key
    shown: NDArray[np.bool_],
    _case: Case,
    _answer: Explanation,
) -> tuple[WhatIf, NDArray[np.uint8]]:
    """What an explanation foretells of a masked picture, what the model says of it, and the masked picture itself."""
    plan = whatif.what_if_plan(_answer, shown)
    return answered(_case, plan), whatif.masked_view(_case, shown)
