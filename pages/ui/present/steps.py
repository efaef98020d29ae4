"""First four steps of the story: what the model said, what was right, and where it looked."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pages.ui.controls.colour_scale import per_hundredth
from pages.ui.controls.display import Display
from pages.ui.frame.components import picture_name
from pages.ui.loaders import studies
from pages.ui.maps import location, overlays
from pages.ui.present.story import STEPS, Question, Shown, Story
from xai_core import render
from xai_core.confusions import confusion
from xai_core.explain import wording
from xai_core.explain.certainty import display_map
from xai_core.explain.colour_scale import OWN_SCALES
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target, probabilities
from xai_core.explain.wording import probability_text
from xai_core.exports.report import Figure
from xai_core.exports.slides import Slide
from xai_core.labels import words
from xai_core.language import mark, tr
from xai_core.settings.mask_table import MASKS
from xai_core.texts import counted, listed, paragraph

Answers = Mapping[Question, Explanation | None]
"""Explanations so far by picture and settings; None for those that are still to come."""

PENDING, LOST = mark("Being computed ..."), mark("This could not be computed.")
"""Texts, in English, in the place of what is still to come, and of what failed or was stopped."""

_TOP_K = 3


def said_slide(story: Story) -> Slide:
    """Return the step with the mistake and the model's guess."""
    row, study = story.mistake.row, story.study
    found = probabilities(study.logits[study.table.index.get_loc(row.name)].astype(np.float32))
    top = np.argsort(-found, kind="stable")[:_TOP_K]
    likely = listed(f"{words(study.labels[index])} {probability_text(found[index])}" for index in top)
    of_pair = list(confusion.mistakes(study.table, story.truth, story.guess)["image_id"])
    figures = studies.figures(study)
    return Slide(
        tr(STEPS[0]),
        tr(
            "The model says {guess}, with a probability of {probability}.",
            guess=words(story.guess),
            probability=probability_text(row["p_guess"]),
        ),
        (photo(story.mistake, as_seen(story.mistake)),),
        (
            tr("Picture: {picture}. Most probable classes: {classes}.", picture=story.mistake.image_id, classes=likely),
            tr(
                "Mistake {number} of {count} of this pair, by confidence.",
                number=of_pair.index(story.mistake.image_id) + 1,
                count=len(of_pair),
            ),
            tr(
                "Study “{title}”: {pictures}, {right:.1%} right.",
                title=study.title,
                pictures=counted(figures.pictures, "picture"),
                right=figures.top1,
            ),
        ),
    )


def truth_slide(story: Story) -> Slide:
    """Return the step with correct pictures of the true class."""
    table = confusion.readable(story.study.table)
    of_class = table[table["truth"] == story.truth]
    right, pictures = int((of_class["guess"] == story.truth).sum()), counted(len(of_class), "picture")
    if story.beside:
        knows = tr(
            "The model gets {right} of {pictures} of it right, these among them.", right=right, pictures=pictures
        )
    else:
        knows = tr("The model gets {right} of {pictures} of it right.", right=right, pictures=pictures)
    sentence = paragraph(tr("The true class is {name}.", name=words(story.truth)), knows)
    share = tr(
        "The model gets {right} of {pictures} of it right ({share:.0%}).",
        right=right,
        pictures=pictures,
        share=right / len(of_class),
    )
    notes = [paragraph(tr("The true class is the annotation of the data set."), share)]
    if story.beside:
        notes.append(
            tr("Shown are correct pictures of the true class, the nearest by the model's embeddings first:")
            if story.study.embeddings is not None
            else tr("Shown are correct pictures of the true class, the most confident first:")
        )
        notes += [
            tr("{picture}: {probability}.", picture=shown.image_id, probability=probability_text(shown.row["p_guess"]))
            for shown in story.beside
        ]
    return Slide(tr(STEPS[1]), sentence, tuple(_correct_photo(shown) for shown in story.beside), tuple(notes))


def looked_slide(story: Story, answers: Answers, missing: str = LOST) -> Slide:
    """Return the step with the mistake and the map of its contrast at the same size; `missing` is its text without."""
    answer = answers.get((story.mistake.image_id, story.settings))
    picture = photo(story.mistake, as_seen(story.mistake), tr("The picture"))
    if answer is None:
        return Slide(tr(STEPS[2]), tr(missing), (picture, _pending(story.mistake, missing)))
    finding = location.find(answer, story.target, story.mistake.painted, story.display)
    limit = _limit(story, answers)
    drawn = _map_figure(story.mistake, story.target, answer, finding, limit=limit, display=story.display)
    return Slide(
        tr(STEPS[2]),
        finding.sentence,
        (picture, drawn),
        (
            tr("The question: why {guess} rather than {truth}?", guess=words(story.guess), truth=words(story.truth)),
            *_finding_notes(finding),
            *wording.convergence_sentences(answer, story.target),
            tr(
                "{evaluations:,} evaluations. Hidden regions are filled with {mask}.",
                evaluations=answer.evaluations,
                mask=tr(MASKS[answer.settings.mask].title),
            ),
            tr(
                "Full colour: {logits:.2g} logits per hundredth of the picture.",
                logits=per_hundredth(limit, story.study),
            ),
            *([story.display.noise_legend] if story.display.noise else []),
        ),
    )


