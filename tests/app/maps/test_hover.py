"""Numbers of the region under the pointer."""

from dataclasses import replace

import numpy as np
import pytest

from pages.ui.maps import hover


def test_every_pixel_has_the_values_of_its_region_for_each_shown_class(answer, shown):
    figure = hover.figure(np.zeros((8, 8, 3), np.uint8), answer, shown, side_px=400)
    numbers = np.asarray(figure.data[1].customdata)
    np.testing.assert_allclose(numbers[3, 0], [3, 2, 0.5, -1, 1, 0.25])
    np.testing.assert_allclose(numbers[3, 7], [-0.75, -0.5, 0, 0.25, 2, 0.75])
    template = figure.data[1].hovertemplate
    assert "<b>%{customdata[0]:+.3f}</b> ravioli rather than pork chop" in template
    for index, name in enumerate(("ravioli", "pizza", "pork chop"), start=1):
        assert f"%{{customdata[{index}]:+.3f}} {name}" in template
    assert "region %{customdata[4]:.0f} of 2" in template
    assert figure.layout.height == 400


def test_estimated_values_have_their_standard_error_and_a_remark_if_within_noise(uncertain, shown):
    numbers = hover.figure(np.zeros((8, 8, 3), np.uint8), uncertain, shown, side_px=400).data[1]
    values = np.asarray(numbers.customdata)
    np.testing.assert_allclose(values[3, 0], [3, 2, 0.5, -1, 1, 0.25, 0.5 * 5**0.5, 1, 0.5, 0.5], rtol=1e-6)
    assert (numbers.text[3][0], numbers.text[3][7]) == ("", ", within noise")
    assert "<b>%{customdata[0]:+.3f} ± %{customdata[6]:.3f}</b> ravioli rather than" in numbers.hovertemplate
    assert "%{customdata[3]:+.3f} ± %{customdata[9]:.3f} pork chop" in numbers.hovertemplate
    assert "± is one standard error" in numbers.hovertemplate


def test_numbers_of_a_large_picture_stay_below_their_bound(answer, shown):
    large = replace(answer, region_of=np.zeros((600, 300), np.int32), values=np.ones((1, 4), np.float32))
    figure = hover.figure(np.zeros((600, 300, 3), np.uint8), large, shown, side_px=400)
    rows, columns, _ = np.asarray(figure.data[1].customdata).shape
    assert rows * columns * 6 * 4 * 4 / 3 <= hover.MOST_BYTES
    assert rows == pytest.approx(2 * columns, rel=0.05)
    assert figure.layout.height == 800
