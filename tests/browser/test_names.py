"""Names that look like markup are text on every page and in every report, and make no browser ask another host.

On the way axe-core looks at every page, with all its folded parts open.
"""

import csv
import json
from urllib.parse import urlencode

import onnx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.conftest import COLOURS, TAKEN_FOR, colour_model, colour_spec, painted
from xai_core.study.build import create_study
from xai_core.study.pictures.duplicates import find_duplicates
from xai_core.verdicts.patch_names import PatchNames
from xai_core.verdicts.store import VerdictStore

IMAGE = "![zqimage](http://example.invalid/a.png)"
TAGS = "<b>zqtag</b> <img src=http://example.invalid/b alt=zqhtml> &amp; %{zqplot}"
MARKS = ":red[zqred] :material/home: **zqbold** `zqcode`"
LINK = "$zqmath$ [zqlink](http://example.invalid/l)"
LABELS = {"omelette": TAGS, "pizza": f"=1+1 {MARKS}", "pork_chop": f"{IMAGE} {TAGS}", "ravioli": f"{LINK} {MARKS}"}
FILE = "<b>zqtag :red[zqred] $zqmath$ [zqlink](a)"
EVERYTHING = f"{IMAGE} {TAGS} {MARKS} {LINK}"
# What stands before each word where the name is text. Drawn as markup, the word stands alone.
BEFORE = {
    "zqimage": "![",
    "zqtag": "<b>",
    "zqhtml": " alt=",
    "zqplot": "%{",
    "zqred": ":red[",
    "zqbold": "**",
    "zqcode": "`",
    "zqmath": "$",
    "zqlink": "[",
}
# Texts of the page that hold a word without what belongs before it, and elements that only markup makes.
DRAWN = """([before, ids]) => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!/zq[a-z]/.test(node.textContent) || node.parentElement.closest("script, style")) continue;
    let text = node.parentElement.textContent.replaceAll("\u2060", "");
    for (const id of ids) text = text.replaceAll(id, "");
    for (const match of text.matchAll(/zq[a-z]+/g))
      if (!text.slice(0, match.index).endsWith(before[match[0]])) found.push(text);
  }
  const outside = element => (element.src || element.href || "").toString().includes("//example.invalid");
  found.push(...[...document.querySelectorAll("[src], [href]")].filter(outside).map(element => element.outerHTML));
  const icons = [...document.querySelectorAll("[data-testid=stIconMaterial]")];
  return found.concat(icons.map(icon => icon.textContent).filter(name => name === "home"));
}"""
# Ends all fading, such as that from one theme into the other.
FADED = "document.getAnimations().filter(one => one instanceof CSSTransition).forEach(one => one.finish())"
PAPER = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 25, 28)"}
PAGES = ("", "confusions", "data", "explain", "trust", "compare", "evidence", "repair", "models", "about")
FOLDED = "[data-testid=stMain] [data-testid=stExpander] summary"


@pytest.fixture
def hostile_study(tmp_path):
    """Study whose classes, pictures, title, notes, readers and patches have hostile names."""
    model, data = tmp_path / "colours.onnx", tmp_path / "list.csv"
    onnx.save(colour_model(), model)
    spec = colour_spec()
    spec["labels"] = [LABELS[label] for label in spec["labels"]]
    model.with_suffix(".json").write_text(json.dumps(spec), "utf-8")
    with data.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label"])
        for truth in COLOURS:
            for number in range(1, 6):
                path = tmp_path / "pictures" / f"{truth} {FILE} {number}.jpg"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(painted(TAKEN_FOR.get(f"{truth}/{number}", truth), number))
                rows.writerow([path, LABELS[truth]])
    study = create_study("hostile", tmp_path / "studies", data=data, model=model, title=f"Study {EVERYTHING}")
    mistakes = study.table[study.table["truth"] != study.table["guess"]]
    for row in mistakes.itertuples():
        VerdictStore(study.folder).put(row.image_id, "ambiguous", seen=0, note=EVERYTHING, author=FILE)
    pair = LABELS["pork_chop"], LABELS["ravioli"]
    named = mistakes.loc[mistakes["truth"] == pair[0], "image_id"]
    PatchNames(study.folder).put(*pair, MARKS, list(named))
    find_duplicates(study)
    return study


def test_names_that_look_like_markup_are_text_everywhere(page, chromium, serve, hostile_study, tmp_path):
    asked = []
    page.set_default_timeout(60_000)
    page.on("request", lambda request: asked.append(request.url))
    address = serve(hostile_study.folder.parent)
    ids = known_forms(hostile_study.table["image_id"])
    echoed = {"study": TAGS, "picture": IMAGE, "truth": LINK, "guess": MARKS, "engine": TAGS, "by": IMAGE, "find": LINK}
    for number, name in enumerate((*PAGES, f"compare?{urlencode(echoed)}")):
        page.goto(f"{address}/{name}{'&' if '?' in name else '?'}evals=100&companions=1")
        expect(page.get_by_test_id("stSidebar").get_by_text("zqimage").first).to_be_visible()
        if "zq" in name:
            expect(page.get_by_test_id("stAlert").filter(has_text="zqimage").first).to_be_visible()
        settled(page)
        for fold in page.locator(FOLDED).all():
            fold.click()
        settled(page)
        assert page.evaluate(DRAWN, [BEFORE, ids]) == []
        assert serious_violations(page, ("light", "dark") if number % 2 == 0 else ("dark", "light")) == []
        assert page.get_by_test_id("stException").count() == 0
        # About has formulas of its own.
        assert name == "about" or page.locator(".katex").count() == 0
        report = page.get_by_role("button", name="Report, HTML")
        if "zq" not in name and report.count():
            expect(report).to_be_enabled()
            settled(page)
            with page.expect_download() as download:
                report.click()
            download.value.save_as(tmp_path / "report.html")
            check_report(chromium, tmp_path / "report.html", ids)
    assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []


def known_forms(image_ids):
    """Return ids of pictures as pages show them. All signs in them are replaced, so that they look like no markup."""
    names = [part for image_id in image_ids for part in (image_id, image_id.rpartition("/")[2])]
    return sorted({*names, *(name.replace("/", " ").replace("_", " ") for name in names)}, key=len, reverse=True)


def settled(page):
    # Cancel stands beside what is being computed. Until it is complete, the page runs again and fades what it replaces.
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_load_state("networkidle")


def serious_violations(page, themes):
    """Return what axe-core finds serious or critical, in the present theme and then in another one.

    Only colours depend on the theme. The page stays in the second theme, in which the next page opens.
    """
    # What completes the menu for a screen reader comes after the menu.
    expect(page.get_by_test_id("stSidebarNavItems")).to_have_attribute("role", "presentation", timeout=20_000)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    first, second = themes
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", PAPER[first])
    page.evaluate(FADED)
    found = Axe().run(page).response["violations"]
    page.emulate_media(color_scheme=second)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", PAPER[second])
    page.evaluate(FADED)
    found += Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    return [
        (violation["id"], node["html"], node["failureSummary"])
        for violation in found
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def check_report(chromium, file, ids):
    """Check that a report shows the names as text and asks no host."""
    context = chromium.new_context()
    report, asked = context.new_page(), []
    report.on("request", lambda request: asked.append(request.url))
    report.goto(file.as_uri())
    assert "zqimage" in report.content()
    assert report.evaluate(DRAWN, [BEFORE, ids]) == []
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    context.close()
