"""Mean contrast by place: on the frame of the pictures, and on the object in their middle."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.evidence import claim
from pages.ui.evidence.question import Asked
from pages.ui.frame.components import counted
from pages.ui.maps import overlays
from xai_core import render
from xai_core.engines.search import ESTIMATING
from xai_core.evidence.averages import SIDE, Average, lined, object_circle
from xai_core.evidence.findings import GROUPS, Findings
from xai_core.evidence.location import central_half
from xai_core.labels import words
from xai_core.study.study import Study

_CELL_PX = 100

OF_WHOLE_MAPS = (
    "Averages, here and below, are of whole maps, regions within noise included: what is noise in one picture tends to "
    "cancel out over many, and an average of nothing but what stands out would say too much."
)
"""Where averages are shown of maps whose values are estimated."""


def show(study: Study, asked: Asked, found: Findings) -> None:
    """A row by the frame, a row by the object; a column a group."""
    st.markdown("#### Where does it lie?")
    st.caption(
        f"The average of all pictures of a group: {asked.display.palette.towards} speaks for {words(asked.guess)}, "
        f"{asked.display.palette.away} for {words(asked.truth)}. Laid over one another by their frame; the line is the "
        "middle half of the picture."
    )
    if asked.settings.engine in ESTIMATING:
        st.caption(OF_WHOLE_MAPS)
    shape = next(iter(found.on_frame.values())).contrast.shape
    limit = render.shared_limit(*_maps(found.on_frame))
    _row(asked, found.on_frame, central_half(shape), "laid by the frame", limit)
    overlays.legend(limit, study, asked.display.palette, scale="One scale for the row above")
    limit = object_limit(found)
    _row(asked, found.on_object, object_circle(), "laid by the object", limit)
    st.caption(
        "The same pictures, moved and scaled so that the objects in their middle coincide; the circle is the object. "
        "It is estimated from each picture alone, as what is in the middle and unlike the rim: right on average, not "
        f"in each. This row {object_scale(limit)}"
    )


def object_limit(found: Findings) -> float:
    """Colour limit of what is laid by the object, in logits per pixel of that: they cover more or less of a picture."""
    return render.shared_limit(*_maps(found.on_object))


def object_scale(limit: float) -> str:
    """What that limit means."""
    return f"has a scale of its own: full tint is {limit * SIDE**2 / 100:.2g} logits per hundredth of what it shows."


def _row(asked: Asked, averages: Mapping[str, Average], line: NDArray[np.bool_], how: str, limit: float) -> None:
    with st.grid(len(GROUPS), min_column_width=_CELL_PX):
        for group, average in averages.items():
            with st.container(gap="xsmall"):
                name = claim.group_name(group, asked.truth, asked.guess)
                st.markdown(f"**{name}**")
                st.image(
                    lined(tinted(asked, average, limit), line),
                    width="stretch",
                    alt=f"{name}: average of {counted(average.count, 'picture')}, {how}",
                )
                st.caption(f"average of {average.count}")


def tinted(asked: Asked, average: Average, limit: float) -> NDArray[np.uint8]:
    """An average as the reader wants maps drawn."""
    display = asked.display
    return render.overlay(
        average.picture,
        average.contrast,
        limit,
        opacity=display.opacity,
        backdrop=display.backdrop,
        palette=display.palette,
    )


def _maps(averages: Mapping[str, Average]) -> list[NDArray[np.float32]]:
    return [each.contrast for each in averages.values()]
