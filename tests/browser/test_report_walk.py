"""Verdicts of two readers at once, and reports that open without a network."""

import re

import pytest
from playwright.sync_api import expect

MISTAKE = "study=tiny&picture=pork_chop%2F5&evals=100&top_k=1"


@pytest.fixture
def tiny(serve, tiny_study):
    """Address of a server with the painted study."""
    return serve(tiny_study.folder.parent)


def main(page):
    return page.get_by_test_id("stMain")


def settled(page):
    """Wait until all is computed and the page is at rest, because a file is made by the run that offered it."""
    expect(main(page).get_by_text(re.compile("evaluations for|saved"))).to_be_visible()
    expect(page.get_by_role("button", name="Report, HTML")).to_be_enabled()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def write(page, kind, note):
    page.get_by_role("radio", name=kind).click()
    page.get_by_label("Note").fill(note)
    page.get_by_role("button", name="Save").click()


def download_file(page, button, folder):
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    target = folder / download.value.suggested_filename
    download.value.save_as(target)
    return target


def test_two_readers_give_a_verdict_at_once_and_reports_need_no_network(page, chromium, tiny, tmp_path):
    second = chromium.new_context().new_page()
    for reader in (page, second):
        reader.set_default_timeout(120_000)
    for reader, at in ((page, "explain"), (second, "compare")):
        reader.goto(f"{tiny}/{at}?{MISTAKE}")
        reader.get_by_role("button", name="Give a verdict").click()
        expect(reader.get_by_label("Note")).to_be_visible()
    write(page, "Wrong label", "<b>Pasta</b>, surely.")
    expect(page.get_by_role("button", name="Verdict: wrong label")).to_be_visible()
    write(second, "Ambiguous", "Hard to tell.")
    expect(second.get_by_text(re.compile("“wrong label: <b>Pasta</b>, surely.”"))).to_be_visible()
    expect(second.get_by_label("Note")).to_have_value("Hard to tell.")
    # An arrow in a text is no way to the next mistake.
    second.get_by_label("Note").press("ArrowLeft")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("button", name="Verdict: ambiguous")).to_be_visible()
    expect(second).to_have_url(re.compile("picture=pork_chop%2F5"))
    second.keyboard.press("Escape")

    for reader, pictures in ((page, 6), (second, 21)):
        reader.keyboard.press("Escape")
        settled(reader)
        check_alone(chromium, download_file(reader, "Report, HTML", tmp_path), pictures, tiny)
    page.get_by_role("button", name="One picture, PNG").click()
    expect(page.get_by_role("button", name="Download", exact=True)).to_be_visible()
    assert download_file(page, "Download", tmp_path).read_bytes().startswith(b"\x89PNG")
    second.context.close()


def check_alone(chromium, file, pictures, app):
    """Check that a report opens from the disk without a network, with all pictures, on paper and on a telephone."""
    context = chromium.new_context(offline=True, viewport={"width": 400, "height": 800}, color_scheme="dark")
    report, requests = context.new_page(), []
    report.on("request", lambda request: requests.append(request.url))
    report.goto(file.as_uri())
    widths = report.evaluate("Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth)))")
    assert len(widths) == pictures
    assert min(widths) >= 32
    assert [address for address in requests if not address.startswith("data:")] == [file.as_uri()]
    expect(report.get_by_text("<b>Pasta</b>, surely.").or_(report.get_by_text("Hard to tell."))).to_be_visible()
    back = report.get_by_role("link").first.get_attribute("href")
    assert back.startswith(f"{app}/")
    assert "picture=pork_chop%2F5" in back
    assert report.evaluate("document.scrollingElement.scrollWidth") <= 400
    assert report.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert report.pdf(format="A4").startswith(b"%PDF")
    context.close()
