"""Confusions in a browser, with clicks in the matrix, zoom, search, filters and pages."""

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from xai_core.study.build import create_study

LABELS = ["omelette", "pizza", "pork_chop", "ravioli"]
MORE = 20
FIRST_ROW = {"x": 20, "y": 38 + 17}
PICTURES = re.compile(r"^pork chop \d+, ")
# Centre of a cell on the screen, by plotly's own axes. The categories are indices of labels.
PLACE = """([truth, guess]) => {
  const plot = document.querySelector(".js-plotly-plot"), layout = plot._fullLayout, box = plot.getBoundingClientRect();
  const along = (axis, value) => axis._offset + axis.c2p(axis._categoriesMap[value]);
  return [box.left + along(layout.xaxis, guess), box.top + along(layout.yaxis, truth)];
}"""
ZOOMED = "document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range[0] > 0.5"


@pytest.fixture
def many(serve, tmp_path, tiny_food101, tiny_model):
    """Address of a server with the painted study and twenty more pork chops."""
    base = tiny_food101 / "food-101"
    ids = json.loads((base / "meta" / "test.json").read_text("utf-8"))
    for number in range(MORE):
        ids["pork_chop"].append(f"pork_chop/{100 + number}")
        shutil.copy(base / "images" / "pork_chop" / "1.jpg", base / "images" / f"{ids['pork_chop'][-1]}.jpg")
    (base / "meta" / "test.json").write_text(json.dumps(ids), "utf-8")
    every = [image_id for of_class in ids.values() for image_id in of_class]
    (base / "meta" / "test.txt").write_text("\n".join(every), "utf-8")
    return serve(create_study("many", tmp_path / "studies", data=tiny_food101, model=tiny_model).folder.parent)


def main(page):
    return page.get_by_test_id("stMain")


def heading(page, text):
    return main(page).get_by_role("heading", name=text, exact=True)


def chart(page):
    return main(page).get_by_test_id("stPlotlyChart")


def settled(page):
    """Wait until the page is at rest: nothing is about to move, and no event meets a run that is being overtaken."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def cell(page, truth, guess):
    settled(page)
    return page.evaluate(PLACE, [LABELS.index(truth), LABELS.index(guess)])


def choose_language(page, name):
    box = page.get_by_role("combobox", name="Language / 言語")
    box.click()
    box.fill(name)
    box.press("Enter")


def test_from_the_matrix_to_pictures_by_clicks_search_filters_pages_and_languages(page, many, press):
    page.goto(f"{many}/confusions?order=name&sort=loss")
    expect(heading(page, "Pork chop taken for ravioli: 2 pictures")).to_be_visible()
    expect(main(page).locator(".js-plotly-plot .gl-canvas").first).to_be_attached()
    press(chart(page), cell(page, "ravioli", "pork_chop"))
    expect(heading(page, "Ravioli taken for pork chop: 1 picture")).to_be_visible()
    expect(page.locator(".hoverlayer")).to_have_text("ravioli taken for pork chop1 of 5 pictures, 20.0%")

    press(chart(page), cell(page, "pizza", "pizza"), cell(page, "ravioli", "ravioli"))
    page.wait_for_function(ZOOMED)
    press(chart(page), cell(page, "pork_chop", "pork_chop"))
    expect(heading(page, "Pork chop: 25 pictures")).to_be_visible()
    assert page.evaluate(ZOOMED)

    expect(page.get_by_alt_text(PICTURES)).to_have_count(20)
    settled(page)
    main(page).get_by_role("button", name="Page 2", exact=True).click()
    expect(page.get_by_alt_text(PICTURES)).to_have_count(5)
    expect(page).to_have_url(re.compile("page=2"))
    settled(page)
    main(page).get_by_role("radio", name="Wrong", exact=True).click()
    expect(heading(page, "Pork chop taken for something else: 2 pictures")).to_be_visible()
    expect(page).to_have_url(re.compile("page=1.*which=wrong|which=wrong.*page=1"))
    settled(page)
    page.get_by_role("slider", name="Confidence").first.press("End")
    expect(heading(page, "Pork chop taken for something else: 0 of 2 pictures")).to_be_visible()
    expect(page).to_have_url(re.compile("conf=100%2C100"))
    settled(page)
    page.go_back()
    expect(heading(page, "Pork chop taken for something else: 2 pictures")).to_be_visible()
    settled(page)
    main(page).get_by_role("radio", name="Ranked list").click()
    search = main(page).get_by_label("Find a class")
    expect(search).to_be_visible()
    settled(page)
    search.fill("pork rav")
    search.press("Enter")
    expect(main(page).get_by_text("2 of 2 pairs")).to_be_visible()
    expect(page).to_have_url(re.compile("find=pork(\\+|%20)rav"))
    settled(page)
    page.get_by_test_id("stDataFrame").click(position=FIRST_ROW)
    expect(heading(page, "Pork chop taken for ravioli: 2 pictures")).to_be_visible()
    # Choices stay when the language changes.
    settled(page)
    for name, code in (("日本語", "ja"), ("English", "en")):
        choose_language(page, name)
        expect(page).to_have_url(re.compile(f"lang={code}"))
    expect(page.get_by_role("heading", name="Confusions", exact=True)).to_be_visible()
    expect(heading(page, "Pork chop taken for ravioli: 2 pictures")).to_be_visible()
    expect(page).to_have_url(re.compile("sort=loss&.*lang=en"))
    page.set_viewport_size({"width": 400, "height": 800})
    expect(main(page).get_by_role("img").first).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 400
