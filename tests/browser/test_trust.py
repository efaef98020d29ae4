"""Page Trust in a browser: clicks on regions, the model's answers, and curves."""

import re

import pytest
from playwright.sync_api import expect

LINK = "trust?study=tiny&picture=pork_chop%2F5&why=ravioli&rather=pork_chop&evals=100"


@pytest.fixture
def tiny(serve, tiny_study):
    """Address of a server with the painted study."""
    return serve(tiny_study.folder.parent)


def test_regions_are_clicked_the_model_answers_and_curves_appear(page, tiny, press):
    main = page.get_by_test_id("stMain")
    page.goto(f"{tiny}/{LINK}")
    expect(main.get_by_text(re.compile(r"Without the strongest \d"))).to_be_visible()
    expect(main.get_by_text("Faithfulness correlation")).to_be_visible()

    picture = page.get_by_test_id("stPlotlyChart").first
    press(picture, position(picture, 0.5, 0.5))
    expect(main.get_by_text(re.compile("Without 1 region,"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"(?=.*pick=regions)(?=.*[?&]regions=\d+(&|$))"))
    press(picture, position(picture, 0.1, 0.1))
    expect(main.get_by_text(re.compile("Without 2 regions,"))).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(main.get_by_text(re.compile("Without 1 region,"))).to_be_visible()

    main.get_by_text("Strongest part", exact=True).click()
    page.get_by_role("slider", name="Percent of the picture").press("ArrowRight")
    expect(main.get_by_text(re.compile(r"Without the strongest \d"))).to_be_visible()
    expect(page).to_have_url(re.compile("share=15"))

    main.get_by_text("Faithfulness", exact=True).click()
    expect(main.get_by_text(re.compile("of its change from"))).to_be_visible()
    expect(main.get_by_test_id("stPlotlyChart")).to_have_count(2)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def position(picture, across, down):
    """Return the position on the screen at a share of a picture's width and height."""
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]
