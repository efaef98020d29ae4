"""Verdicts: whoever writes, with whomever at once, and whatever breaks, nothing that was said is lost."""

import csv
import io
import json
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
from xai_core.study.study import create_study
from xai_core.verdicts import store as verdicts_store
from xai_core.verdicts import verdict
from xai_core.verdicts.store import FILE, VerdictStore
from xai_core.verdicts.verdict import ANY, COLUMNS, NONE, Verdict

ROOT = Path(__file__).parents[3]
WHEN = datetime(2026, 11, 3, 9, 15, 42, tzinfo=UTC)

# Writes 10 verdicts on one picture; told of one that came before, it reads that and writes its own after it.
WRITER = """
import sys
from pathlib import Path
from xai_core.errors import VerdictOvertaken
from xai_core.verdictstore import VerdictStore

store = VerdictStore(Path(sys.argv[1]))
for number in range(10):
    written = False
    while not written:
        latest = store.of("pizza/1")
        try:
            store.put("pizza/1", "", seen=latest.version if latest else 0, note=f"{sys.argv[2]} {number}")
            written = True
        except VerdictOvertaken:
            pass
"""

# Dies with its verdict written to the database's file but not committed: a journal is left to roll back.
KILLED = """
import os, signal, sys
from pathlib import Path
from xai_core import verdictstore

class Dying(verdictstore.VerdictStore):
    def _append(self, database, verdict):
        database.execute("PRAGMA cache_size = 1")
        database.execute("BEGIN IMMEDIATE")
        for version in range(2, 200):
            row = [verdict.image_id] + ["x" * 500] * 8
            names = [each for each in verdictstore.COLUMNS if each != "version"]
            database.execute(f"INSERT INTO verdicts ({', '.join(names)}, version) VALUES ({'?, ' * 9}{version})", row)
        os.kill(os.getpid(), signal.SIGKILL)

Dying(Path(sys.argv[1])).put("pizza/1", "ambiguous", seen=1)
"""


@pytest.fixture
def store(tmp_path):
    """Of a study without a verdict, at a known time."""
    folder = tmp_path / "mine"
    folder.mkdir()
    return VerdictStore(folder, lambda: WHEN)


def other(store):
    """Another viewer of the same study."""
    return VerdictStore(store.folder)


class TestOneWriter:
    def test_what_is_written_is_read_back_whole(self, store):
        about = {"truth": "pizza", "guess": "ravioli", "model_id": "m", "picture_hash": "p"}
        written = store.put("pizza/1", "wrong label", seen=0, note="It is pasta.", author="Ann", **about)
        assert other(store).of("pizza/1") == written
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
        assert store.of("pizza/1") is None
        assert store.all().empty
        assert tuple(store.all().columns) == COLUMNS
        assert not store.path.exists()

    def test_the_latest_counts_and_the_earlier_ones_stay(self, store):
        store.put("pizza/1", "ambiguous", seen=0)
        store.put("pizza/1", "model error", seen=1)
        assert [each.kind for each in store.history("pizza/1")] == ["model error", "ambiguous"]
        assert store.all()["kind"].tolist() == ["model error"]
        assert store.everything()["version"].tolist() == [1, 2]

    def test_one_can_be_taken_back_and_is_still_in_the_history(self, store):
        store.put("pizza/1", "ambiguous", seen=0)
        assert store.put("pizza/1", "", seen=1).withdrawn
        assert store.all().empty
        assert len(store.everything()) == 2

    def test_a_verdict_that_does_not_exist_is_refused_with_those_that_do(self, store):
        with pytest.raises(SettingRefused, match="The verdict is 'bad'; expected one of model error, wrong label"):
            store.put("pizza/1", "bad", seen=0)

    def test_a_note_may_have_2000_characters_and_no_more(self, store):
        assert len(store.put("pizza/1", "", seen=0, note="é" * 2000).note) == 2000
        with pytest.raises(SettingRefused, match="The note is 2,001 characters long; expected at most 2,000"):
            store.put("pizza/1", "", seen=1, note="é" * 2001)
        with pytest.raises(SettingRefused, match="The author's name is 81 characters long"):
            store.put("pizza/1", "", seen=1, author="é" * 81)
        assert len(store.everything()) == 1

    @pytest.mark.parametrize(
        "note", ["日本語　の\u3000料理", "👩\u200d🍳 crème brûlée", "عربي", "a\nb\tc", "'; DROP TABLE verdicts"]
    )
    def test_every_language_survives(self, store, note):
        store.put("pizza/1", "", seen=0, note=note, author=note)
        assert other(store).of("pizza/1").note == note

    def test_what_no_screen_can_show_is_dropped(self, store):
        assert store.put("pizza/1", "", seen=0, note=" \x00a\x1b[1m\r\nb\ud800 ").note == "a[1m\nb"


