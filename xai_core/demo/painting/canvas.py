"""Canvas for lit things with shadows, seen by a camera above the table."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from xai_core.demo.painting import palette
from xai_core.demo.painting.noise import Floats, noise
from xai_core.demo.painting.primitives import OUTLINES, RELIEFS, Skin

SIZE = 256
"""Side of a picture in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Projection from plate coordinates to the picture. One plate unit is the radius of a plate.

    Attributes
    ----------
    scale
        Pixels per plate unit.
    squash
        Sine of the camera's elevation. 1 looks straight down, 0.4 is the view of a guest at the table.
    turn
        Rotation of the scene in radians.
    x, y
        Centre of the plate, in pixels.
    light
        Direction in the picture from which the light comes, in radians.
    """

    scale: float
    squash: float
    turn: float
    x: float
    y: float
    light: float

    @property
    def lift(self) -> float:
        """Pixels by which one plate unit of height moves a point up in the picture."""
        return self.scale * float(np.sqrt(1 - min(self.squash, 0.999) ** 2))

    def project(self, points: NDArray[np.floating]) -> Floats:
        """Convert (N, 3) plate coordinates x, y, z to (N, 2) float32 pixels x, y."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        right = cos * points[:, 0] - sin * points[:, 1]
        down = sin * points[:, 0] + cos * points[:, 1]
        # Parallel projection: the table is shortened by the sine of the elevation (`squash`), heights by its cosine.
        row = self.y + self.scale * self.squash * down - self.lift * points[:, 2]
        return np.stack([self.x + self.scale * right, row], axis=1).astype(np.float32)

    def ground(self) -> tuple[Floats, Floats]:
        """Return the plate coordinates of all pixels at the height of the table.

        Returns
        -------
        x and y, two (SIZE, SIZE) float32 arrays.
        """
        axis = np.arange(SIZE, dtype=np.float32)
        right = np.broadcast_to((axis - self.x)[None] / self.scale, (SIZE, SIZE))
        down = np.broadcast_to((axis - self.y)[:, None] / (self.scale * self.squash), (SIZE, SIZE))
        cos, sin = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        return np.asarray(cos * right + sin * down, np.float32), np.asarray(cos * down - sin * right, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Position of one thing in plate coordinates.

    Attributes
    ----------
    x, y, z
        Centre, and height above the table.
    angle
        Rotation in radians.
    size
        Half the length of the thing.
    """

    x: float
    y: float
    z: float = 0.0
    angle: float = 0.0
    size: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Shape and surface of one thing.

    Attributes
    ----------
    outline, relief
        Names in `primitives.OUTLINES` and `primitives.RELIEFS`.
    skin
        Surface.
    colour
        (3,) float32 RGB, 0 to 255.
    aspect
        Width divided by length.
    dome
        Height of the rounded top divided by half the length; 0 is flat, 1 is half a ball.
    thick
        Height of the straight side in plate units.
    sides
        Colours of the straight side from top to bottom, (3,) float32 each.
    shadow
        Strength of the shadow, 0 to 1.
    """

    outline: str
    relief: str
    skin: Skin
    colour: Floats
    aspect: float = 1.0
    dome: float = 0.0
    thick: float = 0.0
    sides: tuple[Floats, ...] = ()
    shadow: float = 0.5


@dataclass(slots=True)
class Canvas:
    """Picture that is being painted.

    Attributes
    ----------
    camera
        View of the scene.
    photo : (SIZE, SIZE, 3) uint8
        RGB.
    mask : (SIZE, SIZE) uint8
        Index into `palette.REGIONS` for each pixel.
    spots
        Positions of the food so far, for cues that are painted on it.
    """

    camera: Camera
    photo: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((SIZE, SIZE, 3), np.uint8))
    mask: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((SIZE, SIZE), np.uint8))
    spots: list[Spot] = field(default_factory=list)

    def stamp(self, spot: Spot, body: Body, label: int, rng: np.random.Generator) -> None:
        """Paint one thing with its shadow, and write `label` into the mask below the thing."""
        frame = _frame(self.camera, spot, body)
        if frame is None:
            return
        rows, columns, x, y, px_per_unit = frame
        outline = OUTLINES[body.outline](x, y)
        if body.skin.wobble:
            # About 240 noise pixels across any thing, so that the outline of a big steak bends as often as that of a
            # small one.
            bends = noise("bend", outline.shape, rng, float(np.clip(px_per_unit / 120, 0.15, 3)))
            limp = 0.35 if body.outline == "capsule" else 1.0
            outline = outline + limp * body.skin.wobble * bends
        # The depth in pixels, cut to one pixel around the edge, is the anti-aliased coverage.
        alpha = np.clip(outline * px_per_unit + 0.5, 0, 1).astype(np.float32)
        patch = self.photo[rows, columns].astype(np.float32)
        tall = round(self.camera.lift * body.thick)
        silhouette = alpha if tall < 1 else _swept(alpha, tall)
        _darken(patch, silhouette, self.camera, body, tall)
        if tall >= 1:
            _paint_side(patch, alpha, silhouette, body, tall=tall, camera=self.camera, rng=rng)
        top = _lit(x, y, outline, px_per_unit, body, camera=self.camera, rng=rng)
        patch += (top - patch) * alpha[..., None]
        self.photo[rows, columns] = np.clip(patch, 0, 255).astype(np.uint8)
        self.mask[rows, columns][silhouette > 0.5] = label


