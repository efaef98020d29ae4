"""Pictures that look most like a picture to the model, in the study of its training pictures if there is one."""

import pandas as pd
import streamlit as st

from pages.ui.frame import choices, components, link
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import picture_data, studies
from xai_core.data.sources.splits import kind_of
from xai_core.errors import XaiError
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import listed

COUNT = 6
"""Pictures in a row."""

_OWN = "own"
"""Value of the parameter `seen` for the study itself; a study of that name is chosen as any other."""

_BOX_PX = 340
_CARD_PX = 110


def draw_nearest(study: Study, row: pd.Series) -> None:
    """Draw the pictures of the truth, of the guess and of all classes that look most like a picture, once it is opened.

    Parameters
    ----------
    study
        The study; nothing is drawn if it has no embeddings.
    row
        Its row of the picture.
    """
    if study.embeddings is None or row["unreadable"]:
        return
    opened = st.expander(
        tr("Has the model seen this before?"),
        expanded=link.arrived_with("seen"),
        key=f"nearest {row['image_id']}",
        icon=":material/image_search:",
        on_change="rerun",
    )
    if not opened.open:
        return
    with opened:
        try:
            known = _choose_known(study)
            if known is not None:
                _draw_rows(study, known, row)
        except XaiError as fault:
            components.show_error(fault)


def training_study(study: Study) -> str | None:
    """Return the name of a study of the pictures that a model was trained on, None if there is none.

    It is one by the same model whose split is called training, or something like it.
    """
    for name in studies.of_same_model(study):
        found = studies.record(name)
        if found is not None and kind_of(found.split) == "train":
            return name
    return None


def _choose_known(study: Study) -> Study | None:
    others = studies.of_same_model(study)
    if not others:
        st.caption(
            tr(
                "Shown are the most similar pictures of this study. If the training pictures become a study too (study "
                "create with --split train and the same model), they are searched instead."
            )
        )
        return study
    trained = training_study(study)
    titles = {
        name: tr("The study {name}, the training pictures", name=name)
        if name == trained
        else tr("The study {name}", name=name)
        for name in others
    }
    titles |= {_OWN: tr("This study itself")} if _OWN not in titles else {}
    chosen = choices.box(
        "seen",
        titles,
        tr("Similar pictures in"),
        noun=tr("study"),
        hint=tr("It is another study by the same model, or own."),
        default=trained or _OWN,
        vanishes=True,
        width=_BOX_PX,
    )
    return study if chosen == _OWN and _OWN not in others else studies.open_study(chosen)


def _draw_rows(study: Study, known: Study, row: pd.Series) -> None:
    image_id, truth, guess = str(row["image_id"]), str(row["truth"]), str(row["guess"])
    classes = set(known.table["truth"])
    for label in dict.fromkeys((truth, guess)):
        name = literal_words(label)
        if label not in classes:
            st.markdown(tr("**{name}**: no picture has this label.", name=name))
            continue
        near = picture_data.nearest_pictures(study, image_id, known, label, COUNT)
        st.markdown(tr("The most similar pictures labelled **{name}**", name=name))
        _draw_row(known, near)
    near = picture_data.nearest_pictures(study, image_id, known, None, COUNT)
    labels = near["truth"].value_counts()
    counts = listed(
        tr("{count} {name}", count=count, name=literal(words(str(label)))) for label, count in labels.items()
    )
    st.markdown(tr("The most similar pictures of **all classes**: {classes}", classes=counts))
    _draw_row(known, near)
    st.caption(
        tr(
            "Similar to the model: the smallest angle between the inputs of its last layer, whose cosine is below each "
            "picture. A background that they share can be why."
        )
    )


def _draw_row(known: Study, near: pd.DataFrame) -> None:
    with st.grid("auto", min_column_width=_CARD_PX):
        for found in near.to_dict("records"):
            with st.container(gap="xsmall"):
                components.draw_thumbnail(known, known.row(found["image_id"]))
                truth, guess = literal_words(found["truth"]), literal_words(found["guess"])
                taken = tr("**{truth}**, taken for {guess}", truth=truth, guess=guess)
                name = f"**{truth}**" if found["guess"] == found["truth"] else taken
                st.caption(f"{name}  \n{found['cosine']:.2f}")
