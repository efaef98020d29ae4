"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xai_core.settings import DEFAULT_ENGINE, ENGINES


class Split(StrEnum):
    """Splits of a data set."""

    test = "test"
    train = "train"


class Augmentation(StrEnum):
    """Strengths of the random changes to training pictures."""

    none = "none"
    light = "light"
    strong = "strong"


class Device(StrEnum):
    """Devices that can run a network."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


# Members in capitals, because str has a method `partition`. mypy reads only literal tables of members.
Engine = StrEnum("Engine", {name.upper(): name for name in ENGINES})  # type: ignore[misc]
"""Names of the table of engines."""

USUAL_ENGINE = Engine(DEFAULT_ENGINE)


StudyName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the study.")]

DataRoot = Annotated[
    Path, typer.Option("--data", metavar="ROOT", help="Folder that contains food-101/, or food-101 itself.")
]

NewDataRoot = Annotated[
    Path, typer.Option("--data", metavar="ROOT", help="Folder in which food-101/ is created.", show_default=False)
]

StudiesFolder = Annotated[
    Path | None,
    typer.Option(
        "--studies",
        metavar="DIR",
        help="Folder of all studies.",
        show_default="$XAI_STUDIES, or else the folder studies here",
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON to stdout instead of text.")]

Evaluations = Annotated[
    int,
    typer.Option(
        "--evaluations",
        "--evals",
        metavar="N",
        help="Evaluations of the model per explanation. Each evaluates one masked picture.",
    ),
]

EngineOption = Annotated[
    Engine,
    typer.Option(
        "--engine",
        help="partition is SHAP's PartitionExplainer. regions fits values of regions along edges by least squares.",
    ),
]

EngineSeed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", help="Seed of the engine regions. The engine partition uses no random numbers."
    ),
]
