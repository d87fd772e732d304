"""The homeostatic envelope on a grid of two settings: which points to run next, and what the others are by them.

A map is a square array of shares: entry (i, j) is the share of worlds in which the loop held at the i-th value of the
first setting and the j-th of the second; nan where nothing was run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.stats import norm

from equipoise.array_types import Flags, Floats
from equipoise.errors import EquipoiseError, unknown_name_message

_FIRST_CELLS = 5  # cells along a side that are looked at before any is split
_SIGNS = ("<=", ">=")
_Z = float(norm.ppf(0.975))

GridPoint = tuple[int, int]


class Condition(NamedTuple):
    """What it means that the loop held in a world: a measure not above, or not below, a number."""

    measure: str
    sign: str
    limit: float

    def __str__(self) -> str:
        """Return the condition as it is written."""
        return f"{self.measure}{self.sign}{self.limit:g}"


def parse_condition(text: str, measures: tuple[str, ...]) -> Condition:
    """Return the condition that a text such as ``settling_time<=91`` says.

    Raises:
        EquipoiseError: when it says none, or of no known measure.
    """
    for sign in _SIGNS:
        name, found, limit = (part.strip() for part in text.partition(sign))
        if found:
            if name not in measures:
                raise EquipoiseError(unknown_name_message("--holds: the measure", name, measures))
            try:
                return Condition(name, sign, float(limit))
            except ValueError:
                break
    raise EquipoiseError(
        f"--holds {text!r} cannot be read. Write measure<=number or measure>=number."
    )


def required_measures(rule: Condition) -> tuple[str, ...]:
    """Return the measures that a condition looks at."""
    return (
        (rule.measure, "unsettled", "troubles")
        if rule.measure == "settling_time"
        else (rule.measure,)
    )


def share_holding(rule: Condition, values: dict[str, Floats]) -> float:
    """Return the share of worlds in which the loop held; worlds where the measure has no value are left out.

    A settling time is never over where a trouble is not overcome, and 0 where nothing struck.
    """
    found = values[rule.measure]
    if rule.measure == "settling_time":
        found = np.where(
            values["unsettled"] > 0, np.inf, np.where(values["troubles"] == 0, 0.0, found)
        )
    found = found[~np.isnan(found)]
    if not len(found):
        return float("nan")
    return float(np.mean(found <= rule.limit if rule.sign == "<=" else found >= rule.limit))


def doubt_interval(level: float, worlds: int) -> tuple[float, float]:
    """Return the shares between which so many worlds do not tell on which side of ``level`` the share of all is.

    Below the first and above the second the score test says so, at 95 %.

    Source: Wilson 1927.
    """
    half = _Z * math.sqrt(level * (1 - level) / worlds)
    return level - half, level + half


def share_difference_error(level: float, worlds: int) -> float:
    """Return the 95 % Monte Carlo error of the difference of two shares near ``level``; 0 for one world."""
    return _Z * math.sqrt(2 * level * (1 - level) / worlds) if worlds > 1 else 0.0


def envelope_size(shares: Floats, level: float, worlds: int) -> tuple[float, float, float]:
    """Return the share of the points that belong to the envelope, and the ends of its 95 % interval.

    The ends count the points that surely belong to it, and those that may. Where worlds differ in how much the loop
    bears, and all bear less along a setting, this is the interval of a quantile of what they bear, by order statistics;
    where points have independent errors it is conservative. nan where nothing is known.

    Args:
        shares: of worlds in which the loop holds; nan where nothing is known.
        level: the share from which a point belongs to the envelope.
        worlds: of which these are shares.
    """
    known = shares[np.isfinite(shares)]
    if not len(known):
        return math.nan, math.nan, math.nan
    least, most = doubt_interval(level, worlds)
    return (
        float((known >= level).mean()),
        float((known > most).mean()),
        float((known >= least).mean()),
    )


def first_cell_side(steps: int) -> int:
    """Return the side of the cells that are looked at first: a power of 2 that divides the steps."""
    side = 1
    while steps % (2 * side) == 0 and 2 * side * _FIRST_CELLS <= steps:
        side *= 2
    return side


def next_points(shares: Floats, asked: Flags, level: float, noise: float = 0.0) -> list[GridPoint]:
    """Return the points to run next, given what was asked for so far; none when the border is traced.

    The corners of large cells come first. A cell whose known points do not agree on which side of ``level`` they are
    is split in four, until cells are of two steps; of these, only the sides that the border crosses are looked at.
    A cell whose shares differ by no more than the noise stays: its border is interpolated.
    The border is followed from cell to cell; an island within one of the first cells is not seen.

    Args:
        shares: the map so far.
        asked: the points that were asked for; a point may have failed.
        level: the share from which a point belongs to the envelope.
        noise: Monte Carlo error of a difference of shares, see `share_difference_error`.
    """
    steps = len(shares) - 1
    side = first_cell_side(steps)
    wanted = {(i, j) for i in range(0, steps + 1, side) for j in range(0, steps + 1, side)}
    inside = shares >= level
    while side > 1 and not (wanted := {cell for cell in wanted if not asked[cell]}):
        for corner in _border_cells(shares, level, noise, side):
            wanted.update(_split(inside, asked, corner, side // 2))
        side //= 2
    return sorted(cell for cell in wanted if not asked[cell])


def _border_cells(shares: Floats, level: float, noise: float, side: int) -> Iterator[GridPoint]:
    """Yield the cells whose known points disagree by more than the noise."""
    for i in range(0, len(shares) - 1, side):
        for j in range(0, len(shares) - 1, side):
            cell = shares[i : i + side + 1, j : j + side + 1]
            found = cell[np.isfinite(cell)]
            if found.size and found.min() < level <= found.max() and np.ptp(found) > noise:
                yield i, j


def _split(inside: Flags, asked: Flags, corner: GridPoint, half: int) -> Iterator[GridPoint]:
    """Yield the points that split a cell: its centre, and the midpoints of its sides."""
    (i, j), whole = corner, 2 * half
    centre = i + half, j + half
    yield centre
    corners = (i, j), (i + whole, j), (i + whole, j + whole), (i, j + whole)
    for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
        crossed = inside[a] != inside[b] or (asked[centre] and inside[centre] != inside[a])
        if half > 1 or crossed:
            yield (a[0] + b[0]) // 2, (a[1] + b[1]) // 2


def fill_gaps(shares: Floats) -> Floats:
    """Return a map without gaps: a point that was not run is the mean of the two or four around it that its cell has.

    Where these agree on a side of the level, so does the mean; so cells that were not split keep their side.
    """
    out = shares.copy()
    side = first_cell_side(len(out) - 1)
    while side > 1:
        half = side // 2
        for part in (out, out.T):  # midpoints of sides, along one axis and the other
            _fill(part[half::side, ::side], (part[:-side:side, ::side], part[side::side, ::side]))
        corners = (
            out[:-side:side, :-side:side],
            out[side::side, :-side:side],
            out[:-side:side, side::side],
        )
        _fill(out[half::side, half::side], (*corners, out[side::side, side::side]))
        side = half
    return out


def _fill(gaps: Floats, around: tuple[Floats, ...]) -> None:
    """Write the mean of what is around where there is a gap, in place; around a failed point the others count."""
    stack = np.array(around)
    known = np.isfinite(stack)
    counts = known.sum(axis=0)
    means = np.divide(
        np.where(known, stack, 0.0).sum(axis=0),
        counts,
        out=np.full(gaps.shape, np.nan),
        where=counts > 0,
    )
    gaps[...] = np.where(np.isfinite(gaps), gaps, means)
