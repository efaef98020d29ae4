"""Uploads are bounded for a visitor and for all, and can be switched off."""

import pytest

from pages.ui.access.upload_room import UploadRoom
from pages.ui.access.visitors import HEADER, Visitor
from pages.ui.serving.uploads import UploadGuard
from xai_core.settings.server_settings import MB, ServerSettings

SMALL = ServerSettings(visitor_uploads_mb=30, uploads_mb=50)


@pytest.fixture
def held():
    """Bytes that are held for each session."""
    return {}


@pytest.fixture
def room(held):
    return UploadRoom(lambda: SMALL, lambda: held)


def put(ask, room, session="s", size=MB, name="ada", *, owner=None, method="PUT"):
    headers = [(HEADER, Visitor(name, "viewer").packed().decode()), ("Content-Length", str(size))]
    guard = lambda app: UploadGuard(app, lambda: room, lambda _: name if owner is None else owner)  # noqa: E731
    return ask(guard, f"/_stcore/upload_file/{session}/f", method=method, headers=headers)


def test_a_visitor_has_so_much_room_in_all_tabs_together(ask, room, held):
    for session in ("one", "two", "three"):
        assert put(ask, room, session, 10 * MB).status == 200
        held[session] = 10 * MB
    answer = put(ask, room, "four")
    assert answer.status == 413
    assert answer.body == (
        "Your uploaded pictures take 30 of the 30 MB for one visitor, so there is no room for 1.0 MB more. "
        "Close tabs with uploaded pictures, or remove some."
    )
    assert put(ask, room, "five", name="bob").status == 200
    del held["one"]  # a closed tab
    assert put(ask, room, "four").status == 200


def test_all_visitors_together_have_so_much_room(ask, room, held):
    held |= {"one": 25 * MB, "two": 24 * MB}
    assert put(ask, room, "three", MB).status == 200
    answer = put(ask, room, "three", 2 * MB)
    assert (answer.status, answer.body[:47]) == (413, "This server has 50 MB for the uploads of all vi")


def test_uploads_that_arrive_count_and_those_without_a_size_as_the_largest(ask, room):
    assert room.reserve("s", "ada", 20 * MB) == ""
    assert room.held_bytes() == 20 * MB
    assert room.why_full("ada").startswith("Your uploaded pictures take 20 of the 30 MB")
    room.release("s", 20 * MB)
    assert (room.held_bytes(), room.why_full("ada")) == (0, "")


def test_uploads_can_be_switched_off(ask, room, monkeypatch):
    monkeypatch.setenv("XAI_UPLOADS", "0")
    answer = put(ask, room)
    assert (answer.status, answer.body, answer.behind) == (403, "Uploads are switched off on this server.", [])


@pytest.mark.parametrize("owner", ["bob", ""], ids=["another", "nobody"])
def test_nobody_uploads_into_the_page_of_another_or_removes_a_picture_there(ask, room, owner):
    for method in ("PUT", "DELETE"):
        answer = put(ask, room, owner=owner, method=method)
        assert (answer.status, answer.behind) == (403, []), method
    assert put(ask, room, owner="ada", method="DELETE").status == 200
    assert put(ask, room, name="", owner=owner).status == 200  # without sign-in there are no names
