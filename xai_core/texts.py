"""Text files of any usual encoding, and numbers with their nouns."""

import codecs
from collections.abc import Iterable

from xai_core.language import counted_text, tr, translation_of

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
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding)
    text = _decode_unmarked(content)
    if "\0" in text:
        raise ValueError("it is a binary file, not a text")
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


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the right form and in the reader's language.

    >>> counted(1, "picture"), counted(1200, "picture"), counted(2, "class")
    ('1 picture', '1,200 pictures', '2 classes')
    """
    translated = translation_of(counted_text(noun))
    if translated:
        return translated.format(number=number)
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


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


def sentences(*texts: str) -> str:
    """Return sentences one after the other, without those that are empty.

    >>> sentences("It is red.", "", "It is large.")
    'It is red. It is large.'
    """
    first, *others = [text for text in texts if text] or [""]
    for text in others:
        first = tr("{first} {second}", first=first, second=text)
    return first
