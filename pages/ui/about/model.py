"""The model's card: what it is shown, how it was made where its file says so, and what nobody has written down."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.ui.about import tools
from pages.ui.loaders import studies
from pages.ui.maps import charts
from xai_core.confusions import calibration
from xai_core.demo import story
from xai_core.model.spec import ModelSpec
from xai_core.study.study import Study

_HEIGHT_PX = 200
_FAMILIES = {
    "efficientnet_": "EfficientNet-",
    "resnet": "ResNet-",
    "mobilenet_": "MobileNet ",
    "convnext_": "ConvNeXt ",
}
_BEGINNINGS = {"True": "random weights", "False": "weights learned on ImageNet"}
_AUGMENTATIONS = {"none": "as they are", "light": "cropped, flipped and lit at random", "strong": "changed strongly"}


def show(study: Study) -> None:
    """The model: what is known, its training where that was recorded, and what is unknown."""
    st.header("Model", anchor="model")
    tools.facts(facts(study), alt="Facts about the model")
    record = study.spec.training or {}
    learned = training(record)
    if learned:
        with st.expander("How it was trained", icon=":material/school:"):
            tools.facts(learned, alt="Facts about the training")
            _curve(record)
    st.markdown(f"**Unknown:** {unknown(record)}")
    if story.is_demo(study):
        st.markdown("**Meant for** trying out explanations, and for nothing else: it has never seen food.")


def facts(study: Study) -> dict[str, str]:
    """What is known of any model, by what it is."""
    found, spec = studies.figures(study), study.spec
    off = calibration.expected_error(studies.reliability(study, calibration.BINS))
    return {
        "File": study.model_file.name,
        "Network": architecture(spec.architecture),
        "Is shown": sees(spec),
        "Tells apart": f"{len(spec.labels):,} classes",
        "Right in this study": f"top-1 {found.top1:.1%}, top-5 {found.top5:.1%}",
        "Calibration error": f"{off:.1%}: how far its confidence is off, on average",
        "Id": study.model_id,
    }


def architecture(name: str | None) -> str:
    """A network's name as people write it.

    >>> architecture("efficientnet_b1"), architecture("resnet50"), architecture("mobilenet_v3_large")
    ('EfficientNet-B1', 'ResNet-50', 'MobileNet v3 large')
    """
    if name is None:
        return "not recorded"
    family = next((each for each in _FAMILIES if name.startswith(each)), "")
    rest = name.removeprefix(family).replace("_", " ")
    return _FAMILIES.get(family, "") + (rest.upper() if family == "efficientnet_" else rest)


def sees(spec: ModelSpec) -> str:
    """What becomes of a photograph before the network sees it."""
    height, width = spec.input_size
    if spec.short_side is None:
        return f"{width} x {height} pixels, to which the photograph is stretched"
    return f"{width} x {height} pixels: the short side is made {spec.short_side}, then the middle is cut out"


def training(record: Mapping[str, Any]) -> dict[str, str]:
    """What a training record tells, by what it is; what it leaves out, or has in a form of its own, is left out."""
    settings, pictures = _part(record, "settings"), _part(record, "pictures")
    best = _best(record)
    told = {
        "Began with": _BEGINNINGS.get(str(settings.get("from_scratch"))),
        "Learned from": _worded("{learn:,} pictures", pictures),
        "Held back": _worded("{validate:,} pictures, to validate on", pictures),
        "Epochs": _worded("{epochs} at most, {batch_size} pictures a step", settings),
        "Best epoch": _worded("{best_epoch}; its weights are these", record),
        "Pictures were": _AUGMENTATIONS.get(str(settings.get("augmentation"))),
        "Against overfitting": _worded("weight decay {weight_decay:g}, label smoothing {label_smoothing:g}", settings),
        "Then right on those held back": _worded("top-1 {top1:.1%}, top-5 {top5:.1%}", best),
        "Took": _worded("{0:.0f} minutes on {device}", record, _minutes(record)),
        "Seed": _worded("{seed}", settings),
        "With": ", ".join(f"{name} {version}" for name, version in _part(record, "versions").items()),
    }
    return {name: text for name, text in told.items() if text}


def unknown(record: Mapping[str, Any]) -> str:
    """What nobody has written down about a model with such a record."""
    return _ALWAYS_UNKNOWN if training(record) else f"{_UNRECORDED} {_ALWAYS_UNKNOWN}"


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a record that may be by anybody."""
    part = record.get(name)
    return part if isinstance(part, Mapping) else {}


def _best(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each for each in _epochs(record) if each.get("epoch") == record.get("best_epoch")), {})


def _epochs(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    epochs = record.get("epochs")
    return [each for each in epochs if isinstance(each, Mapping)] if isinstance(epochs, list) else []


def _minutes(record: Mapping[str, Any]) -> float | None:
    seconds = record.get("seconds")
    return seconds / 60 if isinstance(seconds, int | float) else None


def _worded(sentence: str, values: Mapping[str, Any], *numbers: float | None) -> str | None:
    """A sentence with its values, or nothing where one of them is missing or of another kind."""
    try:
        return sentence.format(*numbers, **values)
    except (KeyError, ValueError, TypeError):
        return None


def _curve(record: Mapping[str, Any]) -> None:
    """How the answers to the pictures held back got better."""
    told = [each for each in _epochs(record) if {"epoch", "top1", "top5"} <= each.keys()]
    if len(told) < 2:
        return
    epochs = [each["epoch"] for each in told]
    lines = [
        go.Scatter(x=epochs, y=[each[key] for each in told], name=name, mode="lines+markers", line={"color": colour})
        for key, name, colour in (("top5", "top-5", charts.NEUTRAL), ("top1", "top-1", charts.RIGHT))
    ]
    figure = go.Figure(lines)
    figure.update_xaxes(title="Epoch", fixedrange=True)
    figure.update_yaxes(title="Right", range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_layout(
        height=_HEIGHT_PX, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, hovermode="x unified"
    )
    figure.update_traces(hovertemplate="%{y:.1%}")
    last = told[-1]
    st.plotly_chart(
        figure,
        key="about_training",
        config=charts.CALM,
        alt=f"Right answers on pictures held back, epoch by epoch: in the last top-1 {last['top1']:.0%}, "
        f"top-5 {last['top5']:.0%}",
    )


_UNRECORDED = (
    "the file says nothing of how it was trained: from which pictures (if these were among them, its figures here are "
    "too good), by which recipe, by whom, and how good it was on pictures held back. Nor is known"
)
_ALWAYS_UNKNOWN = (
    "how it does on pictures of another origin, another camera or another kitchen than those of this study."
)
