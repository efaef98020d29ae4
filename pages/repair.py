"""Page Repair with cures of a pair, tried on pictures that they were not fitted on."""

import streamlit as st

from pages.ui.frame import navigation, shell
from pages.ui.loaders import studies
from pages.ui.repair import missing, request, trial
from xai_core.confusions import confusion
from xai_core.language import tr
from xai_core.texts import paragraph

study = shell.open_page()
ranked = studies.pairs(study)

if study.embeddings is None:
    st.info(
        tr(
            "This study has no embeddings: its model does not end in a linear layer that can be seen. So there is "
            "nothing to refit. Export the model so that it ends in a linear layer, and create its study again."
        ),
        icon=":material/info:",
    )
elif ranked.empty:
    why = confusion.why_no_pairs(studies.figures(study))
    st.info(paragraph(why, tr("So there is nothing to repair.")), icon=":material/info:")
else:
    chosen = request.choose_request(study, ranked)
    if chosen is not None:
        navigation.evidence_link(chosen.truth, chosen.guess)
        trial.draw_trial(study, chosen)
        st.subheader(tr("What data is missing?"))
        missing.draw_missing(study, chosen)
        navigation.data_link("labels", tr("Labels that may be wrong, in all classes"), ":material/label_off:")
