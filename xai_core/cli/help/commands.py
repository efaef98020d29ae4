"""Commands with their help in the reader's language."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.models import CommandFunctionType

from xai_core.cli.help import wrong_usage
from xai_core.language import ENGLISH, current, tr

_WIDE = r"\u3040-\u30ff\u3400-\u9fff\uff00-\uffef"
_OPENING = "「『（"  # noqa: RUF001
_CLOSING = "、。」』）：？ー"  # noqa: RUF001
_PIECE = re.compile(rf"\s*[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[{_CLOSING}]*\s*")
"""Piece of a text after which a line may break: a Japanese letter, or a word between blanks.

rich breaks lines at blanks only, and cuts off what is longer than a line.
"""


class _Translated:
    """Part of commands and groups that describes the usage, and refuses wrong usage, in the reader's language."""

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """Return the option --help."""
        return _described(super().get_help_option(ctx))  # type: ignore[misc]  # of the class beside it

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write how the command is called."""
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), tr("Usage: "))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments."""
        with wrong_usage.translated(ctx):
            read: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
            return read


class _Command(_Translated, TyperCommand):
    """Command in the reader's language."""


class _Group(_Translated, TyperGroup):
    """Group of commands in the reader's language."""

    def invoke(self, ctx: Any) -> Any:
        """Find the command, and call it."""
        with wrong_usage.translated(ctx):
            return super().invoke(ctx)


class Commands(typer.Typer):
    """Commands whose docstrings are their help.

    `tools/catalogues.py` takes the docstrings as texts. They are translated when the command is defined, because the
    language of a command is that of the process.

    Parameters
    ----------
    help
        Help of the whole, already in the reader's language.
    options
        See `typer.Typer`.
    """

    def __init__(self, *, help: str | None = None, **options: Any) -> None:  # noqa: A002 - the name of typer
        super().__init__(help=help, cls=_Group, no_args_is_help=True, **options)
        _translate_layout()

    def command(self, name: str | None = None, **options: Any) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Return a decorator that makes a function a command."""

        def make(function: CommandFunctionType) -> CommandFunctionType:
            return typer.Typer.command(self, name, cls=_Command, help=tr(docstring(function)), **options)(function)

        return make


def docstring(function: Callable[..., Any]) -> str:
    """Return the docstring of a command as a text of the catalogues, with a line for each paragraph.

    Raises
    ------
    ValueError
        If it has none.
    """
    written = inspect.getdoc(function)
    if not written:
        raise ValueError(f"{function.__name__}: a command needs a docstring, which is its help.")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in written.split("\n\n"))


def functions(app: typer.Typer) -> Iterator[Callable[..., Any]]:
    """Yield the functions of all commands, with those of groups."""
    yield from (command.callback for command in app.registered_commands if command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from functions(group.typer_instance)


def _described(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.help = tr("Show this message and exit.")
    return option


def _translate_layout() -> None:
    """Give typer its headings in the reader's language, and rich the places where lines may break."""
    if current() == ENGLISH:
        return
    # Imported here: English needs neither, and --help must not wait for them.
    from rich import _wrap
    from typer import rich_utils

    _wrap.re_word = _PIECE
    rich_utils.ARGUMENTS_PANEL_TITLE = tr("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = tr("Options")
    rich_utils.COMMANDS_PANEL_TITLE = tr("Commands")
    rich_utils.ERRORS_PANEL_TITLE = tr("Error")
    rich_utils.REQUIRED_LONG_STRING = tr("[required]")
    rich_utils.DEFAULT_STRING = tr("[default: {}]")
    rich_utils.RICH_HELP = tr("Try [blue]'{command_path} {help_option}'[/] for help.")
