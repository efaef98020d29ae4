"""The command `explain`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import (
    USUAL_ENGINE,
    USUAL_MASK,
    USUAL_PALETTE,
    AsJson,
    EngineOption,
    EngineSeed,
    Evaluations,
    Mask,
    PaletteName,
    StudiesFolder,
    StudyName,
)
from xai_core.errors import PictureUnreadable, SettingRefused, StoreRefused
from xai_core.files import write_whole
from xai_core.language import deferred, mark, tr
from xai_core.palettes import PALETTES
from xai_core.settings.explain_settings import RECIPE_STEER_TOP, RECIPE_WIDTH, USUAL_EVALUATIONS, ExplainSettings


def explain(
    name: StudyName,
    image_id: Annotated[str, typer.Argument(metavar="IMAGE_ID", help=tr("Picture, such as pork_chop/1234."))],
    *,
    evaluations: Evaluations = USUAL_EVALUATIONS,
    mask: Annotated[Mask, typer.Option(help=tr("Filling of hidden regions."))] = USUAL_MASK,
    blur: Annotated[
        int | None,
        typer.Option(
            metavar="PX",
            help=tr("Width of the blur, in pixels of the model's input. For masks that blur."),
            show_default=tr("128, or the side of a smaller input"),
        ),
    ] = None,
    colour: Annotated[
        str | None, typer.Option(metavar="R,G,B", help=tr("Colour for the mask colour, such as 128,128,128."))
    ] = None,
    top_k: Annotated[
        int | None,
        typer.Option(
            "--top-k",
            metavar="K",
            help=tr("Number of labels to show, the most probable first. Changes no map."),
            show_default=tr("4, or the number of labels"),
        ),
    ] = None,
    steer: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help=tr(
                "Number of most probable labels that steer the search: partition divides where their logits change"
                " most, regions fits its prior to them."
            ),
            show_default=tr("4, or the number of labels"),
        ),
    ] = None,
    search_width: Annotated[
        int,
        typer.Option(
            "--search-width",
            "--batch-size",
            metavar="N",
            help=tr(
                "Evaluations between two choices of what the engine partition divides next (batch_size in shap)."
                " Changes its map."
            ),
        ),
    ] = RECIPE_WIDTH,
    engine: EngineOption = USUAL_ENGINE,
    seed: EngineSeed = 0,
    png: Annotated[Path | None, typer.Option(metavar="OUT", help=tr("Write the overlays to this PNG file."))] = None,
    palette: Annotated[PaletteName, typer.Option(help=tr("Colours of the overlays in the PNG file."))] = USUAL_PALETTE,
    npz: Annotated[Path | None, typer.Option(metavar="OUT", help=tr("Write the explanation to this NPZ file."))] = None,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Explain the prediction for one picture of a study, with values in logits.

    A stored explanation is shown without loading the model. A new one is stored in the study.
    """
    # Imported here: --help must not wait for torch and pandas.
    from xai_core.cli.explain import output
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
    settings = replace(settings, mask=mask.value, colour=None if colour is None else parse_colour(colour))
    settings = settings.by_engine(engine.value, seed)
    settings.check_against(study.spec.input_size, len(study.labels))
    top_k = min(RECIPE_STEER_TOP, len(study.labels)) if top_k is None else top_k
    if not 1 <= top_k <= len(study.labels):
        raise SettingRefused("top-k", top_k, deferred("1 to {number}, the number of labels", number=len(study.labels)))
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
        with console.progress(mark("Explaining"), mark("evaluations")) as progress:
            explanation, cached = questions.explain(question, progress=progress, refused=refusals.append)
    found = {"image_id": image_id} | output.json_values(explanation, row["truth"], row["guess"], top_k)
    found |= {"cached": cached}
    with console.answer_language(as_json=as_json):
        difference = study.disagreement(image_id, explanation)
    if difference:
        found |= {"differs": difference}
        console.note(tr("warning: {message}", message=difference))
    if png is not None:
        sheet = output.overlays_png(explanation, study.model_view(image_id).view, found, PALETTES[palette.value])
        write_whole(png, sheet, console.OTHER_FILE)
    if npz is not None:
        write_whole(npz, explanation.packed(), console.OTHER_FILE)
    console.write_json(found) if as_json else console.write_text(output.as_text(found))
    # Raised last: a full disk costs the exit code, but not the answer.
    if refusals:
        raise refusals[0]


def parse_colour(text: str) -> tuple[int, int, int]:
    """Split "R,G,B" into its three numbers.

    Raises
    ------
    SettingRefused
        If it does not hold whole numbers.
    """
    try:
        red, green, blue = (int(part) for part in text.split(","))
    except ValueError:
        raise SettingRefused("colour", repr(text), deferred("R,G,B, three whole numbers from 0 to 255")) from None
    return red, green, blue
