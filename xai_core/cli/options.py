"""Arguments and options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from xai_core.language import tr
from xai_core.palettes import PALETTES
from xai_core.settings.engine_table import DEFAULT_ENGINE, ENGINES
from xai_core.settings.mask_table import MASKS
from xai_core.texts import paragraph


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


StudyName = Annotated[str, typer.Argument(metavar="NAME", help=tr("Name of the study."))]

DataRoot = Annotated[
    Path,
    typer.Option(
        "--data",
        metavar="ROOT",
        help=tr("Folder or file of labelled pictures: Food-101, a folder a class, parquet, CSV, ... (docs/data.md)."),
    ),
]

DataFormat = Annotated[
    str | None,
    typer.Option(
        "--data-format",
        metavar="NAME",
        help=tr("Layout of the data: food101, parquet, fiftyone, list or folders."),
        show_default=tr("recognised by its content"),
    ),
]

NewDataRoot = Annotated[
    Path, typer.Option("--data", metavar="ROOT", help=tr("Folder in which food-101/ is created."), show_default=False)
]

StudiesFolder = Annotated[
    Path | None,
    typer.Option(
        "--studies",
        metavar="DIR",
        help=tr("Folder of all studies."),
        show_default=tr("$XAI_STUDIES, or else studies/ in the clone, or in the working folder if installed"),
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help=tr("Write JSON to stdout instead of text."))]

Evaluations = Annotated[
    int,
    typer.Option(
        "--evaluations",
        "--evals",
        metavar="N",
        help=tr("Evaluations of the model per explanation. Each evaluates one masked picture."),
    ),
]

EngineOption = Annotated[
    Engine,
    typer.Option(
        "--engine",
        help=paragraph(*(f"{name}: {tr(engine.summary)}" for name, engine in ENGINES.items())),
    ),
]

EngineSeed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help=tr("Seed of random coalitions. Only these engines sample any: {names}.", names=", ".join(_SEEDED)),
    ),
]

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        help=tr("Compute with N processes, through Ray (docs/cluster.md)."),
        show_default=tr("this process alone, or all places of --ray"),
    ),
]

RayAddress = Annotated[
    str | None,
    typer.Option(
        "--ray", metavar="ADDRESS", help=tr("Compute on a Ray cluster: HOST:PORT, or auto."), show_default=False
    ),
]

Gpus = Annotated[float, typer.Option("--gpus", metavar="G", help=tr("GPUs of each worker, also a fraction."))]

Ship = Annotated[
    bool,
    typer.Option("--ship", help=tr("Send pictures and model to the workers, where nodes do not see the same paths.")),
]

LabelsFile = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help=tr("Class names in the order of the model's outputs: one per line, CSV, JSON or YAML."),
        show_default=tr("the model file's own, or the sorted classes of the data"),
    ),
]

SpecFile = Annotated[
    Path | None,
    typer.Option(
        "--spec",
        metavar="FILE",
        help=tr("JSON file with labels and preprocessing of the model."),
        show_default=tr("the model file's own"),
    ),
]

Architecture = Annotated[
    str | None,
    typer.Option(
        "--architecture",
        metavar="A",
        help=tr("Network, by its name in torchvision, or timm:NAME."),
        show_default=tr("recognised from the model file"),
    ),
]

WeightsKey = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="KEY",
        help=tr("Weights to take from a file that holds several, such as state_dict_ema."),
        show_default=tr("averaged weights (EMA), else the only ones"),
    ),
]

OutputName = Annotated[
    str | None,
    typer.Option(
        "--output",
        metavar="NAME",
        help=tr("Output of an ONNX file that has one number for each class."),
        show_default=tr("recognised by its shape"),
    ),
]

FurtherInputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="NAME=V,V,...",
        help=tr("Values of an input of an ONNX file other than the picture, such as a mean. It can be repeated."),
        show_default=tr("read from the graph"),
    ),
]

InputSize = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="PIXELS",
        help=tr("Size of the model's input: 224, or height x width such as 224x192."),
        show_default=tr("the model's own"),
    ),
]

ResizeRule = Annotated[
    str | None,
    typer.Option(
        "--resize",
        metavar="RULE",
        help=tr("How a photograph gets this size: stretch, short:256 or crop_pct:0.9."),
        show_default=tr("the model's own"),
    ),
]

InterpolationName = Annotated[
    str | None,
    typer.Option(
        "--interpolation",
        metavar="NAME",
        help=tr("Resampling filter: nearest, box, bilinear, hamming, bicubic or lanczos."),
        show_default=tr("the model's own"),
    ),
]

ValueRange = Annotated[
    str | None,
    typer.Option(
        "--range",
        metavar="RANGE",
        help=tr("Values of black and white before mean and std: 0..1, 0..255 or -1..1."),
        show_default=tr("the model's own"),
    ),
]

Mean = Annotated[
    str | None,
    typer.Option(
        "--mean",
        metavar="R,G,B",
        help=tr("Mean of each channel, which is subtracted."),
        show_default=tr("the model's own"),
    ),
]

Std = Annotated[
    str | None,
    typer.Option(
        "--std",
        metavar="R,G,B",
        help=tr("Standard deviation of each channel, by which is divided."),
        show_default=tr("the model's own"),
    ),
]

ChannelOrder = Annotated[
    str | None,
    typer.Option(
        "--channels",
        metavar="ORDER",
        help=tr("Order of the channels in the model's input: rgb or bgr."),
        show_default=tr("the model's own, else rgb"),
    ),
]
