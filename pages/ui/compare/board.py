"""Overlays side by side: what is asked, the jobs that answer it, and the board that shows them as they come in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.compare import companions
from pages.ui.controls import display as controls_display
from pages.ui.controls import settings as controls_settings
from pages.ui.frame import link
from pages.ui.loaders import explanations
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import colour_scale, convergence, jobs, location, overlays
from xai_core import render
from xai_core.explain import wording
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Job
from xai_core.labels import words
from xai_core.settings import ExplainSettings
from xai_core.study.study import Study

HOW_TO_READ = "Every row asks one question of all pictures: what in them speaks for the class, and what against?"

_PLACE = "compare"
_CONTRAST = "contrast"
_NARROWEST_PX = {2: 150, 3: 150, 4: 150}  # of a column; with more columns there is less for each
_ROLES = ("truth", "guess", "also likely")


@dataclass(frozen=True, slots=True)
class Row:
    """One question that is asked of all pictures: what speaks for a label, or for it rather than another."""

    label: str
    role: str
    rather: str | None = None

    @property
    def name(self) -> str:
        """In the URL: the label, or that it is the contrast."""
        return _CONTRAST if self.rather else self.label

    @property
    def title(self) -> str:
        """For people."""
        if self.rather:
            return f"Why **{words(self.label)}** rather than {words(self.rather)}?"
        return f"For **{words(self.label)}** :gray[({self.role})]"

    def map(self, answer: Explanation) -> NDArray[np.float32]:
        """(H, W) float32, in logits."""
        return answer.contrast(self.label, self.rather) if self.rather else answer.map(self.label)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the controls say. Only `settings` and `beside` decide what is computed; the rest is a matter of display.

    Attributes
    ----------
    settings
        Of the explanations.
    beside
        Companions.
    rows
        What is shown of each explanation, the contrast first, then truth and guess.
    where
        The row under which it is said where the evidence lies.
    display
        How evidence is drawn.
    limit
        The locked scale, in logits per pixel; None for the scale of what is shown.
    """

    settings: ExplainSettings
    beside: companions.Wanted
    rows: tuple[Row, ...]
    where: str
    display: controls_display.Display
    limit: float | None

    @property
    def pair(self) -> tuple[str, str]:
        """The contrast: guess and truth of the mistake."""
        contrast = self.rows[0]
        assert contrast.rather is not None
        return contrast.label, contrast.rather


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A picture of the study, (h, w, 3) uint8 as the model sees it, and what was painted where if that is known."""

    row: pd.Series
    view: NDArray[np.uint8]
    painted: location.Parts | None


def ask(study: Study, mistake: pd.Series) -> Asked:
    """Let the reader set what is computed and how it is shown."""
    with _controls():
        beside = companions.wanted(mistake)
        with st.container(gap="xsmall"):
            seldom = st.popover("Mask and display", icon=":material/tune:", width="stretch")
            limit = colour_scale.asked(study)
    with _controls():
        settings = controls_settings.settings(study, seldom)
        shown = rows(study, mistake, controls_settings.top_k(study))
    display = controls_display.asked(seldom, engines=(settings.engine,))
    return Asked(settings, beside, shown, _where(shown, seldom), display, limit)


def _controls() -> st.delta_generator.DeltaGenerator:
    return st.grid(4, min_column_width=150, gap=("small", "medium"))


def rows(study: Study, mistake: pd.Series, top_k: int) -> tuple[Row, ...]:
    """The contrast, truth and guess, then what else the model thought most likely of the mistake."""
    truth, guess = str(mistake["truth"]), str(mistake["guess"])
    place = study.table.index.get_loc(mistake.name)
    logits = study.logits[place].astype(np.float32)
    likeliest = np.argsort(-logits, kind="stable")[:top_k]
    labels = dict.fromkeys([truth, guess, *(study.labels[each] for each in likeliest)])
    return (
        Row(guess, _CONTRAST, rather=truth),
        *(Row(label, _ROLES[min(rank, 2)]) for rank, label in enumerate(labels)),
    )


def _where(shown: Sequence[Row], place: st.delta_generator.DeltaGenerator) -> str:
    titles = {row.name: "the contrast" if row.rather else words(row.label) for row in shown}
    name = link.choice("where", {each: each for each in titles}, _CONTRAST, what="class shown", hint=_WHERE_HINT)
    with place:
        st.selectbox(
            "Where evidence lies, for",
            list(titles),
            list(titles).index(name),
            key="where",
            format_func=titles.__getitem__,
            on_change=link.follow,
            help=_WHERE,
        )
    return name


def board(study: Study, pictures: tuple[str, ...], asked: Asked) -> dict[str, Explanation | None]:
    """Explain pictures and show their overlays, sharper with every look, until all is computed.

    Parameters
    ----------
    study
        Gives pictures and model.
    pictures
        Image ids, the mistake first; one column each.
    asked
        What the controls say.

    Returns
    -------
    The explanations by image id; None while they are being computed.
    """
    # Read here: a fault inside the fragment would be shown as a traceback.
    columns = [
        _Column(study.row(each), loaders_pictures.sight(study, each).view, location.painted_parts(study, each))
        for each in pictures
    ]
    asking = jobs.of(
        _PLACE,
        study,
        (pictures, asked.settings),
        lambda model: [explanations.submit(study, model, each, asked.settings) for each in pictures],
    )
    if asking:
        waited = jobs.waiting(asking)
        jobs.watched(_look, asking)(study, columns, asked, asking=asking, waited=waited)
        whole = [None if waited else job.latest for job in asking]
    else:
        # What is in the store is shown at once, without waiting for the model.
        whole = [explanations.stored(study, each, asked.settings) for each in pictures]
        # Drawing again and again would take the processor from what opens the model.
        st.fragment(_opening, run_every=None if all(whole) else jobs.POLL_S)(study, stored=all(whole))
        _show(study, columns, asked, whole, asking)
    return dict(zip(pictures, whole, strict=True))


def _opening(study: Study, *, stored: bool) -> None:
    """Wait for the model, unless it is not needed."""
    jobs.progress(_PLACE, [], stored=stored)
    jobs.settle(study, [], waited=not stored)


def _look(study: Study, columns: Sequence[_Column], asked: Asked, *, asking: Sequence[Job], waited: bool) -> None:
    """One look at the jobs; while there is something to wait for, Streamlit comes back here by itself."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking)
    _show(study, columns, asked, [job.latest for job in asking], asking)
    jobs.settle(study, asking, waited=waited)


