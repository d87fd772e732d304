"""Placement of labels in inches and days: line breaks, spacing, rows of names, ticks."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

Side = Literal["left", "right"]
LineWidth = Callable[[str], float]  # width of a line of text in inches
_TICK_SPACINGS = (1, 2, 7, 14, 28, 56, 112, 364)  # days
_YEAR = 364  # whole weeks, so that ticks stay on the same weekday
_MAX_TICKS = 14
_BAR_GAP = 0.05  # inches between two bars in a row


class StrikeBar(NamedTuple):
    """A disturbance as a bar along the axis of scored days.

    Attributes:
        name: its name.
        start: its first day.
        end: the day on which it is scheduled to end or, without a schedule, was over.
        over: the day on which it was over, by itself or repaired; the last day if it never was.
        is_open: True if it lasts until repaired, and was not repaired.
    """

    name: str
    start: float
    end: float
    over: float
    is_open: bool = False


class PlacedBar(NamedTuple):
    """A bar in its row, with the day at which its name stands and the name's alignment there."""

    bar: StrikeBar
    name_day: float
    side: Side
    row: int


def break_lines(text: str, width: LineWidth, room: float) -> list[str]:
    """Return a text in lines of at most ``room`` inches; longer words are broken."""
    # `textwrap` counts letters, whose widths differ: allow fewer until the widest line fits.
    letters = max(int(2 * room / width("n")), 1)
    while True:
        lines = textwrap.wrap(text, letters) or [""]
        widest = max(map(width, lines))
        if letters == 1 or widest <= room:
            return lines
        fitting = int((letters + 2) * room / widest)
        letters = max(min(letters - 1, fitting), 1)


def space_labels(wanted: Sequence[float], heights: Sequence[float], top: float) -> list[float]:
    """Return centres of labels near the wanted ones, without overlap.

    The labels stay between 0 and ``top`` if there is room for all.
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    centres = [0.0] * len(wanted)
    # Upwards, each label is lifted above the one below it.
    floor = 0.0
    for k in order:
        centres[k] = max(wanted[k], floor + heights[k] / 2)
        floor = centres[k] + heights[k] / 2
    # Downwards, each is pushed under the top or under the label above it.
    ceiling = max(top, sum(heights))
    for k in reversed(order):
        centres[k] = min(centres[k], ceiling - heights[k] / 2)
        ceiling = centres[k] - heights[k] / 2
    return centres


def pack_bars(
    bars: Sequence[StrikeBar], width: LineWidth, days: int, days_per_inch: float
) -> list[PlacedBar]:
    """Return bars in rows in which neither bars nor names overlap; each takes the first free row.

    Args:
        bars: the bars, in order of their start.
        width: gives the width of a name in inches.
        days: length of the axis.
        days_per_inch: scale of the axis.
    """
    placed: list[PlacedBar] = []
    row_ends: list[float] = []
    gap = _BAR_GAP * days_per_inch
    for bar in bars:
        name_days = (width(bar.name) + _BAR_GAP) * days_per_inch
        name_day, side = _place_name(bar, name_days, days)
        name_start = name_day if side == "left" else name_day - name_days
        name_end = name_day + name_days if side == "left" else name_day
        row = _first_free_row(row_ends, min(bar.start, name_start), gap)
        row_ends[row : row + 1] = [max(bar.end, name_end)]
        placed.append(PlacedBar(bar, name_day, side, row))
    return placed


def _place_name(bar: StrikeBar, name_days: float, days: int) -> tuple[float, Side]:
    """Return day and alignment of a name: behind its bar, before it, or on it."""
    if bar.end + name_days <= days:
        return bar.end, "left"
    if bar.start - name_days >= 0:
        return bar.start, "right"
    return max(min(bar.start, days - name_days), 0.0), "left"


def _first_free_row(row_ends: Sequence[float], start: float, gap: float) -> int:
    for row, end in enumerate(row_ends):
        if start >= end + gap:
            return row
    return len(row_ends)


def tick_spacing(days: int, max_ticks: int = _MAX_TICKS) -> int:
    """Return the days between two ticks of an axis: whole weeks, unless the axis is short."""
    for spacing in _TICK_SPACINGS:
        if days <= max_ticks * spacing:
            return spacing
    years = -(-days // (_YEAR * max_ticks))
    return _YEAR * years
