"""Properties of the pictures of a study."""

import numpy as np
import pytest
from filelock import FileLock

from tests.conftest import UNREADABLE
from xai_core.data.properties import PROPERTIES
from xai_core.errors import StudyRefused
from xai_core.study.pictures import properties
from xai_core.study.pictures.properties import FILE, measure_study, stored_properties


def test_a_stopped_run_is_continued_and_the_result_is_kept(tiny_study, monkeypatch):
    monkeypatch.setattr(properties, "CHUNK", 6)
    assert stored_properties(tiny_study) is None

    def stop(done, _planned):
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_study(tiny_study, stop)
    steps = []
    found = measure_study(tiny_study, lambda done, planned: steps.append((done, planned)))
    assert steps[0] == (12, 20)
    assert steps[-1] == (20, 20)
    assert list(found["image_id"]) == list(tiny_study.table["image_id"])
    lost = found["image_id"] == UNREADABLE
    assert found.loc[lost, list(PROPERTIES)].isna().all(axis=None)
    assert found.loc[lost, "content_hash"].item() == ""
    assert np.isfinite(found.loc[~lost, list(PROPERTIES)]).all(axis=None)
    assert stored_properties(tiny_study).equals(found)
    assert not (tiny_study.folder / "properties.part").exists()


def test_a_damaged_file_or_another_version_is_measured_again(tiny_study, monkeypatch):
    found = measure_study(tiny_study)
    (tiny_study.folder / FILE).write_bytes(b"half a file")
    assert stored_properties(tiny_study) is None
    assert measure_study(tiny_study).equals(found)
    monkeypatch.setattr(properties, "_VERSION", "properties 0")
    assert stored_properties(tiny_study) is None


def test_two_processes_do_not_measure_the_same_study(tiny_study):
    with FileLock(tiny_study.folder / ".properties.lock"), pytest.raises(StudyRefused, match="by another process"):
        measure_study(tiny_study)
