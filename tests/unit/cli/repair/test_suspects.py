"""The commands `suspects` and `cause-test`."""

import json

import pytest


@pytest.fixture
def small_groups(monkeypatch):
    """Let pairs with two mistakes count, which is all that the study has."""
    monkeypatch.setattr("xai_core.repair.suspects.ranking.FEWEST", 2)


def test_a_study_without_frequent_pairs_says_so(run_tiny):
    code, text, _ = run_tiny("suspects", "--evaluations", 20)
    assert (code, text) == (0, "0 of 2 pairs are tested; 2 have too few pictures.\n")


def test_missing_evaluations_are_named_and_spent_on_request(run_tiny, small_groups):
    missing = json.loads(run_tiny("suspects", "--evaluations", 20, "--json")[1])
    assert (missing["unexplained"], missing["evaluations_missing"], missing["suspects"]) == (5, 100, [])
    assert "--budget 100 spends them" in run_tiny("suspects", "--evaluations", 20)[1]
    assert json.loads(run_tiny("suspects", "--evaluations", 20, "--budget", 59, "--json")[1])["unexplained"] == 3
    found = json.loads(run_tiny("suspects", "--evaluations", 20, "--budget", 100, "--json")[1])
    (suspect,) = found["suspects"]
    assert (suspect["truth"], suspect["guess"], found["unexplained"]) == ("pork_chop", "ravioli", 0)
    assert suspect["total"] == pytest.approx(2 * suspect["effect"])
    assert "pork_chop  ->  ravioli" in run_tiny("suspects", "--evaluations", 20)[1]


def test_a_cause_is_tested(run_tiny, small_groups):
    arguments = ("--pair", "pork_chop:ravioli", "--evaluations", 20)
    found = json.loads(run_tiny("cause-test", *arguments, "--json")[1])
    assert [effect["filling"] for effect in found["effects"]] == ["blur", "inpaint_telea", "mean"]
    assert found["sentence"].startswith("2 mistakes, too few")
    code, text, _ = run_tiny("cause-test", *arguments)
    assert code == 0
    assert text.startswith("pork_chop taken for ravioli: the spot covers")


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("suspects", ("--top", 0), "top is 0; expected at least 1 pair."),
        ("suspects", ("--budget", -1), "budget is -1; expected 0 or more evaluations."),
        ("cause-test", ("--pair", "a:b"), "There is no pair to test 'a:b' here."),
        ("cause-test", ("--pair", "a:b", "--share", 0), "share is 0.0; expected more than 0 and at most 1."),
    ],
)
def test_wrong_arguments_are_refused(run_tiny, command, arguments, message):
    code, _, error = run_tiny(command, *arguments)
    assert (code, error.startswith(f"error: {message}")) == (1, True)
