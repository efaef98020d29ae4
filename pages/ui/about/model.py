"""Section of About with the model card."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.ui.about import taken_as, tools
from pages.ui.loaders import studies
from pages.ui.maps import charts
from xai_core.confusions import calibration
from xai_core.demo import story
from xai_core.hub import display_name
from xai_core.language import mark, tr
from xai_core.model.preprocessing_words import describe_preprocessing
from xai_core.study.study import Study
from xai_core.texts import listed

_HEIGHT_PX = 200
_FAMILIES = {
    "efficientnet_": "EfficientNet-",
    "resnet": "ResNet-",
    "mobilenet_": "MobileNet ",
    "convnext_": "ConvNeXt ",
}
_INITIAL_WEIGHTS = {"True": mark("random"), "False": mark("trained on ImageNet")}
_AUGMENTATIONS = {
    "none": mark("none"),
    "light": mark("random crops, flips and lighting"),
    "strong": mark("strong random changes"),
}


def draw_model(study: Study) -> None:
    """Draw the facts about the model, its training if that was recorded, and what is unknown."""
    st.header(tr("Model"), anchor="model")
    tools.draw_facts(facts(study), alt=tr("Facts about the model"))
    taken_as.draw_taken_as(study)
    record = study.spec.training or {}
    recorded = training(record)
    if recorded:
        with st.expander(tr("Training"), icon=":material/school:"):
            tools.draw_facts(recorded, alt=tr("Facts about the training"))
            _draw_curve(record)
    st.markdown(unknown(record))
    if story.is_demo(study):
        st.markdown(
            tr("**Intended use:** trying out explanations, and nothing else. The model has never seen real food.")
        )


def facts(study: Study) -> dict[str, str]:
    """Return the facts that are known of any model by their names."""
    figures, spec = studies.figures(study), study.spec
    gap = calibration.expected_calibration_error(studies.reliability(study, calibration.BINS))
    return {
        tr("File"): display_name(study.model_file),
        tr("Network"): architecture(spec.architecture),
        tr("Input"): describe_preprocessing(spec),
        tr("Output"): tr("{number:,} classes", number=len(spec.labels)),
        tr("Accuracy in this study"): tr(_ACCURACY, top1=figures.top1, top5=figures.top5),
        tr("Calibration error"): tr("{gap:.1%}, the mean gap between confidence and accuracy", gap=gap),
        tr("Id"): study.model_id,
    }


def architecture(name: str | None) -> str:
    """Return a network's name as people write it.

    >>> architecture("efficientnet_b1"), architecture("resnet50"), architecture("mobilenet_v3_large")
    ('EfficientNet-B1', 'ResNet-50', 'MobileNet v3 large')
    """
    if name is None:
        return tr("not recorded")
    family = next((prefix for prefix in _FAMILIES if name.startswith(prefix)), "")
    rest = name.removeprefix(family).replace("_", " ")
    return _FAMILIES.get(family, "") + (rest.upper() if family == "efficientnet_" else rest)


def training(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the facts in a training record by their names.

    The record may be by anybody. A fact that it lacks, or has in an unknown form, is left out.
    """
    settings, pictures = _part(record, "settings"), _part(record, "pictures")
    best = _best_epoch(record)
    facts = {
        tr("Initial weights"): tr(_INITIAL_WEIGHTS.get(str(settings.get("from_scratch")), "")),
        tr("Trained on"): _filled_in(mark("{learn:,} pictures"), pictures),
        tr("Validated on"): _filled_in(mark("{validate:,} other pictures"), pictures),
        tr("Epochs"): _filled_in(mark("{epochs} at most, {batch_size} pictures a step"), settings),
        tr("Best epoch"): _filled_in(mark("{best_epoch}; the model has its weights"), record),
        tr("Augmentation"): tr(_AUGMENTATIONS.get(str(settings.get("augmentation")), "")),
        tr("Regularisation"): _filled_in(
            mark("weight decay {weight_decay:g}, label smoothing {label_smoothing:g}"), settings
        ),
        tr("Validation accuracy"): _filled_in(_ACCURACY, best),
        tr("Duration"): _filled_in(mark("{minutes:.0f} minutes on {device}"), {**record, "minutes": _minutes(record)}),
        tr("Seed"): _filled_in("{seed}", settings),
        tr("Libraries"): listed(f"{name} {version}" for name, version in _part(record, "versions").items()),
    }
    return {name: text for name, text in facts.items() if text}


def unknown(record: Mapping[str, Any]) -> str:
    """Return Markdown on what is not known about a model with such a record."""
    return tr(_ALWAYS_UNKNOWN if training(record) else _UNRECORDED)


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of a record, empty if it is missing or has another form."""
    part = record.get(name)
    return part if isinstance(part, Mapping) else {}


def _best_epoch(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((epoch for epoch in _epochs(record) if epoch.get("epoch") == record.get("best_epoch")), {})


def _epochs(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    epochs = record.get("epochs")
    return [epoch for epoch in epochs if isinstance(epoch, Mapping)] if isinstance(epochs, list) else []


def _minutes(record: Mapping[str, Any]) -> float | None:
    seconds = record.get("seconds")
    return seconds / 60 if isinstance(seconds, int | float) else None


def _filled_in(sentence: str, values: Mapping[str, Any]) -> str | None:
    """Return a sentence, a text for `tr`, with its values; None if one of them is missing or of another type."""
    # Anybody may have written the record, so values of any type must not break the page.
    try:
        return tr(sentence).format(**values)
    except (KeyError, ValueError, TypeError):
        return None


def _draw_curve(record: Mapping[str, Any]) -> None:
    """Draw the validation accuracy by epoch."""
    complete = [epoch for epoch in _epochs(record) if {"epoch", "top1", "top5"} <= epoch.keys()]
    if len(complete) < 2:
        return
    numbers = [epoch["epoch"] for epoch in complete]
    lines = [
        go.Scatter(
            x=numbers, y=[epoch[key] for epoch in complete], name=name, mode="lines+markers", line={"color": colour}
        )
        for key, name, colour in (("top5", "top-5", charts.NEUTRAL), ("top1", "top-1", charts.RIGHT))
    ]
    figure = go.Figure(lines)
    figure.update_xaxes(title=tr("Epoch"), fixedrange=True)
    figure.update_yaxes(title=tr("Accuracy"), range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_layout(
        height=_HEIGHT_PX, margin={"l": 8, "r": 8, "t": 8, "b": 8}, dragmode=False, hovermode="x unified"
    )
    figure.update_traces(hovertemplate="%{y:.1%}")
    last = complete[-1]
    st.plotly_chart(
        figure,
        key="about_training",
        config=charts.NO_TOOLBAR,
        alt=tr(
            "Validation accuracy by epoch. In the last epoch top-1 {top1:.0%}, top-5 {top5:.0%}",
            top1=last["top1"],
            top5=last["top5"],
        ),
    )


_ACCURACY = mark("top-1 {top1:.1%}, top-5 {top5:.1%}")
_UNRECORDED = mark(
    "**Unknown:** the file has no record of the training: on which pictures (if these were among them, the figures "
    "here are too good), by which recipe, by whom, and with which accuracy on other pictures. It is also unknown how "
    "accurate it is on pictures from another source, another camera or another kitchen than those of this study."
)
_ALWAYS_UNKNOWN = mark(
    "**Unknown:** how accurate it is on pictures from another source, another camera or another kitchen than those of "
    "this study."
)
