"""Uploaded pictures on the page Explain."""

import io
import re

import pytest
from PIL import Image

from tests.read import alt_texts, map_alts, texts

SHOWN = "The uploaded picture as the model sees it"


def picture(colour=(250, 250, 250), kind="PNG"):
    """A small picture of one colour as the bytes of a file."""
    out = io.BytesIO()
    Image.new("RGB", (50, 40), colour).save(out, kind)
    return out.getvalue()


def upload(at, content, name="dish.png"):
    return at.file_uploader(key="explain_file").upload(name, content).run()


@pytest.mark.usefixtures("model")
def test_upload_is_explained_and_nothing_of_it_is_written(open_at, explained, asked, study):
    before = sorted(study.folder.rglob("*"))
    at = asked(upload(open_at("explain", source="upload"), picture()))
    assert not at.exception
    assert SHOWN in alt_texts(at)
    assert at.subheader[0].value.startswith("Why ravioli rather than ")
    at = explained(at)
    assert "Evidence for ravioli in red, against it in blue" in map_alts(at)
    assert re.fullmatch("[0-9a-f]{24,}", at.query_params["upload"])
    assert sorted(study.folder.rglob("*")) == before


@pytest.mark.usefixtures("model")
def test_reader_can_name_the_truth_of_an_upload(open_at, asked):
    at = asked(upload(open_at("explain", source="upload"), picture()))
    at.selectbox(key="shows").select("pizza").run()
    assert at.subheader[0].value == "Why ravioli rather than pizza?"
    assert any("**pizza**" in bar.text and "truth, rank" in bar.text for bar in at.progress)
    assert at.query_params["shows"] == "pizza"
    upload(at, picture((250, 10, 10)), "other.png")
    assert at.query_params["shows"] == "unknown"


@pytest.mark.usefixtures("model")
def test_refused_file_is_explained_and_the_last_good_one_stays(open_at, asked):
    at = upload(open_at("explain", source="upload"), b"GIF89a" + bytes(30), "dish.png")
    assert not at.exception
    assert at.error[0].value.startswith("The file is a GIF. Accepted are JPEG, PNG and WebP pictures of up to 20 MB")
    assert not at.subheader
    at = asked(upload(at, picture(), "good.png"))
    assert not at.error
    shown = at.query_params["upload"]
    at = upload(at, picture()[:60], "cut.png")
    assert at.error[0].value.startswith("The file is a PNG that is damaged or cut off.")
    assert "Still shown is good.png." in texts(at.caption)
    assert SHOWN in alt_texts(at)
    at.file_uploader(key="explain_file").set_value(None).run()
    assert not at.error
    assert at.query_params["upload"] == shown
    assert SHOWN in alt_texts(at)


@pytest.mark.usefixtures("model")
def test_removed_file_is_no_longer_shown(open_at, asked):
    at = asked(upload(open_at("explain", source="upload"), picture()))
    at.file_uploader(key="explain_file").set_value(None).run()
    assert not at.subheader
    assert SHOWN not in alt_texts(at)


@pytest.mark.usefixtures("model")
def test_notes_on_the_file_are_shown(open_at, asked):
    at = asked(upload(open_at("explain", source="upload"), picture(kind="WEBP"), "dish.png"))
    assert "In spite of its name the file is a WebP." in texts(at.caption)


@pytest.mark.usefixtures("study")
def test_link_to_an_upload_of_another_reader_says_that_it_was_not_stored(open_at):
    at = open_at("explain", source="upload", upload="0123456789abcdef01234567")
    assert not at.exception
    assert at.info[0].value.startswith("This link is about an uploaded picture, which is not stored.")


@pytest.mark.usefixtures("model")
def test_upload_is_still_there_on_return_unless_a_link_names_a_picture_of_the_study(open_at, asked):
    at = asked(upload(open_at("explain", source="upload"), picture()))
    at.switch_page("pages/overview.py").run()
    at.switch_page("pages/explain.py").run()
    assert SHOWN in alt_texts(at)
    at.switch_page("pages/overview.py").run()
    at.switch_page("pages/explain.py")
    at.query_params.clear()
    at.query_params.update({"truth": "pork_chop", "guess": "ravioli", "picture": "pork_chop/4"})
    at.run()
    assert "pork chop 4 as the model sees it" in alt_texts(at)
    assert at.query_params["source"] == "study"
