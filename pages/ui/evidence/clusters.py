"""Do the mistakes agree? Groups of them by where their evidence lies, each with its average and its patches."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.evidence import averages as evidence_averages
from pages.ui.evidence import patches
from pages.ui.evidence.question import Asked
from pages.ui.frame.components import counted
from pages.ui.maps import overlays
from xai_core import render
from xai_core.evidence.averages import Average
from xai_core.evidence.findings import Findings, Piece, average
from xai_core.evidence.place_words import whereabouts
from xai_core.labels import words
from xai_core.study.study import Study

PATCHES = 5
"""Of each group of mistakes."""


def averages(found: Findings, pieces: Sequence[Piece]) -> list[Average]:
    """The average of each group, the largest group first."""
    return [average(pieces, members) for members in found.clusters]


def places(found: Findings, pieces: Sequence[Piece]) -> list[str]:
    """Where the evidence of each group lies, in words."""
    return [whereabouts(each.contrast) for each in averages(found, pieces)]


def show(study: Study, asked: Asked, found: Findings, pieces: Sequence[Piece]) -> None:
    """A row a group: its average, and the patches that argue most."""
    if len(found.of("mistakes")) < 2:
        return
    each = averages(found, pieces)
    limit = render.shared_limit(*(average.contrast for average in each))
    st.markdown("#### Do the mistakes agree?")
    st.caption(f"{_heading(len(each))} {_scale(len(each), overlays.per_hundredth(limit, study))}")
    for number, (members, mean) in enumerate(zip(found.clusters, each, strict=True), start=1):
        place = whereabouts(mean.contrast)
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**Group {number}**: {counted(len(members), 'mistake')}, {place}")
            with st.grid(PATCHES + 1, min_column_width=patches.CELL_PX):
                with st.container(gap="xsmall"):
                    st.image(
                        evidence_averages.tinted(asked, mean, limit),
                        width="stretch",
                        alt=f"Average of group {number}: what speaks for {words(asked.guess)} lies {place}",
                    )
                    st.caption(f"average of {mean.count}")
                cut = [found.for_guess[image_id] for image_id in members if image_id in found.for_guess]
                for patch in patches.strongest(cut, PATCHES):
                    with st.container(gap="xsmall"):
                        patches.cell(study, asked, patch)


def _scale(count: int, tint: float) -> str:
    whose = "The average has a scale of its own" if count == 1 else "Their averages have one scale, their own"
    return f"{whose}: full tint is {tint:.2g} logits per hundredth of the picture."


def _heading(count: int) -> str:
    if count == 1:
        return "Where their evidence lies divides them into no clear groups, so all are one."
    return f"Their evidence lies in {count} places; a group is mistakes in which it lies alike."
