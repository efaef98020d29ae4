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
    spent = "from the store" if found["cached"] else f"{found['seconds']:.1f} s"
    verdict = _verdict(found["truth"], found["guess"])
    parts = [
        f"{found['image_id']} was {verdict} {found['guess']} ({found['evaluations']:,} evaluations, {spent})",
        f"{engine.title}. {engine.meaning}",
        _labels_table(found["labels"], estimated=engine.estimates_errors),
    ]
    if engine.estimates_errors:
        parts.append(_ranking_text(found["ranking"], found["guess"]))
    return "\n\n".join(parts)


def _labels_table(labels: list[dict[str, Any]], *, estimated: bool) -> str:
    head = ["label", "logit", "base", "sum of the regions"]
    rows = [[*head, "hold-out R2", "within noise"] if estimated else head]
    for label in labels:
        shares = [_share(label["r2"]), _share(label["within_noise"])] if estimated else []
        rows.append([label["label"], *(f"{label[figure]:.3f}" for figure in _LOGITS), *shares])
    return console.table(rows, "L" + "R" * (len(rows[0]) - 1))


def _share(share: float | None) -> str:
    return "not known" if share is None else f"{share:.0%}"


def _ranking_text(found: dict[str, Any] | None, guess: str) -> str:
    if found is None:
        return ranking_sentence(None)
    sentence = ranking_sentence(Ranking(found["holds"], found["top"]))
    return f"Why {words(guess)} rather than {words(found['rather_than'])}? (seed {found['seed']}) {sentence}"


def _verdict(truth: str, guess: str) -> str:
    return "rightly called" if truth == guess else "taken for"


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
    hidden = "" if explanation.uncertainty is None else "\nno colour: within noise (95% interval)"
    sides = f"{palette.towards}: evidence for the label, {palette.away}: against"
    legend = f"{sides}\nstrongest colour: {limit:.2g} logits per pixel{hidden}"
    verdict = f"{_verdict(found['truth'], found['guess'])} {words(found['guess'])}"
    panels = [render.Panel(words(found["truth"]), f"{verdict}\n{legend}", view)]
    for label in found["labels"]:
        figures = f"logit {label['logit']:.2f}\n= base {label['base']:.2f} + regions {label['sum']:.2f}"
        if label["within_noise"] is not None:
            figures += f"\nwithin noise: {label['within_noise']:.0%} of the picture"
        shown = display_map(explanation, Target(label["label"]), hides_noise=True)
        panels.append(render.Panel(words(label["label"]), figures, render.overlay(view, shown, limit, palette=palette)))
    content = io.BytesIO()
    Image.fromarray(render.sheet(panels)).save(content, "PNG")
    return content.getvalue()
