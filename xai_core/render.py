"""SHAP maps as pictures. Arrays in, arrays out; no figure, no file, no global state."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FOR = np.array([220, 50, 32], np.float32)
"""Red: pixels that push towards the label. With AGAINST it stays apart for colour-blind readers."""
AGAINST = np.array([0, 90, 181], np.float32)
"""Blue: pixels that push away from the label."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow's "L"
_MARGIN, _TITLE_PX, _NOTE_PX, _PANEL_PX = 12, 17, 14, 300
_INK, _FAINT, _PAPER = (30, 30, 34), (96, 96, 104), (255, 255, 255)


def shared_limit(*maps: NDArray[np.float32], quantile: float = 0.999) -> float:
    """One symmetric colour limit for maps shown side by side, so that equal colour is equal SHAP.

    Parameters
    ----------
    *maps : (H, W) float32
        SHAP values per pixel, in logits.
    quantile
        Share of the pixels of each map whose |value| lies inside the limit; the few beyond are clipped.

    Returns
    -------
    The largest of the maps' own limits, in logits per pixel. Maps without any signal give the smallest positive
    float rather than a division by zero.
    """
    own = [float(np.quantile(np.abs(each), quantile)) for each in maps]
    return max(*own, float(np.finfo(np.float32).tiny)) if own else float(np.finfo(np.float32).tiny)


def overlay(
    view: NDArray[np.uint8],
    shap_map: NDArray[np.float32],
    limit: float,
    *,
    opacity: float = 0.85,
    in_colour: bool = False,
) -> NDArray[np.uint8]:
    """Tint a picture: red where pixels speak for the label, blue where against, untouched at zero.

    Parameters
    ----------
    view : (H, W, 3) uint8
        The picture as the model saw it (resized and cropped, not normalised).
    shap_map : (H, W) float32
        SHAP value per pixel, in logits.
    limit
        |SHAP| that gets the full tint; take it from `shared_limit` over every map on the page.
    opacity
        Cover of the full tint, 0 to 1.
    in_colour
        Tint the picture itself; otherwise a pale grey copy of it, on which the red of a tomato is no evidence.

    Returns
    -------
    (H, W, 3) uint8

    Raises
    ------
    ValueError
        If picture and map differ in height or width.
    """
    if view.shape[:2] != shap_map.shape:
        msg = f"The picture is {view.shape[:2]} and the map is {shap_map.shape}; show the picture as the model saw it."
        raise ValueError(msg)
    strength = opacity * np.clip(np.abs(shap_map) / limit, 0, 1)[..., None]
    tint = np.where(shap_map[..., None] >= 0, FOR, AGAINST)
    backdrop = view if in_colour else pale_grey(view)
    return np.rint(backdrop * (1 - strength) + tint * strength).astype(np.uint8)


def pale_grey(view: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A picture without colour and half-way to white, so that nothing in it competes with a tint.

    Parameters
    ----------
    view : (H, W, 3) uint8

    Returns
    -------
    (H, W, 3) float32, 127.5 to 255
    """
    luma = view.astype(np.float32) @ _LUMA
    return np.repeat(((luma + 255) / 2)[..., None], 3, axis=2)


def scale_bar(width: int, height: int) -> NDArray[np.uint8]:
    """The colours from full blue over white to full red, for a legend.

    Returns
    -------
    (height, width, 3) uint8
    """
    ramp = np.broadcast_to(np.linspace(-1, 1, width, dtype=np.float32), (height, width))
    return overlay(np.full((height, width, 3), 255, np.uint8), ramp, 1.0, opacity=1.0, in_colour=True)


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of a sheet: `title` above it, `note` (may have several lines) below."""

    title: str
    note: str
    picture: NDArray[np.uint8]


def sheet(panels: Sequence[Panel], *, columns: int = 5) -> NDArray[np.uint8]:
    """Lay labelled panels out in rows, for a file that explains itself.

    Parameters
    ----------
    panels
        At least one; pictures (H, W, 3) uint8 of any size, drawn at the same width.
    columns
        Panels in a row.

    Returns
    -------
    (H, W, 3) uint8
    """
    title_font, note_font = ImageFont.load_default(_TITLE_PX), ImageFont.load_default(_NOTE_PX)
    tallest = max(each.picture.shape[0] / each.picture.shape[1] for each in panels)
    picture_px = round(_PANEL_PX * tallest)
    note_lines = max(each.note.count("\n") + 1 for each in panels)
    cell_w = _PANEL_PX + _MARGIN
    cell_h = _TITLE_PX + 10 + picture_px + 6 + note_lines * (_NOTE_PX + 5) + _MARGIN
    across = min(columns, len(panels))
    down = -(-len(panels) // columns)
    paper = Image.new("RGB", (across * cell_w + _MARGIN, down * cell_h + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(paper)
    for position, panel in enumerate(panels):
        left = _MARGIN + position % columns * cell_w
        top = _MARGIN + position // columns * cell_h
        height = round(_PANEL_PX * panel.picture.shape[0] / panel.picture.shape[1])
        picture = Image.fromarray(panel.picture).resize((_PANEL_PX, height), Image.Resampling.BICUBIC)
        draw.text((left, top), panel.title, _INK, title_font)
        paper.paste(picture, (left, top + _TITLE_PX + 10))
        draw.multiline_text((left, top + _TITLE_PX + 16 + picture_px), panel.note, _FAINT, note_font, spacing=5)
    return np.asarray(paper)
