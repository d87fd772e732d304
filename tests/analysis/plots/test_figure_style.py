"""Panels and heights in inches."""

import pytest
from matplotlib.figure import Figure

from equipoise.analysis.plots.style import PanelGrid, add_panel, text_height


def test_panel_is_placed_in_inches():
    figure = Figure(figsize=(4, 2))
    assert add_panel(figure, 1, 0.5, 2, 1).get_position().bounds == (0.25, 0.25, 0.5, 0.5)


def test_grid_fills_rows_from_the_upper_left():
    figure = Figure(figsize=(10, 10))
    grid = PanelGrid(2, 3.0, 2.0, left=1.0, top=9.0, column_gap=0.5, row_gap=1.0)
    corners = [grid.add_panel(figure, number).get_position().p0 for number in range(3)]
    assert [tuple(corner) for corner in corners] == [
        pytest.approx((0.1, 0.7)),
        pytest.approx((0.45, 0.7)),
        pytest.approx((0.1, 0.4)),
    ]


def test_text_height_is_proportional_to_its_lines():
    assert text_height(3, 7.0) == pytest.approx(3 * text_height(1, 7.0))
