"""The measures of a run by name, and what they come to over its worlds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from equipoise.analysis import measures
from equipoise.analysis.characteristics import characteristics
from equipoise.analysis.measures import NAN, Trouble
from equipoise.analysis.verdicts import Score, against_truth
from equipoise.array_types import Floats
from equipoise.consumers.state import CUSTOMER, STAGES
from equipoise.run_record import RunRecord
from equipoise.runner import Run
from equipoise.settings.settings import Settings

CONFIDENCE = 0.95
METHOD = (
    "mean over worlds with its 95 % Student t interval, cut to the measure's range; "
    "worlds where a measure has no value are left out of it"
)
ANY = float("inf")
FAULT = "fault_"  # begins the name of the column of a department's fault


class Measure(NamedTuple):
    """One measure of a run: name, unit, meaning, the range it cannot leave, and the heading it stands under."""

    name: str
    unit: str
    meaning: str
    low: float = 0.0
    high: float = ANY
    group: str = ""


GROUPS = {
    "Homeostasis": (
        Measure("days", "days", "scored days that were finished"),
        Measure(
            "time_in_band",
            "share",
            "share of days with satisfaction in its band, not below nor above",
            0,
            1,
        ),
        Measure("mean_satisfaction", "satisfaction", "satisfaction on an ordinary day", 0, 1),
        Measure("lowest", "satisfaction", "satisfaction on its worst day", 0, 1),
        Measure(
            "troubles",
            "number",
            "strikes, counting those that hit while an earlier one was not overcome as one",
        ),
        Measure("unsettled", "number", "of these, not overcome by the end"),
        Measure(
            "settling_time",
            "days",
            "longest time from a strike until satisfaction was in its band to stay (14 days)",
        ),
        Measure(
            "restricted_settling_time",
            "days",
            "settling time, counted up to the end of the run where it never settled",
        ),
        Measure(
            "recovery_half_life",
            "days",
            "longest time from the lowest day until half of a fall was made good",
        ),
        Measure(
            "steady_state_error",
            "satisfaction",
            "last 28 days less the set-point; below 0 = too low",
            -1,
            1,
        ),
        Measure(
            "iae_per_day", "satisfaction", "distance from the set-point on an ordinary day", 0, 1
        ),
        Measure("iae", "satisfaction x days", "distance from the set-point, summed over days"),
        Measure(
            "largest_deviation",
            "satisfaction",
            "farthest that satisfaction was from the set-point",
            0,
            1,
        ),
        Measure(
            "overshoot",
            "share",
            "largest rise above the set-point after a fall below its band, as a share of the fall",
        ),
        Measure(
            "oscillation_index",
            "share",
            "share of satisfaction's ups and downs that is one regular swing",
            0,
            1,
        ),
        Measure("oscillation_period", "days", "length of that swing"),
        Measure(
            "oscillation_amplitude",
            "satisfaction",
            "height of that swing above and below the mean",
            0,
            1,
        ),
    ),
    "Customers": (
        Measure("customers_lost", "people", "customers who left"),
        Measure("customers_won", "people", "people who became customers"),
        Measure("open_complaints", "cases", "complaints open on an ordinary day"),
        Measure(
            "worst_decile", "satisfaction", "mean satisfaction of the least satisfied tenth", 0, 1
        ),
        Measure("advocate_share", "share", "customers who are advocates on an ordinary day", 0, 1),
        Measure(
            "strata_gap",
            "satisfaction",
            "highest stratum less lowest; above 0 = the low fare worse",
            -1,
            1,
        ),
        Measure(
            "between_tribes", "satisfaction", "spread between tribes over the last 28 days", 0, 1
        ),
        Measure(
            "between_tribes_change",
            "satisfaction",
            "that, less over the first 28; above 0 = apart",
            -1,
            1,
        ),
        Measure(
            "within_tribes", "satisfaction", "spread within tribes over the last 28 days", 0, 1
        ),
        Measure(
            "within_tribes_change",
            "satisfaction",
            "that, less over the first 28; above 0 = apart",
            -1,
            1,
        ),
    ),
    "Word of mouth": (
        Measure("positive_share", "share", "share of posts that were positive", 0, 1),
        Measure("positive_per_negative", "ratio", "positive posts for each negative one"),
    ),
    "What the firm believed": (
        Measure(
            "gap",
            "satisfaction",
            "how far the firm's belief was from the truth on an ordinary day",
            0,
            1,
        ),
        Measure("belief_bias", "satisfaction", "belief less truth; above 0 = too rosy", -1, 1),
        Measure(
            "green_while_red",
            "share",
            "days on which it believed all in band, and customers were out",
            0,
            1,
        ),
        Measure(
            "red_while_green",
            "share",
            "days on which it believed them out of band, and they were in",
            0,
            1,
        ),
        Measure(
            "notice_delay",
            "days",
            "longest time from leaving the band until the firm believed it had",
        ),
        Measure(
            "false_alarm",
            "share",
            "share of days in the band on which the firm believed it to be below",
            0,
            1,
        ),
        Measure("belief_known", "share", "share of days on which the firm believed anything", 0, 1),
    ),
    "Its verdicts": (
        Measure("verdict_hits", "faults", "faults that it called systemic while they lasted"),
        Measure("verdict_misses", "faults", "faults that it never did"),
        Measure(
            "verdict_delay",
            "days",
            "median time from a fault's strike until it was called systemic",
        ),
        Measure("verdict_false_alarms", "verdicts", "systemic, on a department without a fault"),
        Measure(
            "verdict_rejections", "verdicts", "one-off, on a department without a fault: rightly"
        ),
    ),
    "Characteristics of a social enterprise": (
        Measure("connectivity", "of 100", "mean of the two below", 0, 100),
        Measure(
            "internal_connectivity",
            "of 100",
            "freshness of what deciders know, halved by a week",
            0,
            100,
        ),
        Measure("external_connectivity", "of 100", "people who follow the brand", 0, 100),
        Measure(
            "personal",
            "of 100",
            "voices answered and left standing; detractors who turned advocates",
            0,
            100,
        ),
        Measure(
            "contextual",
            "of 100",
            "questions and complaints closed in time, by firm or peers",
            0,
            100,
        ),
        Measure("mobile", "of 100", "people reached on the day", 0, 100),
    ),
    "Money": (
        Measure("net", "money", "revenue less cost", -ANY),
        Measure("revenue", "money", "earned by uses"),
        Measure("cost", "money", "cost of effort"),
    ),
}  # heading -> its measures, in the order in which a manager asks
MEASURES = tuple(each._replace(group=heading) for heading, part in GROUPS.items() for each in part)


class MeasureInterval(NamedTuple):
    """A measure over worlds: mean, ends of its 95 % interval (nan for one world), number of worlds with a value."""

    mean: float
    low: float
    high: float
    worlds: int


def scored_days(record: RunRecord) -> dict[str, Floats]:
    """Return every column of a record's scored and finished days, by name."""
    return {name: values[record.burn_in :] for name, values in record.columns().items()}


