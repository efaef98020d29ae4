"""A claim rests on the mistakes and on correct pictures that look like them."""

import numpy as np
import pandas as pd
import pytest

from xai_core.errors import SettingRefused
from xai_core.evidence.pair_sample import FEWEST_COMPANIONS, PairSample, choose_pictures


def table(**guesses):
    """Return a table of pictures with these guesses by class, the most confident first; "?" is unreadable."""
    rows = [
        {
            "image_id": f"{truth}/{number}",
            "truth": truth,
            "guess": "" if guess == "?" else guess,
            "p_guess": 1 - number / 100,
            "margin": 0.5,
            "loss": 1.0,
            "unreadable": "gone" if guess == "?" else "",
        }
        for truth, named in guesses.items()
        for number, guess in enumerate(named.split())
    ]
    return pd.DataFrame(rows)


COMMON = table(chop="bun bun bun chop chop chop chop bun", bun="bun bun bun bun ? chop", soup="bun soup")


def test_the_most_confident_mistakes_are_taken_up_to_the_limit():
    found = choose_pictures(COMMON, None, "chop", "bun", max_mistakes=3)
    assert found.mistakes == ("chop/0", "chop/1", "chop/2")
    assert found.of_pair == 4


def test_correct_pictures_are_half_of_either_class_and_at_least_six():
    found = choose_pictures(COMMON, None, "chop", "bun", max_mistakes=20)
    assert found.of_truth == ("chop/3", "chop/4", "chop/5")
    assert found.of_guess == ("bun/0", "bun/1", "bun/2")
    assert len(found.of_truth + found.of_guess) == FEWEST_COMPANIONS


def test_where_one_class_has_too_few_the_other_fills_up():
    rare = table(chop="bun bun bun bun bun bun bun bun chop", bun=" ".join(["bun"] * 9))
    found = choose_pictures(rare, None, "chop", "bun", max_mistakes=20)
    assert (len(found.mistakes), len(found.of_truth), len(found.of_guess)) == (8, 1, 7)


def test_a_class_without_correct_pictures_gives_none():
    found = choose_pictures(table(chop="bun bun", bun="bun"), None, "chop", "bun", max_mistakes=20)
    assert (found.of_truth, found.of_guess) == ((), ("bun/0",))


def test_a_pair_without_mistakes_gives_nothing_at_all():
    assert choose_pictures(COMMON, None, "soup", "chop", max_mistakes=20) == PairSample((), (), (), 0)


def test_the_nearest_correct_pictures_are_taken_the_mistakes_choosing_by_turns():
    known = table(chop="bun bun chop chop chop chop chop chop chop chop", bun="chop")
    angles = np.radians([0, 90, 80, 70, 5, 20, 45, 50, 60, 30, 0])
    embeddings = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float16)
    found = choose_pictures(known, embeddings, "chop", "bun", max_mistakes=2)
    # Nearest to 0 degrees: 5, 20, 30; nearest to 90: 80, 70, 60.
    assert found.of_truth == ("chop/4", "chop/2", "chop/5", "chop/3", "chop/9", "chop/8")


def test_groups_take_turns_so_that_the_first_maps_say_something_of_each():
    assert PairSample(("m1", "m2"), ("t1",), ("g1", "g2"), 2).all == ("m1", "t1", "g1", "m2", "g2")


def test_what_is_lost_leaves_its_group_and_is_still_counted_as_of_the_pair():
    assert PairSample(("m1", "m2"), ("t1",), (), 2).without(["m2", "t1"]) == PairSample(("m1",), (), (), 2)


def test_a_class_is_not_a_confusion_with_itself():
    with pytest.raises(SettingRefused, match="expected two different classes"):
        choose_pictures(COMMON, None, "chop", "chop", max_mistakes=20)


def test_a_limit_below_one_is_refused():
    with pytest.raises(SettingRefused, match="number of mistakes is 0; expected at least 1"):
        choose_pictures(COMMON, None, "chop", "bun", max_mistakes=0)
