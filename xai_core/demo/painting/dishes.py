"""Data types of the menu, with a dish as a vessel on a table and parts in painting order."""

from dataclasses import dataclass

from xai_core.demo.painting import palette

Range = tuple[float, float]

ROLES = {"food": palette.FOOD, "garnish": palette.GARNISH, "sauce": palette.SAUCE}

BRUSHES = ("noodles", "grains", "drizzle", "dust")
"""Shapes that `strokes` paints many at a time. Every other shape is an outline that is stamped for each thing."""

PLACES = ("centre", "heap", "pile", "scatter", "ring", "row", "line", "grid", "stack", "side", "fan")


@dataclass(frozen=True, slots=True)
class Part:
    """Kind of thing on a dish, such as the fries.

    Attributes
    ----------
    shape, colour
        Outline of `primitives` or one of `BRUSHES`; palette names. Of "a|b", each picture gets one at random.
    n, size
        Number of things, and half the length of one, where 1 fills the vessel. Both are sampled from a range.
    aspect, dome, thick, sides
        Proportions, see `canvas.Body`. `sides` are palette names from top to bottom.
    place, spread
        Arrangement (one of `PLACES`), and its extent as a share of the vessel.
    skin, relief
        Surface; names in `primitives`.
    tops
        Parts painted onto each thing, with sizes relative to it. `at` is the offset of a top in the coordinates of the
        thing below.
    z
        Height above the floor of the vessel.
    chance
        Share of pictures that have this part.
    width
        Thickness of a stroke, for brushes.
    role
        Region in the mask: "food", "garnish" or "sauce".
    common
        True if all things of this part have the same angle.
    shadow
        Strength of the shadow, 0 to 1.
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
    """Dish of the menu, one per class.

    Attributes
    ----------
    name
        Food-101's class name.
    vessel, table
        Names in `table_setting`. Of "a|b|c", each picture gets one at random.
    parts
        Parts in painting order.
    view
        Range of the camera's squash; 1 looks straight down.
    zoom
        Range of the picture's scale; 1 shows the whole vessel.
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
