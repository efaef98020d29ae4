"""Fonts of texts in drawn pictures.

The font that comes with Pillow has Latin letters only. For other languages a font of the system is used; without one,
pictures have English texts.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from PIL import ImageFont

from xai_core.language import ENGLISH, current, using

FILES: Mapping[str, tuple[str, ...]] = {
    "ja": (
        "NotoSansCJK-Regular.ttc",
        "NotoSansCJKjp-Regular.otf",
        "NotoSansJP-Regular.ttf",
        "NotoSansJP-Regular.otf",
        "YuGothM.ttc",
        "meiryo.ttc",
        "msgothic.ttc",
        "ヒラギノ角ゴシック W3.ttc",
        "ipaexg.ttf",
        "ipag.ttf",
        "TakaoPGothic.ttf",
    )
}
"""Language -> files of fonts with its letters, the first of which is used. Pillow looks in the system's folders."""


_LIMIT_S = 10


@contextmanager
def drawing() -> Iterator[None]:
    """Write texts in this context in a language whose letters can be drawn: the reader's, or else English."""
    with using(current() if has_letters() else ENGLISH):
        yield


def has_letters() -> bool:
    """Return True if this machine has a font for the reader's language, for pictures and for printed pages."""
    return current() not in FILES or file_of(current()) is not None


def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font with the letters of the current language, or that of Pillow if there is none."""
    name = file_of(current())
    return ImageFont.truetype(name, size_px) if name else ImageFont.load_default(size_px)


@cache  # a search through all folders with fonts
def file_of(language: str) -> str | None:
    """Return the file of a font with the letters of a language; None for Latin letters, and without such a font."""
    for name in (*FILES.get(language, ()), *_listed(language)):
        try:
            ImageFont.truetype(name, 12)
        except OSError:
            continue
        return name
    return None


def _listed(language: str) -> list[str]:
    """Return the files of fonts with the letters of a language that fontconfig lists, as on Linux."""
    program = shutil.which("fc-list")
    if program is None or language not in FILES:
        return []
    command = [program, f":lang={language}", "-f", "%{file}\\n"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    return listed.stdout.splitlines()
