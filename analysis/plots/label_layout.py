"""Where things go on a figure, in inches and days: breaking lines, spacing labels, packing names into rows."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from equipoise.analysis.plots.run_figure_data import StrikeBar

Side = Literal["left", "right"]
Width = Callable[[str], float]  # of a line of text, in inches
TICKS = (1, 2, 7, 14, 28, 56, 112, 364)  # days between marks
MOST_TICKS = 14
ROOM = 0.05  # inches between two blows in a row


def break_lines(text: str, width: Width, room: float) -> list[str]:
    """Return a text in lines of at most ``room`` inches; words that are longer are broken."""
    letters = max(int(2 * room / width("n")), 1)
    while True:
        lines = textwrap.wrap(text, letters) or [""]
        widest = max(map(width, lines))
        if letters == 1 or widest <= room:
            return lines
        letters = max(min(letters - 1, int((letters + 2) * room / widest)), 1)


def space_labels(wanted: Sequence[float], heights: Sequence[float], top: float) -> list[float]:
    """Return middles of labels near the wanted ones that neither overlap nor, if there is room, leave 0..top."""
    order = sorted(range(len(wanted)), key=lambda k: wanted[k])
    out, floor = [0.0] * len(wanted), 0.0
    for k in order:
        out[k] = max(wanted[k], floor + heights[k] / 2)
        floor = out[k] + heights[k] / 2
    ceiling = max(top, sum(heights))
    for k in reversed(order):
        out[k] = min(out[k], ceiling - heights[k] / 2)
        ceiling = out[k] - heights[k] / 2
    return out


class PlacedName(NamedTuple):
    """A blow in its row: where its name stands (day) and which way it is aligned there."""

    blow: StrikeBar
    at: float
    side: Side
    row: int


def pack_names(
    blows: Sequence[StrikeBar], width: Width, days: int, inch: float
) -> list[PlacedName]:
    """Return blows in as few rows as keep bars and names apart; a name stands behind its bar, before it, or on it.

    Args:
        blows: what struck, in order of the days.
        width: of a name in inches.
        days: of the axis.
        inch: days in an inch.
    """
    out: list[PlacedName] = []
    ends: list[float] = []
    for blow in blows:
        wide = (width(blow.name) + ROOM) * inch
        at, side = _name_of(blow, wide, days)
        first = min(blow.start, at if side == "left" else at - wide)
        last = max(blow.end, at + wide if side == "left" else at)
        row = next((k for k, end in enumerate(ends) if first >= end + ROOM * inch), len(ends))
        ends[row : row + 1] = [last]
        out.append(PlacedName(blow, at, side, row))
    return out


def _name_of(blow: StrikeBar, wide: float, days: int) -> tuple[float, Side]:
    """Return where a name of ``wide`` days stands, on the axis in any case, and its alignment."""
    if blow.end + wide <= days:
        return blow.end, "left"
    if blow.start - wide >= 0:
        return blow.start, "right"
    return max(min(blow.start, days - wide), 0.0), "left"


def tick_spacing(days: int) -> int:
    """Return the days from one mark of the axis to the next: whole weeks, unless the run is short."""
    return next(
        (step for step in TICKS if days <= MOST_TICKS * step), 364 * -(-days // (364 * MOST_TICKS))
    )
