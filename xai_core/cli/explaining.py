"""The command that explains one picture."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core import render
from xai_core.cli import console
from xai_core.dataset import decoded
from xai_core.errors import PictureUnreadable, SettingRefused, StoreRefused
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Question, explain, picture_hash
from xai_core.explain.store import ExplanationStore
from xai_core.labels import words
from xai_core.model import preprocess
from xai_core.render import Panel
from xai_core.settings import ExplainSettings
from xai_core.study import open_study

FIGURES = ("logit", "base", "sum")
"""Of a label, in logits."""


def explain_picture(
    name: str,
    image_id: str,
    studies: Path,
    *,
    evaluations: int,
    blur_px: int | None,
    steer_top: int | None,
    search_width: int,
    top_k: int,
    png: Path | None,
    npz: Path | None,
    as_json: bool,
) -> None:
    """Explain a picture, or take its explanation from the store, and show it.

    Parameters
    ----------
    name, image_id, studies
        Which picture of which study.
    evaluations, blur_px, steer_top, search_width
        See `ExplainSettings`; None for what is usual with this model.
    top_k
        Labels to show, the likeliest first.
    png, npz
        Files to write overlays and explanation to.
    as_json
        For machines.
    """
    study = open_study(name, studies)
    row = study.row(image_id)
    settings = ExplainSettings.fitting(
        study.spec.input_size,
        len(study.labels),
        evaluations=evaluations,
        blur_px=blur_px,
        steer_top=steer_top,
        search_width=search_width,
    )
    settings.check_against(study.spec.input_size, len(study.labels))
    if not 1 <= top_k <= len(study.labels):
        raise SettingRefused("top-k", top_k, f"1 to {len(study.labels)}, the number of labels")
    for out in (png, npz):
        console.check_writable(out)
    if row["unreadable"]:
        raise PictureUnreadable(image_id, row["unreadable"])
    content = study.picture_bytes(image_id)
    view = preprocess.view(decoded(content, image_id), study.spec)
    store = ExplanationStore(study.explanations)
    hashed, refusals = picture_hash(content), list[StoreRefused]()
    # Asked here already: a stored answer need not wait for the model to be loaded.
    stored = store.get(settings.key(model_id=study.model_id, picture_hash=hashed))
    if stored is None:
        question = Question(study.open_runtime(), view, hashed, settings, store)
        with console.progress("Explaining", "evaluations") as tell:
            explanation, cached = explain(question, progress=tell, refused=refusals.append)
    else:
        explanation, cached = stored, True
    found = _found(explanation, row, top_k) | {"cached": cached}
    if png is not None:
        _write_png(png, _sheet(explanation, view, found))
    if npz is not None:
        explanation.save(npz)
    console.answer_json(found) if as_json else console.answer(_as_text(found))
    if refusals:
        raise refusals[0]


def _found(explanation: Explanation, row: Any, top_k: int) -> dict[str, Any]:
    likeliest = np.argsort(-explanation.full, kind="stable")[:top_k]
    labels = [
        {
            "label": explanation.labels[place],
            "logit": float(explanation.full[place]),
            "base": float(explanation.base[place]),
            "sum": explanation.sum(explanation.labels[place]),
        }
        for place in likeliest
    ]
    return {
        "image_id": row["image_id"],
        "truth": row["truth"],
        "guess": row["guess"],
        "evaluations": explanation.evaluations,
        "seconds": explanation.seconds,
        "labels": labels,
    }


def _sheet(explanation: Explanation, view: NDArray[np.uint8], found: dict[str, Any]) -> NDArray[np.uint8]:
    """Lay out the picture and an overlay for each label, all on one colour scale."""
    maps = [explanation.map(each["label"]) for each in found["labels"]]
    limit = render.shared_limit(*maps)
    scale = f"red speaks for the label, blue against\nfull tint: {limit:.2g} logits a pixel"
    panels = [Panel(words(found["truth"]), f"{_verdict(found)} {words(found['guess'])}\n{scale}", view)]
    for each, shap_map in zip(found["labels"], maps, strict=True):
        figures = f"logit {each['logit']:.2f}\n= base {each['base']:.2f} + overlay {each['sum']:.2f}"
        panels.append(Panel(words(each["label"]), figures, render.overlay(view, shap_map, limit)))
    return render.sheet(panels)


def _verdict(found: dict[str, Any]) -> str:
    return "rightly called" if found["truth"] == found["guess"] else "taken for"


def _write_png(out: Path, picture: NDArray[np.uint8]) -> None:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    try:
        out.write_bytes(content.getvalue())
    except OSError as fault:
        raise StoreRefused(f"{out} cannot be written: {fault.strerror}.", "Choose another place.") from fault


def _as_text(found: dict[str, Any]) -> str:
    spent = "from the store" if found["cached"] else f"{found['seconds']:.1f} s"
    rows = [["label", "logit", "base", "sum of the overlay"]]
    rows += [[each["label"], *(f"{each[figure]:.3f}" for figure in FIGURES)] for each in found["labels"]]
    head = f"{found['image_id']} was {_verdict(found)} {found['guess']} ({found['evaluations']:,} evaluations, {spent})"
    return f"{head}\n\n{console.aligned(rows, 'LRRR')}"
