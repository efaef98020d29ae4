"""Faithfulness metrics of maps by every method, on the same random maskings."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.errors import ModelRefused, NameUnknown, SettingRefused
from xai_core.explain.question import Question
from xai_core.explain.target import Target
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.trust.faithfulness.evaluation import (
    RANDOM_MASKING_EVALUATIONS,
    FaithfulnessEvaluator,
    metrics_key,
)
from xai_core.trust.faithfulness.method_run import MethodRun, parse_method_run, parse_method_runs

CHOP = Target("pork_chop")
SETTINGS = ExplainSettings(mask="colour", colour=(0, 0, 0), steer_top=1, search_width=10)


@pytest.fixture
def question(white_picture, store):
    """Question about a linear model whose first label depends on one corner of the picture."""
    weights = np.zeros((16, 16))
    weights[:4, :4] = 0.5
    picture = white_picture(weights)
    return Question(picture.runtime, picture.view, "white", SETTINGS, store)


class TestMethodRuns:
    def test_every_method_is_combined_with_every_budget_in_order(self):
        found = parse_method_runs("partition, gradcam,lime,random", "100,300")
        assert [run.name for run in found] == [
            "partition:100", "partition:300", "gradcam", "lime:100", "lime:300", "random",
        ]  # fmt: skip

    def test_a_method_with_its_own_budget_gets_no_other(self):
        assert [run.name for run in parse_method_runs("partition:3000,lime", "100")] == ["partition:3000", "lime:100"]

    def test_repetitions_are_dropped(self):
        assert parse_method_runs("lime,lime:100,lime", "100,100") == (MethodRun("lime", 100),)

    @pytest.mark.parametrize(
        ("methods", "evaluations", "fault", "sentence"),
        [
            ("limes", "100", NameUnknown, "no method 'limes'"),
            ("", "100", SettingRefused, "methods is ''; expected at least one"),
            ("lime", " , ", SettingRefused, "evaluations is ' , '; expected at least one"),
            ("lime", "100,many", SettingRefused, "evaluations is 'many'; expected whole numbers of at least 2"),
            ("lime", "1", SettingRefused, "evaluations is '1'"),
            ("lime:0", "100", SettingRefused, "evaluations is '0'"),
            ("gradcam:100", "100", SettingRefused, "gradcam is gradcam:100; expected gradcam alone"),
        ],
    )
    def test_invalid_names_and_budgets_are_refused(self, methods, evaluations, fault, sentence):
        with pytest.raises(fault, match=sentence):
            parse_method_runs(methods, evaluations)

    def test_a_reference_needs_its_budget(self):
        assert parse_method_run("partition:10000") == MethodRun("partition", 10000)
        with pytest.raises(SettingRefused, match="partition is without a budget; expected evaluations too"):
            parse_method_run("partition")


def test_the_partition_engine_s_map_of_a_linear_model_is_perfect(question):
    found = FaithfulnessEvaluator(question, CHOP, seed=0).metrics(MethodRun("partition", 300))
    # 16 of 256 pixels carry everything: two of the 32 steps.
    assert found.insertion == pytest.approx(1 - 1 / 32, abs=1e-3)
    assert found.deletion == pytest.approx(1 / 32, abs=1e-3)
    assert found.gain == pytest.approx(found.insertion - found.deletion)
    assert found.correlation == pytest.approx(1, abs=1e-3)
    assert found.slope == pytest.approx(1, abs=1e-3)
    assert found.span == pytest.approx(8, abs=1e-4)
    assert found.evaluations <= 301


def test_the_regions_engine_s_map_is_nearly_perfect(question):
    found = FaithfulnessEvaluator(question, CHOP, seed=0).metrics(MethodRun("regions", 300))
    assert found.gain > 0.85
    assert found.correlation > 0.95
    assert found.slope == pytest.approx(1, abs=0.1)
    assert found.evaluations == 300


@pytest.mark.parametrize("method", ["lime", "kernelshap", "occlusion"])
def test_other_methods_are_evaluated_in_the_same_way(question, method):
    found = FaithfulnessEvaluator(question, CHOP, seed=0).metrics(MethodRun(method, 200))
    assert found.span == pytest.approx(8, abs=1e-4)
    assert found.gain > 0.5
    assert found.correlation > 0.5


def test_a_random_order_gains_about_nothing(question):
    gains = [FaithfulnessEvaluator(question, CHOP, seed=seed).metrics(MethodRun("random")).gain for seed in range(12)]
    assert abs(np.mean(gains)) < 0.3


@pytest.mark.parametrize("name", ["partition:40", "regions:40", "lime:40", "random"])
def test_stability_compares_maps_by_seed_and_shift(question, name):
    evaluator, run = FaithfulnessEvaluator(question, CHOP, seed=0), parse_method_run(name)
    metrics = evaluator.metrics(run)
    assert np.isnan(metrics.seeds)
    found = evaluator.with_stability(run, metrics)
    assert found.gain == metrics.gain
    if name.startswith("partition"):
        assert (found.seeds, found.seeds_cells) == (pytest.approx(1), pytest.approx(1))
    elif name == "random":
        assert abs(found.seeds) < 0.3
    else:
        assert found.seeds > 0.5
    assert -1 <= found.shift_cells <= 1


def test_random_maskings_of_a_picture_are_evaluated_once(question):
    evaluator = FaithfulnessEvaluator(question, CHOP, seed=0)
    evaluator.metrics(MethodRun("random"))
    assert question.runtime.evaluations == RANDOM_MASKING_EVALUATIONS + 64
    evaluator.metrics(MethodRun("random"))
    assert question.runtime.evaluations == RANDOM_MASKING_EVALUATIONS + 2 * 64


def test_every_evaluation_is_reported(question):
    spent = []
    FaithfulnessEvaluator(question, CHOP, seed=0, on_evaluations=spent.append).metrics(MethodRun("lime", 50))
    assert sum(spent) == question.runtime.evaluations == RANDOM_MASKING_EVALUATIONS + 50 + 64


def test_metrics_are_reproducible_and_depend_on_the_seed(question):
    first, again, other = (
        FaithfulnessEvaluator(question, CHOP, seed=seed).metrics(MethodRun("lime", 50)) for seed in (0, 0, 1)
    )
    assert first == again != other


@pytest.mark.parametrize("engine", ["partition", "regions"])
def test_smaller_budgets_reuse_the_evaluations_of_larger_ones(question, engine):
    evaluator = FaithfulnessEvaluator(question, CHOP, seed=0)
    evaluator.metrics(MethodRun(engine, 200))
    spent = question.runtime.evaluations
    evaluator.metrics(MethodRun(engine, 60))
    assert question.runtime.evaluations == spent + 64


def test_without_a_network_grad_cam_says_why_it_is_missing(question):
    with pytest.raises(ModelRefused, match="Grad-CAM needs the model's gradients"):
        FaithfulnessEvaluator(question, CHOP, seed=0).metrics(MethodRun("gradcam"))


class TestKeys:
    def key(self, run=MethodRun("lime", 100), target=CHOP, settings=SETTINGS, **changes):  # noqa: B008
        named = {"model_id": "m", "picture_hash": "p", "seed": 0} | changes
        return metrics_key(run, target, settings, **named)

    def test_a_key_is_the_same_in_every_process(self):
        # A literal, so that a change that would lose stored metrics is noticed.
        assert self.key() == "6ff7e3d5527b2434e9c78d8b4cd9d3c1"

    @pytest.mark.parametrize(
        "change",
        [
            {"run": MethodRun("lime", 300)},
            {"run": MethodRun("kernelshap", 100)},
            {"target": Target("ravioli")},
            {"target": Target("pork_chop", "ravioli")},
            {"settings": replace(SETTINGS, colour=(1, 0, 0))},
            {"settings": replace(SETTINGS, mask="mean", colour=None)},
            {"model_id": "n"},
            {"picture_hash": "q"},
            {"seed": 1},
        ],
    )
    def test_other_metrics_have_another_key(self, change):
        assert self.key(**change) != self.key()

    def test_steering_changes_the_key_of_engines_alone(self):
        steered = replace(SETTINGS, steer_top=2)
        assert self.key(settings=steered) == self.key()
        partition = MethodRun("partition", 100)
        assert self.key(partition, settings=steered) != self.key(partition)
