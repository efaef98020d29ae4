"""Labels and specs from the files that a user gives beside a model file."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xai_core.errors import ModelRefused
from xai_core.model.spec import ModelSpec, validate_labels


def read_labels(labels: Path | Sequence[str] | None) -> tuple[str, ...] | None:
    """Return class names from a sequence, or from a file with one name per line or a JSON list.

    Raises
    ------
    ModelRefused
        If the file cannot be read, or the names are not distinct.
    """
    if labels is None:
        return None
    if not isinstance(labels, Path):
        return validate_labels(labels, "the given list")
    text = _read_text(labels, "file of labels")
    if text.lstrip().startswith("["):
        try:
            return validate_labels(json.loads(text), labels.name)
        except ValueError as fault:
            raise ModelRefused(f"{labels.name} is not a JSON list: {fault}.") from fault
    return validate_labels([line.strip() for line in text.splitlines() if line.strip()], labels.name)


def read_spec(
    given: Path | ModelSpec | str | None, model: Path, labels: tuple[str, ...] | None = None
) -> ModelSpec | None:
    """Return a spec from a file, an object or JSON text, with other labels if they are given.

    Parameters
    ----------
    given
        JSON file, spec or JSON text; None returns None.
    model
        The model file, for messages.
    labels
        Class names that replace those of the spec.

    Raises
    ------
    ModelRefused
        If the spec is wrong, or the labels are those of the spec in another order.
    """
    if given is None:
        return None
    if isinstance(given, Path):
        own = ModelSpec.from_json(_read_text(given, "spec"), given.name, labels=labels)
    elif isinstance(given, str):
        own = ModelSpec.from_json(given, f"the header of {model.name}", labels=labels)
    else:
        own = given
    if labels is None or labels == own.labels:
        return own
    # The same names in another order are hardly a wish to rename: every map would carry another class's name.
    if set(labels) == set(own.labels):
        raise ModelRefused(
            f"The given labels name the classes of {model.name} in another order than its spec does.",
            "Leave the labels out: the spec knows the order of the outputs.",
            "labels",
        )
    return replace(own, labels=labels)


def _read_text(path: Path, what: str) -> str:
    try:
        # utf-8-sig: editors on Windows put a byte-order mark before the first label.
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise ModelRefused(f"The {what} {path} cannot be read: {fault}.", "Check the path.") from fault
