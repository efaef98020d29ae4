"""Parts that the reports of all pages share, and the buttons that download a report."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
import streamlit as st
from scipy.special import softmax

from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.controls.display import Display
from pages.ui.frame import components, link
from pages.ui.frame.plain_text import without_markdown
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
from xai_core.language import tr
from xai_core.settings.mask_table import MASKS
from xai_core.study.study import Study
from xai_core.verdicts import verdict
from xai_core.verdicts.store import VerdictStore

_SCALE_PX = (320, 16)


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
        with st.popover("One picture, PNG", icon=":material/image:", disabled=make is None):
            chosen = st.selectbox("Picture", titles, key=f"{page}_panel", filter_mode=None)
            index = titles.index(chosen) if chosen in titles else 0
            st.download_button(
                "Download",
                b"" if make is None else lambda: report.panel(make(), index),
                f"{formats.file_name(stem)}-{formats.file_name(titles[index])}.png",
                "image/png",
                key=f"{page}_panel_png",
                icon=":material/download:",
                help="The picture alone. Its numbers and settings are in the description that the file contains.",
                on_click="ignore",
                disabled=make is None,
            )


def lines(caption: str) -> tuple[str, ...]:
    """Return the lines of a Markdown caption."""
    return tuple(map(without_markdown, caption.split("  \n")))


def scale_figure(limit: float | None, study: Study, display: Display, *, scale: str = "One scale for all") -> Figure:
    """Return the colour scale of the overlays of a report. Without a limit, the sections say what it is."""
    palette = display.palette
    amount = (
        ""
        if limit is None
        else f"{scale}: full colour is {per_hundredth(limit, study):.2g} logits per hundredth of the picture."
    )
    towards, away = palette.towards, palette.away
    return Figure(
        render.scale_bar(*_SCALE_PX, palette),
        f"Colour scale from {away} over white to {towards}",
        lines=(
            f"{towards.capitalize()} is evidence for the named class, {away} against it.",
            f"Why one class rather than another: {towards} is evidence for the first, {away} for the second.",
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
    return Table(("Class", "Probability", "Logit", "Base", "Sum of the regions"), tuple(rows))


def verdict_lines(study: Study, image_id: str) -> tuple[str, ...]:
    """Return the verdict on a picture with its signature, or why the verdicts cannot be read."""
    try:
        found = VerdictStore(study.folder).latest(image_id)
    except XaiError as error:
        return (error.sentence,)
    if found is None or found.withdrawn:
        return ()
    return (f"Verdict on {components.picture_name(image_id)}: {verdict.verdict_text(found)}", verdict.signature(found))


def facts(study: Study, answers: Sequence[Explanation]) -> list[tuple[str, str]]:
    """Return settings, versions and provenance of explanations with the same settings."""
    first, (height, width) = answers[0], study.spec.input_size
    blur = f", {first.settings.blur_px} pixels" if first.settings.blurs else ""
    spent = sorted({answer.evaluations for answer in answers})
    evaluations = " to ".join(f"{count:,}" for count in dict.fromkeys((spent[0], spent[-1])))
    return [
        ("Study", f"{study.title} ({study.name}), {len(study.table):,} pictures, made {study.created}"),
        ("Model", f"{first.model_id}, {len(study.labels)} classes, input of {width} by {height} pixels"),
        ("Hidden regions are filled with", f"{MASKS[first.settings.mask].title}{blur}"),
        ("Evaluations", f"{evaluations} of {first.settings.evaluations:,} for each picture"),
        (
            "Engine",
            ", ".join(filter(None, (_engine(first), wording.fitted_by(first)))),
        ),
        ("Meaning of its values", wording.engine_meaning(first)),
        *([("Seed of its samples", str(first.settings.seed))] if first.uncertainty is not None else []),
        ("All settings", ", ".join(_setting_text(name, value) for name, value in asdict(first.settings).items())),
        ("Hashes of the pictures", ", ".join(dict.fromkeys(answer.picture_hash for answer in answers))),
        ("Versions", ", ".join(f"{name} {version}" for name, version in study.versions.items())),
        ("Report made", datetime.now(UTC).isoformat(timespec="seconds")),
    ]


def _engine(answer: Explanation) -> str:
    name = f"{answer.settings.engine} {answer.engine_version}"
    return f"{wording.engine_title(answer)} ({name}) on {answer.runtime}"


def _setting_text(name: str, value: object) -> str:
    return f"{name.replace('_', ' ')} {'none' if value in (None, ()) else value}"


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
