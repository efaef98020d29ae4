"""Default contrast and the classes that are shown beside it."""

import numpy as np

from pages.ui.controls import contrast
from pages.ui.loaders.pictures import ModelView
from pages.ui.picture.selection import Subject
from xai_core.explain.target import Target


def test_truth_is_shown_however_improbable_and_the_most_probable_class_comes_first():
    logits = np.array([3, 1, 2, -4], np.float32)
    view = ModelView(np.zeros((8, 8, 3), np.uint8), "hash")
    labelled = Subject("d/1", "d 1", "d-1", view, logits, truth="d")
    assert contrast.default_contrast("abcd", labelled) == Target("a", "d")
    assert contrast.shown_labels("abcd", labelled, 1, Target("a", "d")) == ("a", "d")
    upload = Subject(None, "it", "it", view, logits, truth=None)
    assert contrast.default_contrast("abcd", upload) == Target("a", "c")
    assert contrast.shown_labels("abcd", upload, 3, Target("a", "c")) == ("a", "c", "b")
