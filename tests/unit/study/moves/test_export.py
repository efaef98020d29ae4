"""A study goes to another machine as one file, and a hostile file is refused before anything is unpacked."""

import hashlib
import io
import json
import re
import shutil
import sqlite3
import stat
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xai_core.errors import SettingRefused, StudyRefused, StudyTooNew
from xai_core.study.build import DataOptions, create_study
from xai_core.study.manifest import read_manifest
from xai_core.study.moves import importing
from xai_core.study.moves.exporting import export_study
from xai_core.study.moves.importing import import_study
from xai_core.study.moves.relink import relink
from xai_core.study.study import open_study
from xai_core.verdicts.store import VerdictStore


@pytest.fixture
def archive(tiny_study, tmp_path):
    """Return the archive of a study with its pictures, a stored answer and a verdict."""
    VerdictStore(tiny_study.folder).put("pork_chop/4", "ambiguous", seen=0, note="Both.")
    tiny_study.explanations.mkdir()
    with zipfile.ZipFile(tiny_study.explanations / "abc.npz", "w") as answer:
        answer.writestr("a.npy", b"an answer")
    export_study("tiny", tiny_study.folder.parent, tmp_path / "tiny.zip", pictures=True)
    return tmp_path / "tiny.zip"


@pytest.fixture
def there(tmp_path):
    return tmp_path / "there" / "studies"


def rewritten(archive, change):
    """Return an archive whose entries, a dictionary from names to bytes, were changed."""
    with zipfile.ZipFile(archive) as packed:
        entries = {info.filename: packed.read(info) for info in packed.infolist()}
    contents = json.loads(entries["export.json"])
    added = change(entries, contents) or []
    entries["export.json"] = json.dumps(contents).encode()
    out = archive.with_name("changed.zip")
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in [*entries.items(), *added]:
            packed.writestr(name, content)
    return out


def test_a_whole_study_opens_where_only_the_archive_is(archive, tiny_study, tiny_food101, tiny_model, there):
    shutil.rmtree(tiny_food101)
    tiny_model.unlink()
    shutil.rmtree(tiny_study.folder)
    found = import_study(archive, there)
    assert (found.name, found.missing, found.changed) == ("tiny", (), ())
    assert found.study.table.equals(tiny_study.table)
    assert found.study.open_runtime().model_id == tiny_study.model_id
    assert VerdictStore(found.study.folder).latest("pork_chop/4").note == "Both."
    assert (found.study.explanations / "abc.npz").exists()
    moved = there.rename(there.with_name("moved"))
    assert len(open_study("tiny", moved).table) == 20
    assert sorted(path.name for path in moved.iterdir() if not path.name.endswith(".lock")) == ["tiny", "tiny.files"]


def test_without_pictures_and_model_it_waits_for_them_and_takes_no_others(
    tiny_study, tiny_food101, other_model, tmp_path, there
):
    export_study("tiny", tiny_study.folder.parent, tmp_path / "bare.zip", model=False)
    found = import_study(tmp_path / "bare.zip", there, name="bare")
    assert (found.study, found.missing) == (None, ("data", "model"))
    with pytest.raises(StudyRefused) as refused:
        open_study("bare", there)
    assert "study relink bare --data NEW --model NEW" in refused.value.hint
    before = (there / "bare/study.toml").read_bytes()
    with pytest.raises(StudyRefused, match=r"has changed"):
        relink("bare", there, model=other_model)
    with pytest.raises(StudyRefused, match="The data of the study are not in"):
        relink("bare", there, data=there)
    assert (there / "bare/study.toml").read_bytes() == before
    (tiny_food101 / "food-101/images/pizza/1.jpg").write_bytes(b"other")
    # One after the other: a folder above the data, and the folder that holds the model.
    assert "cannot be read" in relink("bare", there, data=tmp_path).problem
    assert relink("bare", there, model=tmp_path).changed == ("pizza/1",)


@pytest.fixture
def small_bound(monkeypatch):
    monkeypatch.setattr(importing, "_MOST_INFLATED", 2**25)


def hostile(name, content=b"evil"):
    def change(_entries, contents):
        contents["files"][name] = [len(content), hashlib.sha256(content).hexdigest()]
        return [(name, content)]

    return change


