"""Answer of a story: the planted cause in the demo, the strongest parts of several mistakes elsewhere."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.ui.frame import components, navigation
from pages.ui.frame.plain_text import literal_words
from pages.ui.loaders import explanations, leading, pictures
from pages.ui.overview.row import Shown
from xai_core import render
from xai_core.demo import first_run
from xai_core.demo.story import Repainting, Story, outlined
from xai_core.evidence import location
from xai_core.evidence.patches import Patch, strongest_patch
from xai_core.explain.explanation import Explanation
from xai_core.explain.wording import probability_text
from xai_core.labels import words
from xai_core.language import tr
from xai_core.study.study import Study
from xai_core.texts import paragraph


def draw_planted(
    study: Study,
    story: Story,
    shown: Shown,
    answer: Explanation | None,
    *,
    mask: NDArray[np.bool_],
    without: Repainting | None,
) -> None:
    """Draw the cue with its share of the evidence, and the same scene without the cue, into two columns.

    Parameters
    ----------
    study, story, shown
        The story.
    answer
        Explanation of its mistake; None while it is being computed.
    mask : (H, W) bool
        Pixels of the cue.
    without
        The scene without the cue; None while the model is being opened.
    """
    view = shown.views[0]
    with st.container(gap="xsmall"):
        st.markdown(tr("**3. The answer**"))
        alt = tr("The mistake")
        if not story.whole_picture:
            alt = tr("The mistake, in grey except for the {cue}", cue=tr(story.cause.words))
        st.image(outlined(view, mask), width="stretch", alt=alt)
        st.markdown(paragraph(tr(story.cause.answer), _share_of_cue(story, mask, answer)))
    with st.container(gap="xsmall"):
        st.markdown(tr("**4. Without it**"))
        seen = render.pale_grey(view).astype(np.uint8) if without is None else without.view
        st.image(seen, width="stretch", alt=tr("The same scene painted without the cue"))
        st.markdown(_outcome(study, story, without))


def _share_of_cue(story: Story, mask: NDArray[np.bool_], answer: Explanation | None) -> str:
    """Return a sentence that compares the cue's shares of the evidence and of the picture."""
    if story.whole_picture:
        return tr("This light falls on the whole picture, so no map can point at it.")
    if not mask.any():
        return tr("In this picture it is too small for an outline.")
    if answer is None:
        return tr("Its share of the evidence is being computed.")
    on_it, area = location.share_in(answer.contrast(story.cause.guess, story.cause.truth), mask), float(mask.mean())
    return tr(
        "**{share:.0%}** of the evidence for {guess} lies on the {cue}, which covers **{area:.0%}** of the picture.",
        share=on_it,
        guess=literal_words(story.cause.guess),
        cue=tr(story.cause.words),
        area=area,
    )


def _outcome(study: Study, story: Story, without: Repainting | None) -> str:
    """Return sentences on the prediction for the scene without the cue."""
    if without is None:
        return tr("The prediction for the same scene without it is being computed.")
    before, guess = study.row(story.mistake), literal_words(story.cause.guess)
    if without.guess == story.cause.guess:
        return tr(
            "Painted again without it, it is still called **{guess}**. So this is not the only cause.", guess=guess
        )
    change = tr(
        "Painted again with nothing else changed, it is called **{guess}** ({probability}) and no longer {before}.",
        guess=literal_words(without.guess),
        probability=probability_text(without.p_guess),
        before=literal_words(before["guess"]),
    )
    if without.guess == story.cause.truth:
        return paragraph(change, tr("So this was the cause."))
    return paragraph(
        change,
        tr("So this led the model to {guess}, but without it the dish is not recognised either.", guess=guess),
    )


def draw_shared(study: Study, shown: Shown, patches: Sequence[Patch]) -> None:
    """Draw the strongest parts of several mistakes of the pair, from `shared_patches`, into two columns."""
    guess = literal_words(shown.lead.guess)
    with st.container(gap="xsmall"):
        st.markdown(tr("**3. The strongest part**"))
        if patches:
            _draw_patch(study, patches[0], shown.lead.guess)
            st.markdown(
                tr(
                    "This square has **{share:.0%}** of the evidence for {guess} on {area:.0%} of the picture. Is it "
                    "part of the dish?",
                    share=patches[0].share,
                    guess=guess,
                    area=patches[0].area,
                )
            )
        else:
            st.caption(tr("The explanation is not there yet."))
    with st.container(gap="xsmall"):
        st.markdown(tr("**4. In other mistakes**"))
        if len(patches) > 1:
            with st.grid(len(patches) - 1, min_column_width=70):
                for patch in patches[1:]:
                    _draw_patch(study, patch, shown.lead.guess)
            st.markdown(tr("If these squares show the same thing, the model takes it for a sign of the class."))
        else:
            st.caption(tr("No other mistake of this pair is explained yet."))
        navigation.evidence_link(shown.lead.truth, shown.lead.guess)


def shared_patches(study: Study, shown: Shown) -> Sequence[Patch]:
    """Return the strongest patch of each explained mistake of the pair, that of the story's mistake first."""
    pair = (shown.lead.truth, shown.lead.guess)
    others = next((some.mistakes for some in leading.candidates(study) if (some.truth, some.guess) == pair), ())
    settings = dict.fromkeys(others, leading.search_settings(study)) | {shown.lead.image_id: first_run.settings(study)}
    answers = {
        image_id: explanations.stored_explanation(study, image_id, settings[image_id])
        for image_id in dict.fromkeys((shown.lead.image_id, *others))
    }
    found = [strongest_patch(image_id, shown.target.map_of(answer)) for image_id, answer in answers.items() if answer]
    return [patch for patch in found if patch is not None]


def _draw_patch(study: Study, patch: Patch, guess: str) -> None:
    box = (patch.left, patch.top, patch.left + patch.side, patch.top + patch.side)
    name = components.picture_name(patch.image_id)
    st.image(
        pictures.crop_jpeg(study, patch.image_id, box),
        width="stretch",
        alt=tr("Part of {picture} with the strongest evidence for {guess}", picture=name, guess=words(guess)),
    )
