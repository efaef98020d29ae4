"""Labels and specs from the files that a user gives beside a model file."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.label_list import files as label_files
from xai_core.model.spec import ModelSpec, validate_labels
from xai_core.model.spec_checks import check_spec

SPEC_KEY = "spec"
"""Key in the metadata of a .safetensors header that holds the spec, as JSON text."""


def read_labels(labels: Path | Sequence[str] | None) -> tuple[str, ...] | None:
    """Return class names from a sequence, or from a file in any form that `label_list.files` reads.

    Raises
    ------
    ModelRefused
        If the file cannot be read, or the names are not distinct.
    """
    if labels is None:
        return None
    if not isinstance(labels, Path):
        return validate_labels(labels, deferred("the given list"))
    return label_files.read_labels(labels)


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
        own = ModelSpec.from_json(_read_text(given), given.name, labels=labels)
        check_spec(own, deferred("the spec in {file}", file=given.name))
    elif isinstance(given, str):
        own = ModelSpec.from_json(given, deferred("the header of {file}", file=model.name), labels=labels)
    else:
        own = given
    if labels is None or labels == own.labels:
        return own
    # The same names in another order are hardly a wish to rename: every map would carry another class's name.
    if set(labels) == set(own.labels):
        raise ModelRefused(
            deferred(
                "The given labels name the classes of {file} in another order than its spec does.", file=model.name
            ),
            deferred("Leave the labels out: the spec has the labels in the right order."),
            "labels",
        )
    return replace(own, labels=labels)


def _read_text(path: Path) -> str:
    try:
        # utf-8-sig: editors on Windows put a byte-order mark before the first label.
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise ModelRefused(
            deferred("The spec {path} cannot be read: {reason}.", path=path, reason=str(fault)),
            deferred("Check the path."),
        ) from fault
