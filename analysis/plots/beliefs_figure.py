"""Figure of beliefs: belief minus truth by week, and the weeks in which the firm was misled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from equipoise.analysis.plots.study_layout import (
    NAME_WIDTH,
    STUDY_STYLE,
    STUDY_WIDTH,
    TITLE_HEIGHT,
    StrategyRow,
    draw_header,
    draw_row_name,
    layout_rows,
)
from equipoise.analysis.plots.style import (
    BLACK,
    BLUE,
    DOTTED,
    GREY,
    RED,
    add_panel,
    apply_style,
    write_text,
)
from equipoise.analysis.plots.time_series_data import WEEK, Trajectory
from equipoise.analysis.plots.week_axis import show_week_axis
from equipoise.analysis.text.formatting import format_level, format_quantity
from equipoise.array_types import Floats

_HEAD, _FOOT = TITLE_HEIGHT + 0.34, 0.38  # inches
_TEXT_WIDTH, _MIN_ROW = 1.5, 0.44
_PANEL_WIDTH = STUDY_WIDTH - NAME_WIDTH - _TEXT_WIDTH
_Limits = tuple[float, float]


@apply_style(STUDY_STYLE)
def beliefs_figure(
    trajectories: Mapping[str, Trajectory], names: Mapping[str, str], place: str
) -> Figure:
    """Return the figure of beliefs in an environment, a row for each strategy.

    Args:
        trajectories: by strategy; those without a belief are left out.
        names: the readable name of each strategy.
        place: the readable name of the environment.
    """
    shown = {}
    for name, trajectory in trajectories.items():
        if trajectory.belief_error is not None:
            shown[name] = trajectory
    rows = layout_rows([names[name] for name in shown], _MIN_ROW, _FOOT)
    height = _HEAD + sum(row.height for row in rows) + _FOOT
    figure = Figure(figsize=(STUDY_WIDTH, height))
    low, high = limits = _error_limits(shown)
    for row, trajectory in zip(rows, shown.values(), strict=True):
        draw_row_name(figure, row)
        _draw_row(figure, row, trajectory, limits, is_last=row is rows[-1])
    title = f"Belief of the firm minus truth: {place}"
    draw_header(figure, title, _key_handles(high - low), 5)
    return figure


def _error_limits(trajectories: Mapping[str, Trajectory]) -> _Limits:
    """Return the lowest and highest error of all beliefs, with some room to either side of 0."""
    errors = [np.array([-0.02, 0.02])]
    for trajectory in trajectories.values():
        if trajectory.belief_error is not None:
            errors.append(trajectory.belief_error)
    values = np.concatenate(errors)
    return float(np.nanmin(values)), float(np.nanmax(values))


def _draw_row(
    figure: Figure, row: StrategyRow, trajectory: Trajectory, limits: _Limits, is_last: bool
) -> None:
    upper = add_panel(figure, NAME_WIDTH, row.bottom + 0.16, _PANEL_WIDTH, row.height - 0.2)
    _draw_errors(upper, trajectory, limits)
    strip = add_panel(figure, NAME_WIDTH, row.bottom + 0.05, _PANEL_WIDTH, 0.09)
    _draw_misled_weeks(strip, trajectory.misled, is_last)
    text = describe_belief(trajectory).replace("; ", ";\n")
    x = NAME_WIDTH + _PANEL_WIDTH + 0.08
    write_text(figure, x, row.middle, text, va="center", linespacing=1.15)


def _draw_errors(ax: Axes, trajectory: Trajectory, limits: _Limits) -> None:
    """Draw belief minus truth by week: too high above the line, too low below it."""
    errors = trajectory.belief_error
    if errors is None:
        errors = np.zeros(0)
    ax.set_xlim(0, max(len(errors), 1))
    ax.set_ylim(*limits)
    ax.set_yticks([])
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
    if not np.isfinite(errors).any():
        style: Any = {"ha": "center", "va": "center", "color": GREY}
        ax.text(0.5, 0.5, "no belief", transform=ax.transAxes, **style)
        return
    ax.axhline(0, color=BLACK, lw=0.5)
    weeks = np.arange(len(errors) + 1)
    for colour, part in ((RED, np.maximum(errors, 0)), (BLUE, np.minimum(errors, 0))):
        ax.stairs(np.nan_to_num(part), weeks, fill=True, color=colour, lw=0)
    for start in trajectory.strikes:
        ax.axvline(start / WEEK, color=GREY, lw=0.7, ls=DOTTED)


def _draw_misled_weeks(ax: Axes, shares: Floats | None, is_last: bool) -> None:
    """Draw each week the darker, the more worlds are misled in it."""
    if shares is None:
        shares = np.zeros(0)
    show_week_axis(ax, len(shares), is_last)
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.spines[:].set_linewidth(0.4)
    ax.spines[:].set_visible(bool(np.isfinite(shares).any()))
    for week, share in enumerate(shares):
        if share > 0:
            ax.add_patch(Rectangle((week, 0), 1, 1, facecolor=_grey_shade(share), lw=0))


def _grey_shade(share: float) -> str:
    """Return a grey that is the darker the larger the share; white only for 0."""
    # Even a small share is visibly grey.
    return str(round(0.85 * (1 - share), 3)) if share else "white"


def describe_belief(trajectory: Trajectory) -> str:
    """Return the mean absolute error of a belief and the number of misled weeks in words."""
    if np.isnan(trajectory.number_of_misled_weeks) or trajectory.misled is None:
        return "no belief"
    error = format_level(trajectory.mean_belief_error)
    misled = f"{trajectory.number_of_misled_weeks:.1f}".removesuffix(".0")
    weeks = format_quantity(len(trajectory.misled), "week")
    return f"mean absolute error {error}; {misled} of {weeks} misled"


def _key_handles(full_row: float) -> list[Patch]:
    full = f"too low (full row = {format_level(full_row)})"
    handles = [
        Patch(color=RED, lw=0, label="belief too high"),
        Patch(color=BLUE, lw=0, label=full),
    ]
    for share, label in ((1.0, "misled in all worlds"), (0.5, "in half"), (0.0, "in none")):
        shade = _grey_shade(share)
        handles.append(Patch(facecolor=shade, edgecolor=BLACK, lw=0.4, label=label))
    return handles
