"""Overlays of evidence with their numbers, and the colour scale that they share."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.controls.display import Display
from pages.ui.frame.plain_text import literal_words
from pages.ui.maps.linked_pictures import HELP
from xai_core import palettes, render
from xai_core.explain import wording
from xai_core.explain.certainty import display_map, noise
from xai_core.explain.explanation import Explanation
from xai_core.explain.figures import units
from xai_core.explain.target import Target
from xai_core.explain.wording import probability_text
from xai_core.labels import words
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
            alt=_scale_alt(palette),
        )
        st.caption(
            f"{palette.towards.capitalize()} is evidence for the named class, {palette.away} against it.  \n"
            f"{scale}: full colour is {amount} logits per hundredth of the picture."
            + (f"  \n{of_noise}" if of_noise else ""),
            width="content",
        )


def draw_key(limit: float, study: Study, display: Display, target: Target) -> None:
    """Draw in one line what the colours of a contrast mean. The scale is in its help."""
    palette, names = display.palette, [literal_words(label) for label in target.labels]
    amount = f"{per_hundredth(limit, study):.2g}" if limit else "..."
    scale = f"Full colour is {amount} logits per hundredth of the picture."
    help_text = f"{scale} {display.noise_legend}".strip() + f"\n\n{HELP}"
    if display.backdrop == "spotlight":
        st.caption(f"Lit: evidence for {names[0]}. Dark: all else.", help=help_text)
        return
    towards, away = palette.towards.capitalize(), palette.away.capitalize()
    noise_words = " Grey: may be chance." if display.hides_noise else ""
    st.caption(f"{towards}: evidence for {names[0]}. {away}: for {names[-1]}.{noise_words}", help=help_text)


def _scale_alt(palette: palettes.Palette) -> str:
    return f"Colour scale from {palette.away} over white to {palette.towards}"


def draw_overlay(
    view: NDArray[np.uint8],
    answer: Explanation | None,
    target: Target,
    *,
    limit: float,
    display: Display,
    name: str,
    finding: str = "",
) -> None:
    """Draw the map of a label or a contrast over its picture.

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
    name, finding
        Name of the picture, and a sentence on the location of its evidence, for people who do not see it.
    """
    if answer is None:
        draw_pending(view)
        return
    draw_map(
        view,
        display_map(answer, target, hides_noise=display.hides_noise),
        limit,
        display,
        alt=map_alt(name, target, display, finding),
    )


def map_alt(name: str, target: Target, display: Display, finding: str = "") -> str:
    """Return the alternative text of a map, with the name of its picture and the finding."""
    names, palette = " rather than ".join(map(words, target.labels)), display.palette
    reverse = "against it" if target.rather_than is None else "the reverse"
    colours = f"in {palette.towards}, {reverse} in {palette.away}"
    if display.backdrop == "spotlight":
        colours = "as in the picture, the rest in dark grey"
    return f"{name}. Evidence for {names} {colours}. {finding}".strip()


def map_numbers(answer: Explanation, target: Target, unit: str = units.LOGIT) -> str:
    """Return the sum that a map adds up to, as lines of a caption.

    For a label these are its probability and its logit, for a contrast the margin between the two logits. Both are the
    base plus the sum of the map.

    Parameters
    ----------
    answer, target
        The map.
    unit
        One of `units.UNITS`.
    """
    full, base = units.amounts(np.stack([answer.full, answer.base]), answer.labels, target, unit)
    if target.rather_than is None:
        probability = target.probability(answer.full[None], answer.labels)[0]
        said = "" if unit == units.PROBABILITY else f"probability {probability_text(probability)}  \n"
        return f"{said}{unit} {units.sum_text(full, base, unit)}{_noise_line(answer, target)}"
    total = units.sum_text(full, base, unit)
    first, second = (literal_words(label) for label in target.labels)
    if unit == units.PROBABILITY:
        return f"{first}, if it is either that or {second}:  \n{total}{_noise_line(answer, target)}"
    ahead = first if full >= 0 else second
    return f"{ahead} is ahead by {abs(full):.2f} logits  \n{first} minus {second}: {total}{_noise_line(answer, target)}"


def _noise_line(answer: Explanation, target: Target) -> str:
    found = noise(answer, target)
    return "" if found is None else f"  \n{wording.noise_phrase(found)}"


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


def draw_pending(view: NDArray[np.uint8]) -> None:
    """Draw the pale picture that fills the space of an overlay which is not computed yet."""
    st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt="Not computed yet")
