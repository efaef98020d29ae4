"""Companions of a mistake, which are correctly classified pictures to compare it with."""

from collections.abc import Sequence
from itertools import chain, zip_longest

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.confusions.confusion import readable
from xai_core.errors import NameUnknown, SettingRefused
from xai_core.language import deferred, mark


def companions(
    table: pd.DataFrame,
    embeddings: NDArray[np.float16] | None,
    image_id: str,
    of_class: str,
    *,
    count: int,
    by: str = "nearest",
) -> tuple[str, ...]:
    """Choose correctly classified pictures of a class to compare one picture with.

    Parameters
    ----------
    table
        A study's table of guesses. Its row numbers are the rows of `embeddings`.
    embeddings : (N, D) float16, or None
        Outputs of the model's penultimate layer; None if the model does not expose it.
    image_id
        The picture that they are compared with. It is never among the companions.
    of_class
        Truth and guess of the companions.
    count
        Largest number of companions.
    by
        `nearest` ranks by the angle between embeddings, `confident` by the probability of the class. Without embeddings
        `nearest` falls back to `confident`.

    Returns
    -------
    Image ids, the best first, ties by image id. There are fewer than `count` if the class has no more.

    Raises
    ------
    NameUnknown
        If the study has no such picture.
    SettingRefused
        If `by` is neither of the two.
    """
    if by not in {"nearest", "confident"}:
        raise SettingRefused(deferred("order of companions"), repr(by), deferred("nearest or confident"))
    own = table.index[table["image_id"] == image_id]
    if own.empty:
        raise NameUnknown(mark("picture"), image_id)
    seen = readable(table)
    right = seen[(seen["truth"] == of_class) & (seen["guess"] == of_class) & (seen["image_id"] != image_id)]
    if by == "nearest" and embeddings is not None:
        score = cosine_similarities(embeddings, int(own[0]), right.index.to_numpy())
    else:
        score = right["p_guess"].to_numpy(np.float64)
    best = np.lexsort((right["image_id"].to_numpy(str), -score))[:count]
    return tuple(right["image_id"].iloc[best])


def companions_of_embedding(
    table: pd.DataFrame, embeddings: NDArray[np.float16] | None, own: NDArray[np.float32] | None, of_class: str
) -> tuple[str, ...]:
    """Order the correctly classified pictures of a class by their likeness to a picture outside of the study.

    Parameters
    ----------
    table, embeddings
        See `companions`.
    own : (D,) float32, or None
        Embedding of the picture; None if the model does not expose it.
    of_class
        Truth and guess of the companions.

    Returns
    -------
    Image ids, the nearest first, ties by image id. Without embeddings the most confident come first.
    """
    seen = readable(table)
    right = seen[(seen["truth"] == of_class) & (seen["guess"] == of_class)]
    if embeddings is None or own is None:
        score = right["p_guess"].to_numpy(np.float64)
    else:
        both = np.concatenate([np.asarray(own, np.float64)[None], np.asarray(embeddings[right.index], np.float64)])
        score = cosine_similarities(both, 0, np.arange(1, len(both)))
    return tuple(right["image_id"].iloc[np.lexsort((right["image_id"].to_numpy(str), -score))])


def divide_among_classes(of_classes: Sequence[Sequence[str]], count: int) -> tuple[str, ...]:
    """Choose companions from several classes, as evenly as their numbers allow.

    Parameters
    ----------
    of_classes
        Image ids of each class, the best first.
    count
        Number of companions in all.

    Returns
    -------
    Image ids, class by class. The numbers of the classes differ by at most one, and the first classes have more. If a
    class has too few pictures, the others fill up.

    >>> divide_among_classes([["a", "b", "c"], ["y", "z"]], 3)
    ('a', 'b', 'y')
    """
    in_turns = [image_id for image_id in chain.from_iterable(zip_longest(*of_classes)) if image_id is not None]
    chosen = set(in_turns[:count])
    return tuple(image_id for image_id in chain.from_iterable(of_classes) if image_id in chosen)


def cosine_similarities(embeddings: NDArray[np.floating], row: int, others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the cosine of the angle between one embedding and others.

    It is 0 if either embedding has no length.

    Parameters
    ----------
    embeddings : (N, D) floats
    row
        Row of the one embedding.
    others : (K,) int64
        Rows of the others.

    Returns
    -------
    (K,) float64
    """
    # float64, because squares of float16 embeddings overflow at 256.
    one = np.asarray(embeddings[row], np.float64)
    rest = np.asarray(embeddings[others], np.float64)
    lengths = np.linalg.norm(rest, axis=1) * np.linalg.norm(one)
    cosine: NDArray[np.float64] = np.divide(rest @ one, lengths, out=np.zeros(len(others)), where=lengths > 0)
    return cosine
