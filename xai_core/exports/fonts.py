"""Fonts of texts in drawn pictures.

The font that comes with Pillow has Latin letters only. For other languages a font of the system is used; without one,
pictures have English texts.
"""

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


@contextmanager
def drawing() -> Iterator[None]:
    """Write texts in this context in a language whose letters can be drawn: the reader's, or else English."""
    language = current()
    with using(language if language not in FILES or file_of(language) else ENGLISH):
        yield


def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font with the letters of the current language, or that of Pillow if there is none."""
    name = file_of(current())
    return ImageFont.truetype(name, size_px) if name else ImageFont.load_default(size_px)


@cache  # a search through all folders with fonts
def file_of(language: str) -> str | None:
    """Return the file of a font with the letters of a language; None for Latin letters, and without such a font."""
    for name in FILES.get(language, ()):
        try:
            ImageFont.truetype(name, 12)
        except OSError:
            continue
        return name
    return None
