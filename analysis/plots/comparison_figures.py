"""Figures of a comparison: differences from the baseline, ranks, homeostasis against cost. A door to matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.analysis.comparison.differences import Difference, Verdict
from equipoise.analysis.comparison.pareto import FrontPoint
from equipoise.analysis.plots.embedding import (
    LABEL,
    SIZE,
    STUDY_STYLE,
    TITLE,
    WIDTH,
    draw_header,
    draw_row_name,
    fit_label,
    fit_labels,
    layout_rows,
    max_line_count,
)
from equipoise.analysis.plots.run_figure import BLACK, BLUE, GREY, RED, SKY
from equipoise.analysis.text.comparison_cells import format_difference_interval, format_probability
from equipoise.analysis.text.formatting import NO_VALUE, readable_name

COLOURS: dict[Verdict, str] = {
    "better": BLUE,
    "worse": RED,
    "equivalent": "#999999",
    "undecided": "white",
}
HATCHES: dict[Verdict, str] = {"better": "", "worse": "////", "equivalent": "---", "undecided": ""}
SAID_IN = 1.95  # inches, for a difference in words beside its bar
Names = Mapping[str, str]


def axis_label(finding: Finding) -> str:
    """Return what stands along an axis of a measure: its name, its unit, which side is better."""
    unit = {"share": "%"}.get(finding.measure.unit, finding.measure.unit)
    return f"{readable_name(finding.measure.name)}{f', {unit}' if unit else ''} ({finding.outcomes.better} is better)"


def number_of(finding: Finding) -> FuncFormatter:
    """Return how values of a measure are written along an axis."""
    scale = 100 if finding.measure.unit == "share" else 1
    return FuncFormatter(lambda value, _: f"{scale * value:,.10g}".replace("-", "−"))


# differences


def tornado_figure(finding: Finding, environment: str, names: Names) -> Figure:
    """Return each strategy's difference from the baseline with its interval, the most in favour of it on top."""
    with matplotlib.rc_context(STUDY_STYLE):
        here = [
            each
            for each in finding.differences
            if each.environment == environment and each.strategy in names
        ]
        shown = [each for each in here if np.isfinite(each.mean)]
        shown.sort(key=lambda each: -finding.outcomes.sign * each.mean)
        rows = layout_rows([names[each.strategy] for each in shown], 0.3)
        head, foot = TITLE + 0.32, 0.42
        height = head + sum(tall for _, tall in rows) + foot
        figure = Figure(figsize=(WIDTH, height))
        wide = WIDTH - LABEL - SAID_IN
        ax = figure.add_axes(
            (LABEL / WIDTH, foot / height, wide / WIDTH, (height - head - foot) / height)
        )
        _frame(ax, finding, shown, sum(tall for _, tall in rows))
        y = height - head
        for (text, tall), each in zip(rows, shown, strict=True):
            y -= tall
            draw_row_name(figure, text, y + tall / 2)
            _difference(ax, each, y + tall / 2 - foot, tall)
            mean, _, interval = format_difference_interval(each, finding.measure.unit).partition(
                " ("
            )
            said = f"{mean}, {each.verdict}" + (f"\n({interval}" if interval else "")
            figure.text(
                (LABEL + wide + 0.1) / WIDTH,
                (y + tall / 2) / height,
                said,
                va="center",
                linespacing=1.1,
            )
        handles: list[Any] = [
            Patch(facecolor=COLOURS[name], hatch=HATCHES[name], edgecolor=BLACK, lw=0.5, label=name)
            for name in COLOURS
        ]
        handles.append(Line2D([], [], color=BLACK, lw=1.0, marker="|", ms=4, label="interval"))
        if finding.rules.margin:
            handles.append(Patch(facecolor="#dddddd", lw=0, label="does not matter"))
        base = readable_name(shown[0].baseline) if shown else NO_VALUE
        title = f"{readable_name(finding.measure.name)} less that of {base}: {readable_name(environment)}"
        draw_header(figure, f"{title[:1].upper()}{title[1:]}", handles, len(handles))
        return figure


def _frame(ax: Axes, finding: Finding, shown: Sequence[Difference], tall: float) -> None:
    ax.set_ylim(0, tall)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    margin = finding.rules.margin or 0.0
    values = [
        0.0,
        margin,
        -margin,
        *(v for each in shown for v in (each.mean, each.low, each.high) if np.isfinite(v)),
    ]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(number_of(finding))
    ax.axvspan(-margin, margin, color="#dddddd", lw=0, zorder=0)
    ax.axvline(0, color=BLACK, lw=0.7, zorder=1)
    unit = "percentage points" if finding.measure.unit == "share" else finding.measure.unit
    ax.set_xlabel(
        f"difference of {readable_name(finding.measure.name)}{f', {unit}' if unit else ''}",
        labelpad=2,
    )


