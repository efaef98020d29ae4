"""Links between pages."""

import pandas as pd
import streamlit as st

from pages.ui.frame import link
from pages.ui.frame.plain_text import literal
from xai_core.labels import words
from xai_core.language import tr

# Filters are remembered from page to page. Without these a link could open a gallery that filters out all pictures.
_NO_FILTERS = {"conf": "0,100", "margin": "0,100", "verdict": "all", "page": 1}


def compare_link(mistake: pd.Series) -> None:
    """Draw the link from a mistake to its comparison."""
    st.page_link(
        "pages/compare.py",
        label=tr("Compare"),
        icon=":material/image_search:",
        help=tr("Explain it beside pictures that the model gets right."),
        query_params=link.link_parameters(truth=mistake["truth"], guess=mistake["guess"], picture=mistake["image_id"]),
    )


def own_compare_link() -> None:
    """Draw the link from an uploaded picture to its comparison with correct pictures."""
    st.page_link(
        "pages/compare.py",
        label=tr("Lay it beside correct pictures"),
        icon=":material/image_search:",
        query_params=link.link_parameters(source="upload"),
    )


def explain_link(row: pd.Series) -> None:
    """Draw the link from a picture to its explanation."""
    st.page_link(
        "pages/explain.py",
        label=tr("Explain"),
        icon=":material/lightbulb:",
        help=tr("See which parts of the picture led to the model's answer."),
        query_params=link.link_parameters(source="study", picture=row["image_id"]),
    )


def pair_link(truth: str, guess: str, label: str) -> None:
    """Draw the link to all mistakes of a pair."""
    st.page_link(
        "pages/confusions.py",
        label=label,
        icon=":material/grid_view:",
        query_params=link.link_parameters(view="pair", truth=truth, guess=guess, **_NO_FILTERS),
    )


def class_link(truth: str) -> None:
    """Draw the link to all pictures of a class."""
    st.page_link(
        "pages/confusions.py",
        label=literal(words(truth).capitalize()),
        help=tr("See its pictures, the most confident mistakes first."),
        query_params=link.link_parameters(view="truth", truth=truth, which="all", sort="confident", **_NO_FILTERS),
    )


def trust_link() -> None:
    """Draw the link from the map on Explain to its checks."""
    st.page_link(
        "pages/trust.py",
        label=tr("How far can this map be trusted?"),
        icon=":material/verified:",
        query_params=_map_parameters(),
    )


def explain_map_link() -> None:
    """Draw the link from the checks of a map to the map on Explain."""
    st.page_link("pages/explain.py", label=tr("Explain"), icon=":material/lightbulb:", query_params=_map_parameters())


def _map_parameters() -> dict[str, str]:
    known = {key: link.requested(key) for key in _MAP_PARAMETERS}
    return link.link_parameters(**{key: text for key, text in known.items() if text is not None})


_MAP_PARAMETERS = ("source", "picture", "upload", "why", "rather", "engine", "mask", "colour", "blur", "evals")
"""Parameters of a map that Explain and Trust both have."""


def evidence_link(truth: str, guess: str, label: str = "") -> None:
    """Draw the link from a pair to its evidence. A label says where it leads; without one it is the usual one."""
    st.page_link(
        "pages/evidence.py",
        label=label or tr("Evidence from all its mistakes"),
        icon=":material/balance:",
        help=tr("See what the model relies on in all mistakes of this pair, and the pictures that show it."),
        query_params=link.link_parameters(truth=truth, guess=guess),
    )


def present_link(mistake: pd.Series) -> None:
    """Draw the link from a mistake to its story, for a projector."""
    st.page_link(
        "pages/present.py",
        label=tr("Present"),
        icon=":material/slideshow:",
        help=tr("Tell the story of this mistake in seven large steps."),
        query_params=link.link_parameters(
            truth=mistake["truth"], guess=mistake["guess"], picture=mistake["image_id"], step=1
        ),
    )


def overview_link() -> None:
    """Draw the link back to Overview, for a page without a menu."""
    st.page_link(
        "pages/overview.py", label=tr("Overview"), icon=":material/monitoring:", query_params=link.link_parameters()
    )


def repair_link(truth: str, guess: str) -> None:
    """Draw the link from a pair to its cures."""
    st.page_link(
        "pages/repair.py",
        label=tr("What would cure it?"),
        icon=":material/healing:",
        help=tr("Try cures on pictures held back, and see what they mend and break."),
        query_params=link.link_parameters(truth=truth, guess=guess),
    )


def models_link(other: str | None = None) -> None:
    """Draw the link from a study to its comparison with another one.

    Parameters
    ----------
    other
        Name of the other study; None to choose it on the page.
    """
    st.page_link(
        "pages/models.py",
        label=tr("Compare with another study") if other is None else tr("Compare both models"),
        icon=":material/difference:",
        help=tr("See what another model mends and breaks on the same pictures."),
        query_params=link.link_parameters(**({} if other is None else {"other": other})),
    )


def data_link(part: str, label: str, icon: str) -> None:
    """Draw the link to a part of the page Data.

    Parameters
    ----------
    part
        One of its parts, such as "labels".
    label, icon
        Text and icon of the link.
    """
    st.page_link("pages/data.py", label=label, icon=icon, query_params=link.link_parameters(part=part))
