"""The table of guesses follows from the logits, and damaged files are refused."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xai_core.data.dataset import Picture
from xai_core.data.sources.table import open_data
from xai_core.errors import ModelRefused, StoreRefused, StudyRefused
from xai_core.runtimes.checkpoint import open_model
from xai_core.study import inference, predictions
from xai_core.study.inference import ModelOutputs, as_float16, run_inference
from xai_core.study.pictures import reading
from xai_core.study.predictions import Predictions, check_labels, guesses

LABELS = ("pizza", "pork_chop", "ravioli")
NAN = [math.nan] * 3


def table_of(rows, truths, reasons=None):
    pictures = [Picture(f"{truth}/{number}", truth) for number, truth in enumerate(truths)]
    found = ModelOutputs(np.array(rows, np.float32), None, np.array(reasons or [""] * len(rows)))
    return guesses(pictures, found, LABELS)


class TestGuesses:
    def test_every_number_of_a_mistake_and_of_a_right_answer(self):
        table = table_of([np.log([0.2, 0.3, 0.5]), np.log([0.2, 0.3, 0.5])], ["pork_chop", "ravioli"])
        assert table["guess"].tolist() == ["ravioli", "ravioli"]
        assert table["p_guess"].tolist() == pytest.approx([0.5, 0.5])
        assert table["p_truth"].tolist() == pytest.approx([0.3, 0.5])
        assert table["rank_of_truth"].tolist() == [2, 1]
        assert table["margin"].tolist() == pytest.approx([0.2, 0.2])
        assert table["loss"].tolist() == pytest.approx([-math.log(0.3), -math.log(0.5)])

    def test_an_unreadable_picture_is_kept_as_a_row_with_its_reason_and_without_numbers(self):
        table = table_of([NAN, [3, 0, 0]], ["pizza", "pizza"], ["the file is missing", ""])
        lost = table.iloc[0]
        assert (lost["image_id"], lost["truth"], lost["guess"]) == ("pizza/0", "pizza", "")
        assert (lost["rank_of_truth"], lost["unreadable"]) == (0, "the file is missing")
        assert lost[list(predictions.NUMBERS)].isna().all()
        assert table.iloc[1]["guess"] == "pizza"
        assert table.iloc[1]["unreadable"] == ""

    def test_equal_logits_are_ranked_in_the_order_of_the_labels(self):
        table = table_of([[1, 1, 1]] * 3, LABELS)
        assert table["guess"].tolist() == ["pizza"] * 3
        assert table["rank_of_truth"].tolist() == [1, 2, 3]
        assert table["margin"].tolist() == [0, 0, 0]

    def test_huge_logits_are_no_overflow(self):
        table = table_of([[1e30, 0, -1e30]], ["ravioli"])
        assert table["p_guess"].tolist() == [1]
        assert table["loss"].tolist() == pytest.approx([2e30])

    @given(hnp.arrays(np.float32, (4, 3), elements=st.floats(-50, 50, width=32)), st.floats(-20, 20))
    def test_only_differences_of_logits_matter_and_rank_1_is_a_right_guess(self, logits, shift):
        truths = ["pizza", "pork_chop", "ravioli", "ravioli"]
        table = table_of(logits, truths)
        assert ((table["rank_of_truth"] == 1) == (table["guess"] == table["truth"])).all()
        assert (table["p_guess"] >= table["p_truth"] - 1e-12).all()
        assert table["p_truth"].to_numpy() == pytest.approx(np.exp(-table["loss"].to_numpy()))
        moved = table_of(logits.astype(np.float64) + shift, truths)
        assert moved["p_guess"].to_numpy() == pytest.approx(table["p_guess"].to_numpy(), rel=1e-3)

    def test_a_guess_may_be_a_class_that_the_data_do_not_contain(self):
        assert table_of([[0, 0, 5]], ["pizza"])["guess"].tolist() == ["ravioli"]


class TestLabels:
    def test_classes_that_the_model_does_not_know_are_refused_by_name_with_similar_labels(self):
        pictures = [Picture("pork_chops/1", "pork_chops"), Picture("pizza/1", "pizza"), Picture("zzz/1", "zzz")]
        with pytest.raises(ModelRefused, match="no label for 2 classes of the data: pork_chops, zzz") as refused:
            check_labels(pictures, LABELS)
        assert "pork_chops may be pork_chop" in refused.value.hint
        with pytest.raises(ModelRefused, match="no label for 1 class of the data: zzz"):
            check_labels(pictures[1:], LABELS)

    def test_labels_may_be_more_than_the_classes_and_in_any_order(self):
        check_labels([Picture("ravioli/1", "ravioli")], LABELS)

    def test_classes_that_are_spelled_otherwise_get_the_spelling_of_the_labels(self):
        pictures = [Picture("Pork Chop/1", "Pork Chop"), Picture("pizza/1", "pizza")]
        assert check_labels(pictures, LABELS) == (Picture("Pork Chop/1", "pork_chop"), Picture("pizza/1", "pizza"))


class TestFiles:
    @pytest.fixture
    def saved(self, tmp_path):
        rows = np.array([[3.0001, 0, 0], [0, 3, 0]], np.float32)  # float16 has no 3.0001
        found = ModelOutputs(rows, np.ones((2, 5), np.float16), np.array(["", ""]))
        pictures = [Picture("pizza/1", "pizza"), Picture("ravioli/2", "ravioli")]
        predictions.save(Predictions.from_outputs(pictures, found, LABELS), tmp_path)
        return tmp_path

    def test_what_is_saved_comes_back_exactly_with_arrays_left_on_disk(self, saved):
        found = predictions.load(saved, LABELS)
        assert found.table["guess"].tolist() == ["pizza", "pork_chop"]
        assert tuple(found.table.columns) == predictions.COLUMNS
        assert isinstance(found.logits, np.memmap)
        np.testing.assert_array_equal(found.logits, np.array([[3.0001, 0, 0], [0, 3, 0]], np.float32))
        assert found.embeddings.shape == (2, 5)

    def test_logits_of_earlier_versions_in_float16_are_read(self, saved):
        np.save(saved / "logits.npy", np.ones((2, 3), np.float16))
        assert predictions.load(saved, LABELS).logits.tolist() == [[1, 1, 1], [1, 1, 1]]

    def test_a_model_without_embeddings_has_none(self, saved):
        (saved / "embeddings.npy").unlink()
        assert predictions.load(saved, LABELS).embeddings is None

    @pytest.mark.parametrize("name", ["predictions.parquet", "logits.npy", "embeddings.npy"])
    @pytest.mark.parametrize("left", [0, 60])
    def test_a_file_cut_off_is_refused_by_name_of_the_folder(self, saved, name, left):
        content = (saved / name).read_bytes()
        (saved / name).write_bytes(content[:left])
        with pytest.raises(StudyRefused, match="missing or damaged"):
            predictions.load(saved, LABELS)

    def test_arrays_and_table_of_different_lengths_are_refused_with_both_shapes(self, saved):
        np.save(saved / "logits.npy", np.zeros((3, 3), np.float16))
        with pytest.raises(StudyRefused, match=r"do not fit each other: \[\(3, 3\), \(2, 3\), \(2, 5\)\]"):
            predictions.load(saved, LABELS)

    @pytest.mark.parametrize("shape", [(), (2,), (2, 5, 1)])
    def test_embeddings_that_are_no_table_are_refused(self, saved, shape):
        np.save(saved / "embeddings.npy", np.zeros(shape, np.float16))
        with pytest.raises(StudyRefused, match="do not fit each other"):
            predictions.load(saved, LABELS)

    def test_a_table_with_other_columns_is_refused_with_what_it_has(self, saved):
        pd.DataFrame({"image_id": ["pizza/1"]}).to_parquet(saved / "predictions.parquet")
        with pytest.raises(StudyRefused, match=r"columns \['image_id'\]"):
            predictions.load(saved, LABELS)

    def test_a_table_that_names_other_classes_is_refused(self, saved):
        with pytest.raises(StudyRefused, match=r"classes that the model does not have: {'ravioli'}"):
            predictions.load(saved, ("pizza", "pork_chop", "sushi"))

    def test_a_full_disk_is_told_in_words(self, tmp_path, monkeypatch):
        def full(*_arguments, **_options):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(predictions, "write_array", full)
        found = ModelOutputs(np.zeros((1, 3), np.float32), None, np.array([""]))
        with pytest.raises(StoreRefused, match="cannot be written: No space left on device"):
            predictions.save(Predictions.from_outputs([Picture("pizza/1", "pizza")], found, LABELS), tmp_path)

    def test_a_logit_beyond_float16_stays_finite(self):
        assert as_float16(np.array([1e9, -1e9, 1.5], np.float32)).tolist() == [65504, -65504, 1.5]


class Interrupted(Exception):
    """Stand-in for a process that is killed."""


class Counting:
    """Runtime that counts its pictures and fails after some number."""

    def __init__(self, runtime, dies_after=10**9):
        self._runtime, self._left, self.shown = runtime, dies_after, 0
        self.spec, self.embedding_size = runtime.spec, runtime.embedding_size

    def logits_and_embeddings(self, inputs):
        if self.shown + len(inputs) > self._left:
            raise Interrupted
        self.shown += len(inputs)
        return self._runtime.logits_and_embeddings(inputs)


class TestInference:
    @pytest.fixture(autouse=True)
    def _small_chunks(self, monkeypatch):
        monkeypatch.setattr(inference, "CHUNK", 6)
        monkeypatch.setattr(inference, "_BATCH", 4)
        monkeypatch.setattr(reading, "_AHEAD", 3)

    @pytest.fixture
    def runtime(self, tiny_model):
        return open_model(tiny_model)

    @pytest.fixture
    def folder(self, tiny_food101):
        return open_data(tiny_food101)

    @pytest.fixture
    def asked(self, folder, tmp_path):
        """Run inference on all painted pictures; return the outputs and the progress reports."""
        (tmp_path / "chunks").mkdir()

        def ask_all(runtime):
            told = []
            found = run_inference(folder, folder.pictures, runtime, tmp_path / "chunks", lambda *now: told.append(now))
            return found, told

        return ask_all

    def test_chunks_and_batches_are_speed_not_meaning(self, asked, runtime, monkeypatch, tmp_path):
        found, _ = asked(runtime)
        monkeypatch.setattr(inference, "CHUNK", 100)
        for chunk in (tmp_path / "chunks").iterdir():
            chunk.unlink()
        whole, _ = asked(runtime)
        np.testing.assert_allclose(found.logits, whole.logits, rtol=1e-5, atol=1e-5)
        assert found.reasons.tolist() == whole.reasons.tolist()

    def test_progress_counts_every_picture_once_from_none_to_all(self, asked, runtime):
        _, told = asked(runtime)
        assert told == [(n, 20) for n in (0, 4, 6, 10, 12, 16, 18, 20)]

    def test_a_killed_run_goes_on_after_its_last_whole_chunk_and_ends_as_if_never_killed(self, asked, runtime):
        with pytest.raises(Interrupted):
            asked(Counting(runtime, dies_after=14))
        second = Counting(runtime)
        found, told = asked(second)
        assert told[0] == (12, 20)
        assert second.shown == 8  # the unreadable one lies in the second chunk, which was kept
        np.testing.assert_array_equal(np.isnan(found.logits).all(axis=1), found.reasons != "")
        third = Counting(runtime)
        again, _ = asked(third)
        assert third.shown == 0
        np.testing.assert_array_equal(again.logits, found.logits)

    def test_a_damaged_chunk_is_asked_again(self, asked, runtime, tmp_path):
        found, _ = asked(runtime)
        for place, content in (("00000.npz", b""), ("00002.npz", b"half a file")):
            (tmp_path / "chunks" / place).write_bytes(content)
        second = Counting(runtime)
        again, told = asked(second)
        assert (told[0], second.shown) == ((8, 20), 12)
        np.testing.assert_array_equal(again.logits, found.logits)

    def test_a_picture_mended_since_is_read_and_one_still_broken_costs_nothing(self, asked, runtime, folder):
        asked(runtime)
        path = folder.path("pizza/5")
        path.write_bytes(folder.read_bytes("pizza/4"))
        second = Counting(runtime)
        found, told = asked(second)
        assert (told[0], second.shown) == ((14, 20), 6)
        assert found.reasons.tolist() == [""] * 20

    def test_no_half_written_chunk_is_ever_left_under_its_name(self, asked, runtime, monkeypatch, tmp_path):
        def full(out, **_arrays):
            out.write(b"half")
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(np, "savez", full)
        with pytest.raises(StoreRefused, match="No space left on device"):
            asked(runtime)
        assert list((tmp_path / "chunks").glob("*.npz")) == []

    def test_unreadable_pictures_have_a_reason_and_no_numbers(self, asked, runtime, folder):
        folder.path("omelette/1").unlink()
        found, _ = asked(runtime)
        reasons = dict(zip((p.image_id for p in folder.pictures), found.reasons.tolist(), strict=True))
        assert {k: v for k, v in reasons.items() if v} == {
            "omelette/1": "the file is missing",
            "pizza/5": "it is not a picture of a known kind (JPEG, PNG, WEBP, GIF, BMP)",
        }
        assert np.isnan(found.embeddings[0]).all()


def test_an_array_that_the_disk_does_not_take_whole_is_an_error(tmp_path):
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    predictions.write_array(tmp_path / "array.npy", array)
    np.save(tmp_path / "same.npy", array)
    assert (tmp_path / "array.npy").read_bytes() == (tmp_path / "same.npy").read_bytes()
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no device that is always full")
    with pytest.raises(OSError, match="No space left"):
        predictions.write_array(full, array)
