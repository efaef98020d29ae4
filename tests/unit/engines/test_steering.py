"""The most probable labels steer, and then those that are named."""

import numpy as np
import pytest

from xai_core.engines.steering import steering_labels
from xai_core.errors import NameUnknown
from xai_core.settings.explain_settings import ExplainSettings

LABELS = ("pizza", "ramen", "steak", "sushi")
FULL = np.array([1.0, 3.0, 3.0, 2.0])


@pytest.mark.parametrize(
    ("top", "named", "expected"),
    [
        (1, (), [1]),
        (3, (), [1, 2, 3]),
        (2, ("pizza",), [1, 2, 0]),
        (2, ("ramen", "sushi"), [1, 2, 3]),
        (0, ("steak",), [2]),
    ],
)
def test_named_labels_follow_the_most_probable_ones_and_none_comes_twice(top, named, expected):
    assert steering_labels(FULL, ExplainSettings(steer_top=top, steer_labels=named), LABELS).tolist() == expected


def test_an_unknown_name_is_refused():
    with pytest.raises(NameUnknown, match="ravioli"):
        steering_labels(FULL, ExplainSettings(steer_labels=("ravioli",)), LABELS)
