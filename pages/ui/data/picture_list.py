"""Chosen pictures as cards, one page at a time, with their files for other programs."""

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from pages.ui.access import visitors
from pages.ui.access.download import draw_download
from pages.ui.data import cards
from pages.ui.frame import link
from xai_core.confusions import confusion
from xai_core.language import mark, tr
from xai_core.study.selection import exchange, export_table
from xai_core.study.study import Study

PAGE = 18
"""Pictures on a page."""


def draw_list(study: Study, rows: pd.DataFrame, key: str) -> None:
    """Draw pictures, the most confident mistakes first.

    Parameters
    ----------
    study
        The study.
    rows
        Rows of its table, one at least.
    key
        Parameter of the page number.
    """
    shown = confusion.gallery(rows, which="all")
    count = max(1, -(-len(shown) // PAGE))
    page = link.choice(key, range(1, count + 1), 1, noun=tr("page of pictures"), hint=tr("Shown is the first."))
    with st.grid("auto", min_column_width=cards.CARD_PX):
        for _, row in shown.iloc[(page - 1) * PAGE : page * PAGE].iterrows():
            draw_picture(study, row)
    if count > 1:
        st.pagination(count, default=page, key=key, on_change=link.clear_notes)
    _draw_exports(study, shown, key)


def draw_picture(study: Study, row: pd.Series, note: str = "") -> None:
    """Draw one picture as a card."""
    with st.container(gap="xsmall"):
        cards.draw_card(study, row, note)


def _draw_exports(study: Study, rows: pd.DataFrame, key: str) -> None:
    """Draw the downloads of all chosen pictures, not only of those on the page. A file is made when it is asked for."""
    name = f"{study.name}-{len(rows)}-pictures"
    st.markdown(tr("**Take these {number:,} along**", number=len(rows)))
    has_files = bool(export_table.picture_path(study, str(rows["image_id"].iloc[0])))
    with st.container(horizontal=True, gap="small"):
        for title, ending, kind, content in (
            (mark("Table, CSV"), ".csv", "text/csv", export_table.to_csv),
            (mark("Table, Parquet"), ".parquet", "application/vnd.apache.parquet", export_table.to_parquet),
            ("FiftyOne", "-fiftyone.zip", "application/zip", partial(exchange.to_fiftyone, study)),
            ("Label Studio", "-label-studio.json", "application/json", partial(_label_studio, study)),
        ):
            make = partial(_file, study, rows, content, relative=not visitors.sees_folders())
            draw_download(
                tr(title),
                make if title != "FiftyOne" or has_files else None,
                f"{name}{ending}",
                kind,
                key=f"{key} {ending}",
                help_text=tr(_HELP[title]) if title in _HELP else None,
            )


def _file(study: Study, rows: pd.DataFrame, content: Callable[[pd.DataFrame], bytes], *, relative: bool) -> bytes:
    return content(export_table.selection_table(study, rows, relative=relative))


def _label_studio(study: Study, table: pd.DataFrame) -> bytes:
    paths = dict(zip(table["image_id"], table["path"], strict=True))
    return exchange.to_label_studio(
        study, table, lambda image_id: f"/data/local-files/?d={paths[image_id].lstrip('/') or image_id}"
    )


_HELP = {
    "Table, CSV": mark("Path, labels, probabilities, verdict, properties and metadata of each picture."),
    "FiftyOne": mark(
        "samples.json and metadata.json, to be unpacked and read by Dataset.from_dir. Needs pictures as files."
    ),
    "Label Studio": mark("Tasks with the model's guess as a prediction. docs/pictures.md has the labelling interface."),
}
