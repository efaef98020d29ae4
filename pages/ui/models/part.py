"""Part of a picture in which the evidence of two models is compared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pages.ui.maps import location
from pages.ui.models.explained import Explained
from xai_core.evidence.location import share_in
from xai_core.evidence.patches import Patch
from xai_core.explain.explanation import Explanation
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.texts import paragraph


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Part of a picture, where the evidence of the model that makes the mistake is densest.

    Attributes
    ----------
    name
        The part in English words: "red-checked cloth", or "enlarged part".
    area
        Share of the picture that it covers.
    indices
        Sides that are compared, that with the mistake first.
    totals
        Evidence for the guess rather than the truth by each of these sides, in logits: the sum of the positive values.
    shares
        Share of it on the part.
    nets
        Sum of the map on the part, in logits.
    crop
        Square round the strongest spot of the side with the mistake; None without evidence.
    sentence
        Sentence that compares the shares.
    """

    name: str
    area: float
    indices: tuple[int, ...]
    totals: tuple[float, ...]
    shares: tuple[float, ...]
    nets: tuple[float, ...]
    crop: Patch | None
    sentence: str = ""

    @property
    def stands_out(self) -> bool:
        """True if the side with the mistake has much more evidence there than its area would have by chance."""
        enough = self.totals[0] >= location.NOTABLE_LOGITS and self.shares[0] >= location.NOTABLE_SHARE
        return enough and self.shares[0] >= location.NOTABLE_RATIO * self.area


def compared_part(explained: Explained, answers: Mapping[int, Explanation | None]) -> Part | None:
    """Return the evidence of both models on one part of the picture.

    Parameters
    ----------
    explained
        The changed guess.
    answers
        Explanations by the index of their side, final or partial.

    Returns
    -------
    The part. It is None while a map is missing.
    """
    maps: dict[int, NDArray[np.float32]] = {}
    found = None
    for index in sorted(explained.asked, key=lambda side: side != explained.lead):
        answer, target = answers.get(index), explained.sides[index].target
        if answer is None or target is None:
            return None
        found = found or location.find(answer, target, explained.painted[index], explained.display)
        # The part has the same place in the other map only if both models cut out the picture alike.
        if not maps or explained.sees_alike:
            maps[index] = target.map_of(answer)
    if found is None:
        return None
    name, mask = _mask(found, explained.painted[next(iter(maps))], next(iter(maps.values())).shape)
    part = Part(
        name=name,
        area=float(mask.mean()),
        indices=tuple(maps),
        totals=tuple(float(np.maximum(shap_map, 0).sum(dtype=np.float64)) for shap_map in maps.values()),
        shares=tuple(share_in(shap_map, mask) for shap_map in maps.values()),
        nets=tuple(float(shap_map[mask].sum(dtype=np.float64)) for shap_map in maps.values()),
        crop=found.crop,
    )
    return replace(part, sentence=_sentence(explained, part))


def _mask(
    found: location.Finding, painted: location.Parts | None, shape: tuple[int, ...]
) -> tuple[str, NDArray[np.bool_]]:
    """Return name and mask of the painted part that was found, else of the enlarged square."""
    if painted is not None and found.part in painted.names:
        return found.part, painted.mask == painted.names.index(found.part)
    if found.crop is None:
        return location.ENLARGED, np.zeros(shape, np.bool_)
    return location.ENLARGED, found.crop.mask(shape)


def _sentence(explained: Explained, part: Part) -> str:
    guess = words(explained.target.label)
    names = [explained.sides[index].study.name for index in part.indices]
    if part.totals[0] < location.NOTABLE_LOGITS:
        return tr(
            "With {study}, there is hardly any evidence for {guess} in this picture.", study=names[0], guess=guess
        )
    if not part.stands_out:
        return tr(
            "With {study}, the evidence for {guess} is spread over the picture. No part stands out.",
            study=names[0],
            guess=guess,
        )
    is_unnamed = part.name == location.ENLARGED
    if len(names) == 2:
        text = (
            mark(
                "With {study}, {share:.0%} of the evidence for {guess} lies in the {part}, {area:.0%} of the picture; "
                "with {other}, {other_share:.0%}."
            )
            if is_unnamed
            else mark(
                "With {study}, {share:.0%} of the evidence for {guess} lies on the {part}, {area:.0%} of the picture; "
                "with {other}, {other_share:.0%}."
            )
        )
    else:
        text = (
            mark("With {study}, {share:.0%} of the evidence for {guess} lies in the {part}, {area:.0%} of the picture.")
            if is_unnamed
            else mark(
                "With {study}, {share:.0%} of the evidence for {guess} lies on the {part}, {area:.0%} of the picture."
            )
        )
    first = tr(
        text,
        study=names[0],
        share=part.shares[0],
        guess=guess,
        part=tr(part.name),
        area=part.area,
        other=names[-1],
        other_share=part.shares[-1],
    )
    if len(names) < len(explained.asked):
        return paragraph(first, tr("The other model cuts out the picture otherwise, so this part is not compared."))
    return first
