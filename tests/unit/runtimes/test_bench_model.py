"""The eager network of the source recipe."""

import numpy as np

from xai_core.model.spec import default_spec
from xai_core.runtimes.architectures import build_network
from xai_core.runtimes.bench_model import EagerNetwork
from xai_core.runtimes.checkpoint import open_model
from xai_core.runtimes.opening.writing import save_checkpoint


def test_the_eager_network_gives_the_logits_of_the_runtime(tmp_path):
    labels = ("a", "b", "c")
    path = tmp_path / "small.safetensors"
    save_checkpoint(path, build_network("mobilenet_v3_small", 3).eval(), default_spec(labels, "mobilenet_v3_small"))
    pictures = np.random.default_rng(0).normal(size=(2, 224, 224, 3)).astype(np.float32)
    np.testing.assert_allclose(
        EagerNetwork(path, "cpu")(pictures), open_model(path, device="cpu").logits(pictures), rtol=1e-3, atol=1e-5
    )
