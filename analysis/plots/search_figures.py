"""Figures of searches: where a loop holds, and which settings matter most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from equipoise.analysis.exploration.indices import Effect
from equipoise.analysis.exploration.prim import Limit
from equipoise.analysis.plots.font_metrics import wrap_text
from equipoise.analysis.plots.style import BLACK, BLUE, GREY, ORANGE, STYLE
from equipoise.analysis.plots.style import PAGE_WIDTH as WIDTH
from equipoise.array_types import Flags, Floats

LINE = 1.35  # height of a line, in font sizes
EDGE, LEFT, GAP = 0.15, 0.75, 0.35  # inches
ACROSS = 2  # maps beside one another
SHOWN = 4  # settings of a sample that are shown, two at a time
TALL = 3.0
BOLD, THIN = 1.4, 0.9  # lines
DASHED, DOTTED = (0, (4, 2)), (0, (1, 1.2))
SHADES = LinearSegmentedColormap.from_list("held", ["#DDB98F", "#F7F1EA", "#E3EEF6", BLUE])


class MapAxis(NamedTuple):
    """A setting along one side of a map: its path, meaning and unit, and its values at the steps."""

    path: str
    meaning: str
    unit: str
    values: tuple[float, ...]

    def label(self) -> str:
        """Return what is written beside the axis."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.path}{unit}"


class EnvelopeMap(NamedTuple):
    """One map: name, shares of worlds without gaps, points that were run, how large it is, limits of its boxes.

    Of a sample, shares are those of its points, and the values of its axes are the points' places.
    """

    name: str
    shares: Floats
    run: Flags
    extent: str
    boxes: Sequence[Mapping[str, Limit]]

    def title(self) -> str:
        """Return what is written above it."""
        said = f"holds in {self.extent}" if self.extent else "no run has a value"
        return f"{self.name}: {said}" if self.name else said

    def titles(self) -> list[str]:
        """Return it in lines as wide as a map; an interval that does not fit is not broken."""
        lines = wrap_text(self.title(), 8.5, 3.3, "bold")
        if len(lines) == 1 or "(" not in self.extent:
            return lines
        said, _, interval = self.title().rpartition(" (")
        return [*wrap_text(said, 8.5, 3.3, "bold"), f"({interval}"]


class Border(NamedTuple):
    """The share of worlds that makes the border, and the shares between which chance may have moved it."""

    level: float
    least: float
    most: float


