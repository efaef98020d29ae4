"""Groups of mistakes by the location of their evidence, each with its average and its patches."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.evidence import averages, claim, patches
from pages.ui.evidence.request import EvidenceRequest
from xai_core import render
from xai_core.evidence.averages import Average
from xai_core.evidence.findings import ExplainedPicture, Findings, average_picture
from xai_core.evidence.location_words import location_phrase
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph

PATCHES = 5
"""Number of patches shown of each group."""


def cluster_averages(found: Findings, pieces: Sequence[ExplainedPicture]) -> list[Average]:
    """Return the average of each group, the largest group first."""
    return [average_picture(pieces, members) for members in found.clusters]


def draw_clusters(study: Study, request: EvidenceRequest, found: Findings, pieces: Sequence[ExplainedPicture]) -> None:
    """Draw a row for each group of at least two mistakes, with its average and its strongest patches."""
    means = cluster_averages(found, pieces)
    limit = render.shared_limit(*(mean.contrast for mean in means))
    st.markdown(claim.agreement(found, [location_phrase(mean.contrast) for mean in means]))
    st.caption(paragraph(_heading(len(means)), _scale_sentence(len(means), per_hundredth(limit, study))))
    for number, (members, mean) in enumerate(zip(found.clusters, means, strict=True), start=1):
        location = location_phrase(mean.contrast)
        with st.container(border=True, gap="xsmall"):
            st.markdown(
                tr(
                    "**Group {number}**: {mistakes}, {location}",
                    number=number,
                    mistakes=counted(len(members), "mistake"),
                    location=location,
                )
            )
            with st.grid(PATCHES + 1, min_column_width=patches.CELL_PX):
                with st.container(gap="xsmall"):
                    st.image(
                        averages.coloured_average(request, mean, limit),
                        width="stretch",
                        alt=tr(
                            "Average of group {number}: evidence for {guess} lies {location}",
                            number=number,
                            guess=words(request.guess),
                            location=location,
                        ),
                    )
                    st.caption(tr("average of {number}", number=mean.count))
                cut = [found.for_guess[image_id] for image_id in members if image_id in found.for_guess]
                for patch in patches.strongest(cut, PATCHES):
                    with st.container(gap="xsmall"):
                        patches.draw_patch(study, request, patch)


def _scale_sentence(count: int, amount: float) -> str:
    if count == 1:
        return tr(
            "The average has its own scale: full colour is {amount:.2g} logits per hundredth of the picture.",
            amount=amount,
        )
    return tr(
        "These averages share a scale of their own: full colour is {amount:.2g} logits per hundredth of the picture.",
        amount=amount,
    )


def _heading(count: int) -> str:
    if count == 1:
        return tr(
            "The location of their evidence does not separate the mistakes into clear groups, so they are one group."
        )
    return tr("The mistakes form {number} groups by the location of their evidence.", number=count)
