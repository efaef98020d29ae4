"""Opening of checkpoints that hold the tensors of a known network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from torch import nn

from xai_core.errors import ModelRefused
from xai_core.language import deferred
from xai_core.model.opened import OpenedModel
from xai_core.model.preprocessing_words import describe_preprocessing
from xai_core.model.spec import ModelSpec, model_id
from xai_core.model.spec_parts import apply_options
from xai_core.runtimes.networks.build import TIMM
from xai_core.runtimes.networks.fastai import FASTAI, fill_fastai
from xai_core.runtimes.networks.load import LoadedNetwork, fill_network
from xai_core.runtimes.networks.presets import apply_arguments, preset
from xai_core.runtimes.opening.networks import open_network
from xai_core.runtimes.refusals.outputs import names_wanted, one_number, wrong_count
from xai_core.runtimes.sources.checkpoint_labels import FoundLabels, find_labels
from xai_core.runtimes.sources.contents import training_arguments
from xai_core.runtimes.sources.request import DRAFT_LABELS, UNNAMED, OpenRequest, numbered_outputs
from xai_core.runtimes.sources.spec_files import read_spec
from xai_core.runtimes.sources.weights_choice import Checkpoint, ChosenWeights, choose_weights


def open_checkpoint(checkpoint: Checkpoint, request: OpenRequest) -> OpenedModel:
    """Open a file of tensors, with the spec in it or with the preprocessing of its architecture.

    Raises
    ------
    ModelRefused
        If the file cannot be used: what was found, what was expected, and the cure.
    """
    path = checkpoint.path
    given = read_spec(request.spec if request.spec is not None else checkpoint.header, path, request.labels)
    arguments = training_arguments(checkpoint.content)
    named = request.architecture or (given.architecture if given else None)
    chosen = choose_weights(checkpoint, named, request.weights)
    architecture = named or _likeliest(chosen.names, arguments)
    loaded = _fill(chosen, architecture, path.name)
    notes = [*chosen.notes, *loaded.notes]
    origins = {
        "network": deferred("the given architecture")
        if request.architecture
        else deferred("names and shapes of the tensors")
    }
    own = None
    if checkpoint.header is None:
        own, further = find_labels(checkpoint.content, loaded.outputs, path.name)
        notes += further
    found, further = choose_labels(own, given, request, loaded, path.name)
    notes += further
    labels, origins["labels"] = found.names, found.origin
    if given is not None:
        spec = given
        origins["preprocessing"] = (
            deferred("the header of the file") if request.spec is None else deferred("the given spec")
        )
    else:
        spec, origins["preprocessing"] = _assume(loaded, labels, arguments, chosen.names, notes)
    spec = complete_spec(spec, labels, loaded, path)
    if request.preprocessing.parts:
        spec = apply_options(spec, request.preprocessing)
        origins["preprocessing"] = deferred("the given options and {origin}", origin=origins["preprocessing"])
        notes.append(deferred("With the given options: {preprocessing}.", preprocessing=describe_preprocessing(spec)))
    # The completed spec is part of the id: with other labels, stored maps would be those of another model.
    identity = model_id(path, spec, reading=chosen.reading)
    return OpenedModel(
        runtime=open_network(
            loaded.network, spec, identity, device=request.device, runtime=request.runtime, view=request.view
        ),
        notes=tuple(notes),
        origins=origins,
        files=(path,),
        reading=chosen.reading,
        source=checkpoint.source,
    )


def load_layers(checkpoint: Checkpoint, architecture: str | None, weights: str | None) -> nn.Module:
    """Return the network of a checkpoint.

    Raises
    ------
    ModelRefused
        If it cannot be recognised.
    """
    chosen = choose_weights(checkpoint, architecture, weights)
    return _fill(chosen, architecture or chosen.names[0], checkpoint.path.name).network


def _fill(chosen: ChosenWeights, architecture: str, source: str) -> LoadedNetwork:
    if architecture.startswith(FASTAI):
        return fill_fastai(chosen.tensors, architecture, source)
    return fill_network(chosen.tensors, chosen.prefix, architecture, source)


def complete_spec(spec: ModelSpec, labels: tuple[str, ...], loaded: LoadedNetwork, path: Path) -> ModelSpec:
    """Return the spec of a network, after checking that it names every output.

    Raises
    ------
    ModelRefused
        If there are more or fewer labels than outputs.
    """
    if len(labels) != loaded.outputs:
        if not loaded.single:
            raise wrong_count(path.name, loaded.outputs, len(labels))
        raise ModelRefused(
            deferred(
                "{source} has one output, which tells two classes apart, but there are {labels:d} labels.",
                source=path.name,
                labels=len(labels),
            ),
            names_wanted(loaded.outputs),
            "labels",
        )
    return replace(spec, labels=labels, architecture=loaded.name)


def _likeliest(names: Sequence[str], arguments: Mapping[str, object]) -> str:
    """Return the network that the training script names, if its tensors fit, or else the first."""
    for key in ("model", "arch", "model_name", "architecture"):
        name = arguments.get(key)
        # crop_pct is an argument of timm's script only. Both scripts know the same names.
        prefixes = (TIMM, "") if "crop_pct" in arguments else ("", TIMM)
        for full in (f"{prefix}{name}" for prefix in prefixes):
            if full in names:
                return full
    return names[0]


def choose_labels(
    own: FoundLabels | None, given: ModelSpec | None, request: OpenRequest, loaded: LoadedNetwork, name: str
) -> tuple[FoundLabels, tuple[str, ...]]:
    """Return the class names with whose they are, and sentences about them.

    The given labels come first, then those of a spec, of the file, and of the data.

    Parameters
    ----------
    own
        Names in the file.
    given
        The spec, where there is one.
    request
        Given labels, and classes of the data.
    loaded
        The network.
    name
        Name of the file, for messages.

    Raises
    ------
    ModelRefused
        If there are none, or the given ones are those of the file in another order.
    """
    if request.labels is not None:
        return FoundLabels(request.labels, deferred("the given labels")), _compare(request.labels, own, name)
    if given is not None:
        return FoundLabels(given.labels, deferred("the spec")), _compare(given.labels, own, name)
    classes = request.classes
    if own is not None:
        unsorted = classes is not None and set(own.names) == set(classes) and own.names != classes
        note = deferred(
            "The outputs are in the order of {key} in {file}, which is not the sorted one.", key=own.origin, file=name
        )
        return FoundLabels(own.names, deferred("{key} in the file", key=own.origin)), (note,) if unsorted else ()
    if classes is not None and len(classes) == loaded.outputs:
        note = deferred(
            "Nothing in the file names each output. They are taken for the classes of the data in sorted order, as "
            "torchvision's ImageFolder has them."
        )
        return FoundLabels(classes, deferred("the classes of the data, in sorted order")), (note,)
    if loaded.single:
        raise one_number(name)
    if request.draft:
        return FoundLabels(numbered_outputs(loaded.outputs), UNNAMED), (DRAFT_LABELS,)
    # A wrong guess of the order would put a wrong name on every map, without any error.
    raise ModelRefused(
        deferred("{file} has {number:d} outputs and does not name them.", file=name, number=loaded.outputs),
        names_wanted(loaded.outputs),
        "labels",
    )


def _compare(labels: tuple[str, ...], own: FoundLabels | None, name: str) -> tuple[str, ...]:
    """Return a sentence on labels that replace those of the file, and refuse them in another order."""
    if own is None or own.names == labels:
        return ()
    if set(own.names) != set(labels):
        return (
            deferred(
                "The labels replace those of {key} in {file}, which begin with {names}.",
                key=own.origin,
                file=name,
                names=", ".join(own.names[:3]),
            ),
        )
    output = next(index for index, label in enumerate(labels) if label != own.names[index])
    raise ModelRefused(
        deferred(
            "The given labels name the classes of {file} in another order than {key} in the file does: output "
            "{output:d} is {name} in one and {other} in the other.",
            file=name,
            key=own.origin,
            output=output,
            name=labels[output],
            other=own.names[output],
        ),
        deferred("Leave the labels out: the file knows the order of its outputs."),
        "labels",
    )


def _assume(
    loaded: LoadedNetwork,
    labels: tuple[str, ...],
    arguments: Mapping[str, object],
    names: Sequence[str],
    notes: list[str],
) -> tuple[ModelSpec, str]:
    """Return the preprocessing of a network that comes without a spec, and whose it is."""
    spec, phrase = preset(loaded.name, labels, loaded.input_size)
    spec, origin = apply_arguments(spec, arguments)
    words = describe_preprocessing(spec)
    notes.append(
        deferred(
            "Taken for {network}: {preprocessing}. A spec, an architecture or options say otherwise.",
            network=phrase,
            preprocessing=words,
        )
        if origin is None
        else deferred(
            "Taken for {network}, changed by {origin}: {preprocessing}. A spec, an architecture or options say "
            "otherwise.",
            network=phrase,
            origin=origin,
            preprocessing=words,
        )
    )
    if loaded.name in ("inception_v3", "googlenet"):
        notes.append(
            deferred(
                "torchvision's own ImageNet weights of this network were trained with transform_input=True, of which "
                "no file tells. If these were made from them, give mean and std 0.5."
            )
        )
    others = [name for name in names if name != loaded.name]
    if others:
        some, more = ", ".join(others[:4]), len(others) - 4
        notes.append(
            deferred(
                "The same tensors fit {names} and {number:d} more, with other preprocessing or rules; an architecture "
                "chooses.",
                names=some,
                number=more,
            )
            if more > 0
            else deferred(
                "The same tensors fit {names}, with other preprocessing or rules; an architecture chooses.", names=some
            )
        )
    return spec, phrase if origin is None else origin
