"""What if parts of the picture were hidden: the model's answer at once, beside what the map foretold."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from pages.ui.controls import choices
from pages.ui.frame import link
from pages.ui.frame.components import counted
from pages.ui.loaders import evaluations
from pages.ui.trust import random_masking, region_picker
from pages.ui.trust.subject import Judged
from xai_core.labels import index_of, words
from xai_core.trust.what_if import WhatIf, only_regions, top_share

SHARES = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100)
"""Percent of the picture."""

CONTRAST = "contrast"
"""In the URL, beside the labels: whose map says what is strongest."""

_PICKS = {"top": "The strongest", "regions": "By click", "box": "By a box"}
_ACTS = {"hide": "Hide it", "keep": "Keep only it"}
_LISTED = 3


def show(judged: Judged) -> None:
    """Choose a part, hide it or keep only it, and see what the model makes of it; below, how far the map foresees."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        pick = _segmented("pick", _PICKS, "part")
        regions = region_picker.chosen(judged)
        if pick == "top":
            part, regions = _strongest(judged), ()
        else:
            part = only_regions(judged.answer.region_of, regions)
        region_picker.picture(judged, regions, part, drawing=pick == "box")
        st.caption(f"{_HINTS[pick == 'box']} {judged.colours}")
        if pick != "top":
            region_picker.buttons(regions)
    with right:
        act = _segmented("act", _ACTS, "way of hiding")
        if part.any():
            _answer(judged, part if act == "keep" else ~part, _named(pick, regions, part), act)
        else:
            st.info("Choose regions of the picture, and the model answers here.", icon=":material/touch_app:")
    random_masking.show(judged)


def _segmented(key: str, titles: dict[str, str], what: str) -> str:
    hint = f"It is {' or '.join(titles)}."
    return choices.segmented(key, titles, what.capitalize(), what=what, hint=hint, named=False)


def _strongest(judged: Judged) -> NDArray[np.bool_]:
    """Let the reader choose how much, and of which map."""
    labels = judged.shown.labels
    share = link.choice(
        "share", {str(each): each for each in SHARES}, 10, what="share", hint="It is 1 to 100 percent. Shown is 10."
    )
    of = link.choice(
        "share_of", {each: each for each in (CONTRAST, *labels)}, CONTRAST, what="map", hint="Shown is the contrast's."
    )
    with st.container(horizontal=True):
        st.select_slider(
            "Percent of the picture", SHARES, share, key="share", on_change=link.follow, help=_SHARE, width=150
        )
        st.selectbox(
            "that speaks most for",
            (CONTRAST, *labels),
            (CONTRAST, *labels).index(of),
            key="share_of",
            format_func=lambda each: words(judged.shown.pair[0]) + " (contrast)" if each == CONTRAST else words(each),
            on_change=link.follow,
            width=175,
        )
    shap_map = judged.map if of == CONTRAST else judged.answer.map(of)
    return top_share(shap_map, share / 100, judged.answer.region_of)


def _named(pick: str, regions: tuple[int, ...], part: NDArray[np.bool_]) -> str:
    area = f"{part.mean():.1%} of the picture"
    return f"the strongest {area}" if pick == "top" else f"{counted(len(regions), 'region')}, {area}"


def _answer(judged: Judged, shown: NDArray[np.bool_], named: str, act: str) -> None:
    """The masked picture, and in words and numbers what the model says of it."""
    found, view = evaluations.what_if(judged.name, shown, judged.case, judged.answer)
    hidden = f"{'without' if act == 'hide' else 'with nothing but'} {named}"
    picture, told = st.columns([1, 2])
    with picture:
        st.image(view, width="stretch", alt=f"The picture {hidden}, as the model is shown it")
    with told:
        st.markdown(_sentence(judged, found, hidden))
        st.markdown(_lead(judged, found))
    st.dataframe(
        table(judged, found),
        hide_index=True,
        alt=f"Probabilities of the likeliest classes, before and {hidden}",
        column_config={
            "class": st.column_config.TextColumn("Class"),
            "before": st.column_config.NumberColumn("Before", format="%.1f %%"),
            "after": st.column_config.NumberColumn("After", format="%.1f %%"),
            "foretold": st.column_config.NumberColumn("Foretold", format="%.1f %%", help=_FORETOLD),
            "change": st.column_config.NumberColumn("Change, logits", format="%+.2f"),
            "foretold_change": st.column_config.NumberColumn("Foretold change", format="%+.2f", help=_FORETOLD),
        },
    )


def _sentence(judged: Judged, found: WhatIf, hidden: str) -> str:
    labels = judged.answer.labels
    before, after = int(found.before.argmax()), int(found.actual.argmax())
    said = f"**{words(labels[after])}**, {found.p_actual[after]:.0%}"
    if after == before:
        return f"{hidden.capitalize()}, the model still says {said} (before: {found.p_before[before]:.0%})."
    return (
        f"{hidden.capitalize()}, the model says {said} "
        f"(before: {words(labels[before])}, {found.p_before[before]:.0%}; that is {found.p_actual[before]:.0%} now)."
    )


def _lead(judged: Judged, found: WhatIf) -> str:
    """Actual and foretold change of what the map adds up to."""
    logits = np.stack([found.before, found.predicted, found.actual])
    before, predicted, actual = judged.target.score(logits, judged.answer.labels)
    score = judged.score
    return (
        f"{score[0].upper()}{score[1:]} changes by **{actual - before:+.2f}** logits; "
        f"the map foretold **{predicted - before:+.2f}**."
    )


def table(judged: Judged, found: WhatIf) -> pd.DataFrame:
    """The classes of the contrast, and the likeliest before and after: probabilities in percent, changes in logits."""
    labels = judged.answer.labels
    wanted = {index_of(label, labels) for label in judged.shown.pair}
    for logits in (found.before, found.actual):
        wanted.update(np.argsort(-logits, kind="stable")[:_LISTED].tolist())
    places = sorted(wanted, key=lambda place: -found.actual[place])
    return pd.DataFrame(
        {
            "class": [words(labels[place]) for place in places],
            "before": 100 * found.p_before[places],
            "after": 100 * found.p_actual[places],
            "foretold": 100 * found.p_predicted[places],
            "change": (found.actual - found.before)[places],
            "foretold_change": (found.predicted - found.before)[places],
        }
    )


_HINTS = (
    # Plotly selects what it saw under the pointer last, and under a finger it sees a region only once it is tapped.
    "A click on a region (on a touch screen the second tap) chooses it, another one takes it out.",
    "All regions that the box touches are chosen; drawn over chosen ones only, it takes them out.",
)
_SHARE = "How much of the picture counts as the strongest part."
_FORETOLD = "What the map makes of it: a part that is hidden takes its values away."
