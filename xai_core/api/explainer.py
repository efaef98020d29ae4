"""Explainer of single pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xai_core.api.models import Labels, model_runtime
from xai_core.api.picture_explanation import PictureExplanation
from xai_core.api.request import compute, explain_settings
from xai_core.data.decoding import as_rgb, decode
from xai_core.errors import PictureUnreadable, SettingRefused
from xai_core.explain.memory_store import MemoryStore
from xai_core.explain.question import Question, picture_hash
from xai_core.language import deferred
from xai_core.model import preprocess
from xai_core.model.spec import ModelSpec
from xai_core.progress import Progress
from xai_core.runtimes.function_runtime import FunctionRuntime, LogitsFunction
from xai_core.settings.explain_settings import USUAL_EVALUATIONS

if TYPE_CHECKING:
    from torch import nn

Picture = str | Path | Image.Image | NDArray[np.uint8]
"""Path of a picture file, a PIL picture, or an array (H, W, 3) uint8."""


class Explainer:
    """Model that is ready to explain pictures.

    Equal questions to a model file, or to a module whose weights have not changed, are computed once: the latest
    explanations stay in memory, with read-only arrays. A function is called anew every time. Threads of the model's
    runtime, where it has any, end with the explainer.

    Parameters
    ----------
    model
        One of: a path of a model file (see docs/models.md); a torch module from pictures (n, 3, H, W) to logits (n, L);
        a function from pictures (n, H, W, 3) float32 to logits (n, L), which is the convention of `shap.Explainer`.
    labels
        Class names in the order of the outputs, or the path of a file of them (see docs/models.md). A model file may
        hold them. With `preprocessing`, they replace its labels.
    preprocessing
        How photographs become inputs. Not needed for a model file or a torchvision module.
    input_size
        Height and width in pixels of what a function or an unknown module accepts. Pictures are stretched to it. A
        function then receives values from 0 to 255; a module receives values normalised with ImageNet's mean and
        standard deviation. Give `preprocessing` for anything else.
    device
        "auto", "cpu" or "cuda", for model files. A module stays on its own device.

    Raises
    ------
    SettingRefused
        If an argument is missing or wrong; the message names it.
    ModelRefused
        If the model file cannot be used.
    """

    def __init__(
        self,
        model: "str | Path | nn.Module | LogitsFunction",
        *,
        labels: Labels | None = None,
        preprocessing: ModelSpec | None = None,
        input_size: tuple[int, int] | None = None,
        device: str = "auto",
    ) -> None:
        self._runtime = model_runtime(model, labels, preprocessing, input_size, device)
        self._store = MemoryStore()

    def __repr__(self) -> str:
        height, width = self.preprocessing.input_size
        return f"<Explainer of a model with {len(self.labels)} labels, input {height} x {width}, {self._runtime.name}>"

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names in the order of the model's outputs."""
        return self._runtime.spec.labels

    @property
    def preprocessing(self) -> ModelSpec:
        """Input size, resizing and normalisation of the model."""
        return self._runtime.spec

    def explain(
        self,
        picture: Picture,
        *,
        evaluations: int = USUAL_EVALUATIONS,
        engine: str | None = None,
        mask: str = "blur",
        blur_px: int | None = None,
        colour: tuple[int, int, int] | None = None,
        seed: int = 0,
        progress: bool | Progress = True,
    ) -> PictureExplanation:
        """Explain one picture.

        Parameters
        ----------
        picture
            Path, PIL picture, or array (H, W, 3) uint8, of any size.
        evaluations
            Number of forward passes of masked pictures, at least 2. The engine "partition" divides a region with two
            evaluations, so that it may spend one more.
        engine
            Name of an entry of `xai_core.settings.engine_table.ENGINES`, such as "partition" or "regions"; None takes
            the engine that the pages open with.
        mask
            Filling of hidden regions; see `ExplainSettings.mask`.
        blur_px
            Side of the blur in pixels of the model's input; None takes 128, or the whole input if it is smaller.
        colour
            Red, green and blue, 0 to 255, for the mask "colour".
        seed
            Seed of the coalitions, for an engine that samples them at random.
        progress
            True shows a progress bar in a terminal or a notebook. A function receives evaluations done and planned.

        Raises
        ------
        SettingRefused
            If an argument is out of range; the message names it.
        PictureUnreadable
            If the picture cannot be decoded.
        ExplanationFailed
            If the model fails on a masked picture.
        """
        # One id for the whole explanation, whatever happens to the weights meanwhile.
        runtime = self._runtime.snapshot() if isinstance(self._runtime, FunctionRuntime) else self._runtime
        photo, content, name = _photo(picture)
        settings = explain_settings(
            runtime.spec,
            evaluations=evaluations,
            engine=engine,
            mask=mask,
            blur_px=blur_px,
            colour=colour,
            seed=seed,
        )
        view = preprocess.view(photo, runtime.spec)
        question = Question(runtime, view, picture_hash(content), settings, self._store)
        return PictureExplanation(compute(question, progress=progress), view, name)


def _photo(picture: object) -> tuple[Image.Image, bytes, str]:
    """Return a photograph, the bytes that identify it, and its name."""
    if isinstance(picture, str | Path):
        path = Path(picture).expanduser()
        try:
            content = path.read_bytes()
        except OSError as fault:
            raise PictureUnreadable(str(path), fault.strerror or str(fault)) from fault
        return decode(content, path.name), content, path.name
    if isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3:
        picture = Image.fromarray(picture)
    if isinstance(picture, Image.Image):
        if 0 in picture.size:
            found = deferred("{width} x {height} pixels", width=picture.width, height=picture.height)
            raise SettingRefused("picture", found, deferred("at least one pixel"))
        photo = as_rgb(picture)
        # The size belongs to the content: a 2 x 3 and a 3 x 2 picture may have the same bytes.
        return photo, str(photo.size).encode() + photo.tobytes(), "picture"
    found = (
        deferred("an array {shape} of {dtype}", shape=picture.shape, dtype=picture.dtype)
        if isinstance(picture, np.ndarray)
        else type(picture).__name__
    )
    raise SettingRefused("picture", found, deferred("a path, a PIL picture, or an array (H, W, 3) uint8"))
