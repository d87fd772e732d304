"""Figure of the Pareto front: strategies on two measures, a panel for each environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from equipoise.analysis.comparison.comparison import Comparison
from equipoise.analysis.comparison.pareto import FrontPoint
from equipoise.analysis.plots.measure_axis import measure_axis_label, measure_formatter
from equipoise.analysis.plots.study_layout import (
    STUDY_MARGIN,
    STUDY_STYLE,
    STUDY_WIDTH,
    TEXT_SIZE,
    TITLE_HEIGHT,
    draw_header,
    fit_label,
    fit_labels,
    max_line_count,
)
from equipoise.analysis.plots.style import BLUE, GREY, PanelGrid, apply_style, write_text
from equipoise.analysis.text.formatting import readable_name

_HEAD = TITLE_HEIGHT + 0.32  # inches
_LEFT, _COLUMN_GAP = 0.55, 0.62
_PANEL_HEIGHT = 2.0
_KEY_LINE = 0.14
_BOLD = 0.9  # letters that fit on a line in bold, relative to normal ones
_MARKER: Any = {"marker": "o", "ms": 4.5}
# Places of a point's number around it, in points: distances, directions, and the least distance
# from other points and numbers.
_NUMBER_DISTANCES = (8, 15, 23)
_NUMBER_DIRECTIONS = [
    (dx / np.hypot(dx, dy), dy / np.hypot(dx, dy))
    for dx, dy in product((1, 0, -1), (1, 0, -1))
    if dx or dy
]
_CLEARANCE = 7.5
_Place = tuple[float, float]


@apply_style(STUDY_STYLE)
def front_figure(
    comparison: Comparison, environments: Sequence[str], names: Mapping[str, str]
) -> Figure:
    """Return the figure of the Pareto front, a panel for each environment.

    Args:
        comparison: the front and its two measures.
        environments: the environments to show.
        names: the readable name of each strategy to show.
    """
    columns = min(len(environments), 2)
    rows = -(-len(environments) // columns)
    width = (STUDY_WIDTH - _LEFT - 0.15 - (columns - 1) * _COLUMN_GAP) / columns
    places = [readable_name(name) for name in environments]
    titles = fit_labels(places, _BOLD * width - 0.1, 1)
    title_height = 0.13 * max_line_count(titles)
    row_gap = 0.55 + title_height
    key = _arrange_key(list(names.values()))
    foot = 0.2 + _KEY_LINE * len(key)
    height = _HEAD + rows * (_PANEL_HEIGHT + row_gap) + foot
    figure = Figure(figsize=(STUDY_WIDTH, height))
    top = height - _HEAD - title_height - 0.07
    grid = PanelGrid(columns, width, _PANEL_HEIGHT, _LEFT, top, _COLUMN_GAP, row_gap)
    for number, environment in enumerate(environments):
        ax = grid.add_panel(figure, number)
        style: Any = {"weight": "bold", "fontsize": TEXT_SIZE, "linespacing": 1.0}
        ax.set_title(titles[number], loc="left", parse_math=False, **style)
        _draw_front(ax, comparison, environment, names)
    _write_key(figure, key, foot)
    first, second = (readable_name(name) for name in comparison.axes_of_front)
    title = f"{first[:1].upper()}{first[1:]} against {second}"
    draw_header(figure, title, _legend_handles(), 2)
    return figure


def _legend_handles() -> list[Line2D]:
    on_front: Any = {"mfc": BLUE, "mec": BLUE, "label": "on the Pareto front"}
    label = "dominated: another is as good on both, better on one"
    dominated: Any = {"mfc": "white", "mec": GREY, "label": label}
    return [Line2D([], [], color="none", **_MARKER, **style) for style in (on_front, dominated)]


def _arrange_key(names: Sequence[str]) -> list[list[str]]:
    """Return numbered names in lines; they count downwards in each of at most three columns."""
    columns, labels = _fit_key(names)
    numbered = [f"{number} {label}" for number, label in enumerate(labels, 1)]
    lines = -(-len(names) // columns)
    return [numbered[line::lines] for line in range(lines)]


def _fit_key(names: Sequence[str]) -> tuple[int, list[str]]:
    """Return the number of columns, and the names shortened to fit.

    Three columns if no name is shortened, two if the shortened names differ, else one.
    """
    labels = _shorten_names(names, 3)
    if labels == list(names):
        return 3, labels
    labels = _shorten_names(names, 2)
    if len(set(labels)) == len(names):
        return 2, labels
    return 1, _shorten_names(names, 1)


def _shorten_names(names: Sequence[str], columns: int) -> list[str]:
    room = (STUDY_WIDTH - 0.1) / columns - 0.25
    return [fit_label(name, room, 1) for name in names]


def _write_key(figure: Figure, key: Sequence[Sequence[str]], foot: float) -> None:
    for line, labels in enumerate(key):
        y = foot - 0.16 - _KEY_LINE * line
        for column, text in enumerate(labels):
            x = STUDY_MARGIN + column * (STUDY_WIDTH - 0.1) / len(key[0])
            write_text(figure, x, y, text, va="top")


def _draw_front(
    ax: Axes, comparison: Comparison, environment: str, names: Mapping[str, str]
) -> None:
    """Draw the points of an environment, and a line through those on the front."""
    first, second = (comparison.finding(name) for name in comparison.axes_of_front)
    for axis, finding in ((ax.xaxis, second), (ax.yaxis, first)):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(measure_formatter(finding))
    ax.set_xlabel(measure_axis_label(second), labelpad=2)
    ax.set_ylabel(measure_axis_label(first), labelpad=2)
    points = _select_points(comparison, environment, names)
    if not points:
        ax.text(0.5, 0.5, "no value", transform=ax.transAxes, ha="center", color=GREY)
        return
    on_front = sorted((point for point in points if point.on_front), key=lambda one: one.second)
    line = [(point.second, point.first) for point in on_front]
    ax.plot(*zip(*line, strict=True), color=BLUE, lw=0.8, ls=":", zorder=1)
    for point in points:
        colour, face = (BLUE, BLUE) if point.on_front else (GREY, "white")
        ax.plot(point.second, point.first, "o", ms=4.5, color=colour, mfc=face, zorder=2)
    ax.margins(0.12)
    levels = [point.first for point in points]
    if np.ptp(levels) < 1e-9:
        # Rounding errors are no differences: the axis shows equal levels as equal.
        half = 0.02 * abs(levels[0]) or 1.0
        ax.set_ylim(levels[0] - half, levels[0] + half)
    _write_numbers(ax, points, list(names))


def _select_points(
    comparison: Comparison, environment: str, names: Mapping[str, str]
) -> list[FrontPoint]:
    """Return the points of an environment that have values."""
    points = []
    for point in comparison.front:
        is_shown = point.environment == environment and point.strategy in names
        if is_shown and np.isfinite(point.first):
            points.append(point)
    return points


def _write_numbers(ax: Axes, points: Sequence[FrontPoint], strategies: Sequence[str]) -> None:
    """Write each point's number near it, clear of all points and other numbers."""
    ax.autoscale_view()
    values = [(point.second, point.first) for point in points]
    # In points, the unit of text sizes.
    centres = ax.transData.transform(values) * 72 / ax.figure.dpi
    occupied = [(float(x), float(y)) for x, y in centres]
    for point, (x, y) in zip(points, centres, strict=True):
        place = _find_place(x, y, occupied)
        occupied.append(place)
        offset = place[0] - x, place[1] - y
        line: Any = None
        if np.hypot(*offset) > 10:
            line = {"arrowstyle": "-", "lw": 0.4, "color": GREY, "shrinkA": 3, "shrinkB": 2}
        ax.annotate(
            str(strategies.index(point.strategy) + 1),
            (point.second, point.first),
            offset,
            textcoords="offset points",
            ha="center",
            va="center",
            arrowprops=line,
            annotation_clip=False,
        )


def _find_place(x: float, y: float, occupied: Sequence[_Place]) -> _Place:
    """Return the nearest free place around x and y; if none is free, the freest one."""
    places = []
    for distance, (dx, dy) in product(_NUMBER_DISTANCES, _NUMBER_DIRECTIONS):
        places.append((x + distance * dx, y + distance * dy))
    clearances = [_clearance(place, occupied) for place in places]
    for place, clearance in zip(places, clearances, strict=True):
        if clearance >= _CLEARANCE:
            return place
    return places[int(np.argmax(clearances))]


def _clearance(place: _Place, occupied: Sequence[_Place]) -> float:
    """Return the distance of a place from the nearest point or number."""
    return min(_label_distance(place, other) for other in occupied)


def _label_distance(place: _Place, other: _Place) -> float:
    """Return the distance of two labels in points; labels are wider than they are high."""
    return float(max(abs(place[0] - other[0]) * 0.85, abs(place[1] - other[1])))
