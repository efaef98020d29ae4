"""Page Compare with the maps of a mistake beside those of correct pictures."""

import streamlit as st

from pages.ui.compare import board, companions, own_picture, report, request
from pages.ui.frame import link, navigation, shell
from pages.ui.loaders import studies
from pages.ui.picture import mistakes, nearest, patch_names
from xai_core.confusions import confusion
from xai_core.language import tr

study = shell.open_page()

if own_picture.is_chosen(study):
    own_picture.draw_own_picture(study)
elif studies.pairs(study).empty:
    st.info(
        tr("{reason} So there is nothing to compare.", reason=confusion.why_no_pairs(studies.figures(study))),
        icon=":material/info:",
    )
else:
    mistake, panel = mistakes.choose_mistake(study)
    link.show_notes_in(st.container())
    with panel:
        chosen, by_hand = request.choose_request(study, mistake)
    beside = companions.find_companions(study, mistake, chosen.beside, by_hand)
    st.subheader(chosen.rows[0].title)
    answers = board.draw_board(study, (mistake["image_id"], *beside), chosen)
    st.caption(companions.companions_sentence(study, chosen.beside))
    nearest.draw_nearest(study, mistake)
    patch_names.draw_names(study, str(mistake["truth"]), str(mistake["guess"]), str(mistake["image_id"]))
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.pair_link(str(mistake["truth"]), str(mistake["guess"]), tr("All mistakes of this pair"))
        navigation.evidence_link(str(mistake["truth"]), str(mistake["guess"]))
        navigation.present_link(mistake)
    report.draw_report(study, answers, chosen)
