"""The key changes with every setting that changes the map, and with no other."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from xai_core.errors import SettingRefused
from xai_core.settings import engine_table
from xai_core.settings.explain_settings import ExplainSettings

ASKED = {"model_id": "b1-abc", "picture_hash": "d00f"}
BASE = ExplainSettings()


def test_the_same_question_has_the_same_key_in_every_process():
    # A literal, so that a new Python or a refactoring cannot quietly orphan everybody's explanations.
    assert BASE.key(**ASKED) == "1009af2be29ee2f9ad52bbf6a7583a62"


@pytest.mark.parametrize(
    "change",
    [
        {"evaluations": 100},
        {"blur_px": 16},
        {"steer_top": 5},
        {"search_width": 10},
        {"mask": "gaussian"},
        {"mask": "mean"},
        {"mask": "colour", "colour": (0, 0, 0)},
        {"steer_labels": ("pizza",)},
        {"settle": 0.1},
        {"engine": "regions"},
        {"engine": "regions", "seed": 1},
    ],
)
def test_a_setting_that_changes_the_map_changes_the_key(change):
    assert replace(BASE, **change).key(**ASKED) != BASE.key(**ASKED)


def test_a_new_version_of_an_engine_orphans_its_own_answers_only(monkeypatch):
    regions = replace(BASE, engine="regions")
    before = [asked.key(**ASKED) for asked in (BASE, regions)]
    monkeypatch.setitem(engine_table.ENGINES, "regions", replace(engine_table.ENGINES["regions"], version=99))
    now = [asked.key(**ASKED) for asked in (BASE, regions)]
    assert now[0] == before[0]
    assert now[1] != before[1]


def test_two_seeds_are_two_questions():
    regions = replace(BASE, engine="regions")
    assert replace(regions, seed=1).key(**ASKED) != regions.key(**ASKED)


@pytest.mark.parametrize("change", [{"model_id": "other"}, {"picture_hash": "other"}])
def test_another_model_or_picture_is_another_question(change):
    assert BASE.key(**(ASKED | change)) != BASE.key(**ASKED)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"evaluations": 1}, "evaluations is 1; expected at least 2"),
        ({"blur_px": 0}, "blur_px is 0; expected at least 1 pixel"),
        ({"blur_px": -3}, "blur_px is -3; expected at least 1 pixel"),
        ({"steer_top": 0}, "steer_top is 0; expected at least 1"),
        ({"search_width": 0}, "search_width is 0; expected at least 1"),
        ({"mask": "fog"}, "mask is 'fog'; expected one of blur, gaussian"),
        ({"mask": "colour"}, "colour is not given; expected three whole numbers from 0 to 255 with the mask colour"),
        ({"colour": (1, 2, 3)}, r"colour is \(1, 2, 3\); expected three whole numbers .* and none with any other"),
        (
            {"mask": "colour", "colour": (1, 2, 256)},
            r"colour is \(1, 2, 256\); expected three whole numbers from 0 to 255",
        ),
        ({"mask": "colour", "colour": (1, 2)}, r"colour is \(1, 2\); expected three whole numbers from 0 to 255"),
        ({"settle": 1.5}, r"settle is 1\.5; expected a share from 0"),
        ({"settle": -0.1}, r"settle is -0\.1; expected a share from 0"),
        ({"engine": "magic"}, "engine is 'magic'; expected one of partition, regions"),
        ({"seed": -1}, "seed is -1; expected a whole number of at least 0"),
        ({"evaluations": "50"}, "evaluations is '50'; expected at least 2"),
        ({"evaluations": None}, "evaluations is None; expected at least 2"),
        ({"evaluations": 50.5}, r"evaluations is 50\.5; expected at least 2 .* a whole number"),
        ({"evaluations": True}, "evaluations is True; expected at least 2"),
        ({"blur_px": "3"}, "blur_px is '3'; expected at least 1 pixel, a whole number"),
        ({"blur_px": 3.5}, r"blur_px is 3\.5; expected at least 1 pixel, a whole number"),
        ({"seed": None}, "seed is None; expected a whole number"),
        ({"seed": 1.5}, r"seed is 1\.5; expected a whole number"),
        ({"settle": "little"}, "settle is 'little'; expected a share"),
        ({"settle": float("nan")}, "settle is nan; expected a share"),
        ({"engine": ["partition"]}, r"engine is \['partition'\]; expected one of partition, regions"),
        ({"mask": None}, "mask is None; expected one of blur"),
        ({"mask": "colour", "colour": "red"}, "colour is 'red'; expected three whole numbers"),
        ({"mask": "colour", "colour": 5}, "colour is 5; expected three whole numbers"),
        ({"mask": "colour", "colour": (0.5, 0, 0)}, r"colour is \(0\.5, 0, 0\); expected three whole numbers"),
        ({"steer_labels": "pizza"}, "steer_labels is 'pizza'; expected a list of labels"),
        ({"steer_labels": (1,)}, r"steer_labels is \(1,\); expected a list of labels"),
    ],
)
def test_a_setting_out_of_range_is_refused_with_the_number(change, sentence):
    with pytest.raises(SettingRefused, match=sentence):
        replace(BASE, **change)


def test_numbers_of_numpy_are_those_of_python():
    given = replace(BASE, evaluations=np.int64(300), blur_px=np.uint8(9), seed=np.int32(0), settle=np.float64(0.5))
    assert given == replace(BASE, evaluations=300, blur_px=9, settle=0.5)
    assert given.key(**ASKED) == replace(BASE, evaluations=300, blur_px=9, settle=0.5).key(**ASKED)
    coloured = replace(BASE, mask="colour", colour=np.array([1, 2, 3]))
    assert coloured == replace(BASE, mask="colour", colour=(1, 2, 3))


def test_a_blur_wider_than_the_picture_is_refused():
    with pytest.raises(SettingRefused, match="blur_px is 128; expected at most 96 pixels"):
        BASE.check_against((96, 120), labels=101)


def test_more_steering_labels_than_outputs_are_refused():
    with pytest.raises(SettingRefused, match="steer_top is 4; expected at most 3"):
        BASE.check_against((240, 240), labels=3)


def test_the_side_of_a_blur_is_no_part_of_a_question_without_one():
    plain = replace(BASE, mask="mean")
    assert replace(plain, blur_px=7).key(**ASKED) == plain.key(**ASKED)
    replace(plain, blur_px=500).check_against((240, 240), labels=101)


def test_two_colours_are_two_questions():
    black, red = (replace(BASE, mask="colour", colour=colour) for colour in ((0, 0, 0), (255, 0, 0)))
    assert black.key(**ASKED) != red.key(**ASKED)


def test_settings_come_back_from_json_as_they_were():
    asked = replace(BASE, mask="colour", colour=(1, 2, 3), steer_labels=("pizza",))
    assert ExplainSettings(**json.loads(json.dumps(asdict(asked)))) == asked


def test_named_labels_may_steer_alone_but_must_exist():
    alone = replace(BASE, steer_top=0, steer_labels=("pizza",))
    alone.check_against((240, 240), ("pizza", "ramen"))
    with pytest.raises(SettingRefused, match="steer_labels is pizza; expected labels that the model has"):
        alone.check_against((240, 240), ("ramen", "steak"))


def test_shap_s_own_settings_have_a_name():
    asked = ExplainSettings.as_shap(max_evals=10_000, blur=128, outputs=4, batch_size=50)
    assert asked == ExplainSettings(mask="blur", blur_px=128, evaluations=10_000, steer_top=4, search_width=50)


@pytest.mark.parametrize(("asked", "companions"), [(50, 50), (100, 100), (300, 100), (1000, 1000)])
def test_companions_get_fewer_evaluations_unless_more_than_usual_are_asked_for(asked, companions):
    assert replace(BASE, evaluations=asked).for_companions() == replace(BASE, evaluations=companions)


def test_the_recipe_halves_and_pages_start_with_regions():
    recipe = ExplainSettings.as_shap(max_evals=10_000, blur=128, outputs=4, batch_size=50)
    assert recipe == ExplainSettings(evaluations=10_000)
    assert recipe.engine == "partition"
    assert ExplainSettings.fitting((224, 224), 101, evaluations=300).engine == "regions"
