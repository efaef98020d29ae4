"""Claim about a pair with the pictures that support it, drawn from what is explained so far."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.ui.evidence import averages, cause, chart, clusters, naming, numbers, patches, planted, report
from pages.ui.evidence import claim as evidence_claim
from pages.ui.evidence.request import EvidenceRequest
from pages.ui.frame import components, navigation
from pages.ui.frame.plain_text import fault_sentence, literal
from pages.ui.loaders import explanations, studies
from pages.ui.loaders import pictures as loaders_pictures
from pages.ui.maps import consistency, jobs
from xai_core.evidence.findings import ExplainedPicture, Findings
from xai_core.explain.explanation import Explanation
from xai_core.explain.queue.fair_queue import FIRST_MAP
from xai_core.explain.queue.job import Job
from xai_core.explain.target import Target
from xai_core.language import mark, shown, tr
from xai_core.study.study import Study
from xai_core.texts import counted, paragraph

DRAWINGS = 8
"""Number of times that the page is drawn while explanations come in."""

_SLOT = "evidence"


def draw_board(study: Study, request: EvidenceRequest) -> None:
    """Explain the pictures of a pair, and draw what they show together.

    Parameters
    ----------
    study
        Study that gives pictures and model.
    request
        Values of the controls, with one mistake at least.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(literal(components.pair_name(request.truth, request.guess)), width="content")
        navigation.present_link(study.row(request.pictures.mistakes[0]))
    pictures = request.pictures.all
    found = jobs.live(
        _SLOT,
        study,
        (pictures, request.settings),
        lambda model: [explanations.submit(study, model, image_id, request.settings) for image_id in pictures],
        _rerun_at_steps(),
        stored=lambda: [explanations.stored_explanation(study, image_id, request.settings) for image_id in pictures],
        needs_model=False,
        shows_errors=False,
    )
    for sentence in dict.fromkeys(filter(None, map(_problem, found.jobs))):
        st.warning(literal(sentence), icon=":material/warning:")
    answers = found.answers
    pieces = explained_pictures(study, request, answers, found.complete)
    if not any(piece.group == "mistakes" for piece in pieces):
        st.markdown(tr(_PENDING) if found.waiting else tr(_NOTHING))
        return
    findings = find_findings(study, request, pieces)
    consistency.draw_disagreement(study, dict(zip(request.pictures.all, found.final, strict=True)))
    patches.draw_patches_of_mistakes(study, request, findings)
    naming.draw_naming(study, request, findings)
    _draw_claim(request, findings, pieces)
    cause.draw_cause(study, request, findings, pieces, final=not found.waiting)
    patches.draw_patches_of_correct(study, request, findings)
    with st.expander(tr("Where the evidence lies, on average"), icon=":material/filter_center_focus:"):
        averages.draw_averages(study, request, findings)
        chart.draw_chart(request, findings)
    if len(findings.of("mistakes")) > 1:
        with st.expander(tr("Groups of mistakes by where their evidence lies"), icon=":material/workspaces:"):
            clusters.draw_clusters(study, request, findings, pieces)
    planted.draw_planted_cause(study, request, findings, pieces)
    numbers.draw_numbers(study, request, findings)
    rests_on = _basis(request, pieces)
    report.draw_report(study, request, findings, pieces, answers=answers, rests_on=rests_on, final=not found.waiting)


def _rerun_at_steps() -> Callable[[jobs.Live[Explanation]], None]:
    """Return a drawing that runs the whole page again at every step of `_step`.

    Averages, groups and tests change with every picture, and cost too much to be drawn at every look.
    """
    drawn: int | None = None

    def look(found: jobs.Live[Explanation]) -> None:
        nonlocal drawn
        step = _step(found.jobs)
        # The first look belongs to the run of the page, which draws this step itself.
        if drawn is None:
            drawn = step
        elif found.waiting and step > drawn:
            st.rerun()

    return look


