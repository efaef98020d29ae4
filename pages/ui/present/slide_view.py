"""Slide on the page, with large type and large pictures, and the buttons that go from step to step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import components, navigation, step_buttons
from pages.ui.frame.plain_text import literal
from pages.ui.present import stage
from pages.ui.present.steps import as_seen, photo
from pages.ui.present.story import STEPS, Story
from xai_core.exports.report import Figure
from xai_core.exports.slides import Slide
from xai_core.language import tr

_STEP = "step"

_MARGINS = {1: (3, 5, 3), 2: (1, 8, 1)}
"""Shares of the width beside and of a row with few pictures: all of the slide is on a screen of 16 to 9 or 16 to 10."""

_MOST_COLUMNS = 6
_CELL_PX, _PATCH_PX = 130, 100  # smallest widths: two pictures fit beside each other on a telephone, and three patches


def draw_steps(story: Story) -> DeltaGenerator:
    """Draw the buttons for steps, the name of the story, and the way back, and return their row."""
    ids = [str(number) for number in range(1, story.steps + 1)]
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with row:
        step_buttons.draw_steps("present", _STEP, ids, story.step - 1)
        name = literal(components.pair_name(story.truth, story.guess))
        at = tr("{step} of {steps}: {pair}", step=story.step, steps=story.steps, pair=name)
        st.caption(at, width="content")
        navigation.compare_link(story.mistake.row)
        navigation.overview_link()
    stage.listen_for_swipes()
    return row


def draw_slide(slide: Slide, fading: str = "") -> None:
    """Draw a slide: its step, its sentence, one row of pictures, the remark, and the speaker's notes folded.

    Parameters
    ----------
    slide
        The slide.
    fading
        Name of a drawing in which the first picture fades into the second; nothing for pictures side by side.
    """
    draw_heading(slide)
    if fading:
        picture, drawn = slide.figures
        with one_picture():
            stage.draw_fading(picture, drawn, fading)
    elif slide.figures:
        _draw_row(slide.figures)
    if slide.remark:
        st.markdown(literal(slide.remark))
    if slide.notes:
        with st.expander(tr("Speaker notes"), icon=":material/notes:"):
            st.markdown("\n".join(f"* {literal(note)}" for note in slide.notes))


def draw_heading(slide: Slide) -> None:
    """Draw the name of a step and its sentence."""
    st.subheader(f":primary[{literal(slide.head)}]", anchor=False)
    st.title(literal(slide.sentence), anchor=False)


@contextmanager
def one_picture() -> Iterator[None]:
    """Draw one large picture in this context, in the middle of the page."""
    with st.columns(_MARGINS[1])[1]:
        yield


def _draw_row(figures: Sequence[Figure]) -> None:
    count = len(figures)
    row = st.columns(_MARGINS[count])[1] if count in _MARGINS else st.container()
    least_px = _CELL_PX if count <= 4 else _PATCH_PX
    with row, st.grid(min(count, _MOST_COLUMNS), min_column_width=least_px, gap="small"):
        for figure in figures:
            with st.container(gap="xxsmall"):
                draw_figure(figure)


def draw_pending(story: Story, missing: str) -> None:
    """Draw a step without the explanations that it needs, with `PENDING` or `LOST` in their place."""
    draw_slide(Slide(tr(STEPS[story.step - 1]), tr(missing), (photo(story.mistake, as_seen(story.mistake)),)))


def draw_figure(figure: Figure) -> None:
    """Draw a picture with its lines below it."""
    # As a data URL: with a link, a slow browser would fetch the picture after a sharper one has replaced it, and fail.
    st.image(stage.data_url(figure), width="stretch", alt=figure.alt)
    if figure.lines:
        lines = "  \n".join(literal(line) for line in figure.lines)
        st.markdown(lines, text_alignment="center")
