"""The command `compare-studies`."""

import json

import pytest


@pytest.fixture
def compare(run, studies):
    """Run the command on the study `tiny` twice."""

    def command(*arguments):
        return run("compare-studies", "tiny", "tiny", *arguments, "--studies", studies)

    return command


def test_a_study_beside_itself_as_text(compare):
    code, text, _ = compare()
    assert code == 0
    assert "20 pictures in both" not in text
    assert text.startswith("19 pictures in both, 0 only in tiny, 0 only in tiny.\n1 of them could not be read")
    assert "Right: 16 -> 16 of 19 (+0.0 points" in text
    assert "pork_chop  ->  ravioli" in text


def test_json_has_the_matrix_on_request(compare):
    found = json.loads(compare("--json", "--top", 1, "--matrix")[1])
    assert found["right"]["p_value"] == 1
    assert [pair["truth"] for pair in found["pairs"]] == ["pork_chop"]
    assert found["difference"] == [[0] * 4] * 4
    assert "difference" not in json.loads(compare("--json")[1])


def test_wrong_arguments_are_refused(compare, run, studies):
    assert compare("--top", 0)[::2] == (1, "error: top is 0; expected at least 1 pair.\n")
    code, _, error = run("compare-studies", "tiny", "absent", "--studies", studies)
    assert (code, error.startswith("error: There is no study 'absent' here.")) == (1, True)
