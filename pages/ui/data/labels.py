"""Pictures whose annotation may be wrong, as a gallery or one by one, with a key for each verdict."""

import pandas as pd
import streamlit as st

from pages.ui.access.download import draw_download
from pages.ui.confusions import bulk
from pages.ui.data import agreement, background_work, review
from pages.ui.frame import choices, components, link, navigation
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import picture_data
from pages.ui.picture import verdicts
from xai_core.exports.spreadsheet import csv_file
from xai_core.language import mark, tr, tr_all
from xai_core.repair.annotation import label_errors
from xai_core.study.study import Study
from xai_core.texts import paragraph
from xai_core.verdicts import verdict as verdicts_verdict

PAGE = 12
"""Pictures on a page."""

MOST = 600
"""Pictures of the list that the pages go through; the download has all."""

_CARD_PX = 130
_WAYS = {"gallery": mark("Gallery"), "single": mark("One by one")}
_TEXTS = {picture_data.LABELS: mark("Comparing each picture with its likes: {done:,} of {planned:,} ...")}


def draw_labels(study: Study) -> None:
    """Draw the pictures whose label is most likely wrong, with verdicts on them."""
    st.subheader(tr("Which labels may be wrong?"), anchor="labels")
    if study.embeddings is None:
        st.info(
            tr(
                "This study has no embeddings, so the labels of similar pictures are unknown. On Confusions, the order "
                "“Highest loss first” shows what the model alone doubts."
            ),
            icon=":material/info:",
        )
        return
    ranked = picture_data.label_ranking(study)
    if ranked is None:
        background_work.draw_work(study, picture_data.LABELS, _TEXTS)
        return
    if ranked.empty:
        st.info(
            tr("Every picture has neighbours of its own class alone. No label is suspicious."), icon=":material/info:"
        )
        return
    st.markdown(paragraph(label_errors.doubt_sentence(ranked), tr(_MEANING)))
    shown = verdicts_verdict.with_verdicts(ranked.head(MOST), verdicts.standing_verdicts(study))
    with st.container(horizontal=True, vertical_alignment="center"):
        way = choices.segmented(
            "labels_as",
            tr_all(_WAYS),
            tr("Shown as"),
            noun=tr("way to show labels"),
            hint=tr("It is gallery or single. Shown is the gallery."),
            titled=False,
        )
        draw_download(
            tr("All, CSV"), lambda: csv_file(ranked), f"{study.name}-labels.csv", "text/csv", key="labels_csv"
        )
    if way == "single":
        review.draw_review(study, shown)
    else:
        _draw_gallery(study, shown)
    agreement.draw_agreement(study)


def _draw_gallery(study: Study, shown: pd.DataFrame) -> None:
    count = -(-len(shown) // PAGE)
    page = link.choice("labels", range(1, count + 1), 1, noun=tr("page of labels"), hint=tr("Shown is the first."))
    on_page = shown.iloc[(page - 1) * PAGE : page * PAGE]
    bulk.draw_bar(study, [str(image_id) for image_id in on_page["image_id"]])
    with st.grid("auto", min_column_width=_CARD_PX):
        for _, suggestion in on_page.iterrows():
            with st.container(gap="xsmall"):
                _draw_card(study, suggestion)
    if count > 1:
        st.pagination(count, default=page, key="labels", on_change=link.clear_notes)


def _draw_card(study: Study, suggestion: pd.Series) -> None:
    row = study.row(str(suggestion["image_id"]))
    components.draw_thumbnail(study, row)
    verdicts.draw_badge(suggestion)
    truth, rather = literal_words(suggestion["truth"]), literal_words(suggestion["suggested"])
    st.caption(
        "  \n".join(
            [
                tr("labelled {truth}, rather **{suggested}**", truth=truth, suggested=rather),
                tr("{share:.0%} of its neighbours are no {truth}", share=suggestion["neighbours"], truth=truth),
            ]
        )
    )
    navigation.explain_link(row)
    bulk.draw_selection(str(row["image_id"]))


_MEANING = mark(
    "The strongest doubt comes first; further down, the list is mostly mistakes of the model. Those can look the same, "
    "so look before you judge. On Repair, a picture with the verdict “wrong label” counts as the class that the model "
    "says."
)
