"""The measures of a run: of each world, and their mean with its confidence interval over worlds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from equipoise.analysis import measures
from equipoise.analysis.characteristics import compute_characteristics
from equipoise.analysis.measure_table import MEASURES, UNBOUNDED
from equipoise.analysis.measures import NAN, Trouble
from equipoise.analysis.verdicts import VerdictScore, score_verdicts
from equipoise.array_types import Floats
from equipoise.consumers.state import CUSTOMER, STAGES
from equipoise.run_record import RunRecord
from equipoise.runner import Run
from equipoise.settings.settings import Settings

CONFIDENCE = 0.95
METHOD = (
    "mean over worlds with its 95 % confidence interval (Student t), limited to the measure's "
    "range; worlds without a value are left out"
)
_FAULT_PREFIX = "fault_"  # of the column of a department's fault

Days = Mapping[str, Floats]


class MeasureInterval(NamedTuple):
    """A measure over worlds: mean, 95 % interval (nan for one world), worlds with a value."""

    mean: float
    low: float
    high: float
    worlds: int


def select_scored_days(record: RunRecord) -> dict[str, Floats]:
    """Return every column of a record's finished scored days, by name."""
    return {name: values[record.burn_in :] for name, values in record.columns().items()}


def strike_days(record: RunRecord) -> list[int]:
    """Return the finished scored days on which a strike began; one entry a strike."""
    days = (int(strike["start"]) - record.burn_in for strike in record.strikes)
    finished = int(record.filled) - record.burn_in
    return [day for day in days if 0 <= day < finished]


def record_troubles(record: RunRecord, settings: Settings) -> tuple[Trouble, ...]:
    """Return the troubles that the strikes of a record caused."""
    path = select_scored_days(record)["satisfaction"]
    set_point, band = settings.firm.set_point, settings.firm.band
    return measures.find_troubles(path, set_point, band, strike_days(record))


def score_record_verdicts(record: RunRecord) -> VerdictScore:
    """Return the score of a firm's verdicts against the faults of its departments."""
    faults = {}
    for column, values in select_scored_days(record).items():
        if column.startswith(_FAULT_PREFIX):
            faults[column.removeprefix(_FAULT_PREFIX)] = values
    return score_verdicts(record.verdicts, faults, record.burn_in)


def measure_record(record: RunRecord, settings: Settings) -> dict[str, float]:
    """Return all MEASURES of one world's scored days by name; nan where there is no value."""
    days = select_scored_days(record)
    values = {"days": float(len(days["day"]))}
    values |= _measure_homeostasis(days["satisfaction"], settings)
    values |= _measure_recovery(days, record_troubles(record, settings), settings)
    values |= _measure_totals(days)
    values |= _measure_customers(days)
    values |= _measure_belief(days, settings)
    values |= compute_characteristics(days, record.columns()["reading_age"], record.burn_in)
    score = score_record_verdicts(record)._asdict()
    values |= {f"verdict_{name}": value for name, value in score.items()}
    return {measure.name: values[measure.name] for measure in MEASURES}


def _measure_homeostasis(path: Floats, settings: Settings) -> dict[str, float]:
    set_point, band = settings.firm.set_point, settings.firm.band
    cycle = measures.oscillation(path)
    return {
        "time_in_band": measures.time_in_band(path, set_point, band),
        "iae": measures.iae(path, set_point),
        "iae_per_day": measures.iae_per_day(path, set_point),
        "largest_deviation": measures.largest_deviation(path, set_point),
        "mean_satisfaction": measures.mean(path),
        "lowest": measures.lowest_level(path),
        "steady_state_error": measures.steady_state_error(path, set_point),
        "oscillation_index": cycle.share,
        "oscillation_period": cycle.period,
        "oscillation_amplitude": cycle.amplitude,
    }


