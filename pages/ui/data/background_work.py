"""Work on the pictures of a study in the background, with its progress, its error and a button to try again."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from pages.ui.access import visitors
from pages.ui.frame import account, components
from pages.ui.loaders import picture_data
from pages.ui.loaders.picture_data import Run
from pages.ui.maps import waiting
from xai_core.errors import XaiError
from xai_core.language import mark, tr
from xai_core.study.study import Study


def draw_work(study: Study, kind: str, texts: Mapping[str, str], start: Callable[[], None] | None = None) -> None:
    """Draw the progress of work that starts by itself, or its error with a button to try again.

    A visitor who may not measure pictures starts nothing, and is told so.

    The page runs again when the work has ended.

    Parameters
    ----------
    study, kind
        The work, see `picture_data.start`.
    texts
        Text of the progress by stage, with the fields `done` and `planned`; texts for `tr`.
    start
        Starts the work, for kinds that `picture_data.start` does not know.
    """
    begin = start or partial(picture_data.start, study, kind)
    if picture_data.run_of(study, kind) is None and not visitors.why_not("measure"):
        begin()
    run = picture_data.run_of(study, kind)
    if run is None:
        account.draw_why_not("measure")
        return
    if run.error is None:
        draw_progress(run, texts)
        return
    draw_error(run)
    if not account.draw_why_not("measure"):
        st.button(tr("Try again"), key=f"again {kind}", icon=":material/refresh:", on_click=_again, args=(begin,))


def _again(begin: Callable[[], None]) -> None:
    # The button may have been drawn while the visitor had another role, and a browser may press it undrawn.
    if not visitors.why_not("measure"):
        begin()


def draw_error(run: Run) -> None:
    """Draw the error that ended some work, if one did. An error of the program itself is raised."""
    if isinstance(run.error, XaiError):
        components.show_error(run.error)
    elif run.error is not None:
        raise run.error


def draw_progress(run: Run, texts: Mapping[str, str], is_news: Callable[[], bool] = lambda: False) -> None:
    """Draw the progress of work, and run the page again at its end.

    Parameters
    ----------
    run, texts
        See `draw_work`.
    is_news
        True as soon as there is something else to show on the page.
    """

    def look() -> None:
        text = tr(texts.get(run.stage, _WAITING), done=run.done, planned=run.planned)
        st.progress(min(1.0, run.done / max(1, run.planned)), text=text)
        if run.over or is_news():
            st.rerun()

    st.fragment(look, run_every=waiting.POLL_S)()


_WAITING = mark("Waiting for other work to end ...")
