"""Sentences about certainty say no more than is known."""

from dataclasses import replace

import numpy as np
import pytest

from tests.made import explanation
from xai_core.engines.search import Uncertainty
from xai_core.explain import wording
from xai_core.explain.certainty import Noise, Ranking
from xai_core.explain.target import Target
from xai_core.settings.explain_settings import ExplainSettings


def explained(error, r2):
    """Twenty regions with values 0 to 19, and the hold-out R2 of both labels."""
    values = np.stack([np.arange(20, dtype=np.float32), np.zeros(20, np.float32)], axis=1)
    uncertainty = Uncertainty(
        spread=np.full(20, error, np.float32), noise=np.eye(2, dtype=np.float32), r2=np.array(r2, np.float32)
    )
    settings = ExplainSettings(engine="regions")
    return explanation(values, labels=("pork_chop", "ravioli"), settings=settings, uncertainty=uncertainty)


CONTRAST = Target("pork_chop", "ravioli")
SURE, UNSURE = explained(0.01, (0.62, 0.55)), explained(50, (np.nan, np.nan))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Ranking(0.92, 10), "Ranking settled: 9 of the 10 strongest regions would stay."),
        (
            Ranking(0.63, 10),
            "Not settled yet: about 6 of the 10 strongest regions would stay; more evaluations help.",
        ),
        (None, "Not settled yet: there are too few evaluations to rank the regions."),
    ],
)
def test_a_ranking_is_settled_or_more_evaluations_help(found, told):
    assert wording.ranking_sentence(found) == told


def test_there_are_short_forms_for_small_room():
    assert wording.ranking_phrase(Ranking(0.92, 10)) == "settled: 9 of 10 strongest stay"
    assert wording.ranking_phrase(Ranking(0.63, 10)) == "not settled: 6 of 10 strongest stay"
    assert wording.noise_phrase(Noise(146, 171, 0.868)) == "within noise: 87% of the picture"


def test_noise_is_told_in_regions_and_area():
    assert (
        wording.noise_sentence(Noise(1460, 1710, 0.868)) == "Within noise: 1,460 of 1,710 regions, 87% of the picture."
    )


def test_the_holdout_r2_of_each_label_is_given_once():
    told = (
        "Hold-out R2: the sum of the regions predicts 62% of the variance of the logit for pork chop and 55% for "
        "ravioli."
    )
    assert wording.holdout_r2_sentence(SURE, ("pork_chop", "ravioli")) == told
    assert wording.holdout_r2_sentence(SURE, ("ravioli", "ravioli")).endswith(
        " 55% of the variance of the logit for ravioli."
    )


def test_a_negative_r2_is_given_as_zero_and_an_unknown_one_is_left_out():
    assert wording.holdout_r2_sentence(explained(1, (-0.2, np.nan)), ("pork_chop", "ravioli")).endswith(
        " 0% of the variance of the logit for pork chop."
    )
    assert wording.holdout_r2_sentence(UNSURE, ("ravioli",)) == "Hold-out R2: not known yet."


def test_of_several_pictures_it_is_told_how_many_have_settled_and_from_where_to_where():
    told = wording.convergence_summary([SURE, UNSURE], CONTRAST)
    assert told.startswith("Ranking of the contrast settled in 1 of 2 pictures: ")
    assert " to 10 of the 10 strongest regions would stay; more evaluations help. " in told
    assert told.endswith("Hold-out R2: the sum of the regions predicts 62% of the variance of the logit for pork chop.")
    assert wording.convergence_summary([SURE, SURE], CONTRAST) == (
        "Ranking of the contrast settled in 2 of 2 pictures: 10 of the 10 strongest regions would stay. "
        "Hold-out R2: the sum of the regions predicts 62% of the variance of the logit for pork chop."
    )


def test_a_picture_of_which_nothing_is_estimated_yet_counts_as_not_settled():
    begun = replace(SURE, uncertainty=None)
    assert wording.convergence_summary([begun, SURE], CONTRAST).startswith(
        "Ranking of the contrast settled in 1 of 2 pictures: 0 to 10 of the 10 strongest regions would stay;"
    )
    assert wording.convergence_sentences(begun, CONTRAST) == (
        "Not settled yet: there are too few evaluations to rank the regions.",
        "Hold-out R2: not known yet.",
    )


@pytest.mark.parametrize(
    ("engine", "version", "places", "sentence"),
    [
        ("regions", 3, (7, 5), "fitted place by place, 7 x 5"),
        ("regions", 3, None, "one place: this network does not show its places"),
        ("regions", 2, None, ""),
        ("partition", 1, None, ""),
    ],
)
def test_an_explanation_says_whether_it_was_fitted_place_by_place(engine, version, places, sentence):
    answer = replace(SURE, settings=ExplainSettings(engine=engine), engine_version=version, places=places)
    assert wording.fitted_by(answer) == sentence
