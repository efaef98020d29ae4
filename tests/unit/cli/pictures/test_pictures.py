"""The commands that look at the pictures of a study themselves."""

import json
import shutil
from dataclasses import replace

import pandas as pd

from xai_core.data.properties import PROPERTIES
from xai_core.study import study


def test_properties_are_told_and_written(run_tiny, tmp_path):
    code, out, err = run_tiny("properties")
    assert code == 0
    assert out.splitlines()[0].split()[:2] == ["property", "effect"]
    assert "within 2 classes" in out
    assert "Not measured, because unreadable: 1." in out
    assert "Measuring: 20 of 20 pictures" in err
    found = json.loads(run_tiny("properties", "--json")[1])
    assert (found["pictures"], found["unreadable"], found["classes_compared"]) == (20, 1, 2)
    assert {row["property"] for row in found["properties"]} | found["left_out"].keys() == set(PROPERTIES)
    assert found["left_out"]["plain_frame"] == "it is the same in all pictures"
    per_class = json.loads(run_tiny("properties", "--per-class", "--json")[1])
    assert {row["truth"] for row in per_class} == {"pork_chop", "ravioli"}
    assert run_tiny("properties", "--per-class")[1].startswith("class ")
    assert run_tiny("properties", "--csv", tmp_path / "p.csv")[:2] == (0, "")
    table = pd.read_csv(tmp_path / "p.csv")
    assert list(table.columns) == ["image_id", "truth", "guess", *PROPERTIES]
    assert table["brightness"].isna().sum() == 1


def test_duplicates_are_told_with_different_labels_first(run_tiny, tiny_study, monkeypatch):
    # Pork chop 4 is painted as ravioli 4 is, but for the noise.
    code, out, err = run_tiny("duplicates")
    assert code == 0
    assert "groups of duplicates among 19 pictures; 1 with different labels." in out
    assert "Comparing: " in err
    found = json.loads(run_tiny("duplicates", "--json")[1])
    assert (found["pictures"], found["by_embedding"]) == (19, True)
    first = found["groups"][0]
    assert (first["kind"], first["labels"]) == ("near", ["pork_chop", "ravioli"])
    assert {"image_id": "pork_chop/4", "truth": "pork_chop", "guess": "ravioli"} in first["pictures"]
    assert "that come twice." in run_tiny("confusions", "--distinct")[2]
    shutil.copytree(tiny_study.folder, tiny_study.folder.with_name("twin"))
    leaked = json.loads(run_tiny("duplicates", "--against", "twin", "--json")[1])
    assert (leaked["pictures"], leaked["leaked"], leaked["by_embedding"]) == (19, 19, True)
    assert leaked["pairs"][0]["other_truth"] == leaked["pairs"][0]["truth"]
    (tiny_study.folder / "duplicates.parquet").unlink()
    monkeypatch.setattr(study, "open_study", lambda *_: replace(tiny_study, embeddings=None))
    assert "The study has no embeddings." in run_tiny("duplicates")[2]


def test_label_errors_are_listed_and_the_list_is_tried(run_tiny, tmp_path):
    found = json.loads(run_tiny("label-errors", "--top", 2, "--json")[1])
    assert {row["image_id"] for row in found} <= {"pork_chop/4", "pork_chop/5", "ravioli/5"}
    assert run_tiny("label-errors", "--top", 2, "--csv", tmp_path / "list.csv")[1] == ""
    written = pd.read_csv(tmp_path / "list.csv")
    assert list(written["image_id"]) == [row["image_id"] for row in found]
    tried = json.loads(run_tiny("label-errors", "--plant", 10, "--seed", 1, "--json")[1])
    assert tried["planted"] == 2
    assert 0 <= tried["found"] <= tried["found_in_double"] <= 2
    assert "Of 2 exchanged labels: " in run_tiny("label-errors", "--plant", 10)[1]
    assert "expected a number of percent above 0" in run_tiny("label-errors", "--plant", 70)[2]


def test_neighbours_are_those_of_the_truth_of_the_guess_and_of_all(run_tiny, tiny_study):
    found = json.loads(run_tiny("neighbours", "pork_chop/4", "--count", 3, "--json")[1])
    assert list(found["by_label"]) == ["pork_chop", "ravioli"]
    assert [row["truth"] for row in found["by_label"]["ravioli"]] == ["ravioli"] * 3
    # It is painted as ravioli 4 is, and never its own neighbour.
    assert found["all"][0]["image_id"] == found["by_label"]["ravioli"][0]["image_id"] == "ravioli/4"
    assert "pork_chop/4" not in {row["image_id"] for row in found["by_label"]["pork_chop"]}
    shutil.copytree(tiny_study.folder, tiny_study.folder.with_name("twin"))
    other = json.loads(run_tiny("neighbours", "pork_chop/4", "--among", "twin", "--json")[1])
    assert "pork_chop/4" in [row["image_id"] for row in other["all"][:2]]
    code, _, error = run_tiny("neighbours", "pork_chop/44")
    assert (code, "pork_chop/4" in error) == (1, True)


def test_cohorts_and_selections_share_groups_and_metadata(run_tiny, tmp_path):
    file = tmp_path / "cameras.csv"
    file.write_text("image_id,camera\npork_chop/4,Nikon\npork_chop/5,Nikon\nsoup/1,Canon\n")
    code, _, error = run_tiny("cohorts", "--metadata", file, "--in", "pork chop,ravioli", "--save", "mains")
    assert (code, "2 of 20 pictures have metadata" in error, "1 of 3 lines" in error) == (0, True, True)
    found = {row["cohort"]: row for row in json.loads(run_tiny("cohorts", "--json")[1])}
    assert found["mains"]["truth"] == "pork_chop"
    assert found["all of these"]["pictures"] == 19
    by_camera = json.loads(run_tiny("cohorts", "--by", "camera", "--in", "mains", "--json")[1])
    assert by_camera[0]["cohort"] == "Nikon"
    assert "There is no column 'shop' here." in run_tiny("cohorts", "--by", "shop")[2]

    chosen = json.loads(run_tiny("select", "--in", "mains", "--where", "camera=Nikon", "--json")[1])
    assert {row["image_id"] for row in chosen} == {"pork_chop/4", "pork_chop/5"}
    assert chosen[0]["metadata_camera"] == "Nikon"
    ids = tmp_path / "ids.txt"
    ids.write_text("pork_chop/4\nsoup/1\n")
    _, out, error = run_tiny("select", "--ids", ids, "--which", "wrong")
    assert out.splitlines()[1].split()[:3] == ["pork_chop/4", "pork_chop", "ravioli"]
    assert "1 of 2 lines" in error
    files = {ending: tmp_path / f"chosen.{ending}" for ending in ("csv", "parquet", "zip", "json")}
    options = zip(("--csv", "--parquet", "--fiftyone", "--label-studio"), files.values(), strict=True)
    assert run_tiny("select", "--which", "wrong", *(part for option in options for part in option))[:2] == (0, "")
    assert len(pd.read_csv(files["csv"])) == len(pd.read_parquet(files["parquet"])) == 3
    assert json.loads(files["json"].read_text())[0]["data"]["image"].endswith(".jpg")
    for wrong, message in (
        (("--truth", "soup"), "There is no class 'soup' here."),
        (("--where", "camera"), "expected a column and a value"),
        (("--which", "both"), "expected wrong, right or all"),
    ):
        assert message in run_tiny("select", *wrong)[2]
