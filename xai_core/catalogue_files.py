"""Files of translations."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locale"
"""Folder with a folder for each language but English."""


@cache
def read_catalogue(path: Path) -> Mapping[str, str]:
    """Return text -> translation of a file, without texts that have no translation yet.

    Japanese, the only language so far, has one form for all numbers, so a text with a plural counts by its singular.
    """
    from babel.messages.pofile import read_po  # noqa: PLC0415  (not needed for English)

    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.name)
    found: dict[str, str] = {}
    for message in catalogue:
        text, translation = _singular(message.id), _singular(message.string)
        if text and translation and not message.fuzzy:
            found[text] = translation
    return found


def _singular(text: str | Sequence[str] | None) -> str:
    return text if isinstance(text, str) else text[0] if text else ""
