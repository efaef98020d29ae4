"""Overlays side by side: what is asked, the jobs that answer it, and the board that shows them as they come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui import components, link, loaders
from xai_core import companions as choosing
from xai_core import render
from xai_core.errors import PictureUnreadable
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.labels import words
from xai_core.settings import RECIPE_BLUR_PX, ExplainSettings
from xai_core.study import Study

EVALUATIONS = (100, 300, 1000, 3000, 10_000)
MOST_LABELS = 10
POLL_S = 0.6
_PROGRESS_PX = 64  # reserved, so that the board below stays where it is when the progress bar leaves
HOW_TO_READ = "Every class has its own overlay: what in the picture speaks for it, and what against."

_JOBS = "_jobs"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the controls say. Only `settings` decides what is computed; the rest is a matter of display."""

    settings: ExplainSettings
    top_k: int
    companions: int
    opacity: float


def controls(study: Study) -> Asked:
    """Let the reader set what is computed and how it is shown."""
    side, labels = min(study.spec.input_size), min(MOST_LABELS, len(study.labels))
    blur = _number("blur", range(1, side + 1), min(RECIPE_BLUR_PX, side), f"Blur is 1 to {side} pixels.")
    evaluations = _number("evals", EVALUATIONS, 300, f"There are {', '.join(map(str, EVALUATIONS))}.")
    top_k = _number("top_k", range(1, labels + 1), min(2, labels), f"There are 1 to {labels}.")
    companions = _number("companions", range(1, 7), 3, "There are 1 to 6.")
    opacity = _number("opacity", range(10, 101, 5), 85, "There are 10 to 100, in steps of 5.")
    with st.grid(5, min_column_width=140, gap="medium"):
        st.slider("Blur, pixels", 1, side, blur, key="blur", on_change=link.follow, help=_BLUR.format(side=side))
        st.select_slider(
            "Evaluations",
            EVALUATIONS,
            evaluations,
            key="evals",
            format_func="{:,}".format,
            on_change=link.follow,
            help=_EVALUATIONS,
        )
        st.slider("Likeliest classes", 1, labels, top_k, key="top_k", on_change=link.follow, help=_TOP_K)
        st.slider("Companions", 1, 6, companions, key="companions", on_change=link.follow, help=_COMPANIONS)
        st.slider("Tint, percent", 10, 100, opacity, 5, key="opacity", on_change=link.follow, help=_OPACITY)
    settings = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=evaluations, blur_px=blur)
    return Asked(settings, top_k, companions, opacity / 100)


def _number(key: str, numbers: Sequence[int], default: int, hint: str) -> int:
    return link.choice(
        key, {str(each): each for each in numbers}, default, what=_NAMES[key], hint=f"{hint} Shown is {default}."
    )


def companions(study: Study, mistake: pd.Series, count: int) -> tuple[str, ...]:
    """Correctly classified pictures of the mistake's true class, the most fitting first; what is lost is told."""
    chosen = choosing.companions(
        study.table, study.embeddings, str(mistake["image_id"]), str(mistake["truth"]), count=count
    )
    return tuple(each for each in chosen if _there(study, each))


def _there(study: Study, image_id: str) -> bool:
    try:
        loaders.sight(study, image_id)
    except PictureUnreadable as lost:
        st.warning(lost.sentence, icon=":material/broken_image:")
        return False
    return True


def how_chosen(study: Study) -> str:
    """How the companions were chosen, in words."""
    if study.embeddings is None:
        return "the ones it is surest of"
    return "the ones that look most alike to the model"


def labels(study: Study, mistake: pd.Series, top_k: int) -> tuple[str, ...]:
    """Classes to show overlays for: truth, guess, then what else the model thought most likely of the mistake."""
    row = study.table.index.get_loc(mistake.name)
    logits = study.logits[row].astype(np.float32)
    likeliest = np.argsort(-logits, kind="stable")[:top_k]
    return tuple(dict.fromkeys([str(mistake["truth"]), str(mistake["guess"]), *(study.labels[i] for i in likeliest)]))


def board(study: Study, pictures: tuple[str, ...], shown: tuple[str, ...], asked: Asked) -> None:
    """Explain pictures and show their overlays, sharper with every look, until all is computed.

    Parameters
    ----------
    study
        Gives pictures and model.
    pictures
        Image ids, the mistake first; one column each.
    shown
        Labels, the truth first and the guess second; one row of overlays each.
    asked
        Settings and display.
    """
    # Read here: a fault inside the fragment would be shown as a traceback.
    views = {each: loaders.sight(study, each).view for each in pictures}
    jobs = _jobs(study, pictures, asked.settings)
    waiting = not (jobs and all(job.over for job in jobs))
    st.fragment(_draw, run_every=POLL_S if waiting else None)(study, views, shown, asked, jobs=jobs, waiting=waiting)


def _jobs(study: Study, pictures: tuple[str, ...], settings: ExplainSettings) -> list[Job]:
    """Jobs of this question; none while the model is being opened.

    They are kept for as long as the question is the same, so that a cancelled job stays so, and a change of display
    asks for nothing.
    """
    model = loaders.opened(study)
    if model is None:
        return []
    question = (loaders.identity(study), pictures, settings)
    kept = st.session_state.get(_JOBS)
    if kept is None or kept[0] != question:
        _cancel(kept[1] if kept else ())
        kept = (question, [loaders.submit(study, model, each, settings) for each in pictures])
        st.session_state[_JOBS] = kept
    return list(kept[1])


