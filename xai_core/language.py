"""Texts in the reader's language.

Texts stand in the code in English, inside `tr`, `tr_n`, `mark` or `counted`. Their translations are catalogues of
gettext, one file for each room of the code, in `locale/<language>/`. `python tools/catalogues.py` brings them up
to date with the code. They are read when a language is first used, so nothing has to be compiled.

What comes from outside, such as names of pictures and studies, is not translated. Classes of Food-101 are, by
`xai_core.labels.words`.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache, wraps
from string import Formatter
from typing import TypeVar, cast

from xai_core.catalogue_files import CATALOGUES, read_catalogue

Made = TypeVar("Made")

LANGUAGES: Mapping[str, str] = {"en": "English", "ja": "日本語"}
"""Code of each language -> its own name."""

ENGLISH = "en"

_CLASSES = "classes.po"
"""File of class names, which are data and no texts of the code."""


def of_environment() -> str:
    """Return the language of the process: that of `XAI_LANG`, or English.

    The language of the system does not count, because scripts read what commands print.
    """
    return best_fit(os.environ.get("XAI_LANG", ""))


def best_fit(locale: str | None) -> str:
    """Return the language of a locale; English if it is none of ours.

    >>> best_fit("ja-JP"), best_fit("ja_JP.UTF-8"), best_fit("fr"), best_fit(None)
    ('ja', 'ja', 'en', 'en')
    """
    code = (locale or "").replace("_", "-").split("-")[0].casefold()
    return code if code in LANGUAGES else ENGLISH


_reader: Callable[[], str] = of_environment


def ask(reader: Callable[[], str]) -> None:
    """Use a function that returns the language of whoever reads, each time that a text is needed."""
    global _reader  # noqa: PLW0603  (one for the process, like the interpreter's own locale)
    _reader = reader


_kept: ContextVar[str | None] = ContextVar("language", default=None)


def current() -> str:
    """Return the code of the reader's language."""
    return _kept.get() or _reader()


@contextmanager
def using(language: str) -> Iterator[None]:
    """Write texts in this language in this context, whoever reads them."""
    before = _kept.set(language)
    try:
        yield
    finally:
        _kept.reset(before)


def in_current(make: Callable[[], Made]) -> Callable[[], Made]:
    """Return a function that makes something in the language of now, whoever calls it and when.

    Files to download are made in a thread that has no reader.
    """
    language = current()

    @wraps(make)
    def made() -> Made:
        with using(language):
            return make()

    return made


def translation_of(text: str) -> str | None:
    """Return a text in the reader's language; None if it has no translation, as in English."""
    return _catalogue(current()).get(text)


def tr(text: str, /, **values: object) -> str:
    """Return a text in the reader's language.

    Parameters
    ----------
    text
        The English text, as one literal. A sentence is one text: its parts have another order in another language.
    values
        What stands in the text as `{name}`. Without values, braces are taken as they are.
    """
    translated = translation_of(text) or text
    return translated.format(**values) if values else translated


def tr_n(singular: str, plural: str, number: int, /, **values: object) -> str:
    """Return a text that depends on a number, which stands in it as `{number}`."""
    return _numbered(singular, plural, number, **values)


def _numbered(singular: str, plural: str, number: int, **values: object) -> str:
    translated = translation_of(singular) or (singular if number == 1 else plural)
    return translated.format(number=number, **values)


def tr_all(texts: Mapping[str, str]) -> dict[str, str]:
    """Return a table of texts, each given to `mark`, in the reader's language under the same keys."""
    return {key: tr(text) for key, text in texts.items()}


def mark(text: str) -> str:
    """Return the text as it is, so that it can be a constant of a module. Give it to `tr` where it is shown."""
    return text


class _Deferred(str):
    """Text in one language with what `shown` needs to translate it. `plural` is empty where there is one form."""

    __slots__ = ("plural", "text", "values")

    text: str
    plural: str
    values: Mapping[str, object]


def _deferred(written: str, text: str, values: Mapping[str, object], plural: str = "") -> str:
    found = _Deferred(written)
    found.text, found.plural, found.values = text, plural, values
    return found


def deferred(text: str, /, **values: object) -> str:
    """Return a text in English that `shown` translates for whoever reads it later.

    It is for errors: a thread without a reader raises them, and what is kept of them is shown to several readers.

    >>> shown(deferred("{number} pictures are too few.", number=3))
    '3 pictures are too few.'
    """
    english = {name: _in_english(value) for name, value in values.items()}
    return _deferred(text.format(**english) if values else text, text, values)


def deferred_n(singular: str, plural: str, number: int) -> str:
    """Return a text that depends on a number, in the reader's language, which `shown` translates for another reader.

    >>> deferred_n("{number:,} picture", "{number:,} pictures", 3)
    '3 pictures'
    """
    return _deferred(_numbered(singular, plural, number), singular, {"number": number}, plural)


