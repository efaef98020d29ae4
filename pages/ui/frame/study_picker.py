"""Study picker and key figures in the side bar."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import choices, link
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import pictures, studies
from xai_core.demo import preparation as demo_preparation
from xai_core.demo.first_run import STUDY
from xai_core.language import mark, tr
from xai_core.study.study import Study
from xai_core.texts import counted, listed


def draw_no_study() -> None:
    """Draw the page for a machine without a study: the progress of the demo, and the command that makes a study."""
    if _is_preparing():
        st.title(tr("The demo is being prepared"))
        st.markdown(tr(_PREPARING))
        _draw_preparation()
        st.subheader(tr("Meanwhile: your own pictures and model"))
    else:
        st.title(tr("No study yet"))
        _draw_trouble()
    _draw_how_to_add()


def draw_preparation() -> None:
    """Draw the progress of the demo in the side bar, as long as it is prepared beside other studies."""
    if _is_preparing() and STUDY not in studies.study_names():
        with st.sidebar:
            _draw_preparation()
    else:
        with st.sidebar:
            _draw_trouble()


def _is_preparing() -> bool:
    preparation = demo_preparation.running()
    return preparation is not None and not preparation.over


def _draw_trouble() -> None:
    preparation = demo_preparation.running()
    if preparation is not None and preparation.trouble:
        st.warning(
            literal(
                tr(
                    "The demo could not be prepared. {trouble} Start the app again to continue.",
                    trouble=preparation.trouble,
                )
            ),
            icon=":material/warning:",
        )


def _draw_preparation() -> None:
    """Draw the progress, and run the page again once the demo is there."""

    def look() -> None:
        preparation = demo_preparation.running()
        if preparation is None or preparation.over or STUDY in studies.study_names():
            st.rerun()
        st.progress(preparation.share, text=literal(preparation.text or tr("Starting ...")))

    st.fragment(look, run_every=_POLL_S)()


def draw_add_study() -> None:
    """Draw the button below the picker that says how to add a study."""
    with st.sidebar.popover(tr("Add a study"), icon=":material/add:", width="stretch"):
        _draw_how_to_add()
        st.markdown(tr("**The photographs of Food-101** (a download of 5 GB, then a training on a GPU)"))
        st.code(_FOOD_101, language=None, wrap_lines=True)


def _draw_how_to_add() -> None:
    st.markdown(
        tr(
            "A study is one model on one labelled set of pictures. This command makes one from your folder of pictures "
            "and your model file. If it is stopped, run it again: it continues."
        )
    )
    st.code("python -m xai_core study create NAME --data FOLDER --model FILE", language=None, wrap_lines=True)
    st.caption(
        tr(
            "FOLDER has a folder for each class, Food-101's layout, or a CSV file of paths and labels. FILE is a "
            "checkpoint (.pth, .safetensors), a Hugging Face folder, or .onnx. Reload this page when the "
            "command has finished."
        )
    )


def choose_study() -> str | None:
    """Draw the box of studies, and return the name of the chosen one.

    It is None if there is no study.
    """
    names = studies.study_names()
    if not names:
        return None
    return choices.box(
        "study",
        names,
        tr("Study"),
        noun=tr("study"),
        hint=tr("Shown is {name}.", name=names[0]),
        help_text=tr("One model on one set of pictures."),
        vanishes=True,
        container=st.sidebar,
    )


def read_study() -> str | None:
    """Return the name of the study in the URL, without a box; None if there is no study."""
    names = studies.study_names()
    if not names:
        return None
    return link.choice("study", names, names[0], noun=tr("study"), hint=tr("Shown is {name}.", name=names[0]))


def draw_changed_pictures(study: Study, notice: DeltaGenerator) -> None:
    """Warn of pictures on the page that are not those of the predictions any more."""
    found = pictures.changed_pictures()
    if found:
        named = listed([*found[:_NAMED], *(["..."] if len(found) > _NAMED else [])])
        notice.warning(
            literal(
                tr(
                    "{pictures} that this page uses changed since the study was created: {named}. The model's answer "
                    "is about the earlier file, and a map is of the file as it is now. Create the study {study} again, "
                    "with the same command: only changed pictures are predicted anew.",
                    pictures=counted(len(found), "picture"),
                    named=named,
                    study=study.name,
                )
            ),
            icon=":material/warning:",
        )


def draw_study_figures(study: Study) -> None:
    """Draw the key figures of the study below the picker."""
    figures = studies.figures(study)
    st.sidebar.markdown(f"**{literal(study.title)}**")
    lines = [
        tr(
            "{pictures:,} pictures of {classes} classes",
            pictures=figures.pictures,
            classes=study.table["truth"].nunique(),
        ),
        tr("{number:,} of them unreadable", number=figures.unreadable) if figures.unreadable else "",
        tr("{top1:.1%} right, {top5:.1%} with the truth among the top 5", top1=figures.top1, top5=figures.top5),
    ]
    st.sidebar.caption("  \n".join(filter(None, lines)))


_NAMED = 5
_POLL_S = 0.6  # seconds between two looks at the progress
_PREPARING = mark(
    "A program paints 2,525 dishes of 101 classes, and a small classifier that was trained on such paintings looks at "
    "them. This is done once and takes a minute or two. The pages open by themselves. A stopped app continues the next "
    "time."
)
_FOOD_101 = """\
python -m xai_core food101 download --data data
python -m xai_core train --data data --out food101.safetensors
python -m xai_core study create food101 --data data --model food101.safetensors"""
