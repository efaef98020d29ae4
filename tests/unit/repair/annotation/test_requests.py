"""Requests name what a pair's mistakes lack, for people and for a labelling tool."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.repair.conftest import LABELS
from xai_core.repair.annotation import requests
from xai_core.repair.annotation.requests import CurvePoint
from xai_core.repair.trials.division import Division

PAIR = ("a", "b")


@pytest.fixture
def listed(repair_pictures, other_pictures):
    mistakes = other_pictures.take(other_pictures.evidence)
    return requests.request_list(mistakes, repair_pictures, LABELS, PAIR)


def test_every_mistake_has_its_nearest_pictures(listed, repair_pictures, other_pictures):
    assert len(listed) == 20
    assert (listed["evidence"] == "yes").all()
    assert listed["similarity_truth"].is_monotonic_increasing
    row = listed.iloc[0]
    middle = repair_pictures.embeddings.mean(axis=0)
    own = other_pictures.embeddings[other_pictures.image_ids.index(row["image_id"])] - middle
    of_a = repair_pictures.embeddings[repair_pictures.truth == 0] - middle
    cosine = of_a @ own / np.linalg.norm(of_a, axis=1) / np.linalg.norm(own)
    assert row["near_truth"].split()[0] == repair_pictures.image_ids[int(cosine.argmax())]
    assert row["similarity_truth"] == pytest.approx(cosine.max(), abs=1e-5)
    assert len(row["near_guess"].split()) == requests.NEAREST
    assert row["evidence_near_guess"] == 0


def test_without_groups_or_pictures_of_a_class_nothing_is_invented(repair_pictures, other_pictures):
    no_b = replace(repair_pictures.take(repair_pictures.truth != 1), evidence=None)
    mistakes = replace(other_pictures.take(np.array([0, 2])), evidence=None)
    found = requests.request_list(mistakes, no_b, LABELS, PAIR)
    assert found["evidence"].tolist() == ["", ""]
    assert found["near_guess"].tolist() == ["", ""]
    assert found[["similarity_guess", "evidence_near_guess"]].isna().all(axis=None)


def test_more_pictures_with_the_evidence_mend_more(repair_pictures, other_pictures):
    division = Division(repair_pictures, other_pictures)
    curve = requests.learning_curve(division, LABELS, PAIR, strength=0.3)
    assert [point.pictures for point in curve] == [0, 2, 4, 8, 16, 20]
    assert curve[0].mistakes > 15
    assert curve[-1].mistakes < 5
    assert requests.pictures_needed(curve, 20) in (2, 4, 8, 16)


def test_the_number_needed_is_the_first_that_halves_the_mistakes():
    curve = (CurvePoint(0, 9.0, 0.8), CurvePoint(4, 5.0, 0.8), CurvePoint(8, 2.0, 0.8))
    assert requests.pictures_needed(curve, 10) == 4
    assert requests.pictures_needed(curve, 2) is None


def test_label_studio_gets_a_task_for_each_mistake(listed):
    tasks = json.loads(requests.to_label_studio(listed, lambda image_id: f"/data/{image_id}.jpg", "model-1"))
    first = listed["image_id"][0]
    assert len(tasks) == 20
    assert tasks[0]["data"] == {
        "image": f"/data/{first}.jpg",
        "image_id": first,
        "annotated": "a",
        "question": "Is this a or b?",
    }
    (prediction,) = tasks[0]["predictions"]
    assert prediction["model_version"] == "model-1"
    assert prediction["result"][0]["value"] == {"choices": ["b"]}
