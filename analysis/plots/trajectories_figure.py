"""Figure of trajectories: true satisfaction and belief by day, a small panel for each strategy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from equipoise.analysis.plots.label_layout import tick_spacing
from equipoise.analysis.plots.run_figure_data import pad_range
from equipoise.analysis.plots.study_layout import (
    STUDY_MARGIN,
    STUDY_STYLE,
    STUDY_WIDTH,
    TEXT_SIZE,
    TITLE_HEIGHT,
    count_worlds,
    draw_header,
    fit_labels,
    max_line_count,
)
from equipoise.analysis.plots.style import (
    BLACK,
    DASHED,
    DOTTED,
    GREEN,
    GREY,
    RED,
    PanelGrid,
    apply_style,
    write_text,
)
from equipoise.analysis.plots.time_series_data import Trajectory
from equipoise.analysis.text.formatting import format_level

_LEFT, _FOOT, _COLUMN_GAP = 0.56, 0.36, 0.16  # inches
_HEAD = TITLE_HEIGHT + 0.3
_MAX_COLUMNS = 3
# Inches by number of columns: a narrow panel need not be as high as a wide one.
_PANEL_HEIGHTS = {1: 2.3, 2: 1.9, 3: 1.15}
_MAX_TICKS = 4
_SPREAD_COLOUR = "#777777"


@apply_style(STUDY_STYLE)
def trajectories_figure(
    trajectories: Mapping[str, Trajectory], names: Mapping[str, str], place: str
) -> Figure:
    """Return the figure of the trajectories of strategies in an environment.

    Args:
        trajectories: by strategy.
        names: the readable name of each strategy.
        place: the readable name of the environment.
    """
    columns = min(len(trajectories), _MAX_COLUMNS)
    rows = -(-len(trajectories) // columns)
    panel_height = _PANEL_HEIGHTS[columns]
    panel_width = (STUDY_WIDTH - _LEFT - 0.08 - (columns - 1) * _COLUMN_GAP) / columns
    titles = fit_labels([names[name] for name in trajectories], panel_width, 2)
    row_gap = 0.06 + 0.12 * max(max_line_count(titles), 2)
    height = _HEAD + rows * (panel_height + row_gap) + _FOOT
    figure = Figure(figsize=(STUDY_WIDTH, height))
    top = height - _HEAD - row_gap
    grid = PanelGrid(columns, panel_width, panel_height, _LEFT, top, _COLUMN_GAP, row_gap)
    limits = _satisfaction_limits(trajectories)
    for number, trajectory in enumerate(trajectories.values()):
        ax = grid.add_panel(figure, number)
        ax.set_ylim(*limits)
        _draw_trajectory(ax, trajectory)
        ax.set_title(titles[number], loc="left", pad=3, **_TITLE_STYLE)
        is_lowest = number + columns >= len(trajectories)
        ax.tick_params(labelleft=number % columns == 0, labelbottom=is_lowest)
        if is_lowest:
            ax.set_xlabel("scored day", labelpad=1)
    label = "satisfaction, 0 to 1"
    write_text(figure, STUDY_MARGIN, 0.5 * height, label, rotation=90, va="center")
    _draw_key(figure, trajectories, f"Satisfaction by day: {place}")
    return figure


_TITLE_STYLE: Any = {"fontsize": TEXT_SIZE, "parse_math": False, "linespacing": 1.0}


def _satisfaction_limits(trajectories: Mapping[str, Trajectory]) -> tuple[float, float]:
    """Return the range that holds all curves and the band, with a margin."""
    curves = []
    for trajectory in trajectories.values():
        goal, band = trajectory.set_point, trajectory.band
        curves.append(np.array([goal - band, goal + band]))
        curves += trajectory.truth or ()
        if trajectory.belief is not None:
            curves.append(trajectory.belief)
    return pad_range(curves, 0.005)


def _draw_trajectory(ax: Axes, trajectory: Trajectory) -> None:
    days = trajectory.days
    goal, band = trajectory.set_point, trajectory.band
    ax.set_xlim(-0.5, max(days, 1) - 0.5)
    ax.xaxis.set_major_locator(MultipleLocator(tick_spacing(days, _MAX_TICKS)))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_level(value)))
    ax.axhspan(goal - band, goal + band, color=GREEN, alpha=0.15, lw=0)
    ax.axhline(goal, color=GREEN, lw=0.6, ls=(0, (6, 2)))
    for start in trajectory.strikes:
        ax.axvline(start, color=GREY, lw=0.7, ls=DOTTED)
    if trajectory.truth is None or not np.isfinite(trajectory.truth.middle).any():
        ax.text(0.5, 0.5, "no curve", transform=ax.transAxes, ha="center", color=GREY)
        return
    day = np.arange(days)
    # One or two days make no visible line.
    marker = "o" if days < 3 else ""
    middle, low, high = trajectory.truth
    ax.fill_between(day, low, high, color=_SPREAD_COLOUR, alpha=0.35, lw=0)
    ax.plot(day, middle, color=BLACK, lw=1.1, zorder=4, marker=marker)
    _draw_belief(ax, trajectory, marker)


def _draw_belief(ax: Axes, trajectory: Trajectory, marker: str) -> None:
    belief = trajectory.belief
    if belief is None:
        return
    if np.isfinite(belief).any():
        style: Any = {"color": RED, "ls": DASHED, "lw": 1.0, "marker": marker}
        ax.plot(np.arange(trajectory.days), belief, zorder=5, **style)
        return
    style = {"color": RED, "fontsize": TEXT_SIZE - 0.5, "ha": "right", "va": "bottom"}
    ax.text(0.99, 0.02, "no belief", transform=ax.transAxes, zorder=6, **style)


def _draw_key(figure: Figure, trajectories: Mapping[str, Trajectory], title: str) -> None:
    counts = [trajectory.worlds for trajectory in trajectories.values()]
    has_several = max(counts) > 1
    truth = f"median of {count_worlds(counts)}" if has_several else "one world"
    handles: list[Any] = [Line2D([], [], color=BLACK, lw=1.1, label=f"truth: {truth}")]
    if has_several:
        spread = "middle 80 % of worlds"
        handles.append(Patch(color=_SPREAD_COLOUR, alpha=0.35, lw=0, label=spread))
    belief = "belief of the firm"
    handles.append(Line2D([], [], color=RED, ls=DASHED, lw=1.0, label=belief))
    handles.append(Patch(color=GREEN, alpha=0.2, lw=0, label="band around the set-point"))
    if any(trajectory.strikes for trajectory in trajectories.values()):
        start = "start of a disturbance"
        handles.append(Line2D([], [], color=GREY, ls=DOTTED, lw=0.9, label=start))
    draw_header(figure, title, handles, 3)
