"""Every method's map is put to the same trials."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.errors import ModelRefused, NameUnknown, SettingRefused
from xai_core.explain.computation import Question
from xai_core.settings import ExplainSettings
from xai_core.trust.faithfulness.evaluation import (
    TRIALS_EVALUATIONS,
    Judge,
    Task,
    figures_key,
    parsed_task,
    parsed_tasks,
)
from xai_core.trust.target import Target

CHOP = Target("pork_chop")
SETTINGS = ExplainSettings(mask="colour", colour=(0, 0, 0), steer_top=1, search_width=10)


@pytest.fixture
def question(asked, store):
    """About a linear model whose first label reads one corner of the picture."""
    weights = np.zeros((16, 16))
    weights[:4, :4] = 0.5
    of = asked(weights)
    return Question(of.runtime, of.view, "white", SETTINGS, store)


class TestTasks:
    def test_methods_meet_budgets_each_once_and_in_order(self):
        found = parsed_tasks("partition, gradcam,lime,random", "100,300")
        assert [task.name for task in found] == [
            "partition:100", "partition:300", "gradcam", "lime:100", "lime:300", "random",
        ]  # fmt: skip

    def test_a_budget_of_its_own_is_the_only_one(self):
        assert [task.name for task in parsed_tasks("partition:3000,lime", "100")] == ["partition:3000", "lime:100"]

    def test_what_comes_twice_counts_once(self):
        assert parsed_tasks("lime,lime:100,lime", "100,100") == (Task("lime", 100),)

    @pytest.mark.parametrize(
        ("methods", "evals", "fault", "sentence"),
        [
            ("limes", "100", NameUnknown, "no method 'limes'"),
            ("", "100", SettingRefused, "methods is ''; expected at least one"),
            ("lime", " , ", SettingRefused, "evals is ' , '; expected at least one"),
            ("lime", "100,many", SettingRefused, "evals is 'many'; expected whole numbers of at least 2"),
            ("lime", "1", SettingRefused, "evals is '1'"),
            ("lime:0", "100", SettingRefused, "evals is '0'"),
            ("gradcam:100", "100", SettingRefused, "gradcam is gradcam:100; expected gradcam alone"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, methods, evals, fault, sentence):
        with pytest.raises(fault, match=sentence):
            parsed_tasks(methods, evals)

    def test_a_reference_needs_its_budget(self):
        assert parsed_task("partition:10000") == Task("partition", 10000)
        with pytest.raises(SettingRefused, match="partition is without a budget; expected evaluations too"):
            parsed_task("partition")


def test_the_engine_s_map_of_a_linear_model_is_as_good_as_can_be(question):
    found = Judge(question, CHOP, seed=0).figures(Task("partition", 300))
    # 16 of 256 pixels carry everything: two of the 32 steps.
    assert found.insertion == pytest.approx(1 - 1 / 32, abs=1e-3)
    assert found.deletion == pytest.approx(1 / 32, abs=1e-3)
    assert found.gain == pytest.approx(found.insertion - found.deletion)
    assert found.correlation == pytest.approx(1, abs=1e-3)
    assert found.slope == pytest.approx(1, abs=1e-3)
    assert found.span == pytest.approx(8, abs=1e-4)
    assert found.evaluations <= 301


def test_least_squares_come_near_it(question):
    found = Judge(question, CHOP, seed=0).figures(Task("regions", 300))
    assert found.gain > 0.85
    assert found.correlation > 0.95
    assert found.slope == pytest.approx(1, abs=0.1)
    assert found.evaluations == 300


@pytest.mark.parametrize("method", ["lime", "kernelshap", "occlusion"])
def test_other_methods_are_judged_alike(question, method):
    found = Judge(question, CHOP, seed=0).figures(Task(method, 200))
    assert found.span == pytest.approx(8, abs=1e-4)
    assert found.gain > 0.5
    assert found.correlation > 0.5


def test_a_random_order_is_worth_about_nothing(question):
    gains = [Judge(question, CHOP, seed=seed).figures(Task("random")).gain for seed in range(12)]
    assert abs(np.mean(gains)) < 0.3


def test_the_trials_of_a_picture_are_made_once(question):
    judge = Judge(question, CHOP, seed=0)
    judge.figures(Task("random"))
    assert question.runtime.evaluations == TRIALS_EVALUATIONS + 64
    judge.figures(Task("random"))
    assert question.runtime.evaluations == TRIALS_EVALUATIONS + 2 * 64


def test_every_evaluation_is_told(question):
    spent = []
    Judge(question, CHOP, seed=0, spent=spent.append).figures(Task("lime", 50))
    assert sum(spent) == question.runtime.evaluations == TRIALS_EVALUATIONS + 50 + 64


def test_the_same_question_gives_the_same_figures_and_another_seed_others(question):
    first, again, other = (Judge(question, CHOP, seed=seed).figures(Task("lime", 50)) for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.parametrize("engine", ["partition", "regions"])
def test_smaller_budgets_are_read_off_the_larger_one_s_evaluations(question, engine):
    judge = Judge(question, CHOP, seed=0)
    judge.figures(Task(engine, 200))
    spent = question.runtime.evaluations
    judge.figures(Task(engine, 60))
    assert question.runtime.evaluations == spent + 64


def test_without_a_network_grad_cam_says_why_it_is_absent(question):
    with pytest.raises(ModelRefused, match="Grad-CAM needs the model's gradients"):
        Judge(question, CHOP, seed=0).figures(Task("gradcam"))


class TestKeys:
    def key(self, task=Task("lime", 100), target=CHOP, settings=SETTINGS, **about):  # noqa: B008
        named = {"model_id": "m", "picture_hash": "p", "seed": 0} | about
        return figures_key(task, target, settings, **named)

    def test_the_same_question_has_the_same_key_in_every_process(self):
        # A literal, so that nobody's figures are lost unnoticed.
        assert self.key() == "6ff7e3d5527b2434e9c78d8b4cd9d3c1"

    @pytest.mark.parametrize(
        "change",
        [
            {"task": Task("lime", 300)},
            {"task": Task("kernelshap", 100)},
            {"target": Target("ravioli")},
            {"target": Target("pork_chop", "ravioli")},
            {"settings": replace(SETTINGS, colour=(1, 0, 0))},
            {"settings": replace(SETTINGS, mask="mean", colour=None)},
            {"model_id": "n"},
            {"picture_hash": "q"},
            {"seed": 1},
        ],
    )
    def test_what_changes_the_figures_changes_the_key(self, change):
        assert self.key(**change) != self.key()

    def test_what_steers_an_engine_is_nothing_to_the_others(self):
        steered = replace(SETTINGS, steer_top=2)
        assert self.key(settings=steered) == self.key()
        partition = Task("partition", 100)
        assert self.key(partition, settings=steered) != self.key(partition)
