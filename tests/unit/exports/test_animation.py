"""Animation of a map."""

import io

import numpy as np
from PIL import Image

from xai_core.exports import animation

REGION_OF = np.array([[0, 0, 1], [2, 2, 1]], np.int32)
VIEW, HIDDEN, DRAWN = (np.full((2, 3, 3), grey, np.uint8) for grey in (200, 100, 50))


def test_the_map_builds_up_by_size_and_evidence_is_hidden_in_its_order():
    made = animation.frames(VIEW, HIDDEN, DRAWN, REGION_OF, np.array([1, -3, 2], np.float32))
    shown = [frame[..., 0].tolist() for frame, _ in made]
    assert shown == [
        [[200, 200, 200], [200, 200, 200]],
        [[200, 200, 50], [200, 200, 50]],  # the largest value is negative
        [[200, 200, 50], [50, 50, 50]],
        [[50, 50, 50], [50, 50, 50]],
        [[200, 200, 200], [100, 100, 200]],
        [[100, 100, 200], [100, 100, 200]],  # the region with evidence against the class stays
    ]
    hold, move = animation.HOLD_MS, animation.FRAME_MS
    assert [duration for _, duration in made] == [hold, move, move, hold, move, hold]


def test_many_regions_need_few_frames():
    region_of = np.arange(400, dtype=np.int32).reshape(20, 20)
    parts = [int(part.sum()) for part in animation.growing_parts(region_of, range(400))]
    assert len(parts) <= animation.STEPS
    assert (parts[0], parts[-1]) == (1, 400)
    assert parts == sorted(set(parts))


def test_a_file_moves_and_repeats():
    made = animation.frames(VIEW, HIDDEN, DRAWN, REGION_OF, np.array([1, -3, 2], np.float32))
    with Image.open(io.BytesIO(animation.webp(made))) as image:
        assert (image.n_frames, image.info["loop"]) == (len(made), 0)
        assert image.size == (540, 360)
        image.load()
        assert image.info["duration"] == animation.HOLD_MS
