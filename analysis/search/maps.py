"""Figures of searches: where a loop holds, what matters most, what tuning found. Made, never shown or saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from equipoise.analysis.figures import BLACK, BLUE, GREY, LINE, ORANGE, STYLE, WIDTH, png, svg, wrapped
from equipoise.analysis.search.prim import Limit
from equipoise.analysis.search.sensitivity import Effect
from equipoise.analysis.wording import percent
from equipoise.arraytypes import Flags, Floats

__all__ = ["Axis", "Map", "envelope_figure", "png", "sensitivity_figure", "svg", "tuning_figure"]

EDGE, LEFT, GAP = 0.15, 0.75, 0.35  # inches
ACROSS = 2  # maps beside one another
TALL = 3.0
SHADES = LinearSegmentedColormap.from_list("held", ["#E3C3A0", "#F7F1EA", "#D5E5F1", BLUE])


class Axis(NamedTuple):
    """A setting along one side of a map: its path, meaning and unit, and its values at the steps."""

    path: str
    meaning: str
    unit: str
    values: tuple[float, ...]

    def label(self) -> str:
        """Return what is written beside the axis."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.path}{unit}"


class Map(NamedTuple):
    """One map: name, shares of worlds without gaps, points that were run, size of the envelope, limits of its boxes."""

    name: str
    shares: Floats
    run: Flags
    size: float
    boxes: Sequence[Mapping[str, Limit]]


