"""Painter of one picture, a dish of the menu with or without its planted cue."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xai_core.demo.causes import cause_of, is_planted
from xai_core.demo.menu import MENU
from xai_core.demo.painting import palette, strokes
from xai_core.demo.painting.arrangement import spots
from xai_core.demo.painting.canvas import SIZE, Body, Camera, Canvas, Spot
from xai_core.demo.painting.cues import CUES
from xai_core.demo.painting.dishes import BRUSHES, ROLES, Dish, Part
from xai_core.demo.painting.noise import noise, stream
from xai_core.demo.painting.primitives import SKINS
from xai_core.demo.painting.table_setting import Floor, lay_table, set_vessel

SEED = 101
"""Default seed. The shipped checkpoint is trained on its pictures."""

VERSION = 1
"""Version of the pictures. Raise it when the same seed starts to give other ones: the demo then paints its set anew."""

SPLITS = ("train", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """Finished picture.

    Attributes
    ----------
    photo : (256, 256, 3) uint8
        RGB, before JPEG compression.
    mask : (256, 256) uint8
        Index into `palette.REGIONS` for each pixel.
    cue
        Name of the planted cue in the picture; "" without one.
    cue_share
        Share of the picture's area that the cue covers; 1 for coloured light, 0 without a cue.
    quality
        JPEG quality of this picture.
    """

    photo: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    dish: str
    split: str
    index: int
    seed: int
    cue: str
    cue_share: float
    quality: int

    def regions(self) -> dict[str, NDArray[np.bool_]]:
        """Return the regions as (256, 256) bool, by the names of `palette.REGIONS`."""
        return regions(self.mask)


def regions(mask: NDArray[np.uint8]) -> dict[str, NDArray[np.bool_]]:
    """Split an (H, W) uint8 region mask into (H, W) bool masks by name, empty ones included."""
    return {name: mask == value for value, name in enumerate(palette.REGIONS)}


def cue_share(mask: NDArray[np.uint8], cue: str) -> float:
    """Return the share of the area that a cue covers, 0 to 1."""
    if not cue:
        return 0.0
    return 1.0 if CUES[cue].whole_picture else float((mask == palette.CUE).mean())


def paint(
    dish: str, index: int, *, split: str, seed: int = SEED, without_cue: bool = False, with_cue: str | None = None
) -> Painting:
    """Paint picture `index` of a class.

    Parameters
    ----------
    dish
        Food-101 class name.
    index
        Number of the picture within the class and split.
    split
        "train" or "test". The scenes of the two differ, and so do the shares of pictures with the cue.
    seed
        Seed of the scene.
    without_cue
        If True, paint the same scene without its planted cue.
    with_cue
        Name of a cue to paint into the scene, also where none is planned.

    Raises
    ------
    ValueError
        If there is no such class, split or cue.
    """
    _check(dish, split, with_cue)
    cause = cause_of(dish)
    planted = cause.cue if cause and is_planted(dish, split, index) else ""
    cue = with_cue or ("" if without_cue else planted)
    # Each stage has a random stream of its own, so that a cue changes nothing of the scene (see `cues`).
    name = (seed, split, dish, index)
    rng = stream(*name, "camera")
    canvas = Canvas(camera=_camera(MENU[dish], rng))
    lay_table(canvas, _choice(MENU[dish].table, rng), stream(*name, "table"))
    _plant(canvas, cue, "table", name)
    floor = set_vessel(canvas, _choice(MENU[dish].vessel, rng), stream(*name, "vessel"))
    _plant(canvas, cue, "vessel", name)
    for number, part in enumerate(MENU[dish].parts):
        _serve(canvas, part, floor, stream(*name, "part", number))
    _plant(canvas, cue, "food", name)
    quality = _finish(canvas, stream(*name, "finish"))
    _plant(canvas, cue, "picture", name)
    return Painting(
        photo=canvas.photo, mask=canvas.mask, dish=dish, split=split, index=index, seed=seed, cue=cue,
        cue_share=cue_share(canvas.mask, cue), quality=quality,
    )  # fmt: skip


def _check(dish: str, split: str, with_cue: str | None) -> None:
    if dish not in MENU:
        raise ValueError(f"dish is {dish!r}; the menu has the 101 class names of Food-101.")
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; it must be one of {', '.join(SPLITS)}.")
    if with_cue is not None and with_cue not in CUES:
        raise ValueError(f"with_cue is {with_cue!r}; it must be one of {', '.join(CUES)}.")


def _choice(options: str, rng: np.random.Generator) -> str:
    names = options.split("|")
    return names[int(rng.integers(len(names)))]


def _camera(dish: Dish, rng: np.random.Generator) -> Camera:
    return Camera(
        scale=0.42 * SIZE * float(rng.uniform(*dish.zoom)),
        squash=float(rng.uniform(*dish.view)),
        turn=float(rng.uniform(-dish.turn, dish.turn)),
        x=SIZE * float(rng.normal(0.5, 0.04)),
        y=SIZE * float(rng.normal(0.53, 0.04)),
        light=float(rng.uniform(0, 2 * np.pi)),
    )


def _plant(canvas: Canvas, cue: str, stage: str, name: tuple[object, ...]) -> None:
    if cue and CUES[cue].stage == stage:
        CUES[cue].brush(canvas, stream(*name, "cue", cue))


def _serve(canvas: Canvas, part: Part, floor: Floor, rng: np.random.Generator) -> None:
    """Paint one part of a dish."""
    # Drawn before anything else of the part, so that its other random numbers do not depend on `chance`.
    if rng.random() > part.chance:
        return
    if part.shape in BRUSHES:
        _brush(canvas, part, floor, rng)
        return
    outline = _choice(part.shape, rng)
    for spot in spots(part, floor, rng):
        body = _body(part, outline, floor.radius, rng)
        canvas.stamp(spot, body, ROLES[part.role], rng)
        if part.role == "food":
            canvas.spots.append(spot)
        for top in part.tops:
            _crown(canvas, spot, body, top, rng)


def _body(part: Part, outline: str, radius: float, rng: np.random.Generator) -> Body:
    return Body(
        outline=outline, relief=part.relief, skin=SKINS[part.skin], colour=palette.mixed(part.colour, rng),
        aspect=part.aspect * float(rng.uniform(0.92, 1.08)), dome=part.dome, thick=part.thick * radius,
        sides=tuple(palette.mixed(side, rng, jitter=0.5) for side in part.sides), shadow=part.shadow,
    )  # fmt: skip


def _crown(canvas: Canvas, below: Spot, body: Body, top: Part, rng: np.random.Generator) -> None:
    """Paint a top onto a thing, with size and offset in the coordinates of that thing."""
    dx, dy = top.at[0] * below.size, top.at[1] * below.size
    cos, sin = np.cos(below.angle), np.sin(below.angle)
    spot = Spot(
        x=below.x + float(cos * dx - sin * dy), y=below.y + float(sin * dx + cos * dy),
        z=below.z + body.thick + (body.dome * 0.45 + top.z) * below.size, angle=below.angle,
        size=below.size * float(rng.uniform(*top.size)),
    )  # fmt: skip
    if top.shape in BRUSHES:
        _stroke(canvas, top, spot, below.size, rng)
        return
    crown = _body(top, _choice(top.shape, rng), below.size, rng)
    canvas.stamp(spot, crown, ROLES[top.role], rng)
    for higher in top.tops:
        _crown(canvas, spot, crown, higher, rng)


def _brush(canvas: Canvas, part: Part, floor: Floor, rng: np.random.Generator) -> None:
    if part.shape == "dust":
        strokes.dust(canvas, palette.mixed(part.colour, rng, jitter=0.3), strength=part.width, rng=rng)
        return
    reach, turn = part.spread if part.place != "centre" else 0.06, rng.random() * 2 * np.pi
    spot = Spot(
        x=float(reach * np.cos(turn)) * floor.radius, y=float(reach * np.sin(turn)) * floor.radius,
        z=floor.z + part.z * floor.radius, angle=floor.angle if part.common else float(rng.random() * 2 * np.pi),
        size=float(rng.uniform(*part.size)) * floor.radius,
    )  # fmt: skip
    _stroke(canvas, part, spot, floor.radius, rng)


def _stroke(canvas: Canvas, part: Part, spot: Spot, unit: float, rng: np.random.Generator) -> None:
    label, width = ROLES[part.role], part.width * unit
    count = int(rng.integers(part.n[0], part.n[1] + 1))
    if part.shape == "noodles":
        strokes.noodles(canvas, spot, palette.mixed(part.colour, rng), count=count, width=width, label=label, rng=rng)
    elif part.shape == "drizzle":
        strokes.drizzle(
            canvas, spot, palette.mixed(part.colour, rng), width=width, swing=part.aspect, label=label, rng=rng
        )
    else:
        colours = [palette.mixed(name, rng) for name in part.colour.split("|")]
        strokes.grains(canvas, spot, colours, count=count, length=2.6 * width, width=width, mound=0.12 * spot.size,
                       label=label, rng=rng)  # fmt: skip


def _finish(canvas: Canvas, rng: np.random.Generator) -> int:
    """Apply the effects of a camera to the picture, and return its JPEG quality.

    They are depth of field, exposure, white balance, vignette and sensor noise.

    No step depends on statistics of the whole picture, so that a cue changes the picture only near the cue.
    """
    axis = np.linspace(-1, 1, SIZE, dtype=np.float32)
    blurred = np.asarray(cv2.GaussianBlur(canvas.photo, (0, 0), float(rng.uniform(1.2, 2.6))), np.float32)
    focus, depth = float(rng.uniform(-0.1, 0.35)), float(rng.uniform(0.6, 1.6))
    share = np.clip((np.abs(axis - focus) - 0.35) * depth * (1.35 - canvas.camera.squash), 0, 1)[:, None, None]
    photo = canvas.photo + (blurred - canvas.photo) * share
    warmth, tint = float(rng.normal(0.02, 0.075)), float(rng.normal(0, 0.025))
    gain = float(np.exp(rng.normal(-0.02, 0.11))) * np.array([1 + warmth, 1 + tint, 1 - warmth], np.float32)
    corner = (axis[None] ** 2 + axis[:, None] ** 2) * float(rng.uniform(0.02, 0.16))
    photo *= gain * (1 - corner)[..., None]
    contrast = float(rng.uniform(0.9, 1.12))
    photo = (photo - 118) * contrast + 118
    photo += noise("grain", (SIZE, SIZE), rng)[..., None] * float(rng.uniform(0.5, 3.0))
    canvas.photo[:] = np.clip(photo, 0, 255).astype(np.uint8)
    return int(rng.integers(78, 94))


def encoded(photo: NDArray[np.uint8], quality: int) -> bytes:
    """Return an (H, W, 3) uint8 RGB picture as JPEG bytes."""
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(photo[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"OpenCV could not write a picture of shape {photo.shape} as JPEG.")
    return bytes(data)
