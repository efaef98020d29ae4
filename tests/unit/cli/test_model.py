"""`model inspect` says in one screen what a file is taken for."""

import json


def test_a_file_is_described_in_words(run, tiny_model):
    code, out, _ = run("model", "inspect", tiny_model)
    assert code == 0
    assert out.startswith("kind           ONNX graph\n")
    for part in (
        "float32 (n, 3, 32, 32)",
        "4: omelette, pizza, pork_chop, ravioli",
        "from         the spec colours.json",
        "stretched to 32 x 32, bilinear; RGB, 0..1",
        "colours.onnx (",
    ):
        assert part in out


def test_three_pictures_are_shown_to_the_model(run, tiny_model, tiny_food101):
    code, out, _ = run("model", "inspect", tiny_model, "--data", tiny_food101, "--json")
    assert code == 0
    found = json.loads(out)
    assert [picture["image_id"] for picture in found["pictures"]] == ["omelette/1", "pizza/2", "pork_chop/4"]
    assert [picture["top"][0]["label"] for picture in found["pictures"]] == ["omelette", "pizza", "ravioli"]
    assert found["labels"] == ["omelette", "pizza", "pork_chop", "ravioli"]
    assert [file["name"] for file in found["files"]] == [str(tiny_model)]


def test_options_are_applied_and_said(run, tiny_model):
    code, out, _ = run("model", "inspect", tiny_model, "--channels", "bgr", "--resize", "crop_pct:0.5")
    assert code == 0
    assert "short side to 64, 32 x 32 cut from the centre, bilinear; BGR" in out
    assert "resize, channels given" in out


def test_a_file_that_names_no_outputs_and_no_preprocessing_is_shown_all_the_same(run, tiny_model):
    tiny_model.with_suffix(".json").unlink()
    code, out, _ = run("model", "inspect", tiny_model)
    assert code == 0
    for part in (
        "4: output 0, output 1, output 2, output 3",
        "from         nothing, so that they are numbered",
        "a study asks for their names",
        "The guess of range, mean, std serves this look at the file only.",
    ):
        assert part in out


def test_a_fault_is_a_sentence_with_its_option(run, tiny_model, tiny_food101, tmp_path):
    tiny_model.with_suffix(".json").unlink()
    code, out, err = run("model", "inspect", tiny_model, "--data", tiny_food101)
    assert (code, out) == (1, "")
    assert "comes without a spec" in err
    assert "Option: --mean." in err
    code, _, err = run("model", "inspect", tiny_model, "--input", "mean=0.5,0.5,0.5")
    assert (code, "Option: --input." in err) == (1, True)
    code, _, err = run("model", "inspect", tmp_path / "nothing.onnx")
    assert (code, "There is no model file" in err) == (1, True)
