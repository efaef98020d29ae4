"""Downloads of one explanation as a sheet, a table and a file for Python."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.controls.contrast import ShownContrast
from pages.ui.frame.plain_text import without_markdown
from pages.ui.maps import overlays
from pages.ui.picture.selection import Subject
from xai_core import render
from xai_core.explain import preview, wording
from xai_core.explain.certainty import display_map
from xai_core.explain.explanation import Explanation
from xai_core.explain.figures import region_table
from xai_core.explain.target import Target
from xai_core.explain.wording import probability_text
from xai_core.exports import animation
from xai_core.exports.spreadsheet import csv_file
from xai_core.labels import words
from xai_core.language import tr
from xai_core.settings.mask_table import MASKS
from xai_core.study.study import Study

_COLUMNS = 4
_LINE = 170  # characters of small print, about as wide as the sheet


@dataclass(frozen=True, slots=True)
class _File:
    """File to download, with the title and the help of its button."""

    label: str
    ending: str
    mime: str
    help_text: str


def draw_downloads(study: Study, subject: Subject, answer: Explanation | None, shown: ShownContrast) -> None:
    """Draw the buttons of the downloads, disabled without an answer."""
    makers: tuple[Callable[[Explanation], bytes], ...] = (
        lambda answer: sheet_png(study, subject, answer, shown),
        lambda answer: animated_map(study, subject, answer, shown),
        lambda answer: regions_csv(answer, shown),
        Explanation.packed,
    )
    name = f"{subject.stem}-why-{shown.target.label}-rather-than-{shown.target.rather_than}"
    with st.container(horizontal=True):
        for file, make in zip(_FILES, makers, strict=True):
            st.download_button(
                file.label,
                b"" if answer is None else _deferred(make, answer),
                f"{name}{file.ending}",
                file.mime,
                key=f"explain_{file.ending.rpartition('.')[2]}",
                icon=":material/download:",
                help=file.help_text,
                on_click="ignore",
                disabled=answer is None,
            )


def _deferred(make: Callable[[Explanation], bytes], answer: Explanation) -> Callable[[], bytes]:
    # Streamlit calls this on a click. A file made in every run would cost a second of each change of display. A lambda
    # in the loop above would make the last file for all buttons, because it sees the last value of `make`.
    return lambda: make(answer)


def regions_csv(answer: Explanation, shown: ShownContrast) -> bytes:
    """Return the table of regions as CSV with a line of column names."""
    return csv_file(region_table.table(answer, shown.target, shown.labels), index=True)


def animated_map(study: Study, subject: Subject, answer: Explanation, shown: ShownContrast) -> bytes:
    """Return the contrast as an animated WebP: it builds up, and then its evidence is hidden part by part."""
    view, display = subject.model_view.view, shown.display
    evidence = display_map(answer, shown.target, hides_noise=display.hides_noise)
    drawn = overlays.coloured(view, evidence, shown.limits(answer).contrast, display)
    hidden = preview.hidden_view(view, study.spec, answer.settings)
    frames = animation.frames(view, hidden, drawn, answer.region_of, answer.values_of(shown.target))
    return animation.webp(frames)


def sheet_png(study: Study, subject: Subject, answer: Explanation, shown: ShownContrast) -> bytes:
    """Return a PNG with picture, contrast, an overlay for each label, and all that is needed to read them."""
    view, display = subject.model_view.view, shown.display
    targets = [shown.target, *map(Target, shown.labels)]
    limits = shown.limits(answer)
    drawn_limits = [limits.contrast] + [limits.classes] * len(shown.labels)
    titles = ["The contrast", *(f"For {words(label)}" for label in shown.labels)]
    panels = [render.Panel("As the model sees it", _prediction_lines(study, subject, answer), view)]
    panels += [
        render.Panel(
            title,
            _plain(overlays.map_numbers(answer, target, display.unit)),
            overlays.coloured(view, display_map(answer, target, hides_noise=display.hides_noise), limit, display),
        )
        for title, target, limit in zip(titles, targets, drawn_limits, strict=True)
    ]
    paper = render.framed(
        render.sheet(panels, columns=_COLUMNS),
        head=shown.question,
        scale=f"Full colour: {per_hundredth(limits.contrast, study):.2g} logits per hundredth of the picture in the "
        f"contrast, {per_hundredth(limits.classes, study):.2g} for a class.",
        foot=small_print(study, answer, shown),
        palette=display.palette,
    )
    return render.png(paper)


def _prediction_lines(study: Study, subject: Subject, answer: Explanation) -> str:
    guess = study.labels[int(answer.full.argmax())]
    probability = probability_text(subject.probability(guess, study.labels))
    truth = words(subject.truth) if subject.truth else "unknown"
    return f"{subject.name}\ntruth: {truth}\ncalled {words(guess)}, {probability}"


def small_print(study: Study, answer: Explanation, shown: ShownContrast) -> list[str]:
    """Return the lines on colours, values, settings, model and versions at the foot of the sheet."""
    settings, palette = answer.settings, shown.display.palette
    estimated = answer.uncertainty is not None
    first, second = map(words, shown.target.labels)
    blur = f" of {settings.blur_px} pixels" if settings.blurs else ""
    colours = (
        f"In the contrast {palette.towards} is evidence for {first}, {palette.away} for {second}. "
        f"In the other overlays {palette.towards} is evidence for the named class, {palette.away} against it."
    )
    drawing = f"{shown.display.noise_legend} {tr(wording.DRAWING_ONLY)}" if shown.display.noise else ""
    convergence = " ".join(wording.convergence_sentences(answer, shown.target)) if estimated else ""
    spent = (
        f"Hidden regions are filled with {MASKS[settings.mask].title}{blur}. {answer.evaluations:,} evaluations of "
        f"{settings.evaluations:,}. Values are logits: base + sum = logit."
    )
    values = f"{wording.engine_title(answer)}. {wording.engine_meaning(answer)}"
    seed = f", seed {settings.seed}" if estimated else ""
    provenance = (
        f"Engine {settings.engine} {answer.engine_version}{seed} on {answer.runtime}, model {answer.model_id}, "
        f"picture {answer.picture_hash}."
    )
    versions = ", ".join(f"{name} {version}" for name, version in study.versions.items())
    about = f"Study “{study.title}”, made with {versions}."
    paragraphs = (colours, drawing, convergence, spent, values, provenance, about)
    return [line for paragraph in paragraphs for line in textwrap.wrap(paragraph, _LINE)]


def _plain(caption: str) -> str:
    # Markdown breaks a line after two spaces, a drawn text at the end of the line.
    return without_markdown(caption).replace("  \n", "\n")


_FILES = (
    _File(
        "Sheet, PNG",
        ".png",
        "image/png",
        "Picture and overlays with scale, numbers and settings, for slides and reports.",
    ),
    _File(
        "Animation, WebP",
        ".webp",
        "image/webp",
        "The map builds up from its strongest regions on, and then they are hidden in their order.",
    ),
    _File(
        "Regions, CSV",
        "-regions.csv",
        "text/csv",
        "One row for each region: place, area, rank and values in logits, with standard errors if there are any.",
    ),
    _File(
        "Values, NPZ",
        "-explanation.npz",
        "application/octet-stream",
        "Regions, values of all classes and provenance, for Python. "
        "xai_core.explain.explanation.Explanation.load reads the file.",
    ),
)
