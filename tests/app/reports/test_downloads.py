"""Downloads of one explanation."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pages.ui.loaders.pictures import ModelView
from pages.ui.picture.selection import Subject
from pages.ui.reports import downloads


@pytest.fixture
def hiding(shown):
    """The shown contrast without colour within noise."""
    return replace(shown, display=replace(shown.display, noise="hide"))


def test_csv_has_a_row_for_each_region(answer, shown):
    lines = downloads.regions_csv(answer, shown).decode("utf-8-sig").splitlines()
    assert lines[0].split(",")[-4:] == [
        "ravioli_rather_than_pork_chop_logits",
        "ravioli_logits",
        "pizza_logits",
        "pork_chop_logits",
    ]
    assert len(lines) == 3


def test_csv_of_estimated_values_has_their_errors_and_what_is_within_noise(uncertain, hiding):
    lines = downloads.regions_csv(uncertain, hiding).decode("utf-8-sig").splitlines()
    assert "ravioli_rather_than_pork_chop_standard_error,within_noise," in lines[0]


def test_animation_shows_the_picture_its_map_and_it_without_its_evidence(study, answer, shown):
    view = ModelView(np.full((8, 8, 3), 90, np.uint8), "hash")
    subject = Subject("pork_chop/4", "pork chop 4", "pork_chop-4", view, answer.full, truth="pork_chop")
    made = Image.open(io.BytesIO(downloads.animated_map(study, subject, answer, shown)))
    # The picture, the map of one region and of both, and the picture without the only region with evidence for ravioli.
    assert (made.format, made.n_frames) == ("WEBP", 4)


def test_sheet_is_a_picture_with_a_panel_for_each_map(study, answer, shown):
    view = ModelView(np.full((8, 8, 3), 90, np.uint8), "hash")
    subject = Subject("pork_chop/4", "pork chop 4", "pork_chop-4", view, answer.full, truth="pork_chop")
    sheet = Image.open(io.BytesIO(downloads.sheet_png(study, subject, answer, shown)))
    assert sheet.format == "PNG"
    assert sheet.width > 4 * 300


def test_small_print_names_colours_mask_evaluations_and_model(study, answer, shown):
    small_print = " ".join(downloads.small_print(study, answer, shown))
    for phrase in (
        "red is evidence for ravioli, blue for pork chop",
        "filled with a box blur of 8 pixels. 4 evaluations",
        "model model",
    ):
        assert phrase in small_print


def test_small_print_of_estimated_values_says_how_certain_they_are(study, uncertain, shown, hiding):
    lines = downloads.small_print(study, uncertain, hiding)
    small_print = " ".join(lines)
    assert "Without colour: regions within noise, whose 95% interval contains 0." in small_print
    assert "base, sum, values and shares are of all regions" in small_print
    assert "Hold-out R2: the sum of the regions predicts 62% of the variance of the logit for ravioli" in small_print
    assert "25% for pork chop" in small_print
    assert max(map(len, lines)) <= 170
    assert "noise" not in " ".join(downloads.small_print(study, uncertain, shown))
