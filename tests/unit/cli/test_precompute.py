"""The command `precompute`."""

import json

import pytest

from xai_core.cli import console
from xai_core.explain.store import ExplanationStore
from xai_core.study.precompute import mistakes_with_companions


@pytest.fixture
def precompute(run_tiny):
    """Runs the command with few evaluations and returns its JSON."""

    def command(*arguments):
        code, out, err = run_tiny("precompute", "--evaluations", 20, "--json", *arguments)
        assert code == 0, err
        return json.loads(out)

    return command


def test_the_store_is_filled_and_the_second_time_nothing_is_left(precompute, tiny_study, niceness):
    first = precompute()
    assert list(first) == ["engine", "pictures", "stored_before", "explained", "unreadable", "set_aside"]
    assert first["explained"] == first["pictures"] > 0
    assert niceness == [console.NICENESS]
    assert len(list(tiny_study.explanations.glob("*.npz"))) == first["pictures"]
    again = precompute()
    assert (again["explained"], again["stored_before"]) == (0, first["pictures"])


def test_a_run_that_its_limit_ended_is_continued(precompute):
    assert precompute("--limit", 2)["explained"] == 2
    more = precompute("--limit", 5)
    assert (more["stored_before"], more["explained"]) == (2, 3)


def test_each_engine_has_explanations_of_its_own(precompute, tiny_study):
    assert precompute("--limit", 1, "--engine", "partition")["engine"] == "partition"
    found = precompute("--limit", 1, "--engine", "regions", "--seed", 4)
    assert (found["engine"], found["explained"]) == ("regions", 1)
    store = ExplanationStore(tiny_study.explanations)
    stored = [store.get(file.stem).settings for file in tiny_study.explanations.glob("*.npz")]
    assert sorted((settings.engine, settings.seed) for settings in stored) == [("partition", 0), ("regions", 4)]


def test_a_picture_that_has_become_unreadable_is_reported_and_the_others_follow(precompute, tiny_study):
    lost = next(mistakes_with_companions(tiny_study))
    tiny_study.data.path(lost).write_bytes(b"no picture")
    found = precompute()
    assert found["unreadable"] == [lost]
    assert found["explained"] == found["pictures"] - 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--limit", 0), "limit is 0; expected at least 1 picture"),
        (("--evaluations", 1), "evaluations is 1"),
        (("--pair", "pizza"), "pair is 'pizza'; expected two classes, truth:guess"),
        (("--pair", "pizza:ravoli"), "no class 'ravoli'"),
        (("--pair", "pizza:ravioli"), "no pair 'pizza:ravioli'"),
    ],
)
def test_a_wrong_argument_is_refused_in_a_sentence(run_tiny, arguments, sentence):
    code, out, err = run_tiny("precompute", *arguments)
    assert (code, out) == (1, "")
    assert sentence in err


def test_the_answer_for_people_is_a_sentence(run_tiny):
    _, out, _ = run_tiny("precompute", "--evals", 10, "--limit", 1)
    assert out == "Regions along edges. 1 pictures: 0 were explained before, 1 were explained now.\n"
