"""Folders of Hugging Face image classifiers: config.json, weights and preprocessor_config.json."""

import importlib
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from xai_core.errors import ModelRefused
from xai_core.hub import display_name, repository_of
from xai_core.language import deferred, mark
from xai_core.model.opened import OpenedModel
from xai_core.model.preprocessing_words import describe_preprocessing
from xai_core.model.spec import ModelSpec, model_id
from xai_core.model.spec_parts import apply_options
from xai_core.runtimes.networks.build import TIMM, require_library
from xai_core.runtimes.networks.load import LoadedNetwork, fill_network
from xai_core.runtimes.networks.presets import timm_spec
from xai_core.runtimes.networks.recognise import find_prefixes
from xai_core.runtimes.networks.tensors import plain_tensors
from xai_core.runtimes.opening.networks import open_network
from xai_core.runtimes.sources.contents import find_tensor_maps
from xai_core.runtimes.sources.huggingface import config as configs
from xai_core.runtimes.sources.huggingface.processor import processor_spec
from xai_core.runtimes.sources.request import OpenRequest
from xai_core.runtimes.sources.safetensors_file import read_tensors
from xai_core.runtimes.sources.spec_files import read_spec
from xai_core.runtimes.sources.torch_file import read_torch_file
from xai_core.runtimes.sources.weights import choose_labels, complete_spec
from xai_core.texts import chained, counted

TRANSFORMERS = "transformers:"
"""Prefix of the names of transformers' networks."""


class _Logits(nn.Module):
    """Network of transformers that returns its logits alone."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the logits (n, L) of pictures (n, 3, H, W)."""
        logits: Tensor = self.network(pixel_values=pictures).logits
        return logits


def open_file(path: Path, request: OpenRequest) -> OpenedModel:
    """Open a folder (see `table.SourceModule`)."""
    config = configs.read_config(path)
    files = configs.weight_files(path)
    loaded = _load_network(path, config, files)
    own, notes = configs.find_labels(config, loaded.outputs)
    given = read_spec(request.spec, path, request.labels)
    labels, further = choose_labels(own, given, request, loaded, display_name(path))
    notes = (*_describe_origin(path), *loaded.notes, *notes, *further)
    origin = deferred("the given spec")
    spec = given
    if spec is None:
        spec, origin, further = _preprocessing(path, config, loaded, labels.names)
        notes = (*notes, *further)
    spec = complete_spec(spec, labels.names, loaded, path)
    if request.preprocessing.parts:
        spec, origin = (
            apply_options(spec, request.preprocessing),
            deferred("the given options and {origin}", origin=origin),
        )
        notes = (
            *notes,
            deferred("With the given options: {preprocessing}.", preprocessing=describe_preprocessing(spec)),
        )
    _check_size(loaded.network, spec, path)
    settings = tuple(path / name for name in (configs.CONFIG, configs.PROCESSOR) if (path / name).is_file())
    identity = model_id(files[0], spec, (*files[1:], *settings))
    return OpenedModel(
        runtime=open_network(
            loaded.network, spec, identity, device=request.device, runtime=request.runtime, view=request.view
        ),
        notes=notes,
        origins={"network": "config.json", "labels": labels.origin, "preprocessing": origin},
        files=(*files, *settings),
        source=deferred("Hugging Face folder"),
    )


def open_layers(path: Path, _architecture: str | None, _weights: str | None = None) -> nn.Module:
    """Return the network of a folder (see `table.SourceModule`)."""
    return _load_network(path, configs.read_config(path), configs.weight_files(path)).network


def _describe_origin(path: Path) -> tuple[str, ...]:
    """Return a sentence about a folder in the cache of the hub, whose own name is that of a commit."""
    name = repository_of(path)
    return (
        ()
        if name is None
        else (
            deferred(
                "Downloaded from the Hugging Face hub: {name}, commit {commit}.", name=name, commit=path.name[:12]
            ),
        )
    )


def _load_network(path: Path, config: Mapping[str, Any], files: tuple[Path, ...]) -> LoadedNetwork:
    if configs.is_timm(config):
        name = f"{TIMM}{config['architecture']}"
        state, _ = plain_tensors(_read_state(files))
        prefix = next(iter(find_prefixes(state, name)), "")
        return fill_network(state, prefix, name, display_name(path))
    return _load_transformers(path, files)


def _transformers() -> Any:
    """Return the library, whose functions have no types."""
    return importlib.import_module("transformers")


def _read_state(files: tuple[Path, ...]) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for file in files:
        if file.suffix == ".safetensors":
            state |= read_tensors(file)[0]
        elif file.suffix == ".bin":
            state |= max(find_tensor_maps(read_torch_file(file)), key=lambda found: len(found.tensors)).tensors
    return state


