"""A study is created whole or not at all, continues where it stopped, and is refused when data or model changed."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
import tomli_w
import torch
from filelock import FileLock
from PIL import Image
from torchvision.models import mobilenet_v3_small

from tests.made import PoolHere
from xai_core.confusions.confusion import pairs
from xai_core.errors import (
    DataMissing,
    ModelRefused,
    NameUnknown,
    SettingRefused,
    StoreRefused,
    StudyRefused,
    StudyTooNew,
)
from xai_core.explain.question import picture_hash
from xai_core.explain.store import ExplanationStore
from xai_core.runtimes.onnxruntime_library import onnxruntime
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study import build, inference, staging
from xai_core.study.build import create_study
from xai_core.study.layout.folders import study_names
from xai_core.study.study import open_study

ROOT = Path(__file__).parents[3]


@pytest.fixture
def make(tmp_path, tiny_food101, tiny_model):
    """Create the study `tiny` of the painted pictures; keyword arguments replace the usual ones."""

    def create(name="tiny", **changed):
        return create_study(name, tmp_path / "studies", **{"data": tiny_food101, "model": tiny_model} | changed)

    return create


@pytest.fixture
def studies(tmp_path):
    return tmp_path / "studies"


@pytest.fixture
def no_computing(monkeypatch):
    """Return a function after whose call any inference fails the test."""

    def forbid():
        monkeypatch.setattr(build, "run_inference", lambda *_a: pytest.fail("Inference ran again."))

    return forbid


def as_written_earlier(folder):
    """Make a study what versions before 0.2.0 wrote: without digests, paths as seen from it, and states of files."""
    (folder / "picture_files.parquet").unlink()
    found = tomllib.loads((folder / "study.toml").read_text("utf-8"))
    found |= {"data": {**found["data"]}, "model": {**found["model"]}}
    for key in ("written_by", "digests"):
        del found[key]
    for table in (found["data"], found["model"], *found["model"]["files"]):
        del table["near"]
    (folder / "study.toml").write_bytes(tomli_w.dumps(found).encode())


class TestCreated:
    def test_the_figures_are_those_of_the_painted_pictures(self, tiny_study):
        summary = tiny_study.summary()
        assert (summary.pictures, summary.unreadable) == (20, 1)
        assert (summary.top1, summary.top5) == (16 / 19, 1.0)
        ranked = pairs(tiny_study.table)
        assert ranked[["truth", "guess", "count", "share"]].to_numpy().tolist() == [
            ["pork_chop", "ravioli", 2, 0.4],
            ["ravioli", "pork_chop", 1, 0.2],
        ]

    def test_rows_of_table_logits_and_embeddings_are_the_same_pictures(self, tiny_study):
        assert tiny_study.logits.shape == tiny_study.embeddings.shape == (20, 4)
        row = tiny_study.row("pork_chop/4")
        assert (row["truth"], row["guess"]) == ("pork_chop", "ravioli")
        assert tiny_study.labels[np.argmax(tiny_study.logits[row.name])] == "ravioli"

    def test_study_toml_says_what_design_promises(self, tiny_study, tiny_food101, tiny_model):
        found = tomllib.loads((tiny_study.folder / "study.toml").read_text("utf-8"))
        assert found["title"] == "tiny"
        assert found["data"]["root"] == str(tiny_food101 / "food-101")
        assert found["data"]["split"] == "test"
        assert found["model"]["file"] == str(tiny_model)
        assert found["model"]["id"] == tiny_study.model_id
        assert json.loads(found["model"]["spec"])["labels"] == ["omelette", "pizza", "pork_chop", "ravioli"]
        assert {"python", "torch", "onnxruntime"} <= set(found["versions"])
        assert found["created"].endswith("+00:00")

    def test_nothing_but_the_study_and_a_lock_is_left(self, tiny_study, studies):
        assert sorted(p.name for p in studies.iterdir()) in ([".building-tiny.lock", "tiny"], ["tiny"])
        assert sorted(p.name for p in tiny_study.folder.iterdir()) == [
            "embeddings.npy",
            "import_check.json",
            "logits.npy",
            "picture_files.parquet",
            "predictions.parquet",
            "study.toml",
        ]

    def test_it_opens_without_the_model_being_read(self, tiny_study, studies, monkeypatch):
        monkeypatch.setattr(
            "xai_core.study.layout.checks.model_id", lambda *_a: pytest.fail("The model file was read.")
        )
        opened = open_study("tiny", studies)
        assert opened.table.equals(tiny_study.table)

    def test_its_runtime_gives_the_logits_it_holds(self, tiny_study):
        runtime = tiny_study.open_runtime()
        assert (runtime.model_id, runtime.spec) == (tiny_study.model_id, tiny_study.spec)

    def test_a_title_and_odd_characters_survive(self, make, studies):
        make(title='Chops "à la\tcarte"\\ \x7f')
        assert open_study("tiny", studies).title == 'Chops "à la\tcarte"\\ \x7f'

    def test_a_limit_takes_every_class_and_is_remembered(self, make):
        limited = make(limit=8)
        assert limited.table["truth"].value_counts().to_dict() == dict.fromkeys(limited.labels, 2)
        assert tomllib.loads((limited.folder / "study.toml").read_text())["data"]["limit"] == 8

    def test_a_photo_is_given_upright_and_an_unknown_id_with_similar_ones(self, tiny_study):
        assert tiny_study.photo("pizza/1").mode == "RGB"
        with pytest.raises(NameUnknown) as unknown:
            tiny_study.photo("piza/1")
        assert unknown.value.hint.startswith("Did you mean pizza/1")

    def test_the_model_view_of_a_picture_reads_its_file_once(self, tiny_study, monkeypatch):
        read, calls = type(tiny_study.data).read_bytes, []
        monkeypatch.setattr(
            type(tiny_study.data), "read_bytes", lambda data, image_id: calls.append(image_id) or read(data, image_id)
        )
        seen = tiny_study.model_view("pizza/1")
        assert calls == ["pizza/1"]
        assert seen.view.shape == (*tiny_study.spec.input_size, 3)
        assert seen.picture_hash == picture_hash(tiny_study.picture_bytes("pizza/1"))

    def test_a_question_has_the_key_under_which_its_explanation_is_stored(self, tiny_study, tmp_path):
        settings, store = ExplainSettings(), ExplanationStore(tmp_path)
        question = tiny_study.question("pizza/1", settings, tiny_study.open_runtime(), store)
        assert question.key == tiny_study.explanation_key("pizza/1", settings)
        assert question.store is store

    def test_reading_a_study_needs_no_torch(self):
        code = "import sys; import xai_core.study.build; sys.exit('torch' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60).returncode == 0

    def test_a_limited_study_does_not_know_the_pictures_it_left_out(self, make):
        limited = make(limit=4)
        with pytest.raises(NameUnknown):
            limited.picture_bytes("pizza/3")

    def test_a_state_dict_without_labels_takes_the_classes_of_the_data(self, make, tiny_food101, tmp_path):
        classes = [f"class_{number:02}" for number in range(12)]
        meta = tiny_food101 / "food-101/meta"
        (meta / "classes.txt").write_text("\n".join(classes))
        shutil.move(tiny_food101 / "food-101/images/pizza", tiny_food101 / "food-101/images/class_03")
        (meta / "test.json").write_text(json.dumps({"class_03": ["class_03/1", "class_03/2"]}))
        torch.manual_seed(0)
        torch.save(mobilenet_v3_small(num_classes=12).state_dict(), tmp_path / "small.pth")
        assert make(model=tmp_path / "small.pth").labels == tuple(classes)


class TestCalledAgain:
    def test_the_same_question_computes_nothing_and_says_so(self, make, no_computing, caplog):
        first = make()
        no_computing()
        caplog.set_level("INFO")
        second = make()
        assert "The study tiny is complete. Nothing is computed." in caplog.text
        assert (second.created, second.title) == (first.created, first.title)

    def test_moved_data_and_a_new_title_are_noted_without_computing(self, make, no_computing, tiny_food101, studies):
        make()
        moved = tiny_food101.rename(tiny_food101.with_name("moved"))
        with pytest.raises(StudyRefused, match="There is no folder") as refused:
            open_study("tiny", studies)
        assert "If it was moved" in refused.value.hint
        assert f"study relink tiny --data NEW --studies {studies}" in refused.value.hint
        no_computing()
        again = make(data=moved, title="Moved")
        assert (again.data_root, again.title) == (moved / "food-101", "Moved")

    def test_a_picture_that_can_be_read_by_now_is(self, make, tiny_food101):
        assert make().summary().unreadable == 1
        images = tiny_food101 / "food-101/images/pizza"
        shutil.copy(images / "4.jpg", images / "5.jpg")
        assert make().summary().unreadable == 0

    def test_another_model_makes_it_anew_and_keeps_title_and_explanations(self, make, tiny_model, studies):
        first = make(title="Kept")
        first.explanations.mkdir()
        (first.explanations / "abc.npz").write_bytes(b"an explanation")
        spec = json.loads(tiny_model.with_suffix(".json").read_text())
        tiny_model.with_suffix(".json").write_text(json.dumps(spec | {"std": [0.4, 0.5, 0.5]}))
        second = make()
        assert second.model_id != first.model_id
        assert second.title == "Kept"
        assert (second.explanations / "abc.npz").read_bytes() == b"an explanation"
        assert study_names(studies) == ("tiny",)

    def test_a_run_stopped_half_way_goes_on_and_the_earlier_study_stays_until_the_end(self, make, monkeypatch, studies):
        monkeypatch.setattr(inference, "CHUNK", 5)
        monkeypatch.setattr(inference, "_BATCH", 5)
        make(limit=4)
        told = []

        def stop(done, planned):
            told.append((done, planned))
            if done == 10:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make(progress=stop)
        assert len(open_study("tiny", studies).table) == 4
        told.clear()
        whole = make(progress=lambda *now: told.append(now))
        assert told == [(5, 20), (10, 20), (15, 20), (20, 20)]
        assert len(whole.table) == 20

    def test_an_unfinished_run_about_other_pictures_is_dropped_with_a_word(self, make, caplog):
        def stop(done, _planned):
            if done:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make(progress=stop)
        make(limit=4)
        assert "Deleted the unfinished .building-tiny because it has other pictures" in caplog.text

    @pytest.mark.parametrize("killed_at", ["plan.json", "chunks", None])
    def test_what_a_kill_left_after_the_end_is_deleted_and_another_run_stays(
        self, make, monkeypatch, studies, killed_at
    ):
        def stop(folder, *_arguments, **_options):
            for path in sorted(folder.iterdir(), reverse=killed_at == "chunks"):
                if path.name == killed_at:
                    raise KeyboardInterrupt
                remove(path) if path.is_dir() else path.unlink()

        remove = shutil.rmtree
        if killed_at:
            monkeypatch.setattr(
                staging.shutil,
                "rmtree",
                lambda path, *args, **kw: (
                    stop(path) if path.name.startswith(".building") else remove(path, *args, **kw)
                ),
            )
            with pytest.raises(KeyboardInterrupt):
                make()
            monkeypatch.undo()
        else:
            make()
            (studies / ".building-tiny").mkdir()
            (studies / ".building-tiny/plan.json").write_text('{"of": "another run"}')
        assert (studies / ".building-tiny").exists()
        make()
        assert (studies / ".building-tiny").exists() == (killed_at is None)

    def test_what_a_killed_import_left_is_deleted_after_an_hour(self, make, studies):
        make()
        for name in ("tiny", "unfinished"):
            (studies / f".building-{name}").mkdir()
        make()
        assert (studies / ".building-tiny").exists() is False
        (studies / ".building-tiny").mkdir()
        make(name="other", limit=4)
        assert (studies / ".building-tiny").exists()  # it may be new
        for path in studies.glob(".building-*/"):
            os.utime(path, (1e9, 1e9))
        make(name="other", limit=4)
        assert [path.name for path in studies.glob(".building-*/")] == [".building-unfinished"]

    def test_a_disk_that_cannot_be_read_is_a_sentence(self, make, monkeypatch, studies):
        def unreadable(path, *_arguments, **_options):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

        monkeypatch.setattr(inference, "_read_chunk", unreadable)
        with pytest.raises(StudyRefused, match=r"00000\.npz cannot be read: Input/output error"):
            make()
        monkeypatch.setattr(Path, "glob", unreadable)
        with pytest.raises(StudyRefused, match=r"The folder of studies .* cannot be read: Input/output error"):
            study_names(studies)

    @pytest.mark.parametrize("exchanges", [True, False])
    def test_a_kill_at_any_rename_loses_nothing_and_a_study_opens_at_every_instant(
        self, make, monkeypatch, studies, exchanges
    ):
        first = make(limit=4)
        first.explanations.mkdir()
        (first.explanations / "abc.npz").write_bytes(b"an explanation")
        rename, exchange, left, seen = Path.rename, staging.exchange, [0], []

        def watched(step):
            def run(path, target):
                seen.append(len(open_study("tiny", studies).table))
                if not left[0]:
                    raise KeyboardInterrupt
                left[0] -= 1
                done = step(path, target)
                seen.append(len(open_study("tiny", studies).table))
                return done

            return run

        monkeypatch.setattr(Path, "rename", watched(rename))
        monkeypatch.setattr(staging, "exchange", watched(exchange if exchanges else lambda *_paths: False))
        with monkeypatch.context() as quick:
            quick.setattr(build, "update_report", lambda *_a: None)
            kills = 0
            while kills < 9:
                left[0] = kills
                try:
                    again = make()
                    break
                except KeyboardInterrupt:
                    kills += 1
        assert 1 < kills < 9
        assert set(seen) == {4, 20}
        assert len(again.table) == 20
        assert (again.explanations / "abc.npz").read_bytes() == b"an explanation"
        assert not list(studies.glob(".replaced*"))

    @pytest.mark.parametrize("pool", [None, PoolHere()], ids=["here", "by workers"])
    def test_only_pictures_that_were_changed_in_place_are_predicted_anew(
        self, make, tiny_food101, caplog, studies, pool
    ):
        first = make()
        first.explanations.mkdir()
        (first.explanations / "abc.npz").write_bytes(b"an explanation")
        images = tiny_food101 / "food-101/images"
        (images / "pizza/1.jpg").write_bytes((images / "ravioli/1.jpg").read_bytes())
        assert open_study("tiny", studies).changed_pictures() == ("pizza/1",)
        told = []
        caplog.set_level("INFO")
        second = make(progress=lambda *now: told.append(now), pool=pool)
        assert told == [(0, 1), (1, 1)]
        assert pool is None or [chunk.image_ids for chunk in pool.items] == [("pizza/1",)]
        assert (
            "1 picture of the study tiny changed since it was created, and is predicted anew: pizza/1." in caplog.text
        )
        assert second.row("pizza/1")["guess"] == "ravioli"
        assert second.changed_pictures() == ()
        assert (second.explanations / "abc.npz").exists()
        shutil.rmtree(studies)
        whole = make()
        assert whole.table.equals(second.table)
        assert np.array_equal(whole.logits, second.logits, equal_nan=True)

    def test_pictures_of_the_same_content_with_new_times_have_not_changed(self, make, tiny_food101, no_computing):
        study = make()
        for file in (tiny_food101 / "food-101/images").rglob("*.jpg"):
            os.utime(file, (time.time() + 60, time.time() + 60))
        assert study.changed_pictures() == ()
        no_computing()
        make()

    def test_a_study_without_a_record_of_its_files_predicts_newer_files_anew(self, make, tiny_food101, studies):
        make()
        as_written_earlier(studies / "tiny")
        for file in (tiny_food101 / "food-101/images").rglob("*.jpg"):
            os.utime(file, (0, 0))
        images = tiny_food101 / "food-101/images"
        (images / "pizza/1.jpg").write_bytes((images / "ravioli/1.jpg").read_bytes())
        os.utime(images / "pizza/1.jpg", (time.time() + 60, time.time() + 60))
        assert open_study("tiny", studies).changed_pictures() == ()
        again = make()
        assert again.row("pizza/1")["guess"] == "ravioli"
        (images / "pizza/2.jpg").write_bytes((images / "ravioli/1.jpg").read_bytes())
        assert again.changed_pictures() == ("pizza/2",)

    def test_two_processes_do_not_make_one_study_at_the_same_time(self, make, studies):
        studies.mkdir()
        with FileLock(studies / ".building-tiny.lock"), pytest.raises(StudyRefused, match="by another process"):
            make()


class TestRefused:
    def test_an_unknown_name_lists_those_that_exist(self, make, studies):
        make("one")
        make("two")
        with pytest.raises(NameUnknown, match="no study 'three' here") as unknown:
            open_study("three", studies)
        assert unknown.value.hint == f"Those in {studies} are: one, two."

    @pytest.mark.parametrize("name", ["..", "../tiny", ".building-tiny", ""])
    def test_a_name_leads_to_no_other_folder(self, make, studies, name):
        make()
        with pytest.raises(NameUnknown):
            open_study(name, studies / "tiny")
        with pytest.raises(SettingRefused):
            make(name)

    def test_a_changed_model_file_is_refused_with_the_command_that_rebuilds(self, make, tiny_model, studies):
        made = make()
        tiny_model.write_bytes(tiny_model.read_bytes() + b"\0")
        with pytest.raises(StudyRefused, match=f"colours.onnx has changed: .* expected {made.model_id}") as refused:
            open_study("tiny", studies)
        assert refused.value.hint.startswith("Rebuild it: python -m xai_core study create tiny --data ")
        assert f"--model {tiny_model} --studies {studies}" in refused.value.hint

    def test_a_model_file_that_was_only_copied_is_the_same_model(self, make, tiny_model, studies):
        make()
        os.utime(tiny_model, (time.time() + 60, time.time() + 60))
        assert open_study("tiny", studies).model_file == tiny_model

    def test_a_missing_model_file_is_told_with_the_place_for_the_new_one(self, make, tiny_model, studies):
        make()
        tiny_model.unlink()
        with pytest.raises(StudyRefused, match=r"colours.onnx cannot be read: No such file") as refused:
            open_study("tiny", studies)
        assert "--model NEW" in refused.value.hint

    def test_other_pictures_in_the_list_are_refused(self, make, tiny_food101, studies):
        make()
        (tiny_food101 / "food-101/meta/test.json").write_text('{"pizza": ["pizza/1"]}')
        with pytest.raises(StudyRefused, match=r"list of pictures in .* has changed"):
            open_study("tiny", studies)

    def test_damaged_predictions_are_refused_and_made_anew(self, make, studies):
        make()
        (studies / "tiny/logits.npy").write_bytes(b"")
        with pytest.raises(StudyRefused, match="missing or damaged") as refused:
            open_study("tiny", studies)
        assert "Rebuild it" in refused.value.hint
        assert make().logits.shape == (20, 4)

    @pytest.mark.parametrize("content", ["", "format = 1", "format = 1\ndata = 3\nmodel = 4", "\0", "= ="])
    def test_a_damaged_study_toml_is_refused_and_made_anew(self, make, studies, content):
        make()
        (studies / "tiny/study.toml").write_text(content)
        with pytest.raises(StudyRefused, match=r"study.toml is missing or damaged") as refused:
            open_study("tiny", studies)
        assert "study create tiny --data ROOT --model FILE" in refused.value.hint
        assert make().name == "tiny"

    def test_a_study_of_another_format_is_refused_with_both_numbers(self, make, studies):
        make()
        path = studies / "tiny/study.toml"
        written = path.read_text().replace("format = 1", "format = 7").replace('"0.2.0"', '"0.9.1"')
        path.write_text(written)
        for use in (lambda: open_study("tiny", studies), make):
            with pytest.raises(StudyTooNew, match=r"has format 7, written by version 0.9.1 of this program") as refused:
                use()
            assert refused.value.hint == "Open it with version 0.9.1. Nothing was changed."
        assert path.read_text() == written

    def test_nothing_to_ask_about_is_refused_before_the_model_is_opened(self, make, tiny_food101, tmp_path):
        for changed, message in (
            ({"split": "train"}, "any picture in the split train is missing"),
            ({"data": tmp_path / "nowhere"}, "There is no file or folder"),
        ):
            with pytest.raises(DataMissing, match=message):
                make(model=tmp_path / "no.onnx", **changed)
        shutil.rmtree(tiny_food101 / "food-101/images")
        (tiny_food101 / "food-101/images").mkdir()
        with pytest.raises(DataMissing, match="every file of the 20 pictures in the split test is missing"):
            make()
        with pytest.raises(SettingRefused, match="limit is 0"):
            make(limit=0)

    def test_a_model_that_does_not_know_the_classes_is_refused(self, make, tiny_model):
        spec = json.loads(tiny_model.with_suffix(".json").read_text())
        tiny_model.with_suffix(".json").write_text(json.dumps(spec | {"labels": ["a", "pizza", "b", "ravioli"]}))
        with pytest.raises(ModelRefused, match="no label for 2 classes of the data: omelette, pork_chop"):
            make()

    def test_a_full_disk_leaves_no_study_and_the_next_run_goes_on(self, make, monkeypatch, studies):
        def full(*_arguments, **_options):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr("xai_core.study.predictions.write_array", full)
            with pytest.raises(StoreRefused, match="cannot be written: No space left on device") as refused:
                make()
        assert "Finished work is reused" in refused.value.hint
        assert study_names(studies) == ()
        told = []
        make(progress=lambda *now: told.append(now))
        assert told == [(20, 20)]

    def test_a_folder_that_is_a_file_is_told_in_words(self, make, studies):
        studies.write_text("not a folder")
        with pytest.raises(StoreRefused, match="cannot be written"):
            make()


@pytest.mark.real
def test_a_real_classifier_on_real_photographs_says_what_it_says_without_us(real, tmp_path):
    made = create_study("real", tmp_path, data=real.data512, model=real.onnx, limit=64)
    summary = made.summary()
    assert (summary.pictures, summary.unreadable) == (64, 0)
    assert summary.top1 == pytest.approx(38 / 64, abs=1 / 64)  # all 1,144 pictures: 0.660
    assert made.labels == real.labels
    assert set(made.table["guess"]) - set(made.data.classes)

    session = onnxruntime.InferenceSession(real.onnx, providers=["CPUExecutionProvider"])
    for image_id in made.table["image_id"][::16]:
        with Image.open(made.data.path(image_id)) as photo:
            shown = photo.convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)
        (expected,) = session.run(None, {"image": np.asarray(shown, np.float32).transpose(2, 0, 1)[None]})
        row = made.row(image_id)
        assert row["guess"] == real.labels[expected[0].argmax()]
        np.testing.assert_allclose(made.logits[row.name], expected[0], atol=0.02)
