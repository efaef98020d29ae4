"""Outlines, reliefs and skins of things, as functions of local coordinates.

Local coordinates x, y run from -1 to 1 across the thing. An outline returns the depth of each point, which is its
distance to the edge in the same unit, positive inside. A relief turns depth into height. A skin has the properties of
the surface: roughness, gloss and stains.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xai_core.demo.painting.noise import Floats

Outline = Callable[[Floats, Floats], Floats]
Relief = Callable[[Floats, Floats, Floats], Floats]
"""Function of x, y and depth that returns the height. Some reliefs depend on depth alone."""


def _single(values: object) -> Floats:
    """Convert to float32, because numpy may compute with float64 constants."""
    return np.asarray(values, np.float32)


# The outlines are signed distances, or close to them: their gradient has about length 1, so that the edge is sharp to a
# pixel and a relief has the same slope all along it.


def _disc(x: Floats, y: Floats) -> Floats:
    return _single(1 - np.hypot(x, y))


def _ring(x: Floats, y: Floats) -> Floats:
    return _single(0.3 - np.abs(np.hypot(x, y) - 0.7))


def _thin_ring(x: Floats, y: Floats) -> Floats:
    return _single(0.17 - np.abs(np.hypot(x, y) - 0.83))


def _box(x: Floats, y: Floats) -> Floats:
    dx, dy = np.abs(x) - 0.82, np.abs(y) - 0.82
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return _single(0.18 - outside - np.minimum(np.maximum(dx, dy), 0))


def _wedge(x: Floats, y: Floats) -> Floats:
    # The tip lies at y = -0.9, the crust at y = 0.9; the opening is about 55 degrees.
    return _single(np.minimum(1.8 - np.hypot(x, y + 0.9), 0.88 * (0.52 * (y + 0.95) - np.abs(x))))


def _triangle(x: Floats, y: Floats) -> Floats:
    return _single(np.minimum(0.6 - y, 0.5 * (y + 1) - 0.866 * np.abs(x)) + 0.06)


def _half_moon(x: Floats, y: Floats) -> Floats:
    return _single(np.minimum(1 - np.hypot(x, y * 0.8 + 0.25), y + 0.45))


def _crescent(x: Floats, y: Floats) -> Floats:
    return _single(np.minimum(1 - np.hypot(x, y), np.hypot(x, (y - 0.55) * 1.1) - 0.62))


def _leaf(x: Floats, y: Floats) -> Floats:
    return _single(1.35 - np.hypot(x, np.abs(y) + 0.9))


def _capsule(x: Floats, y: Floats) -> Floats:
    # Five times as long as wide, before `aspect`.
    return _single(0.2 - np.hypot(np.maximum(np.abs(x) - 0.8, 0), y))


def _drum(x: Floats, y: Floats) -> Floats:
    bone = 0.16 - np.hypot(np.maximum(np.abs(x - 0.55) - 0.35, 0), y)
    return _single(np.maximum(0.55 - np.hypot((x + 0.4) * 0.9, y), bone))


def _shell(x: Floats, y: Floats) -> Floats:
    return _single(0.55 + 0.12 * x - np.hypot(x * 0.6, y * (1.05 - 0.25 * x)))


def _frill(x: Floats, y: Floats) -> Floats:
    return _single(0.93 + 0.07 * np.cos(11 * np.arctan2(y, x)) - np.hypot(x, y))


def _flower(x: Floats, y: Floats) -> Floats:
    return _single(0.62 + 0.36 * np.cos(5 * np.arctan2(y, x)) - np.hypot(x, y))


def _chop(x: Floats, y: Floats) -> Floats:
    # A loin with a rib bone that sticks out to the right.
    bone = 0.13 - np.hypot(np.maximum(np.abs(x - 0.6) - 0.35, 0), y + 0.32 * x)
    return _single(np.maximum(0.68 + 0.1 * y - np.hypot(x * 0.85 + 0.2, y), bone))


OUTLINES: dict[str, Outline] = {
    "disc": _disc,
    "ring": _ring,
    "thin_ring": _thin_ring,
    "box": _box,
    "wedge": _wedge,
    "triangle": _triangle,
    "half_moon": _half_moon,
    "crescent": _crescent,
    "leaf": _leaf,
    "capsule": _capsule,
    "drum": _drum,
    "shell": _shell,
    "frill": _frill,
    "flower": _flower,
    "chop": _chop,
}


def _round(_x: Floats, _y: Floats, depth: Floats) -> Floats:
    t = np.clip(depth * 1.6, 0, 1)
    return _single(np.sqrt(t * (2 - t)))


def _flat(_x: Floats, _y: Floats, depth: Floats) -> Floats:
    return _single(np.clip(depth * 7, 0, 1) * 0.35)


def _pocket(x: Floats, y: Floats, depth: Floats) -> Floats:
    # A thin pressed rim with fork marks round a filled middle.
    t = np.clip((depth - 0.22) * 3, 0, 1)
    marks = np.cos(16 * x) * np.cos(16 * y) * (depth < 0.24)
    return _single(t * (2 - t) + 0.12 * marks)


def _pleat(x: Floats, y: Floats, depth: Floats) -> Floats:
    t = np.clip(depth * 1.8, 0, 1)
    folds = np.cos(13 * np.arctan2(y, x)) * np.clip(np.hypot(x, y), 0, 1)
    return _single(np.sqrt(t * (2 - t)) + 0.16 * folds)


def _crimp(x: Floats, y: Floats, depth: Floats) -> Floats:
    # Folds along the straight edge of a half moon: gyoza, empanada.
    t = np.clip(depth * 2.2, 0, 1)
    return _single(np.sqrt(t * (2 - t)) + 0.2 * np.cos(15 * x) * np.clip(0.35 - y, 0, 1))


def _waffle(x: Floats, y: Floats, depth: Floats) -> Floats:
    ribs = np.maximum(np.abs(np.sin(7 * x)), np.abs(np.sin(7 * y)))
    return _single(0.5 * np.clip(depth * 5, 0, 1) + 0.5 * np.clip(4 * ribs - 2.9, 0, 1))


def _swirl(x: Floats, y: Floats, _depth: Floats) -> Floats:
    radius = np.hypot(x, y)
    turns = np.sin(16 * radius + np.arctan2(y, x))
    return _single((1 - radius) + 0.2 * turns)


def _dish(_x: Floats, _y: Floats, depth: Floats) -> Floats:
    # Hollow: high at the edge, low in the middle (oyster, plate).
    return _single(np.clip(depth * 9, 0, 1) - 0.9 * np.clip(depth * 1.7, 0, 1))


def _ridge(x: Floats, _y: Floats, depth: Floats) -> Floats:
    t = np.clip(depth * 1.8, 0, 1)
    return _single(np.sqrt(t * (2 - t)) + 0.18 * np.sin(22 * x))


RELIEFS: dict[str, Relief] = {
    "round": _round,
    "flat": _flat,
    "pocket": _pocket,
    "pleat": _pleat,
    "crimp": _crimp,
    "waffle": _waffle,
    "swirl": _swirl,
    "dish": _dish,
    "ridge": _ridge,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Skin:
    """Surface of a thing. Numbers are shares from 0 to 1, except for `coarse` and `rim`.

    Attributes
    ----------
    bump, kind, coarse
        Roughness of the height, kind of noise tile, and its scale.
    gloss
        Strength of the highlight.
    mottle, stain
        Strength of blotches, and their palette colour.
    rim, rim_colour
        Width in local units and palette colour of a browned or pale edge; 0 is no edge.
    bars
        Strength of dark parallel grill marks.
    wobble
        Irregularity of the outline.
    """

    bump: float = 0.06
    kind: str = "lump"
    coarse: float = 1.0
    gloss: float = 0.12
    mottle: float = 0.25
    stain: str = "brown"
    rim: float = 0.0
    rim_colour: str = "crust"
    bars: float = 0.0
    wobble: float = 0.03


SKINS: dict[str, Skin] = {
    "smooth": Skin(mottle=0.08, wobble=0.015),
    "glossy": Skin(gloss=0.75, mottle=0.15, wobble=0.03),
    "wet": Skin(bump=0.25, gloss=0.6, mottle=0.25, wobble=0.06),
    "cream": Skin(bump=0.2, coarse=1.6, gloss=0.25, mottle=0.06, stain="cream", wobble=0.05),
    "fried": Skin(bump=0.3, kind="grain", gloss=0.22, mottle=0.5, stain="toast", wobble=0.06),
    "battered": Skin(bump=0.45, gloss=0.3, mottle=0.45, stain="amber", wobble=0.09),
    "pastry": Skin(bump=0.22, gloss=0.25, mottle=0.5, stain="toast", rim=0.07, rim_colour="honey", wobble=0.04),
    "chip": Skin(bump=0.12, gloss=0.15, mottle=0.4, stain="honey", wobble=0.02),
    "bread": Skin(bump=0.14, kind="grain", gloss=0.03, mottle=0.2, stain="cream", rim=0.1, wobble=0.03),
    "toasted": Skin(bump=0.2, kind="grain", gloss=0.05, mottle=0.75, stain="toast", rim=0.09, wobble=0.03),
    "bun": Skin(bump=0.03, gloss=0.35, mottle=0.3, stain="toast", wobble=0.015),
    "crumb": Skin(bump=0.4, kind="grain", gloss=0.03, mottle=0.2, stain="brown", wobble=0.02),
    "meat": Skin(bump=0.3, kind="fibre", gloss=0.3, mottle=0.5, stain="char", rim=0.1, rim_colour="char", wobble=0.07),
    "grilled": Skin(bump=0.3, gloss=0.35, mottle=0.5, stain="char", bars=0.75, wobble=0.06),
    "rare": Skin(bump=0.2, kind="fibre", gloss=0.4, mottle=0.2, stain="fat", rim=0.16, rim_colour="sear", wobble=0.05),
    "raw": Skin(bump=0.15, kind="fibre", gloss=0.5, mottle=0.45, stain="fat", wobble=0.04),
    "pasta": Skin(bump=0.08, gloss=0.35, mottle=0.15, stain="butter", wobble=0.02),
    "seared": Skin(bump=0.1, gloss=0.3, mottle=0.8, stain="amber", rim=0.12, rim_colour="cream", wobble=0.03),
    "leafy": Skin(bump=0.5, gloss=0.2, mottle=0.5, stain="lime", wobble=0.12),
    "cheesy": Skin(bump=0.3, coarse=1.5, gloss=0.35, mottle=0.65, stain="amber", wobble=0.05),
    "charred": Skin(bump=0.15, gloss=0.6, mottle=0.95, stain="char", wobble=0.01),
    "flaky": Skin(bump=0.5, kind="fibre", gloss=0.12, mottle=0.5, stain="toast", wobble=0.05),
    "lumpy": Skin(bump=0.8, coarse=0.8, gloss=0.25, mottle=0.5, stain="brown", wobble=0.12),
    "mash": Skin(bump=0.7, coarse=1.2, gloss=0.2, mottle=0.35, stain="lime", wobble=0.1),
    "rice": Skin(bump=0.9, kind="grain", gloss=0.15, mottle=0.12, stain="cream", wobble=0.04),
    "stew": Skin(bump=0.35, coarse=1.4, gloss=0.45, mottle=0.45, stain="rust", wobble=0.02),
    "broth": Skin(bump=0.05, coarse=2.5, gloss=0.55, mottle=0.25, stain="amber", wobble=0.005),
    "pearl": Skin(bump=0.06, kind="cloud", gloss=0.6, mottle=0.3, stain="slate", wobble=0.035),
    "sauce": Skin(bump=0.08, coarse=1.5, gloss=0.6, mottle=0.3, stain="brown", wobble=0.17),
    "puree": Skin(bump=0.3, kind="cloud", coarse=0.8, gloss=0.3, mottle=0.2, stain="cream", wobble=0.08),
    "tuft": Skin(bump=0.9, kind="fibre", gloss=0.4, mottle=0.5, stain="olive", wobble=0.15),
}
