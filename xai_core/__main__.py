"""The command line: `python -m xai_core --help`."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from xai_core.cli import console, demo_group, food101, study_group
from xai_core.cli.options import AsJson, Augmentation, Data, Device, Engine, Method, Name, Seed, Studies
from xai_core.errors import XaiError

# The commands import what they need when they are called: --help and check must not wait for torch, or need it.

app = typer.Typer(
    help="Why does an image classifier take one class for another?",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(study_group.app, name="study")
app.add_typer(demo_group.app, name="demo")
app.add_typer(food101.app, name="food101")


@app.command()
def confusions(
    name: Name,
    *,
    top: Annotated[int, typer.Option(metavar="N", help="How many pairs.")] = 20,
    studies: Studies = None,
    as_json: AsJson = False,
) -> None:
    """Rank the pairs (truth, guess) by how often they happen."""
    from xai_core.cli import study  # noqa: PLC0415

    study.rank_pairs(name, console.folder_of_studies(studies), top=top, as_json=as_json)


@app.command()
def explain(
    name: Name,
    image_id: Annotated[str, typer.Argument(metavar="IMAGE_ID", help="Which picture, such as pork_chop/1234.")],
    *,
    evals: Annotated[int, typer.Option(metavar="N", help="Masked pictures to evaluate.")] = 10_000,
    blur: Annotated[
        int | None,
        typer.Option(metavar="PX", help="Side of the blur that hides, in pixels of the model's input; usually 128."),
    ] = None,
    top_k: Annotated[int, typer.Option("--top-k", metavar="K", help="Labels to show; costs no evaluation.")] = 4,
    steer: Annotated[
        int | None,
        typer.Option(metavar="K", help="Likeliest labels that steer the search; usually 4."),
    ] = None,
    batch_size: Annotated[
        int, typer.Option("--batch-size", metavar="N", help="Evaluations between two looks at the queue, as in shap.")
    ] = 50,
    engine: Method = Engine.PARTITION,
    seed: Seed = 0,
    png: Annotated[Path | None, typer.Option(metavar="OUT", help="Write the overlays to this picture file.")] = None,
    npz: Annotated[Path | None, typer.Option(metavar="OUT", help="Write the explanation to this file.")] = None,
    studies: Studies = None,
    as_json: AsJson = False,
) -> None:
    """Explain what made the model say what it said about one picture."""
    from xai_core.cli import explain as cli_explain  # noqa: PLC0415

    cli_explain.explain_picture(
        name,
        image_id,
        console.folder_of_studies(studies),
        evaluations=evals,
        blur_px=blur,
        steer_top=steer,
        search_width=batch_size,
        engine=engine.value,
        seed=seed,
        top_k=top_k,
        png=png,
        npz=npz,
        as_json=as_json,
    )


@app.command()
def precompute(
    name: Name,
    *,
    pair: Annotated[
        str | None, typer.Option(metavar="A:B", help="Only mistakes of class A called B; else the most frequent pairs.")
    ] = None,
    evals: Annotated[int, typer.Option(metavar="N", help="Evaluations an explanation.")] = 1000,
    limit: Annotated[int, typer.Option(metavar="N", help="At most so many pictures.")] = 100,
    engine: Method = Engine.PARTITION,
    seed: Seed = 0,
    studies: Studies = None,
    as_json: AsJson = False,
) -> None:
    """Explain mistakes and their companions before anybody asks. Stopped and called again, it goes on."""
    from xai_core.cli import precompute as cli_precompute  # noqa: PLC0415

    cli_precompute.precompute(
        name,
        console.folder_of_studies(studies),
        pair=pair,
        evaluations=evals,
        limit=limit,
        engine=engine.value,
        seed=seed,
        as_json=as_json,
    )


@app.command()
def faithfulness(
    name: Name,
    *,
    methods: Annotated[
        str,
        typer.Option(
            metavar="M,M",
            help="Engines: partition, regions; lime, kernelshap, occlusion, gradcam, random. M:N is M with N only.",
        ),
    ] = "partition,regions,lime,occlusion,gradcam,kernelshap,random",
    evals: Annotated[str, typer.Option(metavar="N,N", help="Evaluations a map; each method gets each.")] = "100,300",
    pictures: Annotated[
        int | None, typer.Option(metavar="N", help="Drawn at random, half of them mistakes; usually 100.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of all that is drawn at random.")] = 0,
    against: Annotated[
        str | None,
        typer.Option(metavar="M:N", help="Compare all others with it, picture by picture, as in partition:1000."),
    ] = None,
    ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="These pictures instead: a JSON list of ids, or one a line.")
    ] = None,
    studies: Studies = None,
    as_json: AsJson = False,
) -> None:
    """Measure what the maps of several methods are worth. Stopped and called again, it goes on."""
    from xai_core.cli import faithfulness as cli_faithfulness  # noqa: PLC0415

    cli_faithfulness.faithfulness(
        name,
        console.folder_of_studies(studies),
        methods=methods,
        evals=evals,
        pictures=pictures,
        seed=seed,
        against=against,
        ids=ids,
        as_json=as_json,
    )


@app.command()
def verdicts(
    name: Name,
    *,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write them to this file, for spreadsheets.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Also those that later ones took the place of.")] = False,
    studies: Studies = None,
    as_json: AsJson = False,
) -> None:
    """List what people said of the mistakes: verdicts and notes."""
    from xai_core.cli import verdicts as cli_verdicts  # noqa: PLC0415

    cli_verdicts.tell(name, console.folder_of_studies(studies), out=csv, history=history, as_json=as_json)


@app.command()
def bench(
    *,
    evals: Annotated[int, typer.Option(metavar="N", help="Evaluations of each explanation.")] = 500,
    rounds: Annotated[int, typer.Option(metavar="N", help="Rounds of all three, one after the other.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Measure the source recipe, this engine and the bare model, side by side."""
    from xai_core.cli import bench as cli_bench  # noqa: PLC0415

    cli_bench.bench_models(evaluations=evals, rounds=rounds, as_json=as_json)


