"""The command `duplicates`."""

from typing import TYPE_CHECKING, Any

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.texts import counted

if TYPE_CHECKING:
    from xai_core.study.pictures.duplicates import Duplicates
    from xai_core.study.study import Study


def duplicates(name: StudyName, *, studies: StudiesFolder = None, as_json: AsJson = False) -> None:
    """Find pictures that come twice: equal files, crops, re-encodings and mirror images.

    Groups with different labels come first. The result is kept in the study.
    """
    from xai_core.study.pictures.duplicates import COMPARING, find_duplicates
    from xai_core.study.pictures.properties import measure_study
    from xai_core.study.study import open_study

    study = open_study(name, console.studies_folder(studies))
    with console.resumable():
        with console.progress("Measuring", "pictures") as measuring:
            measure_study(study, measuring)
        with console.progress("Comparing", "pairs") as comparing:
            found = find_duplicates(
                study, lambda stage, done, planned: comparing(done, planned) if stage == COMPARING else None
            )
    if as_json:
        console.write_json(_as_json(study, found))
    else:
        console.write_text(_as_text(study, found))
    if not found.by_embedding:
        console.note("The study has no embeddings. Only hashes were compared, which miss many crops.")


def _as_json(study: "Study", found: "Duplicates") -> dict[str, Any]:
    pairs = found.pairs.astype(object).where(found.pairs.notna(), None).to_dict("records")
    groups = []
    for group in found.groups:
        rows = [study.row(image_id) for image_id in group]
        pictures = [{key: str(row[key]) for key in ("image_id", "truth", "guess")} for row in rows]
        labels = sorted({picture["truth"] for picture in pictures})
        groups.append({"kind": found.kind(group), "labels": labels, "pictures": pictures})
    return {"pictures": found.pictures, "by_embedding": found.by_embedding, "groups": groups, "pairs": pairs}


def _as_text(study: "Study", found: "Duplicates") -> str:
    if not found.groups:
        return f"No duplicates among {counted(found.pictures, 'picture')}."
    rows = [["group", "what", "picture", "label", "guess"]]
    for number, group in enumerate(found.groups, start=1):
        for image_id in group:
            row = study.row(image_id)
            guess = row["guess"] or "unreadable"
            rows.append([str(number), found.kind(group), image_id, str(row["truth"]), str(guess)])
    differing = sum(len({study.row(image_id)["truth"] for image_id in group}) > 1 for group in found.groups)
    heading = (
        f"{counted(len(found.groups), 'group')} of duplicates among {counted(found.pictures, 'picture')}; "
        f"{differing:,} with different labels."
    )
    return f"{heading}\n\n{console.table(rows, 'RLLLL')}"
