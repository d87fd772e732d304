"""Measures of one run: one pure function each, over plain arrays of scored days.

``path`` is mean satisfaction of customers by day, nan on days without customers; such days are left
out of means and shares, and never count as settled. A measure with nothing to go by is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.settings.settings import Firm

NAN = float("nan")
# Days in the band without a break after which satisfaction counts as settled. Two weeks outlast the
# noise of daily means; with fewer days, a lucky week ends a trouble that goes on.
HOLD = 14
# Days at the end that count as the steady state: four whole weeks, so that weekly swings cancel.
TAIL = 28
# Days before a strike that tell the level it struck; one day alone would carry its noise.
BEFORE = 7
FEWEST_DAYS = 28  # fewer tell nothing about cycles
FEWEST_CYCLES = 2  # a slower swing is one fall and one rise
SHORTEST_PERIOD = 4  # days


def _select_known(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _share_of_days(flags: Flags) -> float:
    """Return the share of flagged days; nan without a day."""
    if not len(flags):
        return NAN
    return float(flags.mean())


def _first_day(flags: Flags) -> float:
    """Return the number of the first flagged day; nan if there is none."""
    days = np.flatnonzero(flags)
    if not len(days):
        return NAN
    return float(days[0])


def total(values: Floats) -> float:
    """Return the sum over the days with a value, of cost, revenue or customers lost."""
    known = _select_known(values)
    if not len(known):
        return NAN
    return float(known.sum())


def operating_result(totals: Mapping[str, float], firm: Firm) -> float:
    """Return contribution - (marketing + steady fixes) * revenue - cost, in dollars, of totals.

    Args:
        totals: contribution, revenue and cost (the price of the policy), by name.
        firm: with marketing and steady fixes as shares of revenue.
    """
    overhead = (firm.marketing + firm.steady_fixes) * totals["revenue"]
    return totals["contribution"] - overhead - totals["cost"]


def mean(values: Floats) -> float:
    """Return the mean over the days with a value, of satisfaction or open complaints."""
    known = _select_known(values)
    if not len(known):
        return NAN
    return float(known.mean())


def largest_known(values: Iterable[float]) -> float:
    """Return the largest of the known values, over the troubles of a run."""
    known = _select_known(np.array([*values], float))
    if not len(known):
        return NAN
    return float(known.max())


# homeostasis


def is_outside_band(path: Floats, set_point: float, band: float) -> Flags:
    """Return the days with satisfaction known and out of its band: |s - set_point| > band."""
    # nan > band is False: a day without customers is not out of the band.
    return np.abs(path - set_point) > band


def time_in_band(path: Floats, set_point: float, band: float) -> float:
    """Return the share of days in the band: mean of [|s - set_point| <= band].

    Source: the "time in range" of glucose control (Battelino et al. 2019).
    """
    known = _select_known(path)
    is_inside = ~is_outside_band(known, set_point, band)
    return _share_of_days(is_inside)


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
    """Return mean(s) - set_point over the last ``tail`` days; below 0 = too low.

    Over all days if there are fewer than ``tail``.

    Source: Astrom & Murray 2008, Feedback Systems, ch. 10, with the sign turned to be read as a
    shortfall.
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
    """Return the days from ``start`` until satisfaction is in its band to stay.

    To stay means ``hold`` days without a break. What comes before the worst day does not count: a
    fault that works slowly leaves satisfaction in its band for a while. 0 = it never left; nan = it
    does not stay before ``end``.

    Source: Astrom & Murray 2008, ch. 5; ``hold`` replaces their "for all later times" in a noisy
    path.
    """
    error = np.abs(path[start:end] - set_point)
    if len(error) < hold or not np.isfinite(error).any():
        return NAN
    is_inside = error <= band
    windows = np.lib.stride_tricks.sliding_window_view(is_inside, hold)
    stays: Flags = np.asarray(windows.all(axis=1))
    worst = int(np.nanargmax(error))
    if not is_inside[worst]:
        # A slow fault has not yet shown: days in the band before the worst one settle nothing.
        stays[:worst] = False
    return _first_day(stays)


class Trouble(NamedTuple):
    """A stretch of days from a strike until satisfaction has settled.

    ``start`` and ``end`` are days, ``end`` that of the next strike or the end of the run;
    ``settled`` is the settling time (nan = not settled).
    """

    start: int
    end: int
    settled: float


def find_troubles(
    path: Floats, set_point: float, band: float, starts: Iterable[int], hold: int = HOLD
) -> tuple[Trouble, ...]:
    """Return one trouble for each strike that found satisfaction settled.

    A strike before satisfaction has settled belongs to the trouble that is still going on.
    """
    days = sorted({start for start in starts if 0 <= start < len(path)})
    troubles: list[Trouble] = []
    while days:
        trouble = _first_trouble(path, set_point, band, days, hold)
        troubles.append(trouble)
        days = [day for day in days if day >= trouble.end]
    return tuple(troubles)