def _difference(ax: Axes, each: Difference, y: float, tall: float) -> None:
    colour, hatch = COLOURS[each.verdict], HATCHES[each.verdict]
    ax.barh(y, each.mean, 0.55 * tall, color=colour, hatch=hatch, edgecolor=BLACK, lw=0.5, zorder=2)
    if np.isfinite(each.low):
        ax.plot([each.low, each.high], [y, y], color=BLACK, lw=1.0, marker="|", ms=4, zorder=3)


# ranks


def ranking_figure(finding: Finding, environments: Sequence[str], names: Names) -> Figure:
    """Return ranks and probabilities of being best, a column an environment, the best on average on top."""
    with matplotlib.rc_context(STUDY_STYLE):
        order = sorted(names, key=lambda name: _mean_rank(finding, name, environments))
        rows = layout_rows([names[name] for name in order], 0.25)
        room = min((WIDTH - LABEL - 0.1) / len(environments), 1.5)
        heads = fit_labels(
            [readable_name(name) for name in environments], 0.9 * room - 0.08, 3
        )  # they are bold
        head, foot = TITLE + 0.3 + 0.13 * max_line_count(heads), 0.08
        height = head + sum(tall for _, tall in rows) + foot
        figure = Figure(figsize=(WIDTH, height))
        ax = figure.add_axes(
            (LABEL / WIDTH, foot / height, 1 - LABEL / WIDTH, (height - head - foot) / height)
        )
        ax.set_xlim(0, WIDTH - LABEL)
        ax.set_ylim(0, height - head - foot)
        ax.set_axis_off()
        for column, text in enumerate(heads):
            x = (LABEL + (column + 0.5) * room) / WIDTH
            where: Any = {"ha": "center", "va": "bottom", "linespacing": 1.0, "parse_math": False}
            figure.text(x, (height - head + 0.05) / height, text, weight="bold", **where)
        y = height - head
        for (text, tall), name in zip(rows, order, strict=True):
            y -= tall
            draw_row_name(figure, text, y + tall / 2)
            for column, environment in enumerate(environments):
                _place(ax, finding, name, environment, (column * room, y - foot, room, tall))
        handles = [
            Patch(facecolor=_tint(share), edgecolor=GREY, lw=0.4, label=said)
            for share, said in TINTS
        ]
        draw_header(
            figure, f"Ranking on {readable_name(finding.measure.name)}", handles, len(handles)
        )
        return figure


TINTS = ((0.0, "rank, and chance of being the best: none"), (0.5, "one in two"), (1.0, "certain"))


def _mean_rank(finding: Finding, name: str, environments: Sequence[str]) -> float:
    ranks = [finding.rank(name, environment).rank for environment in environments]
    return float(np.mean(ranks)) if np.isfinite(ranks).all() else np.inf


def _tint(share: float) -> tuple[float, float, float]:
    """Return white for no chance of being the best, blue for certainty."""
    full = np.array(matplotlib.colors.to_rgb(SKY))
    red, green, blue = 1 - share * (1 - full)
    return float(red), float(green), float(blue)


def _place(
    ax: Axes, finding: Finding, name: str, environment: str, box: tuple[float, float, float, float]
) -> None:
    place = finding.rank(name, environment)
    x, y, wide, tall = box
    best = float(np.nan_to_num(place.best))
    ax.add_patch(Rectangle((x, y), wide, tall, facecolor=_tint(best), edgecolor="white", lw=1.5))
    ties = sum(each.rank == place.rank for each in finding.ordered(environment))
    rank = f"{place.rank - (ties - 1) / 2:.0f}{'=' if ties > 1 else ''}" if ties else NO_VALUE
    ax.text(x + 0.38 * wide, y + tall / 2, rank, ha="right", va="center", weight="bold")
    ax.text(x + 0.45 * wide, y + tall / 2, format_probability(place.best), ha="left", va="center")


# homeostasis against cost


