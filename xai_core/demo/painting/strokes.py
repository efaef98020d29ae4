"""Brushes for things that are too many or too thin to be stamped one by one."""

import cv2
import numpy as np

from xai_core.demo.painting import palette
from xai_core.demo.painting.canvas import SIZE, Canvas, Spot
from xai_core.demo.painting.noise import Floats, noise

_SHIFT = 3
"""Fractional bits of the coordinates for OpenCV, so that lines have subpixel precision."""


def _pixels(points: Floats) -> "np.ndarray[tuple[int, ...], np.dtype[np.int32]]":
    return np.rint(points * (1 << _SHIFT)).astype(np.int32)


def _tone(colour: Floats, light: float) -> tuple[float, float, float]:
    red, green, blue = np.clip(colour * light, 0, 255)
    return float(red), float(green), float(blue)


def _in_disc(area: Spot, count: int, rng: np.random.Generator, mound: float) -> Floats:
    """Return random points of a mound over a disc, (count, 3) float32 in plate units."""
    radius = np.sqrt(rng.random(count))
    angle = rng.random(count) * 2 * np.pi
    points = np.stack(
        [area.x + area.size * radius * np.cos(angle), area.y + area.size * radius * np.sin(angle)], axis=1
    )
    return np.column_stack([points, area.z + mound * (1 - radius**2)]).astype(np.float32)


