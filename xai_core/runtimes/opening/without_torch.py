"""Opening of checkpoints without torch in this process, where ONNX Runtime runs them."""

import logging
from pathlib import Path

from xai_core.errors import HelperFailed, ModelRefused
from xai_core.model.opened import OpenedModel
from xai_core.runtimes.helper import process
from xai_core.runtimes.opening.known_graphs import open_known
from xai_core.runtimes.opening.machine import cuda_device
from xai_core.runtimes.opening.records import read_opening
from xai_core.runtimes.selection import chosen_for_graph, open_graph_file, resolve_name
from xai_core.runtimes.sources.request import OpenRequest

log = logging.getLogger(__name__)


def open_without_torch(path: Path, request: OpenRequest) -> OpenedModel | None:
    """Open a checkpoint in this process without importing torch.

    A network with a graph of `known_graphs`, such as the demo's, needs no torch at all. The first opening of any other
    on a machine is made by the helper process: it reads the tensors, exports the network, measures
    the ways to run it and stores what it found. From then on this process needs the exported graph alone.

    Parameters
    ----------
    path
        A model file with layers.
    request
        Arguments of `checkpoint.open_with_notes`.

    Returns
    -------
    None where this process has to open the file with torch: it has torch already, torch runs the model fastest, or a
    CUDA device does.

    Raises
    ------
    ModelRefused
        If the file cannot be used.
    """
    if process.has_torch() or request.device != "auto" or resolve_name(request.runtime) == "torch" or cuda_device():
        return None
    found = open_known(path, request) or _open_recorded(path, request)
    if found is not None:
        return found
    process.check_installed()
    try:
        process.call(_prepare, path, request)
    except HelperFailed as fault:
        log.warning("%s", fault.sentence)
        return None
    return _open_recorded(path, request)


def _prepare(path: Path, request: OpenRequest) -> None:
    """Open a file in the helper, which stores all that is needed to open it again."""
    import torch  # noqa: F401, PLC0415 - so that the helper opens the file itself

    from xai_core.runtimes.checkpoint import open_by_request  # noqa: PLC0415 - it imports this module

    open_by_request(path, request)


def _open_recorded(path: Path, request: OpenRequest) -> OpenedModel | None:
    record = read_opening(path, request)
    if record is None:
        return None
    chosen = chosen_for_graph(record.model_id, request.runtime)
    if chosen is None:
        return None
    graph, setup = chosen
    try:
        runtime = open_graph_file(graph, record.spec, record.model_id, setup)
    except ModelRefused as fault:
        # The helper exports it again.
        log.warning("The exported graph of %s is not used: %s", path.name, fault)
        graph.unlink(missing_ok=True)
        return None
    return record.opened(runtime)