def strike_days(record: RunRecord) -> list[int]:
    """Return the scored days on which something struck, as far as the record goes; one entry a strike."""
    days = (int(strike["start"]) - record.burn_in for strike in record.strikes)
    return [day for day in days if 0 <= day < int(record.filled) - record.burn_in]


def record_troubles(record: RunRecord, settings: Settings) -> tuple[Trouble, ...]:
    """Return the troubles that the strikes of a record gave its firm."""
    path = scored_days(record)["satisfaction"]
    return measures.find_troubles(
        path, settings.firm.set_point, settings.firm.band, strike_days(record)
    )


def score_record_verdicts(record: RunRecord) -> Score:
    """Return how the verdicts of a record's firm fare against the faults of its departments."""
    faults = {
        name.removeprefix(FAULT): values
        for name, values in scored_days(record).items()
        if name.startswith(FAULT)
    }
    return against_truth(record.verdicts, faults, record.burn_in)


def measure_record(record: RunRecord, settings: Settings) -> dict[str, float]:
    """Return all MEASURES of one world's scored days, by name; nan where one has nothing to go by."""
    of = scored_days(record)
    parts = record_troubles(record, settings)
    values = {"days": float(len(of["day"]))}
    values |= _homeostasis(of["satisfaction"], settings)
    values |= _recovery(of, parts, settings)
    values |= _totals(of)
    values |= _customers(of)
    values |= _belief(of, settings)
    values |= characteristics(of, record.columns()["reading_age"], record.burn_in)
    values |= {
        f"verdict_{name}": value for name, value in score_record_verdicts(record)._asdict().items()
    }
    return {each.name: values[each.name] for each in MEASURES}


