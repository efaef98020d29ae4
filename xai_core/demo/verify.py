"""Verification of the planted causes, with each cue painted away and painted in."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from xai_core.confusions.confusion import mistakes, readable
from xai_core.demo import paint_dataset
from xai_core.demo.causes import CAUSES, Cause
from xai_core.demo.painting import painter, palette
from xai_core.demo.painting.cues import CUES
from xai_core.errors import PictureUnreadable, StudyRefused
from xai_core.evidence.location import share_in
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.language import deferred, mark
from xai_core.model import preprocess
from xai_core.model.runtime import Runtime
from xai_core.model.spec import ModelSpec
from xai_core.progress import Progress, ignore_progress
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study

TABLE = "causes.parquet"
"""Table of causes beside `images` and `meta`. Only painted sets have it."""

BATCH = 32
"""Repainted pictures that the model evaluates at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueFigures:
    """Figures of one cue in the test split.

    Attributes
    ----------
    cue, truth, guess
        Planted cause.
    shown
        Pictures of `truth` that carry the cue.
    mistakes
        Number of them that are taken for `guess`.
    fixed_share
        Share of those mistakes that become right when the cue is painted away; NaN without mistakes.
    cue_free
        Pictures of `truth` that do not carry the cue and are predicted right.
    broken_share
        Share of those that become wrong when the cue is painted in; NaN without such pictures.
    area_share
        Mean share of the picture that the cue covers in the explained mistakes; 1 for coloured light.
    evidence_share
        Mean share of the positive contrast (guess minus truth) that lies on the cue; NaN for coloured light.
    contrast_over_area
        `evidence_share` divided by `area_share`; 1 is what evidence at random locations would give.
    """

    cue: str
    truth: str
    guess: str
    shown: int
    mistakes: int
    fixed_share: float
    cue_free: int
    broken_share: float
    area_share: float
    evidence_share: float
    contrast_over_area: float


def verify(study: Study, settings: ExplainSettings, *, progress: Progress = ignore_progress) -> list[CueFigures]:
    """Measure every planted cause of a study of painted pictures.

    Parameters
    ----------
    study
        Study of painted pictures, test split.
    settings
        Settings of the explanations. Stored ones cost nothing.
    progress
        Called after every explained mistake.

    Raises
    ------
    StudyRefused
        If the study's pictures are not painted ones.
    """
    bench = _Bench(study, causes_of(study), study.open_runtime(), settings)
    work = [(cause, planted_mistakes(study, bench.causes, cause)) for cause in CAUSES]
    planned = sum(len(ids) for cause, ids in work if not CUES[cause.cue].whole_picture)
    done = 0
    figures = []
    for cause, ids in work:
        shares = []
        for image_id in ids if not CUES[cause.cue].whole_picture else ():
            shares.append(_evidence(bench, image_id, cause))
            progress(done := done + 1, planned)
        figures.append(_figures(bench, cause, ids, np.array(shares).reshape(-1, 2)))
    return figures


@dataclass(frozen=True, slots=True)
class _Bench:
    study: Study
    causes: pd.DataFrame
    runtime: Runtime
    settings: ExplainSettings


