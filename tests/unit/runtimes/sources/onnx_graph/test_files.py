import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from tests.unit.runtimes.sources.onnx_graph.graphs import WEIGHT, external, model
from xai_core.errors import ModelRefused
from xai_core.runtimes.sources.onnx_graph.files import read_model


def refusal(path):
    with pytest.raises(ModelRefused) as refused:
        read_model(path)
    return refused.value.sentence


def weight(files):
    return numpy_helper.to_array(next(tensor for tensor in files.model.graph.initializer if tensor.name == "w"))


def test_all_files_of_a_model_are_listed_and_read(tmp_path):
    external(model(), tmp_path / "a.onnx")
    expected = (tmp_path / "a.onnx", tmp_path / "weights.bin")
    read = read_model(tmp_path / "a.onnx")
    assert read.files == expected
    np.testing.assert_array_equal(weight(read), WEIGHT)


def test_a_model_in_one_file_is_its_only_file(tmp_path):
    onnx.save(model(), tmp_path / "a.onnx")
    assert read_model(tmp_path / "a.onnx").files == (tmp_path / "a.onnx",)


def test_a_missing_external_file_is_named(tmp_path):
    external(model(), tmp_path / "a.onnx")
    (tmp_path / "weights.bin").unlink()
    assert "weights.bin, which is missing" in refusal(tmp_path / "a.onnx")


def test_a_short_external_file_is_refused_with_its_size(tmp_path):
    external(model(), tmp_path / "a.onnx")
    (tmp_path / "weights.bin").write_bytes(b"version https://git-lfs")
    assert "weights.bin has 23 bytes" in refusal(tmp_path / "a.onnx")


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/passwd", "a/../../weights.bin", "C:\\weights.bin", ""])
def test_a_location_outside_the_folder_is_refused(tmp_path, location):
    folder = tmp_path / "inner"
    folder.mkdir()
    external(model(), folder / "a.onnx")
    (folder / "weights.bin").replace(tmp_path / "weights.bin")
    made = onnx.load(folder / "a.onnx", load_external_data=False)
    for tensor in made.graph.initializer:
        for entry in tensor.external_data:
            entry.value = location if entry.key == "location" else entry.value
    (folder / "a.onnx").write_bytes(made.SerializeToString())
    assert "outside its folder" in refusal(folder / "a.onnx")


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    external(model(), folder / "a.onnx")
    (folder / "weights.bin").replace(tmp_path / "elsewhere")
    (folder / "weights.bin").symlink_to(tmp_path / "elsewhere")
    assert "outside its folder" in refusal(folder / "a.onnx")


def test_the_links_of_a_hub_cache_are_followed(tmp_path):
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "abc"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    external(model(), tmp_path / "a.onnx")
    for name, blob in (("a.onnx", "b1"), ("weights.bin", "b2")):
        (tmp_path / name).replace(blobs / blob)
        (snapshot / name).symlink_to(blobs / blob)
    np.testing.assert_array_equal(weight(read_model(snapshot / "a.onnx")), WEIGHT)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"\x08\x08"])
def test_what_is_no_graph_is_refused(tmp_path, content):
    (tmp_path / "a.onnx").write_bytes(content)
    assert "damaged or not an ONNX file" in refusal(tmp_path / "a.onnx")
