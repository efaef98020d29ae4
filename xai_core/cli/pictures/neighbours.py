"""The command `neighbours`."""

from typing import Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, StudiesFolder, StudyName
from xai_core.errors import SettingRefused
from xai_core.language import tr


def neighbours(
    name: StudyName,
    picture: Annotated[str, typer.Argument(metavar="PICTURE", help=tr("Id of the picture, such as pork_chop/1234."))],
    *,
    among: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY",
            help=tr("Study by the same model to search, such as that of the training pictures."),
            show_default=tr("the study itself"),
        ),
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", help=tr("Pictures of each class, and of all classes."))] = 6,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the pictures that look most like one to the model, with their labels.

    The nearest of the true class, of the guess and of all classes are listed.
    """
    from xai_core.study.pictures.nearest_pictures import nearest_pictures
    from xai_core.study.study import open_study

    if count < 1:
        raise SettingRefused("count", count, tr("at least 1 picture"))
    folder = console.studies_folder(studies)
    study = open_study(name, folder)
    known = None if among is None else open_study(among, folder)
    row = study.row(picture)
    classes = set((known or study).table["truth"])
    of_all = nearest_pictures(study, picture, among=known, count=count)
    found = {
        label: nearest_pictures(study, picture, among=known, label=label, count=count).to_dict("records")
        for label in dict.fromkeys((str(row["truth"]), str(row["guess"])))
        if label in classes
    }
    if as_json:
        facts = {key: str(row[key]) for key in ("image_id", "truth", "guess")}
        console.write_json(facts | {"by_label": found, "all": of_all.to_dict("records")})
        return
    rows = [[tr("among"), tr("picture"), tr("label"), tr("guess"), tr("cosine")]]
    for title, near in (*found.items(), (tr("all classes"), of_all.to_dict("records"))):
        keys = ("image_id", "truth", "guess")
        rows += [[title, *(each[key] for key in keys), f"{each['cosine']:.2f}"] for each in near]
    console.write_text(console.table(rows, "LLLLR"))
