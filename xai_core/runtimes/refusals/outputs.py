"""Errors about the outputs of a model and their labels."""

from collections.abc import Sequence

from xai_core.errors import ModelRefused
from xai_core.language import deferred


def wrong_count(source: str, outputs: int, labels: int) -> ModelRefused:
    """Return the error for a model with another number of outputs than there are labels."""
    return ModelRefused(
        deferred(
            "{source} has {outputs:d} outputs, but there are {labels:d} labels.",
            source=source,
            outputs=outputs,
            labels=labels,
        ),
        names_wanted(outputs),
        "labels",
    )


def names_wanted(outputs: int) -> str:
    """Return the advice to name the outputs."""
    return deferred("Give a file of {number:d} class names, one per line, in the order of the outputs.", number=outputs)


def one_number(source: str) -> ModelRefused:
    """Return the error for a model with one output of unknown meaning."""
    return ModelRefused(
        deferred(
            "{source} returns one number for each picture, and nothing shows that it tells two classes apart.",
            source=source,
        ),
        deferred("Give the two class names, the one that a low number means first."),
        "labels",
    )


def several_labels(source: str, labels: int | None, before: str) -> ModelRefused:
    """Return the error for a graph that gives each label a probability of its own, made of the tensor `before`."""
    return ModelRefused(
        deferred(
            "{source} gives each of its {number:d} labels a probability apart (a sigmoid each), so that a picture may "
            "have several labels or none; this tool explains classifiers that choose one class.",
            source=source,
            number=labels,
        )
        if labels
        else deferred(
            "{source} gives each of its labels a probability apart (a sigmoid each), so that a picture may have "
            "several labels or none; this tool explains classifiers that choose one class.",
            source=source,
        ),
        deferred(
            "If each picture has exactly one, choose the output {output}, the values before the sigmoids.",
            output=before,
        ),
        "output",
    )


def no_output(source: str, labels: int | None, outputs: str) -> ModelRefused:
    """Return the error for a graph none of whose outputs, which are described, holds a number for each label."""
    if labels is None:
        return ModelRefused(
            deferred(
                "{source} has no output with one number for each label. It returns {outputs}; expected one of shape "
                "(n, labels).",
                source=source,
                outputs=outputs,
            )
        )
    return ModelRefused(
        deferred(
            "{source} has no output with one number for each of {labels:d} labels. It returns {outputs}; expected one "
            "of shape (n, {labels:d}).",
            source=source,
            labels=labels,
            outputs=outputs,
        ),
        deferred("Give the right labels, or export the classifier with its logits as output."),
    )


def other_order(file: str, own: Sequence[str], place: str, given: Sequence[str], origin: str) -> ModelRefused:
    """Return the error for given labels that are those of the file in another order."""
    position = next(index for index, (one, other) in enumerate(zip(own, given, strict=True)) if one != other)
    return ModelRefused(
        deferred(
            "{file} names its outputs in {place}, in another order than {given}: output {output:d} is {name!r} there "
            "and {other!r} here.",
            file=file,
            place=place,
            given=origin,
            output=position,
            name=own[position],
            other=given[position],
        ),
        deferred("Leave the labels out: the file knows the order of its outputs."),
        "labels",
    )
