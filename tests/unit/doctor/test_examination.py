"""A preprocessing that is a little wrong is named; the right one is left alone."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from xai_core.doctor.alternatives import alternatives
from xai_core.doctor.examination import EXAMINED, examine
from xai_core.doctor.screening import LabelledPictures
from xai_core.model import preprocess
from xai_core.model.spec import IMAGENET_MEAN, IMAGENET_STD, ModelSpec
from xai_core.runtimes.function_runtime import FunctionRuntime

SIDE = 8
LABELS = ("red", "green", "blue", "grey")
SPEC = ModelSpec(
    labels=LABELS,
    input_size=(SIDE, SIDE),
    short_side=None,
    interpolation="bilinear",
    value_range=(0.0, 1.0),
    mean=IMAGENET_MEAN,
    std=IMAGENET_STD,
)
CENTRES = np.array([[0.7, 0.3, 0.3], [0.3, 0.7, 0.3], [0.3, 0.3, 0.7], [0.5, 0.5, 0.5]])


def colour_network(inputs):
    """Network that was trained with `SPEC`: it knows the classes by the mean colour, and nothing else."""
    means = inputs.mean(axis=(1, 2)) * IMAGENET_STD + IMAGENET_MEAN
    distance = ((means[:, None] - CENTRES[None]) ** 2).sum(axis=2)
    return 8 * np.exp(-distance / 0.05)


@pytest.fixture
def photos():
    """Pictures of the four classes, a frame of another colour around them, and noise that costs a tenth of them."""
    random = np.random.default_rng(5)
    truth = random.integers(0, 4, EXAMINED)
    pictures = []
    for label in truth:
        colour = CENTRES[label] + random.normal(scale=0.09, size=3)
        pixels = np.clip(colour + random.normal(scale=0.05, size=(SIDE, SIDE, 3)), 0, 1)
        pictures.append(Image.fromarray((pixels * 255).astype(np.uint8)))
    return pictures, truth


def faults(spec, photos):
    """Faults that are reported if a study uses a spec for the network above."""
    pictures, truth = photos
    runtime = FunctionRuntime(colour_network, spec, lambda: "colours")
    views = np.stack([preprocess.view(picture, spec) for picture in pictures])
    logits = runtime.logits(preprocess.normalise(views, spec))
    return examine(runtime, LabelledPictures(pictures.__getitem__, truth, logits))


def test_the_right_preprocessing_is_left_alone(photos):
    found = faults(SPEC, photos)
    assert found.findings == ()
    assert found.pictures == EXAMINED
    assert found.alternatives == len(alternatives(SPEC))


@pytest.mark.parametrize(
    ("change", "fault", "cure"),
    [
        ({"channels": "bgr"}, "channels", {"channels": "rgb"}),
        ({"value_range": (0.0, 255.0), "mean": (0, 0, 0), "std": (1, 1, 1)}, "value range", {"mean": IMAGENET_MEAN}),
        ({"mean": (0, 0, 0), "std": (1, 1, 1)}, "normalisation", {"std": IMAGENET_STD}),
    ],
)
def test_a_wrong_preprocessing_is_named_with_its_cure(photos, change, fault, cure):
    (finding,) = faults(replace(SPEC, **change), photos).findings
    assert (finding.kind, finding.fault) == ("preprocessing", fault)
    assert cure.items() <= dict(finding.settings).items()
    assert f"of {EXAMINED} pictures are right" in finding.sentence


def test_a_right_preprocessing_takes_a_few_pictures(photos):
    found = faults(SPEC, photos)
    assert found.evaluations < 8 * found.alternatives


def test_nothing_is_tried_where_nothing_can_be_gained(photos):
    pictures, truth = photos
    runtime = FunctionRuntime(colour_network, SPEC, lambda: "colours")
    logits = 8 * np.eye(4, dtype=np.float32)[truth]
    found = examine(runtime, LabelledPictures(pictures.__getitem__, truth, logits))
    assert (found.findings, found.evaluations) == ((), 0)


def test_a_cure_is_told_as_the_options_of_a_command(photos):
    (finding,) = faults(replace(SPEC, channels="bgr"), photos).findings
    assert finding.cure == "If the model was trained like that, create the study with --channels rgb."
    (finding,) = faults(replace(SPEC, mean=(0, 0, 0), std=(1, 1, 1)), photos).findings
    assert finding.cure.endswith("the study with --range 0..1 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225.")


def test_an_alternative_that_makes_the_model_blind_is_no_cure(photos):
    # It always answers the most frequent class then, which is right more often than the given preprocessing.
    pictures, _ = photos
    truth = np.where(np.arange(EXAMINED) < 200, 0, 1 + np.arange(EXAMINED) % 3)
    blind = FunctionRuntime(lambda inputs: np.tile(np.float32([8, 0, 0, 0]), (len(inputs), 1)), SPEC, lambda: "blind")
    logits = 8 * np.eye(4, dtype=np.float32)[(truth + 1) % 4]
    assert examine(blind, LabelledPictures(pictures.__getitem__, truth, logits)).findings == ()


def test_another_input_size_is_named_where_the_model_takes_it(photos):
    pictures, truth = photos
    small = replace(SPEC, input_size=(96, 96))

    def network(inputs):
        """Network that knows the classes at 224 pixels and guesses at any other size."""
        return colour_network(inputs) if inputs.shape[1] == 224 else np.tile(np.float32([1, 0, 0, 0]), (len(inputs), 1))

    def resized(spec):
        return FunctionRuntime(network, spec, lambda: "colours") if spec.input_size == (224, 224) else None

    logits = np.tile(np.float32([1, 0, 0, 0]), (EXAMINED, 1))
    runtime = FunctionRuntime(network, small, lambda: "colours")
    (finding,) = examine(runtime, LabelledPictures(pictures.__getitem__, truth, logits), resized=resized).findings
    assert finding.fault == "size"
    assert finding.cure == "If the model was trained like that, create the study with --size 224x224."


def test_a_few_pictures_prove_nothing(photos):
    pictures, truth = photos
    runtime = FunctionRuntime(colour_network, replace(SPEC, channels="bgr"), lambda: "colours")
    logits = np.zeros((10, 4), np.float32)
    found = examine(runtime, LabelledPictures(pictures.__getitem__, truth[:10], logits))
    assert (found.findings, found.evaluations) == ((), 0)
