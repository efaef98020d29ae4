"""Way of a visitor from the overview to a pair and to its comparison, also on a telephone."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def tiny(serve, tiny_study):
    """Address of a server with the painted study."""
    return serve(tiny_study.folder.parent)


def main(page):
    return page.get_by_test_id("stMain")


def test_from_the_overview_to_a_pair_and_to_its_comparison_and_back_and_it_fits_a_telephone(page, tiny):
    page.goto(f"{tiny}/overview?study=tiny")
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(rf"{re.escape(tiny)}/\?study=tiny"))
    expect(main(page).get_by_test_id("stPlotlyChart")).to_have_count(2)
    main(page).get_by_role("link", name="All mistakes", exact=True).last.click()
    expect(main(page).get_by_role("heading", name="Ravioli taken for pork chop: 1 picture")).to_be_visible()
    expect(page).to_have_url(re.compile("/confusions.*page=1"))
    # One click is one step back, though the page has completed its URL.
    page.go_back()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    page.go_forward()
    expect(main(page).get_by_role("heading", name="Ravioli taken for pork chop: 1 picture")).to_be_visible()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Overview").click()
    expect(main(page).get_by_role("heading", name="Hardest classes")).to_be_visible()
    main(page).get_by_role("link", name="Compare").last.click()
    expect(page.get_by_alt_text("ravioli 5 as the model sees it")).to_be_visible()
    expect(page).to_have_url(re.compile("/compare.*picture=ravioli%2F5"))
    page.go_back()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()

    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(tiny)
    expect(main(page).get_by_role("img").first).to_be_visible()
    expect(main(page).get_by_test_id("stPlotlyChart")).to_have_count(2)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 400
