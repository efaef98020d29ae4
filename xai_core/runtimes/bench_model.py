"""What speed is measured with: a network of the source recipe's size, and the eager way of running it."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from xai_core.masking import Coalition, Masker, hidden
from xai_core.model.preprocess import normalised
from xai_core.model.spec import default_spec
from xai_core.runtimes.architectures import network_of
from xai_core.runtimes.autotune import drawn
from xai_core.runtimes.checkpoint import build_network, read_safetensors, save_checkpoint
from xai_core.runtimes.torch_runtime import chosen_device
from xai_core.settings import ExplainSettings

ARCHITECTURE, OUTPUTS = "efficientnet_b1", 101
"""The source recipe's."""

SEED = 0xB1
_LOGITS_SPREAD = 2.0
_FIELDS, _MASKED = 16, 12


def yardstick(cache: Path) -> Path:
    """Return the file of an EfficientNet-B1 with 101 outputs, which is made unless it is there.

    Its weights are random. Fresh from its initialisation such a network answers almost the same to every picture, so
    that there is nothing to explain. Hence the statistics of its batch norms are taken from random fields of colour,
    coarse and fine, and its last layer is scaled so that its logits have a standard deviation of 2 over masked forms
    of a drawn picture. (Statistics from those few masked forms alone would make a network that blows rounding up.)

    Parameters
    ----------
    cache
        Folder that the file is kept in.
    """
    path = cache / f"{ARCHITECTURE}.safetensors"
    if path.is_file():
        return path
    spec = default_spec(tuple(f"class_{number}" for number in range(OUTPUTS)), ARCHITECTURE)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        network = build_network(ARCHITECTURE, OUTPUTS).eval()
    masked = _masked(normalised(drawn(spec), spec))
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.inference_mode():
        network(_fields(*spec.input_size))
        network.eval()
        spread = network(masked).std(dim=0).mean()
    *_, last = (layer for layer in network.modules() if isinstance(layer, nn.Linear))
    with torch.no_grad():
        last.weight *= _LOGITS_SPREAD / spread
    cache.mkdir(parents=True, exist_ok=True)
    save_checkpoint(path, network, spec)
    return path


class EagerNetwork:
    """A network run as SHAP's documentation runs one: eager, as it was built, in the order (n, 3, h, w).

    See "Explain PyTorch MobileNetV2 using the Partition explainer" in SHAP's image examples.

    Parameters
    ----------
    path
        A .safetensors file of this project.
    device
        "auto", "cpu" or "cuda".
    """

    def __init__(self, path: Path, device: str = "auto") -> None:
        state, _ = read_safetensors(path)
        network, _ = network_of(state, path.name)
        self._device = chosen_device(device)
        self._network = network.eval().to(self._device)

    def __call__(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, h, w, 3) normalised pictures to (n, L) logits."""
        tensor = torch.Tensor(pictures).to(self._device)
        tensor = tensor if tensor.shape[1] == 3 else tensor.permute(0, 3, 1, 2).contiguous()
        with torch.no_grad():
            logits: NDArray[np.float32] = self._network(tensor).cpu().numpy()
        return logits


def _fields(height: int, width: int) -> torch.Tensor:
    """Random fields of colour of several scales and contrasts, as a tensor (n, 3, h, w)."""
    random = np.random.default_rng(SEED)
    fields = np.zeros((_FIELDS, height, width, 3))
    for cells in (2, 5, 12, 40, height):
        rows, columns = np.arange(height) * cells // height, np.arange(width) * cells // width
        coarse = random.normal(size=(_FIELDS, cells, cells, 3)) * random.uniform(0.2, 1, (_FIELDS, 1, 1, 1))
        fields += coarse[:, rows[:, None], columns]
    contrast = random.uniform(0.1, 1.2, (_FIELDS, 1, 1, 1)) / fields.std(axis=(1, 2, 3), keepdims=True)
    fields = fields * contrast + 0.5 * random.normal(size=(_FIELDS, 1, 1, 3))
    return torch.from_numpy(fields.transpose(0, 3, 1, 2).astype(np.float32))


def _masked(picture: NDArray[np.float32]) -> torch.Tensor:
    """Forms of a picture with one rectangle shown, as a tensor (n, 3, h, w)."""
    height, width, _ = picture.shape
    random = np.random.default_rng(SEED)
    rectangles: list[Coalition] = []
    for _ in range(_MASKED):
        top, left = random.integers(0, (height // 2, width // 2)).tolist()
        bottom, right = random.integers((top, left), (height, width)).tolist()
        rectangles.append(((top, bottom + 1, left, right + 1),))
    masker = Masker(picture, hidden(picture, ExplainSettings(blur_px=height // 2)), channels_first=True)
    return torch.from_numpy(masker.compose(rectangles).transpose(0, 3, 1, 2).copy())