def _first_trouble(
    path: Floats, set_point: float, band: float, days: list[int], hold: int
) -> Trouble:
    """Return the trouble that begins with the first of some strikes."""
    start, *later = days
    for end in (*later, len(path)):
        settled = settling_time(path, set_point, band, start, end, hold)
        # Two strikes whose effects overlap cannot be told apart, so only a settled path ends it.
        if np.isfinite(settled):
            break
    return Trouble(start, end, settled)


def is_unsettled(
    part: Trouble, path: Floats, set_point: float, band: float, hold: int = HOLD
) -> bool:
    """Return True if a trouble lasted to the end.

    A trouble of too few days that never left the band is not known to have lasted.
    """
    days = path[part.start : part.end]
    is_out = is_outside_band(days, set_point, band).any()
    is_long = part.end - part.start >= hold
    return bool(np.isnan(part.settled) and (is_out or is_long))


def recovery_half_life(
    path: Floats, start: int, end: int | None = None, least: float = 0.0
) -> float:
    """Return the days from the lowest day after a strike until half of the fall is made good.

    The fall is measured from the mean of the 7 days before ``start`` (of the first day if there is
    none before). nan when the fall is not deeper than ``least``, or half of it is never made good
    before ``end``.

    Source: concepts.md, T_rec; engineering resilience, Pimm 1984.
    """
    window = path[start:end]
    # Without burn-in, a strike on day 0 has no day before it; day 0 stands for them.
    before = mean(path[max(start - BEFORE, 0) : max(start, 1)])
    if not np.isfinite(window).any() or not np.isfinite(before):
        return NAN
    trough = int(np.nanargmin(window))
    lowest = window[trough]
    fall = before - lowest
    if not fall > least:
        return NAN
    return _first_day(window[trough:] >= lowest + fall / 2)


def overshoot(
    path: Floats, set_point: float, band: float, start: int = 0, end: int | None = None
) -> float:
    """Return the overshoot past the set-point after the lowest day, as a share of its shortfall.

    max(s after the lowest day - set_point, 0) / (set_point - lowest); nan unless the lowest is
    below the band.

    Source: Astrom & Murray 2008, ch. 5.
    """
    window = path[start:end]
    if not np.isfinite(window).any():
        return NAN
    trough = int(np.nanargmin(window))
    shortfall = set_point - window[trough]
    if shortfall <= band:
        return NAN
    excess = np.nanmax(window[trough:]) - set_point
    return float(max(excess, 0.0) / shortfall)


def notice_delay(
    path: Floats,
    believed: Floats,
    set_point: float,
    band: float,
    start: int = 0,
    end: int | None = None,
) -> float:
    """Return the days from leaving the band until the firm believes satisfaction out on that side.

    nan when satisfaction does not leave the band after ``start``, or the firm does not come to
    believe it.

    Source: concepts.md, T_det.
    """
    error = path[start:end] - set_point
    days_out = np.flatnonzero(np.abs(error) > band)
    if not len(days_out):
        return NAN
    first = days_out[0]
    believed_error = believed[start:end][first:] - set_point
    # A belief on the wrong side of the band is an error of its own, not a detection.
    return _first_day(np.sign(error[first]) * believed_error > band)


# swings


class Oscillation(NamedTuple):
    """The strongest cycle of a path.

    ``share`` is that of the variance (0..1), ``period`` is in days, ``amplitude`` in satisfaction.
    """

    share: float
    period: float
    amplitude: float


def oscillation(path: Floats) -> Oscillation:
    """Return the cycle that explains most of a path's variance; its share is the oscillation index.

    With z = s - mean(s) of n days, a cycle of f turns explains
    2 |sum z exp(-2 pi i f t / n)|^2 / (n sum z^2) of the variance: 1 for a pure sine, about 0.03
    for white noise over a year, below 0.2 for one slow fall and recovery, because a cycle must turn
    at least twice. Turns are searched in quarters, periods from 4 days. The share does not depend
    on level or scale, so read it with the amplitude. nan below 28 days.

    Source: Schuster 1898; spectral peaks to detect oscillating control loops: Thornhill & Horch
    2007.
    """
    n = len(path)
    known = np.isfinite(path)
    if known.sum() < FEWEST_DAYS:
        return Oscillation(NAN, NAN, NAN)
    z = np.where(known, path - mean(path), 0.0)
    squares = float((z * z).sum())
    # A constant path differs from its mean by rounding alone, which can look like a cycle.
    if squares < 1e-12 * n:
        return Oscillation(0.0, NAN, 0.0)
    turns, power = _cycle_powers(z)
    best = int(power.argmax())
    strongest = power[best]
    share = min(2.0 * float(strongest) / (n * squares), 1.0)
    period = n / float(turns[best])
    amplitude = float(2.0 * np.sqrt(strongest) / n)
    return Oscillation(share, period, amplitude)


