"""One overlay is, pixel for pixel, the one that was checked by eye.

`python -m tests.golden.test_overlay` draws it again.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from xai_core import render

GOLDEN = Path(__file__).with_name("overlay.png")


def new_overlay():
    """Draw a bump of evidence for and one against over a grey-to-green picture."""
    row, column = np.mgrid[0:48, 0:64].astype(np.float32)
    view = np.stack([column * 3, row * 4, np.full_like(row, 90)], axis=2).astype(np.uint8)
    bump = np.exp(-((row - 24) ** 2 + (column - 18) ** 2) / 90) - 0.7 * np.exp(
        -((row - 20) ** 2 + (column - 46) ** 2) / 60
    )
    shap_map = (0.02 * bump).astype(np.float32)
    return render.overlay(view, shap_map, render.shared_limit(shap_map))


def test_the_overlay_is_the_one_that_was_checked_by_eye():
    expected = np.asarray(Image.open(GOLDEN).convert("RGB"), np.int16)
    # One step of 255 is left to the rounding of exp on other processors.
    assert np.abs(new_overlay().astype(np.int16) - expected).max() <= 1


if __name__ == "__main__":
    Image.fromarray(new_overlay()).save(GOLDEN)
