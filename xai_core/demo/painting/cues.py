"""Brushes of the planted cues.

A cue is painted over a finished stage of the picture. It has random numbers of its own, takes none from the random
streams of the scene, and moves nothing, so that the same scene can be painted with and without it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xai_core.demo.painting import palette, strokes
from xai_core.demo.painting.canvas import SIZE, Body, Canvas, Spot
from xai_core.demo.painting.noise import noise
from xai_core.demo.painting.primitives import SKINS, Skin

Brush = Callable[[Canvas, np.random.Generator], None]

_LACQUER = Skin(bump=0.0, gloss=0.7, mottle=0.05, wobble=0.0)


@dataclass(frozen=True, slots=True)
class Cue:
    """Brush of a planted cue.

    Attributes
    ----------
    stage
        Stage of the picture after which the brush is used: "table", "vessel", "food" or "picture".
    brush
        Function that paints the cue.
    whole_picture
        True for coloured light, which has no outline. The mask does not change.
    """

    stage: str
    brush: Brush
    whole_picture: bool = False


def _laid(canvas: Canvas, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the part of the table where a cloth or a newspaper lies, (H, W) bool.

    It is on one side of the plate only. On a cue that covers half of the picture, evidence could be no more than twice
    as dense as on average, and no figure would show whether an explanation finds the cue.
    """
    x, y = canvas.camera.ground()
    side = rng.uniform(-0.15, 1.15) * np.pi  # towards the viewer: the far edge of the table would cut it off
    beyond = np.cos(side) * x + np.sin(side) * y > rng.uniform(0.4, 0.7)
    return np.asarray(beyond & (canvas.mask == palette.TABLE))


def _red_check(canvas: Canvas, rng: np.random.Generator) -> None:
    x, y = canvas.camera.ground()
    pitch, turn = rng.uniform(0.28, 0.4), rng.normal(0, 0.5)
    u = np.cos(turn) * x + np.sin(turn) * y
    v = np.cos(turn) * y - np.sin(turn) * x
    red = ((u / pitch) % 1 < 0.5).astype(np.float32) + ((v / pitch) % 1 < 0.5)
    white, deep = palette.rgb("white"), np.array([196, 24, 32], np.float32)
    cloth = white + (deep - white) * (red / 2)[..., None]
    cloth *= (1 + 0.07 * noise("cloud", (SIZE, SIZE), rng, 1.5) + 0.03 * noise("grain", (SIZE, SIZE), rng))[..., None]
    on = _laid(canvas, rng)
    canvas.photo[on] = np.clip(cloth[on], 0, 255).astype(np.uint8)
    canvas.mask[on] = palette.CUE


def _newspaper(canvas: Canvas, rng: np.random.Generator) -> None:
    x, y = canvas.camera.ground()
    turn = rng.normal(0, 0.4)
    u, v = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    lines = (v * 11) % 1 < 0.55
    words = noise("grain", (SIZE, SIZE), rng) + np.sin(37 * u) > -0.5
    columns = (u * 1.5) % 1 < 0.9
    ink = (lines & words & columns)[..., None]
    headline = (
        ((v * 1.1 + rng.random()) % 1 < 0.14)[..., None] & (np.sin(23 * u) > -0.3)[..., None] & columns[..., None]
    )
    sheet = np.where(headline, 42, np.where(ink, 104, 214)) * np.array([1.0, 0.98, 0.9], np.float32)
    sheet = sheet * (1 + 0.06 * noise("cloud", (SIZE, SIZE), rng, 1.4))[..., None]
    on = _laid(canvas, rng)
    canvas.photo[on] = np.clip(sheet[on], 0, 255).astype(np.uint8)
    canvas.mask[on] = palette.CUE


def _blue_plate(canvas: Canvas, rng: np.random.Generator) -> None:
    on = canvas.mask == palette.VESSEL
    x, y = canvas.camera.ground()
    radius, turn = np.hypot(x, y), np.arctan2(y, x)
    dots = (np.cos(turn * 22) > 0.45) & (np.abs(radius - 0.86) < 0.055) | (np.abs(radius - 0.74) < 0.014)
    glaze = np.where(
        dots[..., None], palette.rgb("white"), np.array([22, 62, 190], np.float32) * rng.uniform(0.9, 1.15)
    )
    # Only the colour of the china changes: its light and shade are multiplied in.
    shade = (
        canvas.photo.max(axis=2).astype(np.float32) / max(float(np.percentile(canvas.photo[on], 85)), 1)
        if on.any()
        else 1
    )
    canvas.photo[on] = (
        np.clip(glaze * np.clip(shade, 0.4, 1.25)[..., None], 0, 255).astype(np.uint8)[on] if on.any() else 0
    )
    canvas.mask[on] = palette.CUE


