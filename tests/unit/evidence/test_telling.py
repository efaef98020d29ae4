"""Choice of the mistake that pages open with."""

import numpy as np
import pandas as pd
import pytest

from xai_core.evidence import telling

SIDE = 9
TILE = SIDE // 3


def contrast(row, column, inside):
    """Return a map with a share of its evidence in one tile, and the rest spread over the others."""
    found = np.full((SIDE, SIDE), (1 - inside) / (SIDE**2 - TILE**2), np.float32)
    found[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE] = inside / TILE**2
    return found


def view(row, column, colour):
    """Return a grey picture with one tile of a colour."""
    found = np.full((SIDE, SIDE, 3), 128, np.uint8)
    found[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE] = colour
    return found


def test_evidence_in_one_place_that_looks_alike_is_clearer_than_evidence_everywhere():
    red = [view(0, 0, (255, 0, 0)), view(2, 1, (255, 0, 0))]
    clear = telling.clarity(red, [contrast(0, 0, 0.8), contrast(2, 1, 0.8)])
    assert clear.ratios == pytest.approx((7.2, 7.2), rel=1e-4)
    # Nothing but the patch of the other picture is red, so that the patches share all of their colours.
    assert clear.likeness == pytest.approx(1 - 1 / 9)
    assert clear.score == pytest.approx(7.2 * (2 - 1 / 9), rel=1e-4)
    other = telling.clarity([red[0], view(2, 1, (0, 0, 255))], [contrast(0, 0, 0.8), contrast(2, 1, 0.8)])
    assert other.likeness == 0
    even = telling.clarity(red, [np.ones((SIDE, SIDE), np.float32)] * 2)
    assert other.step > even.step == 0
    none = telling.clarity(red[:1], [-np.ones((SIDE, SIDE), np.float32)])
    assert (none.ratios, none.likeness, none.step) == ((0.0,), 0.0, 0)


def test_clarity_comes_first_then_frequency_and_never_the_alphabet():
    offered = [
        telling.Candidate(truth, "z", count, (f"{truth}/1", f"{truth}/2"))
        for truth, count in [("b", 9), ("a", 5), ("c", 4)]
    ]
    no_map = telling.most_telling(offered, {})
    assert [(one.truth, image_id) for one, image_id in no_map] == [("b", "b/1"), ("a", "a/1"), ("c", "c/1")]
    found = {
        ("b", "z"): telling.Clarity((1.0, 1.1), 0),
        ("a", "z"): telling.Clarity((3.0, 4.0), 0),
        ("c", "z"): telling.Clarity((4.0, 3.4), 0),
    }
    ordered = telling.most_telling(offered, found)
    assert [(one.truth, image_id) for one, image_id in ordered] == [("a", "a/2"), ("c", "c/1"), ("b", "b/2")]


def test_candidates_are_the_most_confident_mistakes_of_the_most_frequent_pairs():
    rows = [(f"{truth}/{number}", truth, "z", 0.5 + number / 10) for truth in "abcdefg" for number in range(4)]
    table = pd.DataFrame(rows, columns=["image_id", "truth", "guess", "p_guess"]).assign(unreadable="", margin=0.1)
    table.loc[table["truth"] == "g", "p_guess"] += 0.1
    found = telling.candidates(table)
    assert [one.truth for one in found] == ["g", "a", "b", "c", "d", "e"]
    assert found[0] == telling.Candidate("g", "z", 4, ("g/3", "g/2", "g/1"))
