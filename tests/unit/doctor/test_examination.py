"""A preprocessing that is a little wrong is named; the right one is left alone."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from xai_core.doctor.alternatives import alternatives
from xai_core.doctor.examination import EXAMINED, LabelledPictures, examine
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


def test_most_alternatives_are_given_up_after_a_few_pictures(photos):
    found = faults(SPEC, photos)
    assert found.evaluations < 100 * found.alternatives


def test_a_few_pictures_prove_nothing(photos):
    pictures, truth = photos
    runtime = FunctionRuntime(colour_network, replace(SPEC, channels="bgr"), lambda: "colours")
    logits = np.zeros((10, 4), np.float32)
    found = examine(runtime, LabelledPictures(pictures.__getitem__, truth[:10], logits))
    assert (found.findings, found.evaluations) == ((), 0)


def test_alternatives_differ_in_one_respect_and_never_repeat_the_given_rule():
    others = alternatives(SPEC)
    assert all(other.spec != SPEC for other in others)
    assert len({other.spec for other in others}) == len(others)
    assert {other.fault for other in others} == {"channels", "value range", "normalisation", "resize", "interpolation"}


def test_one_rule_under_two_names_is_one_alternative():
    # A range of -1 to 1 without mean is the same as 0.5 and 0.5.
    spec = replace(SPEC, value_range=(-1.0, 1.0), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    assert "values from -1 to 1" not in [other.words for other in alternatives(spec)]


def test_a_crop_that_is_only_rounded_otherwise_is_no_alternative():
    spec = replace(SPEC, input_size=(240, 240), short_side=255)
    assert not [other for other in alternatives(spec) if "252" in other.words]
