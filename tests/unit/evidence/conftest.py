"""Maps that can be counted by hand."""

import numpy as np
import pytest

SIDE = 24


@pytest.fixture
def spotted():
    """Return a function that makes a map with one positive square of 4 x 4 pixels."""

    def made(top, left, value=1.0, side=SIDE):
        contrast = np.zeros((side, side), np.float32)
        contrast[top : top + 4, left : left + 4] = value
        return contrast

    return made
