"""Numbers below overlays."""

from pages.ui.maps import overlays
from xai_core.explain.figures import units
from xai_core.explain.target import Target


def test_numbers_of_a_label_are_its_probability_and_its_sum(answer):
    assert overlays.map_numbers(answer, Target("ravioli")) == "probability 65.3%  \nlogit 2.00 = base 0.50 + sum 1.50"


def test_numbers_of_a_contrast_name_the_class_that_is_ahead(answer):
    ahead, pair = "ravioli is ahead by 1.75 logits  \n", ("ravioli", "pork_chop")
    said = overlays.map_numbers(answer, Target(*pair))
    assert said == f"{ahead}ravioli minus pork chop: 1.75 = base -0.50 + sum 2.25"
    said = overlays.map_numbers(answer, Target(*reversed(pair)))
    assert said == f"{ahead}pork chop minus ravioli: -1.75 = base 0.50 - sum 2.25"


def test_numbers_can_be_probabilities_and_log_odds(answer):
    said = overlays.map_numbers(answer, Target("ravioli"), units.PROBABILITY)
    assert said == "probability 65.3% = base 25.9% + 39.4 points"
    said = overlays.map_numbers(answer, Target("ravioli", "pork_chop"), units.PROBABILITY)
    assert said == "ravioli, if it is either that or pork chop:  \n85.2% = base 37.8% + 47.4 points"
    said = overlays.map_numbers(answer, Target("ravioli"), units.LOG_ODDS)
    assert said.startswith("probability 65.3%  \nlog-odds 0.63 = base ")
