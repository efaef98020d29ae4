"""Checkpoint that a fine-tuning starts from."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from xai_core.data.dataset import Picture
from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.sources.safetensors_file import open_layers, read_checkpoint
from xai_core.training.settings import TrainSettings

_CURE = deferred("Start from a checkpoint that `train` or `repair` has written.")


@dataclass(frozen=True, slots=True)
class Start:
    """Checkpoint to go on from.

    Attributes
    ----------
    path
        The file.
    spec
        Its labels and preprocessing, which the fine-tuned model keeps.
    digest
        Changes with any byte of the file. A resumed run must start from the same one.
    """

    path: Path
    spec: ModelSpec
    digest: str

    def network(self) -> nn.Module:
        """Return the network with its weights in float32."""
        return open_layers(self.path, self.spec.architecture).float()

    def settings(self, given: TrainSettings) -> TrainSettings:
        """Return settings with the network of the checkpoint.

        Raises
        ------
        SettingRefused
            If the project does not train this network.
        """
        architecture = self.spec.architecture or given.architecture
        return replace(given, architecture=architecture, image_size=None, from_scratch=False, start=self.digest)

    def check_classes(self, pictures: Sequence[Picture]) -> None:
        """Refuse pictures of a class that the checkpoint does not have.

        Raises
        ------
        ModelRefused
            If there are any.
        """
        unknown = sorted({picture.truth for picture in pictures} - set(self.spec.labels))
        if unknown:
            raise ModelRefused(
                deferred(
                    "{file} has no class {names}, which the pictures have ({number} such classes).",
                    file=self.path.name,
                    names=", ".join(unknown[:3]) + (", ..." if len(unknown) > 3 else ""),
                    number=len(unknown),
                ),
                deferred("Start without a checkpoint, or choose pictures of its classes."),
            )


def read_start(path: Path) -> Start:
    """Read what a fine-tuning needs of a checkpoint.

    Raises
    ------
    ModelRefused
        If it is no .safetensors file with a spec in its header.
    """
    if path.suffix != ".safetensors" or not path.is_file():
        raise ModelRefused(deferred("{file} is no .safetensors file.", file=path), _CURE)
    header = read_checkpoint(path).header
    if header is None:
        raise ModelRefused(deferred("{file} has no spec in its header.", file=path.name), _CURE)
    spec = replace(ModelSpec.from_json(header, path.name), training=None)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:24]
    return Start(path, spec, digest)
