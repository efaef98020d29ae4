"""Choices that many controls make alike: one of a few, side by side or in a box, and a whole number."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import link


def segmented(
    key: str,
    titles: Mapping[str, str],
    title: str,
    *,
    what: str,
    hint: str,
    meaning: str | None = None,
    place: DeltaGenerator | None = None,
    named: bool = True,
) -> str:
    """Let the reader choose one of a few, the first where nothing is asked for; the widget goes to the given place.

    Parameters
    ----------
    key
        Of the widget and in the URL.
    titles
        What may be chosen, and what it is called.
    title
        Of the widget; read out only, unless it is `named` on the page.
    what, hint
        See `link.choice`.
    meaning
        Help on all of it.
    place
        A popover.
    """
    chosen = link.choice(key, {each: each for each in titles}, next(iter(titles)), what=what, hint=hint)
    with place or nullcontext():
        st.segmented_control(
            title,
            list(titles),
            default=chosen,
            required=True,
            key=key,
            format_func=titles.__getitem__,
            on_change=link.follow,
            help=meaning,
            label_visibility="visible" if named else "collapsed",
        )
    return chosen


def boxed(
    key: str,
    titles: Mapping[str, str],
    title: str,
    *,
    what: str,
    hint: str,
    default: str | None = None,
    meaning: str | None = None,
    place: DeltaGenerator | None = None,
) -> str:
    """Let the reader choose one of some in a box, `default` or the first where nothing is asked for.

    Parameters
    ----------
    key, titles, title, what, hint, meaning, place
        See `segmented`.
    default
        One of them.
    """
    options = list(titles)
    chosen = link.choice(key, {each: each for each in titles}, default or options[0], what=what, hint=hint)
    with place or nullcontext():
        st.selectbox(
            title,
            options,
            options.index(chosen),
            key=key,
            format_func=titles.__getitem__,
            on_change=link.follow,
            help=meaning,
        )
    return chosen


def number(key: str, numbers: Sequence[int], default: int, hint: str) -> int:
    """Settle a whole number; see `link.choice`."""
    return link.choice(
        key, {str(each): each for each in numbers}, default, what=_NAMES[key], hint=f"{hint} Shown is {default}."
    )


_NAMES = {
    "blur": "blur",
    "evals": "number of evaluations",
    "top_k": "number of likeliest classes",
    "companions": "number of companions",
    "opacity": "tint",
}