def _cycle_powers(z: Floats) -> tuple[Floats, Floats]:
    """Return the turns of all cycles searched, and |sum z exp(-2 pi i f t / n)|^2 of each."""
    n = len(z)
    turns = np.arange(2 * n + 1) / 4.0
    # Padding to 4 n days gives quarters of a turn; whole turns alone would miss a peak between two.
    power = np.abs(np.fft.rfft(z, 4 * n)) ** 2
    is_slow = turns < FEWEST_CYCLES
    is_fast = turns > n / SHORTEST_PERIOD
    power[is_slow | is_fast] = 0.0
    return turns, power


# belief, and word of mouth


def mean_belief_error(path: Floats, believed: Floats) -> float:
    """Return the mean |believed - true| satisfaction over the days where both are known."""
    return mean(np.abs(believed - path))


def belief_bias(path: Floats, believed: Floats) -> float:
    """Return the mean of believed - true satisfaction over days with both; above 0 = too high."""
    return mean(believed - path)


def false_alarm(path: Floats, believed: Floats, set_point: float, band: float) -> float:
    """Return the share of days in the band on which the firm believes satisfaction to be below it.

    Days without a belief count as no alarm; nan without a day in the band.
    """
    is_inside = np.abs(path - set_point) <= band
    # A comparison with nan is False: a day without a belief raises no alarm.
    is_alarm = believed[is_inside] < set_point - band
    return _share_of_days(is_alarm)


def green_while_red(path: Floats, believed: Floats, set_point: float, band: float) -> float:
    """Return the share of days on which the firm believed satisfaction in its band, and it was out.

    Of the days with customers. Days without a belief count as not believed; nan for a firm that
    believed nothing on any day.

    Source: concepts.md, S4-01: thinking that a strategy works does not mean that it does.
    """
    is_green = np.isfinite(believed) & ~is_outside_band(believed, set_point, band)
    is_red = is_outside_band(path, set_point, band)
    return _share_of_errors(path, believed, is_green & is_red)


def red_while_green(path: Floats, believed: Floats, set_point: float, band: float) -> float:
    """Return the share of days on which the firm believed satisfaction out of its band wrongly.

    On either side of the band, unlike `false_alarm`; else as `green_while_red`.
    """
    is_red = is_outside_band(believed, set_point, band)
    is_green = ~is_outside_band(path, set_point, band)
    return _share_of_errors(path, believed, is_red & is_green)


def _share_of_errors(path: Floats, believed: Floats, is_error: Flags) -> float:
    """Return the share of days with customers on which the belief is an error."""
    # A firm without any belief makes no such error, but 0 would rank it as well informed.
    if not np.isfinite(believed).any():
        return NAN
    return _share_of_days(is_error[np.isfinite(path)])


def belief_known(believed: Floats) -> float:
    """Return the share of days on which the firm believes anything."""
    return _share_of_days(np.isfinite(believed))


def positive_share(positive: Floats, negative: Floats) -> float:
    """Return positive posts / (positive + negative posts); nan without posts."""
    posts = total(positive) + total(negative)
    return positive_ratio(total(positive), posts)


def positive_per_negative(positive: Floats, negative: Floats) -> float:
    """Return positive posts / negative posts; nan without a negative one.

    Source: about three to one in calm times, East, Hammond & Wright 2007.
    """
    return positive_ratio(total(positive), total(negative))


def positive_ratio(above: float, below: float) -> float:
    """Return above / below; nan unless there is something below."""
    if not below > 0:
        return NAN
    return above / below


# who is served, and who is not


def daily_share(part: Floats, whole: Floats) -> float:
    """Return the mean of part / whole over the days with a whole, such as of advocates."""
    there = whole > 0
    return mean(part[there] / whole[there])


def strata_gap(low: Floats, high: Floats) -> float:
    """Return the mean of the highest stratum's satisfaction less the lowest's.

    Above 0 = the low stratum fares worse.
    """
    return mean(high - low)


def mean_at_end(values: Floats, tail: int = TAIL) -> float:
    """Return the mean over the last ``tail`` days, of the spread between tribes.

    Over all days if there are fewer than ``tail``.
    """
    return mean(values[-tail:])


def change_over_run(values: Floats, tail: int = TAIL) -> float:
    """Return the mean over the last ``tail`` days less that over the first ``tail``.

    Of the spread between tribes and within them: above 0 = people have drifted apart. A path of
    fewer than 2 ``tail`` days is cut in halves.
    """
    width = min(tail, len(values) // 2)
    if not width:
        return NAN
    return mean(values[-width:]) - mean(values[:width])


def largest_over_troubles(parts: Iterable[Trouble], measure: Callable[[int, int], float]) -> float:
    """Return the largest value of a measure of (start, end) over troubles."""
    return largest_known(measure(trouble.start, trouble.end) for trouble in parts)


def find_spells(flags: Flags) -> tuple[tuple[int, int], ...]:
    """Return (first day, day after the last) of every unbroken run of flagged days."""
    # Unflagged days at both ends close the spells that touch the first or the last day.
    padded = np.concatenate(([False], flags, [False]))
    steps = np.diff(padded.astype(np.int8))
    edges = np.flatnonzero(steps).reshape(-1, 2)
    return tuple((int(start), int(end)) for start, end in edges)
