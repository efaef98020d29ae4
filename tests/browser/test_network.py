"""Nothing leaves the machine: the browser asks no other host on any page, and the menu keeps its icons."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.flaky(reruns=2)]

PAGES = ("Overview", "Confusions", "Explain", "Trust", "Compare", "Evidence", "About")


def test_no_page_makes_the_browser_ask_another_host(page, serve, tiny_study):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    address = serve(tiny_study.folder.parent)
    page.goto(address)
    menu = page.get_by_test_id("stSidebarNav")
    for name in PAGES:
        link = menu.get_by_role("link", name=re.compile(f"{name}$"))
        link.click()
        expect(link).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(page).to_have_title(f"{name} - confusion explainer")
        expect(link.get_by_role("img")).to_be_visible()
        page.wait_for_load_state("networkidle")
    outside = [url for url in asked if not re.match(rf"({re.escape(address)}/|data:|blob:)", url)]
    assert outside == []
    assert len(asked) > 20
