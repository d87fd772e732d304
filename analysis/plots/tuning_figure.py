"""The figure of a tuning study: all trials, and the gain of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.search_figures import (
    DASHED,
    EDGE,
    LEFT,
    LINE,
    build_header,
    draw_intervals,
    write_lines,
)
from equipoise.analysis.plots.style import BLACK, BLUE, GREY, ORANGE, STYLE
from equipoise.analysis.plots.style import PAGE_WIDTH as WIDTH


class TrialValues(NamedTuple):
    """The values of the trials.

    Args:
        objectives: the measures, one or two, each with the side that is better: ``higher`` or ``lower``.
        values: the values of each trial, by its number.
        chosen: the number of the chosen trial.
        front: the numbers of the trials on the Pareto front.
        default: the values of the default in the same worlds.
    """

    objectives: Mapping[str, str]
    values: Mapping[int, tuple[float, ...]]
    chosen: int
    front: frozenset[int]
    default: tuple[float, ...]


def tuning_figure(
    trials: TrialValues, gains: Mapping[str, Sequence[tuple[str, float, float, float]]], where: str
) -> Figure:
    """Return the figure: all trials, and the gain of the chosen one over the default in each environment.

    Args:
        trials: the values of the trials.
        gains: for each measure, (environment, difference, low end, high end).
        where: the settings of all trials.
    """
    with matplotlib.rc_context(STYLE):
        beside = 1.7
        head = build_header(f"Tuning for {' and '.join(trials.objectives)}", "", where)
        rows = max(map(len, gains.values()))
        tall, below = 2.6, max(0.28 * rows, 0.5)
        top = EDGE + sum(size for _, size, _ in head) * LINE / 72 + 0.35
        height = top + tall + 0.95 + below + 0.6
        figure = Figure(figsize=(WIDTH, height))
        write_lines(figure, head, height - EDGE)
        ax = figure.add_axes(
            (
                LEFT / WIDTH,
                (height - top - tall) / height,
                (WIDTH - LEFT - EDGE) / WIDTH,
                tall / height,
            )
        )
        _trials(ax, trials)
        wide = (WIDTH - beside - EDGE - 0.35 * (len(gains) - 1)) / len(gains)
        for number, (name, ends) in enumerate(gains.items()):
            x = beside + number * (wide + 0.35)
            ax = figure.add_axes((x / WIDTH, 0.55 / height, wide / WIDTH, below / height))
            _gains(ax, name, ends, labelled=number == 0)
        return figure


def _trials(ax: Axes, trials: TrialValues) -> None:
    """Draw each trial: its value by number, or its two values against each other; and the default."""
    numbers, values = np.array([*trials.values]), np.array([*trials.values.values()])
    names = [f"{name} ({side} is better)" for name, side in trials.objectives.items()]
    alone = len(names) == 1
    x, y = (numbers, values[:, 0]) if alone else (values[:, 0], values[:, 1])
    ax.plot(x, y, "o", color=BLUE, ms=3.5, alpha=0.6, label="a trial")
    if alone:
        ax.axhline(trials.default[0], color=GREY, lw=1, ls=DASHED, zorder=0, label="the default")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        front = np.isin(numbers, [*trials.front])
        order = np.argsort(x[front])
        ax.plot(
            x[front][order],
            y[front][order],
            "o-",
            color=BLUE,
            ms=5,
            lw=0.8,
            label="Pareto front",
        )
        ax.plot(*trials.default, "D", color="white", ms=6, mec=BLACK, mew=1, label="the default")
    at = numbers == trials.chosen
    ax.plot(x[at], y[at], "*", color=ORANGE, ms=11, mec=BLACK, mew=0.5, ls="none", label="chosen")
    ax.set_xlabel("trial" if alone else names[0])
    ax.set_ylabel(names[-1])
    ax.legend(
        loc="lower right",
        bbox_to_anchor=(1.01, 0.98),
        ncols=4,
        frameon=False,
        fontsize=7,
        handlelength=1.2,
    )
    ax.set_title("Value of each trial in the training worlds", size=8.5, weight="bold", loc="left")


def _gains(
    ax: Axes, name: str, ends: Sequence[tuple[str, float, float, float]], labelled: bool
) -> None:
    """Draw differences from the default with their intervals."""
    y = np.arange(len(ends), dtype=float)[::-1]
    draw_intervals(ax, y, [each[1:] for each in ends], BLUE, "o", "")
    ax.axvline(0, color=GREY, lw=0.8)
    ax.set_ylim(-0.6, len(ends) - 0.4)
    ax.set_yticks(
        y,
        ["\n".join(wrap_text(each[0], 7, 1.4)) for each in ends] if labelled else [""] * len(ends),
    )
    for label in ax.get_yticklabels():
        label.set(color=BLACK, parse_math=False)
    ax.set_xlabel(f"{name}: tuned minus default (95 % intervals)")
    ax.set_title(
        "Difference from the default" if labelled else "", size=8.5, weight="bold", loc="left"
    )