def envelope_figure(
    axes: tuple[MapAxis, ...], maps: Sequence[EnvelopeMap], border: Border, what: str, where: str
) -> Figure:
    """Return maps of where the loop holds, beside one another: share of worlds as colour, the border as a line."""
    with matplotlib.rc_context(STYLE):
        columns = min(len(maps), ACROSS)
        rows = -(-len(maps) // columns)
        foot = _foot(axes)
        head = build_header("Where the loop holds", f"The loop holds: {what}", where)
        top = EDGE + sum(size for _, size, _ in head) * LINE / 72
        bottom = EDGE + 0.75 + len(foot) * 7 * LINE / 72
        block = TALL + GAP + 0.27 + max(len(each.titles()) for each in maps) * 8.5 * LINE / 72
        height = top + rows * block + bottom
        figure = Figure(figsize=(WIDTH, height))
        write_lines(figure, head, height - EDGE)
        figure.text(
            EDGE / WIDTH,
            EDGE / height,
            "\n".join(foot),
            size=7,
            color=GREY,
            va="bottom",
            parse_math=False,
        )
        wide = (WIDTH - EDGE - columns * LEFT) / columns if columns > 1 else TALL * 1.5
        for number, each in enumerate(maps):
            row, column = divmod(number, columns)
            y = height - top - (row + 1) * block + 0.45
            x = LEFT + column * (wide + LEFT)
            ax = figure.add_axes((x / WIDTH, y / height, wide / WIDTH, TALL / height))
            drawn = _map(ax, axes, each, border)
        lines = (
            ("border of the envelope", BLACK, "-", BOLD),
            ("95 % interval of the border", BLACK, DOTTED, THIN),
            ("boxes of the rule in words", ORANGE, DASHED, BOLD),
        )
        _scale(figure, drawn, bottom - 0.35, border.level, lines)
        return figure


def _palest(level: float) -> TwoSlopeNorm:
    """Return how shares become colours: what holds is blue, what does not is brown, the level between is palest."""
    return TwoSlopeNorm(min(level, 1 - 1e-6), 0, 1)


def sample_figure(
    axes: tuple[MapAxis, ...], maps: Sequence[EnvelopeMap], level: float, what: str, where: str
) -> Figure:
    """Return where the loop holds over three or more settings, two at a time: points of a sample, boxes as lines.

    Of more than four settings, those are shown that the rules limit. A box is drawn as wide as it is in the two.
    """
    with matplotlib.rc_context(STYLE):
        shown = _told_of(axes, maps)
        pairs = list(combinations(range(len(shown)), 2))
        columns, wide, tall = 3, 1.85, 1.85
        rows = -(-len(pairs) // columns)
        foot = _foot(shown)
        head = build_header("Where the loop holds", f"The loop holds: {what}", where)
        top = EDGE + sum(size for _, size, _ in head) * LINE / 72
        bottom = EDGE + 0.75 + len(foot) * 7 * LINE / 72
        block = 0.35 + rows * (tall + 0.6)
        height = top + len(maps) * block + bottom
        figure = Figure(figsize=(WIDTH, height))
        write_lines(figure, head, height - EDGE)
        figure.text(
            EDGE / WIDTH,
            EDGE / height,
            "\n".join(foot),
            size=7,
            color=GREY,
            va="bottom",
            parse_math=False,
        )
        for number, each in enumerate(maps):
            y = height - top - number * block - 0.25
            figure.text(
                LEFT / WIDTH, y / height, each.title(), size=8.5, weight="bold", parse_math=False
            )
            for k, (one, other) in enumerate(pairs):
                row, column = divmod(k, columns)
                place = LEFT + column * (wide + LEFT), y - 0.1 - row * (tall + 0.6) - tall
                ax = figure.add_axes(
                    (place[0] / WIDTH, place[1] / height, wide / WIDTH, tall / height)
                )
                drawn = _cloud(ax, (shown[one], shown[other]), each, level)
        _scale(
            figure,
            drawn,
            bottom - 0.35,
            level,
            (("boxes of the rule in words", ORANGE, DASHED, BOLD),),
        )
        return figure


def _told_of(axes: tuple[MapAxis, ...], maps: Sequence[EnvelopeMap]) -> list[MapAxis]:
    """Return the axes that are shown, those first that most rules limit."""
    limited = {
        axis.path: sum(axis.path in limits for each in maps for limits in each.boxes)
        for axis in axes
    }
    return sorted(axes, key=lambda axis: -limited[axis.path])[:SHOWN]


def _cloud(ax: Axes, axes: tuple[MapAxis, MapAxis], each: EnvelopeMap, level: float) -> Any:
    """Draw a sample over two of its settings; return what its colours are read off."""
    (x, y), run = (np.array(axis.values) for axis in axes), np.isfinite(each.shares)
    drawn = ax.scatter(
        x[run],
        y[run],
        c=each.shares[run],
        s=9,
        cmap=SHADES,
        norm=_palest(level),
        edgecolors=GREY,
        linewidths=0.25,
    )
    for limits in each.boxes:
        if any(axis.path in limits for axis in axes):
            _boxed(ax, axes, limits)
    ax.set_xlabel("\n".join(wrap_text(axes[0].label(), 7, 2.3)), parse_math=False)
    ax.set_ylabel("\n".join(wrap_text(axes[1].label(), 7, 2.3)), parse_math=False)
    return drawn


def build_header(title: str, what: str, where: str) -> list[tuple[str, float, str]]:
    """Return the lines above a figure with their sizes and colours."""
    room, parts = WIDTH - 2 * EDGE, ((title, 12.0, BLACK), (what, 9.0, BLACK), (where, 7.5, GREY))
    return [
        (line, size, colour)
        for text, size, colour in parts
        if text
        for line in wrap_text(text, size, room)
    ]


def _foot(axes: Sequence[MapAxis]) -> list[str]:
    """Return the lines below a figure: what its settings mean."""
    notes = [f"{axis.path}: {axis.meaning}" for axis in axes if axis.meaning]
    return [line for note in notes for line in wrap_text(note, 7, WIDTH - 2 * EDGE)]


def write_lines(figure: Figure, lines: Sequence[tuple[str, float, str]], y: float) -> None:
    """Write lines from the top, the first in bold."""
    height = figure.get_figheight()
    for number, (line, size, colour) in enumerate(lines):
        y -= size * LINE / 72
        weight = "normal" if number else "bold"
        figure.text(
            EDGE / WIDTH, y / height, line, size=size, color=colour, weight=weight, parse_math=False
        )


def _map(ax: Axes, axes: tuple[MapAxis, ...], each: EnvelopeMap, border: Border) -> Any:
    """Draw one map; return what its colours are read off."""
    (x, across), (y, up) = (np.unique(axis.values, return_index=True) for axis in axes)
    shares, run = each.shares[np.ix_(across, up)].T, each.run[np.ix_(across, up)].T
    ax.set_facecolor("#CCCCCC")
    drawn = ax.pcolormesh(
        x,
        y,
        np.ma.masked_invalid(shares),
        cmap=SHADES,
        norm=_palest(border.level),
        shading="nearest",
    )
    drawn.set_rasterized(True)
    known = shares[np.isfinite(shares)]
    # a contour lies where shares pass the level; those that just reach it are inside
    ends = (
        (border.level - 1e-9, "solid", BOLD),
        (border.least, "dotted", THIN),
        (border.most, "dotted", THIN),
    )
    for level, style, width in ends:
        if len(known) and known.min() < level <= known.max():
            ax.contour(
                x, y, shares, levels=[level], colors=BLACK, linewidths=width, linestyles=style
            )
    rows, columns = np.nonzero(run)
    ax.plot(x[columns], y[rows], ".", color=BLACK, ms=2.6, alpha=0.55, mew=0)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    for limits in each.boxes:
        _boxed(ax, axes, limits)
    ax.set_xlabel("\n".join(wrap_text(axes[0].label(), 7, 3.2)), parse_math=False)
    ax.set_ylabel("\n".join(wrap_text(axes[1].label(), 7, TALL)), parse_math=False)
    ax.set_title("\n".join(each.titles()), size=8.5, weight="bold", loc="left", parse_math=False)
    return drawn


def _boxed(ax: Axes, axes: tuple[MapAxis, ...], limits: Mapping[str, Limit]) -> None:
    """Draw the box of the rule in words, dashed."""
    if not limits:
        return
    ends = []
    for axis, (low, high) in zip(axes, (ax.get_xlim(), ax.get_ylim()), strict=True):
        limit = limits.get(axis.path, Limit(low, high))
        ends.append((max(limit.low, low), min(limit.high, high)))
    (left, right), (bottom, top) = ends
    box = Rectangle(
        (left, bottom),
        right - left,
        top - bottom,
        fill=False,
        ec=ORANGE,
        ls=DASHED,
        lw=BOLD,
        zorder=5,
    )
    ax.add_patch(box)


def _scale(
    figure: Figure, drawn: Any, y: float, level: float, lines: Sequence[tuple[str, str, Any, float]]
) -> None:
    """Say what colours and lines are: text, colour, style and width of each."""
    height = figure.get_figheight()
    ax = figure.add_axes((LEFT / WIDTH, y / height, 2.2 / WIDTH, 0.1 / height))
    bar = figure.colorbar(drawn, cax=ax, orientation="horizontal")
    bar.set_ticks([0, level, 1], labels=["0", f"{level:g}", "1"])
    bar.set_label("share of worlds in which it holds", size=7, labelpad=1)
    for k, (text, colour, style, width) in enumerate(lines):
        where, up = 4.2, (y + 0.06 - 0.16 * k) / height
        figure.text((where + 0.38) / WIDTH, up, text, size=7, va="center")
        line: Any = matplotlib.lines.Line2D(
            [where / WIDTH, (where + 0.3) / WIDTH],
            [up] * 2,
            color=colour,
            ls=style,
            lw=width,
            transform=figure.transFigure,
        )
        figure.add_artist(line)


def sensitivity_figure(
    method: str, measure: str, found: Sequence[Effect], meanings: Mapping[str, str], where: str
) -> Figure:
    """Return how much each setting matters, one row each: a dot with its 95 % interval, what matters most on top."""
    with matplotlib.rc_context(STYLE):
        beside = 2.9
        head = build_header(f"Sensitivity of {measure}", SAID[method], where)
        names = [_name(each.setting, meanings, beside - 0.3) for each in found]
        tops = [max(0.34, len(lines) * 7 * LINE / 72 + 0.12) for lines in names]
        top = EDGE + sum(size for _, size, _ in head) * LINE / 72 + 0.4
        height = top + sum(tops) + 0.75
        figure = Figure(figsize=(WIDTH, height))
        write_lines(figure, head, height - EDGE)
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
    "sobol": "Sobol indices over the ranges: total (with interactions) and first order (alone)",
    "morris": "Morris effects: mean absolute change over the whole range of a setting",
}
ACROSS_BY = {
    "sobol": "share of the variance (95 % intervals)",
    "morris": "change of {measure} (95 % intervals)",
}


def _name(path: str, meanings: Mapping[str, str], room: float) -> list[str]:
    return [
        *wrap_text(path, 7, room, "bold"),
        *(wrap_text(meanings[path], 7, room) if meanings.get(path) else []),
    ]


def _effects(ax: Axes, method: str, found: Sequence[Effect], at: Floats) -> None:
    """Draw dots and intervals."""
    lift = 0.05 if method == "sobol" else 0.0
    total = "total" if method == "sobol" else "mean absolute effect"
    draw_intervals(
        ax, at + lift, [(each.size, each.low, each.high) for each in found], BLUE, "o", total
    )
    if method == "sobol":
        alone = [(each.first, each.first_low, each.first_high) for each in found]
        draw_intervals(ax, at - lift, alone, ORANGE, "D", "first order")
    else:
        ax.plot(
            [each.spread for each in found],
            at,
            "|",
            color=GREY,
            ms=9,
            mew=1.5,
            label="spread of the effects",
        )
    ax.axvline(0, color=GREY, lw=0.6)
    ax.legend(loc="lower right", bbox_to_anchor=(1.01, 0.98), ncols=2, frameon=False, fontsize=7)
    ax.grid(axis="x", color="#DDDDDD", lw=0.5)
    ax.set_axisbelow(True)


def draw_intervals(
    ax: Axes,
    y: Floats,
    ends: Sequence[tuple[float, float, float]],
    colour: str,
    mark: str,
    label: str,
) -> None:
    """Draw each (value, low end, high end) as a mark on a horizontal line at its y."""
    value, low, high = np.array(ends).T
    ax.hlines(y, low, high, color=colour, lw=1.4)
    ax.plot(value, y, mark, color=colour, ms=4, label=label)
