"""The commands `repair` and `request-data`."""

import json
from pathlib import Path

import pytest

from xai_core.cli.repair.evidence_file import note_unknown, read_evidence
from xai_core.errors import SettingRefused
from xai_core.study.study import open_study
from xai_core.verdicts.store import VerdictStore

PAIR = ("--pair", "pork_chop:ravioli")


@pytest.fixture
def small_halves(monkeypatch):
    """Let 19 pictures be divided and fitted on."""
    monkeypatch.setattr("xai_core.repair.trials.division.FEWEST", 10)
    monkeypatch.setattr("xai_core.repair.fitting.refit.FEWEST", 5)


def test_halves_of_the_study_try_a_cure(run_tiny, small_halves):
    found = json.loads(run_tiny("repair", *PAIR, "--strength", 1, "--json")[1])
    (trial,) = found["trials"]
    assert trial["fitted_on"] + trial["held_back"]["pictures"] == 19
    assert trial["refit"]["strength"] == 1
    code, text, _ = run_tiny("repair", *PAIR, "--strength", 1, "--draws", 2)
    assert code == 0
    assert text.startswith("Refit on 9 pictures, judged on 10 others. Strength 1,")
    assert text.splitlines()[-1].split()[0] == "2"


@pytest.mark.parametrize("cure", ["temperature", "offsets"])
def test_other_cures(run_tiny, small_halves, cure):
    found = json.loads(run_tiny("repair", *PAIR, "--cure", cure, "--json")[1])
    assert found["cure"] == cure
    assert found["trials"][0]["refit"] is None
    assert (found["trials"][0]["temperature"] != 1) == (cure == "temperature")


def test_the_repaired_model_and_its_study_are_written(run_tiny, run, studies, small_halves, tmp_path):
    out = tmp_path / "repaired.onnx"
    made = run_tiny("repair", *PAIR, "--strength", 1, "--out", out, "--study", "repaired", "--json")[1]
    assert json.loads(made)["model"] == str(out)
    found = open_study("repaired", studies)
    # Only the pictures that it was not fitted on.
    assert len(found.table) == 11
    assert found.spec.training["repair"]["pair"] == ["pork_chop", "ravioli"]
    compared = json.loads(run("compare-studies", "tiny", "repaired", "--json", "--studies", studies)[1])
    assert (compared["pictures"], compared["only_before"]) == (10, 9)


def test_wrong_labels_are_applied_before_the_fit(run_tiny, studies, small_halves):
    for number in (4, 5):
        VerdictStore(studies / "tiny").put(
            f"pork_chop/{number}",
            kind="wrong label",
            truth="pork_chop",
            guess="ravioli",
            model_id="",
            picture_hash="",
            seen=0,
        )
    trial = json.loads(run_tiny("repair", *PAIR, "--strength", 1, "--json")[1])["trials"][0]
    assert trial["pair"]["before"] == 0
    assert "No mistake of the pair is among the held-back pictures." in trial["warnings"]


def test_the_study_itself_is_no_repair_set(run_tiny):
    code, _, error = run_tiny("repair", *PAIR, "--on", "tiny")
    assert (code, "nothing is left to judge by" in error) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "19 pictures are too few"),
        (("--draws", 0), "draws is 0; expected at least 1."),
        (("--study", "x"), "study is x; expected a file for its model as well: --out FILE."),
    ],
)
def test_wrong_arguments_are_refused(run_tiny, arguments, message):
    code, _, error = run_tiny("repair", *PAIR, *arguments)
    assert (code, error.startswith(f"error: {message}")) == (1, True)


def test_requests_are_listed_and_exported(run_tiny, tmp_path, small_halves):
    csv, tasks = tmp_path / "list.csv", tmp_path / "tasks.json"
    exports = ("--csv", csv, "--label-studio", tasks, "--address", "https://here/{id}.jpg")
    found = json.loads(run_tiny("request-data", *PAIR, *exports, "--json")[1])["requests"]
    assert {row["image_id"] for row in found} == {"pork_chop/4", "pork_chop/5"}
    assert set(found[0]["near_truth"].split()) == {"pork_chop/1", "pork_chop/2", "pork_chop/3"}
    assert found[0]["evidence_near_guess"] is None
    assert len(csv.read_text("utf-8-sig").splitlines()) == 3
    assert json.loads(tasks.read_text())[0]["data"]["image"].startswith("https://here/pork_chop/")
    assert run_tiny("request-data", *PAIR)[1].splitlines()[1].startswith("pork_chop/")
    assert run_tiny("request-data", "--pair", "pizza:ravioli")[0] == 1


def test_the_curve_says_how_many_pictures_are_needed(run_tiny, small_halves):
    curve = json.loads(run_tiny("request-data", *PAIR, "--curve", "--json")[1])["curve"]
    assert curve["points"][0]["pictures"] == 0
    assert "mistakes left" in run_tiny("request-data", *PAIR, "--curve")[1]


def test_evidence_about_no_picture_is_refused(tmp_path, capsys):
    path = tmp_path / "evidence.csv"
    path.write_text("image_id,evidence\n", "utf-8")
    with pytest.raises(SettingRefused, match=r"evidence\.csv without a picture"):
        read_evidence(path)
    with pytest.raises(SettingRefused, match="none of whose pictures is in a study"):
        note_unknown({"x/1": True}, ["a/1"], path)
    note_unknown({"x/1": True, "a/1": False}, ["a/1"], path)
    assert "1 of 2 pictures in evidence.csv are in no study: x/1" in capsys.readouterr().err


def test_evidence_is_read_from_a_list(tmp_path):
    path = tmp_path / "evidence.csv"
    path.write_text("image_id,evidence\na/1,yes\na/2,0\na/3,TRUE\n", "utf-8")
    assert read_evidence(path) == {"a/1": True, "a/2": False, "a/3": True}
    path.write_text("image_id,evidence\na/1,perhaps\n", "utf-8")
    with pytest.raises(SettingRefused, match=r"in line 2 of evidence\.csv; expected the columns image_id and evidence"):
        read_evidence(path)
    with pytest.raises(SettingRefused, match="cannot be read"):
        read_evidence(Path("absent.csv"))
