"""The command `faithfulness`."""

import json

import pytest

from xai_core.cli.faithfulness.command import METHOD_NAMES
from xai_core.settings.engine_table import ENGINES
from xai_core.study import study
from xai_core.trust import methods
from xai_core.trust.faithfulness import evaluation
from xai_core.trust.faithfulness.metrics_store import MetricsStore

METHODS = "partition,lime,occlusion,random"
SUMMARY = {"mean", "low", "high", "count"}


def test_the_default_takes_every_engine_and_every_method():
    assert set(METHOD_NAMES) == {*ENGINES, *methods.METHODS}


@pytest.fixture
def ask(run, tiny_study):
    """Runs the command on the study `tiny` with few evaluations, and further arguments after them."""

    def about_tiny(*arguments):
        usual = ("faithfulness", "tiny", "--studies", tiny_study.folder.parent)
        return run(*usual, "--methods", METHODS, "--evals", "20,40", "--pictures", 4, *arguments)

    return about_tiny


@pytest.fixture
def found(ask):
    """Runs the command and returns its JSON."""

    def of(*arguments):
        code, out, err = ask(*arguments, "--json")
        assert code == 0, err
        return json.loads(out)

    return of


def without(found, *names):
    return {name: value for name, value in found.items() if name not in names}


def test_json_has_a_row_per_method_and_number_of_evaluations_and_the_second_time_nothing_is_computed(
    found, niceness, monkeypatch
):
    report = found()
    assert set(report) == {
        "study", "model_id", "seed", "mistakes", "pictures", "without_areas", "least_span", "mask", "steps",
        "maskings", "against", "rows", "figures", "absent", "unreadable",
    }  # fmt: skip
    assert (report["study"], report["mistakes"], len(report["pictures"])) == ("tiny", 2, 4)
    assert report["mask"] == {"kind": "blur", "blur_px": 32}
    assert report["maskings"]["each"] == evaluation.MASKS_PER_KIND
    assert [(row["method"], row["evaluations"]) for row in report["rows"]] == [
        ("partition", 20), ("partition", 40), ("lime", 20), ("lime", 40), ("occlusion", 20), ("occlusion", 40),
        ("random", None),
    ]  # fmt: skip
    for row in report["rows"]:
        assert set(row) == {"method", "evaluations", "spent", "figures", "difference"}
        assert set(row["figures"]) == set(evaluation.METRIC_NAMES)
        assert all(set(interval) == SUMMARY for interval in row["figures"].values())
        assert row["difference"] is None
        assert row["spent"] <= (row["evaluations"] or 0)
        name = row["method"] if row["evaluations"] is None else f"{row['method']}:{row['evaluations']}"
        values = [metrics["relevance_gain"] for metrics in report["figures"][name].values()]
        assert row["figures"]["relevance_gain"]["mean"] == pytest.approx(sum(values) / len(values))
    assert set(report["figures"]) == {
        "partition:20", "partition:40", "lime:20", "lime:40", "occlusion:20", "occlusion:40", "random",
    }  # fmt: skip
    assert set(report["figures"]["lime:20"]) == set(report["pictures"])
    assert niceness == [10]
    monkeypatch.setattr(study.Study, "open_runtime", lambda _self: pytest.fail("The model was loaded."))
    assert found() == report


def test_stability_adds_its_columns_and_continues_from_stored_metrics(found, ask):
    plain = found("--methods", "random")
    report = found("--methods", "random", "--stability")
    (row,) = report["rows"]
    assert set(row["figures"]) == {*evaluation.METRIC_NAMES, *evaluation.STABILITY_NAMES}
    assert row["figures"]["gain"] == plain["rows"][0]["figures"]["gain"]
    _, out, _ = ask("--methods", "random", "--stability")
    assert "two seeds" in out.splitlines()[1]


def test_a_reference_is_evaluated_too_and_the_others_are_compared_with_it(found):
    report = found("--methods", "lime,partition:20", "--evals", 40, "--against", "partition:20")
    lime, partition = report["rows"]
    assert report["against"] == "partition:20"
    assert partition["difference"] is None
    for name in evaluation.METRIC_NAMES:
        expected = lime["figures"][name]["mean"] - partition["figures"][name]["mean"]
        assert lime["difference"][name]["mean"] == pytest.approx(expected)
    added = found("--methods", "lime", "--evals", 40, "--against", "partition:20")
    assert without(added, "figures") == without(report, "figures")


def test_more_pictures_or_methods_continue_from_the_stored_metrics(found, monkeypatch):
    few = found("--pictures", 2, "--methods", "lime")
    stored = []
    put = MetricsStore.put
    monkeypatch.setattr(MetricsStore, "put", lambda self, key, figures: (stored.append(key), put(self, key, figures)))
    more = found("--pictures", 3, "--methods", "lime,random")
    assert more["pictures"][:2] == few["pictures"]
    # Two budgets for the third picture, and the random order for all three.
    assert len(stored) == 2 + 3


