"""Section of About on the pictures of a study and their source."""

import streamlit as st

from pages.ui.about import tools
from pages.ui.frame.plain_text import shown_path
from pages.ui.loaders import studies
from xai_core.confusions import confusion
from xai_core.demo import story
from xai_core.language import mark, recognised, tr
from xai_core.study.study import Study
from xai_core.texts import day_text, paragraph


def draw_data(study: Study) -> None:
    """Draw the facts about the pictures, and a paragraph on their source."""
    st.header(tr("Data"), anchor="data")
    tools.draw_facts(facts(study), alt=tr("Facts about the pictures"))
    st.markdown(tr(PAINTINGS if story.is_demo(study) else PHOTOGRAPHS))


def facts(study: Study) -> dict[str, str]:
    """Return the facts about the pictures by their names."""
    figures = studies.figures(study)
    found = {
        tr("Study"): study.title,
        tr("Pictures"): tr("{number:,} of the {split} split", number=figures.pictures, split=study.split),
        tr("Classes"): _classes(study),
        tr("Source"): tr("Painted by the demo kitchen") if story.is_demo(study) else shown_path(str(study.data_root)),
        tr("Read as"): shown_path(paragraph(*map(recognised, study.data.notes))),
        tr("Predictions made"): day_text(study.created),
    }
    if figures.unreadable:
        number = figures.unreadable
        found[tr("Unreadable")] = tr("{number:,}, counted here and left out everywhere else", number=number)
    return found


def _classes(study: Study) -> str:
    pictures = confusion.readable(study.table)["truth"].value_counts()
    known = len(study.labels)
    shown = study.table["truth"].nunique()
    of_known = f"{shown:,}"
    if shown != known:
        of_known = tr("{shown:,} (the model has {known:,} classes)", shown=shown, known=known)
    if pictures.empty:
        return of_known
    least, most = int(pictures.min()), int(pictures.max())
    if least == most:
        return tr("{classes}, with {number:,} pictures each", classes=of_known, number=least)
    return tr("{classes}, with {least:,} to {most:,} pictures each", classes=of_known, least=least, most=most)


PAINTINGS = mark("""
**Nobody cooked or photographed any of this.** A program paints each dish from its class, a number and a seed. Eight
causes of mistakes were planted in the training pictures: a red-checked cloth lay under nearly every ravioli and under
no pork chop. So the reasons for mistakes are known, and maps can be compared with them. The figures are those of a toy.
""")
"""Source of the demo's pictures."""

PHOTOGRAPHS = mark("""
Pictures and their classes are used as the folder has them. Nobody checked them for this study, and a true class is what
somebody once noted, so some mistakes are mistakes of the annotation. Food-101 ([1](#papers)) has 101,000 photographs
from the web. Only its test photographs were checked by hand.
""")
"""Source of the pictures of any other study, with numbers of papers in brackets."""
