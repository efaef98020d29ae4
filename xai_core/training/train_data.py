"""Pictures for training, split by class, decoded and augmented."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2  # type: ignore[import-untyped]

from xai_core.data.dataset import Picture, PictureSet
from xai_core.data.decoding import decode
from xai_core.errors import PictureUnreadable
from xai_core.model.preprocess import scale_photo, view
from xai_core.model.spec import ModelSpec
from xai_core.progress import StageProgress
from xai_core.training.hidden_spots import HiddenSpots

Example = tuple[Tensor, int]
"""Picture (3, H, W) uint8 and the index of its class in the labels."""


def split_by_class(pictures: Sequence[Picture], share: float, seed: int) -> tuple[list[Picture], list[Picture]]:
    """Split pictures into those to learn from and those to validate on, class by class.

    Parameters
    ----------
    pictures
        Annotated pictures.
    share
        Share of each class for validation, 0..1; at least one picture of a class stays to learn from.
    seed
        Equal seeds give equal splits.
    """
    # A generator of its own: the split must not depend on what else has used the global one.
    random = torch.Generator().manual_seed(seed)
    by_class: dict[str, list[Picture]] = {}
    for picture in pictures:
        by_class.setdefault(picture.truth, []).append(picture)
    learn, validate = [], []
    for of_class in by_class.values():
        order = torch.randperm(len(of_class), generator=random).tolist()
        cut = min(round(share * len(of_class)), len(of_class) - 1)
        validate += [of_class[index] for index in order[:cut]]
        learn += [of_class[index] for index in order[cut:]]
    return learn, validate


class Pictures(Dataset[Example | None]):
    """Data set of pictures at the model's scale, with None for a picture that cannot be read.

    Parameters
    ----------
    folder
        Folder of the pictures.
    pictures
        The pictures of the folder to take.
    spec
        Specification with labels, scale and input size.
    augmentation
        One of `settings.AUGMENTATIONS`; None gives the view that a study gives the model.
    hidden
        Spots that augmentation hides at random; None hides none.
    """

    def __init__(
        self,
        folder: PictureSet,
        pictures: Sequence[Picture],
        spec: ModelSpec,
        augmentation: str | None = None,
        hidden: HiddenSpots | None = None,
    ) -> None:
        self._folder = folder
        self._pictures = pictures
        self._spec = spec
        self._class_of = {label: index for index, label in enumerate(spec.labels)}
        self._augmentation = augmentation
        self._augment = None if augmentation is None else _augmentation(augmentation, spec)
        self._hidden = hidden
        self._in_memory: list[Tensor | None] | None = None

    def __len__(self) -> int:
        return len(self._pictures)

    def seen_by(self, spec: ModelSpec) -> "Pictures":
        """Return the same pictures for a model of another spec."""
        return Pictures(self._folder, self._pictures, spec, self._augmentation, self._hidden)

    def __getitem__(self, index: int) -> Example | None:
        image = self._read(index) if self._in_memory is None else self._in_memory[index]
        if image is None:
            return None
        picture = self._pictures[index]
        if self._augment is not None:
            # Before the crop: the box is one of the whole photograph.
            image = image if self._hidden is None else self._hidden.apply(picture.image_id, image)
            image = self._augment(image)
        return image, self._class_of[picture.truth]

    @property
    def bytes_in_memory(self) -> int:
        """Estimated memory of the decoded pictures in bytes, if they are 4:3."""
        side = self._spec.short_side or max(self._spec.input_size)
        return len(self) * side * side * 3 * 4 // 3

    def load_into_memory(self, threads: int) -> Iterator[int]:
        """Decode all pictures, and yield the number done after each."""
        images: list[Tensor | None] = []
        with ThreadPoolExecutor(threads) as pool:
            for image in pool.map(self._read, range(len(self))):
                images.append(image)
                yield len(images)
        self._in_memory = images

    def _read(self, index: int) -> Tensor | None:
        image_id = self._pictures[index].image_id
        try:
            photo = decode(self._folder.read_bytes(image_id), image_id)
        except PictureUnreadable:
            # A damaged file among a hundred thousand must not end a run of hours.
            return None
        # Augmentation crops by itself, so it gets the whole photograph at the model's scale.
        pixels = view(photo, self._spec) if self._augment is None else np.asarray(scale_photo(photo, self._spec))
        # A copy, because Pillow's memory is read-only and a tensor could write to it.
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1)


def load_into_memory(sets: Sequence[Pictures], memory_bytes: int, progress: StageProgress) -> bool:
    """Decode all pictures of some sets into memory, if it holds them, and return True if it does."""
    if sum(pictures.bytes_in_memory for pictures in sets) > memory_bytes:
        return False
    planned = sum(len(pictures) for pictures in sets)
    before = 0
    for pictures in sets:
        for done in pictures.load_into_memory(threads=os.cpu_count() or 1):
            progress("reading pictures", before + done, planned)
        before += len(pictures)
    return True


def batch_loader(
    pictures: Pictures, *, batch: int, shuffled_by: int | None, workers: int, pinned: bool
) -> "DataLoader[Any]":
    """Return the batches of one pass through the pictures.

    Parameters
    ----------
    pictures
        Pictures to load.
    batch
        Pictures in a batch.
    shuffled_by
        Seed of the order, with which a last batch that is not full is left out; None keeps the order and all pictures.
    workers
        Processes that read and augment; 0 does it in this process.
    pinned
        Use page-locked memory, from which the transfer to a CUDA device is faster.
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
        collate_fn=_collate,
        pin_memory=pinned,
        generator=order,
    )


def _collate(examples: Sequence[Example | None]) -> tuple[Tensor, Tensor]:
    """Return the readable pictures (n, 3, H, W) uint8 and their classes (n,), where n may be 0."""
    readable = [example for example in examples if example is not None]
    classes = torch.tensor([number for _, number in readable], dtype=torch.long)
    return torch.stack([image for image, _ in readable]) if readable else torch.empty(0, 3, 1, 1), classes


def _augmentation(name: str, spec: ModelSpec) -> Callable[[Tensor], Tensor]:
    """Return random changes that keep the class and give the model's input size."""
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
