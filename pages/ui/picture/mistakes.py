"""Choice of a mistake on Compare, with steps to the others of its pair."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.frame import choices, components, link, step_buttons
from pages.ui.loaders import leading
from pages.ui.picture import carried, verdicts
from xai_core.confusions import confusion
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import recognised, tr
from xai_core.study.study import Study


def choose_mistake(study: Study) -> tuple[pd.Series, DeltaGenerator]:
    """Draw the choice of a mistake, and return it.

    Parameters
    ----------
    study
        Study with the pictures, and one mistake at least.

    Returns
    -------
    The mistake's row of the table of predictions, and the panel for the settings.
    """
    default = leading.lead(study, link.requested("truth"), link.requested("guess"))
    assert default is not None
    readable = confusion.readable(study.table)
    wrong = readable["image_id"][readable["truth"] != readable["guess"]]
    mistake = study.row(
        link.choice(
            "picture",
            list(wrong),
            default.image_id,
            noun=tr("mistake"),
            hint=why_no_mistake(study, link.requested("picture")),
        )
    )
    truth, guess = str(mistake["truth"]), str(mistake["guess"])
    carried.keep_mistake(study, mistake)
    return mistake, _draw_picker(study, confusion.mistakes(study.table, truth, guess).set_index("image_id"), mistake)


def _draw_picker(study: Study, of_pair: pd.DataFrame, mistake: pd.Series) -> DeltaGenerator:
    """Draw the buttons for steps, the panel with the list of the pair's mistakes, and the verdict; return the panel."""
    ids = list(of_pair.index)
    index, guess = ids.index(mistake["image_id"]), words(mistake["guess"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        only_one = tr("The pair has only one mistake.") if len(ids) == 1 else None
        step_buttons.draw_steps("compare", "picture", ids, index, help_text=only_one)
        panel = st.popover(tr("Settings"), icon=":material/tune:")
        # At the top, because a popover at the end of a page opens below the window.
        verdicts.draw_form(study, str(mistake["image_id"]), "compare")
        st.caption(tr("Mistake {index} of {count}", index=index + 1, count=len(ids)), width="content")
    with panel:
        choices.draw_box(
            "picture",
            {
                name: f"{components.picture_name(name)}: {guess} {probability_text(of_pair.loc[name, 'p_guess'])}"
                for name in ids
            },
            tr("Mistake"),
            ids[index],
        )
    return panel


def why_no_mistake(study: Study, image_id: str | None) -> str:
    """Return why a link's picture is no mistake that can be shown, as the hint of a note."""
    rows = study.table[study.table["image_id"] == image_id]
    if rows.empty:
        return tr("Shown is the most confident mistake of the pair.")
    if reason := rows["unreadable"].iloc[0]:
        return tr("That picture cannot be read: {reason}.", reason=recognised(reason))
    return tr("The model gets that picture right: {name}. Shown is a mistake.", name=words(rows["guess"].iloc[0]))