@app.command()
def train(
    *,
    data: Data,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Model to write, ends in .safetensors.")],
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Start without ImageNet weights.")] = False,
    architecture: Annotated[str, typer.Option(metavar="A", help="torchvision's name.")] = "efficientnet_b1",
    image_size: Annotated[
        int | None, typer.Option(metavar="PX", help="Side of the input; else the architecture's own.")
    ] = None,
    epochs: Annotated[int, typer.Option(metavar="N", help="Passes through the pictures.")] = 10,
    batch_size: Annotated[int, typer.Option(metavar="N", help="Pictures a step.")] = 32,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="R", help="Peak; else 3e-3 from scratch, 5e-4 from ImageNet weights.")
    ] = None,
    label_smoothing: Annotated[float, typer.Option(metavar="S", help="Share spread over all classes.")] = 0.1,
    augmentation: Annotated[Augmentation, typer.Option(help="How much pictures are changed.")] = Augmentation.light,
    patience: Annotated[int, typer.Option(metavar="N", help="Stop after so many epochs without a better one.")] = 5,
    amp: Annotated[bool, typer.Option(help="bfloat16 on a GPU.")] = True,
    half: Annotated[bool, typer.Option("--half", help="Write the weights as float16.")] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Of split, weights, order and augmentation.")] = 0,
    device: Annotated[Device, typer.Option(help="What computes.")] = Device.auto,
    workers: Annotated[int | None, typer.Option(metavar="N", help="Processes that read pictures.")] = None,
) -> None:
    """Train a classifier on 0.8 of the train split, validating on the rest. Stopped and called again, it goes on."""
    from xai_core.cli import train as cli_train  # noqa: PLC0415
    from xai_core.training.settings import TrainSettings  # noqa: PLC0415

    settings = TrainSettings(
        architecture=architecture,
        from_scratch=from_scratch,
        image_size=image_size,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        label_smoothing=label_smoothing,
        augmentation=augmentation.value,
        patience=patience,
        amp=amp,
        half=half,
        seed=seed,
    )
    cli_train.run(data, out, settings, device=device.value, workers=workers)


@app.command()
def check(*, studies: Studies = None, as_json: AsJson = False) -> None:
    """Tell what is installed, what computes, and which studies are sound."""
    from xai_core.cli import check as cli_check  # noqa: PLC0415

    if not cli_check.check(console.folder_of_studies(studies), as_json=as_json):
        raise typer.Exit(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code.

    0 is success, 1 a fault that is told in a sentence, 2 wrong usage, 130 a stop by Ctrl-C.

    Raises
    ------
    SystemExit
        Always.
    """
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    logging.getLogger("xai_core").setLevel(logging.INFO)
    try:
        app(arguments, prog_name="python -m xai_core")
    except XaiError as fault:
        console.note(f"error: {fault.sentence}")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
