"""Key figures of a study, its most frequent pairs, and its hardest and easiest classes."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.ui.frame import components, navigation
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import studies
from pages.ui.maps import charts
from pages.ui.picture import patch_names
from xai_core.confusions import calibration, confusion
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph
from xai_core.verdicts.patch_names import PatchName

PAIRS = 8
CLASSES = 6
HISTOGRAM_STEPS = 20


def draw_import_findings(study: Study) -> None:
    """Draw the likely faults of how the model was imported, because everything else rests on that."""
    report = studies.import_report(study)
    for finding in report.findings if report else ():
        components.draw_finding(finding)


def draw_figures(study: Study) -> None:
    """Draw the key figures of the study with their meanings."""
    found = studies.figures(study)
    gap = calibration.expected_calibration_error(studies.reliability(study, calibration.BINS))
    lost = tr("{number:,} of them cannot be read. No other figure counts these.", number=found.unreadable)
    all_of_them = paragraph(tr("Labelled pictures of the study."), lost if found.unreadable else "")
    with st.grid(5, min_column_width=130, border=True):
        st.metric(tr("Pictures"), f"{found.pictures:,}", help=all_of_them)
        st.metric(tr("Classes"), f"{study.table['truth'].nunique():,}", help=tr("Classes of these pictures."))
        st.metric(tr("Top-1"), f"{found.top1:.1%}", help=tr("How often the most probable class is the true class."))
        top5 = tr("How often the true class is among the five most probable ones.")
        st.metric(tr("Top-5"), f"{found.top5:.1%}", help=top5)
        st.metric(tr("Calibration error"), f"{gap:.1%}", help=tr(_CALIBRATION))
    if len(studies.study_names()) > 1:
        navigation.models_link()


def draw_pairs(study: Study, ranked: pd.DataFrame) -> None:
    """Draw a card for each of the most frequent pairs.

    Parameters
    ----------
    study
        Study with the pictures.
    ranked
        Its pairs, at least one.
    """
    st.subheader(tr("Most frequent confusions"))
    names = patch_names.all_names(study)
    with st.grid(4, min_column_width=150):
        for _, pair in ranked.head(PAIRS).iterrows():
            with st.container(border=True, gap="xsmall", height="stretch"):
                _draw_pair(study, pair, names)


def _draw_pair(study: Study, pair: pd.Series, names: Sequence[PatchName]) -> None:
    truth, guess = str(pair["truth"]), str(pair["guess"])
    mistake = confusion.mistakes(study.table, truth, guess).iloc[0]
    components.draw_thumbnail(study, mistake)
    st.markdown(
        tr("**{truth}** taken for **{guess}**", truth=literal(words(truth).capitalize()), guess=literal_words(guess))
    )
    number = counted(pair["count"], "picture")
    st.caption(tr("{pictures}, {share:.0%} of the class", pictures=number, share=pair["share"]))
    line = patch_names.named_line([name for name in names if (name.truth, name.guess) == (truth, guess)])
    if line:
        st.caption(f":material/label: {literal(line)}")
    navigation.compare_link(mistake)
    navigation.pair_link(truth, guess, tr("All mistakes"))


def draw_classes(study: Study) -> None:
    """Draw the hardest and the easiest classes side by side. No class is in both lists."""
    ranked = studies.classes(study)
    count = min(CLASSES, len(ranked) // 2)
    if count:
        with st.grid(2, min_column_width=300, gap="medium"):
            with st.container(gap="xsmall"):
                st.subheader(tr("Hardest classes"))
                _draw_class_list(ranked.head(count))
            with st.container(gap="xsmall"):
                st.subheader(tr("Easiest classes"))
                _draw_class_list(ranked.tail(count).sort_values(["recall", "truth"], ascending=[False, True]))


def _draw_class_list(ranked: pd.DataFrame) -> None:
    for _, row in ranked.iterrows():
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width=_NAME_PX):
                navigation.class_link(row["truth"])
            right = tr("{recall:.0%} right", recall=row["recall"])
            if row["taken_for"]:
                right = tr(
                    "{recall:.0%} right, {number:,} called {guess}",
                    recall=row["recall"],
                    number=row["taken_count"],
                    guess=literal_words(row["taken_for"]),
                )
            st.progress(row["recall"], text=right)


def draw_confidence(study: Study) -> None:
    """Draw two charts on how reliable the model's confidence is."""
    steps, coarse = studies.reliability(study, HISTOGRAM_STEPS), studies.reliability(study, calibration.BINS)
    with st.grid(2, min_column_width=300, gap="medium"):
        with st.container():
            st.subheader(tr("Confidence of right and wrong answers"))
            _draw_chart(charts.histogram(steps), charts.histogram_sentence(steps), tr("Histogram of confidence"))
        with st.container():
            st.subheader(tr("Does the confidence match the accuracy?"))
            _draw_chart(charts.reliability(coarse), charts.reliability_sentence(coarse), tr("Reliability diagram"))


def _draw_chart(figure: go.Figure, sentence: str, name: str) -> None:
    st.plotly_chart(figure, config=charts.NO_TOOLBAR, alt=tr("{name}. {sentence}", name=name, sentence=sentence))
    st.caption(sentence)


_NAME_PX = 170
_CALIBRATION = mark(
    "Expected calibration error: the mean gap between the model's confidence and how often it is right at that "
    "confidence. At 0% the confidence could be taken literally."
)
