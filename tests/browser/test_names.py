"""A class name of the form of an image link, a formula and a colour is shown as it is, and asks no other host."""

import csv
import json
import re

import onnx
import pytest
from playwright.sync_api import expect

from tests.conftest import colour_model, colour_spec
from xai_core.study.build import create_study

pytestmark = [pytest.mark.browser, pytest.mark.flaky(reruns=2)]

EVIL = "![x](http://evil.example/x.png) $a$ :red[b] <b> [l](http://evil.example)"
# An invisible character keeps Streamlit from making links and colours of what looks like them.
SHOWN = re.compile(
    r"Study !\[x\]\(http:.?//evil\.example/x\.png\) \$a\$ :.?red\[b\] <b> \[l\]\(http:.?//evil\.example\)"
)
PAGES = ("", "confusions", "explain", "trust", "compare", "evidence", "about")


@pytest.fixture
def evil_study(tmp_path, tiny_food101):
    """Study in which pictures of pork chop are called something evil, with an evil title."""
    model, data = tmp_path / "colours.onnx", tmp_path / "list.csv"
    onnx.save(colour_model(), model)
    spec = colour_spec()
    spec["labels"] = [EVIL if label == "ravioli" else label for label in spec["labels"]]
    model.with_suffix(".json").write_text(json.dumps(spec), "utf-8")
    images = tiny_food101 / "food-101" / "images"
    with data.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label"])
        for path in sorted(images.rglob("*.jpg")):
            rows.writerow([path, EVIL if path.parent.name == "ravioli" else path.parent.name])
    return create_study("evil", tmp_path / "studies", data=data, model=model, title=f"Study {EVIL}")


def test_an_evil_name_is_text_on_every_page(page, serve, evil_study):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    address = serve(evil_study.folder.parent)
    for name in PAGES:
        page.goto(f"{address}/{name}?truth=pork_chop&evals=100")
        expect(page.get_by_test_id("stSidebar").get_by_text(SHOWN)).to_be_visible()
        page.wait_for_load_state("networkidle")
        expect(page.get_by_test_id("stMain").locator("h1")).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
        main = page.get_by_test_id("stMain")
        assert main.locator("img[src*='evil']").count() == 0
        assert main.locator("a[href^='http://evil']").count() == 0
        # About has formulas of its own.
        assert name == "about" or main.locator(".katex").count() == 0
    page.goto(f"{address}/compare?truth=pork_chop&evals=100")
    expect(page.get_by_test_id("stMain").get_by_text(re.compile(r"!\[x\]\(http:.?//evil")).first).to_be_visible()
    assert not [url for url in asked if url.startswith("http") and not url.startswith(address)]
