"""Files are written whole or not at all, and a disk that does not take them is reported with the file and the cure."""

import os
import stat
import threading
from contextlib import suppress

import pytest

from xai_core.errors import StoreRefused
from xai_core.files import CURE, PART, atomic_path, make_folder, reporting_disk_errors, write_whole


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answer.json"


def names(path):
    return sorted(file.name for file in path.parent.iterdir())


def test_a_file_is_written_and_nothing_else_is_left(path):
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(path) == ["answer.json"]


def test_a_file_has_the_usual_permissions(path):
    umask = os.umask(0)
    os.umask(umask)
    write_whole(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("single_writer", [False, True])
def test_a_block_that_raises_leaves_the_old_file_and_no_temporary_one(path, single_writer):
    path.write_bytes(b"old")
    with suppress(KeyboardInterrupt), atomic_path(path, single_writer=single_writer) as part:
        part.write_bytes(b"half")
        assert part.name.endswith(PART)
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert names(path) == ["answer.json"]


def test_a_single_writer_overwrites_what_a_killed_one_left(path):
    with atomic_path(path, single_writer=True) as part:
        part.write_bytes(b"new")
        left_behind = part
    left_behind.write_bytes(b"half")
    with atomic_path(path, single_writer=True) as part:
        part.write_bytes(b"newer")
    assert path.read_bytes() == b"newer"
    assert names(path) == ["answer.json"]


def test_many_threads_may_write_one_file(path):
    contents = [bytes([number]) * 10_000 for number in range(8)]
    threads = [threading.Thread(target=write_whole, args=(path, content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert names(path) == ["answer.json"]


def test_a_pipe_is_written_to_and_not_replaced(path):
    os.mkfifo(path)
    read = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    write_whole(path, b"new")
    reader.join(timeout=10)
    assert read == [b"new"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_disk_error_names_the_file_and_the_cure(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for write in (
        lambda: write_whole(tmp_path / "file" / "answer", b""),
        lambda: make_folder(tmp_path / "file" / "answer"),
    ):
        with pytest.raises(StoreRefused, match=r"file/answer cannot be written: Not a directory\.") as refused:
            write()
        assert (refused.value.hint, refused.value.argument) == (CURE, "")


def test_the_cure_and_its_argument_can_be_given(path):
    with pytest.raises(StoreRefused) as refused, reporting_disk_errors(path, "Choose another.", argument="studies"):
        raise OSError(28, "No space left on device")
    assert refused.value.sentence == f"{path} cannot be written: No space left on device. Choose another."
    assert refused.value.argument == "studies"


def test_a_link_is_written_through_and_stays_a_link(tmp_path):
    target, link = tmp_path / "out.csv", tmp_path / "stdout"
    target.write_bytes(b"before")
    link.symlink_to(target)
    write_whole(link, b"after")
    assert link.is_symlink()
    assert target.read_bytes() == b"after"
