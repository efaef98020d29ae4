"""Section of the check Sanity, with maps by the same network with randomised weights."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.frame.plain_text import fault_text
from pages.ui.loaders import models
from pages.ui.maps import jobs, waiting
from pages.ui.maps.jobs import Live
from pages.ui.maps.linked_pictures import LinkedPictures
from pages.ui.trust.subject import CheckSubject
from xai_core.errors import ModelRefused, XaiError
from xai_core.explain.explanation import Explanation
from xai_core.language import mark, tr
from xai_core.study.study import Study
from xai_core.texts import paragraph
from xai_core.trust.sanity import RandomisationTest, compare_randomised

_SLOT = "trust_sanity"
_TITLES = {"last": mark("Last layer randomised"), "all": mark("All layers randomised")}


def draw_sanity_check(subject: CheckSubject) -> None:
    """Draw the map beside those by the network with its last layer or all layers randomised."""
    try:
        networks = models.randomised_if_made(subject.study)
    except ModelRefused as fault:
        st.info(paragraph(tr("There is no sanity check for this model."), fault_text(fault)), icon=":material/block:")
        return
    if networks is None:
        waiting.wait_until(lambda: _is_made(subject.study), tr("Randomising the weights of the network ..."))
        return
    jobs.live(
        _SLOT,
        subject.study,
        (subject.picture.model_view.picture_hash, subject.settings),
        lambda _model: [subject.submit_explanation(subject.settings, network) for network in networks.values()],
        lambda live: _draw(subject, tuple(networks), live),
        noun="network",
    )


def _is_made(study: Study) -> bool:
    try:
        return models.randomised_if_made(study) is not None
    except XaiError:
        return True  # the page then shows the error


def _draw(subject: CheckSubject, names: tuple[str, ...], live: Live[Explanation]) -> None:
    explanations = dict(zip(names, live.answers, strict=True))
    linked = LinkedPictures("sanity", subject.shown.display.unit)
    with st.grid(3, min_column_width=170):
        with st.container(gap="xsmall"):
            _draw_map(subject, tr("The model"), subject.explanation, linked)
        for name, explanation in explanations.items():
            with st.container(gap="xsmall"):
                _draw_map(subject, tr(_TITLES[name]), explanation, linked)
    linked.link()
    st.caption(tr(_OWN_SCALE))
    if not live.waiting:
        known = {name: explanation for name, explanation in explanations.items() if explanation is not None}
        _draw_conclusion(
            {name: compare_randomised(subject.explanation, found, subject.target) for name, found in known.items()}
        )


def _draw_map(subject: CheckSubject, title: str, explanation: Explanation | None, linked: LinkedPictures) -> None:
    """Draw a network's map on its own scale, with the size of the scale."""
    st.markdown(f"**{title}**")
    limit = subject.shown.display.scale.limits(explanation, subject.target).contrast
    subject.draw_variant(explanation, title, limit, linked)
    if explanation is not None:
        amount = f"{per_hundredth(limit, subject.study):.2g}"
        st.caption(tr("full colour: {amount} logits per hundredth of the picture", amount=amount))


def _draw_conclusion(tests: Mapping[str, RandomisationTest]) -> None:
    """Draw the similarity of the maps as a table, and the verdict."""
    if not tests:
        return
    rows = [
        {
            "network": tr(_TITLES[name]),
            "size": test.similarity.rank_of_size,
            "rank": test.similarity.rank,
            "structure": None if np.isnan(test.similarity.structure) else test.similarity.structure,
        }
        for name, test in tests.items()
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt=tr("Similarity of the map to the maps of the networks with randomised weights"),
        column_config={
            "network": st.column_config.TextColumn(tr("Compared with")),
            "size": st.column_config.NumberColumn(tr("Same locations"), help=tr(_SIZE), format="%.2f"),
            "rank": st.column_config.NumberColumn(tr("Same locations and signs"), help=tr(_RANK), format="%.2f"),
            "structure": st.column_config.NumberColumn(tr("Same structure (SSIM)"), help=tr(_STRUCTURE), format="%.2f"),
        },
    )
    # Only the fully randomised network decides: with the last layer alone, locations may rightly stay.
    if "all" in tests:
        verdict = tests["all"].similarity.verdict
        st.markdown(f":{_COLOURS[verdict]}-badge[{tr(_BADGES[verdict])}] {tr(_MEANINGS[verdict])}")
    st.caption(tr(_HOW_TO_READ))


_COLOURS = {"learned": "green", "partly": "orange", "picture": "red"}
_BADGES = {"learned": mark("passed"), "partly": mark("passed in part"), "picture": mark("failed")}
_MEANINGS = {
    "learned": mark(
        "With random weights the evidence lies elsewhere. So this map shows what the model has learned, and not merely "
        "the picture."
    ),
    "partly": mark(
        "Some locations that matter here also matter to a network with random weights. So in part this map shows what "
        "stands out in the picture, not what the model has learned."
    ),
    "picture": mark(
        "A network with random weights has much the same map. So this map shows the picture rather than the model. Do "
        "not read it as an explanation of the prediction; try another mask or more evaluations."
    ),
}
_OWN_SCALE = mark(
    "Each map has its own scale, because the logits of a network with random weights can have any size. Compare where "
    "the evidence lies. The random weights are the same for every picture."
)
_SIZE = mark("Rank correlation of the |values| of all pixels. 1: the same locations matter. 0: unrelated ones.")
_RANK = mark(
    "Rank correlation of the values of all pixels, signs included. Below 0, evidence for the class has become evidence "
    "against it."
)
_STRUCTURE = mark("Structural similarity of |values|, each map scaled by its largest. Empty for very small pictures.")
_HOW_TO_READ = mark(
    "The test is that of J. Adebayo et al., Sanity Checks for Saliency Maps, 2018. The same picture is explained with "
    "the same settings by the same network with random weights, as before training. With only the last layer "
    "randomised, the network still detects what it has learned to detect, and weighs it at random: locations may stay, "
    "signs should not. With all layers randomised nothing should stay. Then the check passes below 0.3 and fails from "
    "0.6 (same locations)."
)
