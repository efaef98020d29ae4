"""Examination of a model's preprocessing on labelled pictures.

A wrong preprocessing cannot be seen in a file: a good model merely looks bad, and every map explains an artefact. The
examination runs the model on some labelled pictures with the likely other preprocessings and reports one that is
clearly better. It changes nothing by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xai_core.doctor.alternatives import Alternative, alternatives
from xai_core.doctor.comparison import Comparison
from xai_core.doctor.finding import Finding
from xai_core.doctor.screening import LabelledPictures, OpenResized, Screening
from xai_core.language import deferred
from xai_core.model.runtime import Runtime
from xai_core.model.spec_options import write_options
from xai_core.model.spec_parts import PARTS, Preprocessing
from xai_core.progress import Progress, ignore_progress

EXAMINED = 300
"""Pictures on which an alternative that still looks better is compared."""

LEVEL = 0.001
"""Level of both tests together, divided by the number of alternatives (Bonferroni)."""

MIN_GAIN = {
    "channels": 0.02,
    "value range": 0.02,
    "normalisation": 0.02,
    "resize": 0.04,
    "interpolation": 0.04,
    "size": 0.04,
}
"""Smallest gain in accuracy that is reported.

More of the picture or more pixels can help a model that was trained otherwise (H. Touvron et al., "Fixing the
train-test resolution discrepancy", NeurIPS 2019). So a gain by resizing is evidence for a fault only if it is larger.
"""

_FEWEST = 20


@dataclass(frozen=True, slots=True)
class Examination:
    """Result of an examination.

    Attributes
    ----------
    findings
        The best alternative in each respect that is clearly better than the given preprocessing.
    pictures
        Number of pictures that they were compared on.
    alternatives
        Number of alternatives considered.
    evaluations
        Forward passes.
    """

    findings: tuple[Finding, ...]
    pictures: int
    alternatives: int
    evaluations: int


def examine(
    runtime: Runtime,
    pictures: LabelledPictures,
    *,
    resized: OpenResized | None = None,
    progress: Progress = ignore_progress,
) -> Examination:
    """Compare the given preprocessing with its likely alternatives.

    A right preprocessing costs little. No alternative is tried that could not gain enough, the first one of those that
    resemble each other stands for them, and most are given up after a few pictures.

    Parameters
    ----------
    runtime
        The model with the given preprocessing.
    pictures
        Up to `EXAMINED` labelled pictures, in random order.
    resized
        Function that opens the model with another input size; None tries no other sizes.
    progress
        Called with the alternatives done and all of them.
    """
    others = alternatives(runtime.spec, other_sizes=resized is not None)
    number = len(pictures.truth)
    if number < _FEWEST:
        return Examination((), number, 0, 0)
    screening = Screening(runtime, pictures, resized)
    # An alternative gains at most what is wrong now.
    possible = [other for other in others if 1 - screening.accuracy >= MIN_GAIN[other.fault]]
    firsts, rest = _split_groups(possible)
    trials = screening.promising(firsts)
    groups = {trial.other.group for trial in trials}
    trials += screening.promising([other for other in rest if other.group in groups])
    progress(len(others) - len(trials), len(others))
    compared = screening.compare(trials)
    progress(len(others), len(others))
    clear = [(other, found) for other, found in compared if _is_clear(found, other, len(others))]
    return Examination(_findings(clear), number, len(others), screening.evaluations)


def _split_groups(others: list[Alternative]) -> tuple[list[Alternative], list[Alternative]]:
    """Return the first alternative of each group, and all others."""
    firsts: dict[str, Alternative] = {}
    rest = [other for other in others if firsts.setdefault(other.group, other) is not other]
    return list(firsts.values()), rest


def _is_clear(compared: Comparison, other: Alternative, tried: int) -> bool:
    least = MIN_GAIN[other.fault]
    # Both tests, because each is fooled by something: few pictures change their answer, or a few change much. An
    # alternative that makes the model blind may still be right by chance, if it then always gives a frequent class.
    return (
        compared.gain >= least
        and compared.other - compared.by_chance >= least * compared.pictures
        and compared.p_loss < LEVEL / tried
        and compared.p_right < 50 * LEVEL / tried
    )


def _findings(clear: list[tuple[Alternative, Comparison]]) -> tuple[Finding, ...]:
    """Return a finding for the best alternative of each respect, the best one first."""
    best: dict[str, tuple[Alternative, Comparison]] = {}
    for other, compared in sorted(clear, key=lambda found: (-found[1].other, found[1].p_loss)):
        # Two normalisations are two answers to one question.
        respect = "normalisation" if other.fault == "value range" else other.fault
        best.setdefault(respect, (other, compared))
    largest = max((compared.gain for _, compared in best.values()), default=0.0)
    # One fault makes a model weak in every respect, and anything that disturbs it less then looks like a cure.
    return tuple(_finding(other, compared) for other, compared in best.values() if compared.gain > largest / 2)


def _finding(other: Alternative, compared: Comparison) -> Finding:
    given, better = compared.given / compared.pictures, compared.other / compared.pictures
    p_value = "p < 0.001" if compared.p_right < 0.001 else f"p = {compared.p_right:.3f}"
    return Finding(
        kind="preprocessing",
        fault=other.fault,
        sentence=deferred(
            "With {words}, {better:.0%} instead of {given:.0%} of {pictures} pictures are right ({p_value}).",
            words=other.words,
            better=better,
            given=given,
            pictures=compared.pictures,
            p_value=p_value,
        ),
        cure=deferred(
            "If the model was trained like that, create the study with {options}.", options=_options(other.settings)
        ),
        settings=other.settings,
    )


def _options(settings: Mapping[str, Any]) -> str:
    """Return the options of a command that say the same as fields of `ModelSpec`."""
    same = {name: value for name, value in settings.items() if name in PARTS}
    if settings.get("short_side") is not None:
        same["resize"] = settings["short_side"]
    elif "stretch" in settings and settings["stretch"] is None:
        same["resize"] = "stretch"
    return " ".join(f"--{name} {text}" for name, text in write_options(Preprocessing(**same)).items())
