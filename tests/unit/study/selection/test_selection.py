"""Groups, cohorts and metadata of a study's pictures, and their exports."""

import io
import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pandas as pd
import pytest

from xai_core.demo.menu import MENU
from xai_core.errors import DataRefused, NameUnknown, SettingRefused, StoreRefused, StudyRefused
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.pictures.properties import measure_study
from xai_core.study.selection import exchange, export_table, groups
from xai_core.study.selection.cohort import Cohort, cohort_table
from xai_core.study.selection.evidence_columns import evidence_columns
from xai_core.study.selection.metadata import cohort_columns, import_metadata, stored_metadata
from xai_core.study.staging import publish, staging_folder
from xai_core.verdicts.store import VerdictStore


def test_every_class_of_food101_is_in_a_shipped_group_and_no_other_name(tmp_path):
    found = groups.groups_for(sorted(MENU), tmp_path)
    assert set().union(*found.values()) == set(MENU)
    assert "ravioli" in found["pasta"]
    # Names are matched as people write them, and groups without a class of the study are not offered.
    assert groups.groups_for(["Ice Cream", "dog"], tmp_path) == {"desserts": ("Ice Cream",)}


def test_groups_saved_at_once_are_all_kept(tmp_path):
    names = [f"group {number}" for number in range(12)]
    with ThreadPoolExecutor(6) as people:
        list(people.map(lambda name: groups.save_group(tmp_path, name, ("pizza",)), names))
    assert sorted(groups.saved_groups(tmp_path)) == sorted(names)


def test_groups_are_saved_replaced_and_removed(tmp_path):
    labels = ["pizza", "ramen", "sushi"]
    groups.save_group(tmp_path, "lunch", ("sushi", "pizza"))
    assert groups.groups_for(labels, tmp_path)["lunch"] == ("pizza", "sushi")
    with pytest.raises(SettingRefused, match="somebody has saved a group of this name"):
        groups.save_group(tmp_path, "lunch", ("ramen",))
    with pytest.raises(SettingRefused, match="a group of this name is shipped"):
        groups.save_group(tmp_path, "desserts", ("ramen",), replaces=True)
    groups.save_group(tmp_path, "lunch", ("sushi", "pizza"))  # nothing changes
    groups.save_group(tmp_path, "lunch", ("ramen",), replaces=True)
    assert groups.groups_for(labels, tmp_path)["lunch"] == ("ramen",)
    groups.save_group(tmp_path, "lunch", ())
    assert groups.saved_groups(tmp_path) == {}
    with pytest.raises(SettingRefused, match="the name of the group is \\*all"):
        groups.save_group(tmp_path, "*all", ("pizza",))
    for damaged in ("groups = 3", '[groups]\nlunch = "pizza"', "groups = " + "[" * 100_000):
        (tmp_path / groups.FILE).write_text(damaged)
        with pytest.raises(StoreRefused, match=r"groups\.toml cannot be read"):
            groups.groups_for(labels, tmp_path)
    assert groups.typed_classes("Sushi, pizza,", labels) == ("pizza", "sushi")
    with pytest.raises(NameUnknown, match="soup"):
        groups.typed_classes("soup", labels)


@pytest.mark.parametrize("name", ["お気に入りのデザート", "Crème brûlée", "ไทย อาหาร", "2. Gänge", "カツ・パン"])
def test_the_name_of_a_group_has_letters_of_any_script(tmp_path, name):
    assert groups.save_group(tmp_path, name, ("pizza",)) == name
    assert groups.groups_for(["pizza", "ramen"], tmp_path)[name] == ("pizza",)
    assert groups.group_words(name) == name


def test_a_name_that_is_written_in_two_ways_is_one_name(tmp_path):
    for written in ("Café カツ", "Cafe\u0301\u3000\uff76\uff82"):
        assert groups.save_group(tmp_path, written, ("pizza",)) == "Café カツ"
    assert list(groups.saved_groups(tmp_path)) == ["Café カツ"]


