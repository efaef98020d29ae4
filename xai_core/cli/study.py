"""The commands about whole studies: make one, list them, show one, rank its pairs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from xai_core.cli import console
from xai_core.confusions import confusion
from xai_core.errors import SettingRefused, XaiError
from xai_core.study.study import Study, create_study, open_study, study_names

MOST_PAIRS = 10
"""Pairs that a study is introduced with."""

LISTED = 20
"""Unreadable pictures that are named one by one."""


def create(name: str, studies: Path, question: Mapping[str, Any], *, as_json: bool) -> None:
    """Make a study, or go on making it, and introduce it."""
    try:
        with console.progress("Predicting", "pictures") as tell:
            made = create_study(name, studies, **question, progress=tell)
    except KeyboardInterrupt:
        console.note("Stopped. The same command goes on where it was.")
        raise
    _introduce(made, as_json=as_json)


def show(name: str, studies: Path, *, as_json: bool) -> None:
    """Introduce a study."""
    _introduce(open_study(name, studies), as_json=as_json)


def rank_pairs(name: str, studies: Path, *, top: int, as_json: bool) -> None:
    """Rank the pairs of a study."""
    if top < 1:
        raise SettingRefused("top", top, "at least 1 pair")
    ranked = confusion.pairs(open_study(name, studies).table).head(top)
    if as_json:
        console.answer_json(_plain(ranked))
    else:
        console.answer(_as_text(ranked) if len(ranked) else "The model makes no mistake on these pictures.")


def list_all(studies: Path, *, as_json: bool) -> None:
    """List all studies, those that cannot be opened with the reason."""
    found = [described(name, studies) for name in study_names(studies)]
    if as_json:
        console.answer_json(found)
    elif found:
        console.answer(console.aligned([_line(each) for each in found], "LRL"))
    else:
        console.answer(f"There is no study in {studies} yet. Make one: python -m xai_core study create --help")


def described(name: str, studies: Path) -> dict[str, Any]:
    """Return what there is to say about a study in one line; `problem` is None for a sound one."""
    try:
        study = open_study(name, studies)
    except XaiError as fault:
        return {"name": name, "sound": False, "problem": fault.sentence}
    summary = study.summary()
    return {
        "name": name,
        "sound": True,
        "problem": None,
        "title": study.title,
        "pictures": summary.pictures,
        "unreadable": summary.unreadable,
        "top1": summary.top1,
    }


def _line(described: Mapping[str, Any]) -> tuple[str, str, str]:
    if not described["sound"]:
        return described["name"], "-", described["problem"]
    return described["name"], f"{described['pictures']:,}", f"top-1 {described['top1']:.3f}  {described['title']}"


def _introduce(study: Study, *, as_json: bool) -> None:
    summary, ranked = study.summary(), confusion.pairs(study.table).head(MOST_PAIRS)
    lost = study.table.loc[study.table["unreadable"] != "", ["image_id", "unreadable"]]
    if as_json:
        figures = {
            "pictures": summary.pictures,
            "unreadable": summary.unreadable,
            "top1": summary.top1,
            "top5": summary.top5,
        }
        console.answer_json(figures | {"pairs": _plain(ranked)})
        return
    console.answer(f"{study.title} ({study.name}): {summary.pictures:,} pictures, {summary.unreadable} unreadable")
    console.answer(f"top-1 {summary.top1:.3f}, top-5 {summary.top5:.3f}")
    if len(ranked):
        console.answer(f"\nThe most frequent pairs\n{_as_text(ranked)}")
    if len(lost):
        named = "\n".join(f"{row.image_id}: {row.unreadable}" for row in lost.head(LISTED).itertuples())
        more = f"\nand {len(lost) - LISTED} more" if len(lost) > LISTED else ""
        console.answer(f"\nUnreadable pictures\n{named}{more}")


def _plain(ranked: pd.DataFrame) -> list[dict[str, Any]]:
    columns = zip(ranked["truth"], ranked["guess"], ranked["count"], ranked["share"], strict=True)
    return [
        {"truth": truth, "guess": guess, "count": int(count), "share": float(share)}
        for truth, guess, count, share in columns
    ]


def _as_text(ranked: pd.DataFrame) -> str:
    rows = [["truth", "", "guess", "pictures", "of the truth"]]
    rows += [
        [pair["truth"], "->", pair["guess"], str(pair["count"]), f"{pair['share']:.1%}"] for pair in _plain(ranked)
    ]
    return console.aligned(rows, "LLLRR")
