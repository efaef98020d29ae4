"""No verdict is lost, with many writers at once and whatever breaks."""

import contextlib
import csv
import io
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from xai_core.errors import SettingRefused, StoreRefused, VerdictOvertaken, VerdictsDamaged
from xai_core.study.build import create_study
from xai_core.verdicts import store as verdicts_store
from xai_core.verdicts import verdict
from xai_core.verdicts.store import FILE, VerdictStore
from xai_core.verdicts.verdict import ANY, COLUMNS, NONE, Verdict

ROOT = Path(__file__).parents[3]
WHEN = datetime(2026, 11, 3, 9, 15, 42, tzinfo=UTC)

# Writes 10 verdicts on one picture. If another one came first, it reads that and writes its own after it.
WRITER = """
import sys
from pathlib import Path
from xai_core.errors import VerdictOvertaken
from xai_core.verdicts.store import VerdictStore

store = VerdictStore(Path(sys.argv[1]))
for number in range(10):
    written = False
    while not written:
        latest = store.latest("pizza/1")
        try:
            store.put("pizza/1", "", seen=latest.version if latest else 0, note=f"{sys.argv[2]} {number}")
            written = True
        except VerdictOvertaken:
            pass
"""

# Dies after its verdict was written to the file and before the commit, so that a journal is left to roll back.
KILLED = """
import os, signal, sys
from pathlib import Path
from xai_core.verdicts import store as verdicts_store

class Dying(verdicts_store.VerdictStore):
    def _append(self, database, verdict):
        database.execute("PRAGMA cache_size = 1")
        database.execute("BEGIN IMMEDIATE")
        for version in range(2, 200):
            row = [verdict.image_id] + ["x" * 500] * 8
            names = [name for name in verdicts_store.COLUMNS if name != "version"]
            database.execute(f"INSERT INTO verdicts ({', '.join(names)}, version) VALUES ({'?, ' * 9}{version})", row)
        os.kill(os.getpid(), signal.SIGKILL)

Dying(Path(sys.argv[1])).put("pizza/1", "ambiguous", seen=1)
"""


@pytest.fixture
def store(tmp_path):
    """Store of a study without verdicts, at a known time."""
    folder = tmp_path / "mine"
    folder.mkdir()
    return VerdictStore(folder, lambda: WHEN)


def other(store):
    """Return the store of another viewer of the same study."""
    return VerdictStore(store.folder)


class TestOneWriter:
    def test_what_is_written_is_read_back_whole(self, store):
        about = {"truth": "pizza", "guess": "ravioli", "model_id": "m", "picture_hash": "p"}
        written = store.put("pizza/1", "wrong label", seen=0, note="It is pasta.", author="Ann", **about)
        assert other(store).latest("pizza/1") == written
        assert written == Verdict(
            image_id="pizza/1",
            version=1,
            written="2026-11-03T09:15:42+00:00",
            kind="wrong label",
            note="It is pasta.",
            author="Ann",
            **about,
        )

    def test_a_study_without_verdicts_has_none_and_no_file(self, store):
        assert store.latest("pizza/1") is None
        assert store.all().empty
        assert tuple(store.all().columns) == COLUMNS
        assert not store.path.exists()

    def test_the_latest_counts_and_the_earlier_ones_stay(self, store):
        store.put("pizza/1", "ambiguous", seen=0)
        store.put("pizza/1", "model error", seen=1)
        assert [found.kind for found in store.history("pizza/1")] == ["model error", "ambiguous"]
        assert store.all()["kind"].tolist() == ["model error"]
        assert store.whole_history()["version"].tolist() == [1, 2]

    def test_one_can_be_taken_back_and_is_still_in_the_history(self, store):
        store.put("pizza/1", "ambiguous", seen=0)
        assert store.put("pizza/1", "", seen=1).withdrawn
        assert store.all().empty
        assert len(store.whole_history()) == 2

    def test_a_verdict_that_does_not_exist_is_refused_with_those_that_do(self, store):
        with pytest.raises(SettingRefused, match="The verdict is 'bad'; expected one of model error, background or"):
            store.put("pizza/1", "bad", seen=0)

    def test_a_note_may_have_2000_characters_and_no_more(self, store):
        assert len(store.put("pizza/1", "", seen=0, note="é" * 2000).note) == 2000
        with pytest.raises(SettingRefused, match="The note is 2,001 characters long; expected at most 2,000"):
            store.put("pizza/1", "", seen=1, note="é" * 2001)
        with pytest.raises(SettingRefused, match="The author's name is 81 characters long"):
            store.put("pizza/1", "", seen=1, author="é" * 81)
        assert len(store.whole_history()) == 1

    @pytest.mark.parametrize(
        "note", ["日本語　の\u3000料理", "👩\u200d🍳 crème brûlée", "عربي", "a\nb\tc", "'; DROP TABLE verdicts"]
    )
    def test_every_language_survives(self, store, note):
        store.put("pizza/1", "", seen=0, note=note, author=note)
        assert other(store).latest("pizza/1").note == note

    def test_what_no_screen_can_show_is_dropped(self, store):
        assert store.put("pizza/1", "", seen=0, note=" \x00a\x1b[1m\r\nb\ud800 ").note == "a[1m\nb"


