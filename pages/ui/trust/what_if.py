"""Section of the check What if, where the reader hides parts of the picture."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import choices
from pages.ui.frame.plain_text import literal, literal_words
from pages.ui.loaders import evaluations
from pages.ui.trust import region_picker
from pages.ui.trust.random_masking import draw_random_masking
from pages.ui.trust.subject import CheckSubject
from xai_core.explain.wording import probability_text
from xai_core.labels import index_of, words
from xai_core.texts import counted
from xai_core.trust.what_if import WhatIf, region_mask, top_share

SHARES = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
"""Percent of the picture."""

CONTRAST = "contrast"
"""Name of the contrast's map in the URL, beside the labels."""

_PICKS = {"top": "Strongest part", "regions": "By click", "box": "By a box"}
_ACTS = {"hide": "Hide it", "keep": "Show only it"}
_TOP_K = 3


def draw_what_if(subject: CheckSubject) -> None:
    """Draw the choice of a part, the model's answer without it, and the faithfulness correlation."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        pick = _choose("pick", _PICKS, "part")
        regions = region_picker.chosen_regions(subject)
        if pick == "top":
            part, regions = _choose_strongest(subject), ()
        else:
            part = region_mask(subject.explanation.region_of, regions)
        region_picker.draw_picker(subject, regions, part, drawing=pick == "box")
        st.caption(f"{_HINTS[pick == 'box']} {literal(subject.colour_meaning)}")
        if pick != "top":
            region_picker.draw_buttons(regions)
    with right:
        act = _choose("act", _ACTS, "way of hiding")
        if part.any():
            _draw_answer(subject, part if act == "keep" else ~part, _part_name(pick, regions, part), act)
        else:
            st.info("Choose regions of the picture to see the model's answer here.", icon=":material/touch_app:")
    draw_random_masking(subject)


def _choose(key: str, titles: dict[str, str], noun: str) -> str:
    hint = f"It is {' or '.join(titles)}."
    return choices.segmented(key, titles, noun.capitalize(), noun=noun, hint=hint, titled=False)


def _choose_strongest(subject: CheckSubject) -> NDArray[np.bool_]:
    """Draw the choice of the share of the picture and of the map that ranks it."""
    labels = subject.shown.labels
    titles = {CONTRAST: f"{words(subject.shown.target.label)} (contrast)"} | {label: words(label) for label in labels}
    with st.container(horizontal=True):
        share = choices.stepped_slider(
            "share",
            SHARES,
            "Percent of the picture",
            default=10,
            noun="share",
            hint="It is 1 to 100 percent.",
            help_text="Size of the strongest part, as near as whole regions allow.",
            width=150,
        )
        name = choices.box(
            "share_of", titles, "with most evidence for", noun="map", hint="Shown is the contrast's.", width=175
        )
    shap_map = subject.map if name == CONTRAST else subject.explanation.map(name)
    return top_share(shap_map, share / 100, subject.explanation.region_of)


def _part_name(pick: str, regions: tuple[int, ...], part: NDArray[np.bool_]) -> str:
    area = f"{part.mean():.1%} of the picture"
    return f"the strongest {area}" if pick == "top" else f"{counted(len(regions), 'region')}, {area}"


def _draw_answer(subject: CheckSubject, shown: NDArray[np.bool_], part_name: str, act: str) -> None:
    """Draw the masked picture, and the model's answer to it in words and numbers."""
    found, view = evaluations.what_if(subject.explanation_key, shown, subject.checked_picture, subject.explanation)
    hidden = f"{'without' if act == 'hide' else 'with only'} {part_name}"
    left, right = st.columns([1, 2])
    with left:
        st.image(view, width="stretch", alt=f"The picture {hidden}, as the model sees it")
    with right:
        st.markdown(_answer_sentence(subject, found, hidden))
        st.markdown(_change_sentence(subject, found))
    st.dataframe(
        class_table(subject, found),
        hide_index=True,
        alt=f"Probabilities of the most probable classes, before and {hidden}",
        column_config={
            "class": st.column_config.TextColumn("Class"),
            "before": st.column_config.NumberColumn("Before", format="%.1f%%"),
            "after": st.column_config.NumberColumn("After", format="%.1f%%"),
            "predicted": st.column_config.NumberColumn("Predicted", format="%.1f%%", help=_PREDICTED),
            "change": st.column_config.NumberColumn("Change, logits", format="%+.2f"),
            "predicted_change": st.column_config.NumberColumn("Predicted change", format="%+.2f", help=_PREDICTED),
        },
    )


def _answer_sentence(subject: CheckSubject, found: WhatIf, hidden: str) -> str:
    labels = subject.explanation.labels
    before, after = int(found.before.argmax()), int(found.actual.argmax())
    answer = f"**{literal_words(labels[after])}**, {probability_text(found.p_actual[after])}"
    was = probability_text(found.p_before[before])
    if after == before:
        return f"{hidden.capitalize()}, the model still predicts {answer} (before: {was})."
    return (
        f"{hidden.capitalize()}, the model predicts {answer} "
        f"(before: {literal_words(labels[before])}, {was}; now {probability_text(found.p_actual[before])})."
    )


def _change_sentence(subject: CheckSubject, found: WhatIf) -> str:
    """Return the actual and predicted change of the map's score in a sentence."""
    logits = np.stack([found.before, found.predicted, found.actual])
    before, predicted, actual = subject.target.score(logits, subject.explanation.labels)
    score = subject.score_name
    return (
        f"{literal(f'{score[0].upper()}{score[1:]}')} changes by **{actual - before:+.2f}** logits; "
        f"the map predicted **{predicted - before:+.2f}**."
    )


def class_table(subject: CheckSubject, found: WhatIf) -> pd.DataFrame:
    """Return a table of the contrast's classes and the most probable ones before and after.

    Probabilities are in percent, changes in logits.
    """
    labels = subject.explanation.labels
    wanted = {index_of(label, labels) for label in subject.shown.target.labels}
    for logits in (found.before, found.actual):
        wanted.update(np.argsort(-logits, kind="stable")[:_TOP_K].tolist())
    indices = sorted(wanted, key=lambda index: -found.actual[index])
    return pd.DataFrame(
        {
            "class": [words(labels[index]) for index in indices],
            "before": 100 * found.p_before[indices],
            "after": 100 * found.p_actual[indices],
            "predicted": 100 * found.p_predicted[indices],
            "change": (found.actual - found.before)[indices],
            "predicted_change": (found.predicted - found.before)[indices],
        }
    )


_HINTS = (
    # Plotly selects what was under the pointer last, and under a finger it notices a region only once it is tapped.
    "Click a region to choose it (on a touch screen, tap it twice). Click it again to take it out.",
    "A box chooses all regions that it touches. Drawn over chosen regions only, it takes them out.",
)
_PREDICTED = "Prediction of the map: hiding a part takes its values away."