def link(_entries, contents):
    info = zipfile.ZipInfo("study/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    contents["files"]["study/link"] = [11, ""]
    return [(info, b"/etc/passwd")]


def other_content(entries, _contents):
    entries["study/logits.npy"] = b"x" * len(entries["study/logits.npy"])


def unlisted(entries, _contents):
    entries["study/more.npy"] = b""


def stranger(entries, contents):
    contents["name"] = "../tiny"


def listed(entries, contents, name, content):
    entries[name] = content
    contents["files"][name] = [len(content), hashlib.sha256(content).hexdigest()]


def trigger(name, disguise=""):
    def change(entries, contents):
        database = sqlite3.connect(":memory:")
        database.deserialize(entries["study/verdicts.sqlite"])
        database.execute(f"CREATE TRIGGER {name} AFTER INSERT ON verdicts BEGIN DELETE FROM verdicts; END")
        if disguise:
            database.execute("PRAGMA writable_schema = ON")
            database.execute(f"UPDATE sqlite_master SET {disguise} WHERE type = 'trigger'")
        database.commit()
        listed(entries, contents, "study/verdicts.sqlite", database.serialize())

    return change


def other_predictions(entries, contents):
    listed(entries, contents, "study/logits.npy", entries["study/embeddings.npy"])


def no_numbers(entries, contents):
    # A study of an earlier version has no digests.
    text = re.sub(r"(?s)\[digests\].*?\n\n", "", entries["study/study.toml"].decode())
    listed(entries, contents, "study/study.toml", text.encode())
    out = io.BytesIO()
    np.save(out, np.full_like(np.load(io.BytesIO(entries["study/logits.npy"])), np.nan))
    listed(entries, contents, "study/logits.npy", out.getvalue())


def nested(entries, contents):
    listed(entries, contents, "study/study.toml", b"a = " + b"[" * 100_000)


def table_of_one_long_text():
    """Return a table that says it has a few thousand bytes, with 40,000 times the same thousand letters."""
    out = io.BytesIO()
    pq.write_table(pa.table({"image_id": ["a" * 1000] * 40_000}), out)
    about = pq.read_metadata(io.BytesIO(out.getvalue()))
    assert about.row_group(0).total_byte_size < 10_000
    return out.getvalue()


def bomb_inside():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("a.npy", "w") as entry:
        for _ in range(33):
            entry.write(bytes(2**20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (hostile("study/../../evil"), "leads out of the archive"),
        (hostile("/etc/evil"), "leads out of the archive"),
        (hostile("study\\..\\evil"), "leads out of the archive"),
        (hostile("C:/evil"), "leads out of the archive"),
        (hostile("elsewhere/evil"), "is not below study, model or data"),
        (hostile("study/evil\n"), "has a control character"),
        (hostile("study/LOGITS.npy"), "is there twice"),
        (hostile("study/logits.npy/evil"), "a file and a folder of one name"),
        (link, "is a link or no plain file"),
        (other_content, "is not the file that it lists"),
        (unlisted, "are not those that it lists"),
        (stranger, "The name of the study is '../tiny'"),
        (trigger("evil"), "holds more than verdicts"),
        (trigger("evil_autoindex"), "holds more than verdicts"),
        (trigger("evil", "type = 'index', name = 'sqlite_autoindex_verdicts_9'"), "holds more than|is refused"),
        (hostile("study/verdicts.sqlite-journal"), "a journal of verdicts"),
        (other_predictions, "does not open: .*logits.npy"),
        (no_numbers, "does not open: .* are no numbers"),
        (nested, "study.toml is missing or damaged: RecursionError"),
        (lambda _, contents: contents.update(model="\ud800"), r"export.json is missing or damaged \(ValueError\)"),
        (lambda _, contents: contents.update(data="a\0b"), "export.json is missing or damaged"),
        (lambda _, contents: contents["files"].update(x=[float("inf"), ""]), r"damaged \(OverflowError\)"),
        (hostile("study/explanations/bomb.npz", bomb_inside()), "unpacks to"),
        (hostile("study/metadata.parquet", table_of_one_long_text()), "unpacks to"),
        (hostile("data/more.parquet", table_of_one_long_text()), "more.parquet in .* is refused: it unpacks to"),
    ],
)
@pytest.mark.usefixtures("small_bound")
def test_a_hostile_archive_leaves_nothing(archive, there, tmp_path, change, message):
    changed = rewritten(archive, change)
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    with pytest.raises((StudyRefused, SettingRefused), match=message):
        import_study(changed, there)
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path not in before]
    assert [path.name for path in left] in ([], [".building-tiny.lock"])


def test_a_damaged_list_of_contents_is_refused(archive, there):
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as packed:
        start = packed.getinfo("export.json").header_offset + 30 + len("export.json")
    content[start + 2 : start + 12] = bytes(byte ^ 255 for byte in content[start + 2 : start + 12])
    archive.write_bytes(content)
    with pytest.raises(StudyRefused, match=r"export\.json is missing or damaged \(error\)"):
        import_study(archive, there)


