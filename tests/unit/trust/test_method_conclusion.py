"""Two yardsticks of several methods lead to one conclusion, in words."""

from xai_core.trust.method_conclusion import conclusion


def test_yardsticks_that_disagree_say_which_map_is_for_what():
    text = conclusion({"Regions": 0.85, "Partition": 0.7, "LIME": 0.82}, {"Regions": 0.92, "Partition": 1.39}, "LIME")
    assert text == (
        "Regions predicts best what hiding parts does (0.85), and Partition finds first what decides (1.39). Read "
        "amounts from Regions, and look for the decisive place with Partition. The map checked here, by LIME, is as "
        "good in amounts (0.82)."
    )


def test_one_method_may_be_best_by_both_and_areas_may_be_missing():
    both = conclusion({"Regions": 0.85, "LIME": 0.5}, {"Regions": 0.9, "LIME": 0.1}, "Regions")
    assert both.startswith("Regions predicts best what hiding parts does (0.85), and finds first what decides (0.90).")
    assert both.endswith("That is the map checked here.")
    assert conclusion({"Regions": 0.85, "LIME": 0.5}, {}, "LIME").endswith("The map checked here, by LIME, has 0.50.")


def test_no_map_is_recommended_if_none_predicts_well():
    text = conclusion({"Regions": 0.3, "LIME": 0.1}, {"Regions": 2.0}, "LIME")
    assert text.startswith("None of these maps predicts well what hiding parts does: the best, Regions, has a")