def _load_transformers(path: Path, files: tuple[Path, ...]) -> LoadedNetwork:
    """Return transformers' network with its weights, and refuse one whose weights are incomplete."""
    require_library("transformers", "huggingface", deferred("The model {name}", name=display_name(path)))
    library = _transformers()
    safe = files[0].suffix == ".safetensors"
    if not safe:
        # The same check as for any pickle, before transformers reads it with torch's restricted unpickler.
        for file in files:
            if file.suffix == ".bin":
                read_torch_file(file)
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network, info = library.AutoModelForImageClassification.from_pretrained(
                path,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=safe,
                output_loading_info=True,
                dtype=torch.float32,
            )
    except Exception as fault:  # its exceptions share no narrower base
        reason = " ".join(str(fault).split())
        raise ModelRefused(
            deferred(
                "{model} cannot be opened by transformers {version}: {reason}",
                model=display_name(path),
                version=library.__version__,
                reason=reason[:300],
            ),
            deferred("Download the folder again, whole, or save the model with save_pretrained."),
        ) from fault
    missing = [*info["missing_keys"], *info["mismatched_keys"]]
    if missing:
        some = ", ".join(str(name) for name in sorted(map(str, missing))[:3])
        raise ModelRefused(
            deferred(
                "The weights of {model} lack {tensors} ({names}): random values would take their place.",
                model=display_name(path),
                tensors=deferred(counted(len(missing), "tensor")),
                names=some,
            ),
            deferred("Give a model that was trained to classify pictures, with its last layer."),
        )
    extra = sorted(map(str, info["unexpected_keys"]))
    notes = (
        (
            deferred(
                "Left out: {tensors}, no part of the network ({names}).",
                tensors=deferred(counted(len(extra), "tensor")),
                names=", ".join(extra[:3]),
            ),
        )
        if extra
        else ()
    )
    return LoadedNetwork(
        network=_Logits(network).eval().requires_grad_(requires_grad=False),
        name=f"{TRANSFORMERS}{type(network).__name__}",
        outputs=int(network.config.num_labels),
        input_size=None,
        notes=notes,
    )


def _preprocessing(
    path: Path, config: Mapping[str, Any], loaded: LoadedNetwork, labels: tuple[str, ...]
) -> tuple[ModelSpec, str, tuple[str, ...]]:
    """Return the preprocessing of a folder, whose it is, and sentences about it."""
    if configs.is_timm(config):
        spec = timm_spec(config.get("pretrained_cfg") or {}, labels, loaded.name, loaded.input_size)
        return spec, deferred("{key} in config.json", key="pretrained_cfg"), ()
    notes: tuple[str, ...] = ()
    origin = configs.PROCESSOR
    try:
        if (path / configs.PROCESSOR).is_file():
            processor = _transformers().AutoImageProcessor.from_pretrained(
                path, local_files_only=True, trust_remote_code=False
            )
        else:
            processor, origin = _usual_processor(config), deferred("transformers' default for this network")
    except Exception as fault:  # its exceptions share no narrower base
        raise ModelRefused(
            deferred(
                "The preprocessing of {model} cannot be read: {reason}",
                model=display_name(path),
                reason=" ".join(str(fault).split())[:300],
            ),
            deferred("Give a spec with the model's preprocessing."),
            "spec",
        ) from fault
    spec = processor_spec(processor, labels, loaded.name)
    lacking = _lacking(path)
    if lacking:
        notes = (
            deferred(
                "{model} has no {lacking}. Taken for the default of {processor}: {preprocessing}. A spec or options "
                "say otherwise.",
                model=display_name(path),
                lacking=lacking,
                processor=type(processor).__name__,
                preprocessing=describe_preprocessing(spec),
            ),
        )
    return spec, deferred("{origin} ({processor})", origin=origin, processor=type(processor).__name__), notes


def _lacking(path: Path) -> str:
    """Return what a folder does not say about the preprocessing, "" if it says all of it."""
    file = path / configs.PROCESSOR
    if not file.is_file():
        return configs.PROCESSOR
    said = json.loads(file.read_text("utf-8"))
    missing = [key for key in ("size", "image_mean", "image_std") if key not in said]
    # A processor that does not normalise needs no mean.
    if said.get("do_normalize") is False:
        missing = [key for key in missing if key == "size"]
    if not missing:
        return ""
    names = chained(mark("{first} and no {rest}"), missing)
    return deferred("{names} in preprocessor_config.json", names=names)


def _usual_processor(config: Mapping[str, Any]) -> Any:
    """Return the default image processor of a network, at the size in its config."""
    library = _transformers()
    tables: Any = importlib.import_module("transformers.models.auto.image_processing_auto")
    names = tables.IMAGE_PROCESSOR_MAPPING_NAMES[config["model_type"]]
    name = names.get("torchvision") or names.get("pil") if isinstance(names, Mapping) else names[-1] or names[0]
    processor = getattr(library, str(name))()
    side = config.get("image_size")
    if isinstance(side, int) and set(dict(processor.size)) == {"height", "width"}:
        return type(processor)(size={"height": side, "width": side})
    return processor


def _check_size(network: nn.Module, spec: ModelSpec, path: Path) -> None:
    """Refuse a spec whose pictures the network does not take."""
    try:
        with torch.inference_mode():
            network(torch.zeros(1, 3, *spec.input_size))
    except (RuntimeError, ValueError) as fault:
        raise ModelRefused(
            deferred(
                "{model} does not take pictures of {height:d} x {width:d} pixels: {reason}",
                model=display_name(path),
                height=spec.input_size[0],
                width=spec.input_size[1],
                reason=" ".join(str(fault).split())[:200],
            ),
            deferred("Give the size that the network was trained with."),
            "size",
        ) from fault
