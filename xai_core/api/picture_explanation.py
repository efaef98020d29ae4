"""Explanation of one picture, as the Python API returns it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core import palettes, render
from xai_core.errors import SettingRefused
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.language import deferred
from xai_core.settings.checked_values import finite_number, names, one_of

if TYPE_CHECKING:
    import shap

SHAP_OUTPUTS = 4
"""Labels that `to_shap` draws unless the caller names some, as in the source recipe."""


@dataclass(frozen=True, eq=False, repr=False)
class PictureExplanation:
    """Explanation of one picture, with the picture as the model saw it.

    Attributes
    ----------
    explanation
        Regions with a value for every label, in logits, and their provenance.
    view : (H, W, 3) uint8
        The picture as the model saw it: resized and cropped, not normalised.
    name
        Name of the picture for people.
    """

    explanation: Explanation
    view: NDArray[np.uint8]
    name: str

    def __repr__(self) -> str:
        settings, first = self.explanation.settings, self.ranked_labels[0]
        return (
            f"<Explanation of {self.name}: {first} first, {self.explanation.evaluations} evaluations, "
            f"engine {settings.engine}, {len(self.explanation.values)} regions>"
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in the order of the model's outputs."""
        return self.explanation.labels

    @property
    def logits(self) -> NDArray[np.float32]:
        """Logits (L,) of the whole picture."""
        return self.explanation.full

    @property
    def ranked_labels(self) -> tuple[str, ...]:
        """All labels, the highest logit first."""
        return tuple(self.labels[column] for column in np.argsort(-self.logits, kind="stable"))

    def map(self, label: str) -> NDArray[np.float32]:
        """Return the map (H, W) float32 of a label, in logits per pixel.

        Raises
        ------
        NameUnknown
            If the model has no such label.
        """
        return self.explanation.map(label)

    def contrast(self, label: str, rather_than: str) -> NDArray[np.float32]:
        """Return the map (H, W) float32 of `label` minus that of `rather_than`, in logits per pixel.

        It answers why the model prefers one label to the other. It is exact, because logits are additive.

        Raises
        ------
        NameUnknown
            If the model has no such label.
        """
        return self.explanation.contrast(label, rather_than)

    def overlay(
        self,
        label: str,
        rather_than: str | None = None,
        *,
        limit: float | None = None,
        opacity: float = 0.85,
        backdrop: str = "grey",
        palette: str = palettes.RED_BLUE.name,
        hide_noise: bool = True,
    ) -> Image.Image:
        """Return the picture with a map drawn over it; a notebook shows the result by itself.

        Parameters
        ----------
        label
            Label that red regions are evidence for.
        rather_than
            Second label of a contrast; blue regions are then evidence for it. None draws the map of `label` alone.
        limit
            |value| per pixel, in logits, that gets the full colour. Give pictures that are compared the same limit.
            None takes the map's own.
        opacity
            Opacity of the full colour, 0 to 1.
        backdrop
            "grey", "picture" or "none"; see `render.BACKDROPS`.
        palette
            Name of a palette; see `render.PALETTES`.
        hide_noise
            Leave regions without colour whose 95 % interval holds 0. Engines without standard errors have none.

        Raises
        ------
        NameUnknown
            If the model has no such label.
        SettingRefused
            If an argument is out of range.
        """
        one_of("backdrop", backdrop, render.BACKDROPS)
        one_of("palette", palette, palettes.PALETTES)
        share = deferred("a share from 0 to 1")
        if not 0 <= finite_number("opacity", opacity, share) <= 1:
            raise SettingRefused("opacity", opacity, share)
        above = deferred("a number above 0, in logits per pixel")
        if limit is not None and finite_number("limit", limit, above) <= 0:
            raise SettingRefused("limit", limit, above)
        shap_map = display_map(self.explanation, Target(label, rather_than), hides_noise=hide_noise)
        drawn = render.overlay(
            self.view,
            shap_map,
            render.shared_limit(shap_map) if limit is None else limit,
            opacity=opacity,
            backdrop=backdrop,
            palette=palettes.PALETTES[palette],
        )
        return Image.fromarray(drawn)

    def to_shap(self, labels: Iterable[str] | str | None = None) -> "shap.Explanation":
        """Return what `shap.image_plot` draws.

        Parameters
        ----------
        labels
            The k labels to draw, in this order, or a single one. None takes the four with the highest logits.

        Returns
        -------
        shap.Explanation
            `values` (1, H, W, 3, k) in logits, every channel a third of the map; `data` (1, H, W, 3).

        Raises
        ------
        NameUnknown
            If the model has no such label.
        SettingRefused
            If `labels` is no list of names.
        """
        if labels is None:
            labels = self.ranked_labels[:SHAP_OUTPUTS]
        chosen = (labels,) if isinstance(labels, str) else names("labels", labels, deferred("a list of labels"))
        if not chosen:
            raise SettingRefused("labels", deferred("an empty list"), deferred("at least one label"))
        return self.explanation.to_shap(self.view, chosen)
