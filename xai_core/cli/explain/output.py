"""Answers of the command `explain`, as JSON values, text and a sheet of overlays."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core import palettes, render
from xai_core.cli import console
from xai_core.explain.certainty import Ranking, display_map, holdout_r2, noise, ranking
from xai_core.explain.explanation import Explanation
from xai_core.explain.target import Target
from xai_core.explain.wording import ranking_sentence
from xai_core.exports import fonts
from xai_core.labels import words
from xai_core.language import tr
from xai_core.settings.engine_table import ENGINES

_LOGITS = ("logit", "base", "sum")
"""Figures of a label that are in logits."""


def json_values(explanation: Explanation, truth: str, guess: str, top_k: int) -> dict[str, Any]:
    """Return the figures of the top-k labels, and the stability of the ranking for the contrast.

    The contrast is the guess rather than the truth. For a correct picture it is the guess rather than the second most
    probable label.
    """
    labels = [explanation.labels[column] for column in np.argsort(-explanation.full, kind="stable")]
    other = truth if truth != guess else labels[:2][-1]
    return {
        "truth": truth,
        "guess": guess,
        "engine": explanation.settings.engine,
        "evaluations": explanation.evaluations,
        "seconds": explanation.seconds,
        "labels": [_label_values(explanation, label) for label in labels[:top_k]],
        "ranking": _ranking_values(explanation, guess, other),
    }


def _label_values(explanation: Explanation, label: str) -> dict[str, Any]:
    column, found = explanation.labels.index(label), noise(explanation, Target(label))
    return {
        "label": label,
        "logit": float(explanation.full[column]),
        "base": float(explanation.base[column]),
        "sum": explanation.sum(label),
        "r2": holdout_r2(explanation, label),
        "within_noise": None if found is None else found.area,
    }


def _ranking_values(explanation: Explanation, guess: str, other: str) -> dict[str, Any] | None:
    found = ranking(explanation, Target(guess, other))
    if found is None:
        return None
    return {
        "of": guess,
        "rather_than": other,
        "top": found.top,
        "holds": found.stability,
        "settled": found.settled,
        "seed": explanation.settings.seed,
    }


def as_text(found: dict[str, Any]) -> str:
    """Return the answer for people.

    Parameters
    ----------
    found
        Values of `json_values`, with `image_id` and `cached`.
    """
    engine = ENGINES[found["engine"]]
    parts = [
        _head(found),
        tr("{engine}. {meaning}", engine=tr(engine.title), meaning=tr(engine.meaning)),
        _labels_table(found["labels"], estimated=engine.estimates_errors),
    ]
    if engine.estimates_errors:
        parts.append(_ranking_text(found["ranking"], found["guess"]))
    return "\n\n".join(parts)


def _head(found: dict[str, Any]) -> str:
    spent = tr("from the store") if found["cached"] else tr("{seconds:.1f} s", seconds=found["seconds"])
    values = {
        "picture": found["image_id"],
        "guess": found["guess"],
        "evaluations": found["evaluations"],
        "spent": spent,
    }
    if found["truth"] == found["guess"]:
        return tr("{picture} was rightly called {guess} ({evaluations:,} evaluations, {spent})", **values)
    return tr("{picture} was taken for {guess} ({evaluations:,} evaluations, {spent})", **values)


def _labels_table(labels: list[dict[str, Any]], *, estimated: bool) -> str:
    head = [tr("label"), tr("logit"), tr("base"), tr("sum of the regions")]
    rows = [[*head, tr("hold-out R2"), tr("within noise")] if estimated else head]
    for label in labels:
        shares = [_share(label["r2"]), _share(label["within_noise"])] if estimated else []
        rows.append([label["label"], *(f"{label[figure]:.3f}" for figure in _LOGITS), *shares])
    return console.table(rows, "L" + "R" * (len(rows[0]) - 1))


def _share(share: float | None) -> str:
    return tr("not known") if share is None else f"{share:.0%}"


def _ranking_text(found: dict[str, Any] | None, guess: str) -> str:
    if found is None:
        return ranking_sentence(None)
    sentence = ranking_sentence(Ranking(found["holds"], found["top"]))
    return tr(
        "Why {guess} rather than {other}? (seed {seed}) {sentence}",
        guess=words(guess),
        other=words(found["rather_than"]),
        seed=found["seed"],
        sentence=sentence,
    )


@fonts.drawing()
def overlays_png(
    explanation: Explanation, view: NDArray[np.uint8], found: dict[str, Any], palette: palettes.Palette
) -> bytes:
    """Return a PNG with the picture and an overlay for each label on one colour scale.

    Regions within noise have no colour.

    Parameters
    ----------
    explanation
        Explanation of the picture.
    view : (H, W, 3) uint8
        Picture as the model sees it.
    found
        Values of `json_values`.
    palette
        Colours of the overlays.
    """
    labels = [label["label"] for label in found["labels"]]
    limit = render.shared_limit(*map(explanation.map, labels))
    guess = words(found["guess"])
    legend = [
        tr("rightly called {guess}", guess=guess)
        if found["truth"] == found["guess"]
        else tr("taken for {guess}", guess=guess),
        tr("{towards}: evidence for the label, {away}: against", towards=tr(palette.towards), away=tr(palette.away)),
        tr("strongest colour: {limit:.2g} logits per pixel", limit=limit),
    ]
    if explanation.uncertainty is not None:
        legend.append(tr("no colour: within noise (95% interval)"))
    panels = [render.Panel(words(found["truth"]), "\n".join(legend), view)]
    for label in found["labels"]:
        figures = [
            tr("logit {logit:.2f}", logit=label["logit"]),
            tr("= base {base:.2f} + regions {regions:.2f}", base=label["base"], regions=label["sum"]),
        ]
        if label["within_noise"] is not None:
            figures.append(tr("within noise: {share:.0%} of the picture", share=label["within_noise"]))
        shown = display_map(explanation, Target(label["label"]), hides_noise=True)
        panels.append(
            render.Panel(words(label["label"]), "\n".join(figures), render.overlay(view, shown, limit, palette=palette))
        )
    content = io.BytesIO()
    Image.fromarray(render.sheet(panels)).save(content, "PNG")
    return content.getvalue()
