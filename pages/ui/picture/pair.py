"""Choice of a pair on the pages that are about all its mistakes."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.ui.frame import keys, link
from pages.ui.frame.components import pair_name
from pages.ui.loaders import leading
from pages.ui.picture import carried
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.study.study import Study

_BOX_PX = 420


def choose_pair(study: Study, ranked: pd.DataFrame) -> tuple[str, str]:
    """Draw the box of pairs, and return truth and guess, which a link may also name alone.

    Parameters
    ----------
    study
        Study that gives the pictures.
    ranked
        Its pairs, one at least.
    """
    truths = sorted(study.table["truth"].unique())
    first = leading.lead(study)
    assert first is not None
    truth = _class_choice("truth", truths, first.truth)
    guess = _class_choice("guess", study.labels, leading.guess_for(study, truth))
    carried.keep_pair(study, truth, guess)
    pairs = list(zip(ranked["truth"], ranked["guess"], strict=True))
    counts = dict(zip(pairs, ranked["count"], strict=True))
    # Each pair has a box with its own key. With one key, Streamlit would keep the old choice of the box when a link or
    # another page brings another pair.
    key = f"pair {truth} {guess}"
    at = pairs.index((truth, guess)) if (truth, guess) in counts else None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            tr("Pair ({count:,} of this study, the most frequent first)", count=len(pairs)),
            pairs,
            at,
            key=key,
            format_func=lambda pair: f"{pair_name(*pair)} ({counts[pair]:,})",
            placeholder=tr("Choose a pair"),
            on_change=_open_pair,
            args=(key,),
            width=_BOX_PX,
        )
        _draw_step(mark("Previous"), pairs, at, -1, keys.PREVIOUS)
        _draw_step(mark("Next"), pairs, at, 1, keys.NEXT)
        st.page_link(
            "pages/confusions.py",
            label=tr("All mistakes of this pair"),
            icon=":material/grid_view:",
            query_params=link.link_parameters(truth=truth, guess=guess),
        )
    return truth, guess


def _draw_step(label: str, pairs: Sequence[tuple[str, str]], at: int | None, by: int, shortcut: str) -> None:
    """Draw the button for the next pair of the list (`by` is 1) or the one before (-1) that at index `at`."""
    beside = -1 if at is None else at + by
    truth, guess = pairs[beside] if 0 <= beside < len(pairs) else ("", "")
    st.button(
        tr(label),
        key=f"pair {label}",
        disabled=not 0 <= beside < len(pairs),
        shortcut=shortcut,
        on_click=link.go,
        kwargs={"truth": truth, "guess": guess},
    )


def _class_choice(key: str, labels: Sequence[str], default: str) -> str:
    return link.choice(key, labels, default, noun=tr("class"), hint=tr("Shown is {name}.", name=words(default)))


def _open_pair(key: str) -> None:
    pair = st.session_state[key]
    if pair is not None:
        link.go(truth=pair[0], guess=pair[1])
