"""Choice of one network among the state dicts of a checkpoint."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from xai_core.errors import ModelRefused
from xai_core.language import deferred, mark
from xai_core.runtimes.architectures import unknown_network
from xai_core.runtimes.networks.dialects import translate_names
from xai_core.runtimes.networks.fastai import FASTAI, find_fastai
from xai_core.runtimes.networks.load import split_name
from xai_core.runtimes.networks.recognise import find_networks, find_prefixes
from xai_core.runtimes.networks.tensors import plain_tensors
from xai_core.runtimes.sources.contents import TensorMap, find_object, find_tensor_maps
from xai_core.runtimes.sources.torch_file import holds_objects
from xai_core.texts import LIST, chained

_AVERAGED = re.compile(r"(?i)(^|[._])(ema|swa|averaged?|polyak|shadow)([._]|$)|ema_model|model_ema|module_ema")
_MINOR = re.compile(
    r"(?i)(^|[._])(teacher|discriminator|current_model_state|momentum_encoder|encoder_k|target)([._]|$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Content of a file of tensors.

    Attributes
    ----------
    path
        The file.
    content
        Everything in it, as `contents` searches it.
    header
        Spec that this project wrote into the file, as JSON text; None where there is none.
    source
        Kind of the file in words.
    """

    path: Path
    content: object
    header: str | None = None
    source: str = mark("state dict of torch")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenWeights:
    """One network of a checkpoint.

    Attributes
    ----------
    tensors
        All tensors of its state dict.
    key
        Keys that lead to the state dict.
    prefix
        Text before the names of the network's tensors.
    names
        Names of the networks that have these tensors, the likeliest first; one if it was given.
    reading
        See `OpenedModel.reading`.
    notes
        Sentences about the choice.
    """

    tensors: Mapping[str, Tensor]
    key: str
    prefix: str
    names: tuple[str, ...]
    reading: str = ""
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name of the choice for people and for the option that makes it."""
        return ".".join(part for part in (self.key, self.prefix.rstrip(".")) if part) or deferred("(whole file)")


def choose_weights(checkpoint: Checkpoint, architecture: str | None, key: str | None) -> ChosenWeights:
    """Return the network to take from a checkpoint.

    Averaged weights (EMA) go before the raw ones, and a teacher's come last.

    Raises
    ------
    ModelRefused
        If there is no known network, or several between which nothing decides.
    """
    maps = find_tensor_maps(checkpoint.content)
    if not maps and (module := find_object(checkpoint.content)) is not None:
        raise holds_objects(checkpoint.path, module)
    if not maps:
        raise ModelRefused(
            deferred(
                "{file} holds {kind} without tensors; expected a state dict.",
                file=checkpoint.path.name,
                kind=type(checkpoint.content).__name__,
            ),
            deferred("Save it with torch.save(model.state_dict(), FILE)."),
        )
    found = [network for tensors in maps for network in _networks(tensors, architecture)]
    if not found:
        largest = max(maps, key=lambda tensors: len(tensors.tensors))
        if architecture is None:
            raise unknown_network(largest.tensors, checkpoint.path.name)
        # fill_network says what differs.
        tensors, notes = plain_tensors(largest.tensors)
        return ChosenWeights(tensors=tensors, key=largest.key, prefix="", names=(architecture,), notes=notes)
    if key is not None:
        return _by_key(found, key, checkpoint.path)
    return _preferred(found, checkpoint.path)


def _networks(tensors: TensorMap, architecture: str | None) -> list[ChosenWeights]:
    """Return the known networks in a state dict, or those of a given architecture."""
    state, notes = plain_tensors(tensors.tensors)
    found: list[tuple[str, tuple[str, ...]]]
    if (fastai := find_fastai(state) if architecture is None else None) is not None:
        found = [("", (fastai,))]
    elif architecture is None:
        found = [
            (network.prefix, (network.name, *(name for name in network.fingerprint.names if name != network.name)))
            for network in find_networks(state)
        ]
    elif architecture.startswith(FASTAI):
        found = [("", (architecture,))] if find_fastai(state) is not None else []
    else:
        found = [(prefix, (architecture,)) for prefix in find_prefixes(state, split_name(architecture)[0])]
    if not found and (translated := translate_names(state)) is not None:
        state, name, note = translated
        if architecture is None or split_name(architecture)[0] == name:
            found, notes = [("", (architecture or name,))], (*notes, note)
    return [
        ChosenWeights(tensors=state, key=tensors.key, prefix=prefix, names=names, notes=notes)
        for prefix, names in found
    ]


def _by_key(found: Sequence[ChosenWeights], key: str, path: Path) -> ChosenWeights:
    """Return the network that a key names, by the whole name or by its end."""
    wanted = key.strip(".")
    fitting = [network for network in found if wanted in (network.label, network.key, network.prefix.rstrip("."))]
    fitting = fitting or [network for network in found if network.label.endswith(f".{wanted}")]
    if len(fitting) == 1:
        chosen = fitting[0]
        return chosen if len(found) == 1 else _taken(chosen, deferred("as the given key says"))
    raise ModelRefused(
        deferred("{file} holds several weights of the name {name!r}.", file=path.name, name=key)
        if fitting
        else deferred("{file} holds no weights of the name {name!r}.", file=path.name, name=key),
        deferred("It holds {names}.", names=_listed(found)),
        "weights",
    )


def _preferred(found: Sequence[ChosenWeights], path: Path) -> ChosenWeights:
    """Return the network to take where no key is given."""
    if len(found) == 1:
        return found[0]
    major = [network for network in found if not _MINOR.search(network.label)] or list(found)
    averaged = [network for network in major if _AVERAGED.search(network.label)]
    left = averaged or major
    if len(left) > 1 and not all(_is_same(left[0], other) for other in left[1:]):
        raise ModelRefused(
            deferred(
                "{source} holds {number:d} networks: {networks}.",
                source=path.name,
                number=len(left),
                networks=_listed(left),
            ),
            deferred("Name the one to take by its key."),
            "weights",
        )
    others = [network.label for network in found if network is not left[0]]
    return _taken(left[0], deferred(_AVERAGED_FIRST if averaged else _MODEL_FIRST, others=" or ".join(others)))


_AVERAGED_FIRST = mark(
    "not {others}: these are averaged weights, which training scripts evaluate. Its key can name another"
)
_MODEL_FIRST = mark("not {others}: these are the model itself. Its key can name another")


def _taken(chosen: ChosenWeights, reason: str) -> ChosenWeights:
    # Which weights were taken decides every logit, so it is part of the model's id.
    note = deferred("Taken: the weights {weights}, {reason}.", weights=chosen.label, reason=reason)
    return replace(chosen, reading=f"weights={chosen.label}", notes=(note, *chosen.notes))


def _is_same(first: ChosenWeights, second: ChosenWeights) -> bool:
    """Return True for two copies of the same weights."""
    one, two = (
        {name.removeprefix(network.prefix): tensor for name, tensor in network.tensors.items()}
        for network in (first, second)
    )
    return one.keys() == two.keys() and all(torch.equal(tensor, two[name]) for name, tensor in one.items())


def _listed(found: Sequence[ChosenWeights]) -> str:
    return chained(
        LIST,
        [deferred("{prefix} ({network})", prefix=network.label, network=network.names[0]) for network in found],
    )
