"""Evidence to take away: a sheet that explains itself, the explanation for programs, and its regions as a table."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from scipy.special import softmax

from pages.ui.controls.contrast import Shown
from pages.ui.controls.settings import MASK_NAMES
from pages.ui.maps import overlays
from pages.ui.picture.selection import Subject
from xai_core import render
from xai_core.explain import region_table, wording
from xai_core.explain.certainty import drawn
from xai_core.explain.explanation import Explanation
from xai_core.labels import words
from xai_core.study.study import Study

_ACROSS = 4
_LINE = 170  # characters of small print, about as wide as the sheet


@dataclass(frozen=True, slots=True)
class _File:
    """A file to take away: what its button is called, its ending and type, and what it is good for."""

    label: str
    ending: str
    mime: str
    what: str


def offer(study: Study, subject: Subject, answer: Explanation | None, shown: Shown) -> None:
    """Three files, each made when it is asked for; there is nothing to take away without an answer."""
    makers: tuple[Callable[[Explanation], bytes], ...] = (
        lambda found: sheet(study, subject, found, shown),
        lambda found: table(found, shown),
        Explanation.packed,
    )
    name = f"{subject.stem} why {shown.pair[0]} rather than {shown.pair[1]}"
    with st.container(horizontal=True):
        for file, make in zip(_FILES, makers, strict=True):
            st.download_button(
                file.label,
                b"" if answer is None else _made(make, answer),
                f"{name}{file.ending}",
                file.mime,
                key=f"explain_{file.ending.rpartition('.')[2]}",
                icon=":material/download:",
                help=file.what,
                on_click="ignore",
                disabled=answer is None,
            )


def _made(make: Callable[[Explanation], bytes], answer: Explanation) -> Callable[[], bytes]:
    return lambda: make(answer)


def table(answer: Explanation, shown: Shown) -> bytes:
    """The regions as CSV, with a line of headings."""
    return region_table.table(answer, *shown.pair, shown.labels).to_csv().encode()


def sheet(study: Study, subject: Subject, answer: Explanation, shown: Shown) -> bytes:
    """A PNG with the picture, the contrast and an overlay for each label, and all that is needed to read them."""
    view, display = subject.sight.view, shown.display
    limit = render.shared_limit(answer.contrast(*shown.pair), *(answer.map(label) for label in shown.labels))

    def tinted(a: str, b: str | None = None) -> NDArray[np.uint8]:
        evidence = drawn(answer, a, b, hides_noise=display.hides_noise)
        return render.overlay(
            view, evidence, limit, opacity=display.opacity, backdrop=display.backdrop, palette=display.palette
        )

    panels = [
        render.Panel("As the model sees it", _called(study, subject, answer), view),
        render.Panel("The contrast", _plain(overlays.contrast_numbers(answer, *shown.pair)), tinted(*shown.pair)),
    ]
    panels += [
        render.Panel(f"For {words(label)}", _plain(overlays.numbers(answer, label)), tinted(label))
        for label in shown.labels
    ]
    paper = render.framed(
        render.sheet(panels, columns=_ACROSS),
        head=shown.question,
        scale=f"Full tint: {overlays.per_hundredth(limit, study):.2g} logits per hundredth of the picture.",
        foot=small_print(study, answer, shown),
        palette=display.palette,
    )
    return render.png(paper)


def _called(study: Study, subject: Subject, answer: Explanation) -> str:
    odds = softmax(answer.full.astype(np.float64))
    guess = int(odds.argmax())
    truth = words(subject.truth) if subject.truth else "not said"
    return f"{subject.name}\ntruth: {truth}\ncalled {words(study.labels[guess])}, {odds[guess]:.0%}"


def small_print(study: Study, answer: Explanation, shown: Shown) -> list[str]:
    """What the colours and values mean and what made an explanation: settings, model and versions, in lines."""
    settings, palette = answer.settings, shown.display.palette
    first, second = map(words, shown.pair)
    blur = f" of {settings.blur_px} pixels" if settings.blurs else ""
    colours = (
        f"In the contrast {palette.towards} speaks for {first}, {palette.away} for {second}; "
        f"in the others {palette.towards} for the named class, {palette.away} against it."
    )
    spent = (
        f"Hidden parts show {MASK_NAMES[settings.mask]}{blur}; {answer.evaluations:,} evaluations of "
        f"{settings.evaluations:,}. Values are logits: base + sum = logit."
    )
    drawing = f"{shown.display.legend_of_noise} {wording.ONLY_DRAWN}" if shown.display.noise else ""
    enough = " ".join(wording.enough_told(answer, *shown.pair)) if answer.uncertainty is not None else ""
    method = f"{wording.engine_title(answer)}. {wording.engine_meaning(answer)}"
    seed = f", seed {settings.seed}" if answer.uncertainty is not None else ""
    made = (
        f"Engine {settings.engine} {answer.engine_version}{seed} on {answer.runtime}, model {answer.model_id}, "
        f"picture {answer.picture_hash}."
    )
    versions = ", ".join(f"{name} {version}" for name, version in study.versions.items())
    about = f"Study “{study.title}”, made with {versions}."
    said = (colours, drawing, enough, spent, method, made, about)
    return [line for each in said for line in textwrap.wrap(each, _LINE)]


def _plain(caption: str) -> str:
    return caption.replace("  \n", "\n")


_FILES = (
    _File(
        "Sheet, PNG",
        ".png",
        "image/png",
        "Picture and overlays with scale, numbers and settings, for slides and reports.",
    ),
    _File(
        "Regions, CSV",
        " regions.csv",
        "text/csv",
        "A row a region: place, area, rank and values in logits, with standard errors where there are any.",
    ),
    _File(
        "Values, NPZ",
        " explanation.npz",
        "application/octet-stream",
        "Regions with the values of all classes and where they come from, for Python: "
        "xai_core.explain.explanation.Explanation.load reads it.",
    ),
)