def _frame(camera: Camera, spot: Spot, body: Body) -> tuple[slice, slice, Floats, Floats, float] | None:
    """Return the rectangle of pixels that a thing and its shadow can touch.

    Returns
    -------
    Rows, columns, local coordinates x and y, and pixels per local unit; None if the rectangle is outside the picture.
    """
    cos, sin = np.cos(spot.angle + camera.turn), np.sin(spot.angle + camera.turn)
    squash = camera.squash
    if body.dome:
        # The silhouette of an ellipsoid is an ellipse: the squares of its ground radius and of its height add up.
        squash = float(np.hypot(squash, body.dome * camera.lift / camera.scale))
    length, width = camera.scale * spot.size, camera.scale * spot.size * body.aspect
    # `forward` takes local coordinates to pixels; its inverse below gives the local coordinates of each pixel.
    forward = np.array([[length * cos, -width * sin], [squash * length * sin, squash * width * cos]])
    raised = spot.z + body.thick + 0.5 * body.dome * spot.size
    centre = camera.project(np.array([[spot.x, spot.y, raised]]))[0]
    reach_x, reach_y = np.abs(forward).sum(axis=1) * 1.12
    pad = 4 + 0.12 * camera.scale * spot.size * (0.4 + body.dome)
    top, bottom = centre[1] - reach_y - pad, centre[1] + reach_y + pad + camera.lift * body.thick
    y0, y1 = max(0, int(top)), min(SIZE, int(bottom) + 1)
    x0, x1 = max(0, int(centre[0] - reach_x - pad)), min(SIZE, int(centre[0] + reach_x + pad) + 1)
    if y1 - y0 < 3 or x1 - x0 < 3:
        return None
    inverse = np.linalg.inv(forward).astype(np.float32)
    dx = np.arange(x0, x1, dtype=np.float32)[None] - centre[0]
    dy = np.arange(y0, y1, dtype=np.float32)[:, None] - centre[1]
    px_per_unit = float(np.sqrt(abs(np.linalg.det(forward))))
    x, y = inverse[0, 0] * dx + inverse[0, 1] * dy, inverse[1, 0] * dx + inverse[1, 1] * dy
    return slice(y0, y1), slice(x0, x1), x, y, px_per_unit


def _coarseness(px_per_unit: float) -> float:
    """Return the scale of the noise.

    It grows with the thing, so that a big steak is not rougher than a small one.
    """
    return float(np.clip(px_per_unit / 28, 0.5, 3))


def _swept(alpha: Floats, tall: int) -> Floats:
    """Return the area that the outline covers when it is moved down by `tall` pixels."""
    kernel = np.ones((tall + 1, 1), np.uint8)
    return np.asarray(
        cv2.dilate(alpha, kernel, anchor=(0, tall), borderType=cv2.BORDER_CONSTANT, borderValue=0), np.float32
    )


