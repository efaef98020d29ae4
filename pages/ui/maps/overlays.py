"""Overlays of evidence with their numbers, and the colour scale that they share."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray
from scipy.special import softmax

from pages.ui.controls.display import Display
from pages.ui.frame import components
from pages.ui.frame.plain_text import literal, literal_words
from xai_core import palettes, render
from xai_core.explain import wording
from xai_core.explain.certainty import display_map, noise
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.labels import index_of, words
from xai_core.study.study import Study


def draw_legend(
    limit: float,
    study: Study,
    palette: palettes.Palette = palettes.RED_BLUE,
    *,
    scale: str = "One scale for all",
    of_noise: str = "",
) -> None:
    """Draw the shared colour scale with its explanation in words.

    Parameters
    ----------
    limit
        Value of the full colour in logits per pixel; 0 while it is not known.
    study
        Study that gives the size of the model's input.
    palette
        Colours of the scale.
    scale
        What the scale belongs to.
    of_noise
        Sentence on regions within noise.
    """
    amount = f"{per_hundredth(limit, study):.2g}" if limit else "..."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(
            render.scale_bar(160, 12, palette),
            width=160,
            alt=f"Colour scale from {palette.away} over white to {palette.towards}",
        )
        st.caption(
            f"{palette.towards.capitalize()} is evidence for the named class, {palette.away} against it.  \n"
            f"{scale}: full colour is {amount} logits per hundredth of the picture."
            + (f"  \n{of_noise}" if of_noise else ""),
            width="content",
        )


def per_hundredth(limit: float, study: Study) -> float:
    """Convert logits per pixel into logits per hundredth of the picture's area."""
    height, width = study.spec.input_size
    return limit * height * width / 100


def draw_picture(row: pd.Series, view: NDArray[np.uint8]) -> None:
    """Draw a picture of the study as the model sees it, with the prediction below it."""
    name = components.picture_name(row["image_id"])
    st.image(view, width="stretch", alt=f"{name} as the model sees it")
    st.caption(f"{literal(name)}  \ncalled {literal_words(row['guess'])}, {row['p_guess']:.0%}")


def draw_overlay(
    view: NDArray[np.uint8], answer: Explanation | None, target: Target, *, limit: float, display: Display
) -> None:
    """Draw the map of a label or a contrast over its picture, with its numbers below it.

    Parameters
    ----------
    view : (H, W, 3) uint8
        Picture as the model sees it.
    answer
        Explanation so far; None while there is none. What is drawn then has the same height.
    target
        Label or contrast.
    limit
        Value of the full colour in logits per pixel.
    display
        How maps are drawn.
    """
    if answer is None:
        pending = "probability ...  \nlogit .... = base ..... + sum ...."
        draw_pending(view, pending if target.rather_than is None else PENDING_NUMBERS)
        return
    draw_map(
        view,
        display_map(answer, target, hides_noise=display.hides_noise),
        limit,
        display,
        alt=evidence_alt(target, display.palette),
    )
    st.caption(map_numbers(answer, target))


def evidence_alt(target: Target, palette: palettes.Palette) -> str:
    """Alternative text of a map."""
    names = " rather than ".join(map(words, target.labels))
    reverse = "against it" if target.rather_than is None else "the reverse"
    return f"Evidence for {names} in {palette.towards}, {reverse} in {palette.away}"


def map_numbers(answer: Explanation, target: Target) -> str:
    """Return the sum that a map adds up to, as lines of a caption.

    For a label these are its probability and its logit, for a contrast the margin between the two logits. Both are the
    base plus the sum of the map.
    """
    indices = [index_of(label, answer.labels) for label in target.labels]
    if target.rather_than is None:
        (index,) = indices
        probability = softmax(answer.full)[index]
        total = f"logit {_sum(float(answer.full[index]), float(answer.base[index]))}"
        return f"probability {probability:.1%}  \n{total}{_noise_line(answer, target)}"
    first, second = indices
    full, base = (float(logits[first] - logits[second]) for logits in (answer.full, answer.base))
    ahead = target.label if full >= 0 else target.rather_than
    return (
        f"margin of {literal_words(ahead)}: {abs(full):.2f} logits  \n{_sum(full, base)}{_noise_line(answer, target)}"
    )


def _noise_line(answer: Explanation, target: Target) -> str:
    found = noise(answer, target)
    return "" if found is None else f"  \n{wording.noise_phrase(found)}"


def _sum(full: float, base: float) -> str:
    total = full - base
    return f"{full:.2f} = base {base:.2f} {'+' if total >= 0 else '-'} sum {abs(total):.2f}"


def coloured(
    view: NDArray[np.uint8], evidence: NDArray[np.float32], limit: float, display: Display
) -> NDArray[np.uint8]:
    """Return a map (H, W) over its picture (H, W, 3), with the colours and opacity that the reader has set."""
    return render.overlay(
        view, evidence, limit, opacity=display.opacity, backdrop=display.backdrop, palette=display.palette
    )


def draw_map(
    view: NDArray[np.uint8], evidence: NDArray[np.float32], limit: float, display: Display, *, alt: str
) -> None:
    """Draw a map over its picture, as `coloured` returns it."""
    # As a data URL: with a link, a slow browser would fetch the picture after a sharper one has replaced it, and fail.
    st.image(render.data_url(coloured(view, evidence, limit, display)), width="stretch", alt=alt)


def draw_pending(view: NDArray[np.uint8], caption: str) -> None:
    """Draw the pale picture that fills the space of an overlay which is not computed yet."""
    st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt="Not computed yet")
    st.caption(caption)


PENDING_NUMBERS = "margin ...  \nlogits ..."
"""Numbers of a contrast that is not computed yet."""
