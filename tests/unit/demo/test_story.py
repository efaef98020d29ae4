"""The guided story."""

import numpy as np

from xai_core.demo import story
from xai_core.demo.painting import palette


def test_only_the_cue_keeps_its_colours_and_a_line_runs_round_it():
    view = np.full((5, 5, 3), (200, 20, 20), np.uint8)
    mask = np.zeros((5, 5), bool)
    mask[2, 2] = True
    shown = story.outlined(view, mask)
    assert tuple(shown[2, 2]) == (200, 20, 20)
    for row, column in ((1, 2), (3, 2), (2, 1), (2, 3)):
        assert tuple(shown[row, column]) == palette.MASK_COLOURS[palette.CUE]
    assert len(set(shown[0, 0])) == 1


def test_coloured_light_has_no_outline_so_the_picture_stays_as_it_is():
    view = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    np.testing.assert_array_equal(story.outlined(view, np.zeros((4, 4), bool)), view)


def test_a_study_of_photographs_has_no_story(tiny_study):
    assert not story.is_demo(tiny_study)
    assert story.stories(tiny_study) == ()
