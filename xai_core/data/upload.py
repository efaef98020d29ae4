"""Pictures that readers upload."""

import codecs
import io
import re
import threading
from dataclasses import dataclass

from PIL import Image

from xai_core.data.decoding import decode, needs_turning, quiet_pillow
from xai_core.errors import PictureUnreadable, UploadRefused

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 40_000_000

SUFFIXES = {"JPEG": ("jpg", "jpeg", "jfif"), "PNG": ("png",), "WEBP": ("webp",)}
"""Formats that are accepted, by Pillow's names, and the suffixes of their files."""

ACCEPTED = f"JPEG, PNG and WebP pictures of up to {MAX_BYTES // 2**20} MB and {MAX_PIXELS // 10**6} megapixels"

_NAMES = {"JPEG": "a JPEG", "PNG": "a PNG", "WEBP": "a WebP"}
_MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
# Other files that people try, by their first bytes. The first pattern that fits gives the description.
_OTHER_KINDS = (
    (rb"GIF8", "a GIF"),
    (rb"II\*\0|MM\0\*", "a TIFF"),
    (rb"BM", "a BMP"),
    (rb"....ftyp(hei|hev|mif|msf|avi)", "a HEIC or AVIF picture"),
    (rb"....ftyp|\x1aE\xdf\xa3", "a film"),
    (rb"%PDF", "a PDF document"),
    (rb"PK\x03\x04", "a ZIP archive"),
    (rb"\s*(<\?xml.*?)?(<!--.*?)?<svg", "an SVG drawing"),
    (rb"(?i)\s*(<!--.*?)?<(!doctype html|html|head|body)", "a web page"),
    (rb"[\t\n\r -~]*\Z", "a text"),
)
_HEAD_BYTES = 1024
_ANOTHER_KIND = "Save it as one of these kinds, then upload it again."
_ANOTHER_COPY = "Upload another copy of it."
_SMALLER = "Make it smaller, then upload it again."

# One picture at a time: the largest one with transparency takes 0.6 GB while it is decoded.
_decoding = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """Uploaded picture.

    Attributes
    ----------
    photo
        RGB, upright, transparent parts on white; the first frame of an animation.
    notes
        Sentences about what was changed.
    """

    photo: Image.Image
    notes: tuple[str, ...]


def read_upload(content: bytes, name: str = "") -> Upload:
    """Decode an uploaded file, by no other decoder than those of `SUFFIXES`.

    Parameters
    ----------
    content
        Content of the file.
    name
        Name of the file. It is only compared with the format that the content has.

    Raises
    ------
    UploadRefused
        If the file is empty, something else, too large, damaged or cut off. The message says what was found and what
        is accepted.
    """
    if not content:
        raise _refused("is empty", _ANOTHER_COPY)
    if len(content) > MAX_BYTES:
        raise _refused(f"has {len(content) / 2**20:.1f} MB", _SMALLER)
    kind = _kind(content)
    with _decoding:
        notes = _notes(content, kind, name)
        try:
            return Upload(decode(content, "uploaded", formats=(kind,), max_pixels=MAX_PIXELS), notes)
        except PictureUnreadable as fault:
            raise _damaged(kind) from fault


def _kind(content: bytes) -> str:
    """Return the format of a file by its first bytes, never by its name."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    kind = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if kind is None:
        start = content[:_HEAD_BYTES].removeprefix(codecs.BOM_UTF8)
        found = next(
            (found for magic, found in _OTHER_KINDS if re.match(magic, start, re.DOTALL)), "of an unknown kind"
        )
        raise _refused(f"is {found}", _ANOTHER_KIND)
    return kind


def _notes(content: bytes, kind: str, name: str) -> tuple[str, ...]:
    """Check the head of a file, and return sentences about what decoding will change."""
    try:
        with quiet_pillow, Image.open(io.BytesIO(content), formats=(kind,)) as head:
            if head.width * head.height > MAX_PIXELS:
                raise _refused(f"has {head.width:,} x {head.height:,} pixels", _SMALLER)  # noqa: TRY301 - it is open
            notes = tuple(_changes(head, kind, name))
        if kind == "PNG":
            _check_sums(content)
    except Image.DecompressionBombError as fault:
        pixels = re.search(r"\d+", str(fault))
        raise _refused(f"has {int(pixels[0]) / 1e6:,.0f} megapixels" if pixels else "is too large", _SMALLER) from fault
    except UploadRefused:
        raise
    except Exception as fault:  # whatever a decoder raises, see `decode`
        raise _damaged(kind) from fault
    return notes


def _check_sums(content: bytes) -> None:
    """Raise Pillow's exception if a chunk of a PNG does not fit its checksum.

    Decoding alone ignores the checksums.
    """
    with quiet_pillow, Image.open(io.BytesIO(content), formats=("PNG",)) as sealed:
        sealed.verify()


def _changes(head: Image.Image, kind: str, name: str) -> list[str]:
    suffix, notes = name.rpartition(".")[2].lower(), []
    if suffix and suffix not in SUFFIXES[kind]:
        notes.append(f"In spite of its name the file is {_NAMES[kind]}.")
    # A second picture inside a JPEG holds depth or brightness. It is no animation.
    frames = getattr(head, "n_frames", 1) if kind != "JPEG" else 1
    if frames > 1:
        notes.append(f"It is animated. This is the first of its {frames} frames.")
    if needs_turning(head):
        notes.append("It was turned upright, as the camera recorded.")
    if head.mode == "CMYK":
        notes.append("Its printing colours were converted to screen colours.")
    if head.mode.startswith("I"):
        notes.append("Its 16 bits of grey were reduced to 8.")
    if head.has_transparency_data:
        notes.append("Transparent parts are shown white.")
    return notes


def _damaged(kind: str) -> UploadRefused:
    return _refused(f"is {_NAMES[kind]} that is damaged or cut off", _ANOTHER_COPY)


def _refused(found: str, hint: str) -> UploadRefused:
    return UploadRefused(f"The file {found}. Accepted are {ACCEPTED}.", hint)
