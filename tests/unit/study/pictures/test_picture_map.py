"""Maps of the pictures of a study."""

from dataclasses import replace

import numpy as np
import pytest

from xai_core.errors import StudyRefused
from xai_core.study.pictures import picture_map
from xai_core.study.pictures.picture_map import compute_map, stored_map


def test_the_map_is_the_same_on_every_run_and_kept(tiny_study):
    pytest.importorskip("openTSNE", reason="The map needs openTSNE (requirements-dev.txt).")
    steps = []
    found = compute_map(tiny_study, lambda done, planned: steps.append((done, planned)))
    assert steps[0] == (0, 750)
    assert steps[-1] == (750, 750)
    assert list(found["image_id"]) == list(tiny_study.table["image_id"])
    unreadable = (tiny_study.table["unreadable"] != "").to_numpy()
    np.testing.assert_array_equal(found["x"].isna(), unreadable)
    assert stored_map(tiny_study).equals(found)
    (tiny_study.folder / picture_map.FILE).unlink()
    assert compute_map(tiny_study).equals(found)


@pytest.mark.parametrize(("count", "spread"), [(1, 1.0), (4, 1.0), (20, 0.0)])
def test_few_pictures_and_equal_embeddings_have_places_too(tiny_study, count, spread):
    rng = np.random.default_rng(0)
    embeddings = (1 + spread * rng.normal(size=(len(tiny_study.table), 4))).astype(np.float16)
    table = tiny_study.table.assign(unreadable="")
    small = replace(tiny_study, table=table.head(count), embeddings=embeddings[:count])
    found = compute_map(small)
    assert np.isfinite(found[["x", "y"]].to_numpy()).all()
    assert len(found[["x", "y"]].drop_duplicates()) == (count if spread else 1)


def test_a_study_without_embeddings_is_refused(tiny_study):
    with pytest.raises(StudyRefused, match="has no embeddings"):
        compute_map(replace(tiny_study, embeddings=None))
