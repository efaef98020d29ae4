"""Map of the pictures of a study: their embeddings in two dimensions, computed once and kept in its folder."""

import importlib.util

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.confusions.neighbours import directions
from xai_core.errors import PackageMissing, StudyRefused
from xai_core.language import deferred
from xai_core.progress import Progress, ignore_progress
from xai_core.study.pictures.tables import read_table, write_table
from xai_core.study.study import Study

FILE = "map.parquet"
"""Name of the file in the study's folder."""

COLUMNS = ("image_id", "x", "y")
"""Columns of the table."""

DIMENSIONS = 50
"""Number of principal components that t-SNE starts from."""

SEED = 0

_VERSION = "map 1"
_PERPLEXITY = 30
_FEWEST = 10  # pictures; fewer have no neighbourhood to keep
_STEPS = 750  # of t-SNE: 250 with early exaggeration, then 500
_REPORTED_EVERY = 10


def stored_map(study: Study) -> pd.DataFrame | None:
    """Return the places of a study's pictures, row by row as in its table.

    Returns
    -------
    Columns `COLUMNS`; NaN for unreadable pictures. None if it has not been computed.
    """
    found = read_table(study.folder / FILE, version(study))
    if found is None or tuple(found.columns) != COLUMNS or list(found["image_id"]) != list(study.table["image_id"]):
        return None
    return found


def compute_map(study: Study, progress: Progress = ignore_progress) -> pd.DataFrame:
    """Compute the places of a study's pictures by t-SNE of their embeddings, and keep them.

    The same study gets the same map on every run: the seed is fixed, and one thread computes, because with several the
    order of sums and so the map would change.

    Parameters
    ----------
    study
        The study.
    progress
        Receives steps of the optimisation done and planned. An exception in it stops the run.

    Returns
    -------
    See `stored_map`.

    Raises
    ------
    PackageMissing
        If openTSNE is not installed.
    StudyRefused
        If the study has no embeddings.
    StoreRefused
        If the disk does not take the map.
    """
    known = stored_map(study)
    if known is not None:
        return known
    if study.embeddings is None:
        raise StudyRefused(
            deferred(
                "The study {study} has no embeddings: its model does not end in a linear layer that can be seen.",
                study=study.name,
            ),
            deferred("Choose a study of a model with a linear last layer, or export the model so that it ends in one."),
        )
    readable = (study.table["unreadable"] == "").to_numpy()
    places = np.full((len(readable), 2), np.nan, np.float32)
    places[readable] = _places(directions(study.embeddings[readable])[0], progress)
    found = pd.DataFrame({"image_id": study.table["image_id"].to_numpy(), "x": places[:, 0], "y": places[:, 1]})
    write_table(study.folder / FILE, found, version(study))
    return found


def _places(units: NDArray[np.float32], progress: Progress) -> NDArray[np.float32]:
    from sklearn.decomposition import PCA  # noqa: PLC0415 - takes a second

    count = min(DIMENSIONS, *units.shape)
    reduced = np.zeros((len(units), 2), np.float32)
    if count and float(units.std()) > 0:
        found = PCA(count, svd_solver="randomized", random_state=SEED).fit_transform(units)
        reduced = np.pad(found, ((0, 0), (0, max(0, 2 - count))))
    # Equal embeddings have no distances that t-SNE could keep.
    if len(units) < _FEWEST or not float(reduced.std()) > 0:
        return np.asarray(reduced[:, :2], np.float32)
    if importlib.util.find_spec("openTSNE") is None:
        raise PackageMissing("openTSNE", deferred("The map of the pictures"), "map")
    from openTSNE import TSNE  # noqa: PLC0415 - takes a second

    done = 0

    def report(_step: int, _error: float, _places: object) -> bool:
        nonlocal done
        done += _REPORTED_EVERY  # the step that is told starts anew in the second phase
        progress(min(done, _STEPS), _STEPS)
        return False

    progress(0, _STEPS)
    tsne = TSNE(
        perplexity=min(_PERPLEXITY, (len(units) - 1) / 3),
        random_state=SEED,
        n_jobs=1,
        callbacks=report,
        callbacks_every_iters=_REPORTED_EVERY,
    )
    return np.asarray(tsne.fit(reduced), np.float32)


def version(study: Study) -> str:
    """Return the version of the map with the pictures that it was made of."""
    return f"{_VERSION} {study.created} {study.model_id}"
