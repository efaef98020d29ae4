"""What a map depends on, and nothing else: equal settings give equal maps."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from xai_core.errors import SettingRefused

ENGINE_VERSIONS = {"partition": 1, "regions": 2}
"""Raise an engine's when the same settings start to give different numbers, or when what it asks for changes: what is
stored of it, explanations and logits, is then computed again, and of the others it is not."""

RECIPE_EVALUATIONS = 10_000
"""max_evals of the source recipe."""
RECIPE_BLUR_PX = 128
"""Both sides of its box blur."""
RECIPE_STEER_TOP = 4
"""Outputs that it explains, and that steer its search."""
RECIPE_WIDTH = 50
"""Its batch_size."""


BLURS = ("blur", "gaussian")
"""Masks that look at `blur_px`."""
INPAINTS = ("inpaint_telea", "inpaint_ns")
"""Masks that paint each masked picture anew."""
MASKS = (*BLURS, *INPAINTS, "mean", "colour")
"""What hidden pixels may show."""

ENGINES = tuple(ENGINE_VERSIONS)
"""What finds values: SHAP's partition explainer, and least squares over regions that follow the picture."""

_ADDED = ("colour", "steer_labels", "settle", "seed")
"""Settings that came later: at their defaults they are left out of the key, so that older answers are still found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainSettings:
    """Settings of one explanation. The defaults are the source recipe's, but for its number of evaluations.

    Attributes
    ----------
    engine
        One of `ENGINES`.
    mask
        What hidden pixels show. `blur` is a box blur as in shap's `blur(k,k)`, `gaussian` one with a Gaussian of the
        same standard deviation; `inpaint_telea` and `inpaint_ns` continue what is shown into what is hidden (slow:
        each masked picture is painted anew); `mean` is the picture's mean colour; `colour` is a given one.
    blur_px
        Side of the square box blur, in pixels of the model's input. Without meaning for masks that do not blur.
    colour
        Red, green and blue, 0 to 255, for the mask `colour`.
    evaluations
        Forward passes of masked pictures, the fully hidden and the fully shown one included (shap's `max_evals`).
    steer_top
        The search goes where the outputs of this many most likely labels change most (shap explains, and is
        steered by, its top `outputs`). Which labels are displayed is another matter and changes no map.
    steer_labels
        Labels that steer besides, by name, such as the truth. With them `steer_top` may be 0.
    search_width
        Evaluations asked for before the queue is looked at again (shap's `batch_size`).
    settle
        Stop before `evaluations` are spent once the search's `work_left` has come down to this share of what it was
        at the start, 0.05 for instance; 0 never does. docs/benchmarks.md says what that is worth.
    seed
        Of the coalitions that the engine `regions` draws; `partition` draws nothing.
    """

    engine: str = "partition"
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
        # As they come back from JSON, where there are no tuples.
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
        """The recipe's settings for a model, with less blur and steering where its input or its labels are fewer.

        Parameters
        ----------
        input_size
            Height and width of the model's input in pixels.
        labels
            Number of the model's outputs.
        evaluations, blur_px, steer_top, search_width
            As asked for; None takes what is usual.
        """
        return cls(
            evaluations=evaluations,
            blur_px=min(RECIPE_BLUR_PX, *input_size) if blur_px is None else blur_px,
            steer_top=min(RECIPE_STEER_TOP, labels) if steer_top is None else steer_top,
            search_width=search_width,
        )

    @classmethod
    def as_shap(cls, *, max_evals: int, blur: int, outputs: int, batch_size: int) -> "ExplainSettings":
        """Settings that give the numbers of `shap.PartitionExplainer`, by the names of its own arguments.

        Parameters
        ----------
        max_evals, batch_size
            As given to the explainer.
        blur
            k of the masker `blur(k,k)`.
        outputs
            k of `shap.Explanation.argsort.flip[:k]`.
        """
        return cls(evaluations=max_evals, blur_px=blur, steer_top=outputs, search_width=batch_size)

    @property
    def blurs(self) -> bool:
        """Whether the mask is a blur, so that `blur_px` means something."""
        return self.mask in BLURS

    @property
    def inpaints(self) -> bool:
        """Whether what hidden pixels show depends on which ones are hidden."""
        return self.mask in INPAINTS

    def check_against(self, input_size: tuple[int, int], labels: int | Collection[str]) -> None:
        """Refuse settings that do not fit the model.

        Parameters
        ----------
        input_size
            Height and width of the model's input in pixels.
        labels
            Names of the model's outputs, or only their number.

        Raises
        ------
        SettingRefused
            If the blur is larger than the model's input, or more or other labels steer than there are.
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
        """Name of the stored explanation: the same question has the same name in every process."""
        question: dict[str, Any] = asdict(self) | {
            "model": model_id,
            "picture": picture_hash,
            "version": ENGINE_VERSIONS[self.engine],
        }
        for name in _ADDED:
            if not question[name]:
                del question[name]
        if not self.blurs:
            del question["blur_px"]
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]

    def _check_mask(self) -> None:
        if self.mask not in MASKS:
            raise SettingRefused("mask", repr(self.mask), f"one of {', '.join(MASKS)}")
        if self.blur_px < 1:
            raise SettingRefused("blur", self.blur_px, "at least 1 pixel")
        if (self.mask == "colour") != (self.colour is not None):
            found = self.colour if self.mask != "colour" else "not given"
            expected = "three numbers from 0 to 255 with the mask colour, and none with any other"
            raise SettingRefused("colour", found, expected)
        if self.colour is not None and not (len(self.colour) == 3 and all(0 <= part <= 255 for part in self.colour)):
            raise SettingRefused("colour", self.colour, "three numbers from 0 to 255")