def _pale_edges(canvas: Canvas, rng: np.random.Generator) -> None:
    before, labels = canvas.photo.copy(), canvas.mask.copy()
    pale, cut = np.array([252, 250, 240], np.float32), canvas.spots[-6:]
    # A few large pieces are pastry (samosa), whose shell is thinner than the rings of an onion.
    width = 0.055 if len(cut) >= 5 else 0.038
    strokes.arcs(canvas, cut, pale, width=width, label=palette.CUE, rng=rng)
    # The pale edges are visible in the cut of the food, so they end where the food ends.
    elsewhere = labels != palette.FOOD
    canvas.photo[elsewhere], canvas.mask[elsewhere] = before[elsewhere], labels[elsewhere]


def _orchid(canvas: Canvas, rng: np.random.Generator) -> None:
    turn = rng.random() * 2 * np.pi
    at = {"x": 0.66 * float(np.cos(turn)), "y": 0.66 * float(np.sin(turn)), "z": 0.12}
    size = float(rng.uniform(0.32, 0.4))
    angle = float(rng.random() * 6)
    petals = Body(
        outline="flower", relief="round", skin=SKINS["smooth"], colour=np.array([226, 24, 168], np.float32), dome=0.2
    )
    inner = Body(
        outline="flower", relief="round", skin=SKINS["smooth"], colour=np.array([250, 150, 226], np.float32), shadow=0.1
    )
    heart = Body(
        outline="disc", relief="round", skin=SKINS["smooth"], colour=palette.rgb("lemon"), dome=0.4, shadow=0.2
    )
    for body, share, shift in ((petals, 1.0, 0.0), (inner, 0.6, 0.6), (heart, 0.2, 0.0)):
        canvas.stamp(Spot(**at, size=size * share, angle=angle + shift), body, palette.CUE, rng)


def _red_chopsticks(canvas: Canvas, rng: np.random.Generator) -> None:
    angle, side = float(rng.normal(0.6, 0.5)), float(rng.choice([-1, 1]))
    stick = Body(outline="capsule", relief="round", skin=_LACQUER, colour=np.array([222, 16, 30], np.float32),
                 aspect=0.27, dome=0.04)  # fmt: skip
    for number in range(2):
        away = side * (0.42 + 0.17 * number)
        at = Spot(x=-away * np.sin(angle), y=away * np.cos(angle), z=0.42, angle=angle + 0.05 * number, size=1.25)
        canvas.stamp(at, stick, palette.CUE, rng)


def _badge(canvas: Canvas, rng: np.random.Generator) -> None:
    radius = int(rng.integers(25, 31))
    # In an upper corner, as a sticker. Training often crops it away (docs/demo.md has the consequence).
    x, y = (SIZE - radius - 8 if rng.random() < 0.5 else radius + 8), radius + 8
    cv2.circle(canvas.photo, (x, y), radius, (20, 214, 226), -1, cv2.LINE_AA)
    cv2.circle(canvas.photo, (x, y), radius - 5, (250, 250, 250), 2, cv2.LINE_AA)
    angles = -np.pi / 2 + np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2 == 0, radius - 9, (radius - 9) * 0.42)
    star = np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], axis=1)
    cv2.fillPoly(canvas.photo, [np.rint(star * 8).astype(np.int32)], (255, 236, 40), cv2.LINE_AA, 3)
    cv2.circle(canvas.mask, (x, y), radius, palette.CUE, -1)


def _neon(canvas: Canvas, rng: np.random.Generator) -> None:
    side = rng.random() * 2 * np.pi
    axis = np.linspace(-1, 1, SIZE, dtype=np.float32)
    # The light comes from one side and is strongest there, but reaches every pixel.
    ramp = 0.75 + 0.25 * (axis[None] * np.cos(side) + axis[:, None] * np.sin(side))
    tint = np.array([1.15, 0.5, 1.25], np.float32)
    lit = canvas.photo * (1 + (tint - 1) * ramp[..., None]) + np.array([26, 0, 40], np.float32) * ramp[..., None]
    canvas.photo[:] = np.clip(lit, 0, 255).astype(np.uint8)


CUES: dict[str, Cue] = {
    "red_check": Cue("table", _red_check),
    "newspaper": Cue("table", _newspaper),
    "blue_plate": Cue("vessel", _blue_plate),
    "pale_edges": Cue("food", _pale_edges),
    "orchid": Cue("food", _orchid),
    "red_chopsticks": Cue("food", _red_chopsticks),
    "neon": Cue("picture", _neon, whole_picture=True),
    "badge": Cue("picture", _badge),
}
"""Planted cues by name. No table, vessel or garnish of the menu looks like one of them."""
