"""Section of About with the result of the import checks."""

import streamlit as st

from pages.ui.frame import components
from pages.ui.loaders import studies
from xai_core.language import mark, tr
from xai_core.study.study import Study


def draw_import_check(study: Study) -> None:
    """Draw what the checks of preprocessing, label order and outputs found, or that they found nothing."""
    st.header(tr("Import check"), anchor="import-check")
    report = studies.import_report(study)
    if report is None:
        st.markdown(tr(_MISSING))
        return
    for finding in report.findings:
        components.draw_finding(finding)
    if not report.findings:
        st.markdown(tr(_SOUND if report.alternatives else _SOUND_WITHOUT_PREPROCESSING))
    if report.alternatives:
        st.caption(
            tr(
                "{alternatives} other preprocessings were compared on up to {pictures} pictures with known classes, in "
                "{evaluations:,} forward passes. Each is given up as soon as it looks no better, and only a clear "
                "difference is reported.",
                alternatives=report.alternatives,
                pictures=report.pictures,
                evaluations=report.evaluations,
            )
        )


_SOUND = mark("The preprocessing, the order of the labels and the outputs show no fault.")
_SOUND_WITHOUT_PREPROCESSING = mark(
    "The order of the labels and the outputs show no fault. These are too few pictures to compare preprocessings."
)
_MISSING = mark("This study has no import check yet. Run the command again that created it: nothing else is computed.")
