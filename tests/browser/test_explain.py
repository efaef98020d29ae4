"""Page Explain in a browser, with numbers under the pointer, live previews, uploads and keys."""

import io
import re

import numpy as np
from PIL import Image
from playwright.sync_api import expect

CONTRAST = re.compile("Evidence for .* rather than .* in red, the reverse in blue")
VALUE = re.compile(r"^[+-]\d+\.\d\d( ± \d+\.\d\d)?")
DARK = "rgb(20, 25, 28)"


def main(page):
    return page.get_by_test_id("stMain")


def open_settings(page):
    main(page).get_by_role("button", name="Settings").click()


def expect_text(page, text):
    return expect(main(page).get_by_text(text))


def stored_count(study):
    return len(list(study.explanations.glob("*.npz")))


def picture(name, content):
    return {"name": name, "mimeType": "image/png", "buffer": content}


def white_noise():
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(4).integers(180, 256, (60, 80, 3), np.uint8)).save(out, "PNG")
    return out.getvalue()


def wait_for_refinement(page):
    """Wait until the contrast is drawn again."""
    overlay = page.get_by_alt_text(CONTRAST)
    expect(overlay).not_to_have_attribute("src", overlay.get_attribute("src"))


def check_linked(page):
    """Check that pictures show their values at one place, and zoom together by pointer and keys."""
    pictures = main(page).locator("[class*=st-key-linked-explain] img")
    pictures.first.hover(position={"x": 100, "y": 100})
    values = main(page).locator("[data-linked-mark]").get_by_text(VALUE)
    expect(values).to_have_count(3)  # also of the folded classes
    pictures.first.dblclick(position={"x": 100, "y": 100})
    for one in (pictures.nth(0), pictures.nth(1)):
        expect(one).to_have_attribute("style", re.compile(r"scale\(3\) translate\(-\d"))
    pictures.first.press("ArrowRight")
    expect(page).to_have_url(re.compile("picture=pork_chop%2F4"))
    pictures.first.press("0")
    expect(pictures.nth(1)).not_to_have_attribute("style", re.compile("scale"))


def test_picture_of_the_study_is_explained(page, serve, tiny_study):
    address = serve(tiny_study.folder.parent)
    page.goto(f"{address}/explain?picture=pork_chop%2F4&evals=100&top_k=1&blur=20")
    expect(page.get_by_role("heading", name="Why ravioli rather than pork chop?")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Confusions")).to_be_visible()
    expect_text(page, "100 evaluations for 1 picture.").to_be_visible()
    expect(page.get_by_alt_text(re.compile("Evidence for [^,]* in red, against"))).to_have_count(2)

    check_linked(page)
    main(page).get_by_text("Numbers", exact=True).click()
    chart = page.get_by_test_id("stPlotlyChart").first
    chart.hover(position={"x": 200, "y": 200})
    numbers = chart.locator(".hoverlayer")
    expect(numbers).to_contain_text(re.compile(r"region \d+ of \d+"))
    expect(numbers).to_contain_text(re.compile(r"[+-]\d\.\d{3} (± \d\.\d{3} )?ravioli rather than pork chop"))
    expect(numbers).to_contain_text(re.compile(r"[+-]\d\.\d{3} (± \d\.\d{3} )?pork chop"))

    assert stored_count(tiny_study) == 1
    open_settings(page)
    page.get_by_role("slider", name="Top-k classes").press("ArrowRight")
    expect(page.get_by_alt_text(re.compile("Evidence for [^,]* in red, against"))).to_have_count(3)
    expect_text(page, "100 evaluations for 1 picture.").to_be_visible()
    assert stored_count(tiny_study) == 1

    hidden = page.get_by_alt_text("The picture with all of it hidden by a box blur")
    before = hidden.get_attribute("src")
    page.get_by_role("slider", name="Blur").press("ArrowLeft")
    expect(page).to_have_url(re.compile("blur=19"))
    expect(hidden).not_to_have_attribute("src", before)
    expect(page.get_by_text(re.compile("All hidden, the model predicts "))).to_be_visible()
    expect_text(page, "100 evaluations for 1 picture.").to_be_visible()
    assert stored_count(tiny_study) == 2

    page.get_by_role("heading", name="Explain", exact=True).click()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("picture=pork_chop%2F5"))
    expect(page.get_by_alt_text("pork chop 5 as the model sees it")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_alt_text("pork chop 4 as the model sees it")).to_be_visible()

    open_settings(page)
    box = page.get_by_role("combobox", name=re.compile("Picture$"))
    box.fill("omelette/2")
    box.press("Enter")
    expect(page.get_by_alt_text("omelette 2 as the model sees it")).to_be_visible()
    box.fill("no such dish")
    box.press("Enter")
    expect(page.get_by_test_id("stToast")).to_contain_text("There is no picture 'no such dish' here.")
    expect(page).to_have_url(re.compile("picture=omelette%2F2"))

    page.set_viewport_size({"width": 400, "height": 800})
    page.emulate_media(color_scheme="dark")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", DARK)
    expect(page.get_by_alt_text("omelette 2 as the model sees it")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 400


def test_upload_is_drawn_as_it_is_computed_stopped_and_not_stored_and_nothing_moves(page, serve_alone, slow_study):
    address = serve_alone(slow_study.folder.parent)
    page.goto(f"{address}/explain?source=upload&evals=10000&top_k=1")
    file = page.get_by_test_id("stFileUploaderDropzoneInput")
    file.set_input_files(picture("cut.png", white_noise()[:900]))
    expect_text(
        page, re.compile(r"^The file is a PNG that is damaged or cut off\. Accepted are JPEG, PNG and WebP")
    ).to_be_visible()
    file.set_input_files(picture("noise.png", white_noise()))
    expect(page.get_by_alt_text("The uploaded picture as the model sees it")).to_be_visible()
    expect_text(page, re.compile("damaged")).to_have_count(0)
    expect_text(page, re.compile(r"[1-9][\d,]* of 10,000 evaluations, .* a second, about .* s left")).to_be_visible()
    expect(page.get_by_alt_text(CONTRAST)).to_be_visible()

    below = main(page).get_by_role("button", name="Sheet, PNG")
    wait_for_refinement(page)
    place = below.bounding_box()
    wait_for_refinement(page)
    assert below.bounding_box() == place
    page.get_by_role("heading", name="Explain", exact=True).click()
    page.keyboard.press("Escape")
    expect_text(page, re.compile(r"Stopped after [\d,]+ of 10,000 evaluations")).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    expect(below).to_be_enabled()
    assert below.bounding_box() == place
    assert not slow_study.explanations.exists()
