"""Download of the story as a PowerPoint file."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.ui.frame import components
from pages.ui.present.story import Story
from pages.ui.reports.report import file_name
from xai_core.errors import PackageMissing
from xai_core.exports import slides
from xai_core.exports.slides import Slide

_MIME = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def draw_download(story: Story, make: Callable[[], Sequence[Slide]] | None) -> None:
    """Draw the button, or how to install what it needs.

    Parameters
    ----------
    story
        The story.
    make
        Makes all slides; None while one of them is being computed.
    """
    try:
        slides.require_package()
    except PackageMissing as fault:
        components.show_error(fault)
        return
    st.download_button(
        "PowerPoint",
        b"" if make is None else lambda: powerpoint(story, make()),
        f"{file_name(f'{story.truth} taken for {story.guess}')}.pptx",
        _MIME,
        key="present_pptx",
        icon=":material/download:",
        help="All steps as slides with text that can be edited, and the speaker notes.",
        on_click="ignore",
        disabled=make is None,
    )


def powerpoint(story: Story, made: Sequence[Slide]) -> bytes:
    """Return the slides of a story as a PowerPoint file."""
    study = story.study
    return slides.render_pptx(
        made, title=components.pair_name(story.truth, story.guess), foot=f"{study.title}, {len(study.table):,} pictures"
    )
