"""Tables and vessels under the food."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xai_core.demo.painting import palette
from xai_core.demo.painting.canvas import SIZE, Body, Canvas, Spot
from xai_core.demo.painting.noise import Floats, noise
from xai_core.demo.painting.primitives import Skin

Surface = Callable[[Floats, Floats, np.random.Generator], Floats]


def _wood(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    colour = palette.mixed("tan|clay|roast|coffee|beige|sepia", rng)
    plank = rng.uniform(0.5, 1.1)
    tone = 1 + 0.07 * np.sin(np.floor(y / plank) * 12.9 + rng.random() * 9)
    seam = 1 - 0.4 * (np.abs((y / plank) % 1 - 0.5) > 0.488)
    grain = 0.1 * noise("fibre", x.shape, rng)
    return np.asarray(colour * (tone * seam + grain)[..., None], np.float32)


def _linen(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    colour = palette.mixed("white|cream|grey|white|beige", rng)
    weave = 0.03 * np.sin(60 * x) * np.sin(60 * y) + 0.05 * noise("cloud", x.shape, rng, 1.6)
    return np.asarray(colour * (1 + weave)[..., None], np.float32)


def _cloth(x: Floats, _y: Floats, rng: np.random.Generator) -> Floats:
    colour = palette.mixed("blue|herb|mustard|mint|lilac|slate|olive", rng)
    stripes = 1 + 0.22 * (np.sin(rng.uniform(5, 12) * x) > rng.uniform(0.2, 0.9))
    return np.asarray(colour * (stripes + 0.06 * noise("cloud", x.shape, rng, 1.6))[..., None], np.float32)


def _stone(x: Floats, _y: Floats, rng: np.random.Generator) -> Floats:
    colour = palette.mixed("slate|black|grey|sepia", rng)
    return np.asarray(colour * (1 + 0.12 * noise("lump", x.shape, rng, 1.5))[..., None], np.float32)


def _marble(x: Floats, _y: Floats, rng: np.random.Generator) -> Floats:
    colour = palette.mixed("white|silver|cream", rng)
    veins = np.exp(-14 * np.abs(noise("cloud", x.shape, rng, 1.6)))
    return np.asarray(colour * (1 - 0.22 * veins + 0.03 * noise("lump", x.shape, rng))[..., None], np.float32)


def _metal(x: Floats, _y: Floats, rng: np.random.Generator) -> Floats:
    colour = palette.mixed("silver|grey", rng)
    return np.asarray(colour * (0.85 + 0.08 * noise("fibre", x.shape, rng, 1.5))[..., None], np.float32)


SURFACES: dict[str, Surface] = {
    "wood": _wood,
    "linen": _linen,
    "cloth": _cloth,
    "stone": _stone,
    "marble": _marble,
    "metal": _metal,
}
"""Tables by name. None is red-checked, because that cloth is a planted cause and must occur nowhere else."""


def lay_table(canvas: Canvas, name: str, rng: np.random.Generator) -> None:
    """Cover the picture with a table, and paint a dim background beyond its far edge."""
    x, y = canvas.camera.ground()
    canvas.photo[:] = np.clip(SURFACES[name](x, y, rng), 0, 255).astype(np.uint8)
    canvas.mask[:] = palette.TABLE
    horizon = canvas.camera.y - canvas.camera.scale * rng.uniform(1.25, 1.8) * max(canvas.camera.squash, 0.5)
    room = palette.mixed("sepia|slate|coffee|black|clay", rng) * rng.uniform(0.5, 1.0)
    glow = 1 + 0.3 * noise("cloud", (SIZE, SIZE), rng, 2.0)
    # Only a low camera sees the far edge of the table.
    if canvas.camera.squash < 0.72 and horizon > 4:
        rows = slice(0, int(horizon))
        canvas.photo[rows] = np.clip(room * glow[rows, :, None], 0, 255).astype(np.uint8)
        canvas.mask[rows] = palette.BACKGROUND


_GLAZE = Skin(bump=0.01, gloss=0.35, mottle=0.03, wobble=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vessel:
    """Vessel that the food is served in.

    Attributes
    ----------
    outline, colour, aspect, size, thick
        See `canvas.Body`. `thick` is the height of the wall.
    well
        Radius, as a share of `size`, of the hollow that holds the food; 0 for a flat board.
    deep
        Depth of the food below the rim, as a share of `thick`.
    inside
        Palette colours of the hollow; "" takes the colour of the outside.
    """

    outline: str
    colour: str
    aspect: float = 1.0
    size: float = 1.0
    thick: float = 0.05
    well: float = 0.79
    deep: float = 0.6
    inside: str = ""
    skin: Skin = _GLAZE


_BOARD = Skin(bump=0.12, kind="fibre", gloss=0.05, mottle=0.3, stain="coffee", wobble=0.01)
_ROUGH = Skin(bump=0.15, kind="fibre", gloss=0.05, mottle=0.3, stain="sepia", wobble=0.01)
_CRUMPLED = Skin(bump=0.3, kind="cloud", coarse=1.2, gloss=0.05, mottle=0.05, stain="tan", wobble=0.015)
_CHINA = "white|white|cream|silver|white"

VESSELS: dict[str, Vessel] = {
    "plate": Vessel(outline="disc", colour="white|white|cream|white|white|mint|silver|slate"),
    "oval": Vessel(outline="disc", colour=_CHINA, aspect=0.68, size=1.15),
    "square": Vessel(outline="box", colour="white|white|slate|cream", size=0.92),
    "tray": Vessel(outline="box", colour="white|cream|black|silver", size=1.15, aspect=0.62, thick=0.04),
    "bowl": Vessel(outline="disc", colour="white|cream|slate|grey|blue|clay|white", size=0.95, thick=0.32, well=0.9,
                   deep=0.3),
    "ramen_bowl": Vessel(outline="disc", colour="black|white|tomato|slate|cream", size=0.98, thick=0.34, well=0.91,
                         deep=0.2,
                         inside="white|black|cream"),
    "stone_pot": Vessel(outline="disc", colour="black|slate", size=0.9, thick=0.4, well=0.86, deep=0.25, skin=_ROUGH),
    "ramekin": Vessel(outline="disc", colour="white|cream|white|clay", size=0.78, thick=0.25, well=0.9, deep=0.12),
    "cup": Vessel(outline="disc", colour="white|mint|pink|cream|silver|yolk", size=0.66, thick=0.5, well=0.9, deep=0.1),
    "glass": Vessel(outline="disc", colour="silver|white", size=0.6, thick=0.6, well=0.9, deep=0.1),
    "crock": Vessel(outline="disc", colour="brown|sepia|white|clay", size=0.8, thick=0.34, well=0.88, deep=0.08),
    "skillet": Vessel(outline="disc", colour="black|slate", thick=0.16, well=0.9, deep=0.6, skin=_ROUGH),
    "pan": Vessel(outline="disc", colour="slate|black|silver", size=1.12, thick=0.14, well=0.92, deep=0.5),
    "board": Vessel(outline="box", colour="tan|beige|clay|coffee", size=1.1, aspect=0.7, thick=0.06, well=0, deep=0,
                    skin=_BOARD),
    "slate": Vessel(outline="box", colour="slate|black", size=1.1, aspect=0.66, thick=0.03, well=0, deep=0,
                    skin=_ROUGH),
    "basket": Vessel(outline="disc", colour="tan|brown|black|clay", aspect=0.75, size=1.0, thick=0.2, well=0.92,
                     deep=0.5,
                     inside="white|cream|beige", skin=_CRUMPLED),
    "paper": Vessel(outline="box", colour="white|beige|cream|tan", size=1.05, aspect=0.85, thick=0.0, well=0, deep=0,
                    skin=_CRUMPLED),
    "steamer": Vessel(outline="disc", colour="tan|beige", size=0.98, thick=0.2, well=0.9, deep=0.5,
                      inside="beige|straw",
                      skin=_BOARD),
    "icebed": Vessel(outline="disc", colour="silver|grey", thick=0.1, well=0.93, deep=0.3, inside="silver|white",
                     skin=_CRUMPLED),
    "none": Vessel(outline="disc", colour="white", size=0.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Floor of a vessel.

    Attributes
    ----------
    z, radius
        Height and free radius in plate units.
    angle
        Angle in radians along which things are lined up.
    """

    z: float = 0.0
    radius: float = 0.8
    angle: float = 0.0