def causes_of(study: Study) -> pd.DataFrame:
    """Read the table of causes, one row per picture, indexed by image id.

    `paint_dataset.causes_table` describes its columns.

    Raises
    ------
    StudyRefused
        If the study's pictures are not painted ones.
    """
    file = study.data.root / TABLE
    if not file.is_file():
        raise StudyRefused(
            deferred(
                "The pictures of the study {study} have no planted causes: {file} is missing.",
                study=study.name,
                file=file,
            ),
            deferred("Use the demo's study, which `python -m xai_core demo prepare` creates."),
        )
    return _read_causes(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read_causes(file: Path, _modified_ns: int) -> pd.DataFrame:
    """Read a table of causes, once for all stories."""
    return pd.read_parquet(file).set_index("image_id")


def planted_mistakes(study: Study, causes: pd.DataFrame, cause: Cause) -> tuple[str, ...]:
    """Return the mistakes of a cause's pair that carry its cue, the most confident first."""
    found = mistakes(study.table, cause.truth, cause.guess)["image_id"]
    return tuple(image_id for image_id in found if causes.loc[image_id, "cue"] == cause.cue)


def region_masks(study: Study, image_id: str) -> dict[str, NDArray[np.bool_]]:
    """Return the painted regions of a picture as the model sees it.

    Returns
    -------
    (H, W) bool of the model's input for each name of `palette.REGIONS`; each pixel belongs to exactly one.

    Raises
    ------
    PictureUnreadable
        If the picture's mask is missing or damaged.
    """
    try:
        painted = paint_dataset.read_mask(study.data.root / "masks" / f"{image_id}.png")
    except OSError as fault:
        raise PictureUnreadable(image_id, mark("the mask that was painted with it is missing or damaged")) from fault
    return _seen_masks(painted, study.spec)


def _seen_masks(painted: NDArray[np.uint8], spec: ModelSpec) -> dict[str, NDArray[np.bool_]]:
    # Each region goes through the same resize and crop as the picture. Where several share a pixel, the one that covers
    # most of it wins, so that the regions stay a partition of the picture.
    cover = [_as_seen((painted == value).astype(np.uint8) * 255, spec) for value in range(len(palette.REGIONS))]
    largest = np.argmax(np.stack(cover), axis=0)
    return {name: largest == value for value, name in enumerate(palette.REGIONS)}


def _as_seen(grey: NDArray[np.uint8], spec: ModelSpec) -> NDArray[np.uint8]:
    return preprocess.view(Image.fromarray(grey).convert("RGB"), spec)[..., 0]


def _evidence(bench: _Bench, image_id: str, cause: Cause) -> tuple[float, float]:
    """Return the shares of the area and of the positive contrast that lie on the cue."""
    study = bench.study
    question = study.question(image_id, bench.settings, bench.runtime, ExplanationStore(study.explanations))
    explanation, _ = explain(question, progress=ignore_progress)
    cue = region_masks(study, image_id)["planted cue"]
    return float(cue.mean()), share_in(explanation.contrast(cause.guess, cause.truth), cue)


def _figures(bench: _Bench, cause: Cause, wrong: Sequence[str], shares: NDArray[np.float64]) -> CueFigures:
    seen = readable(bench.study.table)
    of_truth = seen[seen["truth"] == cause.truth]
    carries = bench.causes.loc[of_truth["image_id"], "cue"].to_numpy() == cause.cue
    right = of_truth["image_id"][~carries & (of_truth["guess"] == cause.truth).to_numpy()]
    mended = _guesses(bench.runtime, repainted(bench.causes, wrong, without_cue=True))
    spoilt = _guesses(bench.runtime, repainted(bench.causes, right, with_cue=cause.cue))
    whole = CUES[cause.cue].whole_picture
    # Coloured light covers the whole picture, so that its share of the evidence says nothing.
    area, evidence = shares.mean(axis=0) if len(shares) else (1.0 if whole else np.nan, np.nan)
    return CueFigures(
        cue=cause.cue,
        truth=cause.truth,
        guess=cause.guess,
        shown=int(carries.sum()),
        mistakes=len(wrong),
        fixed_share=_share(guess == cause.truth for guess in mended),
        cue_free=len(right),
        broken_share=_share(guess != cause.truth for guess in spoilt),
        area_share=float(area),
        evidence_share=float(evidence),
        contrast_over_area=float(evidence / area) if area else float("nan"),
    )


def _share(outcomes: Iterable[bool]) -> float:
    return float(np.mean(known)) if (known := list(outcomes)) else float("nan")


def repainted(
    causes: pd.DataFrame, image_ids: Iterable[str], *, without_cue: bool = False, with_cue: str | None = None
) -> Iterator[Image.Image]:
    """Paint pictures again with or without a cue, with the same JPEG compression.

    Parameters
    ----------
    causes
        Table of causes, from `causes_of`.
    image_ids
        Pictures to paint again.
    without_cue
        If True, leave out the planted cue.
    with_cue
        Name of a cue to paint in.
    """
    # One seed for all: `paint_dataset` does not mix two in a folder.
    seed = int(causes["seed"].to_numpy()[0])
    for image_id in image_ids:
        request = paint_dataset.request_of(image_id, seed)
        scene = painter.paint(
            request.dish,
            request.index,
            split=request.split,
            seed=request.seed,
            without_cue=without_cue,
            with_cue=with_cue,
        )
        yield Image.open(io.BytesIO(painter.encoded(scene.photo, scene.quality))).convert("RGB")


def _guesses(runtime: Runtime, photos: Iterable[Image.Image]) -> Iterator[str]:
    views = [preprocess.view(photo, runtime.spec) for photo in photos]
    for start in range(0, len(views), BATCH):
        inputs = preprocess.normalise(np.stack(views[start : start + BATCH]), runtime.spec)
        yield from (runtime.spec.labels[best] for best in runtime.logits(inputs).argmax(axis=1))
