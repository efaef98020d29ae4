"""Class names, written for people and looked up by name."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from xai_core.errors import NameAmbiguous, NameUnknown
from xai_core.language import class_words, deferred, mark


def words(name: str) -> str:
    """Return a class name as people write it, in the reader's language where the class has a name there.

    >>> words("pork_chop")
    'pork chop'
    """
    return class_words(name) or name.replace("_", " ")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the classes of a list in the order in which a model numbers them: as texts, but numbers by their value.

    >>> in_order(["ravioli", "pizza"]), in_order(["10", "2", "0"])
    (('pizza', 'ravioli'), ('0', '2', '10'))
    """
    found = set(names)
    by_value = all(name.isascii() and name.isdecimal() for name in found)
    return tuple(sorted(found, key=lambda name: (int(name), name))) if by_value else tuple(sorted(found))


def level(name: str) -> str:
    """Return a class name without case, spaces, hyphens and underscores.

    >>> level("Pork Chop") == level("pork_chop") == level("porkchop")
    True
    """
    # Folders that a Mac has written are in another Unicode form than lists that were typed.
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", name)).casefold()


def match_names(names: Iterable[str], labels: Sequence[str]) -> Mapping[str, str]:
    """Return the label of each name that has one, by the name.

    A label with exactly this name is taken first. Otherwise case, spaces, hyphens and underscores do not matter.

    Parameters
    ----------
    names
        Class names of a data set.
    labels
        Class names of a model.

    Raises
    ------
    NameAmbiguous
        If two labels fit a name, or two names fit a label. The message quotes both.
    """
    exact, levelled = set(labels), dict[str, list[str]]()
    for label in labels:
        levelled.setdefault(level(label), []).append(label)
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        fitting = [name] if name in exact else levelled.get(level(name), [])
        if len(fitting) > 1:
            raise NameAmbiguous(
                deferred(
                    "The class {name!r} fits two labels of the model, {first!r} and {second!r}.",
                    name=name,
                    first=fitting[0],
                    second=fitting[1],
                )
            )
        if fitting:
            found[name] = fitting[0]
    owner: dict[str, str] = {}
    for name, label in found.items():
        if label in owner:
            raise NameAmbiguous(
                deferred(
                    "Two classes, {first!r} and {second!r}, fit the label {label!r} of the model.",
                    first=owner[label],
                    second=name,
                    label=label,
                )
            )
        owner[label] = name
    return found


def close(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return up to three of `names` that are similar to `name`, the most similar first."""
    return tuple(difflib.get_close_matches(name, names, n=3, cutoff=0.6))


def index_of(name: str, labels: Sequence[str]) -> int:
    """Return the index of a class in the model's outputs.

    Raises
    ------
    NameUnknown
        If the model has no such class; the hint names similar ones.
    """
    try:
        return labels.index(name)
    except ValueError:
        # A notebook may pass a number or None.
        if not isinstance(name, str):
            hint = deferred("Give the name of a class, such as {name!r}.", name=labels[0])
            raise NameUnknown(mark("class"), name, hint=hint) from None
        raise NameUnknown(mark("class"), name, close(name, labels)) from None
