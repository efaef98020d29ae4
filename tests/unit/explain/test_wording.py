"""What is estimated is said in plain words, and never more surely than it is known."""

from dataclasses import replace

import numpy as np
import pytest

from tests.made import explanation
from xai_core.engines.search import Uncertainty
from xai_core.explain import wording
from xai_core.explain.certainty import Noise, Ranking
from xai_core.settings import ExplainSettings


def explained(error, r2):
    """Twenty regions with values 0 to 19, and the share that is foreseen of either label."""
    values = np.stack([np.arange(20, dtype=np.float32), np.zeros(20, np.float32)], axis=1)
    uncertainty = Uncertainty(
        spread=np.full(20, error, np.float32), noise=np.eye(2, dtype=np.float32), r2=np.array(r2, np.float32)
    )
    settings = ExplainSettings(engine="regions")
    return explanation(values, labels=("pork_chop", "ravioli"), settings=settings, uncertainty=uncertainty)


SURE, UNSURE = explained(0.01, (0.62, 0.55)), explained(50, (np.nan, np.nan))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Ranking(0.92, 10), "Ranking settled: 9 of the 10 strongest regions would stay."),
        (
            Ranking(0.63, 10),
            "Not settled yet: about 6 of the 10 strongest regions would stay; more evaluations help.",
        ),
        (None, "Not settled yet: there is too little to rank regions by."),
    ],
)
def test_a_ranking_is_settled_or_more_evaluations_help(found, told):
    assert wording.ranking_told(found) == told


def test_there_are_short_forms_for_small_room():
    assert wording.ranking_line(Ranking(0.92, 10)) == "settled: 9 of 10 strongest stay"
    assert wording.ranking_line(Ranking(0.63, 10)) == "not settled: 6 of 10 strongest stay"
    assert wording.noise_line(Noise(146, 171, 0.868)) == "within noise: 87% of the picture"


def test_noise_is_told_in_regions_and_area():
    assert wording.noise_told(Noise(1460, 1710, 0.868)) == "Within noise: 1,460 of 1,710 regions, 87% of the picture."


def test_what_the_sum_foresees_is_told_of_each_label_once():
    told = "Of how the logit varies, the sum of regions foresees 62% for pork chop and 55% for ravioli."
    assert wording.foresight_told(SURE, ("pork_chop", "ravioli")) == told
    assert wording.foresight_told(SURE, ("ravioli", "ravioli")).endswith(" foresees 55% for ravioli.")


def test_less_than_nothing_is_nothing_and_what_is_not_known_is_not_told():
    assert wording.foresight_told(explained(1, (-0.2, np.nan)), ("pork_chop", "ravioli")).endswith("0% for pork chop.")
    assert (
        wording.foresight_told(UNSURE, ("ravioli",))
        == "How far the sum of regions foresees the logit is not known yet."
    )


def test_of_several_pictures_it_is_told_how_many_have_settled_and_from_where_to_where():
    told = wording.enough_of_all([SURE, UNSURE], "pork_chop", "ravioli")
    assert told.startswith("Ranking of the contrast settled in 1 of 2 pictures: ")
    assert " to 10 of the 10 strongest regions would stay; more evaluations help. " in told
    assert told.endswith("Of how the logit of pork chop varies, the sum of regions foresees 62%.")
    assert wording.enough_of_all([SURE, SURE], "pork_chop", "ravioli") == (
        "Ranking of the contrast settled in 2 of 2 pictures: 10 of the 10 strongest regions would stay. "
        "Of how the logit of pork chop varies, the sum of regions foresees 62%."
    )


def test_a_picture_of_which_nothing_is_estimated_yet_counts_as_not_settled():
    begun = replace(SURE, uncertainty=None)
    assert wording.enough_of_all([begun, SURE], "pork_chop", "ravioli").startswith(
        "Ranking of the contrast settled in 1 of 2 pictures: 0 to 10 of the 10 strongest regions would stay;"
    )
    assert wording.enough_told(begun, "pork_chop", "ravioli") == (
        "Not settled yet: there is too little to rank regions by.",
        "How far the sum of regions foresees the logit is not known yet.",
    )