class TestTwoAtOnce:
    def test_the_second_learns_what_the_first_wrote_and_nothing_is_written(self, store):
        store.put("pizza/1", "wrong label", seen=0, note="Pasta.", author="Ann")
        with pytest.raises(VerdictOvertaken) as told:
            other(store).put("pizza/1", "model error", seen=0)
        assert str(told.value) == (
            "Somebody wrote a verdict on pizza/1 after you opened it (by Ann, 2026-11-03 09:15 UTC): "
            "“wrong label: Pasta.”."
        )
        assert told.value.version == 1
        assert [found.kind for found in store.history("pizza/1")] == ["wrong label"]

    def test_having_read_it_the_second_can_write_after_it(self, store):
        store.put("pizza/1", "wrong label", seen=0)
        other(store).put("pizza/1", "model error", seen=1)
        assert store.latest("pizza/1").kind == "model error"

    def test_of_eight_threads_that_saw_nothing_one_writes(self, store):
        told = []

        def write(number):
            try:
                other(store).put("pizza/1", "ambiguous", seen=0, note=str(number))
            except VerdictOvertaken as fault:
                told.append(fault)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(store.whole_history()), len(told)) == (1, 7)

    def test_two_processes_lose_nothing(self, store):
        command = [sys.executable, "-c", WRITER, str(store.folder)]
        writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("a", "b")]
        assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
        found = store.whole_history()
        assert found["version"].tolist() == list(range(1, 21))
        for name in ("a", "b"):
            mine = found["note"][found["note"].str.startswith(name)]
            assert mine.tolist() == [f"{name} {number}" for number in range(10)]

    def test_a_writer_that_waits_too_long_is_refused(self, store, monkeypatch):
        monkeypatch.setattr(verdicts_store, "WAIT_S", 0.01)
        with verdicts_store.locked_folder(store.folder), pytest.raises(StoreRefused, match="being written by others"):
            other(store).put("pizza/1", "ambiguous", seen=0)


