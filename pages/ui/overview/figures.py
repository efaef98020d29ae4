"""A study at a glance: its figures, the pairs that matter, and its hardest and easiest classes."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.ui.frame import components, navigation
from pages.ui.loaders import studies
from pages.ui.maps import charts
from xai_core.confusions import calibration, confusion
from xai_core.labels import words
from xai_core.study.study import Study

PAIRS = 8
CLASSES = 6
HISTOGRAM_STEPS = 20


def figures(study: Study) -> None:
    """The study in figures, each with what it means."""
    found = studies.figures(study)
    off = calibration.expected_error(studies.reliability(study, calibration.BINS))
    lost = f" {found.unreadable:,} of them cannot be read and count nowhere else." if found.unreadable else ""
    with st.grid(5, min_column_width=130, border=True):
        st.metric("Pictures", f"{found.pictures:,}", help=f"Labelled pictures that the model was asked about.{lost}")
        st.metric("Classes", f"{study.table['truth'].nunique():,}", help="Classes that these pictures belong to.")
        st.metric("Top-1", f"{found.top1:.1%}", help="How often the class that the model finds likeliest is the truth.")
        st.metric("Top-5", f"{found.top5:.1%}", help="How often the truth is among its five likeliest classes.")
        st.metric("Calibration error", f"{off:.1%}", help=_CALIBRATION)


def pairs(study: Study, ranked: pd.DataFrame) -> None:
    """The most frequent confusions, each with a real mistake.

    Parameters
    ----------
    study
        Gives the pictures.
    ranked
        Its pairs, at least one.
    """
    st.subheader("The confusions that happen most")
    st.markdown(
        "Each card is a pair with the most confident of its mistakes. **Compare** shows what the model looks at in it."
    )
    with st.grid(4, min_column_width=150):
        for _, pair in ranked.head(PAIRS).iterrows():
            with st.container(border=True, gap="xsmall", height="stretch"):
                _pair(study, pair)


def _pair(study: Study, pair: pd.Series) -> None:
    truth, guess = str(pair["truth"]), str(pair["guess"])
    mistake = confusion.mistakes(study.table, truth, guess).iloc[0]
    components.thumbnail(study, mistake)
    st.markdown(f"**{words(truth).capitalize()}** taken for **{words(guess)}**")
    st.caption(f"{components.counted(pair['count'], 'picture')}, {pair['share']:.0%} of the class")
    navigation.compare_link(mistake)
    navigation.pair_link(truth, guess, "All of the pair")


def classes(study: Study) -> None:
    """The hardest and the easiest classes, side by side; no class is in both lists."""
    ranked = studies.classes(study)
    count = min(CLASSES, len(ranked) // 2)
    if count:
        with st.grid(2, min_column_width=300, gap="medium"):
            with st.container(gap="xsmall"):
                st.subheader("Hardest classes")
                _classes(ranked.head(count))
            with st.container(gap="xsmall"):
                st.subheader("Easiest classes")
                _classes(ranked.tail(count).sort_values(["recall", "truth"], ascending=[False, True]))


def _classes(ranked: pd.DataFrame) -> None:
    for _, row in ranked.iterrows():
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width=_NAME_PX):
                navigation.class_link(row["truth"])
            wrong = f", {row['taken_count']:,} called {words(row['taken_for'])}" if row["taken_for"] else ""
            st.progress(row["recall"], text=f"{row['recall']:.0%} right{wrong}")


def confidence(study: Study) -> None:
    """How far the model's confidence can be believed, in two figures."""
    steps, coarse = studies.reliability(study, HISTOGRAM_STEPS), studies.reliability(study, calibration.BINS)
    with st.grid(2, min_column_width=300, gap="medium"):
        with st.container():
            st.subheader("Confidence of right and wrong answers")
            _chart(charts.histogram(steps), charts.histogram_in_words(steps), "Histogram of confidence")
        with st.container():
            st.subheader("Can the confidence be believed?")
            _chart(charts.reliability(coarse), charts.reliability_in_words(coarse), "Reliability diagram")


def _chart(figure: go.Figure, read: str, name: str) -> None:
    st.plotly_chart(figure, config=charts.CALM, alt=f"{name}. {read}")
    st.caption(read)


_NAME_PX = 170
_CALIBRATION = (
    "Expected calibration error: the mean gap between how sure the model is and how often it is then right. "
    "0% would mean that its confidence can be taken at its word."
)
