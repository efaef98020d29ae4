import numpy as np
import pytest

from tests.unit.runtimes.sources.onnx_graph.graphs import model, node, pictures, session, true_logits
from xai_core.errors import ModelRefused
from xai_core.runtimes.trial.checks import check_trial, classify_rows, find_batch, try_graph


def softmax(values):
    shares = np.exp(values - values.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_a_steady_graph_may_run_in_any_batch():
    trial = try_graph(true_logits, pictures())
    assert (trial.is_repeatable, trial.depends_on_batch) == (True, False)
    assert check_trial(trial, "a.onnx") == ""


def test_other_answers_each_time_are_refused():
    rng = np.random.default_rng(0)
    trial = try_graph(lambda given: true_logits(given) * rng.uniform(0.9, 1.1), pictures())
    with pytest.raises(ModelRefused, match="answers differently each time"):
        check_trial(trial, "a.onnx")


def test_answers_that_depend_on_the_batch_are_run_one_by_one():
    trial = try_graph(lambda given: true_logits(given) + 0.05 * given.max(), pictures())
    assert trial.depends_on_batch
    assert "run one by one" in check_trial(trial, "a.onnx")


def test_statistics_of_the_batch_leave_nothing_to_a_picture_alone():
    trial = try_graph(lambda given: true_logits(given - given.mean(axis=0, keepdims=True)), pictures())
    with pytest.raises(ModelRefused, match="the same answer when it is alone"):
        check_trial(trial, "a.onnx")


def test_rounding_is_no_difference():
    noise = iter(np.random.default_rng(0).normal(size=(20, 1, 1)).astype(np.float32))
    trial = try_graph(lambda given: true_logits(given) + 1e-4 * next(noise), pictures())
    assert check_trial(trial, "a.onnx") == ""
    assert (
        try_graph(lambda given: true_logits(given) * (1 + 0.001 * len(given)), pictures(), half=True).depends_on_batch
        is False
    )


def running(made):
    opened = session(made)
    return lambda given: opened.run(None, {"x": np.ascontiguousarray(given.transpose(0, 3, 1, 2))})[0]


@pytest.mark.parametrize(
    ("shape", "sizes", "expected"), [([-1, 3], (), None), ([1, 3], (), 1), ([4, 3], (4,), 4), ([1, -1], (), 1)]
)
def test_a_fixed_shape_inside_the_graph_is_found_by_trying(shape, sizes, expected):
    made = model(tail=[node("Reshape", "z shape", "y")], constants={"shape": np.array(shape)})
    assert find_batch(running(made), pictures(), sizes) == expected


def test_a_graph_that_runs_no_number_of_pictures_raises_its_own_error():
    with pytest.raises(ZeroDivisionError):
        find_batch(lambda given: given / 0 if 1 / 0 else given, pictures())


@pytest.mark.parametrize(
    ("values", "kind", "total"),
    [
        (true_logits(pictures(8)), "logits", 0),
        (np.abs(true_logits(pictures(8))) + 2, "logits", 0),
        (softmax(true_logits(pictures(8))), "probabilities", 1),
        (100 * softmax(true_logits(pictures(8))), "probabilities", 100),
        (softmax(true_logits(pictures(8))).astype(np.float16), "probabilities", 1),
        (np.rint(255 * softmax(true_logits(pictures(8)))) / 255, "probabilities", 1),
        (255 * softmax(true_logits(pictures(8))), "probabilities", 255),
        (1 / (1 + np.exp(-true_logits(pictures(8)))), "unit interval", 0),
        (np.full((8, 3), 1 / 3), "unit interval", 0),
        (np.abs(1e-3 * true_logits(pictures(8))) + 5, "logits", 0),
        (np.zeros((1, 3)), "logits", 0),
        (np.full((8, 3), np.nan), "logits", 0),
    ],
)
def test_the_numbers_of_pictures_tell_probabilities_from_logits(values, kind, total):
    found = classify_rows(np.asarray(values, np.float32))
    assert found.kind == kind
    assert found.total == pytest.approx(total, rel=1e-3)
