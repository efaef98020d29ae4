"""Compare in a browser, with links, keys, maps that become finer, Back, and two readers at once."""

import re

import pytest
from playwright.sync_api import expect

MISTAKE = "picture=pork_chop%2F5"
FOR_TRUTH = "Evidence for pork chop in red, against it in blue"
FOR_GUESS = "Evidence for ravioli in red, against it in blue"
CONTRAST = "Evidence for ravioli rather than pork chop in red, the reverse in blue"


@pytest.fixture
def tiny(serve, tiny_study):
    """Address of a server with the painted study."""
    return serve(tiny_study.folder.parent)


def main(page):
    return page.get_by_test_id("stMain")


def stored(study):
    return len(list(study.explanations.glob("*.npz")))


def open_settings(page):
    main(page).get_by_role("button", name="Settings").click()


def nudge(page, slider, key):
    page.get_by_role("slider", name=slider).press(key)


def pick(page, box, option):
    page.get_by_role("combobox", name=re.compile(box)).click()
    page.get_by_role("option", name=option, exact=True).click()


def seen(page, *names):
    """Expect these pictures in this order."""
    expect(main(page).get_by_alt_text(re.compile("as the model sees it"))).to_have_count(len(names))
    for index, name in enumerate(names):
        shown = main(page).get_by_alt_text(re.compile("as the model sees it")).nth(index)
        expect(shown).to_have_attribute("alt", f"{name} as the model sees it")


def test_a_deep_link_on_a_fresh_server_opens_the_view_in_the_dark_and_on_a_telephone_too(page, serve_alone, tiny_study):
    tiny = serve_alone(tiny_study.folder.parent)
    asked = ["blur=9", "evals=100", "top_k=1", "companions=2", "opacity=60", "beside=both", "by=confident", "scale=3.5"]
    page.goto(f"{tiny}/compare?study=tiny&{MISTAKE}&{'&'.join(asked)}")
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Confusions")).to_be_visible()
    expect(main(page).get_by_role("heading", name="Why ravioli rather than pork chop?")).to_be_visible()
    open_settings(page)
    expect(page.get_by_role("slider", name="Blur")).to_have_value("9")
    for alt in (CONTRAST, FOR_TRUTH, FOR_GUESS):
        expect(page.get_by_alt_text(alt)).to_have_count(3)
    expect(main(page).get_by_text("full colour is 3.5 logits")).to_have_count(1)
    for named in [MISTAKE, *asked]:
        expect(page).to_have_url(re.compile(re.escape(named)))
    expect(page.get_by_alt_text(FOR_GUESS).first).to_have_js_property("naturalWidth", 32)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(255, 255, 255)")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.goto(page.url)
    expect(page.get_by_alt_text(CONTRAST)).to_have_count(3)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(20, 25, 28)")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    # The first screen has the mistake, a correct picture beside it, and their maps.
    first, second = (page.get_by_alt_text(CONTRAST).nth(index).bounding_box() for index in (0, 1))
    assert first["y"] == second["y"]
    assert first["y"] + first["height"] < 844
    open_settings(page)
    expect(page.get_by_role("slider", name="Blur")).to_be_visible()
    # Nonsense in a link is answered kindly.
    page.goto(f"{tiny}/compare?study=none&picture=pork_chop%2F99&blur=-4&top_k=99&by=hand&hand=x&scale=0")
    expect(page.get_by_test_id("stAlert")).to_have_count(6)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page).to_have_url(re.compile("study=tiny&picture=pork_chop.*blur=32"))


