"""Names that readers have given to patches, as badges, lines of reports and captions of cards."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.frame import components
from pages.ui.frame.plain_text import literal
from xai_core.errors import XaiError
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import counted, listed
from xai_core.verdicts.patch_names import PatchName, PatchNames


def names_of_pair(study: Study, truth: str, guess: str, *, shows_error: bool = True) -> tuple[PatchName, ...]:
    """Return the names of a pair, as `all_names` does."""
    found = all_names(study, shows_error=shows_error)
    return tuple(name for name in found if (name.truth, name.guess) == (truth, guess))


def all_names(study: Study, *, shows_error: bool = True) -> tuple[PatchName, ...]:
    """Return the names of all pairs, or none if they cannot be read.

    Parameters
    ----------
    study
        Study with the names.
    shows_error
        False beside the form of a verdict, which reads the same file and shows the error.
    """
    try:
        return PatchNames(study.folder).all()
    except XaiError as fault:
        if shows_error:
            components.show_error(fault)
        return ()


def named_line(names: Sequence[PatchName], image_id: str | None = None) -> str:
    """Return a sentence with the names in plain text, "" without names.

    Parameters
    ----------
    names
        Names of a pair.
    image_id
        Picture whose names are given; None for those of all pictures, with their number.
    """
    if image_id is not None:
        mine = [found.name for found in names if image_id in found.pictures]
        return tr("Readers named its strongest part: {names}.", names=listed(mine)) if mine else ""
    with_number = [
        tr("{name} ({mistakes})", name=found.name, mistakes=counted(len(found.pictures), "mistake")) for found in names
    ]
    return tr("Readers named the strongest parts: {names}.", names=listed(with_number)) if with_number else ""


def draw_names(study: Study, truth: str, guess: str, image_id: str | None = None) -> None:
    """Draw the names of a pair, or those of one of its mistakes, in a line; nothing without names."""
    line = named_line(names_of_pair(study, truth, guess, shows_error=image_id is None), image_id)
    if line:
        st.caption(f":material/label: {literal(line)}")
