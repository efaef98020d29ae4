"""SHAP maps as pictures, from arrays to arrays, without figures, files or global state."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from xai_core.errors import SettingRefused
from xai_core.exports import fonts
from xai_core.language import mark
from xai_core.palettes import RED_BLUE, Palette

BACKDROPS = {
    "grey": mark("Map over a grey picture"),
    "picture": mark("Map over the picture"),
    "none": mark("Map alone"),
    "spotlight": mark("Spotlight"),
}
"""Ways of drawing a map with their titles for `tr`.

The colours of the map lie over a pale grey copy of the picture, over the picture, or over white. The spotlight has no
colours of its own: it shows the picture where evidence for the class lies, and the rest in dark grey.
"""

QUANTILE = 0.98
"""Share of a map's pixels whose values are within the colour limit.

Regions along edges have very different sizes, so that one small region sets a larger quantile. For twenty mistakes of
photographs with their companions, 0.999 over all maps of a page gave a limit 2.9 times as large as this one for the
mistake at the median, and 7 times at the most.
"""

_FULL_LIGHT = 0.5  # share of the limit from which the spotlight shows a pixel as it is
_DARK = 0.35  # brightness of what lies outside of the spotlight

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow's "L"
_MARGIN, _TITLE_PX, _NOTE_PX, _PANEL_PX = 12, 17, 14, 300
_HEAD_PX, _SCALE_PX = 24, 180
_INK, _FAINT, _PAPER = (30, 30, 34), (96, 96, 104), (255, 255, 255)


def shared_limit(*maps: NDArray[np.float32], quantile: float = QUANTILE) -> float:
    """Return one symmetric colour limit for maps shown side by side.

    With it, equal colours mean equal SHAP values in all of them.

    Parameters
    ----------
    *maps : (H, W) float32
        SHAP values per pixel, in logits.
    quantile
        Share of the pixels of each map whose |value| is within the limit. Values beyond it are clipped.

    Returns
    -------
    Largest of the limits of the single maps, in logits per pixel. Maps that are 0 everywhere give the smallest positive
    float, to avoid division by zero.
    """
    own = [float(np.quantile(np.abs(shap_map), quantile)) for shap_map in maps]
    return max(*own, float(np.finfo(np.float32).tiny)) if own else float(np.finfo(np.float32).tiny)


def overlay(
    view: NDArray[np.uint8],
    shap_map: NDArray[np.float32],
    limit: float,
    *,
    opacity: float = 0.85,
    backdrop: str = "grey",
    palette: Palette = RED_BLUE,
) -> NDArray[np.uint8]:
    """Draw a map over a picture, in one colour for positive values and in another for negative ones.

    Where the map is 0 the backdrop is unchanged. The backdrop "spotlight" is drawn by `spotlight`.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model saw it (resized and cropped, not normalised).
    shap_map : (H, W) float32
        SHAP value per pixel, in logits.
    limit
        |SHAP value| that is drawn at the full `opacity`. See `xai_core.explain.colour_scale`.
    opacity
        Opacity of the colour at the limit, 0 to 1.
    backdrop
        One of `BACKDROPS`. On the default pale grey, the red of a tomato is not mistaken for evidence.
    palette
        Colours of the map.

    Returns
    -------
    (H, W, 3) uint8

    Raises
    ------
    ValueError
        If picture and map differ in height or width.
    SettingRefused
        If there is no such backdrop.
    """
    if view.shape[:2] != shap_map.shape:
        raise ValueError(
            f"The picture is {view.shape[:2]} and the map is {shap_map.shape}; show the picture as the model saw it."
        )
    if backdrop == "spotlight":
        return spotlight(view, shap_map, limit)
    # Linear in |value| and symmetric about 0, so that equal colours are equal values on both sides.
    strength = opacity * np.clip(np.abs(shap_map) / limit, 0, 1)[..., None]
    towards, away = (np.array(rgb, np.float32) for rgb in (palette.towards_rgb, palette.away_rgb))
    colour = np.where(shap_map[..., None] >= 0, towards, away)
    return np.rint(_under(view, backdrop) * (1 - strength) + colour * strength).astype(np.uint8)


def _under(view: NDArray[np.uint8], backdrop: str) -> NDArray[np.float32]:
    if backdrop not in BACKDROPS:
        raise SettingRefused("backdrop", repr(backdrop), ", ".join(BACKDROPS))
    if backdrop == "grey":
        return pale_grey(view)
    return view.astype(np.float32) if backdrop == "picture" else np.full(view.shape, 255, np.float32)


def spotlight(view: NDArray[np.uint8], shap_map: NDArray[np.float32], limit: float) -> NDArray[np.uint8]:
    """Show a picture where its map is positive, and the rest in dark grey.

    Pixels with at least half of the limit are as in the picture, weaker ones in proportion.

    Parameters
    ----------
    view, shap_map, limit
        See `overlay`. Regions within noise should be 0 in the map.

    Returns
    -------
    (H, W, 3) uint8
    """
    light = np.clip(shap_map / (_FULL_LIGHT * limit), 0, 1)[..., None]
    shown: NDArray[np.uint8] = np.rint(view * light + _DARK * _grey(view) * (1 - light)).astype(np.uint8)
    return shown


def pale_grey(view: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a picture without colour and half-way to white, so that nothing in it competes with the map.

    Parameters
    ----------
    view : (H, W, 3) uint8

    Returns
    -------
    (H, W, 3) float32, 127.5 to 255
    """
    return np.asarray((_grey(view) + 255) / 2, np.float32)