def noodles(
    canvas: Canvas, area: Spot, colour: Floats, *, count: int, width: float, label: int, rng: np.random.Generator
) -> None:
    """Paint curved strands over a disc, later ones on top and lighter.

    `width` is in plate units.
    """
    steps = np.linspace(0, 1, 12)
    thick = max(1, round(width * canvas.camera.scale))
    start = _in_disc(area, count, rng, mound=0.0)
    heading = rng.random(count) * 2 * np.pi
    bend = rng.normal(0, 2.6, count)
    length = area.size * rng.uniform(0.7, 1.5, count)
    turns = heading[:, None] + bend[:, None] * steps[None] + 0.5 * np.sin(6 * steps + heading[:, None])
    x = (
        start[:, :1]
        + np.cumsum(np.cos(turns), axis=1) * length[:, None] / 12
        - 0.4 * length[:, None] * np.cos(turns[:, 6:7])
    )
    y = (
        start[:, 1:2]
        + np.cumsum(np.sin(turns), axis=1) * length[:, None] / 12
        - 0.4 * length[:, None] * np.sin(turns[:, 6:7])
    )
    # Strands that would leave the disc run along its edge.
    radius = np.hypot(x - area.x, y - area.y)
    shrink = np.minimum(1, area.size / np.maximum(radius, 1e-6))
    x, y = area.x + (x - area.x) * shrink, area.y + (y - area.y) * shrink
    z = area.z + 0.28 * area.size * (1 - np.minimum(radius / area.size, 1) ** 2)
    paths = canvas.camera.project(np.stack([x, y, z], axis=2).reshape(-1, 3)).reshape(count, 12, 2)
    glint = np.array([np.cos(canvas.camera.light), np.sin(canvas.camera.light)], np.float32) * thick * 0.25
    # Each strand is drawn three times: a darker, wider line as its outline and shadow, the colour, and a highlight.
    for number, path in enumerate(paths):
        tone = 0.68 + 0.36 * number / count + float(rng.normal(0, 0.05))
        line = [_pixels(path)]
        cv2.polylines(canvas.photo, line, False, _tone(colour, tone * 0.55), thick + 1, cv2.LINE_AA, _SHIFT)
        cv2.polylines(canvas.photo, line, False, _tone(colour, tone), thick, cv2.LINE_AA, _SHIFT)
        if thick > 2:
            lit = [_pixels(path + glint)]
            cv2.polylines(canvas.photo, lit, False, _tone(colour, tone * 1.22), max(1, thick // 3), cv2.LINE_AA, _SHIFT)
        cv2.polylines(canvas.mask, line, False, label, thick + 1, cv2.LINE_8, _SHIFT)


def grains(
    canvas: Canvas, area: Spot, colours: list[Floats], *, count: int, length: float, width: float, mound: float,
    label: int, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Paint short strokes over a mound, such as rice, shreds, sprouts or crumbs.

    `length` and `width` are in plate units, and equal for crumbs.
    """
    thick = max(1, round(width * canvas.camera.scale))
    centre = _in_disc(area, count, rng, mound)
    angle = rng.random(count) * 2 * np.pi
    half = np.stack([np.cos(angle), np.sin(angle), 0.3 * np.sin(3 * angle)], axis=1) * 0.5 * max(length - width, 0)
    ends = canvas.camera.project(np.concatenate([centre - half, centre + half]))
    first, last = _pixels(ends[:count]), _pixels(ends[count:])
    tones = rng.normal(0.96, 0.12, count)
    drop = _pixels(
        np.array([-np.cos(canvas.camera.light), -np.sin(canvas.camera.light)], np.float32) * (0.6 + 0.35 * thick)
    )
    which = rng.integers(0, len(colours), count)
    for a, b, tone, colour in zip(first, last, tones, which, strict=True):
        base = colours[int(colour)]
        cv2.line(canvas.photo, a + drop, b + drop, _tone(base, tone * 0.52), thick, cv2.LINE_AA, _SHIFT)
        cv2.line(canvas.photo, a, b, _tone(base, tone), thick, cv2.LINE_AA, _SHIFT)
        cv2.line(canvas.mask, a, b, label, thick, cv2.LINE_8, _SHIFT)


def drizzle(
    canvas: Canvas, area: Spot, colour: Floats, *, width: float, swing: float, label: int, rng: np.random.Generator
) -> None:
    """Paint one glossy zigzag line over a disc.

    The zigzag is `swing` times as wide as long. `width` is that of the line, in plate units.
    """
    turns = int(rng.integers(5, 10))
    along = np.linspace(-1, 1, turns * 8)
    across = np.sin(np.linspace(0, turns * np.pi, turns * 8)) * np.sqrt(np.maximum(1 - along**2, 0.05))
    local = np.stack([along, swing * across * rng.uniform(0.6, 1.0)], axis=1) * area.size
    cos, sin = np.cos(area.angle), np.sin(area.angle)
    x = area.x + cos * local[:, 0] - sin * local[:, 1]
    y = area.y + sin * local[:, 0] + cos * local[:, 1]
    path = canvas.camera.project(np.stack([x, y, np.full_like(x, area.z)], axis=1))
    thick = max(1, round(width * canvas.camera.scale))
    line = [_pixels(path)]
    cv2.polylines(canvas.photo, line, False, _tone(colour, 0.75), thick + 1, cv2.LINE_AA, _SHIFT)
    cv2.polylines(canvas.photo, line, False, _tone(colour, 1.05), max(1, thick - 1), cv2.LINE_AA, _SHIFT)
    cv2.polylines(canvas.mask, line, False, label, thick, cv2.LINE_8, _SHIFT)


def arcs(
    canvas: Canvas, spots: list[Spot], colour: Floats, *, width: float, label: int, rng: np.random.Generator
) -> None:
    """Paint two bold curved edges on each spot, like a cut through an onion or a pastry."""
    thick = max(2, round(width * canvas.camera.scale))
    for spot in spots:
        start = rng.random() * 2 * np.pi
        for radius in (0.7, 0.4):
            sweep = start + np.linspace(0, rng.uniform(2.2, 3.6), 16)
            circle = np.stack([np.cos(sweep), np.sin(sweep), np.zeros(16)], axis=1) * radius * spot.size
            path = canvas.camera.project(circle + np.array([spot.x, spot.y, spot.z + 0.1 * spot.size]))
            line = [_pixels(path)]
            cv2.polylines(canvas.photo, line, False, _tone(colour, 0.55), thick + 2, cv2.LINE_AA, _SHIFT)
            cv2.polylines(canvas.photo, line, False, _tone(colour, 1.0), thick, cv2.LINE_AA, _SHIFT)
            cv2.polylines(canvas.mask, line, False, label, thick + 2, cv2.LINE_8, _SHIFT)


def dust(canvas: Canvas, colour: Floats, *, strength: float, rng: np.random.Generator) -> None:
    """Paint sugar, cocoa or cheese powder over all food.

    The mask does not change.
    """
    food = canvas.mask == palette.FOOD
    veil = noise("grain", (SIZE, SIZE), rng, 0.8) + 0.9 * noise("cloud", (SIZE, SIZE), rng)
    share = np.clip(veil * 0.5 + 0.25, 0, 1) * food * strength
    canvas.photo[:] = (canvas.photo + (colour - canvas.photo) * share[..., None]).astype(np.uint8)
