"""Axis of scored weeks under the rows of a figure."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

_TICK_WEEKS = (1, 2, 4, 8, 13, 26, 52, 104)
_MAX_TICKS = 7


def show_week_axis(ax: Axes, weeks: float, is_last: bool) -> None:
    """Set the axis of a row to so many weeks; only the last row has ticks and labels."""
    fitting = (step for step in _TICK_WEEKS if weeks <= _MAX_TICKS * step)
    ax.set_xlim(0, max(weeks, 1))
    ax.xaxis.set_major_locator(MultipleLocator(next(fitting, _TICK_WEEKS[-1])))
    ax.tick_params(axis="x", labelbottom=is_last, length=2.5 if is_last else 0, pad=2)
    if is_last:
        ax.set_xlabel("scored week", labelpad=1)
