"""Classes are looked up by name and shown as words."""

import pytest

from xai_core import labels
from xai_core.errors import NameAmbiguous, NameUnknown


def test_people_read_words():
    assert labels.words("grilled_cheese_sandwich") == "grilled cheese sandwich"


def test_the_position_in_the_outputs_follows_the_name():
    assert labels.index_of("ravioli", ("pork_chop", "ravioli")) == 1


def test_an_unknown_name_suggests_the_similar_one():
    with pytest.raises(NameUnknown) as fault:
        labels.index_of("raviolli", ("pork_chop", "ravioli"))
    assert fault.value.sentence == "There is no class 'raviolli' here. Did you mean ravioli?"


@pytest.mark.parametrize("name", [1, None, ["ravioli"]])
def test_what_is_no_name_is_named_as_unknown(name):
    with pytest.raises(NameUnknown, match="There is no class ") as fault:
        labels.index_of(name, ("pork_chop", "ravioli"))
    assert fault.value.hint == "Give the name of a class, such as 'pork_chop'."


@pytest.mark.parametrize("name", ["Pork Chop", "pork-chop", "PORK_CHOP", "porkchop", "PorkChop", " pork  chop"])
def test_case_spaces_hyphens_and_underscores_do_not_matter(name):
    assert labels.match_names([name], ["ravioli", "pork_chop"]) == {name: "pork_chop"}


def test_letters_in_another_unicode_form_are_the_same_letters():
    assert labels.match_names(["cre\u0300me"], ["cr\u00e8me"]) == {"cre\u0300me": "cr\u00e8me"}


def test_a_label_that_is_spelled_alike_wins_over_similar_ones():
    names = ["pork_chop", "Pork Chop"]
    assert labels.match_names(names, names) == {"pork_chop": "pork_chop", "Pork Chop": "Pork Chop"}


def test_a_name_without_a_label_is_left_out():
    assert labels.match_names(["pizza", "soup"], ["pizza"]) == {"pizza": "pizza"}


@pytest.mark.parametrize(
    ("names", "known", "message"),
    [
        (
            ["pork chop"],
            ["pork_chop", "Pork-Chop"],
            "'pork chop' fits two labels of the model, 'pork_chop' and 'Pork-Chop'",
        ),
        (
            ["Pork Chop", "pork_chop"],
            ["pork_chop"],
            "Two classes, 'Pork Chop' and 'pork_chop', fit the label 'pork_chop'",
        ),
    ],
)
def test_what_fits_twice_is_refused_with_both_names(names, known, message):
    with pytest.raises(NameAmbiguous, match=message):
        labels.match_names(names, known)