def test_from_the_overview_to_a_mistake_and_through_all_that_can_be_asked_of_it(page, tiny, tiny_study):
    page.goto(tiny)
    main(page).get_by_role("link", name="All mistakes", exact=True).first.click()
    expect(main(page).get_by_text("Pork chop taken for ravioli").first).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Compare").first.click()
    expect(main(page).get_by_text("Mistake 1 of 2")).to_be_visible()
    expect(page.get_by_alt_text(CONTRAST)).to_have_count(4)
    # The overview has explained some pictures, these or others, if its model was open in time.
    expect(main(page).get_by_text(re.compile(r"evaluations for [234] pictures"))).to_be_visible()
    assert stored(tiny_study) >= 4
    # The keyboard, and the browser's own history.
    for move, place in [
        (lambda: page.keyboard.press("ArrowRight"), "2 of 2"),
        (lambda: page.keyboard.press("ArrowLeft"), "1 of 2"),
        (page.go_back, "2 of 2"),
        (page.go_forward, "1 of 2"),
    ]:
        before = page.url
        move()
        expect(page).not_to_have_url(before)
        expect(main(page).get_by_text(f"Mistake {place}")).to_be_visible()
    expect(main(page).get_by_text("Shown is a saved result: no evaluation was needed.")).to_be_visible()
    held = stored(tiny_study)
    # Changes of the display cost no evaluation.
    open_settings(page)
    expect(main(page).get_by_text("also probable")).to_have_count(1)
    nudge(page, "Top-k classes", "ArrowRight")
    expect(main(page).get_by_text("also probable")).to_have_count(2)
    expect(main(page).get_by_text("Mistake 1 of 2")).to_be_visible()
    nudge(page, "Correct pictures", "ArrowLeft")
    expect(page.get_by_alt_text(CONTRAST)).to_have_count(3)
    page.get_by_text("Lock the scale").click()
    expect(page).to_have_url(re.compile(r"scale=[\d.]+"))
    expect(main(page).get_by_text("Shown is a saved result: no evaluation was needed.")).to_be_visible()
    assert stored(tiny_study) == held
    # Another blur is computed.
    nudge(page, "Blur", "ArrowLeft")
    expect(main(page).get_by_text("evaluations for 3 pictures.")).to_be_visible()
    expect(page).to_have_url(re.compile("blur=31"))
    assert stored(tiny_study) == held + 3
    # By hand, another picture is added to those that were there.
    before = page.get_by_alt_text(re.compile("as the model sees it"))
    first, second = (before.nth(place).get_attribute("alt").removesuffix(" as the model sees it") for place in (1, 2))
    pick(page, "Chosen by", "hand")
    expect(page).to_have_url(re.compile("by=hand"))
    seen(page, "pork chop 5", first, second)
    (third,) = {f"pork chop {number}" for number in (1, 2, 3)} - {first, second}
    page.get_by_role("combobox", name=re.compile("Correct pictures, up to 6")).click()
    page.get_by_role("option", name=re.compile(third)).click()
    page.keyboard.press("Escape")  # closes the list
    expect(page).to_have_url(re.compile("hand=(pork_chop%2F[123](%2C|,|$|&)){3}"))
    seen(page, "pork chop 5", first, second, third)
    page.get_by_role("link", name="All mistakes of this pair").click()
    expect(page).to_have_url(re.compile("/confusions.*truth=pork_chop&guess=ravioli"))
    expect(main(page).get_by_text("Pork chop taken for ravioli").first).to_be_visible()


def test_two_readers_at_once_each_see_their_own_and_one_stops_with_a_key(page, chromium, serve_alone, slow_study):
    address = serve_alone(slow_study.folder.parent)
    asked = "evals=10000&companions=1&top_k=1"
    page.goto(f"{address}/compare?study=slow&{MISTAKE}&{asked}")
    elsewhere = chromium.new_context(viewport={"width": 1280, "height": 900})
    other = elsewhere.new_page()
    other.goto(f"{address}/compare?study=slow&picture=ravioli%2F5&{asked}")
    going = re.compile(r"[1-9][\d,]* of 20,000 evaluations, .* a second")
    title = main(page).get_by_text("Evidence for each class")
    # The page is drawn anew when the model is open.
    expect(main(page).get_by_text(going)).to_be_visible()
    expect(title).to_be_visible()
    # The scale, two pictures and three rows of two, at least. Before that, the layout of the page still changes.
    page.wait_for_function("[...document.images].filter(image => image.complete && image.naturalWidth).length >= 9")
    top = title.bounding_box()["y"]
    for reader, contrast in ((page, CONTRAST), (other, "Evidence for pork chop rather than ravioli")):
        expect(main(reader).get_by_text(going)).to_be_visible()
        expect(reader.get_by_alt_text(contrast).first).to_be_visible()
    assert title.bounding_box()["y"] == pytest.approx(top, abs=25)  # a line of text more or less, but no more
    page.keyboard.press("Escape")
    expect(main(page).get_by_text(re.compile(r"Stopped after [\d,]+ of 20,000 evaluations"))).to_be_visible()
    expect(page.get_by_alt_text(CONTRAST).first).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    expect(main(other).get_by_text(going)).to_be_visible()
    expect(other.get_by_alt_text("ravioli 5 as the model sees it")).to_be_visible()
    expect(other.get_by_alt_text("pork chop 5 as the model sees it")).to_have_count(0)
    assert stored(slow_study) == 0
    elsewhere.close()
