"""Pictures for training: split by class, decoded once where they fit into memory, augmented."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2  # type: ignore[import-untyped]

from xai_core.data.dataset import Food101Folder, Picture, decoded
from xai_core.errors import PictureUnreadable
from xai_core.model.preprocess import covering, view
from xai_core.model.spec import ModelSpec

Example = tuple[Tensor, int]
"""(3, H, W) uint8 and the position of its class in the labels."""


def stratified(pictures: Sequence[Picture], share: float, seed: int) -> tuple[list[Picture], list[Picture]]:
    """Split pictures so that every class keeps its share: those to learn from, and those to validate on.

    Parameters
    ----------
    pictures
        Annotated pictures.
    share
        Part of each class that goes to validation, 0..1; at least one picture stays to learn from.
    seed
        Equal seeds give equal splits.
    """
    draw = torch.Generator().manual_seed(seed)
    by_class: dict[str, list[Picture]] = {}
    for picture in pictures:
        by_class.setdefault(picture.truth, []).append(picture)
    learn, validate = [], []
    for of_class in by_class.values():
        order = torch.randperm(len(of_class), generator=draw).tolist()
        cut = min(round(share * len(of_class)), len(of_class) - 1)
        validate += [of_class[position] for position in order[:cut]]
        learn += [of_class[position] for position in order[cut:]]
    return learn, validate


class Pictures(Dataset[Example | None]):
    """Pictures at the model's scale; None in the place of one that cannot be read.

    Parameters
    ----------
    folder
        Where they are.
    pictures
        Which ones.
    spec
        Gives labels, scale and input size.
    augmentation
        One of `train_settings.AUGMENTATIONS`; None shows what a study would show the model.
    """

    def __init__(
        self, folder: Food101Folder, pictures: Sequence[Picture], spec: ModelSpec, augmentation: str | None = None
    ) -> None:
        self._folder = folder
        self._pictures = pictures
        self._spec = spec
        self._class_of = {label: position for position, label in enumerate(spec.labels)}
        self._augment = None if augmentation is None else _augmentation(augmentation, spec)
        self._kept: list[Tensor | None] | None = None

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, position: int) -> Example | None:
        image = self._read(position) if self._kept is None else self._kept[position]
        if image is None:
            return None
        shown = image if self._augment is None else self._augment(image)
        return shown, self._class_of[self._pictures[position].truth]

    @property
    def bytes_in_memory(self) -> int:
        """About how much memory the decoded pictures take, were they 4:3."""
        side = self._spec.short_side or max(self._spec.input_size)
        return len(self) * side * side * 3 * 4 // 3

    def keep_in_memory(self, threads: int) -> Iterator[int]:
        """Decode all pictures, and yield how many are done."""
        kept: list[Tensor | None] = []
        with ThreadPoolExecutor(threads) as pool:
            for image in pool.map(self._read, range(len(self))):
                kept.append(image)
                yield len(kept)
        self._kept = kept

    def _read(self, position: int) -> Tensor | None:
        image_id = self._pictures[position].image_id
        try:
            photo = decoded(self._folder.read_bytes(image_id), image_id)
        except PictureUnreadable:
            return None
        pixels = view(photo, self._spec) if self._augment is None else np.asarray(covering(photo, self._spec))
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1)


def loader(pictures: Pictures, *, batch: int, shuffled_by: int | None, workers: int, pinned: bool) -> "DataLoader[Any]":
    """Batches of one pass through the pictures.

    Parameters
    ----------
    pictures
        What to load.
    batch
        Pictures at a time.
    shuffled_by
        Seed of the order, and then a last batch that is not full is left out; None keeps order and all pictures.
    workers
        Processes that read and augment; 0 does it in this one.
    pinned
        Page-locked memory, for a faster way to a CUDA device.
    """
    order = torch.Generator()
    if shuffled_by is not None:
        order.manual_seed(shuffled_by)
    return DataLoader(
        pictures,
        batch_size=batch,
        shuffle=shuffled_by is not None,
        drop_last=shuffled_by is not None and len(pictures) >= batch,
        num_workers=workers,
        collate_fn=_gathered,
        pin_memory=pinned,
        generator=order,
    )


def _gathered(examples: Sequence[Example | None]) -> tuple[Tensor, Tensor]:
    """Batch of the readable pictures: (n, 3, H, W) uint8 and (n,) classes; n may be 0."""
    readable = [example for example in examples if example is not None]
    classes = torch.tensor([number for _, number in readable], dtype=torch.long)
    return torch.stack([image for image, _ in readable]) if readable else torch.empty(0, 3, 1, 1), classes


def _augmentation(name: str, spec: ModelSpec) -> Callable[[Tensor], Tensor]:
    """Random changes that leave a dish what it is; the crop always has the model's input size."""
    size = list(spec.input_size)
    if name == "none":
        return v2.CenterCrop(size)  # type: ignore[no-any-return]
    smallest = {"light": 0.5, "strong": 0.25}[name]
    steps = [v2.RandomResizedCrop(size, scale=(smallest, 1.0)), v2.RandomHorizontalFlip()]
    if name == "light":
        steps.append(v2.ColorJitter(brightness=0.2, contrast=0.2, saturation=0.2))
    else:
        steps += [v2.TrivialAugmentWide(), v2.RandomErasing(p=0.25)]
    return v2.Compose(steps)  # type: ignore[no-any-return]
