"""The command `duplicates`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.cli.pictures.searching import search_duplicates, search_leaks
from xai_core.language import tr
from xai_core.texts import counted

if TYPE_CHECKING:
    from xai_core.study.pictures.duplicates import Duplicates
    from xai_core.study.study import Study


def duplicates(
    name: StudyName,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY",
            help=tr("Find pictures that this study has too, such as test pictures among training pictures."),
        ),
    ] = None,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Find pictures that come twice: equal files, crops, re-encodings and mirror images.

    Groups with different labels come first. The result is kept in the study.
    """
    from xai_core.study.study import open_study

    folder = console.studies_folder(studies)
    study = open_study(name, folder)
    if against is not None:
        _write_leaks(study, open_study(against, folder), as_json=as_json)
        return
    found = search_duplicates(study)
    if as_json:
        console.write_json(_as_json(study, found))
    else:
        console.write_text(_as_text(study, found))
    if not found.by_embedding:
        console.note(tr("The study has no embeddings. Only hashes were compared, which miss many crops."))


def _write_leaks(study: "Study", other: "Study", *, as_json: bool) -> None:
    found = search_leaks(study, other)
    pairs = [
        pair | {"truth": str(study.row(pair["first"])["truth"]), "other_truth": str(other.row(pair["second"])["truth"])}
        for pair in found.pairs.astype(object).where(found.pairs.notna(), None).to_dict("records")
    ]
    if as_json:
        counts = {"pictures": found.pictures, "leaked": found.leaked, "by_embedding": found.by_embedding}
        console.write_json(counts | {"pairs": pairs})
    else:
        lines = [
            tr(
                "{leaked:,} of {pictures} of {study} are in {other} too.",
                leaked=found.leaked,
                pictures=counted(found.pictures, "picture"),
                study=study.name,
                other=other.name,
            )
        ]
        if pairs:
            rows = [
                [
                    study.name,
                    other.name,
                    tr("what"),
                    tr("correlation"),
                    tr("label"),
                    tr("label in {study}", study=other.name),
                ]
            ]
            keys = ("first", "second", "kind")
            rows += [
                [*(pair[key] for key in keys), f"{pair['correlation']:.2f}", pair["truth"], pair["other_truth"]]
                for pair in pairs
            ]
            lines += ["", console.table(rows, "LLLRLL")]
        console.write_text("\n".join(lines))
    if not found.by_embedding:
        console.note(
            tr("The studies have no embeddings by one model. Only hashes were compared, which miss many crops.")
        )


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
        return tr("No duplicates among {pictures}.", pictures=counted(found.pictures, "picture"))
    rows = [[tr("group"), tr("what"), tr("picture"), tr("label"), tr("guess")]]
    for number, group in enumerate(found.groups, start=1):
        for image_id in group:
            row = study.row(image_id)
            guess = row["guess"] or tr("unreadable")
            rows.append([str(number), found.kind(group), image_id, str(row["truth"]), str(guess)])
    differing = sum(len({study.row(image_id)["truth"] for image_id in group}) > 1 for group in found.groups)
    heading = tr(
        "{groups} of duplicates among {pictures}; {differing:,} with different labels.",
        groups=counted(len(found.groups), "group"),
        pictures=counted(found.pictures, "picture"),
        differing=differing,
    )
    return f"{heading}\n\n{console.table(rows, 'RLLLL')}"
