"""Cures by name, fitted on one part of the pictures and judged on the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xai_core.errors import SettingRefused
from xai_core.labels import index_of
from xai_core.language import mark
from xai_core.repair.fitting.calibration import fit_offsets, fit_temperature
from xai_core.repair.fitting.layer_change import LayerChange
from xai_core.repair.fitting.refit import Refit, refit_last_layer
from xai_core.repair.trials.division import Division
from xai_core.repair.trials.outcome import Outcome, judge

CURES: Mapping[str, str] = {
    "refit": mark("fit the last layer again, with classes and groups balanced"),
    "temperature": mark("divide all logits by one number, so that confidence fits accuracy"),
    "offsets": mark("add one number to the logit of each class (logit adjustment)"),
}
"""Cures with what they do."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Cure that was fitted on some pictures and judged on others.

    Attributes
    ----------
    cure
        One of `CURES`.
    change
        Change of the last layer.
    outcome
        What it does to the held-back pictures.
    refit
        Details of a refit; None for the other cures.
    fitted_on
        Number of pictures that it was fitted on.
    """

    cure: str
    change: LayerChange
    outcome: Outcome
    refit: Refit | None
    fitted_on: int

    def record(self) -> dict[str, object]:
        """Return what was done and what it did, as plain JSON values for the model's file."""
        outcome = self.outcome
        return {
            "cure": self.cure,
            "pair": [outcome.truth, outcome.guess],
            "fitted_on": self.fitted_on,
            "strength": None if self.refit is None else self.refit.strength,
            "held_back": {"pair": outcome.pair.to_json(), "right": outcome.changes.right.to_json()},
        }


def try_cure(
    cure: str,
    division: Division,
    labels: Sequence[str],
    pair: tuple[str, str],
    *,
    anchor: str = "own",
    strength: float | None = None,
    seed: int = 0,
) -> Trial:
    """Fit a cure on the repair set of a division and judge it on the pictures held back.

    The fit sees nothing of the pictures that judge it, neither their embeddings nor their classes.

    Parameters
    ----------
    cure
        One of `CURES`.
    division
        The pictures.
    labels
        Class names in the order of the logits.
    pair
        Truth and guess that the cure is for.
    anchor, strength, seed
        See `refit_last_layer`.

    Raises
    ------
    SettingRefused
        If there is no such cure, or a setting of it is out of range.
    StudyRefused
        If the repair set is too small.
    NameUnknown
        If the model has no class of the pair.
    """
    if cure not in CURES:
        raise SettingRefused("cure", repr(cure), ", ".join(CURES))
    focus = [index_of(label, tuple(labels)) for label in pair]
    refit = None
    if cure == "refit":
        refit = refit_last_layer(division.fitted_on, focus=focus, anchor=anchor, strength=strength, seed=seed)
        change = refit.change
    else:
        change = (fit_temperature if cure == "temperature" else fit_offsets)(division.fitted_on)
    return Trial(cure, change, judge(division, change, labels, pair), refit, len(division.fitted_on))
