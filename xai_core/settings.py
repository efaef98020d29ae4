"""What a map depends on, and nothing else: equal settings give equal maps."""

import hashlib
import json
from dataclasses import asdict, dataclass

from xai_core.errors import SettingRefused

ENGINE_VERSION = 1
"""Raise it when the same settings start to give different numbers; stored explanations are then computed again."""

RECIPE_EVALUATIONS = 10_000
"""max_evals of the source recipe."""
RECIPE_BLUR_PX = 128
"""Both sides of its box blur."""
RECIPE_STEER_TOP = 4
"""Outputs that it explains, and that steer its search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainSettings:
    """Settings of one explanation. The defaults are the source recipe's, but for its number of evaluations.

    Attributes
    ----------
    engine
        Name of the engine; `partition` is SHAP's partition explainer.
    mask
        What hidden pixels show: `blur` is a box blur as in shap's `blur(k,k)`.
    blur_px
        Side of the square box blur, in pixels of the model's input.
    evaluations
        Forward passes of masked pictures, the fully hidden and the fully shown one included (shap's `max_evals`).
    steer_top
        The search goes where the outputs of this many most likely labels change most (shap explains, and is
        steered by, its top `outputs`). Which labels are displayed is another matter and changes no map.
    search_width
        Evaluations asked for before the queue is looked at again (shap's `batch_size`).
    """

    engine: str = "partition"
    mask: str = "blur"
    blur_px: int = RECIPE_BLUR_PX
    evaluations: int = 1000
    steer_top: int = RECIPE_STEER_TOP
    search_width: int = 50

    def __post_init__(self) -> None:
        if self.engine != "partition":
            raise SettingRefused("engine", repr(self.engine), "partition")
        if self.mask != "blur":
            raise SettingRefused("mask", repr(self.mask), "blur")
        if self.blur_px < 1:
            raise SettingRefused("blur", self.blur_px, "at least 1 pixel")
        if self.evaluations < 2:
            raise SettingRefused("evaluations", self.evaluations, "at least 2 (all hidden, all shown)")
        if self.steer_top < 1:
            raise SettingRefused("steer_top", self.steer_top, "at least 1 label")
        if self.search_width < 1:
            raise SettingRefused("search width", self.search_width, "at least 1 evaluation")

    @classmethod
    def fitting(
        cls,
        input_size: tuple[int, int],
        labels: int,
        *,
        evaluations: int,
        blur_px: int | None = None,
        steer_top: int | None = None,
        search_width: int = 50,
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

    def check_against(self, input_size: tuple[int, int], labels: int) -> None:
        """Refuse settings that do not fit the model.

        Raises
        ------
        SettingRefused
            If the blur is larger than the model's input (h, w), or more labels steer than there are.
        """
        if self.blur_px > min(input_size):
            expected = f"at most {min(input_size)} pixels, the side of the model's input"
            raise SettingRefused("blur", self.blur_px, expected)
        if self.steer_top > labels:
            raise SettingRefused("steer_top", self.steer_top, f"at most {labels}, the number of labels")

    def key(self, *, model_id: str, picture_hash: str) -> str:
        """Name of the stored explanation: the same question has the same name in every process."""
        question = asdict(self) | {"model": model_id, "picture": picture_hash, "version": ENGINE_VERSION}
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]