def test_the_same_command_continues_a_stopped_run(run, tiny_study, monkeypatch):
    usual = ["faithfulness", "tiny", "--studies", str(tiny_study.folder.parent), "--methods", "lime,random"]
    command = [*usual, "--evals", "10", "--pictures", "4", "--json"]
    put, tried = MetricsStore.put, []

    def stopping(self, key, figures):
        tried.append(key)
        if len(tried) == 5:
            raise KeyboardInterrupt
        put(self, key, figures)

    with monkeypatch.context() as patch:
        patch.setattr(MetricsStore, "put", stopping)
        code, out, err = run(*command)
    assert (code, out) == (130, "")
    assert "Run the same command again to continue." in err
    folder = tiny_study.folder / "faithfulness"
    left = {path: path.stat().st_mtime_ns for path in folder.glob("*.json")}
    assert len(left) == 4
    code, out, _ = run(*command)
    assert code == 0
    assert len(list(folder.glob("*.json"))) == 8
    assert {path: path.stat().st_mtime_ns for path in left} == left
    fresh = tiny_study.folder / "elsewhere"
    folder.rename(fresh)
    assert json.loads(out) == json.loads(run(*command)[1])


def test_people_get_a_table_and_how_to_read_it(ask):
    code, out, err = ask("--methods", "partition,lime,random", "--evals", 40, "--against", "partition:40")
    assert code == 0
    assert out.startswith("tiny: 4 pictures, 2 of them mistakes\n")
    lines = out.splitlines()
    assert any(line.split()[:2] == ["lime", "40"] for line in lines)
    assert any(line.split()[:2] == ["random", "-"] for line in lines)
    assert "Differences to partition:40 on the same pictures" in out
    assert "Higher insertion and lower deletion are better." in out
    assert "Evaluating maps: " in err


def test_a_method_without_gradients_is_absent_with_a_reason(found, ask):
    report = found("--methods", "gradcam,random")
    assert [row["method"] for row in report["rows"]] == ["random"]
    assert "Grad-CAM is left out: colours.onnx is an ONNX graph" in report["absent"]["gradcam"]
    assert "Grad-CAM is left out" in ask("--methods", "gradcam,random")[1]
    code, out, err = ask("--methods", "gradcam")
    assert (code, out) == (1, "")
    assert "colours.onnx is an ONNX graph" in err


@pytest.mark.parametrize("text", ['["pork_chop/4", "pizza/1", "pizza/1"]', "pork_chop/4\n\n pizza/1 \n"])
def test_a_file_can_name_the_pictures(found, run, tiny_study, tmp_path, text):
    ids = tmp_path / "ids"
    ids.write_text(text)
    report = found("--ids", ids, "--methods", "random")
    assert (report["pictures"], report["mistakes"]) == (["pork_chop/4", "pizza/1"], 1)
    usual = ("faithfulness", "tiny", "--studies", tiny_study.folder.parent, "--methods", "random", "--json")
    assert json.loads(run(*usual, "--ids", ids)[1])["pictures"] == ["pork_chop/4", "pizza/1"]


def test_a_picture_that_has_become_unreadable_is_reported_and_the_others_follow(found, ask, tiny_study):
    first = found("--methods", "random")
    lost = first["pictures"][1]
    tiny_study.data.path(lost).write_bytes(b"no picture")
    report = found("--methods", "random")
    assert report["unreadable"] == [lost]
    assert report["pictures"] == [image_id for image_id in first["pictures"] if image_id != lost]
    _, out, err = ask("--methods", "random")
    assert f"Not read: {lost}." in out
    assert f"The picture {lost} cannot be read" in err


def test_without_a_readable_picture_it_ends_with_a_sentence(ask, tiny_study):
    for path in (tiny_study.data.root / "images").rglob("*.jpg"):
        path.unlink()
    code, out, err = ask("--methods", "random")
    assert (code, out) == (1, "")
    assert "error: None of the 4 pictures can be read any more. Restore their files in" in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--methods", "limes"), "There is no method 'limes' here."),
        (("--methods", ","), "methods is ','; expected at least one, with commas between them"),
        (("--evals", "lots"), "evaluations is 'lots'; expected whole numbers of at least 2"),
        (("--pictures", 0), "pictures is 0; expected at least 1"),
        (("--against", "partition"), "partition is without a budget"),
        (("--against", "gradcam"), "colours.onnx is an ONNX graph"),
        (("--ids", "no/such/file"), "expected a file with a JSON list of image ids, or with one id per line"),
    ],
)
def test_a_wrong_argument_is_refused_in_a_sentence_before_the_model_is_loaded(ask, monkeypatch, arguments, sentence):
    monkeypatch.setattr(study.Study, "open_runtime", lambda _self: pytest.fail("The model was loaded."))
    code, out, err = ask(*arguments)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert sentence in err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[1, 2]", "expected a file with at least one image id, such as pork_chop/1234"),
        ("", "expected a file with at least one image id"),
        ("[", "expected a file with a JSON list of image ids"),
        ("pizza/99", "There is no picture 'pizza/99' here."),
        ("pizza/5", "The picture pizza/5 cannot be read"),
    ],
)
def test_a_file_without_usable_ids_is_refused(ask, tmp_path, text, sentence):
    ids = tmp_path / "ids"
    ids.write_text(text)
    code, out, err = ask("--ids", ids)
    assert (code, out) == (1, "")
    assert sentence in err
