"""Colours by name, and the values and colours of the region masks."""

import numpy as np

from xai_core.demo.painting.noise import Floats

BACKGROUND, TABLE, VESSEL, FOOD, GARNISH, SAUCE, CUE = range(7)

REGIONS = ("background", "table", "vessel", "food", "garnish", "sauce", "planted cue")
"""Names of the mask values 0..6, in order."""

MASK_COLOURS = (
    (24, 24, 28),
    (122, 96, 76),
    (214, 214, 220),
    (232, 158, 66),
    (96, 168, 84),
    (190, 62, 52),
    (214, 66, 214),
)
"""RGB of each mask value in the stored PNG files."""

COLOURS = {
    # browns, from flour to coal
    "white": "f4f2ec", "cream": "f3e6c8", "flour": "efe0bc", "dough": "ecd39c", "butter": "f2d27a", "straw": "e8c472",
    "golden": "dca24a", "amber": "c8812c", "toast": "a86428", "crust": "9a5a24", "brown": "7a4a26", "sear": "6a4128",
    "roast": "5c3622", "sepia": "46301f", "char": "2c1c14", "black": "1c1a1a", "cocoa": "4a2a1a", "choco": "38200f",
    "milkchoc": "7c4c30", "caramel": "b8742e", "coffee": "8a6446", "beige": "d9bf93", "tan": "c69f6c",
    "clay": "a86c4a",
    # reds and pinks
    "rare": "b4484a", "blush": "c9807a", "raw": "a42c34", "beef": "8f2230", "tuna": "b23848", "salmon": "f08c5c",
    "coral": "ee7a52", "shrimp": "f0a484", "ham": "e8a0a0", "pinkcream": "f0c8c0", "tomato": "d23c22",
    "rust": "a83a18",
    "ketchup": "b81c14", "berry": "b0142c", "raspberry": "a81442", "velvet": "9a1420", "beet": "7a1038",
    "lobster": "d84a26",
    "pink": "f2a8bc", "magenta": "c8387c",
    # yellows and oranges
    "yolk": "f4aa1c", "lemon": "f4d84a", "cheddar": "f0a830", "cheese": "f4cc68", "mustard": "dca824",
    "curry": "d08a20",
    "saffron": "eab028", "carrot": "e87a22", "orange": "e8903c", "bisque": "e09a5c", "mango": "f4b040",
    "paprika": "c4521c",
    # greens
    "lime": "a8c850", "lettuce": "8cb840", "leaf": "4e8c2c", "basil": "3a7426", "spinach": "2c5424",
    "olive": "76762e",
    "edamame": "78b03a", "avocado": "a4b850", "kelp": "3c6a2c", "nori": "1e2a22", "pistachio": "b4c078",
    "herb": "5a8436",
    "matcha": "9cb46a", "cucumber": "b8d490",
    # others
    "fat": "f0d8bc", "onion": "f0e8dc", "redonion": "94487a", "blue": "4a6ab4", "lilac": "b49ad0",
    "aubergine": "3c2440",
    "mussel": "22263a", "slate": "4a4c52", "grey": "9a9890", "shell": "b8b0a0", "silver": "c8ccd0", "mint": "a8dcc4",
    "olives": "2e2230", "bean": "5a2a24", "tofu": "f2ead4", "squid": "f4ece2", "broth": "b8843c",
    "pale_broth": "dcc084",
    "soy": "4a2610", "miso": "cfa258", "chowder": "f0e2c0", "gravy": "6e421e", "hoisin": "3c1c12", "honey": "d89018",
}  # fmt: skip
"""Colours that the menu can name, as hexadecimal RGB."""


def rgb(name: str) -> Floats:
    """Return a colour as (3,) float32 RGB, 0 to 255.

    Raises
    ------
    KeyError
        If the palette has no such name. The tests check every name of the menu.
    """
    return np.array(list(bytes.fromhex(COLOURS[name])), np.float32)


def mixed(names: str, rng: np.random.Generator, *, jitter: float = 1.0) -> Floats:
    """Return one colour of "golden|toast", varied at random, as (3,) float32 RGB.

    `jitter` scales the change; 0 gives the colour itself.
    """
    options = names.split("|")
    base = rgb(options[int(rng.integers(len(options)))])
    tone = 1 + jitter * (0.07 * rng.standard_normal() + 0.035 * rng.standard_normal(3))
    return np.clip(base * tone, 0, 255).astype(np.float32)
