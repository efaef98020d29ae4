"""Network of the source recipe's size for benchmarks, and the recipe's eager way to run it."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from xai_core.masking import Masker, hidden
from xai_core.model.preprocess import normalise
from xai_core.model.runtime import Coalition
from xai_core.model.spec import ModelSpec, default_spec
from xai_core.runtimes.architectures import build_network, calibrate_batch_norms, load_network
from xai_core.runtimes.autotune import synthetic_picture
from xai_core.runtimes.opening.writing import save_checkpoint
from xai_core.runtimes.sources.safetensors_file import read_tensors
from xai_core.runtimes.torch_runtime import resolve_device
from xai_core.settings.explain_settings import ExplainSettings

ARCHITECTURE, OUTPUTS = "efficientnet_b1", 101
"""Network and number of labels of the source recipe."""

SEED = 0xB1
_LOGITS_SPREAD = 2.0
_FIELDS, _MASKED = 16, 12


def make_bench_model(cache: Path) -> Path:
    """Return the file of an EfficientNet-B1 with 101 outputs, which is written if it is missing.

    Its weights are random. A freshly initialised network of this kind gives almost the same logits for every picture,
    so that there is nothing to explain. Therefore the statistics of its batch norms are taken from random fields of
    colour, coarse and fine, and its last layer is scaled so that its logits have a standard deviation of 2 over masked
    forms of a synthetic picture. (Statistics from those few masked forms alone would give a network that amplifies
    rounding.)

    Parameters
    ----------
    cache
        Folder of the file.
    """
    path = cache / f"{ARCHITECTURE}.safetensors"
    if path.is_file():
        return path
    spec = default_spec(tuple(f"class_{number}" for number in range(OUTPUTS)), ARCHITECTURE)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        network = build_network(ARCHITECTURE, OUTPUTS).eval()
    calibrate_batch_norms(network, _colour_fields(*spec.input_size))
    with torch.inference_mode():
        spread = network(_masked_forms(normalise(synthetic_picture(spec), spec), spec)).std(dim=0).mean()
    *_, last = (layer for layer in network.modules() if isinstance(layer, nn.Linear))
    with torch.no_grad():
        last.weight *= _LOGITS_SPREAD / spread
    cache.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, network, spec)
    return path


class EagerNetwork:
    """Network that runs eagerly and unfused, as SHAP's documentation runs one.

    See "Explain PyTorch MobileNetV2 using the Partition explainer" in SHAP's image examples.

    Parameters
    ----------
    path
        A .safetensors file of this project.
    device
        "auto", "cpu" or "cuda".
    """

    def __init__(self, path: Path, device: str = "auto") -> None:
        state, _ = read_tensors(path)
        network, _ = load_network(state, path.name)
        self._device = resolve_device(device)
        self._network = network.eval().to(self._device)

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n, L) logits of normalised pictures (n, H, W, 3)."""
        tensor = torch.Tensor(pictures).to(self._device)
        # Both orders are accepted, as `nhwc_to_nchw` of SHAP's example does; this copy is part of what is measured.
        tensor = tensor if tensor.shape[1] == 3 else tensor.permute(0, 3, 1, 2).contiguous()
        with torch.no_grad():
            logits: NDArray[np.float32] = self._network(tensor).cpu().numpy()
        return logits


def _colour_fields(height: int, width: int) -> torch.Tensor:
    """Return random fields of colour of several scales and contrasts, as a tensor (n, 3, H, W)."""
    random = np.random.default_rng(SEED)
    fields = np.zeros((_FIELDS, height, width, 3))
    # From half the picture down to single pixels: each layer of batch norms must see activity at its own scale.
    for cells in (2, 5, 12, 40, height):
        rows, columns = np.arange(height) * cells // height, np.arange(width) * cells // width
        coarse = random.normal(size=(_FIELDS, cells, cells, 3)) * random.uniform(0.2, 1, (_FIELDS, 1, 1, 1))
        fields += coarse[:, rows[:, None], columns]
    contrast = random.uniform(0.1, 1.2, (_FIELDS, 1, 1, 1)) / fields.std(axis=(1, 2, 3), keepdims=True)
    fields = fields * contrast + 0.5 * random.normal(size=(_FIELDS, 1, 1, 3))
    return torch.from_numpy(fields.transpose(0, 3, 1, 2).astype(np.float32))


def _masked_forms(picture: NDArray[np.float32], spec: ModelSpec) -> torch.Tensor:
    """Return forms of a picture with one rectangle shown, as a tensor (n, 3, H, W)."""
    height, width, _ = picture.shape
    random = np.random.default_rng(SEED)
    rectangles: list[Coalition] = []
    for _ in range(_MASKED):
        top, left = random.integers(0, (height // 2, width // 2)).tolist()
        bottom, right = random.integers((top, left), (height, width)).tolist()
        rectangles.append(((top, bottom + 1, left, right + 1),))
    masker = Masker(picture, hidden(picture, spec, ExplainSettings(blur_px=height // 2)), channels_first=True)
    return torch.from_numpy(masker.compose(rectangles).transpose(0, 3, 1, 2).copy())
