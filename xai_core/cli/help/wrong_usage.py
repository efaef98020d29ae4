"""Typer's refusals of wrong usage, in the reader's language."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from xai_core.language import mark, recognised

SENTENCES = (
    mark("Missing argument {name}."),
    mark("Missing option {name}."),
    mark("No such command {name}."),
    mark("No such command {name}. Did you mean {names}?"),
    mark("No such option: {name}"),
    mark("No such option: {name} (Possible options: {names})"),
    mark("Option {name} requires an argument."),
    mark("Option {name} does not take a value."),
    mark("Got unexpected extra argument(s) ({names})"),
    mark("Invalid value: {reason}"),
    mark("Invalid value for {name}: {reason}"),
    mark("Value error, {found} is not one of {names}."),
    mark("Input should be a valid integer, unable to parse string as an integer"),
    mark("Input should be a valid number, unable to parse string as a number"),
    mark("Input should be greater than or equal to {least}"),
)
"""Sentences of typer, and of pydantic behind it, which has no catalogues of its own. `recognised` finds them."""


@contextmanager
def translated(context: Any) -> Iterator[None]:
    """Translate a refusal of the arguments.

    Parameters
    ----------
    context
        Context of the command, which the refusal belongs to if it has none of its own.
    """
    try:
        yield
    except typer.TyperException as fault:
        said = fault.format_message()
        # Several lines are the help, which is translated already.
        text = said if "\n" in said else recognised(said)
        if text == said:
            raise
        (getattr(fault, "ctx", None) or context).fail(text)
