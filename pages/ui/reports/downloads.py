"""Downloads of one explanation as a sheet, a table and a file for Python."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from pages.ui.access.download import draw_download
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
from xai_core.exports import animation, fonts
from xai_core.exports.spreadsheet import csv_file
from xai_core.labels import words
from xai_core.language import current, mark, tr
from xai_core.settings.mask_table import MASKS
from xai_core.study.study import Study
from xai_core.texts import listed, paragraph

_COLUMNS = 4
_LINE = {"en": 170, "ja": 85}  # characters of small print, about as wide as the sheet


@dataclass(frozen=True, slots=True)
class _File:
    """File to download, with the title and the help of its button in English."""

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
            draw_download(
                tr(file.label),
                None if answer is None else partial(make, answer),
                f"{name}{file.ending}",
                file.mime,
                key=f"explain_{file.ending.rpartition('.')[2]}",
                help_text=tr(file.help_text),
            )


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


@fonts.drawing()
def sheet_png(study: Study, subject: Subject, answer: Explanation, shown: ShownContrast) -> bytes:
    """Return a PNG with picture, contrast, an overlay for each label, and all that is needed to read them."""
    view, display = subject.model_view.view, shown.display
    targets = [shown.target, *map(Target, shown.labels)]
    limits = shown.limits(answer)
    drawn_limits = [limits.contrast] + [limits.classes] * len(shown.labels)
    titles = [tr("The contrast"), *(tr("For {name}", name=words(label)) for label in shown.labels)]
    panels = [render.Panel(tr("As the model sees it"), _prediction_lines(study, subject, answer), view)]
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
        scale=tr(
            "Full colour: {contrast:.2g} logits per hundredth of the picture in the contrast, {classes:.2g} for a "
            "class.",
            contrast=per_hundredth(limits.contrast, study),
            classes=per_hundredth(limits.classes, study),
        ),
        foot=small_print(study, answer, shown),
        palette=display.palette,
    )
    return render.png(paper)


def _prediction_lines(study: Study, subject: Subject, answer: Explanation) -> str:
    guess = study.labels[int(answer.full.argmax())]
    probability = probability_text(subject.probability(guess, study.labels))
    truth = words(subject.truth) if subject.truth else tr("unknown")
    return "\n".join(
        (
            subject.name,
            tr("truth: {name}", name=truth),
            tr("called {name}, {probability}", name=words(guess), probability=probability),
        )
    )


def small_print(study: Study, answer: Explanation, shown: ShownContrast) -> list[str]:
    """Return the lines on colours, values, settings, model and versions at the foot of the sheet."""
    settings, palette = answer.settings, shown.display.palette
    estimated = answer.uncertainty is not None
    first, second = map(words, shown.target.labels)
    towards, away = tr(palette.towards), tr(palette.away)
    colours = tr(
        "In the contrast {towards} is evidence for {first}, {away} for {second}. In the other overlays {towards} is "
        "evidence for the named class, {away} against it.",
        towards=towards,
        away=away,
        first=first,
        second=second,
    )
    drawing = paragraph(shown.display.noise_legend, tr(wording.DRAWING_ONLY)) if shown.display.noise else ""
    convergence = paragraph(*wording.convergence_sentences(answer, shown.target)) if estimated else ""
    mask = tr(MASKS[settings.mask].title)
    spent = paragraph(
        tr("Hidden regions are filled with {mask} of {pixels} pixels.", mask=mask, pixels=settings.blur_px)
        if settings.blurs
        else tr("Hidden regions are filled with {mask}.", mask=mask),
        tr(
            "{evaluations:,} evaluations of {planned:,}. Values are logits: base + sum = logit.",
            evaluations=answer.evaluations,
            planned=settings.evaluations,
        ),
    )
    values = paragraph(tr("{sentence}.", sentence=wording.engine_title(answer)), wording.engine_meaning(answer))
    about = tr(
        "Study “{title}”, made with {versions}.",
        title=study.title,
        versions=listed(f"{name} {version}" for name, version in study.versions.items()),
    )
    paragraphs = (colours, drawing, convergence, spent, values, _provenance(answer, with_seed=estimated), about)
    return [line for text in paragraphs for line in textwrap.wrap(text, _LINE[current()])]


def _provenance(answer: Explanation, *, with_seed: bool) -> str:
    text = (
        mark("Engine {engine} {version}, seed {seed} on {runtime}, model {model}, picture {picture}.")
        if with_seed
        else mark("Engine {engine} {version} on {runtime}, model {model}, picture {picture}.")
    )
    return tr(
        text,
        engine=answer.settings.engine,
        version=answer.engine_version,
        seed=answer.settings.seed,
        runtime=answer.runtime,
        model=answer.model_id,
        picture=answer.picture_hash,
    )


def _plain(caption: str) -> str:
    # Markdown breaks a line after two spaces, a drawn text at the end of the line.
    return without_markdown(caption).replace("  \n", "\n")


_FILES = (
    _File(
        mark("Sheet, PNG"),
        ".png",
        "image/png",
        mark("Picture and overlays with scale, numbers and settings, for slides and reports."),
    ),
    _File(
        mark("Animation, WebP"),
        ".webp",
        "image/webp",
        mark("The map builds up from its strongest regions on, and then they are hidden in their order."),
    ),
    _File(
        mark("Regions, CSV"),
        "-regions.csv",
        "text/csv",
        mark("One row for each region: place, area, rank and values in logits, with standard errors if there are any."),
    ),
    _File(
        mark("Values, NPZ"),
        "-explanation.npz",
        "application/octet-stream",
        mark(
            "Regions, values of all classes and provenance, for Python. "
            "xai_core.explain.explanation.Explanation.load reads the file."
        ),
    ),
)
