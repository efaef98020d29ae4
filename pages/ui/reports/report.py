"""Evidence to hand on: a report as one file, and any of its pictures; here that of a single explanation."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from scipy.special import softmax

from pages.ui.controls.contrast import Shown
from pages.ui.controls.display import Display
from pages.ui.controls.settings import MASK_NAMES
from pages.ui.frame import components, link
from pages.ui.maps import overlays
from pages.ui.picture.selection import Subject
from xai_core import render, report
from xai_core.errors import XaiError
from xai_core.explain import wording
from xai_core.explain.certainty import drawn
from xai_core.explain.explanation import Explanation
from xai_core.labels import words
from xai_core.report import Figure, Report, Section, Table
from xai_core.study.study import Study
from xai_core.verdicts import verdict
from xai_core.verdicts.store import VerdictStore

_SEEN = "As the model sees it"
_CONTRAST = "The contrast"
_ACROSS = 4
_SCALE_PX = (320, 16)


def offer(place: str, stem: str, titles: Sequence[str], make: Callable[[], Report] | None) -> None:
    """The report and each of its pictures as files, made when they are asked for.

    Parameters
    ----------
    place
        The page: "explain".
    stem
        Of the names of the files.
    titles
        Of the report's pictures, in their order.
    make
        Makes the report; None while there is nothing to report.
    """
    with st.container(horizontal=True):
        st.download_button(
            "Report, HTML",
            b"" if make is None else lambda: report.page(make()),
            f"{stem} report.html",
            "text/html",
            key=f"{place}_report",
            icon=":material/download:",
            help=_REPORT,
            on_click="ignore",
            disabled=make is None,
        )
        with st.popover("One picture, PNG", icon=":material/image:", disabled=make is None):
            chosen = st.selectbox("Picture", titles, key=f"{place}_panel", filter_mode=None)
            number = titles.index(chosen) if chosen in titles else 0
            st.download_button(
                "Download",
                b"" if make is None else lambda: report.panel(make(), number),
                f"{stem} {titles[number].rstrip('?')}.png",
                "image/png",
                key=f"{place}_panel_png",
                icon=":material/download:",
                help="The picture as it is; its numbers and settings are in the file's description.",
                on_click="ignore",
                disabled=make is None,
            )


def offer_picture(study: Study, subject: Subject, answer: Explanation | None, shown: Shown) -> None:
    """Offer the report on one picture."""
    own = subject.image_id is None
    links = [] if own else ways_back([("Open this explanation in the app", None, {})])
    titles = (_SEEN, _CONTRAST, *(f"For {words(label)}" for label in shown.labels))
    make = None if answer is None else lambda: of_picture(study, subject, answer, shown, links)
    offer("explain", f"{subject.stem} why {shown.pair[0]} rather than {shown.pair[1]}", titles, make)


def of_picture(
    study: Study, subject: Subject, answer: Explanation, shown: Shown, links: Sequence[tuple[str, str]] = ()
) -> Report:
    """The report on one picture: what the model says of it, why this rather than that, and for each class.

    Parameters
    ----------
    study, subject, answer, shown
        As on the page.
    links
        Words and addresses of the ways back.
    """
    view, (first, second) = subject.sight.view, shown.pair
    contrast, maps = answer.contrast(first, second), {label: answer.map(label) for label in shown.labels}
    limit = render.shared_limit(contrast, *maps.values())
    seen = Figure(view, f"{subject.name} as the model sees it", _SEEN, (subject.name,), photo=True)
    why = Figure(
        tinted(view, drawn(answer, first, second, hides_noise=shown.display.hides_noise), limit, shown.display),
        shown.alt,
        _CONTRAST,
        lines(overlays.contrast_numbers(answer, first, second)),
    )
    return Report(
        title=shown.question,
        lead=_lead(study, subject, answer),
        sections=[
            Section("The picture, and what speaks for one class rather than the other", figures=(seen, why), columns=2),
            Section(
                "What speaks for each class",
                figures=tuple(
                    of_label(view, answer, label, limit, shown.display, title=f"For {words(label)}") for label in maps
                ),
                columns=min(_ACROSS, len(maps)),
            ),
            Section("Numbers", (_NUMBERS,), table=numbers(answer, shown.labels)),
            *enough([answer], shown.pair, shown.display),
        ],
        scale=scale(limit, study, shown.display),
        remarks=() if subject.image_id is None else remarks(study, subject.image_id),
        facts=facts(study, [answer]),
        links=links,
    )


def _lead(study: Study, subject: Subject, answer: Explanation) -> str:
    odds = softmax(answer.full.astype(np.float64))
    guess = int(odds.argmax())
    called = f"{subject.name}: the model calls it {words(study.labels[guess])}, {odds[guess]:.0%}"
    return f"{called}; it is annotated as {words(subject.truth)}." if subject.truth else f"{called}."


def of_label(
    view: NDArray[np.uint8], answer: Explanation, label: str, limit: float, display: Display, *, title: str
) -> Figure:
    """What speaks for a label, with its numbers."""
    palette = display.palette
    return Figure(
        tinted(view, drawn(answer, label, hides_noise=display.hides_noise), limit, display),
        f"What speaks for {words(label)} in {palette.towards}, against it in {palette.away}",
        title,
        lines(overlays.numbers(answer, label)),
    )


def tinted(view: NDArray[np.uint8], evidence: NDArray[np.float32], limit: float, display: Display) -> NDArray[np.uint8]:
    """A map over its picture, as the reader has it on the page; (h, w, 3) uint8."""
    return render.overlay(
        view, evidence, limit, opacity=display.opacity, backdrop=display.backdrop, palette=display.palette
    )


def lines(caption: str) -> tuple[str, ...]:
    """A caption of the page in lines."""
    return tuple(caption.split("  \n"))


def scale(limit: float, study: Study, display: Display, *, whose: str = "One scale for all") -> Figure:
    """The colour scale that overlays of a report share."""
    palette, tint = display.palette, overlays.per_hundredth(limit, study)
    towards, away = palette.towards, palette.away
    return Figure(
        render.scale_bar(*_SCALE_PX, palette),
        f"Colour scale from {away} over white to {towards}",
        lines=(
            f"{towards.capitalize()} pushes towards the named class, {away} away from it.",
            f"Why one class rather than another: {towards} speaks for the first, {away} for the second.",
            f"{whose}: full tint is {tint:.2g} logits per hundredth of the picture.",
            *([display.legend_of_noise] if display.noise else []),
        ),
    )


def enough(answers: Sequence[Explanation], pair: tuple[str, str], display: Display) -> tuple[Section, ...]:
    """Whether what was computed is enough, and what of it is drawn; nothing where values are not estimated."""
    if display.noise is None:
        return ()
    first, *others = answers
    told = (wording.enough_of_all(answers, *pair),) if others else wording.enough_told(first, *pair)
    return (Section("Is it enough?", (*told, wording.RANKING_MEANS, wording.FORESIGHT_MEANS, wording.NOISE_MEANS)),)


def numbers(answer: Explanation, labels: Sequence[str]) -> Table:
    """Probability, logit, base and sum of some labels."""
    odds = softmax(answer.full.astype(np.float64))
    rows = []
    for label in labels:
        place = answer.labels.index(label)
        full, base = float(answer.full[place]), float(answer.base[place])
        rows.append((words(label), f"{odds[place]:.2%}", *(f"{each:.3f}" for each in (full, base, full - base))))
    return Table(("Class", "Probability", "Logit", "Base", "Sum of the regions"), tuple(rows))


def remarks(study: Study, image_id: str) -> tuple[str, ...]:
    """What people said of a picture; why it cannot be told where the file is damaged."""
    try:
        found = VerdictStore(study.folder).of(image_id)
    except XaiError as fault:
        return (fault.sentence,)
    if found is None or found.withdrawn:
        return ()
    return (f"Verdict on {components.picture_name(image_id)}: {verdict.said(found)}", verdict.signed(found))


def facts(study: Study, answers: Sequence[Explanation]) -> list[tuple[str, str]]:
    """Settings, versions and provenance of explanations that were asked for alike."""
    first, (height, width) = answers[0], study.spec.input_size
    blur = f", {first.settings.blur_px} pixels" if first.settings.blurs else ""
    spent = sorted({each.evaluations for each in answers})
    evaluations = " to ".join(f"{each:,}" for each in dict.fromkeys((spent[0], spent[-1])))
    return [
        ("Study", f"{study.title} ({study.name}), {len(study.table):,} pictures, made {study.created}"),
        ("Model", f"{first.model_id}, {len(study.labels)} classes, sees {width} by {height} pixels"),
        ("Hidden parts show", f"{MASK_NAMES.get(first.settings.mask, first.settings.mask)}{blur}"),
        ("Evaluations", f"{evaluations} of {first.settings.evaluations:,} a picture"),
        (
            "Engine",
            f"{wording.engine_title(first)} ({first.settings.engine} {first.engine_version}) on {first.runtime}",
        ),
        ("What its values are", wording.engine_meaning(first)),
        *([("Seed of what it draws", str(first.settings.seed))] if first.uncertainty is not None else []),
        ("All settings", ", ".join(_told(name, value) for name, value in asdict(first.settings).items())),
        ("Picture files", ", ".join(dict.fromkeys(each.picture_hash for each in answers))),
        ("Versions", ", ".join(f"{name} {version}" for name, version in study.versions.items())),
        ("Report made", datetime.now(UTC).isoformat(timespec="seconds")),
    ]


def _told(name: str, value: object) -> str:
    """A setting in words; "none" where it is left empty."""
    return f"{name.replace('_', ' ')} {'none' if value in (None, ()) else value}"


def ways_back(ways: Sequence[tuple[str, str | None, dict[str, object]]]) -> list[tuple[str, str]]:
    """Words and addresses of links back to the app; none where the browser's address is not known.

    Parameters
    ----------
    ways
        Words, page and question of each; without a page it is this one as it is shown.
    """
    found = [(text, link.address(page, **question)) for text, page, question in ways]
    return [(text, address) for text, address in found if address is not None]


_REPORT = (
    "Pictures, maps with their scale and numbers, settings and versions in one file that needs no network: "
    "opens by double click, prints well."
)
_NUMBERS = (
    "Values are logits: what the model says of the fully hidden picture (base), plus everything that the regions "
    "add (sum), is what it says of the picture (logit)."
)
