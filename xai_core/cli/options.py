"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xai_core.palettes import PALETTES
from xai_core.settings.engine_table import DEFAULT_ENGINE, ENGINES
from xai_core.settings.mask_table import MASKS


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

Mask = StrEnum("Mask", {name.upper(): name for name in MASKS})  # type: ignore[misc]
"""Names of the table of masks."""

USUAL_MASK = Mask("blur")

PaletteName = StrEnum("PaletteName", {name.upper(): name for name in PALETTES})  # type: ignore[misc]
"""Names of the table of palettes."""

USUAL_PALETTE = PaletteName(next(iter(PALETTES)))

_SEEDED = tuple(name for name, engine in ENGINES.items() if engine.uses_seed)


StudyName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the study.")]

DataRoot = Annotated[
    Path,
    typer.Option(
        "--data",
        metavar="ROOT",
        help="Folder or file of labelled pictures: Food-101, a folder a class, parquet, CSV, ... (docs/data.md).",
    ),
]

DataFormat = Annotated[
    str | None,
    typer.Option(
        "--data-format",
        metavar="NAME",
        help="Layout of the data: food101, parquet, fiftyone, list or folders.",
        show_default="recognised by its content",
    ),
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
        show_default="$XAI_STUDIES, or else studies/ in the clone, or in the working folder if installed",
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
        help=" ".join(f"{name}: {engine.summary}" for name, engine in ENGINES.items()),
    ),
]

EngineSeed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", help=f"Seed of random coalitions. Only these engines sample any: {', '.join(_SEEDED)}."
    ),
]

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        help="Compute with N processes, through Ray (docs/cluster.md).",
        show_default="this process alone, or all places of --ray",
    ),
]

RayAddress = Annotated[
    str | None,
    typer.Option("--ray", metavar="ADDRESS", help="Compute on a Ray cluster: HOST:PORT, or auto.", show_default=False),
]

Gpus = Annotated[float, typer.Option("--gpus", metavar="G", help="GPUs of each worker, also a fraction.")]

Ship = Annotated[
    bool, typer.Option("--ship", help="Send pictures and model to the workers, where nodes do not see the same paths.")
]

LabelsFile = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help="Class names in the order of the model's outputs: one per line, CSV, JSON or YAML.",
        show_default="the model file's own, or the sorted classes of the data",
    ),
]

SpecFile = Annotated[
    Path | None,
    typer.Option(
        "--spec",
        metavar="FILE",
        help="JSON file with labels and preprocessing of the model.",
        show_default="the model file's own",
    ),
]

Architecture = Annotated[
    str | None,
    typer.Option(
        "--architecture",
        metavar="A",
        help="Network, by its name in torchvision, or timm:NAME.",
        show_default="recognised from the model file",
    ),
]

WeightsKey = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="KEY",
        help="Weights to take from a file that holds several, such as state_dict_ema.",
        show_default="averaged weights (EMA), else the only ones",
    ),
]

OutputName = Annotated[
    str | None,
    typer.Option(
        "--output",
        metavar="NAME",
        help="Output of an ONNX file that has one number for each class.",
        show_default="recognised by its shape",
    ),
]

FurtherInputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="NAME=V,V,...",
        help="Values of an input of an ONNX file other than the picture, such as a mean. It can be repeated.",
        show_default="read from the graph",
    ),
]

InputSize = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="PIXELS",
        help="Size of the model's input: 224, or height x width such as 224x192.",
        show_default="the model's own",
    ),
]

ResizeRule = Annotated[
    str | None,
    typer.Option(
        "--resize",
        metavar="RULE",
        help="How a photograph gets this size: stretch, short:256 or crop_pct:0.9.",
        show_default="the model's own",
    ),
]

InterpolationName = Annotated[
    str | None,
    typer.Option(
        "--interpolation",
        metavar="NAME",
        help="Resampling filter: nearest, box, bilinear, hamming, bicubic or lanczos.",
        show_default="the model's own",
    ),
]

ValueRange = Annotated[
    str | None,
    typer.Option(
        "--range",
        metavar="RANGE",
        help="Values of black and white before mean and std: 0..1, 0..255 or -1..1.",
        show_default="the model's own",
    ),
]

Mean = Annotated[
    str | None,
    typer.Option(
        "--mean",
        metavar="R,G,B",
        help="Mean of each channel, which is subtracted.",
        show_default="the model's own",
    ),
]

Std = Annotated[
    str | None,
    typer.Option(
        "--std",
        metavar="R,G,B",
        help="Standard deviation of each channel, by which is divided.",
        show_default="the model's own",
    ),
]

ChannelOrder = Annotated[
    str | None,
    typer.Option(
        "--channels",
        metavar="ORDER",
        help="Order of the channels in the model's input: rgb or bgr.",
        show_default="the model's own, else rgb",
    ),
]
