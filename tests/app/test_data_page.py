"""Page Data with properties, labels and duplicates of the pictures."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from pages.ui.loaders import background, studies
from tests.read import alt_texts, texts
from xai_core.repair.annotation import label_list
from xai_core.study.pictures import picture_map, properties
from xai_core.study.pictures.duplicates import find_duplicates
from xai_core.study.pictures.tables import write_table
from xai_core.study.selection.metadata import import_metadata


def test_the_pictures_are_measured_in_the_background_and_shown(study, open_at):
    assert "In this study, nobody has looked at that yet." in texts(open_at("overview").markdown)
    at = open_at("data")
    assert not at.exception
    assert not at.subheader
    at.button(key="measure").click().run()
    background.wait_until_idle("pictures", 60)
    at.run()
    assert not at.exception
    assert texts(at.subheader).splitlines()[0] == "What goes with mistakes?"
    assert "Within 2 classes" in texts(at.markdown)
    assert "Left out: plain frame, because it is the same in all pictures." in texts(at.caption)
    assert "Not measured, because unreadable: 1 picture." in texts(at.caption)
    at.selectbox(key="property").select("brightness").run()
    assert not at.exception
    assert "single class" in texts(at.markdown)
    overview = texts(open_at("overview").markdown)
    assert "Within 2 classes" in overview
    assert "come more than once." in overview or "comes more than once." in overview
    assert "The most extreme at the end “dark”" in texts(at.markdown)
    shown = alt_texts(at)[:12]
    measured = properties.stored_properties(study).set_index("image_id")["brightness"].dropna().sort_values()
    darkest, brightest = measured.index[:6], measured.index[::-1][:6]
    assert [alt.split(",")[0] for alt in shown] == [
        image_id.replace("_", " ").replace("/", " ") for image_id in (*darkest, *brightest)
    ]
    # A link opens the same property, and one to another names what there is.
    assert open_at("data", property="brightness").selectbox(key="property").value == "brightness"
    bad = open_at("data", property="taste", part="weather")
    for asked in ("property “taste”", "part of this page “weather”"):
        assert f"The link asks for the {asked}, which does not exist here." in texts(bad.warning)


def test_copies_with_different_labels_come_first(study, open_at):
    images = study.data_root / "images"
    for copy, of in (("pizza/1", "pizza/2"), ("ravioli/1", "omelette/1")):
        (images / f"{copy}.jpg").write_bytes((images / f"{of}.jpg").read_bytes())
    find_duplicates(study)
    shutil.copytree(study.folder, study.folder.with_name("twin"))
    at = open_at("data", part="duplicates")
    assert not at.exception
    assert "Which photographs come twice?" in texts(at.subheader)
    groups = [line for line in texts(at.markdown).splitlines() if "Equal files" in line or "same photograph," in line]
    assert any(line.endswith("different labels: omelette and ravioli**") for line in groups)
    assert "Equal files, 2 pictures" in groups
    differing = ["different labels" in line for line in groups]
    assert differing == sorted(differing, reverse=True)
    assert "With each photograph counted once" in texts(at.markdown)
    at.selectbox(key="against").select("twin").run()
    background.wait_until_idle("pictures", 60)
    at.run()
    assert not at.exception
    assert "19 of 19 pictures** of tiny are in twin too." in texts(at.markdown)
    assert not all(differing)


@pytest.mark.usefixtures("unreadable")
def test_nothing_is_measured_where_no_picture_can_be_read(open_at):
    at = open_at("data")
    assert "nothing to measure" in texts(at.info)


def test_a_disk_that_takes_nothing_is_a_sentence_and_the_button_stays(study, open_at):
    (study.folder / "properties.part").write_text("a file where the folder should be")
    at = open_at("data")
    at.button(key="measure").click().run()
    background.wait_until_idle("pictures", 60)
    at.run()
    assert not at.exception
    assert "cannot be written" in texts(at.error)
    assert at.button(key="measure")


def test_suspicious_labels_are_reviewed_one_by_one_and_two_reviewers_compared(study, open_at):
    open_at("data", part="labels")
    background.wait_until_idle("pictures", 60)
    at = open_at("data", part="labels", labels_as="single")
    assert not at.exception
    ranked = label_list.stored_label_list(study)
    first, second = ranked["image_id"].iloc[:2]
    assert at.query_params["suspect"] == first
    assert f"1 of {len(ranked)}" in texts(at.markdown)
    at.text_input(key="review_author").input("Ann")
    at.button(key="review model error").click().run()
    assert not at.exception
    # The next picture follows by itself, and Previous leads back to the one that was judged.
    assert at.query_params["suspect"] == second
    at.button(key="review_Previous").click().run()
    at.text_input(key="review_author").input("Ben")
    at.button(key="review wrong label").click().run()
    assert "Ann and Ben judged 1 of the same pictures, and gave 0 the same verdict (0%" in texts(at.markdown)
    assert "Ann: model error" in texts(at.caption)
    gallery = open_at("data", part="labels")
    assert gallery.button(key="judge wrong label").disabled
    assert not gallery.exception


def test_without_embeddings_no_label_is_doubted_and_there_is_no_map(study, open_at, monkeypatch):
    known = studies.open_study(study.name)
    monkeypatch.setattr(studies, "open_study", lambda _name: replace(known, embeddings=None))
    for part in ("labels", "map"):
        assert "This study has no embeddings" in texts(open_at("data", part=part).info)


def test_an_area_of_the_map_in_a_link_shows_its_pictures(study, open_at):
    places = study.table[["image_id"]].assign(x=range(len(study.table)), y=0.0)
    places.loc[study.table["unreadable"] != "", ["x", "y"]] = np.nan
    write_table(study.folder / picture_map.FILE, places.astype({"x": np.float32}), picture_map.version(study))
    rows = places.dropna().head(3)
    right = rows["x"].max() + 0.5
    wanted = {"area": f"-1,-1,{right},-1,{right},1,-1,1", "spot": rows["image_id"].iloc[0]}
    for colour in ("answer", "class", "pair"):
        at = open_at("data", part="map", by=colour, **wanted)
        assert not at.exception
        assert "**3 pictures in the area**" in texts(at.markdown)
    assert len(alt_texts(at)) >= 4
    bad = open_at("data", part="map", area="here", spot="nothing")
    for asked in ("area “here”", "picture “nothing”"):
        assert f"The link asks for the {asked}, which does not exist here." in texts(bad.warning)


def test_a_group_of_classes_has_figures_pairs_and_pictures_in_links(study, open_at, tmp_path):
    file = tmp_path / "cameras.csv"
    file.write_text("image_id,camera\npork_chop/4,Nikon\npork_chop/1,Nikon\n")
    import_metadata(study, file)
    at = open_at("data", part="groups", group="*typed", classes="pork_chop,ravioli")
    assert not at.exception
    of_both = study.table["truth"].isin(["pork_chop", "ravioli"]) & (study.table["unreadable"] == "")
    assert f"**{of_both.sum()} pictures**" in texts(at.markdown)
    assert "pork chop taken for ravioli: 2" in texts(at.markdown)
    at.text_input(key="group_name").input("mains")
    at.button(key="group_save").click().run()
    assert not at.exception
    assert at.selectbox(key="group").value == "mains"
    at = open_at("data", part="groups", group="mains", column="camera", value="Nikon")
    assert not at.exception
    assert "**2 pictures**, 50.0% of them right." in texts(at.markdown)
    at = open_at("data", part="groups", group="*typed", classes="pork_chop")
    at.text_input(key="group_name").input("mains")
    at.button(key="group_save").click().run()
    assert "somebody has saved a group of this name" in texts(at.error)
    bad = open_at("data", part="groups", group="spoons", classes="spoon", column="lens")
    assert not bad.exception
    for asked in ("group “spoons”", "column “lens”"):
        assert f"The link asks for the {asked}, which does not exist here." in texts(bad.warning)


def test_values_of_the_metadata_that_are_called_like_none_and_all_can_be_chosen(study, open_at, tmp_path):
    file = tmp_path / "odd.csv"
    file.write_text("image_id,*\npork_chop/4,*\npork_chop/1,(none)\npork_chop/2,(none)\n")
    import_metadata(study, file)
    readable = int((study.table["unreadable"] == "").sum())
    for value, pictures in (("“*”", 1), ("“(none)”", 2), ("(none)", readable - 3), ("*", readable)):
        at = open_at("data", part="groups", column="“*”", value=value)
        assert not at.exception
        assert f"**{pictures} pictures**" in texts(at.markdown), value
    (study.folder / "metadata.parquet").write_bytes(b"damaged")
    at = open_at("data", part="groups")
    assert not at.exception
    assert "The metadata of this study are damaged" in texts(at.warning)


def test_a_read_only_server_computes_nothing_that_is_kept_and_takes_no_verdict(study, open_at, monkeypatch):
    monkeypatch.setenv("XAI_READ_ONLY", "1")
    at = open_at("data", part="labels")
    assert not at.exception
    assert "This server is read-only. Measurements of pictures are started elsewhere." in texts(at.caption)
    background.wait_until_idle("pictures", 60)
    assert label_list.stored_label_list(study) is None
    label_list.label_list(study)
    at = open_at("data", part="labels", labels_as="single")
    assert not at.exception
    assert "Verdicts and names are given elsewhere." in texts(at.caption)
    assert not [button for button in at.button if str(button.key).startswith("review model")]
