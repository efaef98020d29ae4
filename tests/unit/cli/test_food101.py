"""The command `food101 download`."""

from urllib.error import URLError

from torchvision.datasets import utils


def test_without_a_network_there_is_a_sentence_with_the_cure(run, tmp_path, monkeypatch):
    def no_network(*_, **__):
        raise URLError("no route to host")

    monkeypatch.setattr(utils, "download_url", no_network)
    # Without this, a small disk would be the first error.
    monkeypatch.setattr("xai_core.data.download._check_room", lambda root, _: root.mkdir())
    code, out, err = run("food101", "download", "--data", tmp_path / "data")
    assert (code, out) == (1, "")
    assert "Food-101 (101,000 photographs) needs 10.3 GB" in err
    assert "error: Food-101 cannot be downloaded from " in err
    assert "no route to host" in err
    assert "Check the network" in err


def test_the_hub_is_another_origin(run, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr("xai_core.data.hub_download.download_from_hub", lambda data, say: calls.append(data))
    assert run("food101", "download", "--data", tmp_path, "--from", "huggingface")[0] == 0
    assert calls == [tmp_path]
