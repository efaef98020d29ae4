"""Values of a model's further inputs as short texts, as commands take them and studies store them."""

import re
from collections.abc import Iterable, Mapping, Sequence

from xai_core.errors import SettingRefused
from xai_core.language import deferred

InputValues = Mapping[str, tuple[float, ...]]
"""Values by the name of the input."""


def read_inputs(texts: Iterable[str]) -> dict[str, tuple[float, ...]]:
    """Return the values that texts give to inputs.

    >>> read_inputs(["mean=0.5,0.5,0.5", "scale=2; training=0"])
    {'mean': (0.5, 0.5, 0.5), 'scale': (2.0,), 'training': (0.0,)}

    Raises
    ------
    SettingRefused
        If a text is of another form, or an input is named twice.
    """
    found: dict[str, tuple[float, ...]] = {}
    for part in (part.strip() for text in texts for part in text.split(";") if part.strip()):
        # Names of tensors may hold "=", numbers do not.
        name, _, listed = part.rpartition("=")
        values = _numbers(listed)
        if not name.strip() or not values:
            raise SettingRefused(
                "input", repr(part), deferred("NAME=NUMBER,NUMBER,... with the name of an input of the file")
            )
        if name.strip() in found:
            raise SettingRefused(
                "input", deferred("given twice for {name!r}", name=name.strip()), deferred("each input once")
            )
        found[name.strip()] = values
    return found


def write_inputs(values: Mapping[str, Sequence[float]]) -> str:
    """Return the text of values, which `read_inputs` reads; empty for none."""
    return ";".join(f"{name}={','.join(map(_text, numbers))}" for name, numbers in sorted(values.items()))


def _numbers(listed: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(number) for number in re.split(r"[,\s]+", listed.strip("[]() ")))
    except ValueError:
        return ()
    return numbers if all(abs(number) < float("inf") for number in numbers) else ()


def _text(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))
