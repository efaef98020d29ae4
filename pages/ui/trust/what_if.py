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
from xai_core.language import mark, tr, tr_all
from xai_core.texts import counted, paragraph
from xai_core.trust.what_if import WhatIf, region_mask, top_share

SHARES = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
"""Percent of the picture."""

CONTRAST = "contrast"
"""Name of the contrast's map in the URL, beside the labels."""

_PICKS = {"top": mark("Strongest part"), "regions": mark("By click"), "box": mark("By a box")}
_ACTS = {"hide": mark("Hide it"), "keep": mark("Show only it")}
_TOP_K = 3


def draw_what_if(subject: CheckSubject) -> None:
    """Draw the choice of a part, the model's answer without it, and the faithfulness correlation."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        pick = _choose("pick", _PICKS, tr("part"))
        regions = region_picker.chosen_regions(subject)
        if pick == "top":
            part, regions = _choose_strongest(subject), ()
        else:
            part = region_mask(subject.explanation.region_of, regions)
        region_picker.draw_picker(subject, regions, part, drawing=pick == "box")
        st.caption(paragraph(tr(_HINTS[pick == "box"]), literal(subject.colour_meaning)))
        if pick != "top":
            region_picker.draw_buttons(regions)
    with right:
        act = _choose("act", _ACTS, tr("way of hiding"))
        if part.any():
            _draw_answer(subject, part if act == "keep" else ~part, _hidden(act, pick, regions, part))
        else:
            st.info(tr("Choose regions of the picture to see the model's answer here."), icon=":material/touch_app:")
    draw_random_masking(subject)


def _choose(key: str, titles: dict[str, str], noun: str) -> str:
    hint = tr("It is {names}.", names=tr(" or ").join(titles))
    shown = tr_all(titles)
    return choices.segmented(key, shown, noun.capitalize(), noun=noun, hint=hint, titled=False)


def _choose_strongest(subject: CheckSubject) -> NDArray[np.bool_]:
    """Draw the choice of the share of the picture and of the map that ranks it."""
    labels = subject.shown.labels
    titles = {CONTRAST: tr("{name} (contrast)", name=words(subject.shown.target.label))} | {
        label: words(label) for label in labels
    }
    with st.container(horizontal=True):
        share = choices.stepped_slider(
            "share",
            SHARES,
            tr("Percent of the picture"),
            default=10,
            noun=tr("share"),
            hint=tr("It is 1 to 100 percent."),
            help_text=tr("Size of the strongest part, as near as whole regions allow."),
            width=150,
        )
        name = choices.box(
            "share_of",
            titles,
            tr("with most evidence for"),
            noun=tr("map"),
            hint=tr("Shown is the contrast's."),
            width=175,
        )
    shap_map = subject.map if name == CONTRAST else subject.explanation.map(name)
    return top_share(shap_map, share / 100, subject.explanation.region_of)


def _hidden(act: str, pick: str, regions: tuple[int, ...], part: NDArray[np.bool_]) -> str:
    """Return what is hidden in words, as the beginning of a sentence in small letters."""
    area, named = float(part.mean()), counted(len(regions), "region")
    if pick == "top":
        if act == "hide":
            return tr("without the strongest {area:.1%} of the picture", area=area)
        return tr("with only the strongest {area:.1%} of the picture", area=area)
    if act == "hide":
        return tr("without {regions}, {area:.1%} of the picture", regions=named, area=area)
    return tr("with only {regions}, {area:.1%} of the picture", regions=named, area=area)


def _draw_answer(subject: CheckSubject, shown: NDArray[np.bool_], hidden: str) -> None:
    """Draw the masked picture, and the model's answer to it in words and numbers."""
    found, view = evaluations.what_if(subject.explanation_key, shown, subject.checked_picture, subject.explanation)
    left, right = st.columns([1, 2])
    with left:
        st.image(view, width="stretch", alt=tr("The picture {hidden}, as the model sees it", hidden=hidden))
    with right:
        st.markdown(_answer_sentence(subject, found, hidden))
        st.markdown(_change_sentence(subject, found))
    st.dataframe(
        class_table(subject, found),
        hide_index=True,
        alt=tr("Probabilities of the most probable classes, before and {hidden}", hidden=hidden),
        column_config={
            "class": st.column_config.TextColumn(tr("Class")),
            "before": st.column_config.NumberColumn(tr("Before"), format="%.1f%%"),
            "after": st.column_config.NumberColumn(tr("After"), format="%.1f%%"),
            "predicted": st.column_config.NumberColumn(tr("Predicted"), format="%.1f%%", help=tr(_PREDICTED)),
            "change": st.column_config.NumberColumn(tr("Change, logits"), format="%+.2f"),
            "predicted_change": st.column_config.NumberColumn(
                tr("Predicted change"), format="%+.2f", help=tr(_PREDICTED)
            ),
        },
    )


def _answer_sentence(subject: CheckSubject, found: WhatIf, hidden: str) -> str:
    labels = subject.explanation.labels
    before, after = int(found.before.argmax()), int(found.actual.argmax())
    values = {
        "hidden": hidden.capitalize(),
        "name": literal_words(labels[after]),
        "probability": probability_text(found.p_actual[after]),
        "was": probability_text(found.p_before[before]),
    }
    if after == before:
        return tr("{hidden}, the model still predicts **{name}**, {probability} (before: {was}).", **values)
    return tr(
        "{hidden}, the model predicts **{name}**, {probability} (before: {before}, {was}; now {now}).",
        before=literal_words(labels[before]),
        now=probability_text(found.p_actual[before]),
        **values,
    )


def _change_sentence(subject: CheckSubject, found: WhatIf) -> str:
    """Return the actual and predicted change of the map's score in a sentence."""
    logits = np.stack([found.before, found.predicted, found.actual])
    before, predicted, actual = subject.target.score(logits, subject.explanation.labels)
    score = subject.score_name
    return tr(
        "{score} changes by **{actual:+.2f}** logits; the map predicted **{predicted:+.2f}**.",
        score=literal(f"{score[0].upper()}{score[1:]}"),
        actual=actual - before,
        predicted=predicted - before,
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
    mark("Click a region to choose it (on a touch screen, tap it twice). Click it again to take it out."),
    mark("A box chooses all regions that it touches. Drawn over chosen regions only, it takes them out."),
)
_PREDICTED = mark("Prediction of the map: hiding a part takes its values away.")
