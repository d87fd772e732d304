"""The measures of a run by name, and what they come to over its worlds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from equipoise.analysis import measures
from equipoise.analysis.measures import NAN, Trouble
from equipoise.arraytypes import Floats
from equipoise.record import Record
from equipoise.run import Run
from equipoise.settings import Settings

CONFIDENCE = 0.95
METHOD = (
    "mean over worlds with its 95 % Student t interval, cut to the measure's range; "
    "worlds where a measure has no value are left out of it"
)
ANY = float("inf")


class Measure(NamedTuple):
    """One measure of a run: name, unit, meaning, and the range it cannot leave."""

    name: str
    unit: str
    meaning: str
    low: float = 0.0
    high: float = ANY


MEASURES = (
    Measure("days", "days", "scored days that were finished"),
    Measure("time_in_band", "share", "share of days on which satisfaction was in its band", 0, 1),
    Measure("iae", "satisfaction x days", "distance from the set-point, summed over days"),
    Measure("iae_per_day", "satisfaction", "distance from the set-point on an ordinary day", 0, 1),
    Measure("largest_deviation", "satisfaction", "farthest that satisfaction was from the set-point", 0, 1),
    Measure("lowest", "satisfaction", "satisfaction on its worst day", 0, 1),
    Measure("steady_state_error", "satisfaction", "last 28 days less the set-point; below 0 = too low", -1, 1),
    Measure("troubles", "number", "strikes, counting those that hit while an earlier one was not overcome as one"),
    Measure("unsettled", "number", "of these, not overcome by the end"),
    Measure("settling_time", "days", "longest time from a strike until satisfaction was in its band to stay (14 days)"),
    Measure("recovery_half_life", "days", "longest time from the lowest day until half of a fall was made good"),
    Measure(
        "overshoot", "share", "largest rise above the set-point after a fall below its band, as a share of the fall"
    ),
    Measure("oscillation_index", "share", "share of satisfaction's ups and downs that is one regular swing", 0, 1),
    Measure("oscillation_period", "days", "length of that swing"),
    Measure("oscillation_amplitude", "satisfaction", "height of that swing above and below the mean", 0, 1),
    Measure("cost", "money", "cost of effort"),
    Measure("revenue", "money", "earned by uses"),
    Measure("net", "money", "revenue less cost", -ANY),
    Measure("customers_lost", "people", "customers who left"),
    Measure("customers_won", "people", "people who became customers"),
    Measure("positive_share", "share", "share of posts that were positive", 0, 1),
    Measure("positive_per_negative", "ratio", "positive posts for each negative one"),
    Measure("open_complaints", "cases", "complaints open on an ordinary day"),
    Measure("gap", "satisfaction", "how far the firm's belief was from the truth on an ordinary day", 0, 1),
    Measure("belief_bias", "satisfaction", "belief less truth; above 0 = too rosy", -1, 1),
    Measure("belief_known", "share", "share of days on which the firm believed anything", 0, 1),
    Measure("false_alarm", "share", "share of days in the band on which the firm believed it to be below", 0, 1),
    Measure("notice_delay", "days", "longest time from leaving the band until the firm believed it had"),
    Measure("worst_decile", "satisfaction", "mean satisfaction of the least satisfied tenth", 0, 1),
)


class Interval(NamedTuple):
    """A measure over worlds: mean, ends of its 95 % interval (nan for one world), number of worlds with a value."""

    mean: float
    low: float
    high: float
    worlds: int


def scored(record: Record) -> dict[str, Floats]:
    """Return every column of a record's scored and finished days, by name."""
    return {name: values[record.burn_in :] for name, values in record.columns().items()}


def starts(record: Record) -> list[int]:
    """Return the scored days on which something struck, as far as the record goes; one entry a strike."""
    days = (int(strike["start"]) - record.burn_in for strike in record.strikes)
    return [day for day in days if 0 <= day < int(record.filled) - record.burn_in]


def troubles_of(record: Record, settings: Settings) -> tuple[Trouble, ...]:
    """Return the troubles that the strikes of a record gave its firm."""
    path = scored(record)["satisfaction"]
    return measures.troubles(path, settings.firm.set_point, settings.firm.band, starts(record))


