"""Bring the catalogues of translations up to date with the texts of the code.

Run `python tools/catalogues.py` after a text has changed. It keeps translations, adds new texts without a translation
(or with the one that another room has), removes texts that are gone, and prints what is still to be translated.

Each room has its own file: texts of `pages/ui/data/` are in `locale/ja/pages-data.po`.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from babel.messages.catalog import Catalog  # noqa: E402
from babel.messages.pofile import write_po  # noqa: E402

from xai_core.__main__ import app  # noqa: E402
from xai_core.catalogue_files import CATALOGUES, read_catalogue  # noqa: E402
from xai_core.cli.help.commands import docstring, functions  # noqa: E402
from xai_core.language import ENGLISH, LANGUAGES, counted_text  # noqa: E402

FUNCTIONS = {"tr": 1, "tr_n": 2, "mark": 1, "deferred": 1}
"""Functions whose first arguments are texts -> how many of them."""


@dataclass(frozen=True)
class Text:
    """A text of the code.

    Attributes
    ----------
    ids
        The text, or its singular and plural.
    place
        File and line.
    """

    ids: tuple[str, ...]
    place: tuple[str, int]


def texts_of(path: Path) -> Iterator[Text]:
    """Yield the texts of a file in their order.

    Raises
    ------
    ValueError
        If a text is not a literal, so that nobody could translate it.
    """
    name = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        function = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        place = (name, node.lineno)
        if function == "counted" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            yield Text((counted_text(str(node.args[1].value)),), place)
        if function == "live":
            # What each job is about, which `progress_words.spent` counts.
            nouns = [keyword.value for keyword in node.keywords if keyword.arg == "noun"]
            yield from (
                Text((counted_text(str(noun.value)),), place) for noun in nouns if isinstance(noun, ast.Constant)
            )
        if function not in FUNCTIONS or not isinstance(node.func, ast.Name):
            continue
        given = node.args[: FUNCTIONS[function]]
        ids = tuple(item.value for item in given if isinstance(item, ast.Constant) and isinstance(item.value, str))
        if len(ids) == FUNCTIONS[function]:
            yield Text(ids, place)
        elif function not in ("tr", "deferred") or any(isinstance(item, ast.JoinedStr | ast.BinOp) for item in given):
            # `tr(LABELS[key])` is allowed: the constants of the table are marked.
            raise ValueError(f"{name}:{node.lineno}: {function} needs a literal text.")


def room_of(path: Path) -> str:
    """Return the name of a file's catalogue.

    >>> room_of(ROOT / "pages/ui/data/map.py"), room_of(ROOT / "xai_core/labels.py")
    ('pages-data', 'core-labels')
    """
    top, *below = path.relative_to(ROOT).with_suffix("").parts
    if top == "pages":
        return f"pages-{below[1]}" if below[0] == "ui" and len(below) > 2 else "pages"
    return f"core-{below[0].strip('_')}"


def rooms() -> dict[str, list[Text]]:
    """Return the texts of each room that has any."""
    found: dict[str, list[Text]] = {}
    for top in ("pages", "xai_core"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for text in texts_of(path):
                found.setdefault(room_of(path), []).append(text)
    for path, text in _docstrings_of_commands():
        found.setdefault(room_of(path), []).append(text)
    return found


def _docstrings_of_commands() -> Iterator[tuple[Path, Text]]:
    """Yield the docstrings that are the help of commands, with their files."""
    for function in functions(app):
        path = Path(function.__code__.co_filename)
        yield path, Text((docstring(function),), (path.relative_to(ROOT).as_posix(), function.__code__.co_firstlineno))


def _filled(language: str, texts: list[Text], known: dict[str, str]) -> Catalog:
    catalogue = Catalog(locale=language, fuzzy=False)
    for text in texts:
        ids = text.ids[0] if len(text.ids) == 1 else text.ids
        translation = known.get(text.ids[0], "")
        catalogue.add(ids, translation if isinstance(ids, str) else (translation,), locations=[(text.place[0], 0)])
    return catalogue


def _write(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, omit_header=True, include_lineno=False)


def update(language: str) -> list[str]:
    """Write the catalogues of a language, and return the texts that have no translation."""
    folder, found = CATALOGUES / language, rooms()
    own = {path.stem: read_catalogue(path) for path in sorted(folder.glob("*.po"))}
    known = {text: translation for catalogue in own.values() for text, translation in catalogue.items()}
    missing = []
    for room, texts in found.items():
        words = known | dict(own.get(room, {}))
        _write(folder / f"{room}.po", _filled(language, texts, words))
        missing += [f"{room}: {text.ids[0]}" for text in texts if not words.get(text.ids[0])]
    for room in own.keys() - found.keys() - {"classes"}:
        (folder / f"{room}.po").unlink()
    return missing


if __name__ == "__main__":
    for code in LANGUAGES.keys() - {ENGLISH}:
        sys.stdout.writelines(f"{code}: not translated: {line}\n" for line in update(code))
