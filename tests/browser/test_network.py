"""The browser asks no other host on any page, the menu keeps its icons, and the server answers no foreign name."""

import http.client
import re

from playwright.sync_api import expect

# test_names.py visits every page and watches its requests as well.
PAGES = ("Overview", "About")


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
    assert len(asked) > 10
    port = int(address.rpartition(":")[2])
    media = next(url for url in asked if "/media/" in url).removeprefix(address)
    for host, status in [(f"localhost:{port}", 200), (f"[::1]:{port}", 200), ("evil.example", 403), ("", 403)]:
        for path in ("/", "/compare", media, "/_stcore/health", "/_stcore/metrics"):
            assert answer(port, path, host) == status, (path, host)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    for host, status in [(f"localhost:{port}", 101), (f"evil.example:{port}", 403)]:
        assert answer(port, "/_stcore/stream", host, upgrade) == status


def answer(port, path, host, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Host": host, **(headers or {})})
    status = connection.getresponse().status
    connection.close()
    return status