def front_figure(comparison: Comparison, environments: Sequence[str], names: Names) -> Figure:
    """Return where each strategy stands on two measures, a panel an environment, the front as a line."""
    with matplotlib.rc_context(STUDY_STYLE):
        columns = min(len(environments), 2)
        rows = -(-len(environments) // columns)
        key = _key_lines(names)
        left, between = 0.55, 0.62
        wide = (WIDTH - left - 0.15 - (columns - 1) * between) / columns
        titles = fit_labels(
            [readable_name(name) for name in environments], 0.9 * wide - 0.1, 1
        )  # they are bold
        over = 0.13 * max_line_count(titles)
        head, foot, tall, gap = TITLE + 0.32, 0.2 + 0.14 * len(key), 2.0, 0.55 + over
        height = head + rows * (tall + gap) + foot
        figure = Figure(figsize=(WIDTH, height))
        for number, environment in enumerate(environments):
            row, column = divmod(number, columns)
            x, y = (
                left + column * (wide + between),
                height - head - row * (tall + gap) - tall - over - 0.07,
            )
            ax = figure.add_axes((x / WIDTH, y / height, wide / WIDTH, tall / height))
            ax.set_title(
                titles[number],
                loc="left",
                weight="bold",
                fontsize=SIZE,
                parse_math=False,
                linespacing=1.0,
            )
            _front(ax, comparison, environment, names)
        for line, parts in enumerate(key):
            for column, text in enumerate(parts):
                x, y = 0.06 + column * (WIDTH - 0.1) / len(key[0]), foot - 0.16 - 0.14 * line
                figure.text(x / WIDTH, y / height, text, va="top", parse_math=False)
        mark: Any = {"color": "none", "marker": "o", "ms": 4.5}
        handles = [
            Line2D([], [], **mark, mfc=BLUE, mec=BLUE, label="no other is better on both"),
            Line2D(
                [],
                [],
                **mark,
                mfc="white",
                mec=GREY,
                label="another is as good on both, better on one",
            ),
        ]
        first, second = (readable_name(name) for name in comparison.axes_of_front)
        draw_header(figure, f"{first[:1].upper()}{first[1:]} against {second}", handles, 2)
        return figure


def _key_lines(names: Names) -> list[list[str]]:
    """Return the names of the numbers in columns, read downwards: the fewer, the longer names are."""
    whole, rooms = [*names.values()], {n: (WIDTH - 0.1) / n - 0.25 for n in (3, 2, 1)}
    cut = {n: [fit_label(name, room, 1) for name in whole] for n, room in rooms.items()}
    columns = 3 if cut[3] == whole else 2 if len({*cut[2]}) == len(whole) else 1
    told = [f"{k} {name}" for k, name in enumerate(cut[columns], 1)]
    lines = -(-len(whole) // columns)
    return [told[line::lines] for line in range(lines)]


def _front(ax: Axes, comparison: Comparison, environment: str, names: Names) -> None:
    first, second = (comparison.finding(name) for name in comparison.axes_of_front)
    here = [
        each
        for each in comparison.front
        if each.environment == environment and each.strategy in names
    ]
    points = [each for each in here if np.isfinite(each.first)]
    for axis, finding in ((ax.xaxis, second), (ax.yaxis, first)):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(number_of(finding))
    ax.set_xlabel(axis_label(second), labelpad=2)
    ax.set_ylabel(axis_label(first), labelpad=2)
    if not points:
        ax.text(0.5, 0.5, "no value", transform=ax.transAxes, ha="center", color=GREY)
        return
    on = sorted((each for each in points if each.on_front), key=lambda each: each.second)
    ax.plot(
        [each.second for each in on],
        [each.first for each in on],
        color=BLUE,
        lw=0.8,
        ls=":",
        zorder=1,
    )
    for each in points:
        colour, inside = (BLUE, BLUE) if each.on_front else (GREY, "white")
        ax.plot(each.second, each.first, "o", ms=4.5, color=colour, mfc=inside, zorder=2)
    ax.margins(0.12)
    levels = [each.first for each in points]
    if np.ptp(levels) < 1e-9:
        half = 0.02 * abs(levels[0]) or 1.0
        ax.set_ylim(levels[0] - half, levels[0] + half)
    _numbered(ax, points, names)


def _numbered(ax: Axes, points: Sequence[FrontPoint], names: Names) -> None:
    """Write each point's number beside it, where it hides no other point or number."""
    numbers = {name: number for number, name in enumerate(names, 1)}
    ax.autoscale_view()
    spots = (
        ax.transData.transform([(each.second, each.first) for each in points]) * 72 / ax.figure.dpi
    )
    taken = [tuple(spot) for spot in spots]
    for each, (x, y) in zip(points, spots, strict=True):
        tried = [(x + far * dx, y + far * dy) for far in (8, 15, 23) for dx, dy in AROUND]
        best = max(tried, key=lambda at: (min(_apart(at, other) for other in taken),))
        free = next((at for at in tried if min(_apart(at, other) for other in taken) >= 7.5), best)
        taken.append(free)
        text = str(numbers[each.strategy])
        line = {"arrowstyle": "-", "lw": 0.4, "color": GREY, "shrinkA": 3, "shrinkB": 2}
        offset = free[0] - x, free[1] - y
        ax.annotate(
            text,
            (each.second, each.first),
            offset,
            textcoords="offset points",
            ha="center",
            va="center",
            arrowprops=line if np.hypot(*offset) > 10 else None,
            annotation_clip=False,
        )


AROUND = [
    (dx / np.hypot(dx, dy), dy / np.hypot(dx, dy))
    for dx, dy in product((1, 0, -1), (1, 0, -1))
    if dx or dy
]


def _apart(at: tuple[float, float], other: tuple[float, ...]) -> float:
    """Return the distance of two labels in points, heights weighing less than widths."""
    return float(max(abs(at[0] - other[0]) * 0.85, abs(at[1] - other[1])))
