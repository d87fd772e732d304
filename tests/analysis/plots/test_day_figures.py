"""Figures of days: curves, causes and beliefs draw the trajectories."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from study_samples import DAYS, sample_trajectory

from equipoise.analysis.plots.beliefs_figure import beliefs_figure
from equipoise.analysis.plots.causes_figure import causes_figure
from equipoise.analysis.plots.style import CAUSES
from equipoise.analysis.plots.trajectories_figure import trajectories_figure


def is_truth(line):
    return len(line.get_ydata()) == DAYS and line.get_color() == "#000000"


def test_curves_draw_the_days():
    trajectories = {
        "a": sample_trajectory(0.6, np.nan, [20]),
        "b": sample_trajectory(0.7, 0.7, [20]),
    }
    figure = trajectories_figure(trajectories, {"a": "a", "b": "b"}, "calm")
    assert len(figure.axes) == 2
    for ax, level in zip(figure.axes, (0.6, 0.7), strict=True):
        truth = next(line for line in ax.lines if is_truth(line))
        assert truth.get_ydata() == pytest.approx(level)
        assert any(list(line.get_xdata()) == [20, 20] for line in ax.lines)


def test_panel_of_a_firm_without_belief_says_so():
    trajectories = {"a": sample_trajectory(0.6, np.nan)}
    figure = trajectories_figure(trajectories, {"a": "a"}, "calm")
    assert [text.get_text() for text in figure.axes[0].texts] == ["no belief"]


def test_causes_draw_their_shares():
    figure = causes_figure({"a": sample_trajectory()}, {"a": "a"}, "calm")
    strip, bars = figure.axes
    widths = [patch.get_width() for patch in bars.patches]
    assert widths == pytest.approx([0.25, 0.75, 0, 0, 0, 0])
    assert [text.get_text() for text in strip.texts] == ["P"] * 8
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [
        *(f"{name[0].upper()} {name}" for name in CAUSES),
        "pale: total change below 0.01",
    ]


@pytest.mark.parametrize(
    ("days", "end", "letters"), [(200, 4 / 7, 7), (210, 2.0, 8), (196, 4.0, 7), (3, 1 / 7, 3)]
)
def test_the_last_period_of_causes_is_as_wide_as_its_days(days, end, letters):
    figure = causes_figure({"a": sample_trajectory(days=days)}, {"a": "a"}, "calm")
    strip, _ = figure.axes
    last = strip.patches[-1]
    assert last.get_width() == pytest.approx(end)
    assert last.get_x() + last.get_width() == pytest.approx(days / 7)
    assert strip.get_xlim() == (0, max(days / 7, 1))
    assert len(strip.texts) == letters


def test_beliefs_draw_the_error_and_the_misled_weeks():
    figure = beliefs_figure({"a": sample_trajectory(0.6, 0.72)}, {"a": "a"}, "calm")
    error, weeks = figure.axes
    assert error.patches[0].get_data().values == pytest.approx(0.12)
    assert len(weeks.patches) == 8
    texts = [text.get_text() for text in figure.texts]
    assert any("mean absolute error 0.12" in text for text in texts)
    assert any("8 of 8 weeks misled" in text for text in texts)


def test_axes_of_causes_keep_apart():
    figure = causes_figure({"a": sample_trajectory(days=84)}, {"a": "a"}, "calm")
    FigureCanvasAgg(figure).draw()
    strip, shares = figure.axes
    weeks = [label for label in strip.get_xticklabels() if label.get_position()[0] <= 12]
    zero = next(label for label in shares.get_xticklabels() if label.get_text() == "0 %")
    assert weeks[-1].get_text() == "12"
    assert weeks[-1].get_window_extent().x1 + 3 < zero.get_window_extent().x0
