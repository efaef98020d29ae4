"""The command `confusions`."""

import json

PAIRS = [
    {"truth": "pork_chop", "guess": "ravioli", "count": 2, "share": 0.4},
    {"truth": "ravioli", "guess": "pork_chop", "count": 1, "share": 0.2},
]


def test_all_pairs_as_json(run_tiny):
    assert json.loads(run_tiny("confusions", "--json")[1]) == PAIRS


def test_top_bounds_the_list(run_tiny):
    assert json.loads(run_tiny("confusions", "--top", 1, "--json")[1]) == PAIRS[:1]
    assert run_tiny("confusions", "--top", 1)[1].splitlines()[1:] == ["pork_chop  ->  ravioli         2         40.0%"]
    assert run_tiny("confusions", "--top", 0)[::2] == (1, "error: top is 0; expected at least 1 pair.\n")


def test_a_model_without_mistakes_has_none(run, tiny_food101, tiny_model, tmp_path):
    made = ("--data", tiny_food101, "--model", tiny_model, "--limit", 4, "--studies", tmp_path / "new")
    run("study", "create", "right", *made)
    assert run("confusions", "right", "--studies", tmp_path / "new")[1].startswith("The model makes no mistake")
