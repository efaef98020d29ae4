"""Writers of studies that `tools/faults.py` lets fail, each with what it must leave behind."""

import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xai_core.errors import XaiError
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.runtimes import checkpoint
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.study.build import create_study
from xai_core.study.moves.exporting import export_study
from xai_core.study.moves.importing import import_study
from xai_core.study.moves.relink import relink
from xai_core.study.moves.upgrade import upgrade
from xai_core.study.pictures.properties import measure_study
from xai_core.study.study import open_study
from xai_core.verdicts.store import VerdictStore

IMPORTED_FIRST = (checkpoint,)
"""Modules that would be imported within a try, which takes seconds and is traced."""

SETTINGS = ExplainSettings(evaluations=20, blur_px=16)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writer under test.

    Attributes
    ----------
    work
        Does the work in a folder.
    result
        Returns what the work has left behind, in a form that can be compared.
    before
        Prepares the folder.
    """

    work: Callable[[Path], None]
    result: Callable[[Path], object]
    before: Callable[[Path], None] = lambda _root: None


def _predictions(root: Path, name: str = "tiny") -> object:
    study = open_study(name, root / "studies")
    return study.table.fillna(-1).to_dict("list"), study.logits[:].tobytes(), study.changed_pictures()


def _change(root: Path) -> None:
    images = root / "painted/food-101/images"
    shutil.copyfile(images / "ravioli/1.jpg", images / "pizza/1.jpg")


def _as_written_earlier(root: Path) -> None:
    """Take out of a study what earlier versions did not write."""
    folder = root / "studies/tiny"
    (folder / "picture_files.parquet").unlink()
    found = tomllib.loads((folder / "study.toml").read_text("utf-8"))
    kept = {key: value for key, value in found.items() if key not in ("written_by", "digests")}
    for table in (kept["data"], kept["model"], *kept["model"]["files"]):
        del table["near"]
    (folder / "study.toml").write_bytes(tomli_w.dumps(kept).encode())


def create(root: Path) -> None:
    """Create the study of all pictures."""
    create_study("tiny", root / "studies", data=root / "painted", model=root / "colours.onnx")


def _create_new(root: Path) -> None:
    create_study("new", root / "studies", data=root / "painted", model=root / "colours.onnx", limit=8)


def _explain(root: Path) -> None:
    study = open_study("tiny", root / "studies")
    refusals: list[XaiError] = []
    store = ExplanationStore(study.explanations)
    explain(study.question("pork_chop/4", SETTINGS, study.open_runtime(), store), refused=refusals.append)
    if refusals:
        raise refusals[0]


def _map(root: Path) -> object:
    study = open_study("tiny", root / "studies")
    found = ExplanationStore(study.explanations).get(study.explanation_key("pork_chop/4", SETTINGS))
    return None if found is None else (found.values.tobytes(), found.region_of.tobytes())


def _verdict(root: Path) -> None:
    store = VerdictStore(root / "studies/tiny")
    if store.latest("pizza/2") is None:
        store.put("pizza/2", "ambiguous", seen=0, note="Two.")


def _verdicts(root: Path) -> object:
    return VerdictStore(root / "studies/tiny").whole_history()[["image_id", "kind", "note"]].to_dict("list")


def _export(root: Path) -> None:
    if not (root / "out.zip").exists():
        export_study("tiny", root / "studies", root / "out.zip", pictures=True)


def _exported(root: Path) -> object:
    import_study(root / "out.zip", root / "imported")
    shutil.rmtree(root / "imported")
    return True


def _import(root: Path) -> None:
    if not (root / "studies/came/study.toml").exists():
        import_study(root / "given.zip", root / "studies", name="came")


WRITERS: Mapping[str, Writer] = {
    "create": Writer(_create_new, lambda root: _predictions(root, "new")),
    "replace": Writer(create, _predictions, _change),
    "explain": Writer(_explain, _map),
    "verdict": Writer(_verdict, _verdicts),
    "properties": Writer(
        lambda root: void(measure_study(open_study("tiny", root / "studies"))),
        lambda root: measure_study(open_study("tiny", root / "studies")).fillna(-1).to_dict("list"),
    ),
    "upgrade": Writer(lambda root: void(upgrade("tiny", root / "studies")), _predictions, _as_written_earlier),
    "relink": Writer(
        lambda root: void(relink("tiny", root / "studies", model=root / "colours.onnx")),
        lambda root: (root / "studies/tiny/study.toml").read_text("utf-8").replace(str(root), ""),
    ),
    "export": Writer(_export, _exported),
    "import": Writer(_import, lambda root: _predictions(root, "came")),
}
"""Writers of studies, by name."""


def void(_value: object) -> None:
    """Return nothing, so that a call that answers is one that only writes."""
