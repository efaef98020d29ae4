"""The command `explain`."""

from pathlib import Path
from typing import Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import (
    USUAL_ENGINE,
    AsJson,
    EngineOption,
    EngineSeed,
    Evaluations,
    StudiesFolder,
    StudyName,
)
from xai_core.errors import PictureUnreadable, SettingRefused, StoreRefused
from xai_core.files import write_whole
from xai_core.settings import RECIPE_WIDTH, ExplainSettings


def explain(
    name: StudyName,
    image_id: Annotated[str, typer.Argument(metavar="IMAGE_ID", help="Picture, such as pork_chop/1234.")],
    *,
    evaluations: Evaluations = 10_000,
    blur: Annotated[
        int | None,
        typer.Option(
            metavar="PX",
            help="Side of the box blur that fills hidden regions, in pixels of the model's input.",
            show_default="128, or the side of a smaller input",
        ),
    ] = None,
    top_k: Annotated[
        int,
        typer.Option("--top-k", metavar="K", help="Number of labels to show, the most probable first. Changes no map."),
    ] = 4,
    steer: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Number of most probable labels that steer the search.",
            show_default="4, or the number of labels",
        ),
    ] = None,
    search_width: Annotated[
        int,
        typer.Option(
            "--search-width",
            "--batch-size",
            metavar="N",
            help="Evaluations between two choices of what to divide next (batch_size in shap). Changes the map.",
        ),
    ] = RECIPE_WIDTH,
    engine: EngineOption = USUAL_ENGINE,
    seed: EngineSeed = 0,
    png: Annotated[Path | None, typer.Option(metavar="OUT", help="Write the overlays to this PNG file.")] = None,
    npz: Annotated[Path | None, typer.Option(metavar="OUT", help="Write the explanation to this NPZ file.")] = None,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Explain the prediction for one picture of a study, with values in logits.

    A stored explanation is shown without loading the model. A new one is stored in the study.
    """
    # Imported here: --help must not wait for torch and pandas.
    from xai_core.cli.output import explanation as output
    from xai_core.explain import question as questions
    from xai_core.explain.store import ExplanationStore
    from xai_core.study.study import open_study

    study = open_study(name, console.studies_folder(studies))
    row = study.row(image_id)
    settings = ExplainSettings.fitting(
        study.spec.input_size,
        len(study.labels),
        evaluations=evaluations,
        blur_px=blur,
        steer_top=steer,
        search_width=search_width,
    )
    settings = settings.by_engine(engine.value, seed)
    settings.check_against(study.spec.input_size, len(study.labels))
    if not 1 <= top_k <= len(study.labels):
        raise SettingRefused("top-k", top_k, f"1 to {len(study.labels)}, the number of labels")
    for out in (png, npz):
        console.check_writable(out)
    if row["unreadable"]:
        raise PictureUnreadable(image_id, row["unreadable"])
    store, refusals = ExplanationStore(study.explanations), list[StoreRefused]()
    # Looked up before the model is loaded, which takes seconds.
    explanation = store.get(study.explanation_key(image_id, settings))
    cached = explanation is not None
    if explanation is None:
        question = study.question(image_id, settings, study.open_runtime(), store)
        with console.progress("Explaining", "evaluations") as progress:
            explanation, cached = questions.explain(question, progress=progress, refused=refusals.append)
    found = {"image_id": image_id} | output.json_values(explanation, row["truth"], row["guess"], top_k)
    found |= {"cached": cached}
    if png is not None:
        write_whole(png, output.overlays_png(explanation, study.model_view(image_id).view, found), console.OTHER_FILE)
    if npz is not None:
        write_whole(npz, explanation.packed(), console.OTHER_FILE)
    console.write_json(found) if as_json else console.write_text(output.as_text(found))
    # Raised last: a full disk costs the exit code, but not the answer.
    if refusals:
        raise refusals[0]
