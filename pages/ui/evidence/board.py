"""The claim about a pair, and the pictures that prove it, drawn from what is explained so far."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.ui.evidence import averages, chart, clusters, numbers, patches, planted, report
from pages.ui.evidence import claim as evidence_claim
from pages.ui.evidence.question import Asked
from pages.ui.frame import components
from pages.ui.frame.components import counted
from pages.ui.loaders import explanations, studies
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import jobs
from xai_core.evidence.findings import Findings, Piece
from xai_core.explain.explanation import Explanation
from xai_core.explain.fair_queue import FIRST_MAP
from xai_core.explain.service import Job
from xai_core.study.study import Study

DRAWN = 8
"""Times that the page is drawn anew while explanations come in."""

_PLACE = "evidence"


def board(study: Study, asked: Asked) -> None:
    """Explain the pictures of a pair, and show what they say together.

    Parameters
    ----------
    study
        Gives pictures and model.
    asked
        The question; it has at least one mistake.
    """
    st.subheader(components.taken(asked.truth, asked.guess))
    claim = st.container(border=True, gap="small")
    pictures = asked.pictures.all
    asking = jobs.of(
        _PLACE,
        study,
        (pictures, asked.settings),
        lambda model: [explanations.submit(study, model, each, asked.settings) for each in pictures],
    )
    # What is in the store is shown at once, without waiting for the model.
    answers = [job.latest for job in asking] or [explanations.stored(study, each, asked.settings) for each in pictures]
    stored = not asking and all(answers)
    waited = not stored and jobs.waiting(asking)
    st.fragment(_progress, run_every=jobs.POLL_S if waited else None)(
        study, asking=asking, waited=waited, drawn=_step(asking), stored=stored
    )
    for sentence in dict.fromkeys(filter(None, map(_trouble, asking))):
        st.warning(sentence, icon=":material/warning:")
    ready = [not asking or asking[place].done for place in range(len(pictures))]
    pieces = _pieces(study, asked, dict(zip(pictures, zip(answers, ready, strict=True), strict=True)))
    if not any(each.group == "mistakes" for each in pieces):
        claim.markdown(_COMING if waited else _NOTHING)
        return
    found = _found(study, asked, pieces)
    with claim:
        _claim(asked, found, pieces)
    _proof(study, asked, found, pieces)
    rests_on = _rests_on(asked, pieces)
    report.offer(study, asked, found, pieces, answers=answers, rests_on=rests_on, whole=not waited)


def _progress(study: Study, *, asking: Sequence[Job[Explanation]], waited: bool, drawn: int, stored: bool) -> None:
    """One look at the jobs; the whole page is drawn anew now and then, not at every look."""
    jobs.poll(asking)
    jobs.progress(_PLACE, asking, stored=stored)
    if waited and _step(asking) > drawn:
        st.rerun()
    jobs.settle(study, asking, waited=waited)


def _step(asking: Sequence[Job[Explanation]]) -> int:
    """How far it is, in steps of which each is worth drawing the page anew: 0 without a picture, then 1 to `DRAWN`."""
    passed = sum((job.evaluations >= FIRST_MAP) + job.over for job in asking)
    return -(-passed * DRAWN // (2 * len(asking))) if asking else 0


def _trouble(job: Job[Explanation]) -> str:
    if job.error is not None:
        return job.error.sentence
    return job.note if job.state != "cancelled" else ""


def _pieces(study: Study, asked: Asked, answers: Mapping[str, tuple[Explanation | None, bool]]) -> list[Piece]:
    """The pictures with a map that is worth looking at."""
    return [
        Piece(
            image_id=image_id,
            group=group,
            view=loaders_pictures.sight(study, image_id).view,
            at=loaders_pictures.central_object(study, image_id),
            contrast=answer.contrast(asked.guess, asked.truth),
            evaluations=answer.evaluations,
        )
        for group, members in asked.pictures.groups.items()
        for image_id in members
        for answer, whole in [answers[image_id]]
        if answer is not None and (whole or answer.evaluations >= FIRST_MAP)
    ]


def _found(study: Study, asked: Asked, pieces: Sequence[Piece]) -> Findings:
    """What the pieces say, from memory where these very maps were looked at before."""
    seen = tuple((each.image_id, each.group, each.evaluations) for each in pieces)
    return explanations.pair_findings((studies.identity(study), asked.truth, asked.guess, asked.settings, seen), pieces)


def _claim(asked: Asked, found: Findings, pieces: Sequence[Piece]) -> None:
    """What the mistakes show, how far it may be chance, whether they agree, and what it all rests on."""
    reading = evidence_claim.reading(found, asked.measure)
    if reading:
        st.markdown(f"#### {reading}")
    said = evidence_claim.claim(found, asked.truth, asked.guess, asked.measure)
    st.markdown(f"{said} {evidence_claim.verdict(found, asked.truth, asked.guess, asked.measure)}")
    st.markdown(evidence_claim.agreement(found, clusters.places(found, pieces)))
    st.caption(_rests_on(asked, pieces))


def _rests_on(asked: Asked, pieces: Sequence[Piece]) -> str:
    """How many pictures the claim rests on, of how many there are."""
    wrong = sum(each.group == "mistakes" for each in pieces)
    chosen = asked.pictures
    so_far = "" if len(pieces) == len(chosen.all) else f" So far {len(pieces)} of {len(chosen.all)} are explained."
    of_all = f"{wrong} of {counted(chosen.of_pair, 'mistake')}" if wrong < chosen.of_pair else counted(wrong, "mistake")
    spent = sorted({each.evaluations for each in pieces})
    budget = f"{spent[0]:,}" if len(spent) == 1 else f"{spent[0]:,} to {spent[-1]:,}"
    return (
        f"It rests on {of_all} of this pair and {counted(len(pieces) - wrong, 'correct picture')} of the two classes, "
        f"{budget} evaluations each.{so_far}"
    )


def _proof(study: Study, asked: Asked, found: Findings, pieces: Sequence[Piece]) -> None:
    """The pictures that prove the claim, and the numbers behind them."""
    patches.show(study, asked, found)
    averages.show(study, asked, found)
    chart.show(asked, found)
    clusters.show(study, asked, found, pieces)
    planted.show(study, asked, found, pieces)
    numbers.show(study, asked, found)


_COMING = "The claim stands here as soon as the first mistakes are explained."
_NOTHING = "None of the mistakes is explained, so nothing can be claimed."
