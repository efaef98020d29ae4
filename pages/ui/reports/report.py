"""Parts that the reports of all pages share, and the buttons that download a report."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
import streamlit as st
from scipy.special import softmax

from pages.ui.access.download import draw_download
from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.controls.display import Display
from pages.ui.frame import components, link
from pages.ui.frame.plain_text import fault_sentence, without_markdown
from pages.ui.maps import convergence
from pages.ui.reports import formats
from xai_core import render
from xai_core.errors import XaiError
from xai_core.explain import wording
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.exports import report
from xai_core.exports.report import Figure, Report, Section, Table
from xai_core.labels import index_of, words
from xai_core.language import mark, tr
from xai_core.settings.mask_table import MASKS
from xai_core.study.study import Study
from xai_core.texts import listed, moment_text
from xai_core.verdicts import verdict
from xai_core.verdicts.store import VerdictStore

_SCALE_PX = (320, 16)

SETTINGS = {
    "engine": mark("engine {value}"),
    "mask": mark("mask {value}"),
    "blur_px": mark("blur px {value}"),
    "colour": mark("colour {value}"),
    "evaluations": mark("evaluations {value}"),
    "steer_top": mark("steer top {value}"),
    "steer_labels": mark("steer labels {value}"),
    "search_width": mark("search width {value}"),
    "settle": mark("settle {value}"),
    "seed": mark("seed {value}"),
}
"""Field of `ExplainSettings` -> its text in a report. Translations keep the name of the Python API in brackets."""


def draw_report_downloads(page: str, stem: str, titles: Sequence[str], make: Callable[[], Report] | None) -> None:
    """Draw the buttons that download the report in each format, and each of its pictures, made on the click.

    Parameters
    ----------
    page
        Page of the buttons, for example "explain".
    stem
        Start of the names of the files.
    titles
        Titles of the report's pictures, in their order. Without any, there is no download of one picture.
    make
        Makes the report; None while there is nothing to report.
    """
    with st.container(horizontal=True):
        formats.draw_formats(page, stem, make)
        if not titles:
            return
        with st.popover(tr("One picture, PNG"), icon=":material/image:", disabled=make is None):
            chosen = st.selectbox(tr("Picture"), titles, key=f"{page}_panel", filter_mode=None)
            index = titles.index(chosen) if chosen in titles else 0
            draw_download(
                tr("Download"),
                None if make is None else lambda: report.panel(make(), index),
                f"{formats.file_name(stem)}-{formats.file_name(titles[index])}.png",
                "image/png",
                key=f"{page}_panel_png",
                help_text=tr(
                    "The picture alone. Its numbers and settings are in the description that the file contains."
                ),
            )


def lines(caption: str) -> tuple[str, ...]:
    """Return the lines of a Markdown caption."""
    return tuple(map(without_markdown, caption.split("  \n")))


def scale_figure(limit: float | None, study: Study, display: Display, *, scale: str = "") -> Figure:
    """Return the colour scale of the overlays of a report. Without a limit, the sections say what it is.

    `scale` is what has the scale, in the reader's language, if it is not one for all.
    """
    palette = display.palette
    amount = (
        ""
        if limit is None
        else tr(
            "{scale}: full colour is {amount:.2g} logits per hundredth of the picture.",
            scale=scale or tr("One scale for all"),
            amount=per_hundredth(limit, study),
        )
    )
    towards, away = tr(palette.towards), tr(palette.away)
    return Figure(
        render.scale_bar(*_SCALE_PX, palette),
        tr("Colour scale from {away} over white to {towards}", away=away, towards=towards),
        lines=(
            tr(
                "{towards} is evidence for the named class, {away} against it.", towards=towards.capitalize(), away=away
            ),
            tr(
                "Why one class rather than another: {towards} is evidence for the first, {away} for the second.",
                towards=towards,
                away=away,
            ),
            *([amount] if amount else []),
            *([display.noise_legend] if display.noise else []),
        ),
    )


def convergence_section(answers: Sequence[Explanation], target: Target, display: Display) -> tuple[Section, ...]:
    """Return the section on convergence and noise, which exact values do not have."""
    if display.noise is None:
        return ()
    first, *others = answers
    found = (wording.convergence_summary(answers, target),) if others else wording.convergence_sentences(first, target)
    helps = (wording.ranking_help(), tr(wording.HOLDOUT_R2_HELP), wording.noise_help())
    return (Section(tr(convergence.QUESTION), (*found, *helps)),)


def numbers_table(answer: Explanation, labels: Sequence[str]) -> Table:
    """Return probability, logit, base and sum of some labels."""
    probabilities = softmax(answer.full.astype(np.float64))
    rows = []
    for label in labels:
        index = index_of(label, answer.labels)
        full, base = float(answer.full[index]), float(answer.base[index])
        logits = (f"{value:.3f}" for value in (full, base, full - base))
        rows.append((words(label), f"{probabilities[index]:.2%}", *logits))
    heading = (tr("Class"), tr("Probability"), tr("Logit"), tr("Base"), tr("Sum of the regions"))
    return Table(heading, tuple(rows))


def verdict_lines(study: Study, image_id: str) -> tuple[str, ...]:
    """Return the verdict on a picture with its signature, or why the verdicts cannot be read."""
    try:
        found = VerdictStore(study.folder).latest(image_id)
    except XaiError as error:
        return (fault_sentence(error),)
    if found is None or found.withdrawn:
        return ()
    name = components.picture_name(image_id)
    said = tr("Verdict on {picture}: {verdict}", picture=name, verdict=verdict.verdict_text(found))
    return (said, verdict.signature(found))


def facts(study: Study, answers: Sequence[Explanation]) -> list[tuple[str, str]]:
    """Return settings, versions and provenance of explanations with the same settings."""
    first, (height, width) = answers[0], study.spec.input_size
    return [
        (
            tr("Study"),
            tr(
                "{title} ({name}), {pictures:,} pictures, made {created}",
                title=study.title,
                name=study.name,
                pictures=len(study.table),
                created=moment_text(study.created),
            ),
        ),
        (
            tr("Model"),
            tr(
                "{model}, {classes} classes, input of {width} by {height} pixels",
                model=first.model_id,
                classes=len(study.labels),
                width=width,
                height=height,
            ),
        ),
        (tr("Hidden regions are filled with"), _mask(first)),
        (tr("Evaluations"), _evaluations(answers)),
        (tr("Engine"), listed(filter(None, (_engine(first), wording.fitted_by(first))))),
        (tr("Meaning of its values"), wording.engine_meaning(first)),
        *([(tr("Seed of its samples"), str(first.settings.seed))] if first.uncertainty is not None else []),
        (
            tr("All settings"),
            listed(
                tr(SETTINGS[name], value=tr("none") if value in (None, ()) else value)
                for name, value in asdict(first.settings).items()
            ),
        ),
        (tr("Hashes of the pictures"), listed(dict.fromkeys(answer.picture_hash for answer in answers))),
        (tr("Versions"), listed(f"{name} {version}" for name, version in study.versions.items())),
        made_fact(),
    ]


def made_fact() -> tuple[str, str]:
    """Return when a report is made."""
    return tr("Report made"), moment_text(datetime.now(UTC).isoformat(timespec="seconds"))


def _mask(answer: Explanation) -> str:
    title = tr(MASKS[answer.settings.mask].title)
    if not answer.settings.blurs:
        return title
    return tr("{mask}, {pixels} pixels", mask=title, pixels=answer.settings.blur_px)


def _evaluations(answers: Sequence[Explanation]) -> str:
    spent = [answer.evaluations for answer in answers]
    fewest, most, planned = min(spent), max(spent), answers[0].settings.evaluations
    if fewest == most:
        return tr("{evaluations:,} of {planned:,} for each picture", evaluations=most, planned=planned)
    return tr("{fewest:,} to {most:,} of {planned:,} for each picture", fewest=fewest, most=most, planned=planned)


def _engine(answer: Explanation) -> str:
    return tr(
        "{title} ({name} {version}) on {runtime}",
        title=wording.engine_title(answer),
        name=answer.settings.engine,
        version=answer.engine_version,
        runtime=answer.runtime,
    )


def app_links(links: Sequence[tuple[str, str | None, dict[str, object]]]) -> list[tuple[str, str]]:
    """Return texts and addresses of links back to the app.

    Parameters
    ----------
    links
        Text, page and parameters of each; None as page for this one as it is shown.

    Returns
    -------
    Nothing if the browser's address is not known.
    """
    found = [(text, link.address(page, **parameters)) for text, page, parameters in links]
    return [(text, address) for text, address in found if address is not None]
