"""Section of the check Masks, with the maps of one picture under several masks and their agreement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import link
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import evaluations
from pages.ui.maps import jobs, overlays
from pages.ui.maps.charts import NO_TOOLBAR
from pages.ui.maps.jobs import Live
from pages.ui.maps.linked_pictures import LinkedPictures
from pages.ui.maps.mask_preview import WARN_FROM
from pages.ui.trust.subject import CheckSubject
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import probabilities
from xai_core.explain.wording import probability_text
from xai_core.language import mark, tr
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.settings.mask_table import MASKS
from xai_core.texts import listed
from xai_core.trust.agreement import (
    OWN_MASK,
    AgreementLevel,
    agreement_level,
    compared_masks,
    own_mask_name,
    rank_correlations,
)

_SLOT = "trust_masks"
_TOP_K = 2
_CELL_PX = 42
_SCALE = [[0, "#f4f6f8"], [0.5, "#9cc3e0"], [1, "#1f6aa5"]]


@dataclass(frozen=True, slots=True, eq=False)
class ComparedMask:
    """Mask in the comparison.

    Attributes
    ----------
    title
        Name for people.
    settings
        The reader's settings with this mask.
    hidden : (H, W, 3) uint8
        The completely hidden picture.
    probabilities : (L,) float64
        The model's probabilities for the completely hidden picture.
    own
        True for the mask that the reader has set.
    """

    title: str
    settings: ExplainSettings
    hidden: NDArray[np.uint8]
    probabilities: NDArray[np.float64]
    own: bool

    @property
    def is_confident(self) -> bool:
        """True if the model is confident of a class although everything is hidden."""
        return bool(self.probabilities.max() >= WARN_FROM)


def draw_mask_sensitivity(subject: CheckSubject) -> None:
    """Draw the masks with their maps, and the agreement of the maps."""
    offered = compared_masks(subject.settings, subject.study.spec.input_size)
    own = own_mask_name(subject.settings, offered)
    chosen = _choose_masks(offered)
    masks = [
        _compared_mask(subject, settings, own=name == own)
        for name, settings in offered.items()
        if name == own or name in chosen
    ]
    _warn_of_confident_base(subject.study.labels, masks)
    jobs.live(
        _SLOT,
        subject.study,
        (subject.picture.model_view.picture_hash, tuple(mask.settings for mask in masks)),
        lambda _model: [subject.submit_explanation(mask.settings) for mask in masks],
        lambda live: _draw(subject, masks, live),
        noun="mask",
    )


def _choose_masks(masks: dict[str, ExplainSettings]) -> list[str]:
    """Draw the choice of masks to compare with the one that is set."""
    offered = [name for name in masks if name != OWN_MASK]
    text = link.requested("masks")
    names = text.split(",") if text else []
    # A link that names an unknown mask gets a warning, and those that are known stay.
    valid = {text: names} if text is not None and set(names) <= set(offered) else {}
    known = [name for name in names if name in offered]
    hint = tr("There are {names}. Others are left out.", names=listed(offered))
    chosen = link.choice("masks", valid, known or offered, noun=tr("masks"), hint=hint)
    st.pills(
        tr("Compared masks"),
        offered,
        selection_mode="multi",
        default=chosen,
        key="masks",
        format_func=lambda name: mask_title(masks[name]),
        on_change=link.clear_notes,
        help=tr(_HELP),
    )
    return chosen


def mask_title(settings: ExplainSettings) -> str:
    """Return a mask in a few words, such as "Blur 64 px"."""
    if settings.mask == "blur":
        return tr("Blur {pixels} px", pixels=settings.blur_px)
    if settings.mask == "inpaint_telea":
        return tr("Inpainting")
    name = tr(MASKS[settings.mask].title).removeprefix("the ").removeprefix("a ")
    title = f"{name[0].upper()}{name[1:]}"
    return tr("{title} {pixels} px", title=title, pixels=settings.blur_px) if settings.blurs else title


def _compared_mask(subject: CheckSubject, settings: ExplainSettings, *, own: bool) -> ComparedMask:
    # Evaluations and search do not change what is hidden. With the same values for all, the cached picture and logits
    # serve every budget.
    masking = replace(settings, evaluations=2, steer_top=1, search_width=1)
    study, model_view = subject.study, subject.picture.model_view
    hidden = evaluations.hidden_view(study, model_view.picture_hash, masking, model_view.view)
    logits = evaluations.hidden_logits(study, model_view.picture_hash, masking, model_view.view, subject.model)
    return ComparedMask(mask_title(settings), settings, hidden, probabilities(logits), own)


def _warn_of_confident_base(labels: Sequence[str], masks: Sequence[ComparedMask]) -> None:
    confident = [
        tr(
            "{title}: {name}, {probability}",
            title=mask.title,
            name=literal_words(labels[int(mask.probabilities.argmax())]),
            probability=probability_text(mask.probabilities.max()),
        )
        for mask in masks
        if mask.is_confident
    ]
    if confident:
        classes = tr("{classes}.", classes=tr("; ").join(confident))
        st.warning(f"{tr(_CONFIDENT_BASE)}  \n{classes}", icon=":material/warning:")


def _draw(subject: CheckSubject, masks: Sequence[ComparedMask], live: Live[Explanation]) -> None:
    explanations = live.answers
    maps = [None if explanation is None else subject.target.map_of(explanation) for explanation in explanations]
    limit = subject.limit
    overlays.draw_key(limit, subject.study, subject.shown.display, subject.target)
    own = next(index for index, mask in enumerate(masks) if mask.own)
    agreements = [_agreement(maps[own], shap_map) for shap_map in maps]
    linked = LinkedPictures("masks", subject.shown.display.unit)
    with st.grid("auto", min_column_width=150):
        for mask, explanation, agreement in zip(masks, explanations, agreements, strict=True):
            with st.container(gap="xsmall"):
                _draw_mask(subject, mask, explanation, limit, agreement=agreement, linked=linked)
    linked.link()
    if not live.waiting:
        _draw_conclusion(masks, maps)


def _agreement(own: NDArray[np.float32] | None, other: NDArray[np.float32] | None) -> float | None:
    return None if own is None or other is None else float(rank_correlations([own, other])[0, 1])


def _draw_mask(
    subject: CheckSubject,
    mask: ComparedMask,
    explanation: Explanation | None,
    limit: float,
    *,
    agreement: float | None,
    linked: LinkedPictures,
) -> None:
    """Draw the hidden picture with the model's answer, and the map with its agreement."""
    labels, top = subject.study.labels, np.argsort(-mask.probabilities, kind="stable")[:_TOP_K]
    st.markdown(f"**{mask.title}** :gray-badge[{tr('as set')}]" if mask.own else f"**{mask.title}**")
    with linked.picture():
        st.image(mask.hidden, width="stretch", alt=tr("The picture with all of it hidden: {title}", title=mask.title))
    classes = "  \n".join(
        f"{literal_words(labels[index])} {probability_text(mask.probabilities[index])}" for index in top
    )
    icon = ":orange[:material/warning:] " if mask.is_confident else ""
    st.caption(f"{icon}{tr('All hidden, the model predicts')}  \n{classes}")
    subject.draw_variant(explanation, mask.title, limit, linked)
    if not mask.own:
        st.caption(
            tr("agreement ...")
            if agreement is None
            else tr("agreement with the mask as set: **{agreement:.2f}**", agreement=agreement)
        )