def set_vessel(canvas: Canvas, name: str, rng: np.random.Generator) -> Floor:
    """Paint a vessel on the table and return its floor."""
    vessel = VESSELS[name]
    if not vessel.size:
        return Floor(angle=float(rng.normal(0, 0.3)))
    colour = palette.mixed(vessel.colour, rng, jitter=0.6)
    angle = float(rng.normal(0, 0.3))
    size = vessel.size * float(rng.uniform(0.94, 1.08))
    spot = Spot(x=0, y=0, angle=angle, size=size)
    body = Body(outline=vessel.outline, relief="flat", skin=vessel.skin, colour=colour, aspect=vessel.aspect,
                thick=vessel.thick, sides=(colour * 0.92, colour * 0.7), shadow=0.55)  # fmt: skip
    canvas.stamp(spot, body, palette.VESSEL, rng)
    # A board has no hollow: the food lies on its top.
    if not vessel.well:
        return Floor(z=vessel.thick, radius=size * (vessel.aspect + 1) / 2 * 0.78, angle=angle)
    hollow = palette.mixed(vessel.inside, rng, jitter=0.6) if vessel.inside else colour
    inner = Body(outline=vessel.outline, relief="dish", skin=vessel.skin, colour=hollow * 0.97, aspect=vessel.aspect,
                 shadow=0.0)  # fmt: skip
    canvas.stamp(Spot(x=0, y=0, z=vessel.thick, angle=angle, size=size * vessel.well), inner, palette.VESSEL, rng)
    radius = size * vessel.well * (vessel.aspect + 1) / 2
    return Floor(z=vessel.thick * (1 - vessel.deep), radius=radius, angle=angle)
