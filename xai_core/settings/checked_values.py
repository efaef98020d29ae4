"""Checks of the type and the range of single values, with refusals that name the argument."""

import math
import numbers
import operator
from collections.abc import Collection

from xai_core.errors import SettingRefused
from xai_core.language import deferred


def whole_number(name: str, found: object, expected: str, *, least: int) -> int:
    """Return a whole number as a Python int; numbers of numpy are accepted, True and 3.0 are not.

    Parameters
    ----------
    name
        Name of the argument for the message.
    found
        Value to check.
    expected
        Description of the valid values for the message.
    least
        Smallest valid value.

    Raises
    ------
    SettingRefused
        If it is no whole number, or is below `least`.
    """
    # int() would turn 50.5 into 50 and "50" into 50 without a word. A stored key needs an int of Python: json cannot
    # write those of numpy.
    if isinstance(found, bool) or not isinstance(found, numbers.Integral):
        raise SettingRefused(name, repr(found), expected)
    number = operator.index(found)
    if number < least:
        raise SettingRefused(name, number, expected)
    return number


def finite_number(name: str, found: object, expected: str) -> float:
    """Return a finite number as a Python float.

    Raises
    ------
    SettingRefused
        If it is no number, or is NaN or infinite.
    """
    if isinstance(found, bool) or not isinstance(found, numbers.Real) or not math.isfinite(found):
        raise SettingRefused(name, repr(found), expected)
    return float(found)


def one_of(name: str, found: object, known: Collection[str]) -> str:
    """Return a name that is one of the known ones.

    Raises
    ------
    SettingRefused
        If it is not.
    """
    # Lists and dictionaries cannot be looked up in a table, so the type is checked first.
    if not isinstance(found, str) or found not in known:
        raise SettingRefused(name, repr(found), deferred("one of {names}", names=", ".join(known)))
    return found


def names(name: str, found: object, expected: str) -> tuple[str, ...]:
    """Return a list of names as a tuple.

    Raises
    ------
    SettingRefused
        If it is a single text, no list, or holds something else than texts.
    """
    # A text is a sequence of texts too, of its letters.
    if isinstance(found, str) or not hasattr(found, "__iter__"):
        raise SettingRefused(name, repr(found), expected)
    listed = tuple(found)
    if not all(isinstance(item, str) for item in listed):
        raise SettingRefused(name, repr(found), expected)
    return tuple(map(str, listed))
