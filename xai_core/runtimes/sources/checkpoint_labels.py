"""Class names that training scripts store in a checkpoint."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.runtimes.sources.contents import find_values, plain_value

_KEYS = re.compile(
    r"(?i)class_?to_?idx|idx_?to_?class|class_?names?|classes|label_?names?|labels|categories|id2label|label2id|"
    r"idx2label|label2idx|idx2class|class2idx|target_?names?|vocab|name_?to_?idx|idx_?to_?name"
)


@dataclass(frozen=True, slots=True)
class FoundLabels:
    """Class names in the order of the outputs, and the keys that led to them."""

    names: tuple[str, ...]
    origin: str


def find_labels(content: object, outputs: int, source: str) -> tuple[FoundLabels | None, tuple[str, ...]]:
    """Return the class names in a checkpoint, and sentences about names that do not fit.

    Lists of names are read, and maps of names and numbers in either direction.

    Parameters
    ----------
    content
        The whole checkpoint.
    outputs
        Number of the network's outputs.
    source
        Name of the file, for messages.

    Raises
    ------
    ModelRefused
        If two places name the outputs differently.
    """
    fitting: list[FoundLabels] = []
    notes = []
    for key, value in find_values(content, _KEYS):
        names = read_names(value)
        if names is None:
            if _looks_like_names(value):
                notes.append(
                    deferred(
                        "{key} in {file} names classes, but not each output from 0 once: {names}. Not used.",
                        key=key,
                        file=source,
                        names=_beginning(value),
                    )
                )
            continue
        if len(names) == outputs:
            fitting.append(FoundLabels(names, key))
        else:
            notes.append(
                deferred(
                    "{key} in {file} names {number:d} classes, the network has {outputs:d} outputs: not used.",
                    key=key,
                    file=source,
                    number=len(names),
                    outputs=outputs,
                )
            )
    for other in fitting[1:]:
        if other.names != fitting[0].names:
            first = fitting[0]
            raise ModelRefused(
                deferred(
                    "{source} names its outputs in two ways: {key} begins with {names}, {other} with {others}.",
                    source=source,
                    key=first.origin,
                    names=_start(first.names),
                    other=other.origin,
                    others=_start(other.names),
                ),
                deferred("Give the labels in the order of the outputs."),
                "labels",
            )
    return (fitting[0] if fitting else None), tuple(notes if not fitting else ())


def read_names(value: object) -> tuple[str, ...] | None:
    """Return the class names of a list, or of a map of names and numbers, or None if it is neither."""
    value = plain_value(value)
    if isinstance(value, Mapping):
        return _names_of_map(value)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return None
    names = tuple(value)
    sound = names and all(isinstance(name, str) and name.strip() for name in names)
    return names if sound and len(set(names)) == len(names) else None


def _names_of_map(value: Mapping[object, object]) -> tuple[str, ...] | None:
    for pairs in (list(value.items()), [(number, name) for name, number in value.items()]):
        numbered = {_number(number): name for number, name in pairs}
        names = [numbered.get(index) for index in range(len(value))]
        if names and all(isinstance(name, str) and name.strip() for name in names) and len(set(names)) == len(names):
            return tuple(str(name) for name in names)
    return None


def _looks_like_names(value: object) -> bool:
    """Return True for a list of texts, and for a map between texts and numbers."""
    value = plain_value(value)
    if isinstance(value, Mapping):
        parts = [part for pair in value.items() for part in pair]
        return len(value) > 1 and all(isinstance(part, str | int) for part in parts)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return False
    return len(value) > 1 and all(isinstance(name, str) for name in value)


def _beginning(value: object) -> str:
    value = plain_value(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {held}" for key, held in list(value.items())[:3]) + ", ..."
    assert isinstance(value, Sequence)
    return ", ".join(map(str, value[:3])) + ", ..."


def _number(value: object) -> int | None:
    value = plain_value(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,7}", value) else None


def _start(names: Sequence[str]) -> str:
    return ", ".join(names[:3])
