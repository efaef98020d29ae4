"""Files that are made on a click are bounded for a visitor and for all, and a failure is said in a sentence."""

import threading

import pytest
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from pages.ui.access.download import VisitorsFile
from pages.ui.access.export_room import ExportRoom
from pages.ui.serving import exports
from xai_core.errors import ExportFailed, LimitReached
from xai_core.settings.limits import WINDOW_S
from xai_core.settings.server_settings import ServerSettings

SMALL = ServerSettings(visitor_exports=2, exports=3, visitor_export_s=10)
SESSION = "dontcare"  # that of a script without a browser


@pytest.fixture
def now():
    """Time of the account, in seconds, as the only item."""
    return [0.0]


@pytest.fixture
def room(now):
    return ExportRoom(lambda: SMALL, lambda: now[0])


@pytest.fixture
def press(finish, room):
    """Function that presses a button whose file is made by a function."""
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))

    def pressed(make, visitor="ada", session=SESSION):
        file = make if isinstance(make, VisitorsFile) else VisitorsFile(make, visitor, "en")
        file_id = manager.add_deferred(file, "text/csv", "1", "table.csv")
        request = BackendOperationRequest(request_id="r")
        request.deferred_file.file_id = file_id
        return finish(exports.made(manager, room, request, session))

    return pressed


def fail(fault):
    raise fault


def test_a_visitor_and_all_have_so_many_files_at_once(room):
    for _ in range(2):
        room.begin("ada")
    with pytest.raises(LimitReached, match="You wait for 2 files already"):
        room.begin("ada")
    room.begin("bob")
    with pytest.raises(LimitReached, match="as many files as it can"):
        room.begin("carl")
    room.end("ada", 1.0)
    room.begin("carl")


def test_the_files_of_a_visitor_take_so_long_within_an_hour(room, now):
    room.begin("ada")
    room.end("ada", 11.0)
    with pytest.raises(LimitReached, match="more than 10 seconds within an hour"):
        room.begin("ada")
    room.begin("bob")
    now[0] = WINDOW_S + 1
    room.begin("ada")


def test_a_file_is_made_in_a_thread_for_downloads(press):
    names = []
    answer = press(lambda: names.append(threading.current_thread().name) or b"a,b")
    assert answer.deferred_file.url.endswith(".csv")
    assert answer.error_msg == ""
    assert names[0].startswith("exports")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (ExportFailed("The disk is full.", "Free some."), "The disk is full. Free some."),
        (ValueError("/srv/secret"), exports.FAILED),
        (MemoryError(), exports.FAILED),
    ],
)
def test_a_file_that_fails_is_a_sentence_and_gives_its_room_back(press, fault, expected):
    for _ in range(5):
        answer = press(lambda: fail(fault))
        assert (answer.error_msg, answer.HasField("deferred_file")) == (expected, False)


def test_a_sentence_is_in_the_language_of_its_visitor(press, room):
    file = VisitorsFile(lambda: fail(ValueError("bug")), "ada", "ja")
    assert (
        press(file).error_msg == "ファイルを作れませんでした。もう一度試してください。理由はサーバーのログにあります。"
    )
    room.begin("ada")
    room.begin("ada")
    assert press(file).error_msg.startswith("すでに2件のファイルを待っています。")


def test_a_refused_file_is_not_made(press, room):
    room.begin("ada")
    room.begin("ada")
    made = []
    assert press(lambda: made.append(1)).error_msg.startswith("You wait for 2 files")
    assert made == []


def test_nobody_gets_the_file_of_another_page(press):
    assert press(lambda: b"secret", session="another").error_msg == exports.GONE