def _darken(patch: Floats, silhouette: Floats, camera: Camera, body: Body, tall: int) -> None:
    """Paint the soft shadow on what lies below, on the side away from the light."""
    if body.shadow <= 0:
        return
    far = 2 + 0.25 * tall + 0.05 * body.dome * camera.scale
    dx, dy = round(-far * np.cos(camera.light)), round(-far * np.sin(camera.light))
    soft = cv2.blur(silhouette, (2 * round(far) + 3, 2 * round(far) + 3), borderType=cv2.BORDER_CONSTANT)
    shifted = cv2.warpAffine(soft, np.array([[1, 0, dx], [0, 1, dy]], np.float32), soft.shape[::-1])
    patch *= 1 - body.shadow * np.asarray(shifted)[..., None]


def _paint_side(
    patch: Floats, alpha: Floats, silhouette: Floats, body: Body, *, tall: int, camera: Camera, rng: np.random.Generator
) -> None:
    """Paint the visible side of a thick thing as layers of colour below its top."""
    height, width = alpha.shape
    solid = alpha > 0.5
    lower = np.where(solid.any(axis=0), height - 1 - np.argmax(solid[::-1], axis=0), 0)
    down = (np.arange(height)[:, None] - lower[None]).astype(np.float32)
    grain = noise("grain", alpha.shape, rng)
    layers = np.stack(body.sides or (body.colour * 0.72,))
    level = np.clip((down + 0.8 * grain) / (tall + 1), 0, 0.999)
    colour = layers[(level * len(layers)).astype(np.intp)]
    # The side turns away from the light across its width, and gets darker towards the table.
    across = np.linspace(-1, 1, width, dtype=np.float32)[None] * np.float32(np.cos(camera.light))
    light = 0.9 + 0.16 * across - 0.16 * level + (0.01 + 0.2 * body.skin.bump) * grain
    patch += (colour * light[..., None] - patch) * (silhouette * (1 - alpha))[..., None]


def _lit(
    x: Floats, y: Floats, depth: Floats, px_per_unit: float, body: Body, *, camera: Camera, rng: np.random.Generator
) -> Floats:
    """Return the colour of the lit surface, (h, w, 3) float32."""
    skin = body.skin
    coarse = _coarseness(px_per_unit) * skin.coarse
    rough = noise(skin.kind, depth.shape, rng, coarse)
    stains = noise("cloud" if px_per_unit > 25 else "lump", depth.shape, rng, coarse)
    height = RELIEFS[body.relief](x, y, depth) * (0.35 + 0.65 * min(body.dome, 1.0))
    # A thin fry must not be as rough as a big fritter: the roughness depends on the narrow side, in pixels.
    narrow = px_per_unit * min(body.aspect, 1.0) * (0.25 if body.outline == "capsule" else 1.0)
    height = (height * px_per_unit * 0.55 + skin.bump * float(np.clip(narrow / 16, 0.2, 1.3)) * rough).astype(
        np.float32
    )
    down = np.asarray(cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125), np.float32)
    right = np.asarray(cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125), np.float32)
    cos, sin = np.float32(np.cos(camera.light) * 0.62), np.float32(np.sin(camera.light) * 0.62)
    # Lambert's law: brightness is the cosine between the surface normal and the light, here from one side and a
    # little from above.
    facing = (0.78 - cos * right - sin * down) / np.sqrt(1 + right**2 + down**2)
    colour = _skin_colour(x, depth, stains, body)
    lit = colour * (0.42 + 0.76 * np.clip(facing, 0, 1.15))[..., None]
    # Phong highlight: a high power of the same cosine.
    if skin.gloss > 0.02:
        shine = np.clip(facing, 0, 1) ** 14 * (skin.gloss * 120)
        lit += np.minimum(shine, 140)[..., None]
    return np.asarray(lit, np.float32)


def _skin_colour(x: Floats, depth: Floats, stains: Floats, body: Body) -> Floats:
    """Return the colour of the surface before lighting, with stains, rim and grill marks."""
    skin = body.skin
    colour = body.colour * (1 + 0.05 * stains)[..., None]
    if skin.mottle:
        share = np.clip(0.5 * stains - 0.15, 0, 1) * skin.mottle
        colour += (palette.rgb(skin.stain) - colour) * share[..., None]
    if skin.rim:
        share = np.clip(1 - depth / skin.rim, 0, 1) * 0.75
        colour += (palette.rgb(skin.rim_colour) - colour) * share[..., None]
    if skin.bars:
        share = np.clip(4 * np.sin(13 * x + 0.4 * stains) - 2.2, 0, 1) * skin.bars
        colour += (palette.rgb("char") - colour) * share[..., None]
    return np.asarray(colour, np.float32)
