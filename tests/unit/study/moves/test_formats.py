"""Studies of every earlier format open, keep their verdicts and maps, and are upgraded without a loss."""

import os
import shutil
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from xai_core.errors import StoreRefused
from xai_core.explain.explanation import Explanation
from xai_core.explain.store import ExplanationStore
from xai_core.explain.wording import outdated_note
from xai_core.study.manifest import read_manifest
from xai_core.study.moves import upgrade as upgrades
from xai_core.study.pictures.known import known_predictions
from xai_core.study.study import open_study
from xai_core.verdicts.store import VerdictStore

FORMATS = Path(__file__).parents[3] / "formats"
OUTDATED = {"2026-11-25-regions-1": 1, "2026-11-26-regions-2": 2}
WITHOUT_VERDICTS = ("2026-11-24", "2026-11-26-regions-2")


def unpacked(name, root):
    """Unpack a study of an earlier version, and return the folder of studies."""
    folder = root / "earlier" / "tiny"
    with zipfile.ZipFile(FORMATS / f"{name}.zip") as packed:
        packed.extractall(folder)
    for file in ("colours.onnx", "colours.json"):
        shutil.copy2(FORMATS / file, root / file)
    manifest = folder / "study.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("/earlier", str(root)), "utf-8")
    return folder.parent


@pytest.fixture(params=sorted(path.stem for path in FORMATS.glob("*.zip")))
def name(request):
    return request.param


@pytest.fixture
def studies(name, tmp_path, tiny_food101):
    for file in (tiny_food101 / "food-101/images").rglob("*.jpg"):
        os.utime(file, (1e9, 1e9))  # the year 2001: older than the studies
    return unpacked(name, tmp_path)


def test_it_opens_with_its_verdicts_and_maps_and_is_upgraded(name, studies):
    study = open_study("tiny", studies)
    assert (len(study.table), study.summary().top1) == (20, 16 / 19)
    assert study.open_runtime().model_id == study.model_id

    verdicts = VerdictStore(study.folder)
    kept = verdicts.all()
    assert list(kept["kind"]) == ([] if name in WITHOUT_VERDICTS else ["ambiguous"])

    store = ExplanationStore(study.explanations)
    maps = [Explanation.load(file) for file in study.explanations.glob("*.npz")]
    assert maps
    for found in maps:
        assert np.allclose(found.base + found.values.sum(axis=0), found.full, atol=1e-3)
        assert store.get(found.key) is not None
        again = store.earlier(found.settings, model_id=found.model_id, picture_hash=found.picture_hash)
        assert (again and again.engine_version) == OUTDATED.get(name) or found.settings.engine == "partition"
    note = outdated_note(maps[:1] + [found for found in maps if found.settings.engine == "regions"])
    assert f"by version {OUTDATED.get(name)} of the engine" in note if name in OUTDATED else not note

    plan = upgrades.plan_upgrade("tiny", studies)
    before = (study.folder / "study.toml").read_bytes()
    assert len(plan.changes) == 2
    assert upgrades.upgrade("tiny", studies) == plan
    assert upgrades.plan_upgrade("tiny", studies).changes == ()
    (backup,) = (study.folder / "backups").iterdir()
    assert (backup / "study.toml").read_bytes() == before
    assert VerdictStore(backup).all().equals(kept)
    upgraded = open_study("tiny", studies)
    assert upgraded.table.equals(study.table)
    assert np.array_equal(upgraded.logits, study.logits, equal_nan=True)
    assert upgraded.changed_pictures() == ()
    verdicts.put("pizza/1", "ambiguous", seen=0)
    assert len(verdicts.all()) == len(kept) + 1


@pytest.mark.parametrize("name", ["2026-11-25-verdicts"])
def test_an_upgrade_that_is_killed_or_has_no_room_continues(studies, monkeypatch):
    whole = upgrades.FileStates.write
    monkeypatch.setattr(
        upgrades.FileStates, "write", lambda *_a: (_ for _ in ()).throw(StoreRefused("The disk is full."))
    )
    with pytest.raises(StoreRefused):
        upgrades.upgrade("tiny", studies)
    assert len(open_study("tiny", studies).table) == 20
    monkeypatch.setattr(upgrades.FileStates, "write", whole)
    monkeypatch.setattr(upgrades, "digest_files", lambda _folder: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        upgrades.upgrade("tiny", studies)
    assert open_study("tiny", studies).picture_files is not None
    monkeypatch.undo()
    assert [change[:10] for change in upgrades.plan_upgrade("tiny", studies).changes] == ["study.toml"]
    upgrades.upgrade("tiny", studies)
    assert upgrades.plan_upgrade("tiny", studies).changes == ()
    assert not list(studies.rglob("*.part"))


@pytest.mark.parametrize("name", ["2026-11-25-verdicts"])
def test_pictures_newer_than_the_study_are_named_and_left_for_study_create(studies, tiny_food101):
    manifest = studies / "tiny" / "study.toml"
    created = tomllib.loads(manifest.read_text("utf-8"))["created"]
    manifest.write_text(manifest.read_text("utf-8").replace(created, "2000-01-01T00:00:00+00:00"), "utf-8")
    study = open_study("tiny", studies)
    plan = upgrades.plan_upgrade("tiny", studies)
    late = "20 pictures newer than the study may have changed since; `study create` predicts them anew."
    assert late in plan.changes[0]
    upgrades.upgrade("tiny", studies)
    assert open_study("tiny", studies).changed_pictures() == ()
    assert len(known_predictions(studies / "tiny", read_manifest(studies / "tiny")).stale_rows(study.data)) == 20