def _step(found: Sequence[Job[Explanation]]) -> int:
    """Return the progress in steps, 0 without a picture and `DRAWINGS` at the end.

    Each picture counts twice, when it has its first map and when it is over.
    """
    passed = sum((job.evaluations >= FIRST_MAP) + job.over for job in found)
    return -(-passed * DRAWINGS // (2 * len(found))) if found else 0


def _problem(job: Job[Explanation]) -> str:
    if job.error is not None:
        return fault_sentence(job.error)
    return shown(job.note) if job.state != "cancelled" else ""


def explained_pictures(
    study: Study, request: EvidenceRequest, answers: Sequence[Explanation | None], complete: Sequence[bool]
) -> list[ExplainedPicture]:
    """Return the pictures whose maps have enough evaluations to be used."""
    found = {
        image_id: answer
        for image_id, answer, is_complete in zip(request.pictures.all, answers, complete, strict=True)
        if answer is not None and (is_complete or answer.evaluations >= FIRST_MAP)
    }
    target = Target(request.guess, request.truth)
    return [
        ExplainedPicture(
            image_id=image_id,
            group=group,
            view=loaders_pictures.model_view(study, image_id).view,
            central_object=loaders_pictures.central_object(study, image_id),
            contrast=target.map_of(found[image_id]),
            evaluations=found[image_id].evaluations,
        )
        for group, members in request.pictures.groups.items()
        for image_id in members
        if image_id in found
    ]


def find_findings(study: Study, request: EvidenceRequest, pieces: Sequence[ExplainedPicture]) -> Findings:
    """Return the findings, from memory if these very maps were evaluated before."""
    # The number of evaluations stands for the map: with the settings it determines which of the partial maps it is.
    seen = tuple((piece.image_id, piece.group, piece.evaluations) for piece in pieces)
    key = (studies.identity(study), request.truth, request.guess, request.settings, seen)
    return explanations.pair_findings(key, pieces)


def _draw_claim(request: EvidenceRequest, found: Findings, pieces: Sequence[ExplainedPicture]) -> None:
    """Draw what the place of the evidence says: a reading with its numbers, or one line where it says nothing."""
    truth, guess, measure = request.truth, request.guess, request.measure
    with st.container(border=True, gap="small"):
        nothing = evidence_claim.says_nothing(found, measure)
        reading = evidence_claim.reading(found, measure)
        if nothing:
            st.markdown(nothing)
        elif reading:
            st.markdown(f"#### {reading}")
        if not nothing:
            claim = evidence_claim.claim(found, truth, guess, measure)
            st.markdown(paragraph(claim, evidence_claim.verdict(found, truth, guess, measure)))
        st.caption(_basis(request, pieces))


def _basis(request: EvidenceRequest, pieces: Sequence[ExplainedPicture]) -> str:
    """Return the numbers of pictures and evaluations that the claim rests on."""
    wrong = sum(piece.group == "mistakes" for piece in pieces)
    sample = request.pictures
    of_pair = counted(sample.of_pair, "mistake")
    spent = sorted({piece.evaluations for piece in pieces})
    basis = tr(
        "The claim rests on {mistakes} of this pair and {correct} of the two classes, with {evaluations} evaluations "
        "each.",
        mistakes=tr("{number} of {mistakes}", number=wrong, mistakes=of_pair) if wrong < sample.of_pair else of_pair,
        correct=counted(len(pieces) - wrong, "correct picture"),
        evaluations=f"{spent[0]:,}" if len(spent) == 1 else tr("{low:,} to {high:,}", low=spent[0], high=spent[-1]),
    )
    if len(pieces) == len(sample.all):
        return basis
    so_far = tr("So far {number} of {all} are explained.", number=len(pieces), all=len(sample.all))
    return paragraph(basis, so_far)


_PENDING = mark("The claim appears here as soon as the first mistakes are explained.")
_NOTHING = mark("None of the mistakes is explained, so there is no claim.")