class TestTwoAtOnce:
    def test_the_second_is_told_what_the_first_wrote_and_nothing_is_written(self, store):
        store.put("pizza/1", "wrong label", seen=0, note="Pasta.", author="Ann")
        with pytest.raises(VerdictOvertaken) as told:
            other(store).put("pizza/1", "model error", seen=0)
        assert str(told.value) == (
            "Somebody wrote a verdict on pizza/1 after you opened it (by Ann, 2026-11-03 09:15 UTC): "
            "“wrong label: Pasta.”."
        )
        assert told.value.version == 1
        assert [each.kind for each in store.history("pizza/1")] == ["wrong label"]

    def test_having_read_it_the_second_can_write_after_it(self, store):
        store.put("pizza/1", "wrong label", seen=0)
        other(store).put("pizza/1", "model error", seen=1)
        assert store.of("pizza/1").kind == "model error"

    def test_of_eight_threads_that_saw_nothing_one_writes(self, store):
        told = []

        def write(number):
            try:
                other(store).put("pizza/1", "ambiguous", seen=0, note=str(number))
            except VerdictOvertaken as fault:
                told.append(fault)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert (len(store.everything()), len(told)) == (1, 7)

    def test_two_processes_lose_nothing(self, store):
        command = [sys.executable, "-c", WRITER, str(store.folder)]
        writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("a", "b")]
        assert [each.wait(timeout=60) for each in writers] == [0, 0]
        found = store.everything()
        assert found["version"].tolist() == list(range(1, 21))
        for name in ("a", "b"):
            mine = found["note"][found["note"].str.startswith(name)]
            assert mine.tolist() == [f"{name} {number}" for number in range(10)]

    def test_whoever_waits_too_long_is_told_so(self, store, monkeypatch):
        monkeypatch.setattr(verdicts_store, "WAIT_S", 0.01)
        with verdicts_store.held(store.folder), pytest.raises(StoreRefused, match="being written by others"):
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
        for ask in (lambda: store.of("pizza/1"), store.all, lambda: store.put("pizza/1", "ambiguous", seen=0)):
            with pytest.raises(VerdictsDamaged, match=r"verdicts\.sqlite cannot be read") as told:
                ask()
            assert "The file was left as it is." in told.value.hint
        assert store.path.read_bytes() == content

    def test_a_file_of_another_program_is_left_alone(self, store):
        with sqlite3.connect(store.path) as database:
            database.execute("CREATE TABLE cookies (name TEXT)")
        database.close()
        with pytest.raises(VerdictsDamaged, match="it has format 0; this version reads format 1"):
            store.put("pizza/1", "ambiguous", seen=0)

    def test_on_a_read_only_disk_verdicts_are_read_and_a_new_one_is_refused(self, store, monkeypatch):
        kept = store.put("pizza/1", "wrong label", seen=0)
        opened = VerdictStore._open
        monkeypatch.setattr(VerdictStore, "_open", lambda self, _mode: opened(self, "ro"))
        with pytest.raises(StoreRefused, match="attempt to write a readonly database") as told:
            store.put("pizza/1", "ambiguous", seen=1)
        assert "Make the study's folder writable" in told.value.hint
        assert store.of("pizza/1") == kept

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
        assert VerdictStore(rebuilt.folder).of("pork_chop/4") == kept

    def test_a_damaged_file_is_kept_too(self, tiny_study, tiny_food101, tiny_model):
        (tiny_study.folder / FILE).write_bytes(b"damaged")
        rebuilt = create_study("tiny", tiny_study.folder.parent, data=tiny_food101, model=tiny_model, limit=4)
        assert (rebuilt.folder / FILE).read_bytes() == b"damaged"

    def test_one_that_is_written_while_the_study_is_replaced_comes_after_those_before(self, store):
        store.put("pizza/1", "ambiguous", seen=0)
        late = threading.Thread(target=other(store).put, args=("pizza/1", "wrong label"), kwargs={"seen": 1})
        finished = store.folder.with_name("finished")
        finished.mkdir()
        with verdicts_store.held(store.folder):
            late.start()
            verdicts_store.carry(store.folder, finished)
            store.folder.rename(store.folder.with_name("old"))
            finished.rename(store.folder)
        late.join()
        assert [each.kind for each in store.history("pizza/1")] == ["wrong label", "ambiguous"]


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
        assert verdict.outdated(self.VERDICT, guess="pork_chop", model_id="m", picture_hash="p") == ()
        assert verdict.outdated(self.VERDICT, guess="pork_chop", model_id="m", picture_hash=None) == ()

    def test_what_changed_since_is_said(self):
        assert verdict.outdated(self.VERDICT, guess="ravioli", model_id="n", picture_hash="q") == (
            "The picture's file has changed since this was written.",
            "This was written when the model took it for pork chop.",
        )
        assert verdict.outdated(self.VERDICT, guess="pork_chop", model_id="n", picture_hash="p") == (
            "This was written about another model, which said the same.",
        )

    def test_in_words(self):
        assert verdict.said(self.VERDICT) == "wrong label: Pasta."
        assert verdict.signed(self.VERDICT) == "2026-11-03 09:15 UTC"


