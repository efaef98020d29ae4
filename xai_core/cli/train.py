"""The command `train`."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Self

import typer

from xai_core.cli import console
from xai_core.cli.options import Augmentation, DataRoot, Device, StudiesFolder
from xai_core.cli.precompute import parse_pair
from xai_core.errors import SettingRefused
from xai_core.language import deferred, mark, tr

if TYPE_CHECKING:
    from xai_core.training.hidden_spots import HiddenSpots


def train(
    *,
    data: DataRoot,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help=tr("Model file to write, ending in .safetensors. FILE.resume holds an unfinished run.")
        ),
    ],
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help=tr("Fine-tune this checkpoint, written by train or repair, whose network and labels stay."),
            show_default=False,
        ),
    ] = None,
    mask_evidence: Annotated[
        str | None,
        typer.Option(
            metavar="A:B,...",
            help=tr("Hide the strongest evidence for B rather than A in some training pictures of B, for each pair."),
            show_default=False,
        ),
    ] = None,
    explained: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY",
            help=tr("With --mask-evidence: study of the training pictures (study create --split train)."),
        ),
    ] = None,
    mask_share: Annotated[
        float, typer.Option(metavar="S", help=tr("Share of the times that such a picture is shown with it hidden."))
    ] = 0.5,
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help=tr("Start without ImageNet weights."))] = False,
    architecture: Annotated[str, typer.Option(metavar="A", help=tr("Network, by its torchvision name."))] = (
        "efficientnet_b1"
    ),
    image_size: Annotated[
        int | None,
        typer.Option(
            metavar="PX", help=tr("Side of the input in pixels."), show_default=tr("that of the architecture")
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(metavar="N", help=tr("Passes through the pictures."))] = 10,
    batch_size: Annotated[int, typer.Option(metavar="N", help=tr("Pictures per training step."))] = 32,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="R",
            help=tr("Highest learning rate."),
            show_default=tr("3e-3 from scratch, 5e-4 from ImageNet weights, 1e-4 with --from"),
        ),
    ] = None,
    label_smoothing: Annotated[
        float, typer.Option(metavar="S", help=tr("Share of each target that is spread over all classes, from 0 to 1."))
    ] = 0.1,
    augmentation: Annotated[
        Augmentation, typer.Option(help=tr("Strength of the random changes to training pictures."))
    ] = Augmentation.light,
    patience: Annotated[
        int, typer.Option(metavar="N", help=tr("Stop after N epochs in a row without an improvement."))
    ] = 5,
    amp: Annotated[bool, typer.Option(help=tr("Use bfloat16 on a GPU."))] = True,
    half: Annotated[bool, typer.Option("--half", help=tr("Write the weights as float16."))] = False,
    seed: Annotated[
        int, typer.Option(metavar="N", help=tr("Seed of the split, the weights, the order and the augmentation."))
    ] = 0,
    device: Annotated[
        Device, typer.Option(help=tr("Device to train on. auto takes a GPU if there is one."))
    ] = Device.auto,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", help=tr("Processes that read pictures."), show_default=tr("chosen for the machine")),
    ] = None,
    studies: StudiesFolder = None,
) -> None:
    """Train a classifier on 80 % of the train split and validate it on the other 20 %.

    If the command is stopped, the same command continues with the epoch that it was in.
    """
    # Imported here: --help must not wait for torch.
    from xai_core.training.settings import TrainSettings
    from xai_core.training.train import train as train_network

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
    if out.suffix != ".safetensors":
        raise SettingRefused("out", out.name, deferred("a name that ends in .safetensors"))
    hidden = _hidden_spots(mask_evidence, explained, mask_share, data, studies)
    with console.resumable(), _PhaseBars() as progress:
        train_network(
            data, out, settings, start=start, hidden=hidden, device=device.value, workers=workers, progress=progress
        )
    console.note(tr("{file} holds the best epoch, with its training record.", file=out))


def _hidden_spots(
    pairs: str | None, explained: str | None, share: float, data: Path, studies: Path | None
) -> "HiddenSpots | None":
    """Explain the training pictures of the guessed classes, and return what is hidden in them."""
    if pairs is None:
        if explained is not None:
            raise SettingRefused("explained", explained, deferred("pairs as well: --mask-evidence A:B"))
        return None
    if explained is None:
        raise SettingRefused(
            "mask-evidence", pairs, deferred("a study of the training pictures as well: --explained STUDY")
        )
    from xai_core.data.dataset import DataOptions
    from xai_core.data.sources.table import open_data
    from xai_core.repair.suspects.training_spots import spots_to_hide
    from xai_core.settings.explain_settings import MANY_EVALUATIONS, ExplainSettings
    from xai_core.study.study import open_study
    from xai_core.training.hidden_spots import HiddenSpots

    HiddenSpots({}, share)  # refuses a wrong share before anything is explained
    study = open_study(explained, console.studies_folder(studies))
    settings = ExplainSettings.fitting(study.spec.input_size, len(study.labels), evaluations=MANY_EVALUATIONS)
    with console.resumable(), console.progress(mark("Explaining training pictures"), mark("evaluations")) as progress:
        boxes = spots_to_hide(
            study,
            [parse_pair(pair) for pair in pairs.split(",")],
            settings,
            open_data(data, DataOptions(split="train")),
            progress=progress,
            unreadable=lambda _image_id, fault: console.note(fault.sentence),
        )
    console.note(tr("The strongest evidence is hidden in a share of {number:,} training pictures.", number=len(boxes)))
    return HiddenSpots(boxes, share)


class _PhaseBars:
    """Progress callback with one bar for reading the pictures and another for training."""

    def __init__(self) -> None:
        self._bars, self._phase = ExitStack(), ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.__exit__(kind, error, trace)

    def __call__(self, action: str, done: int, planned: int) -> None:
        phase = mark("Training") if action.startswith("epoch") else mark("Reading")
        if phase != self._phase:
            # Two bars at a time would write over each other.
            self._bars.close()
            self._phase, self._progress = phase, self._bars.enter_context(console.progress(phase, mark("pictures")))
        self._progress(done, planned)
