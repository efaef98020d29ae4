"""Writing of networks to model files."""

import json
from pathlib import Path

from safetensors.torch import save
from torch import nn

from xai_core.files import atomic_path
from xai_core.model.spec import ModelSpec
from xai_core.runtimes.sources.spec_files import SPEC_KEY


def save_checkpoint(path: Path, network: nn.Module, spec: ModelSpec, *, half: bool = False) -> None:
    """Write a .safetensors file that needs no other file beside it.

    Readers see the old file or the whole new one.

    Parameters
    ----------
    path
        File to write.
    network
        Network as `build_network` returns it.
    spec
        Specification for the header.
    half
        Store weights as float16. Biases, scales and running statistics stay float32: they are few, and a variance
        may exceed the range of float16.
    """
    # contiguous: safetensors refuses tensors in channels-last order, in which networks are trained.
    tensors = {
        name: (tensor.half() if half and tensor.ndim > 1 else tensor).cpu().contiguous()
        for name, tensor in network.state_dict().items()
    }
    with atomic_path(path) as part:
        # save and not save_file, which writes a file that only its owner may read.
        part.write_bytes(save(tensors, metadata={SPEC_KEY: json.dumps(spec.to_json())}))