def _draw_conclusion(masks: Sequence[ComparedMask], maps: Sequence[NDArray[np.float32] | None]) -> None:
    """Draw the agreement of all maps with each other, as a chart and in words."""
    known = [(mask, shap_map) for mask, shap_map in zip(masks, maps, strict=True) if shap_map is not None]
    if len(known) < 2:
        st.info(tr("Choose more masks to see how far their maps agree."), icon=":material/info:")
        return
    correlations = rank_correlations([shap_map for _, shap_map in known])
    titles = [mask.title for mask, _ in known]
    st.subheader(tr("How far do the maps agree?"))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chart = agreement_chart(correlations, titles)
        st.plotly_chart(chart, key=_SLOT, config=NO_TOOLBAR, alt=_alt(correlations, titles))
    with right:
        own = next((index for index, (mask, _) in enumerate(known) if mask.own), None)
        if own is not None:
            st.markdown(agreement_in_words(correlations[own], titles, own))
        st.caption(tr(_HOW_TO_READ))


def agreement_chart(correlations: NDArray[np.float64], titles: Sequence[str]) -> go.Figure:
    """Return the (n, n) rank correlations of n maps as a heatmap with numbers."""
    names = list(titles)
    heat = go.Heatmap(
        z=correlations,
        x=names,
        y=names,
        zmin=0,
        zmax=1,
        colorscale=_SCALE,
        showscale=False,
        xgap=2,
        ygap=2,
        texttemplate="%{z:.2f}",
        hovertemplate=tr("{first} and {second}: {value}", first="%{y}", second="%{x}", value="%{z:.2f}")
        + "<extra></extra>",
    )
    chart = go.Figure(heat)
    chart.update_xaxes(side="top", tickangle=-40, fixedrange=True, showgrid=False)
    chart.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False)
    chart.update_layout(height=90 + _CELL_PX * len(names), margin={"l": 8, "r": 24, "t": 8, "b": 8}, dragmode=False)
    return chart


def agreement_in_words(correlations: NDArray[np.float64], titles: Sequence[str], own: int) -> str:
    """List the maps that agree largely, in part and hardly with that of the reader's mask."""
    groups: dict[AgreementLevel, list[str]] = {"largely": [], "in part": [], "hardly": []}
    for index in np.argsort(-correlations, kind="stable"):
        if index != own:
            title = tr("{title} ({correlation:.2f})", title=titles[index].lower(), correlation=correlations[index])
            groups[agreement_level(correlations[index])].append(title)
    lines = [
        tr("* **{level}**: {masks}", level=tr(_LEVELS[level]), masks=listed(names))
        for level, names in groups.items()
        if names
    ]
    head = tr("Agreement with the map for {mask}:", mask=titles[own].lower())
    return "\n".join([head, *lines])


def _alt(correlations: NDArray[np.float64], titles: Sequence[str]) -> str:
    others = correlations[np.triu_indices(len(titles), 1)]
    return tr(
        "Rank correlations of the maps for {masks}: {low:.2f} to {high:.2f}",
        masks=listed(titles),
        low=others.min(),
        high=others.max(),
    )


_LEVELS = {"largely": mark("largely"), "in part": mark("in part"), "hardly": mark("hardly")}
_HELP = mark("The mask that is set is always shown. All others are compared with it.")
_CONFIDENT_BASE = mark(
    "The model is confident of a class although the whole picture is hidden. No map shows why, and all maps of that "
    "mask are relative to it."
)
_HOW_TO_READ = mark(
    "Agreement is the rank correlation of all pixels: 1 where two maps put the locations of the picture in the same "
    "order, 0 where their orders are unrelated, below 0 where one order is rather the reverse of the other. What the "
    "maps of all masks have in common does not depend on the mask. Where they differ, a map shows as much about its "
    "mask as about the picture. Maps of few evaluations agree less, whatever their masks."
)
