"""Arguments and options that several commands have."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Split(StrEnum):
    """The two splits of Food-101."""

    test = "test"
    train = "train"


class Augmentation(StrEnum):
    """How much pictures are changed while a network learns from them."""

    none = "none"
    light = "light"
    strong = "strong"


class Device(StrEnum):
    """What computes."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class Engine(StrEnum):
    """What finds values; the same as `settings.ENGINES`."""

    PARTITION = "partition"  # strings have a method of this name
    REGIONS = "regions"


Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the study.")]
Data = Annotated[Path, typer.Option("--data", metavar="ROOT", help="Folder that holds food-101/, or food-101 itself.")]
Studies = Annotated[
    Path | None,
    typer.Option("--studies", metavar="DIR", help="Folder of all studies; else $XAI_STUDIES, else studies/ here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer for machines, alone on stdout.")]
Method = Annotated[
    Engine, typer.Option("--engine", help="SHAP's partition, or least squares over regions along the picture's edges.")
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", help="Of what the engine regions draws; partition draws nothing.")
]
