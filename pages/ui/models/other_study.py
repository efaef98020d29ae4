"""Choice of the study that is compared with the one in the side bar."""

import streamlit as st

from pages.ui.frame import choices, components, link
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import comparisons, studies
from pages.ui.loaders.comparisons import Result, Task
from pages.ui.maps import waiting
from xai_core.errors import XaiError
from xai_core.language import mark, tr
from xai_core.study.study import Study

_BOX_PX = 300


def choose_other(study: Study) -> Study | None:
    """Draw the box of all other studies, and return the chosen one.

    It is None, with a sentence, if there is no other study or if it cannot be opened.
    """
    names = _others(study)
    if not names:
        _draw_only_one(study)
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = choices.box(
            "other",
            names,
            tr("Compare with"),
            noun=tr("other study"),
            hint=tr("Shown is {name}.", name=names[0]),
            help_text=tr(_OTHER),
            vanishes=True,
            on_change=_forget_place,
            width=_BOX_PX,
        )
        st.button(
            tr("Swap"),
            key="models_swap",
            icon=":material/swap_horiz:",
            help=tr("Take the other study for the one before."),
            on_click=_swap,
            args=(study.name, name),
        )
    try:
        return studies.open_study(name)
    except XaiError as fault:
        components.show_error(fault)
        return None


def _others(study: Study) -> list[str]:
    """Return the names of all other studies, those of the same folder of pictures first."""
    names = [name for name in studies.study_names() if name != study.name]
    records = {name: studies.record(name) for name in names}
    same = {name for name, found in records.items() if found is not None and found.data_root == study.data_root}
    return sorted(names, key=lambda name: name not in same)


def compare(study: Study, other: Study) -> Result | None:
    """Return the comparison, or None while it is being computed, with its progress.

    Raises
    ------
    XaiError
        If the studies cannot be compared.
    """
    task = comparisons.task(study, other)
    found = task.result()
    if found is None:
        _draw_progress(task)
    return found


def _draw_progress(task: Task) -> None:
    """Draw how many files are read until the comparison is there, then run the page again."""

    def look() -> None:
        if task.planned:
            text = tr(
                "Matching the pictures by content: {done:,} of {planned:,} files read",
                done=task.done,
                planned=task.planned,
            )
            st.progress(min(1.0, task.done / task.planned), text=text)
        else:
            st.progress(0.0, text=tr("Comparing the guesses ..."))
        if task.future.done():
            st.rerun()

    st.fragment(look, run_every=waiting.POLL_S)()


def _forget_place() -> None:
    link.go(flips_page=1)


def _swap(study: str, other: str) -> None:
    link.go(study=other, other=study, flips_page=1)


def _draw_only_one(study: Study) -> None:
    st.info(
        tr(
            "There is no other study to compare {study} with. Make one of the same pictures, of a repaired or of "
            "another model:",
            study=literal(study.name),
        ),
        icon=":material/info:",
    )
    draw_commands(study)


def draw_commands(study: Study) -> None:
    """Draw the commands that make a study which can be compared."""
    st.code(_COMMANDS.format(name=study.name), language=None, wrap_lines=True)
    st.caption(
        tr(
            "The first command refits the model's last layer on half of the study to mend a pair, and makes the study "
            "of the repaired model. The second takes any model file. Reload this page when the command has finished."
        )
    )


_OTHER = mark(
    "The study in the side bar is before, this one is after. Pictures are matched by the content of their files, and "
    "classes by name."
)
_COMMANDS = """\
python -m xai_core repair {name} --pair TRUTH:GUESS --out better.safetensors --study better
python -m xai_core study create NAME --data FOLDER --model FILE"""