def _draw(
    study: Study,
    views: Mapping[str, NDArray[np.uint8]],
    shown: tuple[str, ...],
    asked: Asked,
    *,
    jobs: Sequence[Job],
    waiting: bool,
) -> None:
    """One look at the jobs; while there is something to wait for, Streamlit comes back here by itself."""
    for job in jobs:
        job.poll()
    _progress(jobs)
    answers = [job.latest for job in jobs] or [None] * len(views)
    limit = render.shared_limit(*(answer.map(label) for answer in answers if answer for label in shown))
    _legend(limit, study)
    grid = st.grid(len(views), min_column_width=130)
    for place, (image_id, view) in enumerate(views.items()):
        with grid.cell():
            _picture(study.row(image_id), view)
            _overlays(view, shown, answers[place], limit=limit, opacity=asked.opacity)
            if jobs:
                _trouble(jobs[place])
    if waiting and all(job.over for job in jobs) and loaders.runtime(study).done():
        st.rerun()


def _progress(jobs: Sequence[Job]) -> None:
    """How far it is, with the way to stop it; afterwards what it took."""
    with st.container(horizontal=True, vertical_alignment="center", height=_PROGRESS_PX, border=False):
        if not jobs:
            st.progress(0.0, text="Opening the model ...")
        elif not all(job.over for job in jobs):
            done, planned = sum(job.evaluations for job in jobs), sum(job.planned for job in jobs)
            st.progress(min(1.0, done / planned), text=_pace(jobs, done, planned))
            st.button("Cancel", key="compare_cancel", icon=":material/stop:", on_click=_cancel, args=(jobs,))
        else:
            st.caption(_spent(jobs))
            if not all(job.done for job in jobs):
                st.button("Go on", key="compare_resume", icon=":material/play_arrow:", on_click=_forget)


def _pace(jobs: Sequence[Job], done: int, planned: int) -> str:
    rate = max((job.rate for job in jobs if not job.over), default=0.0)
    text = f"{done:,} of {planned:,} evaluations"
    return f"{text}, {rate:.0f} a second, about {(planned - done) / rate:.0f} s left" if rate else f"{text}, waiting"


def _spent(jobs: Sequence[Job]) -> str:
    spent = sum(job.evaluations for job in jobs if not job.cached)
    stored = sum(job.cached for job in jobs)
    if not all(job.done for job in jobs):
        return f"Stopped after {spent:,} of {sum(job.planned for job in jobs if not job.cached):,} evaluations."
    if stored == len(jobs):
        return "All of it comes from the store: no evaluation was needed."
    rest = f"; {stored} more from the store" if stored else ""
    return f"{spent:,} evaluations for {components.counted(len(jobs) - stored, 'picture')}{rest}."


def _cancel(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.cancel()


def _forget() -> None:
    del st.session_state[_JOBS]


def _trouble(job: Job) -> None:
    """What its reader should know about an explanation that failed or could not be stored."""
    if job.error is not None:
        components.fault(job.error)
    elif job.note and job.state != "cancelled":
        st.warning(job.note, icon=":material/warning:")


def _legend(limit: float, study: Study) -> None:
    """The shared colour scale in a picture and in words."""
    height, width = study.spec.input_size
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(render.scale_bar(160, 12), width=160, alt="Colour scale from blue over white to red")
        st.caption(
            "Red pushes towards the named class, blue away from it. One scale for all: full tint is "
            f"{limit * height * width / 100:.2g} logits per hundredth of the picture.",
            width="content",
        )


def _picture(row: pd.Series, view: NDArray[np.uint8]) -> None:
    """The picture and what the model says of it."""
    name = components.picture_name(row["image_id"])
    st.markdown("**Correct**" if row["truth"] == row["guess"] else "**Mistake**")
    st.image(view, width="stretch", alt=f"{name} as the model sees it")
    st.caption(f"{name}  \ncalled {words(row['guess'])}, {row['p_guess']:.0%}")


def _overlays(
    view: NDArray[np.uint8], shown: Sequence[str], answer: Explanation | None, *, limit: float, opacity: float
) -> None:
    """One overlay a label, with the numbers that make it honest."""
    for place, label in enumerate(shown):
        st.markdown(f"For **{words(label)}** :gray[({_ROLES[min(place, 2)]})]")
        if answer is None:
            st.image(render.pale_grey(view).astype(np.uint8), width="stretch", alt="Not computed yet")
            st.caption("probability ...  \nlogit ...")
        else:
            tinted = render.overlay(view, answer.map(label), limit, opacity=opacity)
            st.image(tinted, width="stretch", alt=f"What speaks for {words(label)} in red, against it in blue")
            st.caption(_numbers(answer, label))


def _numbers(answer: Explanation, label: str) -> str:
    place = answer.labels.index(label)
    odds = np.exp(answer.full - answer.full.max())
    base, total = float(answer.base[place]), answer.sum(label)
    sign = "+" if total >= 0 else "-"
    return (
        f"probability {odds[place] / odds.sum():.1%}  \n"
        f"logit {answer.full[place]:.2f} = base {base:.2f} {sign} sum {abs(total):.2f}"
    )


_ROLES = ("truth", "guess", "also likely")
_NAMES = {
    "blur": "blur",
    "evals": "number of evaluations",
    "top_k": "number of likeliest classes",
    "companions": "number of companions",
    "opacity": "tint",
}
_BLUR = (
    "Hidden parts of the picture show a blurred copy of it; this is the side of the blur, "
    "1 to {side} pixels of the model's input. A change is computed anew."
)
_EVALUATIONS = "How often the model looks at each picture with parts hidden. More gives a finer map and takes longer."
_TOP_K = "Overlays for this many of the mistake's likeliest classes, beside truth and guess. Costs no evaluation."
_COMPANIONS = "How many pictures that the model gets right are shown beside the mistake."
_OPACITY = "How strongly the strongest evidence covers the picture. Costs no evaluation."
