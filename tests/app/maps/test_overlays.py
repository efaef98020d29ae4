"""Numbers below overlays."""

from pages.ui.maps import overlays
from xai_core.explain.target import Target


def test_numbers_of_a_label_are_its_probability_and_its_sum(answer):
    assert overlays.map_numbers(answer, Target("ravioli")) == "probability 65.3%  \nlogit 2.00 = base 0.50 + sum 1.50"


def test_numbers_of_a_contrast_name_the_class_that_is_ahead(answer):
    ahead = "margin of ravioli: 1.75 logits  \n"
    assert overlays.map_numbers(answer, Target("ravioli", "pork_chop")) == f"{ahead}1.75 = base -0.50 + sum 2.25"
    assert overlays.map_numbers(answer, Target("pork_chop", "ravioli")) == f"{ahead}-1.75 = base 0.50 - sum 2.25"
