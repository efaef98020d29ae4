"""Pictures that readers upload."""

import codecs
import io
import re
import threading
from dataclasses import dataclass

from PIL import Image

from xai_core.data.decoding import decode, needs_turning, quiet_pillow
from xai_core.errors import PictureUnreadable, UploadRefused
from xai_core.language import mark, tr
from xai_core.texts import paragraph

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 40_000_000

SUFFIXES = {"JPEG": ("jpg", "jpeg", "jfif"), "PNG": ("png",), "WEBP": ("webp",)}
"""Formats that are accepted, by Pillow's names, and the suffixes of their files."""

_NAMES = {"JPEG": mark("a JPEG"), "PNG": mark("a PNG"), "WEBP": mark("a WebP")}
_MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
# Other files that people try, by their first bytes. The first pattern that fits gives the description.
_OTHER_KINDS = (
    (rb"GIF8", mark("a GIF")),
    (rb"II\*\0|MM\0\*", mark("a TIFF")),
    (rb"BM", mark("a BMP")),
    (rb"....ftyp(hei|hev|mif|msf|avi)", mark("a HEIC or AVIF picture")),
    (rb"....ftyp|\x1aE\xdf\xa3", mark("a film")),
    (rb"%PDF", mark("a PDF document")),
    (rb"PK\x03\x04", mark("a ZIP archive")),
    (rb"\s*(<\?xml.*?)?(<!--.*?)?<svg", mark("an SVG drawing")),
    (rb"(?i)\s*(<!--.*?)?<(!doctype html|html|head|body)", mark("a web page")),
    (rb"[\t\n\r -~]*\Z", mark("a text")),
)
_HEAD_BYTES = 1024
_ANOTHER_KIND = mark("Save it as one of these kinds, then upload it again.")
_ANOTHER_COPY = mark("Upload another copy of it.")
_SMALLER = mark("Make it smaller, then upload it again.")

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
        raise _refused(tr("The file is empty."), _ANOTHER_COPY)
    if len(content) > MAX_BYTES:
        raise _refused(tr("The file has {size:.1f} MB.", size=len(content) / 2**20), _SMALLER)
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
        unknown = mark("of an unknown kind")
        found = next((found for magic, found in _OTHER_KINDS if re.match(magic, start, re.DOTALL)), unknown)
        raise _refused(tr("The file is {kind}.", kind=tr(found)), _ANOTHER_KIND)
    return kind


def _notes(content: bytes, kind: str, name: str) -> tuple[str, ...]:
    """Check the head of a file, and return sentences about what decoding will change."""
    try:
        with quiet_pillow, Image.open(io.BytesIO(content), formats=(kind,)) as head:
            if head.width * head.height > MAX_PIXELS:
                size = tr("The file has {width:,} x {height:,} pixels.", width=head.width, height=head.height)
                raise _refused(size, _SMALLER)  # noqa: TRY301 - it is open
            notes = tuple(_changes(head, kind, name))
        if kind == "PNG":
            _check_sums(content)
    except Image.DecompressionBombError as fault:
        pixels = re.search(r"\d+", str(fault))
        size = (
            tr("The file has {megapixels:,.0f} megapixels.", megapixels=int(pixels[0]) / 1e6)
            if pixels
            else tr("The file is too large.")
        )
        raise _refused(size, _SMALLER) from fault
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
        notes.append(tr("In spite of its name the file is {kind}.", kind=tr(_NAMES[kind])))
    # A second picture inside a JPEG holds depth or brightness. It is no animation.
    frames = getattr(head, "n_frames", 1) if kind != "JPEG" else 1
    if frames > 1:
        notes.append(tr("It is animated. This is the first of its {frames} frames.", frames=frames))
    if needs_turning(head):
        notes.append(tr("It was turned upright, as the camera recorded."))
    if head.mode == "CMYK":
        notes.append(tr("Its printing colours were converted to screen colours."))
    if head.mode.startswith("I"):
        notes.append(tr("Its 16 bits of grey were reduced to 8."))
    if head.has_transparency_data:
        notes.append(tr("Transparent parts are shown white."))
    return notes


def _damaged(kind: str) -> UploadRefused:
    return _refused(tr("The file is {kind} that is damaged or cut off.", kind=tr(_NAMES[kind])), _ANOTHER_COPY)


def _refused(sentence: str, hint: str) -> UploadRefused:
    accepted = tr(
        "Accepted are JPEG, PNG and WebP pictures of up to {megabytes} MB and {megapixels} megapixels.",
        megabytes=MAX_BYTES // 2**20,
        megapixels=MAX_PIXELS // 10**6,
    )
    return UploadRefused(paragraph(sentence, accepted), tr(hint))