@pytest.mark.parametrize(
    "name",
    ["", ".hidden", "../up", "a/b", "a\\b", "a,b", "a\nb", "a\u200bb", "a\u202eb", "\u0301a", "rice 🍚", "x" * 41],
)
def test_a_name_that_cannot_be_part_of_a_link_is_refused(tmp_path, name):
    with pytest.raises(SettingRefused, match="the name of the group"):
        groups.save_group(tmp_path, name, ("pizza",))
    assert groups.saved_groups(tmp_path) == {}


def test_cohorts_have_exact_figures():
    table = pd.DataFrame(
        {
            "image_id": list("abcdef"),
            "truth": ["x", "x", "x", "y", "y", "z"],
            "guess": ["x", "y", "z", "y", "y", ""],
            "p_guess": 0.5,
            "unreadable": ["", "", "", "", "", "broken"],
        }
    )
    metadata = pd.DataFrame({"image_id": list("abcdef"), "camera": ["n", "n", "", "n", "m", "m"]})
    parts = [("both", ("x", "y"), Cohort(("x", "y")).rows(table, None))]
    parts += [(value, (), Cohort(where={"camera": value}).rows(table, metadata)) for value in ("n", "m", "")]
    parts += [("z", ("z",), Cohort(("z",)).rows(table, None))]
    found = cohort_table(parts).set_index("cohort")
    assert list(found.index) == ["", "both", "n", "m"]  # nothing of z can be read
    assert list(found["pictures"]) == [1, 5, 3, 1]
    assert found.loc["both", "accuracy"] == 0.6
    # Wilson: (0.6 + z2 / 10 -+ z sqrt(0.24 / 5 + z2 / 100)) / (1 + z2 / 5), with z = 1.96.
    assert found.loc["both", ["low", "high"]].tolist() == pytest.approx([0.2307, 0.8824], abs=1e-4)
    assert found.loc["both", "mistakes_within"] == 0.5
    assert found.loc["both", ["truth", "guess", "pair_count"]].tolist() == ["x", "y", 1]
    assert found.loc["m", "pair_count"] == 0
    with pytest.raises(NameUnknown, match="shop"):
        Cohort(where={"shop": "a"}).rows(table, metadata)
    with pytest.raises(NameUnknown, match="Sony"):
        Cohort(where={"camera": "Sony"}).rows(table, metadata)


def test_metadata_are_matched_by_id_or_path_and_what_does_not_match_is_counted(tiny_study, tmp_path):
    file = tmp_path / "cameras.csv"
    file.write_text("file;camera;note\npizza/1.jpg;Nikon;=1\n/somewhere/images/ravioli/2.jpeg;Canon;\nsoup/1;Canon;x\n")
    found = import_metadata(tiny_study, file)
    assert found.sentence == (
        "2 of 20 pictures have metadata, in 2 columns: camera, note. 1 of 3 lines name no picture of the study."
    )
    kept = stored_metadata(tiny_study)
    assert list(kept["image_id"]) == list(tiny_study.table["image_id"])
    assert kept.set_index("image_id")["camera"].loc[["pizza/1", "ravioli/2", "pizza/2"]].tolist() == [
        "Nikon",
        "Canon",
        "",
    ]
    assert cohort_columns(kept) == ("camera", "note")
    for content, message in (
        ("image_id,camera\nsoup/1,a\n", "None of 1 line .* the study “"),
        ("name,camera\nsoup/1,a\n", "none that names the pictures"),
        ("image_id,camera\npizza/1,a\npizza/1.jpg,b\n", "1 picture more than once, such as pizza/1"),
        ("", "is empty"),
        ("image_id\npizza/1\n", "no column beside image_id"),
        ("image_id,camera,camera\npizza/1,a,b\n", "two columns of one name"),
    ):
        file.write_text(content)
        with pytest.raises(DataRefused, match=message):
            import_metadata(tiny_study, file)
    assert stored_metadata(tiny_study).equals(kept)
    # A new run of the study, here with fewer pictures, keeps them.
    finished = staging_folder(tiny_study.folder) / "finished"
    shutil.copytree(tiny_study.folder, finished)
    (finished / "metadata.parquet").unlink()
    publish(finished, tiny_study.folder)
    fewer = replace(tiny_study, table=tiny_study.table.iloc[::-1].head(12), created="later")
    assert stored_metadata(fewer).equals(kept.iloc[::-1].head(12).reset_index(drop=True))


