"""Layout of the things of a part, with one spot per thing in painting order."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from xai_core.demo.painting.canvas import Spot
from xai_core.demo.painting.dishes import Part
from xai_core.demo.painting.table_setting import Floor

Turns = NDArray[np.float64]
"""Angles in radians, one per thing."""

Offsets = list[tuple[float, float, float]]
"""Positions x, y as shares of the vessel's radius, and angles in radians."""


def spots(part: Part, floor: Floor, rng: np.random.Generator) -> list[Spot]:
    """Lay out one part.

    Far things come first, so that near ones are painted over them.
    """
    count = int(rng.integers(part.n[0], part.n[1] + 1))
    size = float(rng.uniform(*part.size))
    common = float(rng.normal(floor.angle, 0.06)) if part.common else None
    offsets = _offsets(part, count, size, floor.angle, rng)
    # In a stack, a pile or a fan the order of painting is the order in which the things lie on each other.
    if part.place not in ("stack", "pile", "fan"):
        offsets.sort(key=lambda offset: offset[1])
    laid = []
    for number, (x, y, angle) in enumerate(offsets):
        height = part.z + _rise(part, number, count, size)
        laid.append(
            Spot(
                x=x * floor.radius,
                y=y * floor.radius,
                z=floor.z + height * floor.radius,
                angle=angle if common is None else common + float(rng.normal(0, 0.09 if count > 1 else 0.01)),
                size=size * floor.radius * float(rng.uniform(0.9, 1.1)),
            )
        )
    return laid


def _rise(part: Part, number: int, count: int, size: float) -> float:
    """Return the height of a thing above the first one of its stack or pile.

    The unit is the vessel's radius. Other arrangements are flat, with height 0.
    """
    if part.place == "stack":
        return number * max(part.thick, 0.6 * size * part.dome)
    if part.place == "pile":
        return 0.45 * size * (number / max(count - 1, 1)) * max(part.aspect * 0.5, part.dome, 0.2)
    return 0.0


def _offsets(part: Part, count: int, size: float, angle: float, rng: np.random.Generator) -> Offsets:
    angles = rng.random(count) * 2 * np.pi
    reach = part.spread * float(rng.uniform(0.88, 1.12))
    layouts: dict[str, Callable[[], Offsets]] = {
        "centre": lambda: _middle(rng, angles),
        "stack": lambda: _middle(rng, angles),
        "heap": lambda: _cloud(reach * 0.62, rng, angles, inwards=False),
        "pile": lambda: _cloud(reach * 0.62, rng, angles, inwards=True),
        "scatter": lambda: _apart(reach, rng, angles),
        "ring": lambda: _circle(count, reach, rng),
        "row": lambda: _row(count, reach, angle, rng, lengthwise=False),
        "line": lambda: _row(count, reach, angle, rng, lengthwise=True),
        "fan": lambda: _fan(count, reach, rng),
        "grid": lambda: _grid(count, reach, size, rng),
        "side": lambda: _beside(reach, size, rng, angles),
    }
    return layouts[part.place]()


def _middle(rng: np.random.Generator, angles: Turns) -> Offsets:
    drift = rng.normal(0, 0.03, (len(angles), 2)) + rng.normal(0, 0.05, 2)
    return [(float(x), float(y), float(a)) for (x, y), a in zip(drift, angles, strict=True)]


def _cloud(spread: float, rng: np.random.Generator, angles: Turns, *, inwards: bool) -> Offsets:
    # Normal samples, cut off at 1.7 standard deviations so that nothing lands beside the vessel.
    count = len(angles)
    points = np.clip(rng.normal(0, spread, (count, 2)), -1.7 * spread, 1.7 * spread)
    if inwards:
        # The last ones are on top of the pile, so they are nearest to its middle.
        points = points[np.argsort(-np.hypot(points[:, 0], points[:, 1]) + rng.normal(0, 0.4 * spread, count))]
    return [(float(x), float(y), float(a)) for (x, y), a in zip(points, angles, strict=True)]


def _apart(reach: float, rng: np.random.Generator, angles: Turns) -> Offsets:
    """Place each thing at the random candidate that is farthest from the things before it.

    There are eight candidates for each.
    """
    # Best-candidate sampling (Mitchell 1991): the things keep a distance from each other, unlike uniform samples.
    chosen = np.zeros((0, 2))
    for _ in angles:
        radius, turn = reach * np.sqrt(rng.random(8)), rng.random(8) * 2 * np.pi
        tried = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
        gaps = np.hypot(*(tried[:, None] - chosen[None]).transpose(2, 0, 1)).min(axis=1, initial=9.0)
        chosen = np.vstack([chosen, tried[np.argmax(gaps)]])
    return [(float(x), float(y), float(a)) for (x, y), a in zip(chosen, angles, strict=True)]


def _circle(count: int, reach: float, rng: np.random.Generator) -> Offsets:
    start = rng.random() * 2 * np.pi
    turns = start + np.arange(count) * 2 * np.pi / max(count, 1) + rng.normal(0, 0.07, count)
    # A single thing on a small circle moves towards the centre: off it, it would look misplaced.
    radius = reach * rng.uniform(0.92, 1.06, count) * (1 if count > 1 or reach > 0.5 else 0.4)
    return [
        (float(r * np.cos(t)), float(r * np.sin(t)), float(t + np.pi / 2)) for r, t in zip(radius, turns, strict=True)
    ]


def _row(count: int, reach: float, angle: float, rng: np.random.Generator, *, lengthwise: bool) -> Offsets:
    """Place things evenly along a line, side by side or, if `lengthwise`, one behind the other."""
    along = (np.linspace(-reach, reach, count) if count > 1 else np.zeros(1)) + rng.normal(0, 0.03, count)
    across = rng.normal(0, 0.05, count)
    u, v = (along, across) if lengthwise else (across, along)
    x, y = u * np.cos(angle) - v * np.sin(angle), u * np.sin(angle) + v * np.cos(angle)
    turns = angle + rng.normal(0, 0.12, count)
    return [(float(a), float(b), float(t)) for a, b, t in zip(x, y, turns, strict=True)]


def _fan(count: int, reach: float, rng: np.random.Generator) -> Offsets:
    """Place things along a flat arc, so that they overlap."""
    turns = np.linspace(-0.85, 0.85, count) + rng.normal(0, 0.03, count)
    return [(float(1.1 * reach * np.sin(t)), float(0.5 * reach * (np.cos(t) - 0.75)), float(t + 1.2)) for t in turns]


def _grid(count: int, reach: float, size: float, rng: np.random.Generator) -> Offsets:
    columns = int(np.ceil(np.sqrt(count)))
    rows = int(np.ceil(count / columns))
    step = max(2.05 * size, 2 * reach / max(columns, 2) * 0.8)
    cells = [((c - (columns - 1) / 2) * step, (r - (rows - 1) / 2) * step) for r in range(rows) for c in range(columns)]
    return [
        (x + float(rng.normal(0, 0.03)), y + float(rng.normal(0, 0.03)), float(rng.normal(0, 0.1)))
        for x, y in cells[:count]
    ]


def _beside(reach: float, size: float, rng: np.random.Generator, angles: Turns) -> Offsets:
    """Place a small group away from the centre."""
    turn = rng.random() * 2 * np.pi
    group = rng.normal(0, 0.35 * size if len(angles) > 1 else 0.0, (len(angles), 2))
    return [
        (float(reach * np.cos(turn) + x), float(reach * np.sin(turn) + y), float(a))
        for (x, y), a in zip(group, angles, strict=True)
    ]
