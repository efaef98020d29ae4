"""Suspect spots of training pictures are found by explanations and hidden for a share of the epochs."""

import shutil

import numpy as np
import pytest
import torch

from xai_core.data.dataset import DataOptions
from xai_core.data.sources.table import open_data
from xai_core.errors import NameUnknown, SettingRefused, StudyRefused
from xai_core.repair.suspects.training_spots import spots_to_hide
from xai_core.settings.explain_settings import ExplainSettings
from xai_core.training.hidden_spots import HiddenSpots
from xai_core.training.train_data import Pictures

SETTINGS = ExplainSettings(blur_px=16, evaluations=40, steer_top=2)


def test_the_box_gets_the_mean_colour_and_other_pictures_stay_whole():
    image = torch.zeros(3, 4, 8, dtype=torch.uint8)
    image[0, :, 4:] = 200
    spots = HiddenSpots({"a": (0.5, 0.0, 1.0, 0.5)}, share=1)
    hidden = spots.apply("a", image)
    assert hidden[0].tolist() == [[0] * 4 + [100] * 4] * 2 + [[0] * 4 + [200] * 4] * 2
    assert image[0, 0, 4] == 200
    assert spots.apply("b", image) is image
    # Edges beyond the photograph, where the input is padded, are cut off.
    assert HiddenSpots({"a": (-0.5, -1, 0.25, 2)}, share=1).apply("a", image)[0, :, :2].tolist() == [[100, 100]] * 4


def test_the_share_is_kept_and_the_digest_names_the_boxes():
    spots = HiddenSpots({"a": (0, 0, 1, 1)}, share=0.25)
    image = torch.tensor([[[0, 200]]] * 3, dtype=torch.uint8)
    torch.manual_seed(0)
    hidden = sum(bool((spots.apply("a", image) == 100).all()) for _ in range(400))
    assert 80 <= hidden <= 120
    assert spots.digest == HiddenSpots({"a": (0, 0, 1, 1)}).digest != HiddenSpots({"a": (0, 0, 1, 0.5)}).digest
    with pytest.raises(SettingRefused, match="share of hidden spots is 0; expected above 0 and at most 1"):
        HiddenSpots({}, share=0)


def test_explanations_find_the_spot_of_the_guessed_class_and_training_hides_it(tiny_study, tiny_food101):
    folder = open_data(tiny_food101, DataOptions(split="test"))
    found = spots_to_hide(tiny_study, [("pork_chop", "ravioli")], SETTINGS, folder)
    # The fifth is painted like a pork chop and has no evidence for ravioli.
    assert set(found) == {f"ravioli/{number}" for number in range(1, 5)}
    for left, top, right, bottom in found.values():
        assert 0 <= left < right <= 1.01
        assert 0 <= top < bottom <= 1.01
    shown = [picture for picture in folder.pictures if picture.image_id == "ravioli/1"]
    whole, hidden = (
        np.asarray(Pictures(folder, shown, tiny_study.spec, "none", spots)[0][0])
        for spots in (None, HiddenSpots(found, share=1))
    )
    left, top, right, bottom = (round(32 * edge) for edge in found["ravioli/1"])
    assert np.ptp(hidden[:, top:bottom, left:right], axis=(1, 2)).tolist() == [0, 0, 0]
    outside = np.ones((32, 32), bool)
    outside[top:bottom, left:right] = False
    assert (whole[:, outside] == hidden[:, outside]).all()
    # Pictures that a network is validated on stay whole.
    assert (
        np.asarray(Pictures(folder, shown, tiny_study.spec, None, HiddenSpots(found, share=1))[0][0]) == whole
    ).all()


def test_other_pictures_under_the_same_ids_are_refused(tiny_study, tiny_food101, tmp_path):
    shutil.copytree(tiny_food101, tmp_path / "other")
    images = tmp_path / "other" / "food-101" / "images" / "ravioli"
    shutil.copy(images / "1.jpg", images / "2.jpg")
    folder = open_data(tmp_path / "other", DataOptions(split="test"))
    with pytest.raises(StudyRefused, match="has another picture under the id ravioli/2"):
        spots_to_hide(tiny_study, [("pork_chop", "ravioli")], SETTINGS, folder)
    with pytest.raises(SettingRefused, match="two pairs with the guess ravioli; expected each guess once"):
        spots_to_hide(tiny_study, [("pork_chop", "ravioli"), ("pizza", "ravioli")], SETTINGS, folder)


def test_wrong_pairs_and_a_study_of_other_pictures_are_refused(tiny_study, tiny_food101):
    folder = open_data(tiny_food101, DataOptions(split="test"))
    with pytest.raises(NameUnknown, match="Give two different classes"):
        spots_to_hide(tiny_study, [("pizza", "pizza")], SETTINGS, folder)
    with pytest.raises(NameUnknown, match="burger"):
        spots_to_hide(tiny_study, [("pizza", "burger")], SETTINGS, folder)
    nothing = open_data(tiny_food101, DataOptions(split="train"))
    with pytest.raises(StudyRefused, match="has no training picture of ravioli"):
        spots_to_hide(tiny_study, [("pork_chop", "ravioli")], SETTINGS, nothing)
