"""Location of the evidence in a picture, in words and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pages.ui.controls.display import Display
from pages.ui.loaders import demo_causes
from xai_core.demo import story
from xai_core.demo.causes import cue_words
from xai_core.demo.painting import palette
from xai_core.errors import PictureUnreadable
from xai_core.evidence import location
from xai_core.evidence.patches import Patch, strongest_patch
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.study.study import Study

PARTS = {
    mark("food"): (palette.FOOD, palette.GARNISH, palette.SAUCE),
    mark("vessel"): (palette.VESSEL,),
    mark("table"): (palette.TABLE, palette.BACKGROUND),
}
"""Parts of a painted picture, and the values of its mask that belong to each. All other values are the planted cue."""

NOTABLE_RATIO, NOTABLE_SHARE, NOTABLE_LOGITS = 2.0, 0.1, 0.5
"""Least density and share of the evidence in a part, and least evidence in logits, that a page points out.

The density of a part is its share of the evidence over its share of the area. Half of a logit changes the odds by a
factor of 1.6.
"""

ENLARGED = mark("enlarged part")
"""Name of the crop round the strongest spot."""

CENTRAL_HALF = mark("central half")
"""Name of the central half of a picture."""

_COLOURED = {
    "lit": mark("lit parts"),
    "red": mark("red parts"),
    "blue": mark("blue parts"),
    "orange": mark("orange parts"),
    "purple": mark("purple parts"),
    "green": mark("green parts"),
}
"""Names of the parts with the colour of evidence for the class."""

_SMALL = 0.005  # smaller shares of the picture are rounding at the edge of the mask


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of a painted picture.

    Attributes
    ----------
    mask : (H, W) uint8
        Part that each pixel belongs to, as an index into `names`.
    names
        Names of the parts in words.
    """

    mask: NDArray[np.uint8]
    names: tuple[str, ...]


def painted_parts(study: Study, image_id: str | None) -> Parts | None:
    """Return the parts of a picture of the demo, or None if they are not known, as those of an upload."""
    if image_id is None or not story.is_demo(study):
        return None
    try:
        painted = demo_causes.painted_parts(study, image_id)
    except PictureUnreadable:
        return None
    part_of = np.full(len(palette.REGIONS), len(PARTS), np.uint8)
    for part, values in enumerate(PARTS.values()):
        part_of[list(values)] = part
    return Parts(part_of[painted], (*PARTS, cue_words(demo_causes.cues(study).get(image_id, ""))))


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """Part of a picture with the densest evidence for a class.

    Attributes
    ----------
    name
        Class that the map is evidence for, in words: "ravioli".
    total
        Evidence for it in the picture, in logits: the sum of the positive values.
    part
        The part in English words: "red-checked cloth", "red parts", "enlarged part". `tr` has it for the reader.
    shares
        Shares of all parts by name, among them this part and the central half. They are of the whole map.
    crop
        The enlarged part, a ninth of the picture round the strongest spot; None without evidence.
    """

    name: str
    total: float
    part: str
    shares: Mapping[str, location.Share]
    crop: Patch | None

    @property
    def is_notable(self) -> bool:
        """True if there is evidence, and much more of it in the part than its area would have by chance."""
        return self._stands_out(self.part)

    @property
    def sentence(self) -> str:
        """Sentence on the location of the evidence."""
        if self.total < NOTABLE_LOGITS:
            return tr("There is hardly any evidence for {name} in this picture.", name=self.name)
        if not self.is_notable:
            return tr("The evidence for {name} is spread over the picture. No part stands out.", name=self.name)
        share = self.shares[self.part]
        values = {"evidence": share.evidence, "name": self.name, "part": tr(self.part), "area": share.area}
        if self._is_unnamed:
            return tr(
                "{evidence:.0%} of the evidence for {name} lies in the {part}, {area:.0%} of the picture.", **values
            )
        return tr("{evidence:.0%} of the evidence for {name} lies on the {part}, {area:.0%} of the picture.", **values)

    @property
    def note(self) -> str:
        """Line below a picture, empty where nothing stands out."""
        part = ENLARGED if self._is_unnamed else self.part
        if not self._stands_out(part):
            return ""
        density = _density(self.shares[part])
        return tr("{part}: {density:.1f} times its share of the area", part=tr(part), density=density)

    @property
    def _is_unnamed(self) -> bool:
        """True if nobody knows what the part is."""
        return self.part in {ENLARGED, *_COLOURED.values()}

    def _stands_out(self, part: str) -> bool:
        share = self.shares.get(part)
        if share is None or self.total < NOTABLE_LOGITS:
            return False
        return _density(share) >= NOTABLE_RATIO and share.evidence >= NOTABLE_SHARE


def find(answer: Explanation, target: Target, painted: Parts | None, display: Display) -> Finding:
    """Find the part of a picture with the most evidence per area.

    Parameters
    ----------
    answer, target
        Explanation, and the label or contrast whose evidence is located.
    painted
        Parts of the picture, if they are known. Otherwise the part is what has the colour of evidence for the class. In
        a map without standard errors all of that has the colour, so the part is the enlarged one.
    display
        How the map is drawn.
    """
    shap_map = target.map_of(answer)
    drawn = display_map(answer, target, hides_noise=display.hides_noise)
    positive = drawn > 0
    crop = strongest_patch("", drawn if positive.any() else shap_map)
    masks = {CENTRAL_HALF: location.central_half(shap_map.shape)}
    if crop is not None:
        masks[ENLARGED] = crop.mask(shap_map.shape)
    coloured = _COLOURED["lit" if display.backdrop == "spotlight" else display.palette.towards]
    if display.hides_noise and positive.any():
        masks[coloured] = positive
    shares = {
        part: location.Share(location.share_in(shap_map, mask), float(mask.mean())) for part, mask in masks.items()
    }
    parts = _painted(shap_map, painted) if painted else {}
    unnamed = coloured if coloured in masks else ENLARGED
    densest = max(parts, key=lambda part: _density(parts[part])) if parts else unnamed
    total = float(np.maximum(shap_map, 0).sum(dtype=np.float64))
    return Finding(words(target.label), total, densest, shares | parts, crop)


def _density(share: location.Share) -> float:
    """Share of the evidence over share of the area, 1 for evenly spread evidence."""
    return share.evidence / (share.area or 1.0)


def _painted(shap_map: NDArray[np.float32], painted: Parts) -> dict[str, location.Share]:
    shares = location.shares_by(shap_map, painted.mask)
    return {painted.names[part]: share for part, share in shares.items() if share.area >= _SMALL}
