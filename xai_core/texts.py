"""Text files of any usual encoding, and numbers, lists and dates in the reader's language."""

import codecs
from collections.abc import Iterable
from datetime import datetime

from xai_core.language import ENGLISH, counted_text, current, deferred, deferred_n, mark, tr

LIST = mark("{first}, {rest}")
"""Link of `chained` for words."""

CLAUSES = mark("{first}; {rest}")
"""Link of `chained` for what may have commas."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32's mark begins with the one of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode_text(content: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or UTF-32, with or without a mark, or in Latin-1.

    Raises
    ------
    ValueError
        If it is no text.
    """
    for first, encoding in _MARKS:
        if content.startswith(first):
            return content[len(first) :].decode(encoding)
    text = _decode_unmarked(content)
    if "\0" in text:
        raise ValueError(mark("it is a binary file, not a text"))
    return text


def _decode_unmarked(content: bytes) -> str:
    # Latin letters in UTF-16 have a zero byte on the same side each; no other encoding of text has any.
    for encoding, zeros in (("utf-16-le", content[1::2]), ("utf-16-be", content[::2])):
        if len(content) % 2 == 0 and content and zeros.count(0) > 0.4 * len(zeros) and content.count(b"\0\0") == 0:
            return content.decode(encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        # Windows writes typographic quotes and the euro sign where Latin-1 has control characters.
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def paragraph(*sentences: str) -> str:
    """Return sentences as one text, without those that are empty.

    >>> paragraph("One.", "", "Two.")
    'One. Two.'
    """
    # Japanese has no blank after the end of a sentence.
    return ("" if current() == "ja" else " ").join(filter(None, sentences))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the right form and in the reader's language.

    As a value of `deferred` it is translated once more for whoever reads that text.

    >>> counted(1, "picture"), counted(1200, "picture"), counted(2, "class")
    ('1 picture', '1,200 pictures', '2 classes')
    """
    ending = "es" if noun.endswith("s") else "s"
    return deferred_n(counted_text(noun), counted_text(noun + ending), number)


def listed(words: Iterable[str]) -> str:
    """Return words one after the other, as the reader's language separates them.

    >>> listed(["a", "b", "c"])
    'a, b, c'
    """
    return tr(", ").join(words)


def joined(words: Iterable[str]) -> str:
    """Return words as part of a sentence.

    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    *before, last = words
    return tr("{words} and {last}", words=listed(before), last=last) if before else last


def chained(link: str, words: Iterable[str]) -> str:
    """Return words one after the other for whoever reads them later, see `language.deferred`.

    Parameters
    ----------
    link
        Text, given to `mark`, that puts a word `{first}` before the others, `{rest}`; `LIST` or `CLAUSES` where it
        needs no word.
    words
        At least one; each may be deferred.

    >>> chained("{first} or {rest}", ["a", "b", "c"])
    'a or b or c'
    """
    first, *rest = words
    return deferred(link, first=first, rest=chained(link, rest)) if rest else first


def day_text(moment: str) -> str:
    """Return the day of a moment that is written as in ISO 8601, in English in that form too.

    >>> day_text("2026-12-01T09:33:31+00:00")
    '2026-12-01'
    """
    read = _read(moment)
    if read is None:
        return moment[:10]
    from babel.dates import format_date  # noqa: PLC0415  (not needed for English)

    return format_date(read, "long", locale=current())


def moment_text(moment: str) -> str:
    """Return day and time of a moment that is written as in ISO 8601, in English in that form too.

    >>> moment_text("2026-12-01T09:33:31+00:00")
    '2026-12-01T09:33:31+00:00'
    """
    read = _read(moment)
    if read is None:
        return moment
    from babel.dates import format_datetime  # noqa: PLC0415  (not needed for English)

    return format_datetime(read, "long", tzinfo=read.tzinfo, locale=current())


def _read(moment: str) -> datetime | None:
    if current() == ENGLISH:
        return None
    try:
        return datetime.fromisoformat(moment)
    except ValueError:  # written by somebody else
        return None
