"""Slide on the page, with large type and large pictures, and the buttons that go from step to step."""

import base64

import streamlit as st

from pages.ui.frame import components, keys, link, navigation
from pages.ui.frame.plain_text import literal
from pages.ui.present.steps import photo
from pages.ui.present.story import STEPS, Story
from xai_core.exports import slides
from xai_core.exports.report import Figure
from xai_core.exports.slides import Slide

_STEP = "step"

_MARGINS = {1: (3, 5, 3), 2: (1, 8, 1)}
"""Shares of the width beside and of a row with few pictures: all of the slide is on a screen of 16 to 9 or 16 to 10."""

_MOST_COLUMNS = 6
_CELL_PX, _PATCH_PX = 130, 100  # smallest widths: two pictures fit beside each other on a telephone, and three patches


def draw_steps(story: Story) -> None:
    """Draw the buttons for steps, the name of the story, and the way back."""
    ids = [str(number) for number in range(1, story.steps + 1)]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _draw_step("Previous", ids, -1, keys.PREVIOUS, disabled=story.step == 1)
        _draw_step("Next", ids, 1, keys.NEXT, disabled=story.step == story.steps)
        name = literal(components.pair_name(story.truth, story.guess))
        st.caption(f"{story.step} of {story.steps}: {name}", width="content")
        navigation.compare_link(story.mistake.row)
        navigation.overview_link()


def _draw_step(label: str, ids: list[str], by: int, shortcut: str, *, disabled: bool) -> None:
    st.button(
        label,
        key=f"present_{label}",
        disabled=disabled,
        shortcut=shortcut,
        on_click=link.step,
        args=(_STEP, ids, by),
    )


def draw_slide(slide: Slide) -> None:
    """Draw a slide: its step, its sentence, one row of pictures, the remark, and the speaker's notes folded."""
    st.subheader(f":primary[{literal(slide.head)}]", anchor=False)
    st.title(literal(slide.sentence), anchor=False)
    count = len(slide.figures)
    if count:
        row = st.columns(_MARGINS[count])[1] if count in _MARGINS else st.container()
        least_px = _CELL_PX if count <= 4 else _PATCH_PX
        with row, st.grid(min(count, _MOST_COLUMNS), min_column_width=least_px, gap="small"):
            for figure in slide.figures:
                with st.container(gap="xxsmall"):
                    _draw_figure(figure)
    if slide.remark:
        st.markdown(literal(slide.remark))
    if slide.notes:
        with st.expander("Speaker notes", icon=":material/notes:"):
            st.markdown("\n".join(f"* {literal(note)}" for note in slide.notes))


def draw_pending(story: Story, missing: str) -> None:
    """Draw a step without the explanations that it needs, with a text in their place."""
    mistake = photo(story.mistake, f"{components.picture_name(story.mistake.image_id)} as the model sees it")
    draw_slide(Slide(STEPS[story.step - 1], missing, (mistake,)))


def _draw_figure(figure: Figure) -> None:
    # As a data URL: with a link, a slow browser would fetch the picture after a sharper one has replaced it, and fail.
    data = base64.b64encode(slides.jpeg(figure)).decode("ascii")
    st.image(f"data:image/jpeg;base64,{data}", width="stretch", alt=figure.alt)
    if figure.lines:
        lines = "  \n".join(literal(line) for line in figure.lines)
        st.markdown(lines, text_alignment="center")
