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
from xai_core.language import mark, tr
from xai_core.study.study import Study
from xai_core.texts import paragraph

_UNIT_NAMES = {units.LOGIT: mark("logit"), units.LOG_ODDS: mark("log-odds"), units.PROBABILITY: mark("probability")}


def draw_legend(
    limit: float,
    study: Study,
    palette: palettes.Palette = palettes.RED_BLUE,
    *,
    scale: str = "",
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
        What the scale belongs to, in the reader's language; by default all maps.
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
            tr(
                "{towards} is evidence for the named class, {away} against it.",
                towards=tr(palette.towards).capitalize(),
                away=tr(palette.away),
            )
            + "  \n"
            + tr(
                "{scale}: full colour is {amount} logits per hundredth of the picture.",
                scale=scale or tr("One scale for all"),
                amount=amount,
            )
            + (f"  \n{of_noise}" if of_noise else ""),
            width="content",
        )


def draw_key(limit: float, study: Study, display: Display, target: Target) -> None:
    """Draw in one line what the colours of a contrast mean. The scale is in its help."""
    palette, names = display.palette, [literal_words(label) for label in target.labels]
    amount = f"{per_hundredth(limit, study):.2g}" if limit else "..."
    scale = tr("Full colour is {amount} logits per hundredth of the picture.", amount=amount)
    help_text = paragraph(scale, display.noise_legend) + f"\n\n{tr(HELP)}"
    if display.backdrop == "spotlight":
        st.caption(tr("Lit: evidence for {name}. Dark: all else.", name=names[0]), help=help_text)
        return
    colours = tr(
        "{towards}: evidence for {first}. {away}: for {second}.",
        towards=tr(palette.towards).capitalize(),
        away=tr(palette.away).capitalize(),
        first=names[0],
        second=names[-1],
    )
    st.caption(paragraph(colours, tr("Grey: may be chance.") if display.hides_noise else ""), help=help_text)


def _scale_alt(palette: palettes.Palette) -> str:
    return tr("Colour scale from {away} over white to {towards}", away=tr(palette.away), towards=tr(palette.towards))


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
    first, last = words(target.labels[0]), words(target.labels[-1])
    towards, away = tr(display.palette.towards), tr(display.palette.away)
    if target.rather_than is None:
        if display.backdrop == "spotlight":
            said = tr("Evidence for {name} as in the picture, the rest in dark grey.", name=first)
        else:
            said = tr("Evidence for {name} in {towards}, against it in {away}.", name=first, towards=towards, away=away)
    elif display.backdrop == "spotlight":
        said = tr(
            "Evidence for {first} rather than {second} as in the picture, the rest in dark grey.",
            first=first,
            second=last,
        )
    else:
        said = tr(
            "Evidence for {first} rather than {second} in {towards}, the reverse in {away}.",
            first=first,
            second=last,
            towards=towards,
            away=away,
        )
    return paragraph(tr("{name}.", name=name), said, finding)


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
        text = tr("probability {probability}", probability=probability_text(probability))
        said = "" if unit == units.PROBABILITY else f"{text}  \n"
        figures = tr("{unit} {sum}", unit=tr(_UNIT_NAMES[unit]), sum=units.sum_text(full, base, unit))
        return f"{said}{figures}{_noise_line(answer, target)}"
    total = units.sum_text(full, base, unit)
    first, second = (literal_words(label) for label in target.labels)
    if unit == units.PROBABILITY:
        head = tr("{first}, if it is either that or {second}:", first=first, second=second)
        return f"{head}  \n{total}{_noise_line(answer, target)}"
    ahead = tr("{name} is ahead by {margin:.2f} logits", name=first if full >= 0 else second, margin=abs(full))
    difference = tr("{first} minus {second}: {sum}", first=first, second=second, sum=total)
    return f"{ahead}  \n{difference}{_noise_line(answer, target)}"


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
    st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt=tr("Not computed yet"))
