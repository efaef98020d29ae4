"""The command `precompute`."""

from itertools import islice
from typing import Annotated, Any

import typer

from xai_core.cli import console
from xai_core.cli.options import (
    USUAL_ENGINE,
    AsJson,
    EngineOption,
    EngineSeed,
    Evaluations,
    Gpus,
    RayAddress,
    Ship,
    StudiesFolder,
    StudyName,
    Workers,
)
from xai_core.cli.workers import worker_pool
from xai_core.errors import PictureUnreadable, SettingRefused, WorkerDied
from xai_core.language import deferred, mark, shown, tr
from xai_core.settings.engine_table import ENGINES
from xai_core.settings.explain_settings import USUAL_EVALUATIONS, ExplainSettings
from xai_core.texts import listed


def precompute(
    name: StudyName,
    *,
    pair: Annotated[
        str | None,
        typer.Option(
            metavar="A:B",
            help=tr("Explain only pictures of class A that are taken for class B, and their companions."),
            show_default=tr("all pairs, the most frequent first"),
        ),
    ] = None,
    evaluations: Evaluations = USUAL_EVALUATIONS,
    limit: Annotated[int, typer.Option(metavar="N", help=tr("Largest number of pictures."))] = 100,
    engine: EngineOption = USUAL_ENGINE,
    seed: EngineSeed = 0,
    workers: Workers = None,
    ray: RayAddress = None,
    gpus: Gpus = 0.0,
    ship: Ship = False,
    studies: StudiesFolder = None,
    as_json: AsJson = False,
) -> None:
    """Explain mistakes and their companions ahead of time, for the app.

    The app then shows them at once, with any number of evaluations up to this one.
    If the command is stopped, the same command continues where it stopped.
    """
    # Imported here: --help must not wait for torch and pandas.
    from xai_core.study.precompute import explain_pictures, mistakes_with_companions, without_explanation
    from xai_core.study.study import open_study

    if limit < 1:
        raise SettingRefused("limit", limit, deferred("at least 1 picture"))
    study = open_study(name, console.studies_folder(studies))
    settings = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=evaluations)
    settings = settings.by_engine(engine.value, seed)
    settings.check_against(study.spec.input_size, study.labels)
    chosen = None if pair is None else parse_pair(pair)
    pictures = list(islice(mistakes_with_companions(study, chosen), limit))
    missing = without_explanation(study, pictures, settings)
    unreadable, died = list[str](), list[str]()

    def note_set_aside(image_id: str, fault: PictureUnreadable | WorkerDied) -> None:
        is_dead = isinstance(fault, WorkerDied)
        told = tr("{picture} is set aside: {reason}", picture=image_id, reason=shown(fault.args[0]))
        console.note(told if is_dead else fault.sentence)
        (died if is_dead else unreadable).append(image_id)

    console.lower_priority()
    if missing:
        with (
            console.resumable(),
            worker_pool(workers, ray, gpus) as pool,
            console.progress(tr("Explaining {number} pictures", number=len(missing)), mark("evaluations")) as progress,
        ):
            explain_pictures(
                study, missing, settings, progress=progress, set_aside=note_set_aside, pool=pool, ship=ship
            )
    found = {
        "engine": engine.value,
        "pictures": len(pictures),
        "stored_before": len(pictures) - len(missing),
        "explained": len(missing) - len(unreadable) - len(died),
        "unreadable": unreadable,
        "set_aside": died,
    }
    if as_json:
        console.write_json(found)
        return
    console.write_text(_as_text(ENGINES[engine.value].title, found))


def _as_text(engine: str, found: dict[str, Any]) -> str:
    parts = [
        tr("{number} were explained before", number=found["stored_before"]),
        tr("{number} were explained now", number=found["explained"]),
    ]
    if found["unreadable"]:
        parts.append(tr("{number} could not be read", number=len(found["unreadable"])))
    if found["set_aside"]:
        parts.append(tr("{number} were set aside", number=len(found["set_aside"])))
    return tr("{engine}. {number} pictures: {parts}.", engine=tr(engine), number=found["pictures"], parts=listed(parts))


def parse_pair(text: str) -> tuple[str, str]:
    """Split "truth:guess" into its two classes.

    Raises
    ------
    SettingRefused
        If there is no colon.
    """
    truth, colon, guess = text.partition(":")
    if not colon:
        raise SettingRefused("pair", repr(text), deferred("two classes, truth:guess, such as pork_chop:ravioli"))
    return truth, guess
