"""The command `verdicts`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from xai_core.verdicts.store import VerdictStore

WHEN = datetime(2026, 11, 3, 9, 15, 42, tzinfo=UTC)


@pytest.fixture
def verdicts(run_tiny, tiny_study):
    """Runs the command on a study with one valid verdict and two in its history."""
    store = VerdictStore(tiny_study.folder, lambda: WHEN)
    store.put("pork_chop/4", "ambiguous", seen=0, guess="ravioli")
    store.put("pork_chop/4", "wrong label", seen=1, note="Pasta.\n" * 30, author="Ann", guess="ravioli")
    return lambda *options: run_tiny("verdicts", *options)


def test_for_people_there_is_a_line_per_picture(verdicts):
    code, out, _ = verdicts()
    assert code == 0
    heading, line = out.splitlines()
    assert heading.split() == ["picture", "taken", "for", "verdict", "note", "by", "written", "(UTC)"]
    assert line.startswith("pork_chop/4  ravioli    wrong label  Pasta. Pasta. ")
    assert line.endswith("...  Ann  2026-11-03 09:15")


def test_json_has_the_valid_verdicts_or_the_whole_history(verdicts):
    assert [verdict["version"] for verdict in json.loads(verdicts("--json")[1])] == [2]
    found = json.loads(verdicts("--json", "--history")[1])
    assert [verdict["kind"] for verdict in found] == ["ambiguous", "wrong label"]


def test_csv_goes_to_a_file_and_the_note_to_stderr(verdicts, tmp_path):
    code, out, err = verdicts("--csv", tmp_path / "v.csv")
    assert (code, out) == (0, "")
    assert "Wrote 1 verdict to" in err
    assert pd.read_csv(tmp_path / "v.csv")["image_id"].tolist() == ["pork_chop/4"]


def test_a_file_in_a_missing_folder_is_refused(verdicts, tmp_path):
    code, _, err = verdicts("--csv", tmp_path / "none" / "v.csv")
    assert code == 1
    assert "There is no folder" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has this device")
def test_a_full_disk_is_reported_with_the_file_and_the_cure_on_one_line(verdicts):
    code, out, err = verdicts("--csv", "/dev/full")
    cure = "Free some space on the disk, or choose another file."
    assert (code, out) == (1, "")
    assert err == f"error: /dev/full cannot be written: No space left on device. {cure}\n"
    assert Path("/dev/full").is_char_device()


def test_a_study_without_verdicts_says_so_and_an_unknown_one_is_refused(run, run_tiny, studies):
    assert run_tiny("verdicts")[1] == "There are no verdicts yet.\n"
    code, _, err = run("verdicts", "none", "--studies", studies)
    assert code == 1
    assert "There is no study 'none' here." in err


def test_a_study_whose_model_is_missing_still_has_its_verdicts(verdicts, tiny_model):
    tiny_model.unlink()
    assert "wrong label" in verdicts()[1]
