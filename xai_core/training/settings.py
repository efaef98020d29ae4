"""Settings of a training run."""

from dataclasses import dataclass, replace

from xai_core.errors import SettingRefused
from xai_core.language import deferred
from xai_core.model.spec import ARCHITECTURES, DEFAULT_ARCHITECTURE, ModelSpec, default_spec

AUGMENTATIONS = ("none", "light", "strong")
"""Names of the augmentations, see `TrainSettings`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """Everything that decides the weights of a training run, apart from the pictures.

    The defaults are the recipe for the real Food-101.

    Attributes
    ----------
    architecture
        torchvision's name of the network.
    from_scratch
        Start from random weights instead of torchvision's ImageNet weights.
    image_size
        Side of the square input in pixels; None takes that of the architecture. The photograph's short side is
        resized in the same proportion (255 for 240).
    epochs
        Passes through the pictures; the learning rate rises and falls once over all of them.
    batch_size
        Pictures per step.
    learning_rate
        Highest learning rate; None takes 3e-3 from scratch, 5e-4 from ImageNet weights and 1e-4 from a checkpoint.
    weight_decay
        Weight decay of the weights; biases and scales have none.
    label_smoothing
        Share of the target that is spread over all classes.
    augmentation
        "none", "light" (crop, flip, brightness, contrast, saturation) or "strong" (smaller crops, any transformation
        of TrivialAugment, erasing).
    validation_share
        Share of each class that is held back for validation.
    patience
        Number of epochs in a row without a better validation after which the run stops.
    amp
        Use bfloat16 on a CUDA device; a CPU always computes in float32.
    half
        Write the weights as float16.
    seed
        Seed of the split, the weights, the order and the augmentation.
    start
        Digest of the checkpoint that a fine-tuning starts from, see `start.read_start`; None starts as `from_scratch`
        says.
    hidden, hidden_share
        Digest and share of `HiddenSpots`; None hides nothing.
    """

    architecture: str = DEFAULT_ARCHITECTURE
    from_scratch: bool = False
    image_size: int | None = None
    epochs: int = 10
    batch_size: int = 32
    learning_rate: float | None = None
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    augmentation: str = "light"
    validation_share: float = 0.2
    patience: int = 5
    amp: bool = True
    half: bool = False
    seed: int = 0
    start: str | None = None
    hidden: str | None = None
    hidden_share: float | None = None

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            expected = deferred("one of {names}", names=", ".join(ARCHITECTURES))
            raise SettingRefused("architecture", repr(self.architecture), expected)
        if self.augmentation not in AUGMENTATIONS:
            expected = deferred("one of {names}", names=", ".join(AUGMENTATIONS))
            raise SettingRefused("augmentation", repr(self.augmentation), expected)
        if self.image_size is not None and self.image_size < 32:
            raise SettingRefused(deferred("image size"), self.image_size, deferred("at least 32 pixels"))
        for name, found, least in (
            (deferred("epochs"), self.epochs, 1),
            (deferred("batch size"), self.batch_size, 2),
            (deferred("patience"), self.patience, 1),
        ):
            if found < least:
                raise SettingRefused(name, found, deferred("at least {number}", number=least))
        if self.learning_rate is not None and not self.learning_rate > 0:
            raise SettingRefused(deferred("learning rate"), self.learning_rate, deferred("above 0"))
        for name, share in (
            (deferred("label smoothing"), self.label_smoothing),
            (deferred("validation share"), self.validation_share),
        ):
            if not 0 <= share < 1:
                raise SettingRefused(name, share, deferred("0 or more, below 1"))

    @property
    def peak_rate(self) -> float:
        """Highest learning rate of the run."""
        if self.start is not None:
            return self.learning_rate or 1e-4
        return self.learning_rate or (3e-3 if self.from_scratch else 5e-4)

    def spec(self, labels: tuple[str, ...]) -> ModelSpec:
        """Return labels and preprocessing of the trained network."""
        spec = default_spec(labels, self.architecture)
        if self.image_size is None or spec.short_side is None:
            return spec
        short_side = round(self.image_size * spec.short_side / spec.input_size[0])
        return replace(spec, input_size=(self.image_size, self.image_size), short_side=short_side)
