"""A labelled set of pictures in torchvision's `Food101` folder layout: ids, truths, one photograph."""

import hashlib
import io
import json
import struct
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from PIL import Image, UnidentifiedImageError

from xai_core.errors import DataMissing, NameUnknown, PictureUnreadable
from xai_core.labels import close

MAX_PIXELS = 64_000_000
"""More is taken for a decompression bomb: a file of a few kilobytes that would fill the memory."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""Kinds of files that are decoded, by Pillow's names."""

FAULTS: tuple[type[Exception], ...] = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError)
FAULTS += (EOFError, MemoryError, struct.error, Image.DecompressionBombError)
"""What Pillow's decoders are known to raise on damaged files."""

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """One annotated picture: its id ("pork_chop/1234") and its true class ("pork_chop")."""

    image_id: str
    truth: str


@dataclass(frozen=True)
class Food101Folder:
    """One split of a folder `images/<class>/<name>.jpg` with `meta/<split>.json` (or `.txt`) beside.

    Attributes
    ----------
    root
        The folder that holds `images` and `meta`.
    split
        "test" or "train".
    classes
        Names of the classes in sorted order, as torchvision numbers them; `meta/classes.txt` is ordered otherwise.
    pictures
        All pictures of the split, sorted by class, then in the order of the split's file. May be empty.
    fingerprint
        24 hexadecimal digits over split, ids and truths: equal lists of pictures have equal fingerprints.
    """

    root: Path
    split: str
    classes: tuple[str, ...]
    pictures: tuple[Picture, ...]
    fingerprint: str

    @classmethod
    def open(cls, root: Path, split: str = "test") -> Self:
        """Read the list of pictures; the pictures themselves are not touched.

        Parameters
        ----------
        root
            The folder that holds `food-101/`, or `food-101` itself.
        split
            "test" or "train".

        Raises
        ------
        DataMissing
            If the folder, its `images` or `meta`, or the split's file is missing or not as torchvision writes it.
        """
        base = _base(root.expanduser().absolute())
        listed = _listed(base, split)
        extra = base / "meta" / "classes.txt"
        known = _lines(base, extra) if extra.is_file() else []
        pictures = tuple(Picture(image_id, truth) for truth in sorted(listed) for image_id in listed[truth])
        return cls(
            root=base,
            split=split,
            classes=tuple(sorted({*listed, *known})),
            pictures=pictures,
            fingerprint=_fingerprint(split, pictures),
        )

    def path(self, image_id: str) -> Path:
        """Where the picture's file is, or would be."""
        return self.root / "images" / f"{image_id}.jpg"

    def read_bytes(self, image_id: str) -> bytes:
        """Content of the picture's file.

        Raises
        ------
        NameUnknown
            If the split has no such picture; so no id from outside can name another file.
        PictureUnreadable
            If its file is missing or cannot be opened.
        """
        if image_id not in self._ids:
            raise NameUnknown("picture", image_id, close_ids(image_id, tuple(self._ids)))
        try:
            return self.path(image_id).read_bytes()
        except FileNotFoundError:
            raise PictureUnreadable(image_id, "the file is missing") from None
        except OSError as fault:
            raise PictureUnreadable(image_id, f"the file cannot be opened ({fault.strerror})") from fault

    @cached_property
    def _ids(self) -> Mapping[str, None]:
        return dict.fromkeys(picture.image_id for picture in self.pictures)


