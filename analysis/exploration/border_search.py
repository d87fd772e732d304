"""The homeostatic envelope on a grid of two settings: choice of the points to run, and its size.

A map is a square array of shares: entry (i, j) is the share of worlds in which the loop held at the
i-th value of the first setting and the j-th of the second; nan where nothing was run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from equipoise.array_types import Flags, Floats
from equipoise.errors import EquipoiseError, unknown_name_message

_MIN_FIRST_CELLS = 5  # along a side: islands smaller than such a cell may be missed
_SIGNS = ("<=", ">=")
_Z = float(norm.ppf(0.975))  # of 95 % intervals

GridPoint = tuple[int, int]


class Condition(NamedTuple):
    """A bound on a measure; the loop held in a world where the measure keeps to it."""

    measure: str
    sign: str
    limit: float

    def __str__(self) -> str:
        """Return the condition as a user writes it."""
        return f"{self.measure}{self.sign}{self.limit:g}"


def parse_condition(text: str, measures: tuple[str, ...]) -> Condition:
    """Return the condition written in a text such as ``settling_time<=91``.

    Raises:
        EquipoiseError: when the text is not a condition, or its measure is not known.
    """
    sign = next((sign for sign in _SIGNS if sign in text), None)
    if sign is None:
        raise _unreadable_condition(text)
    name, _, limit = text.partition(sign)
    name = name.strip()
    if name not in measures:
        raise EquipoiseError(unknown_name_message("--holds: the measure", name, measures))
    try:
        return Condition(name, sign, float(limit))
    except ValueError:
        raise _unreadable_condition(text) from None


def _unreadable_condition(text: str) -> EquipoiseError:
    return EquipoiseError(
        f"--holds {text!r} cannot be read. Write measure<=number or measure>=number."
    )


def condition_measures(rule: Condition) -> tuple[str, ...]:
    """Return the names of the measures that a condition reads."""
    if rule.measure == "settling_time":
        return rule.measure, "unsettled", "troubles"
    return (rule.measure,)


def share_holding(rule: Condition, values: dict[str, Floats]) -> float:
    """Return the share of worlds in which the loop held, of those where the measure has a value.

    A settling time is infinite where a trouble did not settle, and 0 where there was no trouble.
    """
    measured = values[rule.measure]
    if rule.measure == "settling_time":
        measured = np.where(values["troubles"] == 0, 0.0, measured)
        measured = np.where(values["unsettled"] > 0, np.inf, measured)
    known = measured[~np.isnan(measured)]
    if not len(known):
        return math.nan
    holds = known <= rule.limit if rule.sign == "<=" else known >= rule.limit
    return float(np.mean(holds))


def doubt_interval(level: float, worlds: int) -> tuple[float, float]:
    """Return the interval of shares that do not differ significantly from ``level``.

    Outside it the score test rejects, at 95 %, that the share of all worlds is ``level``.

    Source: Wilson 1927.
    """
    half_width = _Z * math.sqrt(level * (1 - level) / worlds)
    return level - half_width, level + half_width


def share_difference_error(level: float, worlds: int) -> float:
    """Return the 95 % Monte Carlo error of a difference of two shares near ``level``.

    It is 0 for one world, whose shares can only be 0 and 1.
    """
    if worlds <= 1:
        return 0.0
    return _Z * math.sqrt(2 * level * (1 - level) / worlds)


def envelope_size(shares: Floats, level: float, worlds: int) -> tuple[float, float, float]:
    """Return the share of the points inside the envelope and its 95 % interval, (size, low, high).

    The lower end counts the points that are significantly inside, the upper end those that are not
    significantly outside. Where worlds differ in how much the loop tolerates, and all tolerate less
    along a setting, this is the interval of a quantile of what they tolerate, by order statistics;
    where points have independent errors it is conservative. All are nan where nothing is known.

    Args:
        shares: of worlds in which the loop holds; nan where nothing is known.
        level: the share from which a point is inside the envelope.
        worlds: number of worlds of which these are shares.
    """
    known = shares[np.isfinite(shares)]
    if not len(known):
        return math.nan, math.nan, math.nan
    doubt_low, doubt_high = doubt_interval(level, worlds)
    size = float((known >= level).mean())
    low = float((known > doubt_high).mean())
    high = float((known >= doubt_low).mean())
    return size, low, high


def first_cell_side(steps: int) -> int:
    """Return the side of the cells of the first round: a power of 2 that divides the steps."""
    side = 1
    while steps % (2 * side) == 0 and 2 * side * _MIN_FIRST_CELLS <= steps:
        side *= 2
    return side


def next_points(shares: Floats, asked: Flags, level: float, noise: float = 0.0) -> list[GridPoint]:
    """Return the points to run next; none once the border is traced.

    The corners of large cells come first. A cell with known points on both sides of ``level`` is
    split in four, until cells have two steps; of these, only the sides that the border crosses are
    run. A cell whose shares differ by no more than the noise is not split: its border is
    interpolated. The border is followed from cell to cell; an island within one of the first cells
    is not seen.

    Args:
        shares: the map so far.
        asked: the points requested so far; a point may have failed.
        level: the share from which a point is inside the envelope.
        noise: Monte Carlo error of a difference of shares, see `share_difference_error`.
    """
    steps = len(shares) - 1
    side = first_cell_side(steps)
    ticks = range(0, steps + 1, side)
    wanted = _select_new({(i, j) for i in ticks for j in ticks}, asked)
    inside = shares >= level
    while side > 1 and not wanted:
        splits: set[GridPoint] = set()
        for corner in _border_cells(shares, level, noise, side):
            splits.update(_split_cell(inside, asked, corner, side // 2))
        wanted = _select_new(splits, asked)
        side //= 2
    return sorted(wanted)


def _select_new(points: set[GridPoint], asked: Flags) -> set[GridPoint]:
    return {point for point in points if not asked[point]}


def _border_cells(shares: Floats, level: float, noise: float, side: int) -> Iterator[GridPoint]:
    """Yield the first corners of the cells whose known points disagree by more than the noise."""
    corners = range(0, len(shares) - 1, side)
    for i in corners:
        for j in corners:
            cell = shares[i : i + side + 1, j : j + side + 1]
            known = cell[np.isfinite(cell)]
            if not known.size:
                continue
            is_crossed = known.min() < level <= known.max()
            if is_crossed and np.ptp(known) > noise:
                yield i, j


def _split_cell(inside: Flags, asked: Flags, corner: GridPoint, half: int) -> Iterator[GridPoint]:
    """Yield the points that split a cell: its centre and midpoints of its sides."""
    i, j = corner
    side = 2 * half
    centre = (i + half, j + half)
    yield centre
    corners = [(i, j), (i + side, j), (i + side, j + side), (i, j + side)]
    ends = [*corners[1:], corners[0]]
    for start, end in zip(corners, ends, strict=True):
        is_crossed = inside[start] != inside[end]
        # With equal corners the border may still pass between this side and the centre.
        is_near = asked[centre] and inside[centre] != inside[start]
        if half > 1 or is_crossed or is_near:
            yield (start[0] + end[0]) // 2, (start[1] + end[1]) // 2


def fill_gaps(shares: Floats) -> Floats:
    """Return a map whose gaps hold the mean of the two or four nearest points of their cell.

    Points on the same side of the level have a mean on that side, so a cell that was not split
    stays on its side.
    """
    filled = shares.copy()
    side = first_cell_side(len(filled) - 1)
    while side > 1:
        half = side // 2
        # Midpoints of sides, along one axis and then the other.
        for view in (filled, filled.T):
            _fill_with_mean(
                view[half::side, ::side], [view[:-side:side, ::side], view[side::side, ::side]]
            )
        low, high = slice(None, -side, side), slice(side, None, side)
        corners = [filled[low, low], filled[high, low], filled[low, high], filled[high, high]]
        _fill_with_mean(filled[half::side, half::side], corners)
        side = half
    return filled


def _fill_with_mean(target: Floats, neighbours: list[Floats]) -> None:
    """Write the mean of the known neighbours into the gaps of ``target``, in place."""
    stack = np.array(neighbours)
    known = np.isfinite(stack)
    counts = known.sum(axis=0)
    sums = np.where(known, stack, 0.0).sum(axis=0)
    means = np.full(target.shape, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    target[...] = np.where(np.isfinite(target), target, means)