def _measure_recovery(
    days: Days, troubles: tuple[Trouble, ...], settings: Settings
) -> dict[str, float]:
    """Return the measures of troubles, each that of the worst trouble.

    The settling time is nan if one never settled; the restricted settling time keeps unsettled
    troubles in (restricted mean survival time, Royston & Parmar 2013).
    """
    path = days["satisfaction"]
    believed = days["believed"]
    set_point, band = settings.firm.set_point, settings.firm.band
    unsettled = [measures.is_unsettled(trouble, path, set_point, band) for trouble in troubles]
    settling_times = list(map(_restricted_settling_time, troubles, unsettled))
    longest = measures.largest_known(settling_times)
    is_known = bool(np.isfinite(path).any())
    # Without a strike the firm may still notice that satisfaction left its band.
    noticeable = troubles or (Trouble(0, len(path), NAN),)
    return {
        "troubles": float(len(troubles)) if is_known else NAN,
        "unsettled": float(sum(unsettled)) if is_known else NAN,
        "settling_time": NAN if any(unsettled) else longest,
        "restricted_settling_time": longest,
        "recovery_half_life": measures.largest_over_troubles(
            troubles, lambda a, b: measures.recovery_half_life(path, a, b, least=band)
        ),
        "overshoot": measures.largest_over_troubles(
            troubles, lambda a, b: measures.overshoot(path, set_point, band, a, b)
        ),
        "notice_delay": measures.largest_over_troubles(
            noticeable, lambda a, b: measures.notice_delay(path, believed, set_point, band, a, b)
        ),
    }


def _restricted_settling_time(trouble: Trouble, is_unsettled: bool) -> float:
    """Return the settling time of a trouble, or the days observed if it has not settled."""
    return trouble.end - trouble.start if is_unsettled else trouble.settled


def _measure_totals(days: Days) -> dict[str, float]:
    cost, revenue = measures.total(days["cost"]), measures.total(days["revenue"])
    positive, negative = days["positive"], days["negative"]
    return {
        "cost": cost,
        "revenue": revenue,
        "net": revenue - cost,
        "positive_share": measures.positive_share(positive, negative),
        "positive_per_negative": measures.positive_per_negative(positive, negative),
    }


def _measure_customers(days: Days) -> dict[str, float]:
    customers = days[f"stage_{STAGES[CUSTOMER]}"]
    return {
        "between_tribes": measures.mean_at_end(days["between_tribes"]),
        "between_tribes_change": measures.change_over_run(days["between_tribes"]),
        "within_tribes": measures.mean_at_end(days["within_tribes"]),
        "within_tribes_change": measures.change_over_run(days["within_tribes"]),
        "customers_lost": measures.total(days["left"]),
        "customers_won": measures.total(days["joined"]),
        "open_complaints": measures.mean(days["open_complaints"]),
        "worst_decile": measures.mean(days["worst_decile"]),
        "advocate_share": measures.daily_share(days["advocates"], customers),
        "strata_gap": measures.strata_gap(days["low_stratum"], days["high_stratum"]),
    }


def _measure_belief(days: Days, settings: Settings) -> dict[str, float]:
    path, believed = days["satisfaction"], days["believed"]
    set_point, band = settings.firm.set_point, settings.firm.band
    return {
        "gap": measures.mean_belief_error(path, believed),
        "belief_bias": measures.belief_bias(path, believed),
        "false_alarm": measures.false_alarm(path, believed, set_point, band),
        "green_while_red": measures.green_while_red(path, believed, set_point, band),
        "red_while_green": measures.red_while_green(path, believed, set_point, band),
        "belief_known": measures.belief_known(believed),
    }


def complete_records(run: Run) -> tuple[RunRecord, ...]:
    """Return the records of finished worlds, or the last one begun if none is finished."""
    days = run.settings.burn_in + run.settings.horizon
    finished = tuple(record for record in run.records if int(record.filled) >= days)
    return finished or run.records[-1:]


def summarise_run(run: Run) -> dict[str, MeasureInterval]:
    """Return each measure over the finished worlds of a run, by METHOD."""
    tables = [measure_record(record, run.settings) for record in complete_records(run)]
    intervals = {}
    for measure in MEASURES:
        values = [table[measure.name] for table in tables]
        intervals[measure.name] = student_interval(values, measure.low, measure.high)
    return intervals


def student_interval(
    values: Iterable[float], low: float = -UNBOUNDED, high: float = UNBOUNDED
) -> MeasureInterval:
    """Return mean +- t sd / sqrt(n) of the known values, limited to low..high (Student 1908).

    t is the quantile of Student's distribution with n - 1 degrees of freedom.
    """
    known = np.array([*values], float)
    known = known[np.isfinite(known)]
    n = len(known)
    if not n:
        return MeasureInterval(NAN, NAN, NAN, 0)
    mean = float(known.mean())
    if n == 1:
        return MeasureInterval(mean, NAN, NAN, 1)
    t = stdtrit(n - 1, 0.5 + CONFIDENCE / 2)
    half_width = float(t * known.std(ddof=1) / np.sqrt(n))
    return MeasureInterval(mean, max(mean - half_width, low), min(mean + half_width, high), n)
