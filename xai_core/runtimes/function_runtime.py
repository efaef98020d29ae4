"""Runtime for a Python function or a torch module that is already in memory."""

import copy
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from xai_core.errors import ExplanationFailed
from xai_core.language import deferred, mark
from xai_core.model.runtime import Outputs, run_in_batches
from xai_core.model.spec import ModelSpec

if TYPE_CHECKING:
    from torch import nn

LogitsFunction = Callable[[NDArray[np.float32]], Any]
"""Function from pictures (n, H, W, 3) float32 to logits (n, L), the convention of `shap.Explainer`."""

BATCH = 8
"""Pictures in one call of the function."""

log = logging.getLogger(__name__)


class FunctionRuntime:
    """Runtime that calls a function, in the thread of its caller.

    Parameters
    ----------
    function
        Receives normalised pictures (n, H, W, 3) float32 and returns logits (n, L).
    spec
        See `Runtime`.
    identify
        Function that returns the model's id as it is now; see `snapshot`.
    name
        Name for provenance, such as "function".
    """

    channels_first: ClassVar[bool] = False
    embedding_size: ClassVar[None] = None
    preferred_batch: ClassVar[int] = BATCH

    def __init__(
        self, function: LogitsFunction, spec: ModelSpec, identify: Callable[[], str], *, name: str = mark("function")
    ) -> None:
        self.spec = spec
        self.model_id = identify()
        self._identify = identify
        self.name = name
        self._function = function
        # Shared by all snapshots, so that the warning comes once.
        self._warned_of = set[str]()

    def snapshot(self) -> "FunctionRuntime":
        """Return this runtime under the present id of its model, which may have been trained since the last call."""
        other = copy.copy(self)
        other.model_id = self._identify()
        return other

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, L) logits of pictures (N, H, W, 3) (see `Runtime.logits`)."""
        return self.logits_and_embeddings(inputs)[0]

    def logits_and_embeddings(self, inputs: NDArray[np.float32]) -> Outputs:
        """Return (N, L) logits and None, because a function exposes no embedding."""
        return run_in_batches(self._run, inputs, batch=BATCH, spec=self.spec)

    def _run(self, batch: NDArray[np.float32]) -> Outputs:
        try:
            # A copy, because a function may normalise its input in place.
            found = self._function(batch.copy())
        except ExplanationFailed:
            raise
        except Exception as fault:  # the function is the caller's and may raise anything
            raise ExplanationFailed(
                deferred("The function raised {kind}: {reason}.", kind=type(fault).__name__, reason=str(fault)),
                deferred(
                    "It must accept a float32 array of shape (n, H, W, 3) and return logits of shape (n, labels)."
                ),
            ) from fault
        logits = self._as_logits(found)
        self._warn_of_probabilities(logits)
        return logits, None

    def _as_logits(self, found: object) -> NDArray[np.float32]:
        try:
            outputs = np.asarray(found)
        except Exception as fault:  # a tensor on a GPU, or lists of unequal lengths
            raise self._refusal(
                deferred("a {kind} that numpy cannot read ({reason})", kind=type(found).__name__, reason=str(fault))
            ) from fault
        if outputs.dtype.kind not in "fiu" or outputs.ndim == 0:
            raise self._refusal(deferred("a {kind}", kind=type(found).__name__))
        return np.asarray(outputs, np.float32)

    def _refusal(self, found: str) -> ExplanationFailed:
        return ExplanationFailed(
            deferred(
                "The {source} returned {found}; expected logits (n, {labels:d}).",
                source=deferred(self.name),
                found=found,
                labels=len(self.spec.labels),
            ),
            deferred("Return an array with one row per picture and one number per label."),
        )

    def _warn_of_probabilities(self, logits: NDArray[np.float32]) -> None:
        """Log once that outputs look like probabilities, whose maps do not add up as those of logits do."""
        if self._warned_of or logits.ndim != 2 or logits.shape[1] < 2:
            return
        if (logits >= 0).all() and np.allclose(logits.sum(axis=1), 1, atol=1e-4):
            self._warned_of.add("probabilities")
            log.warning(
                "The outputs of the %s look like probabilities: none is negative, and each row sums to 1. Values are "
                "meant to be logits. Leave the softmax out, or return the logarithm of the probabilities.",
                self.name,
            )


def module_function(module: "nn.Module") -> LogitsFunction:
    """Return a function from pictures (n, H, W, 3) to logits (n, L) that runs a module in place.

    The module runs in evaluation mode and without gradients. Its own mode is restored after every call, because it may
    be in the middle of a training loop.
    """
    import torch  # noqa: PLC0415 - takes seconds, and a function needs no torch

    parameter = next(module.parameters(), None)
    device = torch.device("cpu") if parameter is None else parameter.device
    dtype = torch.float32 if parameter is None or not parameter.is_floating_point() else parameter.dtype

    def logits(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        inputs = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(device=device, dtype=dtype)
        with _evaluation_mode(module), torch.inference_mode():
            outputs = module(inputs)
            if not isinstance(outputs, torch.Tensor):
                raise ExplanationFailed(
                    deferred(
                        "The torch module returned a {kind}; expected a tensor of logits (n, L).",
                        kind=type(outputs).__name__,
                    ),
                    deferred("Wrap it in a module or a function that returns the logits alone."),
                )
            return np.asarray(outputs.float().cpu().numpy(), np.float32)

    return logits


def module_id(module: "nn.Module", spec: ModelSpec) -> str:
    """Return 24 hexadecimal digits that change with any weight and any detail of the spec."""
    digest = hashlib.sha256(repr(spec.to_json()).encode())
    for name, tensor in module.state_dict().items():
        digest.update(name.encode())
        # Through float32, because numpy has no bfloat16.
        digest.update(np.ascontiguousarray(tensor.detach().float().cpu().numpy()).tobytes())
    return digest.hexdigest()[:24]


# The mode belongs to the module, which several explainers and threads may share: a thread that saved the modes while
# another one had switched them would restore evaluation mode for good.
_MODE_LOCK = threading.RLock()


@contextmanager
def _evaluation_mode(module: "nn.Module") -> Iterator[None]:
    """Switch a module to evaluation mode, and restore the mode of every part afterwards."""
    with _MODE_LOCK:
        modes = [(part, part.training) for part in module.modules()]
        module.eval()
        try:
            yield
        finally:
            for part, training in modes:
                part.training = training
