"""Settings of an explanation.

They hold what a map depends on besides model and picture, and nothing else. Stored explanations are named by them.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from xai_core.errors import SettingRefused
from xai_core.language import deferred
from xai_core.settings.checked_values import finite_number, names, one_of, whole_number
from xai_core.settings.engine_table import DEFAULT_ENGINE, ENGINES
from xai_core.settings.mask_table import MASKS

RECIPE_ENGINE = "partition"

# The source recipe: side of its box blur in pixels, number of outputs that it explains and whose changes choose what to
# divide next, batch_size.
RECIPE_BLUR_PX, RECIPE_STEER_TOP, RECIPE_WIDTH = 128, 4, 50

USUAL_EVALUATIONS = 300
"""Evaluations of one explanation unless another number is chosen, on pages, in commands and in the Python API."""

MANY_EVALUATIONS = 100
"""Evaluations of each explanation where many are compared. docs/faithfulness.md says how good such maps are."""

_ADDED_LATER = ("colour", "steer_labels", "settle", "seed")
"""Settings that older keys lack. At their defaults they are left out, so that older answers are still found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainSettings:
    """Settings of one explanation.

    The defaults are those of the source recipe, except for `evaluations`: 1000 is what the pages call standard. The
    recipe takes 10,000. The recipe has neither `settle` nor `seed`: by default a search never stops early, and random
    coalitions are those of seed 0. Pages, commands and the Python API start from `fitting`, with the engine
    `DEFAULT_ENGINE`.

    Attributes
    ----------
    engine
        Name of an entry of `ENGINES`.
    mask
        Name of an entry of `MASKS`. `blur` is a box blur as in shap's `blur(k,k)`, `gaussian` a Gaussian blur of the
        same standard deviation. `inpaint_telea` and `inpaint_ns` continue the shown pixels into the hidden ones, which
        is slow because every masked picture is filled anew. `mean` is the mean colour of the picture, `colour` a given
        colour.
    blur_px
        Side of the square box blur, in pixels of the model's input. Masks that do not blur ignore it.
    colour
        Red, green and blue, 0 to 255, for the mask `colour`.
    evaluations
        Number of forward passes of masked pictures, with the fully hidden and the fully shown picture (shap's
        `max_evals`).
    steer_top
        Number of most probable labels whose logits steer the search: it goes where they change most. (shap explains
        its top `outputs` and is steered by them.) The labels that are displayed are chosen elsewhere and change no map.
    steer_labels
        Names of further labels that steer, such as the truth. With them `steer_top` may be 0.
    search_width
        Evaluations between two looks at the queue of the search (shap's `batch_size`).
    settle
        Share of the initial `work_left` at which the search stops before `evaluations` are spent, such as 0.05. With 0
        it never stops early. docs/benchmarks.md has the figures.
    seed
        Seed of the random coalitions of engines that use one (`Engine.uses_seed`).
    """

    engine: str = RECIPE_ENGINE
    mask: str = "blur"
    blur_px: int = RECIPE_BLUR_PX
    colour: tuple[int, int, int] | None = None
    evaluations: int = 1000
    steer_top: int = RECIPE_STEER_TOP
    steer_labels: tuple[str, ...] = ()
    search_width: int = RECIPE_WIDTH
    settle: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        # Values of numpy become those of Python, because a key is made from JSON. A list would make equal settings
        # unequal and unhashable, and JSON has no tuples.
        steer_labels = names("steer_labels", self.steer_labels, deferred("a list of labels"))
        checked = {
            "engine": one_of("engine", self.engine, ENGINES),
            "mask": one_of("mask", self.mask, MASKS),
            "blur_px": whole_number("blur_px", self.blur_px, deferred("at least 1 pixel, a whole number"), least=1),
            "colour": None if self.colour is None else _checked_colour(self.colour),
            "evaluations": whole_number(
                "evaluations", self.evaluations, deferred("at least 2 (all hidden, all shown), a whole number"), least=2
            ),
            "steer_top": whole_number(
                "steer_top",
                self.steer_top,
                deferred("at least 1 label, a whole number"),
                least=0 if steer_labels else 1,
            ),
            "steer_labels": steer_labels,
            "search_width": whole_number(
                "search_width", self.search_width, deferred("at least 1 evaluation, a whole number"), least=1
            ),
            "settle": _checked_share(self.settle),
            "seed": whole_number("seed", self.seed, deferred("a whole number of at least 0"), least=0),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        takes_colour = MASKS[self.mask].takes_colour
        if takes_colour != (self.colour is not None):
            found = deferred("not given") if takes_colour else self.colour
            expected = deferred("three whole numbers from 0 to 255 with the mask colour, and none with any other")
            raise SettingRefused("colour", found, expected)

    @classmethod
    def fitting(
        cls,
        input_size: tuple[int, int],
        labels: int,
        *,
        evaluations: int,
        blur_px: int | None = None,
        steer_top: int | None = None,
        search_width: int = RECIPE_WIDTH,
    ) -> "ExplainSettings":
        """Return the usual settings: the recipe's, by `DEFAULT_ENGINE`, with less blur and steering where little fits.

        Parameters
        ----------
        input_size
            Height and width of the model's input in pixels.
        labels
            Number of the model's outputs.
        evaluations, blur_px, steer_top, search_width
            Values of these settings; None takes the recipe's value, limited to what fits the model.
        """
        return cls(
            engine=DEFAULT_ENGINE,
            evaluations=evaluations,
            blur_px=min(RECIPE_BLUR_PX, *input_size) if blur_px is None else blur_px,
            steer_top=min(RECIPE_STEER_TOP, labels) if steer_top is None else steer_top,
            search_width=search_width,
        )

    @classmethod
    def as_shap(cls, *, max_evals: int, blur: int, outputs: int, batch_size: int) -> "ExplainSettings":
        """Return settings that give the numbers of `shap.PartitionExplainer`, from its own arguments.

        Parameters
        ----------
        max_evals, batch_size
            Arguments of the explainer.
        blur
            k of the masker `blur(k,k)`.
        outputs
            k of `shap.Explanation.argsort.flip[:k]`.
        """
        return cls(evaluations=max_evals, blur_px=blur, steer_top=outputs, search_width=batch_size)

    def by_engine(self, engine: str, seed: int) -> "ExplainSettings":
        """Return these settings with another engine and its seed.

        The seed becomes 0 for an engine that samples nothing: its map does not depend on the seed, and must be stored
        under one key.

        Raises
        ------
        SettingRefused
            If there is no such engine, or the seed is negative.
        """
        chosen = replace(self, engine=engine, seed=seed)
        return chosen if ENGINES[engine].uses_seed else replace(chosen, seed=0)

    def for_companions(self) -> "ExplainSettings":
        """Return the settings for correct pictures beside a mistake with these settings.

        They get `MANY_EVALUATIONS` unless more than usual are asked for, and then as many as the mistake.
        """
        usual = self.evaluations <= USUAL_EVALUATIONS
        return replace(self, evaluations=min(self.evaluations, MANY_EVALUATIONS)) if usual else self

    @property
    def blurs(self) -> bool:
        """True if the mask is a blur, so that `blur_px` matters."""
        return MASKS[self.mask].blurs

    @property
    def inpaints(self) -> bool:
        """True if the fill of hidden pixels depends on which pixels are hidden."""
        return MASKS[self.mask].inpaints

    def check_against(self, input_size: tuple[int, int], labels: int | Collection[str]) -> None:
        """Refuse settings that do not fit the model.

        Parameters
        ----------
        input_size
            Height and width of the model's input in pixels.
        labels
            Names of the model's outputs, or their number.

        Raises
        ------
        SettingRefused
            If the blur is larger than the model's input, or if more labels or other labels steer than the model has.
        """
        if self.blurs and self.blur_px > min(input_size):
            expected = deferred("at most {side} pixels, the side of the model's input", side=min(input_size))
            raise SettingRefused("blur_px", self.blur_px, expected)
        count = labels if isinstance(labels, int) else len(labels)
        if self.steer_top > count:
            expected = deferred("at most {count}, the number of labels", count=count)
            raise SettingRefused("steer_top", self.steer_top, expected)
        unknown = () if isinstance(labels, int) else tuple(set(self.steer_labels) - set(labels))
        if unknown:
            raise SettingRefused("steer_labels", ", ".join(sorted(unknown)), deferred("labels that the model has"))

    def key(self, *, model_id: str, picture_hash: str, engine_version: int | None = None) -> str:
        """Return the name of the stored explanation, 32 hexadecimal digits and equal in every process.

        Parameters
        ----------
        model_id
            `Runtime.model_id`.
        picture_hash
            `question.picture_hash` of the picture's file.
        engine_version
            Version of the engine; None for the present one.
        """
        question: dict[str, Any] = asdict(self) | {
            "model": model_id,
            "picture": picture_hash,
            "version": ENGINES[self.engine].version if engine_version is None else engine_version,
        }
        unused = {name for name in _ADDED_LATER if not question[name]} | (set() if self.blurs else {"blur_px"})
        question = {name: value for name, value in question.items() if name not in unused}
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]


_COLOUR = deferred("three whole numbers from 0 to 255")


def _checked_colour(found: object) -> tuple[int, ...]:
    parts = tuple(found) if hasattr(found, "__iter__") and not isinstance(found, str) else ()
    if len(parts) != 3:
        raise SettingRefused("colour", repr(found), _COLOUR)
    try:
        colour = tuple(whole_number("colour", part, _COLOUR, least=0) for part in parts)
    except SettingRefused:
        raise SettingRefused("colour", found, _COLOUR) from None
    if max(colour) > 255:
        raise SettingRefused("colour", found, _COLOUR)
    return colour


def _checked_share(found: object) -> float:
    expected = deferred("a share from 0 (never stop early) to below 1")
    share = finite_number("settle", found, expected)
    if not 0 <= share < 1:
        raise SettingRefused("settle", found, expected)
    return share