def _show(
    study: Study,
    columns: Sequence[_Column],
    asked: Asked,
    answers: Sequence[Explanation | None],
    asking: Sequence[Job],
) -> None:
    """The pictures, and below them a row of overlays for each question."""
    limit = asked.limit or _own_limit(answers, asked.rows)
    if limit:
        colour_scale.shown(limit, study)
    whose = "The locked scale" if asked.limit else _SHARED
    overlays.legend(limit, study, asked.display.palette, scale=whose, of_noise=asked.display.legend_of_noise)
    convergence.of_all(answers, asked.pair, asked.settings)
    with _grid(columns):
        for place, column in enumerate(columns):
            with st.container(gap="xsmall"):
                st.markdown("**Correct**" if column.row["truth"] == column.row["guess"] else "**Mistake**")
                overlays.picture(column.row, column.view)
                if asking:
                    jobs.trouble(asking[place])
    for row in asked.rows:
        st.markdown(row.title)
        if row.name == asked.where and asked.display.hides_noise:
            st.caption(wording.SHARES_OF_ALL)
        with _grid(columns):
            for column, answer in zip(columns, answers, strict=True):
                with st.container(gap="xsmall"):
                    _cell(column, answer, row, limit, asked)


def _own_limit(answers: Sequence[Explanation | None], shown: Sequence[Row]) -> float:
    """The scale that suits all that is shown; 0 while nothing is."""
    maps = [row.map(answer) for answer in answers if answer for row in shown]
    return render.shared_limit(*maps) if maps else 0.0


def _grid(columns: Sequence[_Column]) -> st.delta_generator.DeltaGenerator:
    return st.grid(len(columns), min_column_width=_NARROWEST_PX.get(len(columns), 105))


def _cell(column: _Column, answer: Explanation | None, row: Row, limit: float, asked: Asked) -> None:
    if row.rather:
        overlays.for_contrast(column.view, answer, row.label, row.rather, limit=limit, display=asked.display)
        if answer:
            convergence.stays(answer, row.label, row.rather)
    else:
        overlays.for_label(column.view, answer, row.label, limit=limit, display=asked.display)
    if row.name == asked.where:
        location.show(row.map(answer) if answer else None, column.painted, words(row.label))


_SHARED = "One scale for all"
_WHERE_HINT = "It is “contrast” or one of the classes shown. Shown is the contrast."
_WHERE = "Under the overlays of this row it is said where in the picture the evidence lies. Costs no evaluation."
