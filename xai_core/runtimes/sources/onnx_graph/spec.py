"""Labels and preprocessing of an .onnx file, from whatever knows them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xai_core.errors import ModelRefused
from xai_core.language import deferred, mark
from xai_core.model.preprocessing_words import describe_part
from xai_core.model.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec
from xai_core.model.spec_parts import Layer, Merged, Preprocessing, apply_options, build_spec, merge_layers
from xai_core.runtimes.refusals.outputs import other_order
from xai_core.runtimes.refusals.preprocessing import without_size, without_spec
from xai_core.runtimes.sources.onnx_graph.metadata import GraphMetadata
from xai_core.runtimes.sources.onnx_graph.picture_input import PictureInput
from xai_core.runtimes.sources.request import DRAFT_LABELS, UNNAMED, OpenRequest, numbered_outputs

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos", "box", "hamming")
"""Resampling filters that a spec can name."""

USUAL_CROP = 0.875
"""Share of the short side that a crop keeps by custom: 224 of 256 pixels."""

_OPTIONS = {"input_size": "size", "value_range": "range"}
"""Names of parts of the preprocessing as options, where they differ from those in a spec."""

_DRAFT = Preprocessing(input_size=(224, 224), value_range=(0.0, 1.0), mean=IMAGENET_MEAN, std=IMAGENET_STD)
"""Preprocessing of most networks of torchvision, for a look at a file that says nothing."""


@dataclass(frozen=True, slots=True)
class NamedLabels:
    """Class names and the place that they are from."""

    names: tuple[str, ...]
    origin: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundSpec:
    """Spec of an .onnx file.

    Attributes
    ----------
    spec
        Labels and preprocessing.
    origin
        Sentence fragment that names where the parts of the preprocessing are from.
    notes
        Sentences about what is assumed and what contradicts.
    """

    spec: ModelSpec
    origin: str
    notes: tuple[str, ...]


def choose_labels(
    path: Path,
    given: ModelSpec | None,
    request: OpenRequest,
    in_file: Mapping[str, Sequence[str]],
    width: int | None,
) -> NamedLabels | None:
    """Return the labels of the first source that has any, or None.

    Parameters
    ----------
    path
        The model file.
    given
        The spec that the caller gives or that lies beside the file. Its labels are those of the request where both
        are given.
    request
        Labels and classes of the data.
    in_file
        Labels that the file itself holds, by the place in it.
    width
        Number of outputs, None where the graph does not show it.

    Raises
    ------
    ModelRefused
        If the file names its outputs in another order than the caller does.
    """
    own = [NamedLabels(tuple(names), place) for place, names in in_file.items()]
    if given is not None:
        # `read_spec` has replaced the labels of the spec by those of the request.
        chosen = NamedLabels(given.labels, _GIVEN_LABELS if request.labels else spec_origin(path, request))
    elif request.labels is not None:
        chosen = NamedLabels(request.labels, _GIVEN_LABELS)
    elif own:
        return own[0]
    elif request.classes is not None and width == len(request.classes):
        note = deferred(
            "{file} does not name its {number:d} outputs. They are taken for the classes of the data in sorted order, "
            "as torchvision sorts them.",
            file=path.name,
            number=width,
        )
        return NamedLabels(request.classes, deferred("the classes of the data, sorted"), (note,))
    elif request.draft and width is not None:
        return NamedLabels(numbered_outputs(width), UNNAMED, (DRAFT_LABELS,))
    else:
        return None
    for other in own:
        if other.names == chosen.names:
            continue
        if set(other.names) == set(chosen.names):
            raise other_order(path.name, other.names, other.origin, chosen.names, chosen.origin)
        text = _OTHERWISE_ARE if chosen.origin.endswith("given") else _OTHERWISE_IS
        note = deferred(text, file=path.name, place=other.origin, names=_listed(other.names), used=chosen.origin)
        return NamedLabels(chosen.names, chosen.origin, (note,))
    return chosen


_GIVEN_LABELS = deferred("the labels given")
_OTHERWISE_ARE = mark("{file} names its outputs otherwise in {place} ({names}); {used} are used.")
_OTHERWISE_IS = mark("{file} names its outputs otherwise in {place} ({names}); {used} is used.")


def complete_spec(
    path: Path,
    given: ModelSpec | None,
    request: OpenRequest,
    metadata: GraphMetadata,
    *,
    picture: PictureInput,
    labels: tuple[str, ...],
) -> FoundSpec:
    """Return the spec of a file, put together from all that is known.

    Raises
    ------
    ModelRefused
        If parts are missing or contradict each other.
    """
    options = request.preprocessing
    known = _of_metadata(metadata)
    if given is not None:
        spec = apply_options(given, options)
        _check_size(path, picture, spec)
        notes = _contradictions(path, spec, known)
        given_parts = ", ".join(_OPTIONS.get(name, name) for name in options.parts)
        origin = spec_origin(path, request)
        if given_parts:
            origin = deferred("{origin}; {parts} given", origin=origin, parts=given_parts)
        return FoundSpec(spec, origin, notes)
    layers = [
        Layer(deferred("given"), options),
        Layer(deferred("the shape of its input"), _of_input(picture)),
        Layer(deferred("its metadata"), known),
    ]
    if picture.is_bytes:
        normal = Preprocessing(value_range=(0.0, 255.0), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
        layers.append(Layer(deferred("its input of bytes"), normal))
    layers += _customs(merge_layers(layers))
    merged = merge_layers(layers)
    missing = merged.missing if request.draft else ()
    if missing:
        merged = merge_layers([*layers, Layer(deferred("guessed"), _DRAFT, is_assumption=True)])
    if "input_size" in merged.missing:
        raise without_size(path)
    if merged.missing:
        raise without_spec(path, merged.missing)
    spec = build_spec(labels, merged, path.name)
    _check_size(path, picture, spec)
    notes = _assumptions(path, merged, spec)
    if missing:
        guessed = ", ".join(_OPTIONS.get(name, name) for name in missing)
        notes += (
            deferred("The guess of {parts} serves this look at the file only. A study asks for them.", parts=guessed),
        )
    return FoundSpec(spec, _described(merged), notes)


def spec_origin(path: Path, request: OpenRequest) -> str:
    """Return a noun phrase for the spec of a request, or the one beside the file."""
    if isinstance(request.spec, ModelSpec):
        return deferred("the spec given")
    file = path.with_suffix(".json") if request.spec is None else request.spec
    return deferred("the spec {file}", file=file.name)


def _of_input(picture: PictureInput) -> Preprocessing:
    if picture.height is None or picture.width is None:
        return Preprocessing()
    return Preprocessing(input_size=(picture.height, picture.width))


def _of_metadata(metadata: GraphMetadata) -> Preprocessing:
    resize: float | str | None = metadata.crop_pct
    if resize is None and metadata.resize is not None:
        resize = "stretch" if metadata.resize == "stretch" else 1.0
    return Preprocessing(
        input_size=metadata.input_size,
        resize=resize,
        interpolation=metadata.interpolation if metadata.interpolation in INTERPOLATIONS else None,
        value_range=metadata.value_range,
        mean=_three(metadata.mean),
        std=_three(metadata.std),
        channels=metadata.channels,
    )


def _three(values: tuple[float, ...] | None) -> tuple[float, float, float] | None:
    return None if values is None else (values[0], values[1], values[2])


def _customs(merged: Merged) -> list[Layer]:
    """Return what is assumed by custom about parts that nothing says."""
    known = merged.known
    parts: dict[str, object] = {"resize": USUAL_CROP, "interpolation": "bilinear"}
    if known.value_range is None and (known.mean is not None or known.std is not None):
        largest = max((*(known.mean or ()), *(known.std or ())))
        parts["value_range"] = (0.0, 255.0) if largest > 2 else (0.0, 1.0)
    # A range alone means values without further normalisation. Without any part the normalisation stays unknown.
    if known.value_range is not None or known.mean is not None or known.std is not None:
        parts |= {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
    return [Layer(deferred("assumed"), Preprocessing(**parts), is_assumption=True)]  # type: ignore[arg-type]


def _check_size(path: Path, picture: PictureInput, spec: ModelSpec) -> None:
    height, width = spec.input_size
    if (picture.height or height, picture.width or width) == (height, width):
        return
    shape = [picture.height or "?", picture.width or "?"]
    shape = ["n", *shape, 3] if picture.channels_last else ["n", 3, *shape]
    expected = ["n", height, width, 3] if picture.channels_last else ["n", 3, height, width]
    raise ModelRefused(
        deferred(
            "The input {name!r} of {file} has shape ({found}); its spec says ({expected}).",
            name=picture.name,
            file=path.name,
            found=", ".join(map(str, shape)),
            expected=", ".join(map(str, expected)),
        ),
        deferred("Correct input_size in the spec."),
        "size",
    )


def _contradictions(path: Path, spec: ModelSpec, known: Preprocessing) -> tuple[str, ...]:
    """Return a sentence about each part of the metadata that the spec says otherwise."""
    notes = []
    for name, value in known.parts.items():
        if name == "resize":
            continue
        mine = getattr(spec, name)
        numbers = isinstance(value, tuple)
        same = (
            all(math.isclose(a, b, abs_tol=5e-4) for a, b in zip(value, mine, strict=True))
            if numbers
            else value == mine
        )
        if not same:
            what = _OPTIONS.get(name, name)
            said = {"given": _text(mine), "file": path.name, "value": _text(value)}
            notes.append(deferred("{what} is {given} as given; the metadata of {file} say {value}.", what=what, **said))
    return tuple(notes)


def _described(merged: Merged) -> str:
    by_origin: dict[str, list[str]] = {}
    for name, origin in merged.origins.items():
        by_origin.setdefault(origin, []).append(_OPTIONS.get(name, name))
    return "; ".join(f"{', '.join(names)}: {origin}" for origin, names in by_origin.items())


def _assumptions(path: Path, merged: Merged, spec: ModelSpec) -> tuple[str, ...]:
    if not merged.assumed:
        return ()
    told = ", ".join(describe_part(spec, name) for name in merged.assumed)
    return (deferred("Nothing in {file} says this, so it is assumed: {parts}.", file=path.name, parts=told),)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _text(value: object) -> str:
    return ", ".join(f"{part:g}" for part in value) if isinstance(value, tuple) else str(value)
