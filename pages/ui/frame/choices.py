"""Widgets whose choice is a URL parameter.

Each function reads its parameter with `link.choice`, which warns about a link that names something else, draws the
widget with the same key, and returns the choice. A new control needs a call of one of them and nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import address_bar, link
from xai_core.language import tr

Width = int | Literal["stretch"]


def segmented(
    key: str,
    titles: Mapping[str, str],
    title: str,
    *,
    noun: str,
    hint: str,
    help_text: str | None = None,
    container: DeltaGenerator | None = None,
    titled: bool = True,
) -> str:
    """Draw a row of buttons for a few options, and return the choice.

    Parameters
    ----------
    key
        Key of the widget and name of the URL parameter.
    titles
        Options and their titles. The first is the default.
    title
        Title of the widget.
    noun, hint
        See `link.choice`.
    help_text
        Help on the widget.
    container
        Where the widget is drawn, such as a popover; None for here. The warning about a bad link is always drawn here,
        for a closed popover would hide it.
    titled
        If False, the title is for screen readers only.
    """
    chosen = link.choice(key, list(titles), next(iter(titles)), noun=noun, hint=hint)
    with container or nullcontext():
        draw_segmented(key, titles, title, chosen, help_text=help_text, titled=titled)
    return chosen


def draw_segmented(
    key: str,
    titles: Mapping[str, str],
    title: str,
    chosen: str,
    *,
    help_text: str | None = None,
    titled: bool = True,
    on_change: Callable[..., None] = link.clear_notes,
) -> None:
    """Draw the row of buttons for a choice made earlier in the run.

    `link.choice` makes the choice. See `segmented` for the parameters.
    """
    st.segmented_control(
        title,
        list(titles),
        default=chosen,
        required=True,
        key=key,
        format_func=titles.__getitem__,
        on_change=on_change,
        help=help_text,
        label_visibility="visible" if titled else "collapsed",
    )


def box(
    key: str,
    options: Mapping[str, str] | Sequence[str],
    title: str,
    *,
    noun: str,
    hint: str,
    default: str | None = None,
    name_of: Callable[[str], str] = str,
    help_text: str | None = None,
    container: DeltaGenerator | None = None,
    on_change: Callable[..., None] = link.clear_notes,
    width: Width = "stretch",
    vanishes: bool = False,
) -> str:
    """Draw a drop-down box, and return the choice.

    Parameters
    ----------
    key, title, noun, hint, help_text, container
        See `segmented`.
    options
        Options and their titles, or options alone.
    default
        The choice if neither the link nor the reader names one; None for the first option.
    name_of
        Makes the title of an option, where `options` has no titles.
    on_change
        Callback of the widget.
    width
        Width in pixels, or "stretch".
    vanishes
        See `link.choice`.
    """
    chosen = link.choice(key, list(options), default or next(iter(options)), noun=noun, hint=hint, vanishes=vanishes)
    with container or nullcontext():
        draw_box(key, options, title, chosen, name_of=name_of, help_text=help_text, on_change=on_change, width=width)
    return chosen


def draw_box(
    key: str,
    options: Mapping[str, str] | Sequence[str],
    title: str,
    chosen: str,
    *,
    name_of: Callable[[str], str] = str,
    help_text: str | None = None,
    on_change: Callable[..., None] = link.clear_notes,
    args: tuple[Any, ...] = (),
    width: Width = "stretch",
) -> None:
    """Draw the drop-down box for a choice made earlier in the run.

    `link.choice` makes the choice. See `box` for the parameters.
    """
    listed = list(options)
    st.selectbox(
        title,
        listed,
        listed.index(chosen),
        key=key,
        format_func=options.__getitem__ if isinstance(options, Mapping) else name_of,
        on_change=on_change,
        args=args,
        help=help_text,
        width=width,
    )


def slider(
    key: str,
    numbers: range,
    title: str,
    *,
    default: int,
    noun: str,
    hint: str,
    help_text: str | None = None,
    disabled: bool = False,
) -> int:
    """Draw a slider for a whole number, and return the choice.

    Parameters
    ----------
    key, title, noun, help_text
        See `segmented`.
    numbers
        Numbers that can be chosen.
    default
        The choice if neither the link nor the reader names one.
    hint
        Which numbers there are. The note on a bad link adds the default.
    disabled
        If True, the slider is shown and cannot be moved.
    """
    chosen = link.choice(key, numbers, default, noun=noun, hint=_with_default(hint, default))
    st.slider(
        title,
        numbers[0],
        numbers[-1],
        chosen,
        numbers.step,
        key=key,
        disabled=disabled,
        on_change=link.clear_notes,
        help=help_text,
    )
    return chosen


def percent_range(
    key: str,
    title: str,
    *,
    default: tuple[int, int] = (0, 100),
    help_text: str | None = None,
    on_change: Callable[..., None] = link.clear_notes,
) -> tuple[int, int]:
    """Draw a slider with two ends from 0 to 100, and return the choice.

    Parameters
    ----------
    key, title, help_text
        See `segmented`.
    default
        The choice if neither the link nor the reader names one.
    on_change
        Callback of the widget.
    """
    hint = _with_default(tr("It is of the form 20,90."), address_bar.url_text(default))
    chosen = link.choice(key, _PERCENT_RANGES, default, noun=tr("range of percents"), hint=hint)
    st.slider(title, 0, 100, chosen, key=key, on_change=on_change, help=help_text)
    return chosen


def stepped_slider(
    key: str,
    numbers: Mapping[int, str] | Sequence[int],
    title: str,
    *,
    default: int,
    noun: str,
    hint: str,
    help_text: str | None = None,
    width: Width = "stretch",
) -> int:
    """Draw a slider for one of a few whole numbers at any distance, and return the choice.

    Parameters
    ----------
    key, title, default, noun, hint, help_text
        See `slider`.
    numbers
        Numbers in rising order; with titles, or alone.
    width
        Width in pixels, or "stretch".
    """
    listed = tuple(numbers)
    chosen = link.choice(key, listed, default, noun=noun, hint=_with_default(hint, default))
    st.select_slider(
        title,
        listed,
        chosen,
        key=key,
        format_func=numbers.__getitem__ if isinstance(numbers, Mapping) else str,
        on_change=link.clear_notes,
        help=help_text,
        width=width,
    )
    return chosen


def _with_default(hint: str, default: object) -> str:
    return tr("{hint} Shown is {default}.", hint=hint, default=default)


_PERCENT_RANGES = {f"{low},{high}": (low, high) for low in range(101) for high in range(low, 101)}