class TestFaults:
    def test_a_writer_that_is_killed_half_way_leaves_what_was_there(self, store):
        before = store.put("pizza/1", "wrong label", seen=0)
        killed = subprocess.run([sys.executable, "-c", KILLED, str(store.folder)], cwd=ROOT, check=False, timeout=60)
        assert killed.returncode == -signal.SIGKILL
        assert list(store.folder.glob(f"{FILE}-journal"))
        assert store.history("pizza/1") == (before,)
        assert store.put("pizza/1", "ambiguous", seen=1).version == 2

    @pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
    def test_a_damaged_file_is_told_and_left_alone(self, store, content):
        store.path.write_bytes(content)
        for ask in (lambda: store.latest("pizza/1"), store.all, lambda: store.put("pizza/1", "ambiguous", seen=0)):
            with pytest.raises(VerdictsDamaged, match=r"verdicts\.sqlite cannot be read") as told:
                ask()
            assert "The file was not changed." in told.value.hint
        assert store.path.read_bytes() == content

    def test_a_file_of_another_program_is_left_alone(self, store):
        with sqlite3.connect(store.path) as database:
            database.execute("CREATE TABLE cookies (name TEXT)")
        database.close()
        with pytest.raises(VerdictsDamaged, match="it has format 0; this version reads format 1"):
            store.put("pizza/1", "ambiguous", seen=0)

    def test_on_a_read_only_disk_verdicts_are_read_and_a_new_one_is_refused(self, store, monkeypatch):
        kept = store.put("pizza/1", "wrong label", seen=0)
        opened = verdicts_store.open_database
        monkeypatch.setattr(verdicts_store, "open_database", lambda path, _mode: opened(path, "ro"))
        with pytest.raises(StoreRefused, match="attempt to write a readonly database") as told:
            store.put("pizza/1", "ambiguous", seen=1)
        assert "Make the study's folder writable" in told.value.hint
        assert store.latest("pizza/1") == kept

    def test_a_lock_that_the_disk_does_not_take_is_told(self, store, monkeypatch):
        def refuse(_lock, **_options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(verdicts_store.FileLock, "acquire", refuse)
        with pytest.raises(StoreRefused, match="cannot be read or written: Permission denied"):
            store.put("pizza/1", "ambiguous", seen=0)

    def test_a_study_that_is_gone_is_told(self, store):
        store.folder.rmdir()
        with pytest.raises(StoreRefused, match="unable to open database file"):
            store.put("pizza/1", "ambiguous", seen=0)


class TestRebuilding:
    def test_another_model_keeps_the_verdicts(self, tiny_study, tiny_food101, tiny_model):
        kept = VerdictStore(tiny_study.folder).put("pork_chop/4", "wrong label", seen=0, model_id=tiny_study.model_id)
        tiny_model.write_bytes(tiny_model.read_bytes() + b"\x32\x00")  # an empty documentation string
        rebuilt = create_study("tiny", tiny_study.folder.parent, data=tiny_food101, model=tiny_model)
        assert rebuilt.model_id != tiny_study.model_id
        assert VerdictStore(rebuilt.folder).latest("pork_chop/4") == kept

    def test_a_damaged_file_is_kept_too(self, tiny_study, tiny_food101, tiny_model):
        (tiny_study.folder / FILE).write_bytes(b"damaged")
        rebuilt = create_study("tiny", tiny_study.folder.parent, data=tiny_food101, model=tiny_model, limit=4)
        assert (rebuilt.folder / FILE).read_bytes() == b"damaged"

    def test_one_that_is_written_while_the_study_is_replaced_comes_after_those_before(self, store):
        store.put("pizza/1", "ambiguous", seen=0)
        late = threading.Thread(target=other(store).put, args=("pizza/1", "wrong label"), kwargs={"seen": 1})
        finished = store.folder.with_name("finished")
        finished.mkdir()
        with verdicts_store.locked_folder(store.folder):
            late.start()
            verdicts_store.copy_verdicts(store.folder, finished)
            store.folder.rename(store.folder.with_name("old"))
            finished.rename(store.folder)
        late.join()
        assert [found.kind for found in store.history("pizza/1")] == ["wrong label", "ambiguous"]


class TestWords:
    VERDICT = Verdict(
        image_id="pizza/1",
        version=1,
        written="2026-11-03T09:15:42+00:00",
        kind="wrong label",
        note="Pasta.",
        author="",
        truth="pizza",
        guess="pork_chop",
        model_id="m",
        picture_hash="p",
    )

    def test_a_verdict_that_is_about_what_is_there_needs_no_warning(self):
        assert verdict.outdated_notes(self.VERDICT, guess="pork_chop", model_id="m", picture_hash="p") == ()
        assert verdict.outdated_notes(self.VERDICT, guess="pork_chop", model_id="m", picture_hash=None) == ()

    def test_each_change_since_has_its_sentence(self):
        assert verdict.outdated_notes(self.VERDICT, guess="ravioli", model_id="n", picture_hash="q") == (
            "The picture's file has changed since this was written.",
            "This was written when the model took it for pork chop.",
        )
        assert verdict.outdated_notes(self.VERDICT, guess="pork_chop", model_id="n", picture_hash="p") == (
            "This was written about another model, which made the same guess.",
        )

    def test_in_words(self):
        assert verdict.verdict_text(self.VERDICT) == "wrong label: Pasta."
        assert verdict.signature(self.VERDICT) == "2026-11-03 09:15 UTC"


class TestTables:
    PICTURES = pd.DataFrame({"image_id": ["c/3", "a/1", "b/2"]}, index=[7, 8, 9])

    @pytest.fixture
    def verdicts(self, store):
        store.put("a/1", "ambiguous", seen=0, note="Hm.")
        store.put("b/2", "", seen=0, note="Only a note.")
        store.put("z/9", "wrong label", seen=0)  # of no picture of the table
        return store.all()

    def test_pictures_are_given_their_verdicts_in_their_own_order(self, verdicts):
        found = verdict.with_verdicts(self.PICTURES, verdicts)
        assert found["verdict"].tolist() == ["", "ambiguous", ""]
        assert found["note"].tolist() == ["", "Hm.", "Only a note."]
        assert found.index.tolist() == [7, 8, 9]

    def test_without_verdicts_all_have_none(self, store):
        found = verdict.with_verdicts(self.PICTURES.astype({"image_id": "category"}), store.all())
        assert found["verdict"].tolist() == found["note"].tolist() == ["", "", ""]
        assert len(verdict.filtered(self.PICTURES, store.all(), NONE)) == 3

    @pytest.mark.parametrize(
        ("kind", "ids"),
        [(ANY, ["a/1", "b/2"]), (NONE, ["c/3"]), ("ambiguous", ["a/1"]), ("model error", [])],
    )
    def test_pictures_are_filtered_by_verdict(self, verdicts, kind, ids):
        assert verdict.filtered(self.PICTURES, verdicts, kind)["image_id"].tolist() == ids

    def test_a_filter_that_does_not_exist_is_refused(self, verdicts):
        with pytest.raises(SettingRefused, match="The verdict is 'none'"):
            verdict.filtered(self.PICTURES, verdicts, "none")

    def test_csv_is_read_back_by_any_program(self, store):
        store.put("a/1", "ambiguous", seen=0, note='Said "hm",\nthen left.', author="Zoë")
        content = verdict.to_csv(store.all())
        (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        assert tuple(row) == COLUMNS
        assert (row["note"], row["author"], row["version"]) == ('Said "hm",\nthen left.', "Zoë", "1")

    @pytest.mark.parametrize("evil", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\uff1d1"])
    def test_no_spreadsheet_computes_a_text_of_people(self, store, evil):
        store.put("a/1", "", seen=0, note=evil, author=evil)
        (row,) = csv.DictReader(io.StringIO(verdict.to_csv(store.all()).decode("utf-8-sig")))
        assert (row["note"], row["author"]) == (f"'{evil}", f"'{evil}")

    def test_without_verdicts_the_csv_has_its_line_of_names(self, store):
        assert verdict.to_csv(store.all()).decode("utf-8-sig") == ",".join(COLUMNS) + "\n"


def test_a_file_of_a_later_format_is_refused_with_the_version_that_reads_it_and_kept(tiny_study):
    store = VerdictStore(tiny_study.folder)
    store.put("pizza/1", "ambiguous", seen=0)
    with contextlib.closing(sqlite3.connect(store.path)) as database:
        database.execute("PRAGMA user_version = 3")
        database.execute("UPDATE about SET written_by = '2.0.0'")
        database.commit()
    before = store.path.read_bytes()
    for use in (store.all, lambda: store.put("pizza/2", "ambiguous", seen=0)):
        with pytest.raises(VerdictsDamaged, match=r"format 3, written by version 2.0.0 of this program"):
            use()
    assert store.path.read_bytes() == before
