"""Data that the browser gets of linked pictures. The browser tests point at them and enlarge them."""

from dataclasses import replace

import numpy as np

from pages.ui.maps import linked_pictures
from xai_core.explain.figures import units
from xai_core.explain.target import Target


def test_places_are_looked_up_in_cells_in_the_proportions_of_the_picture(answer):
    small = linked_pictures.region_cells(answer)
    assert (small["rows"], small["columns"]) == (8, 8)
    assert small["regions"] == answer.region_of.ravel().tolist()
    halves = np.repeat(np.arange(2, dtype=np.int32), 300)[:, None].repeat(150, axis=1)
    large = linked_pictures.region_cells(replace(answer, region_of=halves))
    assert (large["rows"], large["columns"]) == (linked_pictures.MOST_CELLS, linked_pictures.MOST_CELLS // 4)
    assert np.unique(np.reshape(large["regions"], (large["rows"], -1))[:36]).tolist() == [0]


def test_values_have_their_errors_if_there_are_any(answer, uncertain):
    why = Target("ravioli", "pork_chop")
    assert linked_pictures.value_texts(answer, why) == ["+3.00", "-0.75"]
    assert linked_pictures.value_texts(answer, why, units.PROBABILITY)[0].endswith(" points")
    assert linked_pictures.value_texts(uncertain, why) == ["+3.00 ± 1.12", "-0.75 ± 2.24, within noise"]


def test_a_map_without_regions_has_values_of_places_in_logits_per_hundredth():
    evidence = np.zeros((10, 20), np.float32)
    evidence[0, 1] = -0.25
    texts = linked_pictures.place_texts(evidence)
    assert len(texts) == 200
    assert texts[:2] == ["+0.00 per hundredth", "-0.50 per hundredth"]
