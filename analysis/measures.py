"""Measures of one run: one pure function each, over plain arrays of scored days.

``path`` is mean satisfaction of customers by day, nan on days without customers; such days are left out of
means and shares, and never count as settled. A measure with nothing to go by is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats

NAN = float("nan")
HOLD = 14  # days in the band without a break after which satisfaction counts as settled
TAIL = 28  # days at the end that count as the steady state
BEFORE = 7  # days before a strike that tell the level it struck
FEWEST_DAYS = 28  # fewer tell nothing about cycles
FEWEST_CYCLES = 2  # a slower swing is one fall and one rise
SHORTEST_PERIOD = 4  # days


def _select_known(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def total(values: Floats) -> float:
    """Return the sum over days, of cost, revenue, or customers lost; days without a value add nothing."""
    known = _select_known(values)
    return float(known.sum()) if len(known) else NAN


def mean(values: Floats) -> float:
    """Return the mean over the days with a value, of satisfaction, the worst decile or open complaints."""
    known = _select_known(values)
    return float(known.mean()) if len(known) else NAN


def largest_known(values: Iterable[float]) -> float:
    """Return the largest of the known values, over the troubles of a run."""
    known = _select_known(np.array([*values], float))
    return float(known.max()) if len(known) else NAN


# homeostasis


def is_outside_band(path: Floats, set_point: float, band: float) -> Flags:
    """Return the days on which satisfaction is known and out of its band: |s - set_point| > band."""
    return np.abs(path - set_point) > band


def time_in_band(path: Floats, set_point: float, band: float) -> float:
    """Return the share of days in the band: mean of [|s - set_point| <= band].

    Source: model.md section 4; the "time in range" of glucose control (Battelino et al. 2019).
    """
    known = _select_known(path)
    return float((~is_outside_band(known, set_point, band)).mean()) if len(known) else NAN


def iae(path: Floats, set_point: float) -> float:
    """Return the integrated absolute error, sum of |s - set_point| over days.

    Source: Astrom & Hagglund 2006, Advanced PID Control, ch. 4.
    """
    return total(np.abs(path - set_point))


def iae_per_day(path: Floats, set_point: float) -> float:
    """Return the mean absolute error: integrated absolute error / days with customers."""
    return mean(np.abs(path - set_point))


def largest_deviation(path: Floats, set_point: float) -> float:
    """Return max |s - set_point|."""
    return largest_known(np.abs(path - set_point))


def lowest_level(path: Floats) -> float:
    """Return the least satisfaction of any day."""
    return -largest_known(-path)


def steady_state_error(path: Floats, set_point: float, tail: int = TAIL) -> float:
    """Return mean(s) - set_point over the last ``tail`` days, or over all if there are fewer; below 0 = too low.

    Source: Astrom & Murray 2008, Feedback Systems, ch. 10, with the sign turned to be read as a shortfall.
    """
    return mean(path[-tail:]) - set_point


# after a strike


def settling_time(
    path: Floats,
    set_point: float,
    band: float,
    start: int = 0,
    end: int | None = None,
    hold: int = HOLD,
) -> float:
    """Return the days from ``start`` until satisfaction is in its band to stay; nan if it is not so before ``end``.

    To stay means ``hold`` days without a break. What comes before the worst day does not count: a fault that
    works slowly leaves satisfaction in its band for a while. 0 = it never left.

    Source: Astrom & Murray 2008, ch. 5; ``hold`` replaces their "for all later times" in a noisy path.
    """
    error = np.abs(path[start:end] - set_point)
    if len(error) < hold or not np.isfinite(error).any():
        return NAN
    inside = np.lib.stride_tricks.sliding_window_view(error <= band, hold)
    worst = int(np.nanargmax(error))
    stays = np.flatnonzero(inside.all(axis=1))
    stays = stays[stays >= (worst if error[worst] > band else 0)]
    return float(stays[0]) if len(stays) else NAN


class Trouble(NamedTuple):
    """A stretch of days from a strike until satisfaction has settled, or until the next strike or the end.

    ``start`` and ``end`` are days; ``settled`` is the settling time (nan = not settled).
    """

    start: int
    end: int
    settled: float


def find_troubles(
    path: Floats, set_point: float, band: float, starts: Iterable[int], hold: int = HOLD
) -> tuple[Trouble, ...]:
    """Return one trouble for each strike that found satisfaction settled; strikes before that belong to one trouble."""
    days = sorted({start for start in starts if 0 <= start < len(path)})
    out: list[Trouble] = []
    while days:
        start, *later = days
        for end in (*later, len(path)):
            settled = settling_time(path, set_point, band, start, end, hold)
            if np.isfinite(settled):
                break
        out.append(Trouble(start, end, settled))
        days = [day for day in days if day >= end]
    return tuple(out)


def is_unsettled(
    part: Trouble, path: Floats, set_point: float, band: float, hold: int = HOLD
) -> bool:
    """Return True if a trouble lasted to the end.

    A trouble of too few days that never left the band is not known to have lasted.
    """
    out = is_outside_band(path[part.start : part.end], set_point, band).any()
    return bool(np.isnan(part.settled) and (out or part.end - part.start >= hold))


def recovery_half_life(
    path: Floats, start: int, end: int | None = None, least: float = 0.0
) -> float:
    """Return the days from the lowest day after a strike until half of the fall is made good.

    The fall is measured from the mean of the 7 days before ``start`` (of the first day if there is none before).
    nan when the fall is not deeper than ``least``, or half of it is never made good before ``end``.

    Source: concepts.md, T_rec; engineering resilience, Pimm 1984.
    """
    window = path[start:end]
    before = mean(path[max(start - BEFORE, 0) : max(start, 1)])
    if not np.isfinite(window).any() or not np.isfinite(before):
        return NAN
    trough = int(np.nanargmin(window))
    fall = before - window[trough]
    half = np.flatnonzero(window[trough:] >= window[trough] + fall / 2)
    return float(half[0]) if fall > least and len(half) else NAN


def overshoot(
    path: Floats, set_point: float, band: float, start: int = 0, end: int | None = None
) -> float:
    """Return the overshoot past the set-point after the lowest day, as a share of its shortfall.

    max(s after the lowest day - set_point, 0) / (set_point - lowest); nan unless the lowest is below the band.

    Source: Astrom & Murray 2008, ch. 5.
    """
    window = path[start:end]
    if not np.isfinite(window).any():
        return NAN
    trough = int(np.nanargmin(window))
    shortfall = set_point - window[trough]
    if shortfall <= band:
        return NAN
    return float(max(np.nanmax(window[trough:]) - set_point, 0.0) / shortfall)


def notice_delay(
    path: Floats,
    believed: Floats,
    set_point: float,
    band: float,
    start: int = 0,
    end: int | None = None,
) -> float:
    """Return the days from satisfaction's leaving its band until the firm believes it to be out on that side.

    nan when satisfaction does not leave the band after ``start``, or the firm does not come to believe it.

    Source: concepts.md, T_det.
    """
    error, thought = path[start:end] - set_point, believed[start:end] - set_point
    out = np.flatnonzero(np.abs(error) > band)
    if not len(out):
        return NAN
    noticed = np.flatnonzero(np.sign(error[out[0]]) * thought[out[0] :] > band)
    return float(noticed[0]) if len(noticed) else NAN


# swings


class Oscillation(NamedTuple):
    """The strongest cycle of a path: share of the variance (0..1), period in days, amplitude in satisfaction."""

    share: float
    period: float
    amplitude: float


def oscillation(path: Floats) -> Oscillation:
    """Return the cycle that explains most of a path's variance: the oscillation index is that share.

    With z = s - mean(s) of n days, a cycle of f turns explains 2 |sum z exp(-2 pi i f t / n)|^2 / (n sum z^2)
    of the variance: 1 for a pure sine, about 0.03 for white noise over a year, below 0.2 for one slow fall and
    recovery, because a cycle must turn at least twice. Turns are searched in quarters, periods from 4 days.
    The share does not depend on level or scale, so read it with the amplitude. nan below 28 days.

    Source: Schuster 1898; spectral peaks to detect oscillating control loops: Thornhill & Horch 2007.
    """
    n, known = len(path), np.isfinite(path)
    if known.sum() < FEWEST_DAYS:
        return Oscillation(NAN, NAN, NAN)
    z = np.where(known, path - mean(path), 0.0)
    variance = float((z * z).sum())
    if variance < 1e-12 * n:
        return Oscillation(0.0, NAN, 0.0)
    turns = np.arange(2 * n + 1) / 4.0
    power = np.abs(np.fft.rfft(z, 4 * n)) ** 2
    power[(turns < FEWEST_CYCLES) | (turns > n / SHORTEST_PERIOD)] = 0.0
    best = int(power.argmax())
    share = min(2.0 * float(power[best]) / (n * variance), 1.0)
    return Oscillation(share, n / float(turns[best]), float(2.0 * np.sqrt(power[best]) / n))


# belief, and word of mouth


def mean_belief_error(path: Floats, believed: Floats) -> float:
    """Return the mean |believed - true| satisfaction over the days where both are known."""
    return mean(np.abs(believed - path))


def belief_bias(path: Floats, believed: Floats) -> float:
    """Return the mean of believed - true satisfaction over the days where both are known; above 0 = too high."""
    return mean(believed - path)


def false_alarm(path: Floats, believed: Floats, set_point: float, band: float) -> float:
    """Return the share of days in the band on which the firm believes satisfaction to be below it.

    Days without a belief count as no alarm; nan without a day in the band.
    """
    inside = np.abs(path - set_point) <= band
    return float((believed[inside] < set_point - band).mean()) if inside.any() else NAN


def green_while_red(path: Floats, believed: Floats, set_point: float, band: float) -> float:
    """Return the share of days with customers on which the firm believed satisfaction in its band, and it was out.

    Days without a belief count as not believed; nan for a firm that believed nothing on any day.

    Source: concepts.md, S4-01: thinking that a strategy works does not mean that it does.
    """
    green = np.isfinite(believed) & ~is_outside_band(believed, set_point, band)
    return _mistaken(path, believed, green & is_outside_band(path, set_point, band))


def red_while_green(path: Floats, believed: Floats, set_point: float, band: float) -> float:
    """Return the share of days with customers on which the firm believed satisfaction out of its band, and it was in.

    On either side of the band, unlike `false_alarm`; else as `green_while_red`.
    """
    return _mistaken(
        path,
        believed,
        is_outside_band(believed, set_point, band) & ~is_outside_band(path, set_point, band),
    )


def _mistaken(path: Floats, believed: Floats, wrong: Flags) -> float:
    known = np.isfinite(path)
    return float(wrong[known].mean()) if known.any() and np.isfinite(believed).any() else NAN


def belief_known(believed: Floats) -> float:
    """Return the share of days on which the firm believes anything."""
    return float(np.isfinite(believed).mean()) if len(believed) else NAN


def positive_share(positive: Floats, negative: Floats) -> float:
    """Return positive posts / (positive + negative posts); nan without posts."""
    return positive_ratio(total(positive), total(positive) + total(negative))


def positive_per_negative(positive: Floats, negative: Floats) -> float:
    """Return positive posts / negative posts; nan without a negative one.

    Source: about three to one in calm times, East, Hammond & Wright 2007.
    """
    return positive_ratio(total(positive), total(negative))


def positive_ratio(above: float, below: float) -> float:
    """Return above / below; nan unless there is something below."""
    return above / below if below > 0 else NAN


# who is served, and who is not


def daily_share(part: Floats, whole: Floats) -> float:
    """Return the mean of part / whole over the days with a whole: of customers who are advocates."""
    there = whole > 0
    return mean(part[there] / whole[there])


def strata_gap(low: Floats, high: Floats) -> float:
    """Return the mean of the highest stratum's satisfaction less the lowest's; above 0 = the low fare worse."""
    return mean(high - low)


def mean_at_end(values: Floats, tail: int = TAIL) -> float:
    """Return the mean over the last ``tail`` days, or over all if there are fewer: of the spread between tribes."""
    return mean(values[-tail:])


def change_over_run(values: Floats, tail: int = TAIL) -> float:
    """Return the mean over the last ``tail`` days less that over the first, or of halves of a shorter path.

    Of the spread between tribes and within them: above 0 = people have drifted apart.
    """
    width = min(tail, len(values) // 2)
    return mean(values[-width:]) - mean(values[:width]) if width else NAN


def largest_over_troubles(parts: Iterable[Trouble], measure: Callable[[int, int], float]) -> float:
    """Return the largest value of a measure of (start, end) over troubles."""
    return largest_known(measure(trouble.start, trouble.end) for trouble in parts)


def find_spells(flags: Flags) -> tuple[tuple[int, int], ...]:
    """Return (first day, day after the last) of every unbroken run of flagged days."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return tuple((int(a), int(b)) for a, b in edges.reshape(-1, 2))
