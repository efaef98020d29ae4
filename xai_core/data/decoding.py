"""Decoding of picture files from outside."""

import io
import threading
import warnings
from contextlib import suppress

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from xai_core.errors import PictureUnreadable
from xai_core.language import deferred, mark

MAX_PIXELS = 64_000_000
"""Largest number of pixels; a larger picture is taken for a decompression bomb, a small file that fills the memory."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""Formats that are decoded, by Pillow's names."""

# 2 to 8 turn or mirror. 1 is upright, and other values, which some programs write, mean nothing.
_TURNING = range(2, 9)
_ON_ITS_SIDE = range(5, 9)


def decode(
    content: bytes,
    image_id: str,
    *,
    formats: tuple[str, ...] = FORMATS,
    max_pixels: int = MAX_PIXELS,
    enough_px: int | None = None,
) -> Image.Image:
    """Decode a picture file of any usual format.

    Parameters
    ----------
    content
        Content of the file.
    image_id
        Name of the picture in messages.
    formats
        Formats out of `FORMATS` that may be decoded.
    max_pixels
        Largest number of pixels that is decoded.
    enough_px
        If given, a JPEG may be decoded at a half, a quarter or an eighth of its size, as long as its longer side keeps
        this many pixels. That takes a fraction of the time.

    Returns
    -------
    RGB, turned upright by its EXIF orientation, transparent parts on white.

    Raises
    ------
    PictureUnreadable
        If it is not a picture, damaged, cut off, or larger than `max_pixels`, whatever the decoder raises.
    """
    try:
        with quiet_pillow, Image.open(io.BytesIO(content), formats=formats) as photo:
            if photo.width * photo.height > max_pixels:
                reason = deferred(
                    "it has {width} x {height} pixels, over {most:,}",
                    width=photo.width,
                    height=photo.height,
                    most=max_pixels,
                )
                raise PictureUnreadable(image_id, reason)  # noqa: TRY301 - the file is open here
            if enough_px is not None:
                longer = max(photo.size)
                photo.draft(
                    None, (max(1, photo.width * enough_px // longer), max(1, photo.height * enough_px // longer))
                )
            # Load first: reading the orientation of a PNG decodes it too, and if that fails Pillow goes on with black.
            photo.load()
            if photo.mode == "P" and photo.palette is None:
                # Pillow would show it black.
                raise PictureUnreadable(image_id, mark("its palette is missing"))  # noqa: TRY301 - the file is open here
            return as_rgb(photo)
    except PictureUnreadable:
        raise
    # Anything, because decoders of damaged files raise what their authors did not think of: AssertionError where a
    # palette is missing, struct.error, RecursionError. One picture must not end a study of thousands.
    except Exception as fault:
        raise PictureUnreadable(image_id, _reason(content, fault)) from fault


def upright_size(content: bytes, image_id: str) -> tuple[int, int]:
    """Return width and height of a picture in pixels, turned upright by its EXIF orientation, without decoding it.

    Raises
    ------
    PictureUnreadable
        If it is not a picture.
    """
    try:
        with quiet_pillow, Image.open(io.BytesIO(content), formats=FORMATS) as photo:
            width, height = photo.size
            turned = photo.getexif().get(ExifTags.Base.Orientation) in _ON_ITS_SIDE
    except Exception as fault:  # anything, see `decode`
        raise PictureUnreadable(image_id, _reason(content, fault)) from fault
    return (height, width) if turned else (width, height)


def needs_turning(photo: Image.Image) -> bool:
    """Return True if the EXIF orientation of an opened picture asks to turn or mirror it."""
    try:
        return photo.getexif().get(ExifTags.Base.Orientation) in _TURNING
    except Exception:  # noqa: BLE001 - metadata of a foreign file, see `decode`
        return False


class _QuietPillow:
    """Context that hides Pillow's warnings about odd metadata, in all threads that decode.

    `warnings.catch_warnings` changes a state of the whole process and must be left in the reverse order of entering.
    Threads do not keep that order. Therefore the first thread enters and the last one leaves.
    """

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._caught: warnings.catch_warnings[None] | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.simplefilter("ignore")

    def __exit__(self, *fault: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._caught is not None:
                self._caught.__exit__(None, None, None)


quiet_pillow = _QuietPillow()
"""The context to use around everything that Pillow does to a file from outside."""


def as_rgb(photo: Image.Image) -> Image.Image:
    """Return a picture in RGB, turned upright by its EXIF orientation, transparent parts on white."""
    with suppress(Exception):  # damaged metadata is no reason to lose a good picture
        photo = ImageOps.exif_transpose(photo)
    if photo.mode.startswith("I;16"):
        # Pillow clips 16-bit grey to 255 instead of scaling it.
        photo = photo.convert("I").point(lambda grey: grey / 257).convert("L")
    if photo.has_transparency_data:
        rgba = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return photo.convert("RGB")


def _reason(content: bytes, fault: BaseException) -> str:
    if not content:
        return mark("the file is empty")
    if isinstance(fault, UnidentifiedImageError):
        return deferred("it is not a picture of a known kind ({kinds})", kinds=", ".join(FORMATS))
    if isinstance(fault, Image.DecompressionBombError):
        return deferred("it has over {most:,} pixels", most=MAX_PIXELS)
    if isinstance(fault, MemoryError):
        return mark("there is too little memory to decode it")
    return deferred("it is damaged ({reason})", reason=str(fault).strip().rstrip(".") or type(fault).__name__)
