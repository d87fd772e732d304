"""Panels of a run: orders by effector, causes of change, posts and open cases."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from equipoise.analysis.plots.panel_text import (
    KeyEntry,
    label_height,
    wrap_label,
    write_empty_note,
    write_heading,
    write_key,
    write_labels,
)
from equipoise.analysis.plots.run_figure_data import Bars, Scene, per_period
from equipoise.analysis.plots.satisfaction_panel import short_curve_marker
from equipoise.analysis.plots.style import (
    BLACK,
    BLUE,
    CAUSE_COLOURS,
    DASHED,
    GREY,
    RED,
    SKY,
)
from equipoise.analysis.text.formatting import (
    format_dollars,
    format_level,
    format_quantity,
    format_signed,
)
from equipoise.array_types import Floats

# Inches. The largest effort stays below the full row, so that rows keep apart.
_MIN_ORDERS, _MIN_ROW, _MAX_EFFORT = 0.4, 0.27, 0.23
_BAR_WIDTH = 0.92  # of its period


class _EffortRow(NamedTuple):
    """The row of an effector: label, effort by day, height in inches."""

    label: str
    effort: Floats
    height: float


def _mean_note(scene: Scene) -> str:
    return ", mean of worlds" if scene.worlds > 1 else ""


# orders


def _effort_rows(scene: Scene) -> list[_EffortRow]:
    rows = []
    for name, effort in scene.efforts.items():
        label = f"{name}: up to {format_level(_largest(effort))}"
        height = label_height(wrap_label(label)) + 0.06
        rows.append(_EffortRow(label, effort, max(height, _MIN_ROW)))
    return rows


def _largest(values: Floats) -> float:
    return float(values.max(initial=0.0))


def orders_height(scene: Scene) -> float:
    """Return the height in inches of the panel of orders."""
    return max(sum(row.height for row in _effort_rows(scene)), _MIN_ORDERS)


def draw_orders(ax: Axes, scene: Scene) -> None:
    """Draw the effort of each effector in a row of its own, all rows to one scale."""
    rows = _effort_rows(scene)
    top = max((_largest(row.effort) for row in rows), default=0.0)
    _write_orders_heading(ax, scene, top)
    ax.set_ylim(-sum(row.height for row in rows) or -1.0, 0)
    ax.set_yticks([])
    ax.set_ylabel("effort")
    if not rows:
        write_empty_note(ax, "there is no effector")
    elif not top:
        write_empty_note(ax, "no effort was ordered")
    labels = []
    base = 0.0
    for row in rows:
        base -= row.height
        _draw_effort(ax, base, row.effort, top)
        labels.append((base + row.height / 2, row.label, BLACK))
    write_labels(ax, labels)


def _write_orders_heading(ax: Axes, scene: Scene, top: float) -> None:
    scale = f"full row = {format_level(top)}; " if top else ""
    cost = f"total cost {format_dollars(scene.cost)}"
    write_heading(ax, f"Orders: effort by effector{_mean_note(scene)} ({scale}{cost})")


def _draw_effort(ax: Axes, base: float, effort: Floats, top: float) -> None:
    heights = base + _MAX_EFFORT * effort / (top or 1)
    edges = np.arange(len(effort) + 1) - 0.5
    ax.axhline(base, color=GREY, lw=0.4)
    ax.stairs(heights, edges, baseline=base, fill=True, color=BLUE, alpha=0.75, lw=0)


# causes of change, and posts


def draw_causes(ax: Axes, scene: Scene) -> None:
    """Stack the causes that raise mean satisfaction, and those that lower it."""
    bars = scene.changes.without_short_end()
    period = per_period(bars.days)
    note = f"{_mean_note(scene)} (right: sum over all days)"
    write_heading(ax, f"Causes of changes in mean satisfaction {period}{note}")
    ax.set_ylabel(f"change {period}")
    up, down = np.zeros((2, len(bars.left)))
    sums = {name: float(heights.sum()) for name, heights in scene.changes.heights.items()}
    entries: list[KeyEntry] = []
    for name, heights in bars.heights.items():
        colour = CAUSE_COLOURS[name]
        _draw_bars(ax, bars, heights, colour, np.where(heights >= 0, up, down))
        up = up + np.maximum(heights, 0)
        down = down + np.minimum(heights, 0)
        entries.append(("■", f"{name} {format_signed(sums[name])}", colour))
    net = up + down
    ax.plot(bars.middle(), net, color=BLACK, lw=0, marker="D", ms=2, clip_on=False)
    _set_limits_around_zero(ax, down, up, 0.001)
    entries.append(("◆", f"net {format_signed(sum(sums.values()))}", BLACK))
    write_key(ax, entries, np.linspace(0.97, 0.03, len(entries)))


def _draw_bars(ax: Axes, bars: Bars, heights: Floats, colour: str, base: Any = 0) -> None:
    ax.bar(bars.middle(), heights, bars.width * _BAR_WIDTH, base, color=colour, lw=0)


def _set_limits_around_zero(ax: Axes, down: Floats, up: Floats, least: float) -> None:
    """Draw the line of zero, and show the bars with a margin, at least ``least`` either way."""
    low, high = float(down.min(initial=0.0)), _largest(up)
    margin = 0.08 * (high - low)
    ax.axhline(0, color=BLACK, lw=0.6)
    ax.set_ylim(min(low - margin, -least), max(high + margin, least))
    ax.yaxis.set_major_locator(MaxNLocator(4))


def draw_posts(ax: Axes, scene: Scene) -> None:
    """Draw positive posts upwards and negative ones downwards."""
    bars = scene.posts.without_short_end()
    period = per_period(bars.days)
    positive, negative = bars.heights["positive"], bars.heights["negative"]
    write_heading(ax, f"Word of mouth: public posts {period}{_mean_note(scene)}")
    ax.set_ylabel(f"posts {period}")
    _draw_bars(ax, bars, positive, SKY)
    _draw_bars(ax, bars, -negative, RED)
    _set_limits_around_zero(ax, -negative, positive, 1.0)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
    sums = {name: float(heights.sum()) for name, heights in scene.posts.heights.items()}
    totals = _post_totals(sums["positive"], sums["negative"])
    write_key(ax, totals, np.array([0.9, 0.7, 0.5]))


def _post_totals(positive: float, negative: float) -> list[KeyEntry]:
    entries = [
        ("▲", format_quantity(round(positive), "positive post"), SKY),
        ("▼", format_quantity(round(negative), "negative post"), RED),
    ]
    if positive and negative:
        entries.append(("=", _format_ratio(positive / negative), BLACK))
    return entries


def _format_ratio(ratio: float) -> str:
    return f"{ratio:.1f} to 1" if ratio >= 1 else f"1 to {1 / ratio:.1f}"


# open cases


def draw_cases(ax: Axes, scene: Scene) -> None:
    """Draw open complaints and open questions by day."""
    write_heading(ax, f"Open complaints and questions{_mean_note(scene)}")
    ax.set_ylabel("open cases")
    top = max(map(_largest, scene.cases.values()))
    ax.set_ylim(0, max(1.1 * top, 1.0))
    ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    styles: list[tuple[str, Any]] = [(RED, "-"), (BLUE, DASHED)]
    day = np.arange(scene.days)
    labels = []
    for (name, values), (colour, style) in zip(scene.cases.items(), styles, strict=True):
        ax.plot(day, values, color=colour, ls=style, marker=short_curve_marker(values))
        if len(values):
            labels.append((float(values[-1]), name, colour))
    write_labels(ax, labels)
