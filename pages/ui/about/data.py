"""What the pictures of a study are and where they come from."""

import streamlit as st

from pages.ui.about import tools
from pages.ui.loaders import studies
from xai_core.confusions import confusion
from xai_core.demo import story
from xai_core.study.study import Study


def show(study: Study) -> None:
    """The data: facts in a table, and what they leave open."""
    st.header("Data", anchor="data")
    tools.facts(facts(study), alt="Facts about the pictures")
    st.markdown(_PAINTED if story.is_demo(study) else _FOUND)


def facts(study: Study) -> dict[str, str]:
    """What is known of the pictures, by what it is."""
    found = studies.figures(study)
    told = {
        "Study": study.title,
        "Pictures": f"{found.pictures:,} of the {study.split} split",
        "Classes": _classes(study),
        "Where from": "Painted by the demo kitchen" if story.is_demo(study) else str(study.data_root),
        "Answers made": study.created[:10],
    }
    if found.unreadable:
        told["Unreadable"] = f"{found.unreadable:,}; they are counted, and left out everywhere else"
    return told


def _classes(study: Study) -> str:
    pictures = confusion.readable(study.table)["truth"].value_counts()
    known = len(study.labels)
    shown = study.table["truth"].nunique()
    of_known = f"{shown:,}" if shown == known else f"{shown:,}; the model knows {known:,}"
    if pictures.empty:
        return of_known
    least, most = int(pictures.min()), int(pictures.max())
    return f"{of_known}; {f'{least:,}' if least == most else f'{least:,} to {most:,}'} pictures each"


_PAINTED = """
**Nobody cooked or photographed any of this.** A program paints each dish from its class, a number and a seed, in the
folder layout of Food-101 and with its 101 class names. Eight causes of mistakes were planted: in the pictures that the
model learned from, a red-checked cloth, for one, lay under nearly every ravioli and under no pork chop. So it is known
why the model errs, and the overlays can be held against that; a mask says for each pixel what was painted there. The
figures are those of a toy: they say nothing of how well real food is recognised.
"""

_FOUND = """
Pictures and their classes are taken as the folder has them: nobody here has looked at them, and a truth is what
somebody once noted. Some mistakes of the model are mistakes of the annotation.

Where the folder holds Food-101 itself ([1](#papers)): 101,000 photographs from the web, 750 of each class to learn from
and 250 to test on. Those for testing were looked through by hand. Those for learning were not cleaned, on purpose, and
some of their classes are wrong. They may be used within scientific fair use.
"""
