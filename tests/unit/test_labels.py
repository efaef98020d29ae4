"""Classes are looked up by name and shown as words."""

import pytest

from xai_core import labels
from xai_core.errors import NameUnknown


def test_people_read_words():
    assert labels.words("grilled_cheese_sandwich") == "grilled cheese sandwich"


def test_the_position_in_the_outputs_follows_the_name():
    assert labels.index_of("ravioli", ("pork_chop", "ravioli")) == 1


def test_an_unknown_name_suggests_the_similar_one():
    with pytest.raises(NameUnknown) as fault:
        labels.index_of("raviolli", ("pork_chop", "ravioli"))
    assert fault.value.sentence == "There is no class 'raviolli' here. Did you mean ravioli?"
