"""The command that explains one picture."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core import render
from xai_core.cli import console
from xai_core.data.dataset import decoded
from xai_core.engines.search import ESTIMATING, MEANINGS, TITLES
from xai_core.errors import PictureUnreadable, SettingRefused, StoreRefused
from xai_core.explain.certainty import Ranking, drawn, foreseen_share, noise, ranking
from xai_core.explain.explanation import Explanation
from xai_core.explain.service import Question, explain, picture_hash
from xai_core.explain.store import ExplanationStore
from xai_core.explain.wording import ranking_told
from xai_core.labels import words
from xai_core.model import preprocess
from xai_core.render import Panel
from xai_core.settings import ExplainSettings
from xai_core.study.study import open_study

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
    engine: str,
    seed: int,
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
    engine, seed
        See `by_engine`.
    top_k
        Labels to show, the likeliest first.
    png, npz
        Files to write overlays and explanation to.
    as_json
        For machines.
    """
    study = open_study(name, studies)
    row = study.row(image_id)
    usual = ExplainSettings.fitting(
        study.spec.input_size,
        len(study.labels),
        evaluations=evaluations,
        blur_px=blur_px,
        steer_top=steer_top,
        search_width=search_width,
    )
    settings = by_engine(usual, engine, seed)
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


def by_engine(usual: ExplainSettings, engine: str, seed: int) -> ExplainSettings:
    """Return settings with an engine and its seed.

    Parameters
    ----------
    usual
        Settings for everything else.
    engine
        One of `settings.ENGINES`.
    seed
        Of what it draws. One that draws nothing has none: its answer is the same, and is found under one name.

    Raises
    ------
    SettingRefused
        If there is no such engine or seed.
    """
    asked = replace(usual, engine=engine, seed=seed)
    return asked if engine in ESTIMATING else replace(asked, seed=0)


def _found(explanation: Explanation, row: Any, top_k: int) -> dict[str, Any]:
    order = [explanation.labels[place] for place in np.argsort(-explanation.full, kind="stable")]
    other = row["truth"] if row["truth"] != row["guess"] else order[:2][-1]
    return {
        "image_id": row["image_id"],
        "truth": row["truth"],
        "guess": row["guess"],
        "engine": explanation.settings.engine,
        "evaluations": explanation.evaluations,
        "seconds": explanation.seconds,
        "labels": [_label(explanation, each) for each in order[:top_k]],
        "ranking": _ranking(explanation, row["guess"], other),
    }


def _label(explanation: Explanation, label: str) -> dict[str, Any]:
    place, noisy = explanation.labels.index(label), noise(explanation, label)
    return {
        "label": label,
        "logit": float(explanation.full[place]),
        "base": float(explanation.base[place]),
        "sum": explanation.sum(label),
        "r2": foreseen_share(explanation, label),
        "within_noise": None if noisy is None else noisy.area,
    }


def _ranking(explanation: Explanation, guess: str, other: str) -> dict[str, Any] | None:
    """Whether the strongest regions of the contrast are known; None where nothing is estimated."""
    found = ranking(explanation, guess, other)
    if found is None:
        return None
    return {
        "of": guess,
        "rather_than": other,
        "top": found.top,
        "holds": found.holds,
        "settled": found.settled,
        "seed": explanation.settings.seed,
    }


def _sheet(explanation: Explanation, view: NDArray[np.uint8], found: dict[str, Any]) -> NDArray[np.uint8]:
    """Lay out the picture and an overlay for each label, all on one colour scale, without what is within noise."""
    shown = [each["label"] for each in found["labels"]]
    limit = render.shared_limit(*map(explanation.map, shown))
    hidden = "" if explanation.uncertainty is None else "\nno colour: within noise (95% interval)"
    scale = f"red speaks for the label, blue against\nfull tint: {limit:.2g} logits a pixel{hidden}"
    panels = [Panel(words(found["truth"]), f"{_verdict(found)} {words(found['guess'])}\n{scale}", view)]
    for each in found["labels"]:
        figures = f"logit {each['logit']:.2f}\n= base {each['base']:.2f} + regions {each['sum']:.2f}"
        if each["within_noise"] is not None:
            figures += f"\nwithin noise: {each['within_noise']:.0%} of the picture"
        evidence = drawn(explanation, each["label"], hides_noise=True)
        panels.append(Panel(words(each["label"]), figures, render.overlay(view, evidence, limit)))
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
    estimated = found["engine"] in ESTIMATING
    rows = [["label", "logit", "base", "sum of the regions", *(["foreseen (R2)", "within noise"] if estimated else [])]]
    for each in found["labels"]:
        sure = [_share(each["r2"]), _share(each["within_noise"])] if estimated else []
        rows.append([each["label"], *(f"{each[figure]:.3f}" for figure in FIGURES), *sure])
    head = f"{found['image_id']} was {_verdict(found)} {found['guess']} ({found['evaluations']:,} evaluations, {spent})"
    parts = [
        head,
        f"{TITLES[found['engine']]}. {MEANINGS[found['engine']]}",
        console.aligned(rows, "L" + "R" * (len(rows[0]) - 1)),
    ]
    if estimated:
        parts.append(_enough(found["ranking"], found["guess"]))
    return "\n\n".join(parts)


def _share(share: float | None) -> str:
    return "not known" if share is None else f"{share:.0%}"


def _enough(ranked: dict[str, Any] | None, guess: str) -> str:
    if ranked is None:
        return ranking_told(None)
    told = ranking_told(Ranking(ranked["holds"], ranked["top"]))
    return f"Why {words(guess)} rather than {words(ranked['rather_than'])}, by seed {ranked['seed']}? {told}"
