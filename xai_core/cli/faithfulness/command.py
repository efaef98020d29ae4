"""The command `faithfulness`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from xai_core.cli import console
from xai_core.cli.options import AsJson, Gpus, RayAddress, Ship, StudiesFolder, StudyName, Workers
from xai_core.cli.workers import worker_pool
from xai_core.errors import ModelRefused, SettingRefused, StudyRefused
from xai_core.language import deferred, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.texts import paragraph

# The table of methods imports numpy, for which --help must not wait. A test compares the names with the table's.
METHOD_NAMES = (*ENGINES, "lime", "occlusion", "gradcam", "kernelshap", "random")
"""Names of all engines and methods, the default of `--methods`."""


def faithfulness(
    name: StudyName,
    *,
    methods: Annotated[
        str,
        typer.Option(
            metavar="M,M",
            help=tr(
                "Engines and methods: {names}. M:N evaluates method M with N evaluations only.",
                names=", ".join(METHOD_NAMES),
            ),
        ),
    ] = ",".join(METHOD_NAMES),
    evaluations: Annotated[
        str,
        typer.Option(
            "--evaluations",
            "--evals",
            metavar="N,N",
            help=tr("Evaluations of the model per map. Each method is evaluated with each number."),
        ),
    ] = "100,300",
    pictures: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help=tr("Number of pictures, chosen at random. Half of them are mistakes, if there are enough."),
            show_default=tr("100, or all of --ids"),
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", help=tr("Seed of the choice of pictures and of everything random in methods."))
    ] = 0,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="M:N",
            help=tr("Reference method, such as partition:1000. The others are compared with it on each picture."),
        ),
    ] = None,
    ids: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=tr("Evaluate these pictures: a JSON list of image ids, or one id per line.")),
    ] = None,
    stability: Annotated[
        bool,
        typer.Option(
            "--stability",
            help=tr("Also compare each map with those of another seed and of the picture shifted by 2 pixels."),
        ),
    ] = False,
    workers: Workers = None,
    ray: RayAddress = None,
    gpus: Gpus = 0.0,
    ship: Ship = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Measure how faithful the maps of several methods are to the model.

    If the command is stopped, the same command continues where it stopped.
    """
    # Imported here: --help must not wait for torch and pandas.
    from xai_core.cli.faithfulness import output
    from xai_core.cli.faithfulness import run as runs
    from xai_core.study.study import open_study
    from xai_core.trust.faithfulness.method_run import parse_method_run, parse_method_runs
    from xai_core.trust.faithfulness.summary import summarise

    method_runs = parse_method_runs(methods, evaluations)
    reference = None if against is None else parse_method_run(against)
    if reference is not None and reference not in method_runs:
        method_runs = (*method_runs, reference)
    study = open_study(name, console.studies_folder(studies))
    named = None if ids is None else read_image_ids(ids)
    image_ids = runs.choose_pictures(study, pictures, seed, named)
    with console.answer_language(as_json=as_json):
        network, absent = runs.open_network(study, method_runs)
    method_runs = tuple(method_run for method_run in method_runs if method_run.method not in absent)
    if not method_runs or (reference is not None and reference not in method_runs):
        raise ModelRefused(paragraph(*absent.values()))
    console.lower_priority()
    with worker_pool(workers, ray, gpus) as pool:
        run = runs.FaithfulnessRun(study, method_runs, seed, network, stability, pool, ship)
        run.evaluate(image_ids)
    if not run.pictures:
        raise StudyRefused(
            deferred("None of the {number} pictures can be read any more.", number=len(run.unreadable)),
            deferred("Restore their files in {folder}.", folder=study.data_root),
        )
    table = run.metrics()
    rows = summarise(table, reference, seed)
    found = {"study": name, "model_id": study.model_id, "seed": seed, "mistakes": run.mistakes()}
    found |= output.json_values(table, rows, reference, run.settings)
    found |= {"absent": absent, "unreadable": run.unreadable}
    console.write_json(found) if as_json else console.write_text(output.as_text(found, rows))


def read_image_ids(path: Path) -> tuple[str, ...]:
    """Read image ids from a file, without repeated ones.

    The file has a JSON list, or one id per line.

    Raises
    ------
    SettingRefused
        If the file cannot be read, or contains no id.
    """
    try:
        text = path.read_text("utf-8-sig")
        found = json.loads(text) if text.lstrip().startswith("[") else [line.strip() for line in text.splitlines()]
    except (OSError, ValueError) as error:
        expected = deferred("a file with a JSON list of image ids, or with one id per line")
        raise SettingRefused("ids", f"{path} ({error})", expected) from error
    if not all(isinstance(image_id, str) for image_id in found) or not any(found):
        raise SettingRefused("ids", path, deferred("a file with at least one image id, such as pork_chop/1234"))
    return tuple(dict.fromkeys(image_id for image_id in found if image_id))
