"""Request of the page Compare, from its controls."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.compare import companions
from pages.ui.controls import display as controls_display
from pages.ui.controls import settings as controls_settings
from pages.ui.frame import choices
from pages.ui.frame.plain_text import literal_words
from xai_core.explain.target import Target
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.study import Study

_CONTRAST = "contrast"
_ROLES = (mark("truth"), mark("guess"), mark("also probable"))


@dataclass(frozen=True, slots=True)
class Row:
    """Row of overlays, one for each picture, of one label or contrast.

    Attributes
    ----------
    target
        Label or contrast.
    role
        Role of the label for the mistake: truth, guess or also probable.
    """

    target: Target
    role: str

    @property
    def name(self) -> str:
        """Name in the URL, which is the label or "contrast"."""
        return self.target.label if self.target.rather_than is None else _CONTRAST

    @property
    def question(self) -> str:
        """Title in plain text."""
        names = [words(label) for label in self.target.labels]
        if self.target.rather_than is None:
            return tr("For {name} ({role})", name=names[0], role=tr(self.role))
        return tr("Why {guess} rather than {truth}?", guess=names[0], truth=names[1])

    @property
    def title(self) -> str:
        """Title in Markdown."""
        label = literal_words(self.target.label)
        if self.target.rather_than is None:
            return tr("For **{name}** :gray[({role})]", name=label, role=tr(self.role))
        return tr("Why **{guess}** rather than {truth}?", guess=label, truth=literal_words(self.target.rather_than))


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Values of the controls. Only `settings` and `beside` decide what is computed, the others are display choices.

    Attributes
    ----------
    settings
        Settings of the explanations.
    beside
        Companions of the mistake.
    rows
        What is shown of each explanation. The contrast comes first, then truth and guess.
    where
        Name of the row whose evidence is located.
    display
        How maps are drawn.
    """

    settings: ExplainSettings
    beside: companions.CompanionRequest
    rows: tuple[Row, ...]
    where: str
    display: controls_display.Display

    @property
    def target(self) -> Target:
        """Contrast of guess and truth of the mistake."""
        return self.rows[0].target

    @property
    def located(self) -> Row:
        """Row whose evidence is located."""
        return next(row for row in self.rows if row.name == self.where)


def choose_request(study: Study, mistake: pd.Series) -> tuple[CompareRequest, DeltaGenerator]:
    """Draw all controls, and return the request, with the place for a choice of companions by hand."""
    presets, display = st.container(), st.container()
    beside = companions.choose_companions(mistake)
    by_hand = st.container()
    settings = controls_settings.choose_settings(study, presets)
    rows = question_rows(study, mistake, controls_settings.choose_top_k(study))
    where = _choose_where(rows)
    # The display comes first in the panel, because it is changed most, and last here, because it depends on the engine.
    with display:
        drawing = controls_display.choose_display(engines=(settings.engine,), study=study)
    return CompareRequest(settings, beside, rows, where, drawing), by_hand


def question_rows(study: Study, mistake: pd.Series, top_k: int) -> tuple[Row, ...]:
    """Return the contrast, truth and guess, then the other top-k classes of the mistake."""
    truth, guess = str(mistake["truth"]), str(mistake["guess"])
    logits = study.logits[study.table.index.get_loc(mistake.name)].astype(np.float32)
    # Logits of earlier versions are float16, so ties are common. A stable order keeps the rows the same in every run.
    top = np.argsort(-logits, kind="stable")[:top_k]
    labels = dict.fromkeys([truth, guess, *(study.labels[index] for index in top)])
    return (
        Row(Target(guess, truth), _CONTRAST),
        *(Row(Target(label), _ROLES[min(rank, 2)]) for rank, label in enumerate(labels)),
    )


def _choose_where(rows: Sequence[Row]) -> str:
    titles = {row.name: tr("the contrast") if row.name == _CONTRAST else words(row.name) for row in rows}
    return choices.box(
        "where",
        titles,
        tr("Location of the evidence, for"),
        noun=tr("class shown"),
        hint=tr(_WHERE_HINT),
        default=_CONTRAST,
        help_text=tr(_WHERE),
    )


_WHERE_HINT = mark("It is “contrast” or one of the classes shown. Shown is the contrast.")
_WHERE = mark("The page says where this evidence lies, and enlarges the place. Costs no evaluation.")