def _grey(view: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.repeat((view.astype(np.float32) @ _LUMA)[..., None], 3, axis=2)


def scale_bar(width: int, height: int, palette: Palette = RED_BLUE) -> NDArray[np.uint8]:
    """Draw the colour scale of a legend.

    It goes from the strongest evidence against, over white, to the strongest evidence for.

    Returns
    -------
    (height, width, 3) uint8
    """
    ramp = np.broadcast_to(np.linspace(-1, 1, width, dtype=np.float32), (height, width))
    return overlay(np.zeros((height, width, 3), np.uint8), ramp, 1.0, opacity=1.0, backdrop="none", palette=palette)


@dataclass(frozen=True, slots=True)
class Panel:
    """Picture of a sheet, with a title above it and a note of one or more lines below."""

    title: str
    note: str
    picture: NDArray[np.uint8]


def sheet(panels: Sequence[Panel], *, columns: int = 5) -> NDArray[np.uint8]:
    """Lay labelled panels out in rows.

    Parameters
    ----------
    panels
        One or more panels, with (H, W, 3) uint8 pictures of any size, which are drawn at the same width.
    columns
        Number of panels in a row.

    Returns
    -------
    (H, W, 3) uint8
    """
    title_font, note_font = fonts.font(_TITLE_PX), fonts.font(_NOTE_PX)
    tallest = max(panel.picture.shape[0] / panel.picture.shape[1] for panel in panels)
    picture_px = round(_PANEL_PX * tallest)
    note_lines = max(panel.note.count("\n") + 1 for panel in panels)
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


def framed(
    paper: NDArray[np.uint8], *, head: str, scale: str, foot: Sequence[str], palette: Palette = RED_BLUE
) -> NDArray[np.uint8]:
    """Add a heading above a sheet, and the colour scale and small print below it.

    Parameters
    ----------
    paper : (H, W, 3) uint8
        Result of `sheet`.
    head
        Heading, such as the question that the sheet answers.
    scale
        Meaning of the colours.
    foot
        Lines of small print: numbers, settings, provenance.
    palette
        Colours of the scale.

    Returns
    -------
    (H, W, 3) uint8, at least as large as `paper`
    """
    head_font, note_font = fonts.font(_HEAD_PX), fonts.font(_NOTE_PX)
    texts = [(_MARGIN, note_font, line) for line in foot]
    texts += [(_MARGIN, head_font, head), (2 * _MARGIN + _SCALE_PX, note_font, scale)]
    width = max([paper.shape[1], *(round(left + font.getlength(text)) + _MARGIN for left, font, text in texts)])
    line_px, top = _NOTE_PX + 6, _HEAD_PX + 2 * _MARGIN
    below = top + paper.shape[0]
    framing = Image.new("RGB", (width, below + (1 + len(foot)) * line_px + 2 * _MARGIN), _PAPER)
    draw = ImageDraw.Draw(framing)
    draw.text((_MARGIN, _MARGIN), head, _INK, head_font)
    framing.paste(Image.fromarray(paper), (0, top))
    framing.paste(Image.fromarray(scale_bar(_SCALE_PX, _NOTE_PX, palette)), (_MARGIN, below))
    draw.text((2 * _MARGIN + _SCALE_PX, below), scale, _INK, note_font)
    for line, text in enumerate(foot, start=1):
        draw.text((_MARGIN, below + line * line_px + _MARGIN), text, _FAINT, note_font)
    return np.asarray(framing)


def png(picture: NDArray[np.uint8], *, compression: int = 6) -> bytes:
    """Return an (H, W, 3) uint8 picture as the bytes of a PNG file, compressed by 0 (not at all) to 9."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=compression)
    return out.getvalue()


_QUICK = 1
"""Compression of pictures that are drawn again and again while they are computed."""


def data_url(picture: NDArray[np.uint8]) -> str:
    """Return an (H, W, 3) uint8 picture as a data URL, which a browser shows without fetching anything."""
    return "data:image/png;base64," + base64.b64encode(png(picture, compression=_QUICK)).decode()
