"""The command `request-data`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.cli.precompute import parse_pair
from xai_core.cli.repair.evidence_file import read_evidence
from xai_core.errors import NameUnknown
from xai_core.files import write_whole

if TYPE_CHECKING:
    from xai_core.study.study import Study


def request_data(
    name: StudyName,
    *,
    pair: Annotated[
        str, typer.Option("--pair", metavar="A:B", help="The mistakes: pictures of class A taken for class B.")
    ],
    known: Annotated[
        str | None,
        typer.Option(
            "--known",
            metavar="STUDY",
            help="Study of the training pictures by the same model, whose nearest ones are named.",
            show_default="the right answers of the study itself",
        ),
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with the columns image_id and evidence (yes or no), of both studies."),
    ] = None,
    curve: Annotated[bool, typer.Option("--curve", help="Estimate by refits how many pictures are needed.")] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the list to this CSV file.")] = None,
    label_studio: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the list as tasks for Label Studio (JSON).")
    ] = None,
    address: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Address of a picture in Label Studio; {id} stands for its id."),
    ] = "/data/local-files/?d={id}.jpg",
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """List what a pair's mistakes lack: the nearest known pictures of both classes, and how many are needed."""
    # Imported here: --help must not wait for pandas.
    import numpy as np

    from xai_core.confusions.confusion import mistakes
    from xai_core.repair.annotation import requests
    from xai_core.repair.fitting.repair_set import repair_set
    from xai_core.study.study import open_study

    for file in (csv, label_studio):
        console.check_writable(file)
    folder = console.studies_folder(studies)
    study = open_study(name, folder)
    truth, guess = parse_pair(pair)
    ids = set(mistakes(study.table, truth, guess)["image_id"])
    if not ids:
        raise NameUnknown("pair", pair, hint=f"{truth} is never taken for {guess} in the study {name}.")
    groups = None if evidence is None else read_evidence(evidence)
    pictures = repair_set(study, evidence=groups)
    wrong = pictures.take(np.array([image_id in ids for image_id in pictures.image_ids], np.bool_))
    if known is None:
        pool = pictures.take(pictures.logits.argmax(axis=1) == pictures.truth)
    else:
        pool = repair_set(open_study(known, folder), evidence=groups, labels=study.labels)
    found = requests.request_list(wrong, pool, study.labels, (truth, guess))
    points = _curve(study, (truth, guess), groups) if curve else None
    if csv is not None:
        write_whole(csv, requests.to_csv(found), console.OTHER_FILE)
        console.note(f"Wrote {len(found)} pictures to {csv}.")
    if label_studio is not None:
        tasks = requests.to_label_studio(found, lambda image_id: address.replace("{id}", image_id), study.model_id)
        write_whole(label_studio, tasks, console.OTHER_FILE)
        console.note(f"Wrote {len(found)} tasks to {label_studio}.")
    if as_json:
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        console.write_json({"requests": rows} | ({} if points is None else {"curve": points}))
        return
    cells = [["mistake", "evidence", "nearest of the truth", "", "nearest of the guess", ""]]
    cells += [
        [
            row["image_id"],
            row["evidence"] or "-",
            row["near_truth"].partition(" ")[0],
            f"{row['similarity_truth']:.2f}",
            row["near_guess"].partition(" ")[0],
            f"{row['similarity_guess']:.2f}",
        ]
        for row in found.to_dict("records")
    ]
    console.write_text(console.table(cells, "LLLRLR") + ("" if points is None else f"\n\n{_curve_text(points)}"))


def _curve(study: "Study", pair: tuple[str, str], groups: dict[str, bool] | None) -> dict[str, object]:
    """Return the learning curve on halves of the study, and the number of pictures that halves the mistakes."""
    from dataclasses import asdict

    from xai_core.repair.annotation.requests import learning_curve, pictures_needed
    from xai_core.repair.fitting.repair_set import repair_set
    from xai_core.repair.trials.cures import try_cure
    from xai_core.repair.trials.division import halves

    division = halves(repair_set(study, evidence=groups))
    full = try_cure("refit", division, study.labels, pair)
    assert full.refit is not None
    points = learning_curve(division, study.labels, pair, strength=full.refit.strength)
    before = full.outcome.pair.before
    return {
        "before": before,
        "needed": pictures_needed(points, before),
        "points": [asdict(point) for point in points],
    }


def _curve_text(curve: dict[str, object]) -> str:
    points = curve["points"]
    assert isinstance(points, list)
    rows = [["pictures of the truth with the evidence", "mistakes left", "top-1"]]
    rows += [[str(p["pictures"]), f"{p['mistakes']:.1f}", f"{p['top1']:.3f}"] for p in points]
    needed = curve["needed"]
    if needed is None:
        last = "More than there are would be needed to halve the mistakes."
    elif needed == 0:
        last = "The mistakes are halved without any: the refit of the other pictures does it."
    else:
        last = f"{needed} such pictures halve the mistakes."
    return f"{console.table(rows, 'RRR')}\n{last} Before the refit: {curve['before']}."
