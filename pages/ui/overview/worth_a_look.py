"""Pairs that are worth a look: their mistakes have evidence that right answers do not have."""

from collections.abc import Sequence

import streamlit as st

from pages.ui.frame import components, navigation
from pages.ui.frame.plain_text import literal
from pages.ui.loaders import explanations, leading, suspects
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import jobs, waiting
from xai_core.confusions import confusion
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.repair.suspects.ranking import FEWEST, Suspect, Suspects
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph

SHOWN = 4
"""Largest number of pairs."""

BUDGETS = (5_000, 20_000, 100_000)
"""Evaluations that a reader can spend at once."""

_SLOT = "suspects"
_CHOSEN = "_suspects_chosen"
_CARD_PX, _BUDGET_PX = 170, 190


def draw_worth_a_look(study: Study) -> None:
    """Draw the pairs with the most suspect evidence, and the button that explains more pictures."""
    st.subheader(tr("Worth a look"))
    settings = leading.search_settings(study)
    found = waiting.answer_of(suspects.ranking(study, settings), tr("Reading the stored explanations ..."))
    if found is None:
        return
    # The difference of the others may be chance, and a picture of them here would say the opposite.
    clear = [suspect for suspect in found.ranked if suspect.low > 0]
    st.caption(tr(_MEANING if clear else _NOTHING_CLEAR if found.ranked else _NOTHING_YET))
    with st.grid(SHOWN, min_column_width=_CARD_PX):
        for suspect in clear[:SHOWN]:
            with st.container(border=True, gap="xsmall", height="stretch"):
                _draw_suspect(study, suspect)
    _draw_budget(found, settings.evaluations)
    _explain_chosen(study)


def _draw_suspect(study: Study, suspect: Suspect) -> None:
    mistake = confusion.mistakes(study.table, suspect.truth, suspect.guess).iloc[0]
    components.draw_thumbnail(study, mistake)
    st.markdown(f"**{literal(components.pair_name(suspect.truth, suspect.guess))}**")
    st.caption(literal(reason(suspect)))
    navigation.evidence_link(suspect.truth, suspect.guess, tr("Its evidence"))
    navigation.repair_link(suspect.truth, suspect.guess)


def reason(suspect: Suspect) -> str:
    """Return in plain text why a pair is worth a look."""
    return tr(
        "{mistakes} with {in_mistakes:.1f} logits of evidence for {guess}; right answers have {in_right:.1f} "
        "(difference {low:.1f} to {high:.1f})",
        mistakes=counted(suspect.count, "mistake"),
        in_mistakes=suspect.in_mistakes,
        guess=words(suspect.guess),
        in_right=suspect.in_right,
        low=suspect.low,
        high=suspect.high,
    )


def _draw_budget(found: Suspects, evaluations: int) -> None:
    """Draw how much is not explained yet, and the button that explains a part of it."""
    missing, comparable = len(found.unexplained), found.pairs - found.too_few
    if not comparable:
        st.caption(
            tr("A pair needs {number} mistakes and {number} right answers. None of this study has them.", number=FEWEST)
        )
        return
    looked_at = tr(
        "Compared so far: {number} of the {pairs}.",
        number=len(found.ranked),
        pairs=counted(comparable, "most frequent pair"),
    )
    if not missing:
        st.caption(looked_at)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        affordable = [budget for budget in BUDGETS if budget < missing * evaluations] or [BUDGETS[0]]
        budget = st.selectbox(
            tr("Evaluations to spend"),
            [*affordable, missing * evaluations] if affordable[-1] < missing * evaluations else affordable,
            key="suspects_budget",
            format_func=lambda number: (
                tr("{number:,} (all)", number=number) if number >= missing * evaluations else f"{number:,}"
            ),
            width=_BUDGET_PX,
        )
        st.button(
            tr("Explain more mistakes"),
            key="suspects_explain",
            icon=":material/manage_search:",
            on_click=_choose,
            args=(found.unexplained[: max(1, budget // evaluations)],),
        )
        left = tr("{pictures} not explained yet.", pictures=counted(missing, "picture"))
        st.caption(paragraph(looked_at, left), width="content")


def _choose(image_ids: Sequence[str]) -> None:
    st.session_state[_CHOSEN] = tuple(image_ids)


def _explain_chosen(study: Study) -> None:
    """Explain the pictures that the reader has paid for, and rank again at the end."""
    chosen = st.session_state.get(_CHOSEN)
    if not chosen:
        return
    readable = [image_id for image_id in chosen if not loaders_pictures.read_error(study, image_id)]
    settings = leading.search_settings(study)
    found = jobs.live(
        _SLOT,
        study,
        tuple(readable),
        lambda model: [explanations.submit(study, model, image_id, settings) for image_id in readable],
        lambda _found: None,
    )
    if not found.waiting:
        del st.session_state[_CHOSEN]
        suspects.rank_again(study)
        st.rerun()


_MEANING = mark(
    "The mistakes of these pairs have much more evidence for the guess than right answers of the same class, and there "
    "are many of them. Look at what the evidence is, and whether it is the cause."
)
_NOTHING_CLEAR = mark(
    "In none of the compared pairs do the mistakes have clearly more evidence for the guess than right answers of the "
    "same class."
)
_NOTHING_YET = mark(
    "Which pairs lean on something that right answers of the class do not have? That takes explanations of some of "
    "their pictures."
)
