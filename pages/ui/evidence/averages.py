"""Average contrast of each group of pictures, aligned by their frame and by the object in their middle."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.evidence import claim
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.maps import overlays
from pages.ui.maps.linked_pictures import LinkedPictures
from xai_core import render
from xai_core.evidence.averages import SIDE, Average, object_circle, outlined
from xai_core.evidence.findings import GROUPS, Findings
from xai_core.evidence.location import central_half
from xai_core.language import mark, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.study.study import Study
from xai_core.texts import counted

_CELL_PX = 100

BY_FRAME, BY_OBJECT = mark("aligned by the frame"), mark("aligned by the object")
"""Ways of laying pictures over one another, texts for `tr`."""

WHOLE_MAPS_NOTE = mark(
    "Averages, here and below, use the whole maps, regions within noise included. Noise of single pictures cancels out "
    "over many, and an average of the other regions alone would be too large."
)
"""Note on averages of maps whose values are estimated, a text for `tr`."""


def draw_averages(study: Study, request: EvidenceRequest, found: Findings) -> None:
    """Draw a row aligned by the frame and a row aligned by the object, with a column for each group."""
    palette = request.display.palette
    st.markdown(f"#### {tr('Where does the evidence lie?')}")
    st.caption(
        tr(
            "The average of all pictures of a group: {towards} is evidence for {guess}, {away} for {truth}. The "
            "pictures are aligned by their frame. The line marks the middle half of the picture.",
            towards=tr(palette.towards),
            guess=literal_words(request.guess),
            away=tr(palette.away),
            truth=literal_words(request.truth),
        )
    )
    if ENGINES[request.settings.engine].estimates_errors:
        st.caption(tr(WHOLE_MAPS_NOTE))
    shape = next(iter(found.on_frame.values())).contrast.shape
    limit = render.shared_limit(*_maps(found.on_frame))
    _draw_row(request, found.on_frame, central_half(shape), BY_FRAME, limit)
    overlays.draw_legend(limit, study, palette, scale=tr("One scale for the row above"))
    limit = object_limit(found)
    _draw_row(request, found.on_object, object_circle(), BY_OBJECT, limit)
    st.caption(
        tr(
            "The same pictures, moved and scaled so that the objects in their middle coincide. The circle marks the "
            "object. It is estimated from each picture alone, as what lies in the middle and looks unlike the rim. "
            "That is right on average, not in each picture. This row has its own scale: full colour is {amount:.2g} "
            "logits per hundredth of what it shows.",
            amount=object_scale(limit),
        )
    )


def object_limit(found: Findings) -> float:
    """Return the limit of the averages aligned by the object, in logits per pixel of these averages.

    It differs from the limit of the other row, because the scaled pictures show more or less than a whole picture.
    """
    return render.shared_limit(*_maps(found.on_object))


def object_scale(limit: float) -> float:
    """Return the limit of the averages aligned by the object in logits per hundredth of what they show."""
    return limit * SIDE**2 / 100


def _draw_row(
    request: EvidenceRequest, averages: Mapping[str, Average], line: NDArray[np.bool_], alignment: str, limit: float
) -> None:
    linked = LinkedPictures(alignment.replace(" ", "-"))
    with st.grid(len(GROUPS), min_column_width=_CELL_PX):
        for group, average in averages.items():
            with st.container(gap="xsmall"):
                name = claim.group_name(group, request.truth, request.guess)
                st.markdown(f"**{literal(name)}**")
                with linked.picture(evidence=average.contrast):
                    st.image(
                        outlined(coloured_average(request, average, limit), line),
                        width="stretch",
                        alt=tr(
                            "{group}: average of {pictures}, {alignment}",
                            group=name,
                            pictures=counted(average.count, "picture"),
                            alignment=tr(alignment),
                        ),
                    )
                st.caption(tr("average of {number}", number=average.count))
    linked.link()


def coloured_average(request: EvidenceRequest, average: Average, limit: float) -> NDArray[np.uint8]:
    """Return the average map over the average picture, drawn as the reader has set it."""
    return overlays.coloured(average.picture, average.contrast, limit, request.display)


def _maps(averages: Mapping[str, Average]) -> list[NDArray[np.float32]]:
    return [average.contrast for average in averages.values()]
