"""Links between pages."""

import pandas as pd
import streamlit as st

from pages.ui.frame import link
from xai_core.labels import words

_ALL = {"conf": "0,100", "margin": "0,100", "verdict": "all", "page": 1}


def compare_link(mistake: pd.Series) -> None:
    """The way from a mistake to its comparison."""
    st.page_link(
        "pages/compare.py",
        label="Compare",
        icon=":material/image_search:",
        help="Explain it beside pictures that the model gets right.",
        query_params=link.parameters(truth=mistake["truth"], guess=mistake["guess"], picture=mistake["image_id"]),
    )


def explain_link(row: pd.Series) -> None:
    """The way from any picture to its explanation."""
    st.page_link(
        "pages/explain.py",
        label="Explain",
        icon=":material/lightbulb:",
        help="What made the model say that.",
        query_params=link.parameters(source="study", picture=row["image_id"]),
    )


def pair_link(truth: str, guess: str, label: str) -> None:
    """The way to all mistakes of a pair."""
    st.page_link(
        "pages/confusions.py",
        label=label,
        icon=":material/grid_view:",
        query_params=link.parameters(view="pair", truth=truth, guess=guess, **_ALL),
    )


def class_link(truth: str) -> None:
    """The way to all pictures of a class."""
    st.page_link(
        "pages/confusions.py",
        label=words(truth).capitalize(),
        help="Its pictures, the surest mistakes first.",
        query_params=link.parameters(view="truth", truth=truth, which="all", sort="confident", **_ALL),
    )


def to_trust() -> None:
    """The way from a map to its checks."""
    st.page_link(
        "pages/trust.py",
        label="How far can this map be trusted?",
        icon=":material/verified:",
        query_params=_same_map(),
    )


def to_explain() -> None:
    """The way back."""
    st.page_link("pages/explain.py", label="Explain", icon=":material/lightbulb:", query_params=_same_map())


def _same_map() -> dict[str, str]:
    known = {key: link.asked(key) for key in _OF_A_MAP}
    return link.parameters(**{key: text for key, text in known.items() if text is not None})


_OF_A_MAP = ("source", "picture", "upload", "why", "rather", "engine", "mask", "colour", "blur", "evals")
"""Parameters that both pages have."""


def evidence_link(truth: str, guess: str) -> None:
    """The way from a pair to its evidence."""
    st.page_link(
        "pages/evidence.py",
        label="What all its mistakes go by",
        icon=":material/balance:",
        help="The claim about the pair, from all its mistakes, and the pictures that prove it.",
        query_params=link.parameters(truth=truth, guess=guess),
    )