def _in_english(value: object) -> object:
    """Return a value as a text in English has it. Numbers with their nouns are in the language of whoever made them."""
    if not isinstance(value, _Deferred) or not value.plural:
        return value
    with using(ENGLISH):
        return shown(value)


def shown(text: str) -> str:
    """Return a text in the reader's language if it is `deferred`, and any other text as it is."""
    if not isinstance(text, _Deferred):
        return text
    if text.plural:
        return _numbered(text.text, text.plural, cast("int", text.values["number"]))
    if not text.values:
        return translation_of(text.text) or recognised(text.text)
    return tr(
        text.text, **{name: shown(value) if isinstance(value, str) else value for name, value in text.values.items()}
    )


def recognised(text: str) -> str:
    """Return a text that was stored in English in the reader's language, if the catalogues have it.

    Studies keep sentences in English, whoever reads them later: why a picture is unreadable, or what an import check
    found. The catalogues tell which text it was and with which values, so that nothing else need be stored.

    >>> recognised("the file is empty")
    'the file is empty'
    """
    language = current()
    return text if language == ENGLISH else _recognised(str(text), language)


@lru_cache(maxsize=4096)
def _recognised(text: str, language: str) -> str:
    found = _found(text, language)
    if found is not None:
        return found
    # A list, whose parts may have commas.
    parts, listed, is_known = text.split(", "), [], False
    while parts:
        ends = range(len(parts), 0, -1)
        known = next(((end, to) for end in ends if (to := _found(", ".join(parts[:end]), language))), None)
        end, part = known or (1, parts[0])
        listed.append(part)
        parts, is_known = parts[end:], is_known or known is not None
    with using(language):
        return tr(", ").join(listed) if is_known else text


def _found(text: str, language: str) -> str | None:
    texts, patterns = _stored_texts(language)
    known = texts.get(text) or _classes(language).get(text.replace(" ", "_"))
    if known:
        return known
    for pattern, translation in patterns:
        if found := pattern.fullmatch(text):
            given = found.groupdict().items()
            values = {name: value if name in _OUTSIDE else _recognised(value, language) for name, value in given}
            return "".join(
                written + (values[name] if name else "") for written, name, _, _ in Formatter().parse(translation)
            )
    return None


@cache
def _stored_texts(language: str) -> tuple[Mapping[str, str], Sequence[tuple[re.Pattern[str], str]]]:
    """Return the texts of `xai_core`, and those with values as patterns, the longest ones first."""
    texts: dict[str, str] = {}
    for path in sorted((CATALOGUES / language).glob("core-*.po")):
        texts |= read_catalogue(path)
    sizes = {text: sum(len(written.strip()) for written, *_ in Formatter().parse(text)) for text in texts}
    # A text that is little more than its values would fit anything.
    with_values = [text for text in texts if sizes[text] >= _FEWEST_LETTERS or text.startswith("{number:,} ")]
    with_values = [text for text in with_values if any(name for _, name, _, _ in Formatter().parse(text))]
    ordered = sorted(with_values, key=lambda text: -sizes[text])
    return texts, [(_pattern(text), texts[text]) for text in ordered]


_OUTSIDE = {"root", "path", "file", "files", "folder"}
"""Values that are names from outside, which may be words of ours by chance."""

_FEWEST_LETTERS = 6


def _pattern(text: str) -> re.Pattern[str]:
    """Return what an English text matches when it is filled with values."""
    parts, seen = [], set[str]()
    for written, name, spec, _ in Formatter().parse(text):
        parts.append(re.escape(written))
        if name:
            value = _FIGURES.get((spec or "")[-1:], r".+?")
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{value})")
            seen.add(name)
    # `texts.counted` makes the plural.
    plural = "(?:e?s)?" if re.fullmatch(r"\{number:,\} [a-z ]+", text) else ""
    return re.compile("".join(parts) + plural, re.DOTALL)


_FIGURES = {",": r"[\d,]+", "d": r"-?\d+", "%": r"-?[\d.]+%", "f": r"-?[\d.]+", "g": r"-?[\d.e+-]+"}
"""End of a format -> what it writes."""


def class_words(name: str) -> str | None:
    """Return a class of Food-101 in the reader's language; None if it has no name there."""
    return _classes(current()).get(name)


def counted_text(noun: str) -> str:
    """Return the text in which `texts.counted` has its translation.

    >>> counted_text("picture")
    '{number:,} picture'
    """
    return f"{{number:,}} {noun}"


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        if path.name != _CLASSES:
            texts |= read_catalogue(path)
    return texts


@cache
def _classes(language: str) -> Mapping[str, str]:
    path = CATALOGUES / language / _CLASSES
    return read_catalogue(path) if path.exists() else {}