def test_a_list_is_read_with_the_pictures_of_its_archive_and_no_others(tiny_study, tiny_food101, tmp_path, there):
    base = tiny_food101 / "food-101"
    ids = sorted(tiny_study.table["image_id"])
    (base / "list.csv").write_text("path,label\n" + "".join(f"{one}.jpg,{one.split('/')[0]}\n" for one in ids), "utf-8")
    options = DataOptions(pictures=base / "images")
    studies = tiny_study.folder.parent
    create_study("listed", studies, data=base / "list.csv", model=tiny_study.model_file, data_options=options)
    export_study("listed", studies, tmp_path / "listed.zip", pictures=True)
    found = import_study(tmp_path / "listed.zip", there).study
    # The sender's folder exists on this machine too.
    path = found.data.path(found.table["image_id"].iloc[0])
    assert path.is_relative_to(there / "listed.files" / "data" / "images")
    assert path.is_file()

    def elsewhere(entries, contents):
        text = entries["study/study.toml"].decode()
        listed(entries, contents, "study/study.toml", text.replace(str(base / "images"), "/etc").encode())

    found = import_study(rewritten(tmp_path / "listed.zip", elsewhere), there, name="other").study
    assert "pictures" not in read_manifest(found.folder).data_options
    assert found.data.path(found.table["image_id"].iloc[0]).is_relative_to(there / "other.files" / "data")


def test_sizes_are_bounded_before_anything_is_unpacked(archive, there):
    with pytest.raises(StudyRefused, match=r"bytes; at most 1,000 are unpacked") as refused:
        import_study(archive, there, most_bytes=1000)
    assert refused.value.argument == "most_gb"


def test_entries_that_share_bytes_are_refused(archive, there, monkeypatch):
    read = zipfile.ZipFile.infolist

    def overlapping(packed):
        infos = read(packed)
        infos[1].header_offset = infos[0].header_offset + 1
        return infos

    monkeypatch.setattr(zipfile.ZipFile, "infolist", overlapping)
    with pytest.raises(StudyRefused, match="overlap"):
        import_study(archive, there)


def test_archives_of_later_versions_and_other_files_are_told_apart(archive, there, tmp_path):
    later = rewritten(archive, lambda _entries, contents: contents.update(format=9, written_by="1.4.0"))
    with pytest.raises(StudyTooNew, match=r"format 9, written by version 1.4.0"):
        import_study(later, there)
    (tmp_path / "no.zip").write_bytes(b"no archive")
    with pytest.raises(StudyRefused, match="cannot be read as a zip file"):
        import_study(tmp_path / "no.zip", there)
    with pytest.raises(StudyRefused, match=r"absent\.zip cannot be read: No such file or directory\."):
        import_study(tmp_path / "absent.zip", there)


def test_names_that_exist_are_not_replaced(archive, there, tmp_path, tiny_study):
    import_study(archive, there)
    for taken in ({}, {"name": "tiny.files"}):
        with pytest.raises(SettingRefused, match="exists already"):
            import_study(archive, there, **taken)
    (there / "mine.files").mkdir()
    with pytest.raises(SettingRefused, match="exists already"):
        import_study(archive, there, name="mine")
    with pytest.raises(SettingRefused, match="exists already"):
        export_study("tiny", tiny_study.folder.parent, archive)


def test_a_project_that_is_copied_with_its_data_uses_the_copy(tiny_study, tiny_food101, tmp_path):
    copy = tmp_path.with_name(f"{tmp_path.name}-copy")
    shutil.copytree(tmp_path, copy)
    opened = open_study("tiny", copy / "studies")
    assert opened.data_root == copy / "painted/food-101"
    assert opened.model_file == copy / "colours.onnx"
    # Other data at the same place of the copy: those at the absolute path count.
    (copy / "painted/food-101/meta/test.json").write_text('{"pizza": ["pizza/1"]}')
    (copy / "colours.onnx").write_bytes(b"other")
    opened = open_study("tiny", copy / "studies")
    assert opened.data_root == tiny_food101 / "food-101"
    assert opened.model_file == tmp_path / "colours.onnx"


def test_a_copy_of_two_runs_is_refused(tiny_study):
    logits = tiny_study.folder / "logits.npy"
    content = bytearray(logits.read_bytes())
    content[-1] ^= 1
    logits.write_bytes(content)
    with pytest.raises(StudyRefused, match=r"logits.npy in .* of another run than study.toml"):
        open_study("tiny", tiny_study.folder.parent)
