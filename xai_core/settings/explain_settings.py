"""Settings of an explanation, and the tables of engines and masks that they choose from.

Settings hold what a map depends on besides model and picture, and nothing else. Stored explanations are named by them.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from xai_core.errors import SettingRefused

# The source recipe: side of its box blur in pixels, number of outputs that it explains and is steered by, batch_size.
RECIPE_BLUR_PX, RECIPE_STEER_TOP, RECIPE_WIDTH = 128, 4, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Entry of the table of engines.

    Attributes
    ----------
    title
        Name for people.
    meaning
        Definition of the values, in sentences for people.
    version
        Part of the key of stored answers. Raise it when the same settings give other numbers, or when the search asks
        for other coalitions: only what is stored of this engine is then computed again.
    estimates_errors
        True if the values have standard errors.
    uses_seed
        True if coalitions are sampled, so that `ExplainSettings.seed` changes the map.
    search
        Import path of the search, "module:class". It is called with the arguments of `engines.registry.new_search`.
    """

    title: str
    meaning: str
    version: int
    estimates_errors: bool
    uses_seed: bool
    search: str


# Import paths, not imports: settings lie below the engines, which import them. Tests resolve every path.
ENGINES = {
    "partition": Engine(
        title="SHAP's partition",
        meaning="Owen values, a kind of Shapley values, of rectangles: the picture is halved again and again, first "
        "where the logits change most. They sum to the logit of the picture minus that of the hidden picture.",
        version=1,
        estimates_errors=False,
        uses_seed=False,
        search="xai_core.engines.partition:PartitionSearch",
    ),
    "regions": Engine(
        title="Regions along edges",
        meaning="Least-squares values under fair-coin coalitions: regions are cut along the picture's edges, a fair "
        "coin shows or hides each of them, and a region's value is what the logit gains on average when it is shown. "
        "They are close to Banzhaf values, and are neither Owen nor Shapley values. They have standard errors, and "
        "sum to the logit of the picture minus that of the hidden picture.",
        version=2,
        estimates_errors=True,
        uses_seed=True,
        search="xai_core.engines.regions:RegionSearch",
    ),
}
"""Table of engines by name. A new engine is one entry here and one module in `engines`."""

DEFAULT_ENGINE = "partition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """Entry of the table of masks.

    Attributes
    ----------
    title
        Name for people, after "hidden regions are filled with".
    fill
        Import path of the function that fills hidden pixels, "module:function"; see `masking`.
    blurs
        True if the fill depends on `ExplainSettings.blur_px`.
    inpaints
        True if the fill depends on which pixels are hidden, so that every masked picture is filled anew.
    takes_colour
        True if the fill is `ExplainSettings.colour`.
    """

    title: str
    fill: str
    blurs: bool = False
    inpaints: bool = False
    takes_colour: bool = False


MASKS = {
    "blur": Mask(title="a box blur", fill="xai_core.masking:box_blurred", blurs=True),
    "gaussian": Mask(title="a Gaussian blur", fill="xai_core.masking:gaussian_blurred", blurs=True),
    "inpaint_telea": Mask(title="inpainting (Telea)", fill="xai_core.masking:inpainted_telea", inpaints=True),
    "inpaint_ns": Mask(title="inpainting (Navier-Stokes)", fill="xai_core.masking:inpainted_ns", inpaints=True),
    "mean": Mask(title="the mean colour", fill="xai_core.masking:mean_coloured"),
    "colour": Mask(title="one colour", fill="xai_core.masking:plainly_coloured", takes_colour=True),
}
"""Table of masks by name. A new mask is one entry here and one function in `masking`."""

_ADDED_LATER = ("colour", "steer_labels", "settle", "seed")
"""Settings that older keys lack. At their defaults they are left out, so that older answers are still found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainSettings:
    """Settings of one explanation. The defaults are those of the source recipe, except for `evaluations`.

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

    engine: str = DEFAULT_ENGINE
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
        # JSON has no tuples, and a list would make equal settings unequal and unhashable.
        object.__setattr__(self, "steer_labels", tuple(self.steer_labels))
        object.__setattr__(self, "colour", None if self.colour is None else tuple(self.colour))
        if self.engine not in ENGINES:
            raise SettingRefused("engine", repr(self.engine), f"one of {', '.join(ENGINES)}")
        self._check_mask()
        if self.evaluations < 2:
            raise SettingRefused("evaluations", self.evaluations, "at least 2 (all hidden, all shown)")
        if self.steer_top < (0 if self.steer_labels else 1):
            raise SettingRefused("steer_top", self.steer_top, "at least 1 label")
        if self.search_width < 1:
            raise SettingRefused("search width", self.search_width, "at least 1 evaluation")
        if not 0 <= self.settle < 1:
            raise SettingRefused("settle", self.settle, "a share from 0 (never stop early) to below 1")
        if self.seed < 0:
            raise SettingRefused("seed", self.seed, "a whole number of at least 0")

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
        """Return the recipe's settings, with less blur and steering for a small input or few labels.

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
            expected = f"at most {min(input_size)} pixels, the side of the model's input"
            raise SettingRefused("blur", self.blur_px, expected)
        count = labels if isinstance(labels, int) else len(labels)
        if self.steer_top > count:
            raise SettingRefused("steer_top", self.steer_top, f"at most {count}, the number of labels")
        unknown = () if isinstance(labels, int) else tuple(set(self.steer_labels) - set(labels))
        if unknown:
            raise SettingRefused("steer_labels", ", ".join(sorted(unknown)), "labels that the model has")

    def key(self, *, model_id: str, picture_hash: str) -> str:
        """Return the name of the stored explanation, 32 hexadecimal digits and equal in every process.

        Parameters
        ----------
        model_id
            `Runtime.model_id`.
        picture_hash
            `question.picture_hash` of the picture's file.
        """
        question: dict[str, Any] = asdict(self) | {
            "model": model_id,
            "picture": picture_hash,
            "version": ENGINES[self.engine].version,
        }
        unused = {name for name in _ADDED_LATER if not question[name]} | (set() if self.blurs else {"blur_px"})
        question = {name: value for name, value in question.items() if name not in unused}
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]

    def _check_mask(self) -> None:
        if self.mask not in MASKS:
            raise SettingRefused("mask", repr(self.mask), f"one of {', '.join(MASKS)}")
        if self.blur_px < 1:
            raise SettingRefused("blur", self.blur_px, "at least 1 pixel")
        takes_colour = MASKS[self.mask].takes_colour
        if takes_colour != (self.colour is not None):
            found = "not given" if takes_colour else self.colour
            expected = "three numbers from 0 to 255 with the mask colour, and none with any other"
            raise SettingRefused("colour", found, expected)
        if self.colour is not None and not (len(self.colour) == 3 and all(0 <= part <= 255 for part in self.colour)):
            raise SettingRefused("colour", self.colour, "three numbers from 0 to 255")