def _homeostasis(path: Floats, settings: Settings) -> dict[str, float]:
    goal, band = settings.firm.set_point, settings.firm.band
    cycle = measures.oscillation(path)
    return {
        "time_in_band": measures.time_in_band(path, goal, band),
        "iae": measures.iae(path, goal),
        "iae_per_day": measures.iae_per_day(path, goal),
        "largest_deviation": measures.largest_deviation(path, goal),
        "mean_satisfaction": measures.mean(path),
        "lowest": measures.lowest_level(path),
        "steady_state_error": measures.steady_state_error(path, goal),
        "oscillation_index": cycle.share,
        "oscillation_period": cycle.period,
        "oscillation_amplitude": cycle.amplitude,
    }


def _recovery(
    of: dict[str, Floats], parts: tuple[Trouble, ...], settings: Settings
) -> dict[str, float]:
    """Return the measures of troubles: each is that of the worst trouble; settling time nan if one never settled.

    Source: restricted mean survival time, for comparisons that must not leave out who failed: Royston & Parmar 2013.
    """
    path, believed = of["satisfaction"], of["believed"]
    goal, band = settings.firm.set_point, settings.firm.band
    lasting = [measures.is_unsettled(part, path, goal, band) for part in parts]
    days = [
        part.end - part.start if lasts else part.settled
        for part, lasts in zip(parts, lasting, strict=True)
    ]
    known = bool(np.isfinite(path).any())
    return {
        "troubles": float(len(parts)) if known else NAN,
        "unsettled": float(sum(lasting)) if known else NAN,
        "settling_time": NAN if any(lasting) else measures.largest_known(days),
        "restricted_settling_time": measures.largest_known(days),
        "recovery_half_life": measures.largest_over_troubles(
            parts, lambda a, b: measures.recovery_half_life(path, a, b, least=band)
        ),
        "overshoot": measures.largest_over_troubles(
            parts, lambda a, b: measures.overshoot(path, goal, band, a, b)
        ),
        "notice_delay": measures.largest_over_troubles(
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
        "positive_share": measures.positive_share(of["positive"], of["negative"]),
        "positive_per_negative": measures.positive_per_negative(of["positive"], of["negative"]),
    }


def _customers(of: dict[str, Floats]) -> dict[str, float]:
    spread: dict[str, float] = {}
    for name in ("between_tribes", "within_tribes"):
        spread |= {
            name: measures.mean_at_end(of[name]),
            f"{name}_change": measures.change_over_run(of[name]),
        }
    return spread | {
        "customers_lost": measures.total(of["left"]),
        "customers_won": measures.total(of["joined"]),
        "open_complaints": measures.mean(of["open_complaints"]),
        "worst_decile": measures.mean(of["worst_decile"]),
        "advocate_share": measures.daily_share(of["advocates"], of[f"stage_{STAGES[CUSTOMER]}"]),
        "strata_gap": measures.strata_gap(of["low_stratum"], of["high_stratum"]),
    }


def _belief(of: dict[str, Floats], settings: Settings) -> dict[str, float]:
    path, believed = of["satisfaction"], of["believed"]
    goal, band = settings.firm.set_point, settings.firm.band
    return {
        "gap": measures.mean_belief_error(path, believed),
        "belief_bias": measures.belief_bias(path, believed),
        "false_alarm": measures.false_alarm(path, believed, goal, band),
        "green_while_red": measures.green_while_red(path, believed, goal, band),
        "red_while_green": measures.red_while_green(path, believed, goal, band),
        "belief_known": measures.belief_known(believed),
    }


def complete_records(run: Run) -> tuple[RunRecord, ...]:
    """Return the records that a run is judged by: the finished worlds, or the one that was begun if there are none."""
    days = run.settings.burn_in + run.settings.horizon
    return tuple(record for record in run.records if int(record.filled) >= days) or run.records[-1:]


def summarise_run(run: Run) -> dict[str, MeasureInterval]:
    """Return each measure over the worlds that a run is judged by, as METHOD says."""
    tables = [measure_record(record, run.settings) for record in complete_records(run)]
    return {
        each.name: student_interval([table[each.name] for table in tables], each.low, each.high)
        for each in MEASURES
    }


def student_interval(
    values: Iterable[float], low: float = -ANY, high: float = ANY
) -> MeasureInterval:
    """Return mean +- t sd / sqrt(n) over the known values, cut to low..high; t is Student's for n - 1 degrees.

    Source: Student 1908.
    """
    known = np.array([*values], float)
    known = known[np.isfinite(known)]
    n = len(known)
    if not n:
        return MeasureInterval(NAN, NAN, NAN, 0)
    centre = float(known.mean())
    if n == 1:
        return MeasureInterval(centre, NAN, NAN, 1)
    half = float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2) * known.std(ddof=1) / np.sqrt(n))
    return MeasureInterval(centre, max(centre - half, low), min(centre + half, high), n)
