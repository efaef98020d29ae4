"""Pairs are ranked by evidence that right answers of the class do not have."""

import numpy as np
import pytest

from tests import made
from xai_core.explain.question import explain
from xai_core.explain.store import ExplanationStore
from xai_core.repair.suspects.ranking import (
    PairPictures,
    Suspect,
    evidence_for_guess,
    pictures_to_explain,
    rank,
    rank_suspects,
    suspect_of,
)
from xai_core.settings.explain_settings import ExplainSettings


def explained(evidence):
    """An explanation with this much evidence for b rather than a in one region, and some against in another."""
    return made.explanation([[0, evidence], [1, 0]], labels=("a", "b"))


def group(mistakes, right):
    """A suspect from the evidence in the pictures of both groups."""
    values = {f"m{number}": value for number, value in enumerate(mistakes)}
    others = {f"r{number}": value for number, value in enumerate(right)}
    pictures = PairPictures("a", "b", len(mistakes), tuple(values), tuple(others))
    return suspect_of(pictures, {name: explained(value) for name, value in (values | others).items()})


def test_evidence_is_the_positive_part_of_the_contrast():
    assert evidence_for_guess(explained(3), "a", "b") == pytest.approx(3)
    assert evidence_for_guess(explained(3), "b", "a") == pytest.approx(1)


def test_a_suspect_has_effect_interval_and_test():
    found = group([5, 6, 7, 6], [1, 2, 1, 2])
    assert (found.in_mistakes, found.in_right, found.effect, found.total) == (6, 1.5, 4.5, 18)
    assert found.low < 4.5 < found.high
    # All 70 divisions: the most extreme one, on either side.
    assert found.p_value == pytest.approx(2 / 70)
    assert found.delta == 1


def test_equal_groups_are_no_suspect():
    found = group([2, 2, 2], [2, 2, 2])
    assert (found.effect, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_too_few_explained_pictures_are_not_tested():
    assert group([5, 6], [1, 2, 1]) is None
    assert group([5, 6, 7], [1, 2]) is None


def test_ranking_corrects_for_the_number_of_pairs_and_sorts_by_total():
    pairs = [("a", "b", 3, 0.01), ("c", "d", 9, 0.02), ("e", "f", 6, 0.9)]
    tested = [
        Suspect(
            truth=truth,
            guess=guess,
            count=count,
            mistakes=3,
            right=3,
            in_mistakes=2.0,
            in_right=1.0,
            low=0.0,
            high=2.0,
            p_value=p_value,
            q_value=p_value,
            delta=1.0,
        )
        for truth, guess, count, p_value in pairs
    ]
    found = rank(tested)
    assert [suspect.truth for suspect in found] == ["c", "e", "a"]
    assert [suspect.q_value for suspect in found] == pytest.approx([0.03, 0.9, 0.03])
    assert rank([]) == ()


def test_pairs_with_fewer_than_three_mistakes_are_left_out(tiny_study):
    assert pictures_to_explain(tiny_study) == ()
    found = rank_suspects(tiny_study, ExplainSettings(blur_px=8, evaluations=20))
    assert (found.pairs, found.too_few, found.ranked, found.unexplained) == (2, 2, (), ())


def test_stored_explanations_are_used_and_missing_ones_are_named(tiny_study, monkeypatch):
    monkeypatch.setattr("xai_core.repair.suspects.ranking.FEWEST", 2)
    settings = ExplainSettings(blur_px=8, evaluations=20, steer_top=2)
    (pictures,) = pictures_to_explain(tiny_study)
    assert (pictures.truth, pictures.guess, set(pictures.mistakes)) == (
        "pork_chop",
        "ravioli",
        {"pork_chop/4", "pork_chop/5"},
    )
    assert set(pictures.right) == {"pork_chop/1", "pork_chop/2", "pork_chop/3"}
    first = rank_suspects(tiny_study, settings)
    assert set(first.unexplained) == {*pictures.mistakes, *pictures.right}
    runtime, store = tiny_study.open_runtime(), ExplanationStore(tiny_study.explanations)
    for image_id in first.unexplained:
        explain(tiny_study.question(image_id, settings, runtime, store))
    (suspect,) = rank_suspects(tiny_study, settings).ranked
    assert suspect.effect > 0
    assert np.isfinite([suspect.low, suspect.high]).all()
