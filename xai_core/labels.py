"""Class names: as words for people, and matched by name, never by position."""

import difflib
from collections.abc import Sequence

from xai_core.errors import NameUnknown


def words(name: str) -> str:
    """A class name as people write it.

    >>> words("pork_chop")
    'pork chop'
    """
    return name.replace("_", " ")


def close(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return up to three of `names` that look like `name`, the most similar first."""
    return tuple(difflib.get_close_matches(name, names, n=3, cutoff=0.6))


def index_of(name: str, labels: Sequence[str]) -> int:
    """Position of a class in the model's outputs.

    Raises
    ------
    NameUnknown
        If the model has no such class; the hint names similar ones.
    """
    try:
        return labels.index(name)
    except ValueError:
        raise NameUnknown("class", name, close(name, labels)) from None