def right_slide(story: Story, answers: Answers, missing: str = LOST) -> Slide:
    """Return the step with correct pictures and their maps, on the scale of the mistake's; see `looked_slide`."""
    name = words(story.truth)
    if not story.beside:
        return Slide(tr(STEPS[3]), tr("The model gets no picture of {name} right that can be shown.", name=name))
    found = [answers.get((shown.image_id, story.request.settings)) for shown in story.beside]
    reverse, limit = Target(story.truth, story.guess), _limit(story, answers)
    # Each class keeps its colour from the step before: what speaks for the truth was the colour against the guess.
    display = replace(story.display, palette=story.display.palette.swapped)
    figures: list[Figure] = []
    notes = [tr("Same colours and scale as in the map of the mistake.")]
    sentences = []
    for shown, answer in zip(story.beside, found, strict=True):
        figures.append(_correct_photo(shown))
        if answer is None or not limit:
            figures.append(_pending(shown, missing))
            continue
        finding = location.find(answer, reverse, shown.painted, display)
        sentences.append(finding.sentence)
        figures.append(_map_figure(shown, reverse, answer, finding, limit=limit, display=display))
        against = np.maximum(story.target.map_of(answer), 0).sum(dtype=np.float64)
        notes.append(
            tr(
                "{picture}: {finding} Evidence for {truth}: {logits:.1f} logits; for {guess}: {against:.1f} logits.",
                picture=picture_name(shown.image_id),
                finding=finding.sentence,
                truth=name,
                logits=finding.total,
                guess=words(story.guess),
                against=against,
            )
        )
    sentence = tr(missing)
    if sentences:
        sentence = tr("In {name} that it gets right: {finding}", name=name, finding=_lower(sentences[0]))
    return Slide(tr(STEPS[3]), sentence, tuple(figures), tuple(notes))


def as_seen(shown: Shown) -> str:
    """Return the alternative text of a picture without a map."""
    return tr("{picture} as the model sees it", picture=picture_name(shown.image_id))


def photo(shown: Shown, alt: str, *lines: str) -> Figure:
    """Return a picture of the story in large."""
    return Figure(shown.large, alt, lines=lines, photo=True)


def answer_text(label: str, probability: float) -> str:
    """Return an answer of the model, such as "ravioli, 97.6%"."""
    return tr("{name}, {probability}", name=words(label), probability=probability_text(probability))


def enlarge(shown: Shown, pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Repeat the pixels (H, W) or (H, W, 3) of a map or a mask, so that it fits the large picture."""
    factor = shown.large.shape[0] // shown.view.shape[0]
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _correct_photo(shown: Shown) -> Figure:
    line = answer_text(shown.row["guess"], shown.row["p_guess"])
    return photo(shown, tr("{picture}, recognised", picture=picture_name(shown.image_id)), line)


def _pending(shown: Shown, missing: str) -> Figure:
    return Figure(render.pale_grey(shown.large).astype(np.uint8), tr("No map"), lines=(tr(missing),))


def _map_figure(
    shown: Shown,
    target: Target,
    answer: Explanation,
    finding: location.Finding,
    *,
    limit: float,
    display: Display,
) -> Figure:
    """Return the map of a contrast over the large picture."""
    palette = display.palette
    evidence = display_map(answer, target, hides_noise=display.hides_noise)
    first, second = (words(label) for label in target.labels)
    large = np.asarray(enlarge(shown, evidence), np.float32)
    return Figure(
        overlays.coloured(shown.large, large, limit, display),
        overlays.map_alt(shown.name, target, display, finding.sentence),
        lines=(
            tr(
                "{towards}: for {first}. {away}: for {second}.",
                towards=tr(palette.towards).capitalize(),
                first=first,
                away=tr(palette.away).capitalize(),
                second=second,
            ),
        ),
    )


def _limit(story: Story, answers: Answers) -> float:
    """Return the value of the full colour in logits per pixel, 0 while the mistake has no map."""
    answer = answers.get((story.mistake.image_id, story.settings))
    return OWN_SCALES.limits(answer, story.target).contrast


def _finding_notes(finding: location.Finding) -> list[str]:
    shares = [
        tr(
            "{part}: {evidence:.0%} of the evidence on {area:.0%} of the picture.",
            part=tr(name),
            evidence=share.evidence,
            area=share.area,
        )
        for name, share in finding.shares.items()
    ]
    return [tr("Evidence for {name}: {logits:.1f} logits.", name=finding.name, logits=finding.total), *shares]


def _lower(sentence: str) -> str:
    return f"{sentence[0].lower()}{sentence[1:]}"
