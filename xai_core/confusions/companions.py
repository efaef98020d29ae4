"""Correctly classified pictures to lay beside a mistake."""

from collections.abc import Sequence
from itertools import chain, zip_longest

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xai_core.confusions.confusion import readable
from xai_core.errors import NameUnknown, SettingRefused


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
        A study's table of guesses; its row numbers are the rows of `embeddings`.
    embeddings : (N, D) float16, or None
        Outputs of the model's penultimate layer; None where the model does not expose it.
    image_id
        The picture they are compared with; never among the companions.
    of_class
        Truth and guess of the companions.
    count
        How many at most.
    by
        `nearest` by the angle between embeddings, `confident` by the probability of the class. Without embeddings
        `nearest` falls back to `confident`.

    Returns
    -------
    Image ids, the best first; fewer than `count` where the class has no more, ties by image id.

    Raises
    ------
    NameUnknown
        If the study has no such picture.
    SettingRefused
        If `by` is neither of the two.
    """
    if by not in {"nearest", "confident"}:
        raise SettingRefused("order of companions", repr(by), "nearest or confident")
    own = table.index[table["image_id"] == image_id]
    if own.empty:
        raise NameUnknown("picture", image_id)
    seen = readable(table)
    right = seen[(seen["truth"] == of_class) & (seen["guess"] == of_class) & (seen["image_id"] != image_id)]
    if by == "nearest" and embeddings is not None:
        score = cosines(embeddings, int(own[0]), right.index.to_numpy())
    else:
        score = right["p_guess"].to_numpy(np.float64)
    best = np.lexsort((right["image_id"].to_numpy(str), -score))[:count]
    return tuple(right["image_id"].iloc[best])


def shared_out(of_classes: Sequence[Sequence[str]], count: int) -> tuple[str, ...]:
    """Share the places beside a mistake out among the companions of several classes.

    Parameters
    ----------
    of_classes
        Image ids, a sequence a class, the best first.
    count
        Places there are.

    Returns
    -------
    Image ids, class by class: so many of each that the classes differ by one at most, the first having more; where
    one has too few, the others take its places.

    >>> shared_out([["a", "b", "c"], ["y", "z"]], 3)
    ('a', 'b', 'y')
    """
    turns = [each for each in chain.from_iterable(zip_longest(*of_classes)) if each is not None]
    placed = set(turns[:count])
    return tuple(each for of_class in of_classes for each in of_class if each in placed)


def cosines(embeddings: NDArray[np.float16], row: int, others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Cosine of the angle between one embedding and others; 0 where either has no length.

    Parameters
    ----------
    embeddings : (N, D) float16
    row
        The one.
    others : (K,) int64
        Rows of the others.

    Returns
    -------
    (K,) float64
    """
    one = np.asarray(embeddings[row], np.float64)
    rest = np.asarray(embeddings[others], np.float64)
    lengths = np.linalg.norm(rest, axis=1) * np.linalg.norm(one)
    cosine: NDArray[np.float64] = np.divide(rest @ one, lengths, out=np.zeros(len(others)), where=lengths > 0)
    return cosine