def test_a_selection_is_exported_for_tables_fiftyone_and_label_studio(tiny_study, tmp_path):
    measure_study(tiny_study)
    row = tiny_study.row("pork_chop/4")
    VerdictStore(tiny_study.folder).put(
        "pork_chop/4",
        "wrong label",
        seen=0,
        note="=SUM(1)",
        author="",
        truth=row["truth"],
        guess=row["guess"],
        model_id=tiny_study.model_id,
        picture_hash="0" * 64,
    )
    broken = tiny_study.table.loc[tiny_study.table["unreadable"] != "", "image_id"].iloc[0]
    rows = tiny_study.table[tiny_study.table["image_id"].isin(["pork_chop/4", broken])]
    table = export_table.selection_table(tiny_study, rows).sort_values("image_id", key=lambda ids: ids == broken)
    assert tuple(table.columns[: len(export_table.COLUMNS)]) == export_table.COLUMNS
    assert table["verdict"].tolist() == ["wrong label", ""]
    assert table["brightness"].isna().tolist() == [False, True]
    assert "'=SUM(1)" in export_table.to_csv(table).decode("utf-8-sig")
    again = pd.read_parquet(io.BytesIO(export_table.to_parquet(table)))
    pd.testing.assert_frame_equal(again, table.reset_index(drop=True))

    with zipfile.ZipFile(io.BytesIO(exchange.to_fiftyone(tiny_study, table))) as archive:
        archive.extractall(tmp_path / "fiftyone")
    samples = json.loads((tmp_path / "fiftyone" / "samples.json").read_text("utf-8"))["samples"]
    assert samples[0]["predictions"]["label"] == "ravioli"
    assert samples[0]["tags"] == ["test", "mistake"]
    assert (samples[0]["verdict"], samples[0]["rank_of_truth"]) == ("wrong label", row["rank_of_truth"])
    assert samples[1]["tags"] == ["test", "unreadable"]
    assert "predictions" not in samples[1]

    tasks = json.loads(exchange.to_label_studio(tiny_study, table, lambda image_id: f"/x/{image_id}.jpg"))
    assert tasks[0]["data"]["image"] == "/x/pork_chop/4.jpg"
    assert tasks[0]["predictions"][0]["result"][0]["value"] == {"choices": ["ravioli"]}
    assert tasks[0]["data"]["annotated"] == "pork_chop"
    assert "predictions" not in tasks[1]
    assert '<Choice value="pork_chop"/>' in exchange.label_studio_interface(tiny_study.labels)


def test_evidence_figures_are_those_of_the_stored_explanation(tiny_study):
    settings = ExplainSettings(engine="partition", evaluations=20, blur_px=16)
    rows = tiny_study.table[tiny_study.table["image_id"].isin(["pork_chop/4", "pork_chop/1", "ravioli/5"])]
    assert evidence_columns(tiny_study, rows, settings).isna().all(axis=None)
    store = ExplanationStore(tiny_study.explanations)
    found, _ = explain(tiny_study.question("pork_chop/4", settings, tiny_study.open_runtime(), store))
    figures = evidence_columns(tiny_study, rows, settings)
    margin = found.contrast("ravioli", "pork_chop").sum(dtype=float)
    of_mistake = figures.loc[rows.index[rows["image_id"] == "pork_chop/4"][0]]
    assert of_mistake["evidence_for_guess"] - of_mistake["evidence_for_truth"] == pytest.approx(margin, rel=1e-4)
    assert 0 <= of_mistake["evidence_in_middle"] <= 1
    assert figures.notna().any(axis=1).sum() == 1  # one is right, and the other mistake is not explained


def test_pictures_that_are_no_files_are_refused_for_fiftyone(tiny_study):
    class Rows:
        """Set whose pictures are rows of a table."""

    table = export_table.selection_table(replace(tiny_study, data=Rows()), tiny_study.table.head(2))
    assert set(table["path"]) == {""}
    with pytest.raises(StudyRefused, match="no files of their own"):
        exchange.to_fiftyone(tiny_study, table)
