"""Score of a place where the audience thinks that the model looked."""

import numpy as np
import pytest

from xai_core.evidence.place_score import AREA, PlaceScore, disc, place_score


def test_a_disc_covers_its_share_of_the_picture_unless_it_is_cut():
    assert disc((200, 100), 0.5, 0.5).mean() == pytest.approx(AREA, rel=0.02)
    assert disc((200, 100), 0, 0).mean() == pytest.approx(AREA / 4, rel=0.05)


def test_points_are_the_share_of_the_evidence_relative_to_the_best_place():
    evidence = np.zeros((60, 80), np.float32)
    evidence[10, 10], evidence[50, 70], evidence[30, 40] = 3, 1, -9  # evidence against the class does not count
    assert place_score(evidence, 10.5 / 80, 10.5 / 60) == PlaceScore(pytest.approx(0.75), pytest.approx(0.75))
    wrong = place_score(evidence, 70.5 / 80, 50.5 / 60)
    assert (wrong.share, wrong.points) == (pytest.approx(0.25), 33)
    assert place_score(evidence, 0.5, 0.5).points == 0


def test_a_map_without_evidence_scores_nothing():
    assert place_score(np.full((4, 4), -1, np.float32), 0.5, 0.5).points == 0