def envelope_figure(axes: tuple[Axis, ...], maps: Sequence[Map], level: float, what: str, where: str) -> Figure:
    """Return maps of where the loop holds, beside one another: share of worlds as colour, the border as a line."""
    with matplotlib.rc_context(STYLE):
        columns = min(len(maps), ACROSS)
        rows = -(-len(maps) // columns)
        room = WIDTH - 2 * EDGE
        notes = [f"{axis.path}: {axis.meaning}" for axis in axes if axis.meaning]
        foot = [line for note in notes for line in wrapped(note, 7, room)]
        head = _head("Where the loop holds", f"The loop holds: {what}", where)
        top = EDGE + sum(size for _, size, _ in head) * LINE / 72
        bottom = EDGE + 0.75 + len(foot) * 7 * LINE / 72
        height = top + rows * (TALL + GAP + 0.45) + bottom
        figure = Figure(figsize=(WIDTH, height))
        _written(figure, head, height - EDGE)
        figure.text(EDGE / WIDTH, EDGE / height, "\n".join(foot), size=7, color=GREY, va="bottom", parse_math=False)
        wide = (WIDTH - EDGE - columns * LEFT) / columns if columns > 1 else TALL * 1.5
        for number, each in enumerate(maps):
            row, column = divmod(number, columns)
            y = height - top - (row + 1) * (TALL + GAP + 0.45) + 0.45
            x = LEFT + column * (wide + LEFT)
            ax = figure.add_axes((x / WIDTH, y / height, wide / WIDTH, TALL / height))
            drawn = _map(ax, axes, each, level)
        _scale(figure, drawn, (bottom - 0.35) / height, 0.1 / height, level)
        return figure


def _head(title: str, what: str, where: str) -> list[tuple[str, float, str]]:
    """Return the lines above a figure with their sizes and colours."""
    room, parts = WIDTH - 2 * EDGE, ((title, 12.0, BLACK), (what, 9.0, BLACK), (where, 7.5, GREY))
    return [(line, size, colour) for text, size, colour in parts if text for line in wrapped(text, size, room)]


def _written(figure: Figure, lines: Sequence[tuple[str, float, str]], y: float) -> None:
    """Write lines from the top, the first in bold."""
    height = figure.get_figheight()
    for number, (line, size, colour) in enumerate(lines):
        y -= size * LINE / 72
        weight = "normal" if number else "bold"
        figure.text(EDGE / WIDTH, y / height, line, size=size, color=colour, weight=weight, parse_math=False)


def _map(ax: Axes, axes: tuple[Axis, ...], each: Map, level: float) -> Any:
    """Draw one map; return what its colours are read off."""
    (x, across), (y, up) = (np.unique(axis.values, return_index=True) for axis in axes)
    shares, run = each.shares[np.ix_(across, up)].T, each.run[np.ix_(across, up)].T
    ax.set_facecolor("#CCCCCC")
    drawn = ax.pcolormesh(x, y, np.ma.masked_invalid(shares), cmap=SHADES, vmin=0, vmax=1, shading="nearest")
    drawn.set_rasterized(True)
    known = shares[np.isfinite(shares)]
    if len(known) and known.min() < level <= known.max():
        # a contour lies where shares pass the level; those that just reach it are inside
        ax.contour(x, y, shares, levels=[level - 1e-9], colors=BLACK, linewidths=1.4)
    rows, columns = np.nonzero(run)
    ax.plot(x[columns], y[rows], ".", color=BLACK, ms=2.6, alpha=0.55, mew=0)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    for limits in each.boxes:
        _boxed(ax, axes, limits)
    ax.set_xlabel("\n".join(wrapped(axes[0].label(), 7, 3.2)), parse_math=False)
    ax.set_ylabel("\n".join(wrapped(axes[1].label(), 7, TALL)), parse_math=False)
    size = "no run has a value" if np.isnan(each.size) else f"holds in {percent(each.size)} of the map"
    title = f"{each.name}: {size}" if each.name else size
    ax.set_title("\n".join(wrapped(title, 8.5, 3.3, "bold")), size=8.5, weight="bold", loc="left", parse_math=False)
    return drawn


def _boxed(ax: Axes, axes: tuple[Axis, ...], limits: Mapping[str, Limit]) -> None:
    """Draw the box of the rule in words, dashed."""
    if not limits:
        return
    ends = []
    for axis, (low, high) in zip(axes, (ax.get_xlim(), ax.get_ylim()), strict=True):
        limit = limits.get(axis.path, Limit(low, high))
        ends.append((max(limit.low, low), min(limit.high, high)))
    (left, right), (bottom, top) = ends
    box = Rectangle((left, bottom), right - left, top - bottom, fill=False, ec=ORANGE, ls=(0, (4, 2)), lw=1.4, zorder=5)
    ax.add_patch(box)


def _scale(figure: Figure, drawn: Any, y: float, height: float, level: float) -> None:
    """Say what colours, line and dashes are."""
    ax = figure.add_axes((LEFT / WIDTH, y, 2.2 / WIDTH, height))
    bar = figure.colorbar(drawn, cax=ax, orientation="horizontal")
    bar.set_ticks([0, level, 1], labels=["0", f"{level:g}", "1"])
    bar.set_label("share of worlds in which it holds", size=7, labelpad=1)
    said = (("border of the envelope", BLACK, "-"), ("boxes of the rule in words", ORANGE, (0, (4, 2))))
    for k, (text, colour, style) in enumerate(said):
        where = 3.6 + 2.1 * k
        figure.text((where + 0.35) / WIDTH, y, text, size=7)
        line: Any = matplotlib.lines.Line2D(
            [where / WIDTH, (where + 0.28) / WIDTH], [y + height / 2] * 2, color=colour, ls=style, lw=1.4,
            transform=figure.transFigure,
        )  # fmt: skip
        figure.add_artist(line)


def sensitivity_figure(
    method: str, measure: str, found: Sequence[Effect], meanings: Mapping[str, str], where: str
) -> Figure:
    """Return how much each setting matters, one row each: a dot with its 95 % interval, what matters most on top."""
    with matplotlib.rc_context(STYLE):
        beside = 2.9
        head = _head(f"What matters to {measure}", SAID[method], where)
        names = [_name(each.setting, meanings, beside - 0.3) for each in found]
        tops = [max(0.34, len(lines) * 7 * LINE / 72 + 0.12) for lines in names]
        top = EDGE + sum(size for _, size, _ in head) * LINE / 72 + 0.15
        height = top + sum(tops) + 0.75
        figure = Figure(figsize=(WIDTH, height))
        _written(figure, head, height - EDGE)
        wide = WIDTH - beside - EDGE - 0.2
        ax = figure.add_axes((beside / WIDTH, 0.7 / height, wide / WIDTH, sum(tops) / height))
        middles = sum(tops) - np.cumsum(tops) + np.array(tops) / 2
        _effects(ax, method, found, middles)
        ax.set_ylim(0, sum(tops))
        ax.set_yticks(middles, ["\n".join(lines) for lines in names])
        for label in ax.get_yticklabels():
            label.set(color=BLACK, parse_math=False)
        ax.set_xlabel(ACROSS_BY[method].format(measure=measure), parse_math=False)
        return figure


SAID = {
    "sobol": "Share of its variance over the ranges: all that a setting has a part in (total), and what it does alone",
    "morris": "Mean absolute effect of moving a setting over its whole range; the others anywhere",
}
ACROSS_BY = {"sobol": "share of the variance (95 % intervals)", "morris": "change of {measure} (95 % intervals)"}


def _name(path: str, meanings: Mapping[str, str], room: float) -> list[str]:
    return [*wrapped(path, 7, room, "bold"), *(wrapped(meanings[path], 7, room) if meanings.get(path) else [])]


def _effects(ax: Axes, method: str, found: Sequence[Effect], at: Floats) -> None:
    """Draw dots and intervals."""
    lift = 0.05 if method == "sobol" else 0.0
    total = "total" if method == "sobol" else "mean absolute effect"
    _dots(ax, at + lift, [(each.size, each.low, each.high) for each in found], BLUE, "o", total)
    if method == "sobol":
        alone = [(each.first, each.first_low, each.first_high) for each in found]
        _dots(ax, at - lift, alone, ORANGE, "D", "alone (first order)")
    else:
        ax.plot([each.spread for each in found], at, "|", color=GREY, ms=9, mew=1.5, label="spread of the effects")
    ax.axvline(0, color=GREY, lw=0.6)
    ax.legend(loc="lower right", frameon=False, fontsize=7)
    ax.grid(axis="x", color="#DDDDDD", lw=0.5)
    ax.set_axisbelow(True)


def _dots(ax: Axes, y: Floats, ends: Sequence[tuple[float, float, float]], colour: str, mark: str, label: str) -> None:
    value, low, high = np.array(ends).T
    ax.hlines(y, low, high, color=colour, lw=1.4)
    ax.plot(value, y, mark, color=colour, ms=4, label=label)


def tuning_figure(
    objectives: tuple[str, ...],
    trials: Sequence[tuple[int, tuple[float, ...]]],
    chosen: int,
    gains: Mapping[str, Sequence[tuple[str, float, float, float]]],
    where: str,
) -> Figure:
    """Return what every trial came to, and what the chosen one gains over the default in and out of sample.

    Args:
        objectives: the measures, one or two.
        trials: number and values of each.
        chosen: the number of the chosen one.
        gains: for each measure, (where, difference, ends of its interval).
        where: what held at all trials.
    """
    with matplotlib.rc_context(STYLE):
        beside = 1.7
        head = _head(f"Tuning for {' and '.join(objectives)}", "", where)
        rows = max(map(len, gains.values()))
        tall, below = 2.6, max(0.28 * rows, 0.5)
        top = EDGE + sum(size for _, size, _ in head) * LINE / 72 + 0.35
        height = top + tall + 0.95 + below + 0.6
        figure = Figure(figsize=(WIDTH, height))
        _written(figure, head, height - EDGE)
        ax = figure.add_axes(
            (LEFT / WIDTH, (height - top - tall) / height, (WIDTH - LEFT - EDGE) / WIDTH, tall / height)
        )
        _trials(ax, objectives, trials, chosen)
        wide = (WIDTH - beside - EDGE - 0.35 * (len(gains) - 1)) / len(gains)
        for number, (name, ends) in enumerate(gains.items()):
            x = beside + number * (wide + 0.35)
            ax = figure.add_axes((x / WIDTH, 0.55 / height, wide / WIDTH, below / height))
            _gains(ax, name, ends, labelled=number == 0)
        return figure


def _trials(
    ax: Axes, objectives: tuple[str, ...], trials: Sequence[tuple[int, tuple[float, ...]]], chosen: int
) -> None:
    """Draw each trial: its value by number, or its two values against each other."""
    numbers, values = np.array([number for number, _ in trials]), np.array([values for _, values in trials])
    x, y = (numbers, values[:, 0]) if len(objectives) == 1 else (values[:, 0], values[:, 1])
    ax.plot(x, y, "o", color=BLUE, ms=3.5, alpha=0.6, label="a trial")
    at = numbers == chosen
    ax.plot(x[at], y[at], "*", color=ORANGE, ms=11, mec=BLACK, mew=0.5, label="chosen")
    ax.set_xlabel("trial" if len(objectives) == 1 else objectives[0])
    ax.set_ylabel(objectives[-1])
    ax.legend(loc="best", frameon=False, fontsize=7)
    ax.set_title("What every trial came to, where it was tuned", size=8.5, weight="bold", loc="left")


def _gains(ax: Axes, name: str, ends: Sequence[tuple[str, float, float, float]], labelled: bool) -> None:
    """Draw differences from the default with their intervals."""
    y = np.arange(len(ends), dtype=float)[::-1]
    _dots(ax, y, [each[1:] for each in ends], BLUE, "o", "")
    ax.axvline(0, color=GREY, lw=0.8)
    ax.set_ylim(-0.6, len(ends) - 0.4)
    ax.set_yticks(y, ["\n".join(wrapped(each[0], 7, 1.4)) for each in ends] if labelled else [""] * len(ends))
    for label in ax.get_yticklabels():
        label.set(color=BLACK, parse_math=False)
    ax.set_xlabel(f"{name}: tuned less default (95 % intervals)")
    ax.set_title("Against the default" if labelled else "", size=8.5, weight="bold", loc="left")
