"""Evidence in pictures: the shared scale, the picture as the model sees it, and overlays with their numbers."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.controls.display import Display
from pages.ui.frame import components
from xai_core import render
from xai_core.explain import wording
from xai_core.explain.certainty import drawn, noise
from xai_core.explain.explanation import Explanation
from xai_core.labels import words
from xai_core.study.study import Study
from xai_core.trust.target import Target


def legend(
    limit: float,
    study: Study,
    palette: render.Palette = render.RED_BLUE,
    *,
    scale: str = "One scale for all",
    of_noise: str = "",
) -> None:
    """The shared colour scale in a picture and in words.

    Parameters
    ----------
    limit
        In logits per pixel; 0 while it is not known.
    study
        Gives the size of the model's input.
    palette
        Colours of the scale.
    scale
        Whose it is.
    of_noise
        What to say of regions within noise.
    """
    amount = f"{per_hundredth(limit, study):.2g}" if limit else "..."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(
            render.scale_bar(160, 12, palette),
            width=160,
            alt=f"Colour scale from {palette.away} over white to {palette.towards}",
        )
        st.caption(
            f"{palette.towards.capitalize()} pushes towards the named class, {palette.away} away from it.  \n"
            f"{scale}: full tint is {amount} logits per hundredth of the picture."
            + (f"  \n{of_noise}" if of_noise else ""),
            width="content",
        )


def per_hundredth(limit: float, study: Study) -> float:
    """A limit in logits per pixel, as logits per hundredth of the picture's area."""
    height, width = study.spec.input_size
    return limit * height * width / 100


def picture(row: pd.Series, view: NDArray[np.uint8]) -> None:
    """A picture of the study as the model sees it, and what the model says of it."""
    name = components.picture_name(row["image_id"])
    st.image(view, width="stretch", alt=f"{name} as the model sees it")
    st.caption(f"{name}  \ncalled {words(row['guess'])}, {row['p_guess']:.0%}")


def for_label(
    view: NDArray[np.uint8], answer: Explanation | None, label: str, *, limit: float, display: Display
) -> None:
    """What speaks for a label, with the numbers that make it honest."""
    name, palette = words(label), display.palette
    if answer is None:
        _pending(view, "probability ...  \nlogit .... = base ..... + sum ....")
        return
    tinted(
        view,
        drawn(answer, label, hides_noise=display.hides_noise),
        limit,
        display,
        alt=f"What speaks for {name} in {palette.towards}, against it in {palette.away}",
    )
    st.caption(numbers(answer, label))


def for_contrast(
    view: NDArray[np.uint8], answer: Explanation | None, a: str, b: str, *, limit: float, display: Display
) -> None:
    """Why `a` rather than `b`, with the numbers that make it honest."""
    palette = display.palette
    if answer is None:
        _pending(view, "lead ...  \nlogits ...")
        return
    tinted(
        view,
        drawn(answer, a, b, hides_noise=display.hides_noise),
        limit,
        display,
        alt=f"What speaks for {words(a)} rather than {words(b)} in {palette.towards}, the reverse in {palette.away}",
    )
    st.caption(contrast_numbers(answer, a, b))


def for_target(
    view: NDArray[np.uint8], answer: Explanation | None, target: Target, *, limit: float, display: Display
) -> None:
    """What a check is about: a label's map, or a contrast's, with its numbers."""
    if target.rather_than is None:
        for_label(view, answer, target.label, limit=limit, display=display)
    else:
        for_contrast(view, answer, target.label, target.rather_than, limit=limit, display=display)


def numbers(answer: Explanation, label: str) -> str:
    """Probability and logit of a label, and how the logit comes about."""
    place = answer.labels.index(label)
    odds = np.exp(answer.full - answer.full.max())
    logit = f"logit {_sum(answer.full[place], answer.base[place])}"
    return f"probability {odds[place] / odds.sum():.1%}  \n{logit}{_noise_line(answer, label)}"


def contrast_numbers(answer: Explanation, a: str, b: str) -> str:
    """By how much `a` leads `b`, and how the lead comes about."""
    first, second = answer.labels.index(a), answer.labels.index(b)
    full, base = (float(each[first] - each[second]) for each in (answer.full, answer.base))
    ahead = f"{words(a)} leads" if full >= 0 else f"{words(b)} leads"
    return f"{ahead} by {abs(full):.2f} logits  \n{_sum(full, base)}{_noise_line(answer, a, b)}"


def _noise_line(answer: Explanation, a: str, b: str | None = None) -> str:
    """How much of a map is within noise, as a line more where that is known."""
    found = noise(answer, a, b)
    return "" if found is None else f"  \n{wording.noise_line(found)}"


def _sum(full: float, base: float) -> str:
    total = full - base
    return f"{full:.2f} = base {base:.2f} {'+' if total >= 0 else '-'} sum {abs(total):.2f}"


def tinted(view: NDArray[np.uint8], shown: NDArray[np.float32], limit: float, display: Display, *, alt: str) -> None:
    """A map on its picture, both (H, W)."""
    drawn = render.overlay(
        view, shown, limit, opacity=display.opacity, backdrop=display.backdrop, palette=display.palette
    )
    # Sent along, not fetched: a slow browser would ask for it when a sharper one has long taken its place.
    st.image(render.data_url(drawn), width="stretch", alt=alt)


def _pending(view: NDArray[np.uint8], figures: str) -> None:
    """What stands in the place of an overlay, as large as it will be."""
    st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt="Not computed yet")
    st.caption(figures)
