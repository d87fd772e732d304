"""Figure of a tuning study: the values of all trials, and the gain of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from equipoise.analysis.plots.envelope_map import BOX_DASHES
from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.search_layout import (
    SEARCH_EDGE,
    SEARCH_LEFT,
    SEARCH_TEXT_SIZE,
    SEARCH_TITLE_SIZE,
    blacken_row_labels,
    build_header,
    draw_intervals,
    header_height,
    write_header,
)
from equipoise.analysis.plots.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PAGE_WIDTH,
    STYLE,
    PanelGrid,
    add_panel,
    apply_style,
)

_TRIALS_HEIGHT, _MIN_GAINS_HEIGHT, _GAIN_ROW = 2.6, 0.5, 0.28  # inches
_NAME_WIDTH, _COLUMN_GAP, _FOOT = 1.7, 0.35, 0.55
Gain = tuple[str, float, float, float]  # environment, difference, low end, high end


class TrialValues(NamedTuple):
    """Values of the trials.

    Attributes:
        objectives: one or two measures with their better sides, ``higher`` or ``lower``.
        values: values of each trial by number.
        chosen: number of the chosen trial.
        front: numbers of the trials on the Pareto front.
        default: values of the default in the same worlds.
    """

    objectives: Mapping[str, str]
    values: Mapping[int, tuple[float, ...]]
    chosen: int
    front: frozenset[int]
    default: tuple[float, ...]


@apply_style(STYLE)
def tuning_figure(trials: TrialValues, gains: Mapping[str, Sequence[Gain]], context: str) -> Figure:
    """Return the figure of all trials, and of the chosen one's difference from the default.

    Args:
        trials: values of the trials.
        gains: differences by measure, one for each environment.
        context: settings that all trials share.
    """
    header = build_header(f"Tuning for {' and '.join(trials.objectives)}", "", context)
    top = header_height(header) + 0.35
    gains_height = max(_GAIN_ROW * max(map(len, gains.values())), _MIN_GAINS_HEIGHT)
    height = top + _TRIALS_HEIGHT + 0.95 + gains_height + _FOOT + 0.05
    figure = Figure(figsize=(PAGE_WIDTH, height))
    write_header(figure, header)
    y = height - top - _TRIALS_HEIGHT
    width = PAGE_WIDTH - SEARCH_LEFT - SEARCH_EDGE
    _draw_trials(add_panel(figure, SEARCH_LEFT, y, width, _TRIALS_HEIGHT), trials)
    gaps = _COLUMN_GAP * (len(gains) - 1)
    width = (PAGE_WIDTH - _NAME_WIDTH - SEARCH_EDGE - gaps) / len(gains)
    gains_top = _FOOT + gains_height
    grid = PanelGrid(len(gains), width, gains_height, _NAME_WIDTH, gains_top, _COLUMN_GAP, 0.0)
    for number, (measure, differences) in enumerate(gains.items()):
        ax = grid.add_panel(figure, number)
        _draw_gains(ax, measure, differences, is_first=number == 0)
    return figure


def _draw_trials(ax: Axes, trials: TrialValues) -> None:
    """Draw the value of each trial by number, or its two values against each other."""
    numbers = np.array(list(trials.values))
    values = np.array(list(trials.values.values()))
    labels = [f"{name} ({side} is better)" for name, side in trials.objectives.items()]
    if len(labels) == 1:
        x, y = numbers, values[:, 0]
        labels = ["trial", *labels]
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        x, y = values.T
    ax.plot(x, y, "o", color=BLUE, ms=3.5, alpha=0.6, label="a trial")
    if len(trials.objectives) > 1:
        on_front = np.isin(numbers, list(trials.front))
        order = np.argsort(x[on_front])
        front: Any = {"color": BLUE, "ms": 5, "lw": 0.8, "label": "Pareto front"}
        ax.plot(x[on_front][order], y[on_front][order], "o-", **front)
    _draw_default(ax, trials.default)
    is_chosen = numbers == trials.chosen
    star: Any = {"color": ORANGE, "ms": 11, "mec": BLACK, "mew": 0.5, "ls": "none"}
    ax.plot(x[is_chosen], y[is_chosen], "*", label="chosen", **star)
    ax.set_xlabel(labels[0])
    ax.set_ylabel(labels[1])
    _add_legend(ax)
    title = "Value of each trial in the training worlds"
    ax.set_title(title, size=SEARCH_TITLE_SIZE, weight="bold", loc="left")


def _draw_default(ax: Axes, default: Sequence[float]) -> None:
    """Draw the default as a line at its value, or as a point at its two values."""
    if len(default) == 1:
        line: Any = {"color": GREY, "lw": 1, "ls": BOX_DASHES, "zorder": 0}
        ax.axhline(default[0], label="the default", **line)
        return
    point: Any = {"color": "white", "ms": 6, "mec": BLACK, "mew": 1}
    ax.plot(*default, "D", label="the default", **point)


def _add_legend(ax: Axes) -> None:
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.01, 0.98),
        ncols=4,
        frameon=False,
        fontsize=SEARCH_TEXT_SIZE,
        handlelength=1.2,
    )


def _draw_gains(ax: Axes, measure: str, gains: Sequence[Gain], is_first: bool) -> None:
    """Draw differences from the default with their intervals; the first panel names the rows."""
    y = np.arange(len(gains), dtype=float)[::-1]
    draw_intervals(ax, y, [gain[1:] for gain in gains], BLUE, "o", "")
    ax.axvline(0, color=GREY, lw=0.8)
    ax.set_ylim(-0.6, len(gains) - 0.4)
    names = [""] * len(gains)
    if is_first:
        names = ["\n".join(wrap_text(gain[0], SEARCH_TEXT_SIZE, 1.4)) for gain in gains]
    ax.set_yticks(y, names)
    blacken_row_labels(ax)
    ax.set_xlabel(f"{measure}: tuned minus default (95 % intervals)")
    title = "Difference from the default" if is_first else ""
    ax.set_title(title, size=SEARCH_TITLE_SIZE, weight="bold", loc="left")