def summary(record: Record, settings: Settings) -> dict[str, float]:
    """Return all MEASURES of one world's scored days, by name; nan where one has nothing to go by."""
    of = scored(record)
    parts = troubles_of(record, settings)
    values = {"days": float(len(of["day"]))}
    values |= _homeostasis(of["satisfaction"], settings)
    values |= _recovery(of, parts, settings)
    values |= _totals(of)
    values |= _belief(of, settings)
    return {each.name: values[each.name] for each in MEASURES}


def _homeostasis(path: Floats, settings: Settings) -> dict[str, float]:
    goal, band = settings.firm.set_point, settings.firm.band
    cycle = measures.oscillation(path)
    return {
        "time_in_band": measures.time_in_band(path, goal, band),
        "iae": measures.iae(path, goal),
        "iae_per_day": measures.iae_per_day(path, goal),
        "largest_deviation": measures.largest_deviation(path, goal),
        "lowest": measures.lowest(path),
        "steady_state_error": measures.steady_state_error(path, goal),
        "oscillation_index": cycle.share,
        "oscillation_period": cycle.period,
        "oscillation_amplitude": cycle.amplitude,
    }


def _recovery(of: dict[str, Floats], parts: tuple[Trouble, ...], settings: Settings) -> dict[str, float]:
    """Return the measures of troubles: each is that of the worst trouble; settling time nan if one never settled."""
    path, believed = of["satisfaction"], of["believed"]
    goal, band = settings.firm.set_point, settings.firm.band
    unsettled = float(sum(measures.unsettled(part, path, goal, band) for part in parts))
    known = bool(np.isfinite(path).any())
    return {
        "troubles": float(len(parts)) if known else NAN,
        "unsettled": unsettled if known else NAN,
        "settling_time": NAN if unsettled else measures.longest(part.settled for part in parts),
        "recovery_half_life": measures.over(parts, lambda a, b: measures.recovery_half_life(path, a, b, least=band)),
        "overshoot": measures.over(parts, lambda a, b: measures.overshoot(path, goal, band, a, b)),
        "notice_delay": measures.over(
            parts or [Trouble(0, len(path), NAN)],
            lambda a, b: measures.notice_delay(path, believed, goal, band, a, b),
        ),
    }


def _totals(of: dict[str, Floats]) -> dict[str, float]:
    cost, revenue = measures.total(of["cost"]), measures.total(of["revenue"])
    return {
        "cost": cost,
        "revenue": revenue,
        "net": revenue - cost,
        "customers_lost": measures.total(of["left"]),
        "customers_won": measures.total(of["joined"]),
        "positive_share": measures.positive_share(of["positive"], of["negative"]),
        "positive_per_negative": measures.positive_per_negative(of["positive"], of["negative"]),
        "open_complaints": measures.mean(of["open_complaints"]),
        "worst_decile": measures.mean(of["worst_decile"]),
    }


def _belief(of: dict[str, Floats], settings: Settings) -> dict[str, float]:
    path, believed = of["satisfaction"], of["believed"]
    return {
        "gap": measures.gap(path, believed),
        "belief_bias": measures.belief_bias(path, believed),
        "false_alarm": measures.false_alarm(path, believed, settings.firm.set_point, settings.firm.band),
        "belief_known": measures.belief_known(believed),
    }


def judged(run: Run) -> tuple[Record, ...]:
    """Return the records that a run is judged by: the finished worlds, or the one that was begun if there are none."""
    days = run.settings.burn_in + run.settings.horizon
    return tuple(record for record in run.records if int(record.filled) >= days) or run.records[-1:]


def summaries(run: Run) -> dict[str, Interval]:
    """Return each measure over the worlds that a run is judged by, as METHOD says."""
    tables = [summary(record, run.settings) for record in judged(run)]
    return {each.name: interval([table[each.name] for table in tables], each.low, each.high) for each in MEASURES}


def interval(values: Iterable[float], low: float = -ANY, high: float = ANY) -> Interval:
    """Return mean +- t sd / sqrt(n) over the known values, cut to low..high; t is Student's for n - 1 degrees.

    Source: Student 1908.
    """
    known = np.array([*values], float)
    known = known[np.isfinite(known)]
    n = len(known)
    if not n:
        return Interval(NAN, NAN, NAN, 0)
    centre = float(known.mean())
    if n == 1:
        return Interval(centre, NAN, NAN, 1)
    half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * known.std(ddof=1) / np.sqrt(n))
    return Interval(centre, max(centre - half, low), min(centre + half, high), n)