class TestTables:
    PICTURES = pd.DataFrame({"image_id": ["c/3", "a/1", "b/2"]}, index=[7, 8, 9])

    @pytest.fixture
    def marks(self, store):
        store.put("a/1", "ambiguous", seen=0, note="Hm.")
        store.put("b/2", "", seen=0, note="Only a note.")
        store.put("z/9", "wrong label", seen=0)  # of no picture of the table
        return store.all()

    def test_pictures_are_given_their_verdicts_in_their_own_order(self, marks):
        found = verdict.joined(self.PICTURES, marks)
        assert found["verdict"].tolist() == ["", "ambiguous", ""]
        assert found["note"].tolist() == ["", "Hm.", "Only a note."]
        assert found.index.tolist() == [7, 8, 9]

    def test_without_verdicts_all_have_none(self, store):
        found = verdict.joined(self.PICTURES.astype({"image_id": "category"}), store.all())
        assert found["verdict"].tolist() == found["note"].tolist() == ["", "", ""]
        assert len(verdict.only(self.PICTURES, store.all(), NONE)) == 3

    @pytest.mark.parametrize(
        ("kind", "ids"),
        [(ANY, ["a/1", "b/2"]), (NONE, ["c/3"]), ("ambiguous", ["a/1"]), ("model error", [])],
    )
    def test_pictures_are_filtered_by_verdict(self, marks, kind, ids):
        assert verdict.only(self.PICTURES, marks, kind)["image_id"].tolist() == ids

    def test_a_filter_that_does_not_exist_is_refused(self, marks):
        with pytest.raises(SettingRefused, match="The verdict is 'none'"):
            verdict.only(self.PICTURES, marks, "none")

    def test_csv_is_read_back_by_any_program(self, store):
        store.put("a/1", "ambiguous", seen=0, note='Said "hm",\nthen left.', author="Zoë")
        content = verdict.csv(store.all())
        (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        assert tuple(row) == COLUMNS
        assert (row["note"], row["author"], row["version"]) == ('Said "hm",\nthen left.', "Zoë", "1")

    @pytest.mark.parametrize("evil", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\uff1d1"])
    def test_no_spreadsheet_computes_what_somebody_wrote(self, store, evil):
        store.put("a/1", "", seen=0, note=evil, author=evil)
        (row,) = csv.DictReader(io.StringIO(verdict.csv(store.all()).decode("utf-8-sig")))
        assert (row["note"], row["author"]) == (f"'{evil}", f"'{evil}")

    def test_without_verdicts_the_csv_has_its_line_of_names(self, store):
        assert verdict.csv(store.all()).decode("utf-8-sig") == ",".join(COLUMNS) + "\n"


class TestCommand:
    @pytest.fixture
    def ask(self, run, tiny_study):
        """The command about a study with one verdict that counts and two in its history."""
        store = VerdictStore(tiny_study.folder, lambda: WHEN)
        store.put("pork_chop/4", "ambiguous", seen=0, guess="ravioli")
        store.put("pork_chop/4", "wrong label", seen=1, note="Pasta.\n" * 30, author="Ann", guess="ravioli")
        return lambda *options: run("verdicts", "tiny", "--studies", tiny_study.folder.parent, *options)

    def test_for_people_it_is_a_line_a_picture(self, ask):
        code, out, _ = ask()
        assert code == 0
        heading, line = out.splitlines()
        assert heading.split() == ["picture", "taken", "for", "verdict", "note", "by", "written", "(UTC)"]
        assert line.startswith("pork_chop/4  ravioli    wrong label  Pasta. Pasta. ")
        assert line.endswith("...  Ann  2026-11-03 09:15")

    def test_for_machines_it_is_json_and_the_history_is_all_of_it(self, ask):
        assert [each["version"] for each in json.loads(ask("--json")[1])] == [2]
        assert [each["kind"] for each in json.loads(ask("--json", "--history")[1])] == ["ambiguous", "wrong label"]

    def test_csv_goes_to_a_file_and_is_said_aside(self, ask, tmp_path):
        code, out, err = ask("--csv", tmp_path / "v.csv")
        assert (code, out) == (0, "")
        assert "Wrote 1 verdict to" in err
        assert pd.read_csv(tmp_path / "v.csv")["image_id"].tolist() == ["pork_chop/4"]

    def test_a_file_that_cannot_be_written_is_refused(self, ask, tmp_path):
        code, _, err = ask("--csv", tmp_path / "none" / "v.csv")
        assert code == 1
        assert "There is no folder" in err

    def test_a_study_without_verdicts_says_so_and_an_unknown_one_is_refused(self, run, tiny_study):
        where = ("--studies", tiny_study.folder.parent)
        assert run("verdicts", "tiny", *where)[1] == "Nobody has given a verdict yet.\n"
        code, _, err = run("verdicts", "none", *where)
        assert code == 1
        assert "There is no study 'none' here." in err

    def test_a_study_whose_model_is_gone_has_its_verdicts_nevertheless(self, ask, tiny_model):
        tiny_model.unlink()
        assert "wrong label" in ask()[1]
