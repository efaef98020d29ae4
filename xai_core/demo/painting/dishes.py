"""The words a menu is written in: a dish is a vessel, tables, and parts put down in order."""

from dataclasses import dataclass

from xai_core.demo.painting import palette

Range = tuple[float, float]

ROLES = {"food": palette.FOOD, "garnish": palette.GARNISH, "sauce": palette.SAUCE}

BRUSHES = ("noodles", "grains", "drizzle", "dust")
"""Shapes that are stroked many at a time; every other shape is an outline, stamped one by one."""

PLACES = ("centre", "heap", "pile", "scatter", "ring", "row", "line", "grid", "stack", "side", "fan")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing on the dish.

    Attributes
    ----------
    shape, colour
        An outline of `primitives`, or a brush; palette names, one of "a|b" is drawn for each picture.
    n, size
        How many, and half the length of one, where 1 fills the vessel (both drawn from a range).
    aspect, dome, thick, sides
        Proportions; see `canvas.Body`. `sides` are palette names from top to bottom.
    place, spread
        Arrangement (one of `PLACES`) and how far it reaches, as a share of the vessel.
    skin, relief
        How the surface looks; names in `primitives`.
    tops
        Parts painted onto each thing, sized relative to it; `at` is a top's offset in the thing's own coordinates.
    z
        Height above the vessel's floor.
    chance
        Share of pictures that have this part at all.
    width
        For brushes: thickness of a stroke.
    role
        "food", "garnish" or "sauce", for the label mask.
    common
        Whether all things of this part share one angle.
    shadow
        Strength of its shadow, 0 to 1.
    """

    shape: str
    colour: str
    n: tuple[int, int] = (1, 1)
    size: Range = (0.3, 0.36)
    aspect: float = 1.0
    dome: float = 0.0
    thick: float = 0.0
    sides: tuple[str, ...] = ()
    place: str = "centre"
    spread: float = 0.55
    skin: str = "smooth"
    relief: str = "round"
    tops: tuple["Part", ...] = ()
    at: tuple[float, float] = (0.0, 0.0)
    z: float = 0.0
    chance: float = 1.0
    width: float = 0.04
    role: str = "food"
    common: bool = False
    shadow: float = 0.45


@dataclass(frozen=True, slots=True)
class Dish:
    """One class of the menu.

    Attributes
    ----------
    name
        Food-101's class name.
    vessel, table
        Options, "a|b|c"; names in `setting`.
    parts
        In the order they are put down.
    view
        Range of the camera's squash: 1 looks straight down.
    zoom
        Range of the picture's scale: 1 shows the whole vessel.
    turn
        Largest rotation of the scene, in radians, to either side.
    """

    name: str
    vessel: str
    parts: tuple[Part, ...]
    table: str = "wood|wood|linen|cloth|stone|marble|metal"
    view: Range = (0.6, 0.95)
    zoom: Range = (1.0, 1.7)
    turn: float = 3.14
