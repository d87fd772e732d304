"""Figures of a comparison draw its differences, ranks and Pareto front."""

import numpy as np
import pytest
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Text
from study_samples import ENVIRONMENTS, STRATEGIES, sample_comparison, sample_values

from equipoise.analysis.plots.font_metrics import FONT
from equipoise.analysis.plots.front_figure import front_figure
from equipoise.analysis.plots.ranking_figure import ranking_figure
from equipoise.analysis.plots.tornado_figure import tornado_figure
from equipoise.analysis.text.formatting import readable_name

NAMES = {name: readable_name(name) for name in STRATEGIES}


@pytest.fixture(scope="module")
def comparison():
    return sample_comparison(sample_values([0, 0], [0.1, 0.2], [0.3, -0.3]))


def test_bars_are_differences(comparison):
    finding = comparison.findings[0]
    (panel, *_) = tornado_figure(finding, "recall", NAMES).axes
    widths = [bar.get_width() for bar in panel.patches if bar.get_height() < 0.3]
    means = [finding.difference(name, "recall").mean for name in ("pid_survey", "oracle")]
    assert widths == pytest.approx(means)


def test_differences_without_a_value_are_said_to_be_missing():
    comparison = sample_comparison(np.full((3, 2, 1), np.nan))
    figure = tornado_figure(comparison.findings[0], "calm", NAMES)
    assert [text.get_text() for text in figure.axes[0].texts] == ["no value"]


def test_cells_are_ranks(comparison):
    figure = ranking_figure(comparison.findings[0], ENVIRONMENTS, NAMES)
    cells = [text.get_text() for text in figure.axes[0].texts]
    assert cells[::2] == ["2", "1", "1", "3", "3", "2"]


def test_points_are_means_of_two_measures(comparison):
    panel = front_figure(comparison, ENVIRONMENTS, NAMES).axes[0]
    markers = [line for line in panel.lines if line.get_marker() == "o"]
    points = {(line.get_xdata()[0], line.get_ydata()[0]) for line in markers}
    expected = {
        (point.second, point.first) for point in comparison.front if point.environment == "calm"
    }
    assert points == expected
    assert {text.get_text() for text in panel.texts} == {"1", "2", "3"}


def test_heads_of_columns_and_panels_are_told_apart():
    places = tuple(
        f"calm, community {name}, voice_mean {number}"
        for name in ("ordinary", "support_forum")
        for number in (1, 2, 3)
    )
    values = sample_values([0], [0.1], [0.2], environments=("a",))
    comparison = sample_comparison(np.repeat(values, len(places), axis=1), environments=places)
    figure = ranking_figure(comparison.findings[0], places, NAMES)
    heads = [text.get_text() for text in figure.texts]
    assert len({*heads}) == len(heads)
    panels = front_figure(comparison, places, NAMES).axes
    assert len({panel.get_title(loc="left") for panel in panels}) == len(places)


def test_letters_that_the_font_lacks_are_drawn_with_an_installed_font(comparison):
    own = get_font(findfont(FONT)).get_charmap()
    others = get_font(findfont("STIXGeneral")).get_charmap()
    letter = next(chr(code) for code in sorted(others.keys() - own.keys()) if code > 0x2000)
    names = {**NAMES, "oracle": f"oracle {letter}"}
    figure = tornado_figure(comparison.findings[0], "recall", names)
    texts = [text for text in figure.findobj(Text) if letter in text.get_text()]
    assert texts
    for text in texts:
        families = text.get_fontfamily()
        assert any(ord(letter) in get_font(findfont(name)).get_charmap() for name in families)
