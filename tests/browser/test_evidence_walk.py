"""Way of a reader from one mistake to the evidence of its pair, to another pair and back to a picture."""

import re

from playwright.sync_api import expect


def main(page):
    return page.get_by_test_id("stMain")


def test_from_one_mistake_to_all_of_its_pair_and_back_to_one(page, serve, tiny_study):
    address = serve(tiny_study.folder.parent)
    page.goto(f"{address}/compare?picture=pork_chop%2F5&evals=100&companions=1")
    lead_on = main(page).get_by_role("link", name="Evidence from all its mistakes")
    expect(lead_on).to_be_visible()
    lead_on.click()
    expect(page).to_have_url(re.compile(r"/evidence.*truth=pork_chop&guess=ravioli.*evals=100"))
    expect(main(page).get_by_text("The claim rests on 2 mistakes of this pair and 6 correct pictures")).to_be_visible()
    expect(main(page).get_by_text("So far")).to_have_count(0)
    expect(page.get_by_alt_text("Part of pork chop 5 with the strongest evidence for ravioli")).to_have_count(2)
    expect(main(page).get_by_test_id("stPlotlyChart")).to_have_count(1)
    page.get_by_role("combobox", name=re.compile("Pair")).click()
    page.get_by_role("option", name="Ravioli taken for pork chop (1)").click()
    expect(main(page).get_by_text("The claim rests on 1 mistake of this pair")).to_be_visible()
    expect(page).to_have_url(re.compile("truth=ravioli&guess=pork_chop"))
    page.go_back()
    expect(main(page).get_by_text("The claim rests on 2 mistakes of this pair")).to_be_visible()
    page.set_viewport_size({"width": 400, "height": 800})
    expect(main(page).get_by_role("link", name="5", exact=True).first).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 400
    main(page).get_by_role("link", name="5", exact=True).first.click()
    expect(page).to_have_url(re.compile(r"/compare.*picture=pork_chop%2F5"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
