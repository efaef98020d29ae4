"""Uploaded picture on Compare, beside correct pictures of a class."""

import io

import pytest
from PIL import Image

from tests.read import alt_texts, wait_for_jobs


@pytest.fixture
def white():
    """A white picture as the bytes of a file. The tiny model calls it ravioli."""
    out = io.BytesIO()
    Image.new("RGB", (50, 40), (250, 250, 250)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.usefixtures("model")
def test_an_upload_is_laid_beside_correct_pictures_of_the_guess_and_of_any_class(open_at, asked, white):
    at = open_at("explain", source="upload")
    at = asked(at.file_uploader(key="explain_file").upload("dish.png", white).run())
    at.switch_page("pages/compare.py").run()
    wait_for_jobs(at, "compare_own")
    at.run()
    assert not at.exception
    assert at.subheader[0].value.startswith("Why ravioli rather than ")
    assert "The uploaded picture as the model sees it" in alt_texts(at)
    assert sum(alt.startswith("ravioli ") for alt in alt_texts(at)) == 3
    assert sum(alt.startswith("Evidence for ravioli rather than ") for alt in alt_texts(at)) == 4
    at.selectbox(key="with").select("pizza").run()
    assert sum(alt.startswith("pizza ") for alt in alt_texts(at)) == 3
    assert at.query_params["with"] == "pizza"
    at.button_group(key="source").set_value("study").run()
    assert any(alt.startswith("pork chop ") for alt in alt_texts(at))