def spread(pictures: Sequence[Picture], limit: int | None) -> tuple[Picture, ...]:
    """At most `limit` pictures at equal steps through the list, so that every class keeps its share.

    >>> [p.image_id for p in spread([Picture(f"a/{i}", "a") for i in range(6)], 3)]
    ['a/0', 'a/2', 'a/4']
    """
    if limit is None or limit >= len(pictures):
        return tuple(pictures)
    return tuple(pictures[step * len(pictures) // limit] for step in range(limit))


def close_ids(image_id: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Return up to three ids that look like `image_id`, searched in the class that it names or nearly names."""
    named = image_id.partition("/")[0]
    classes = sorted({each.partition("/")[0] for each in ids})
    # Comparing with all of 25,000 ids takes seconds; with those of the likeliest class, milliseconds.
    likely = named if named in classes else next(iter(close(named, classes)), "")
    return close(image_id, [each for each in ids if each.startswith(f"{likely}/")])


def decoded(
    content: bytes, image_id: str, *, formats: tuple[str, ...] = FORMATS, max_pixels: int = MAX_PIXELS
) -> Image.Image:
    """Decode a picture file of any usual kind.

    Parameters
    ----------
    content
        The file's bytes.
    image_id
        Names the picture in messages.
    formats
        Those of `FORMATS` that may be decoded.
    max_pixels
        A picture with more is not decoded.

    Returns
    -------
    RGB, upright by its EXIF orientation, transparent parts on white.

    Raises
    ------
    PictureUnreadable
        If it is not a picture, damaged, cut off, or larger than `max_pixels`.
    """
    try:
        with unwarned, Image.open(io.BytesIO(content), formats=formats) as photo:
            if photo.width * photo.height > max_pixels:
                raise PictureUnreadable(image_id, f"it has {photo.width} x {photo.height} pixels, over {max_pixels:,}")
            photo.load()  # a PNG's orientation is read by decoding it; after a failure there Pillow gives black
            turn = orientation(photo)
            rgb = _rgb(photo)
    except FAULTS as fault:
        raise PictureUnreadable(image_id, _reason(content, fault)) from fault
    return rgb.transpose(_UPRIGHT[turn]) if turn in _UPRIGHT else rgb


class _Unwarned:
    """Keeps Pillow's remarks on odd metadata quiet in all threads that decode.

    `warnings.catch_warnings` changes a state of the whole process and must be left in the reverse order of entering,
    which threads do not do; so the first thread enters and the last one leaves.
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


unwarned = _Unwarned()
"""`with unwarned:` around whatever Pillow does to a file from outside."""


def orientation(photo: Image.Image) -> int:
    """How a photograph has to be turned, as in EXIF: 1 is upright."""
    try:
        return int(photo.getexif().get(_ORIENTATION_TAG, 1))
    except FAULTS:  # damaged metadata is no reason to lose a good picture
        return 1


def _rgb(photo: Image.Image) -> Image.Image:
    if photo.mode.startswith("I;16"):
        # Pillow clips 16-bit grey to 255 instead of scaling it.
        photo = photo.convert("I").point(lambda grey: grey / 257).convert("L")
    if photo.has_transparency_data:
        rgba = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return photo.convert("RGB")


def _reason(content: bytes, fault: BaseException) -> str:
    if not content:
        return "the file is empty"
    if isinstance(fault, UnidentifiedImageError):
        return "it is not a picture of a known kind (" + ", ".join(FORMATS) + ")"
    if isinstance(fault, Image.DecompressionBombError):
        return f"it has over {MAX_PIXELS:,} pixels"
    return f"it is damaged ({str(fault).strip().rstrip('.') or type(fault).__name__})"


def _base(root: Path) -> Path:
    """Return the folder that holds `images` and `meta`: `root/food-101`, or `root`."""
    if not root.is_dir():
        raise DataMissing(root, "the folder itself")
    base = root / "food-101" if (root / "food-101").is_dir() else root
    absent = [(base / name).relative_to(root) for name in ("images", "meta") if not (base / name).is_dir()]
    if absent:
        raise DataMissing(root, " and ".join(f"the folder {name.as_posix()}" for name in absent))
    return base


def _listed(base: Path, split: str) -> dict[str, list[str]]:
    """Image ids by true class, from the split's JSON, else its text file."""
    as_json, as_text = base / "meta" / f"{split}.json", base / "meta" / f"{split}.txt"
    if as_json.is_file():
        try:
            return _checked(base, as_json, json.loads(_text(base, as_json)))
        except ValueError as fault:
            raise DataMissing(base, f"a sound meta/{as_json.name} (it is no JSON: {fault})") from fault
    if as_text.is_file():
        listed: dict[str, list[str]] = {}
        for line in _lines(base, as_text):
            listed.setdefault(line.partition("/")[0], []).append(line)
        return _checked(base, as_text, listed)
    raise DataMissing(base, f"meta/{split}.json (and meta/{split}.txt)")


def _checked(base: Path, path: Path, listed: object) -> dict[str, list[str]]:
    """Refuse what torchvision would not have written, above all ids that lead out of the folder."""
    if not isinstance(listed, dict) or not all(isinstance(ids, list) for ids in listed.values()):
        raise DataMissing(base, f"a sound meta/{path.name} (it does not list ids by class)")
    seen: set[str] = set()
    for image_id in (each for ids in listed.values() for each in ids):
        if not _is_id(image_id):
            raise DataMissing(base, f"a sound meta/{path.name} (it lists {image_id!r}, expected class/name)")
        if image_id in seen:
            raise DataMissing(base, f"a sound meta/{path.name} (it lists {image_id} twice)")
        seen.add(image_id)
    return listed


def _is_id(entry: object) -> bool:
    if not isinstance(entry, str) or not entry.isprintable() or "\\" in entry:
        return False
    parts = entry.split("/")
    return len(parts) == 2 and all(part.strip(".") for part in parts)


def _lines(base: Path, path: Path) -> list[str]:
    return [line.strip() for line in _text(base, path).splitlines() if line.strip()]


def _text(base: Path, path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise DataMissing(base, f"a readable meta/{path.name} ({fault})") from fault


def _fingerprint(split: str, pictures: Sequence[Picture]) -> str:
    text = "\n".join([split, *(f"{picture.image_id}\t{picture.truth}" for picture in pictures)])
    return hashlib.sha256(text.encode()).hexdigest()[:24]
