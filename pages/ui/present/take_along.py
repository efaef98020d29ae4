"""Downloads of the story in all formats."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.ui.frame import components
from pages.ui.present.story import Story
from pages.ui.reports import formats
from xai_core.exports.report import Report
from xai_core.exports.report_slides import slides_report
from xai_core.exports.slides import Slide
from xai_core.language import tr


def draw_downloads(story: Story, make: Callable[[], Sequence[Slide]] | None) -> None:
    """Draw the buttons that save the story.

    Parameters
    ----------
    story
        The story.
    make
        Makes all slides; None while one of them is being computed.
    """
    stem = f"{story.truth}-taken-for-{story.guess}"
    with st.container(horizontal=True):
        formats.draw_formats("present", stem, None if make is None else lambda: story_report(story, make()), make)


def story_report(story: Story, made: Sequence[Slide]) -> Report:
    """Return the story as a report with a section for each step."""
    study = story.study
    pictures = tr("{title}, {number:,} pictures", title=study.title, number=len(study.table))
    facts = [(tr("Study"), pictures), (tr("Model"), study.model_id)]
    return slides_report(made, components.pair_name(story.truth, story.guess), facts)
