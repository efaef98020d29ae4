"""Tables as CSV files in which no spreadsheet computes a cell."""

import unicodedata

import pandas as pd

_SIGNS = ("=", "+", "-", "@", "\N{MINUS SIGN}")
# Separators and characters that are not seen. Spreadsheets skip some of them before they look for a sign.
_SKIPPED = ("Cc", "Cf", "Mn", "Zs", "Zl", "Zp")
# Letters without a shape that count as letters: fillers of Hangul, and the blank of Braille.
_BLANKS = "\u115f\u1160\u3164\uffa0\u2800"


def csv_file(table: pd.DataFrame, *, index: bool = False) -> bytes:
    """Return a table as CSV with a line of column names.

    The text is UTF-8 with a byte order mark, by which spreadsheets recognise it. Texts and names of columns that a
    spreadsheet would compute get an apostrophe in front. Numbers stay numbers, also negative ones.

    Parameters
    ----------
    table
        Any cells; those that are no texts are written as they are.
    index
        True writes the index as the first column.
    """
    harmless = table.map(_harmless).rename(columns=_harmless)
    if index:
        harmless.index = harmless.index.map(_harmless).rename(_harmless(harmless.index.name))
    return harmless.to_csv(index=index, lineterminator="\n").encode("utf-8-sig")


def no_formula(text: str) -> str:
    r"""Return a cell that no spreadsheet computes, with an apostrophe in front where one would.

    >>> no_formula("=1+1"), no_formula("pork_chop")
    ("'=1+1", 'pork_chop')
    """
    if text.startswith(("\t", "\r", "\n")):
        return f"'{text}"
    seen = next((letter for letter in text if not _is_skipped(letter)), "")
    # Wide and small forms of the signs count in East Asian settings.
    return f"'{text}" if unicodedata.normalize("NFKC", seen).startswith(_SIGNS) else text


def _is_skipped(letter: str) -> bool:
    return unicodedata.category(letter) in _SKIPPED or letter in _BLANKS


def _harmless(cell: object) -> object:
    return no_formula(cell) if isinstance(cell, str) else cell
