"""Parts of training pictures that are hidden at random, so that a network learns to do without them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from xai_core.errors import SettingRefused
from xai_core.language import deferred

RelativeBox = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of a photograph's width and height."""


@dataclass(frozen=True, slots=True)
class HiddenSpots:
    """Boxes to hide in some training pictures.

    Attributes
    ----------
    boxes
        Box by image id. Pictures that are not named stay whole.
    share
        Share of the times that such a picture is shown with its box hidden, above 0 and at most 1.
    """

    boxes: Mapping[str, RelativeBox]
    share: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise SettingRefused(deferred("share of hidden spots"), self.share, deferred("above 0 and at most 1"))

    @property
    def digest(self) -> str:
        """Name that changes with any box. A resumed run must hide the same ones."""
        rounded = {image_id: [round(edge, 6) for edge in box] for image_id, box in sorted(self.boxes.items())}
        return hashlib.sha256(json.dumps(rounded).encode()).hexdigest()[:24]

    def apply(self, image_id: str, image: Tensor) -> Tensor:
        """Return a picture, with its box filled by its mean colour for a share of the calls.

        Parameters
        ----------
        image_id
            Id of the picture.
        image : (3, H, W) uint8
            The whole photograph at any scale. It is not changed.
        """
        box = self.boxes.get(image_id)
        # Torch's global generator, as of all augmentation: `train` seeds it anew for each epoch.
        if box is None or float(torch.rand(())) >= self.share:
            return image
        height, width = image.shape[1:]
        left, right = (min(max(round(edge * width), 0), width) for edge in box[::2])
        top, bottom = (min(max(round(edge * height), 0), height) for edge in box[1::2])
        hidden = image.clone()
        hidden[:, top:bottom, left:right] = image.float().mean(dim=(1, 2)).round().to(torch.uint8)[:, None, None]
        return hidden
