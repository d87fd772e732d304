"""The measures of a run: of each world, and their mean with its confidence interval over worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
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
_Function = tuple[Callable[..., float], tuple[str, ...]]  # a function, and the columns it takes

_CUSTOMERS = f"stage_{STAGES[CUSTOMER]}"
# Measures by name: their function and the columns it takes.
_OF_COLUMNS: dict[str, _Function] = {
    "mean_satisfaction": (measures.mean, ("satisfaction",)),
    "lowest": (measures.lowest_level, ("satisfaction",)),
    "cost": (measures.total, ("cost",)),
    "revenue": (measures.total, ("revenue",)),
    "contribution": (measures.total, ("contribution",)),
    "cost_sensing": (measures.total, ("cost_sensing",)),
    "cost_deciding": (measures.total, ("cost_deciding",)),
    "cost_acting": (measures.total, ("cost_acting",)),
    "positive_share": (measures.positive_share, ("positive", "negative")),
    "positive_per_negative": (measures.positive_per_negative, ("positive", "negative")),
    "between_tribes": (measures.mean_at_end, ("between_tribes",)),
    "between_tribes_change": (measures.change_over_run, ("between_tribes",)),
    "within_tribes": (measures.mean_at_end, ("within_tribes",)),
    "within_tribes_change": (measures.change_over_run, ("within_tribes",)),
    "customers_lost": (measures.total, ("left",)),
    "customers_won": (measures.total, ("joined",)),
    "open_complaints": (measures.mean, ("open_complaints",)),
    "worst_decile": (measures.mean, ("worst_decile",)),
    "advocate_share": (measures.daily_share, ("advocates", _CUSTOMERS)),
    "strata_gap": (measures.strata_gap, ("low_stratum", "high_stratum")),
    "gap": (measures.mean_belief_error, ("satisfaction", "believed")),
    "belief_bias": (measures.belief_bias, ("satisfaction", "believed")),
    "belief_known": (measures.belief_known, ("believed",)),
}
# As above, for functions that also take the set-point.
_OF_SET_POINT: dict[str, _Function] = {
    "iae": (measures.iae, ("satisfaction",)),
    "iae_per_day": (measures.iae_per_day, ("satisfaction",)),
    "largest_deviation": (measures.largest_deviation, ("satisfaction",)),
    "steady_state_error": (measures.steady_state_error, ("satisfaction",)),
}
# As above, for functions that also take the set-point and the band.
_OF_BAND: dict[str, _Function] = {
    "time_in_band": (measures.time_in_band, ("satisfaction",)),
    "false_alarm": (measures.false_alarm, ("satisfaction", "believed")),
    "green_while_red": (measures.green_while_red, ("satisfaction", "believed")),
    "red_while_green": (measures.red_while_green, ("satisfaction", "believed")),
}


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
    values |= _measure_columns(days, settings)
    values |= _measure_swings(days["satisfaction"])
    values |= _measure_recovery(days, record_troubles(record, settings), settings)
    values["net"] = measures.operating_result(values, settings.firm)
    values |= compute_characteristics(days, record.columns()["reading_age"], record.burn_in)
    score = score_record_verdicts(record)._asdict()
    values |= {f"verdict_{name}": value for name, value in score.items()}
    # A measure that is in the table and not computed fails here, not as a missing row later.
    return {measure.name: values[measure.name] for measure in MEASURES}


def _measure_columns(days: Days, settings: Settings) -> dict[str, float]:
    """Return the measures that are a function of columns, and of the firm's goal."""
    set_point, band = settings.firm.set_point, settings.firm.band
    values = {}
    for name, (compute, columns) in _OF_COLUMNS.items():
        values[name] = compute(*_select_columns(days, columns))
    for name, (compute, columns) in _OF_SET_POINT.items():
        values[name] = compute(*_select_columns(days, columns), set_point)
    for name, (compute, columns) in _OF_BAND.items():
        values[name] = compute(*_select_columns(days, columns), set_point, band)
    return values


def _select_columns(days: Days, columns: tuple[str, ...]) -> list[Floats]:
    return [days[column] for column in columns]


def _measure_swings(path: Floats) -> dict[str, float]:
    cycle = measures.oscillation(path)
    return {
        "oscillation_index": cycle.share,
        "oscillation_period": cycle.period,
        "oscillation_amplitude": cycle.amplitude,
    }


def _measure_recovery(
    days: Days, troubles: tuple[Trouble, ...], settings: Settings
) -> dict[str, float]:
    """Return the measures of troubles; those of a single trouble are of the worst one."""
    path, believed = days["satisfaction"], days["believed"]
    set_point, band = settings.firm.set_point, settings.firm.band
    half_life = partial(measures.recovery_half_life, path, least=band)
    overshoot = partial(measures.overshoot, path, set_point, band)
    notice_delay = partial(measures.notice_delay, path, believed, set_point, band)
    # Without a strike the firm may still notice that satisfaction left its band.
    noticeable = troubles or (Trouble(0, len(path), NAN),)
    values = _measure_settling(path, troubles, set_point, band)
    values["recovery_half_life"] = measures.largest_over_troubles(troubles, half_life)
    values["overshoot"] = measures.largest_over_troubles(troubles, overshoot)
    values["notice_delay"] = measures.largest_over_troubles(noticeable, notice_delay)
    return values


def _measure_settling(
    path: Floats, troubles: tuple[Trouble, ...], set_point: float, band: float
) -> dict[str, float]:
    """Return the number of troubles and the settling times of a world.

    The settling time is nan if one trouble never settled; the restricted settling time keeps
    unsettled troubles in (restricted mean survival time, Royston & Parmar 2013).
    """
    unsettled = [measures.is_unsettled(trouble, path, set_point, band) for trouble in troubles]
    longest = measures.largest_known(map(_days_unsettled, troubles, unsettled))
    settling_time = longest
    if any(unsettled):
        # The longest of the other troubles would make a world that never recovers look good.
        settling_time = NAN
    values = {"settling_time": settling_time, "restricted_settling_time": longest}
    # A world without customers has strikes, but nothing that they could trouble.
    is_known = np.isfinite(path).any()
    values["troubles"] = float(len(troubles)) if is_known else NAN
    values["unsettled"] = float(sum(unsettled)) if is_known else NAN
    return values


def _days_unsettled(trouble: Trouble, is_unsettled: bool) -> float:
    """Return the settling time of a trouble, or the days observed if it has not settled."""
    if is_unsettled:
        return trouble.end - trouble.start
    return trouble.settled


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
    array = np.array([*values], float)
    known = array[np.isfinite(array)]
    n = len(known)
    if not n:
        return MeasureInterval(NAN, NAN, NAN, 0)
    mean = float(known.mean())
    if n == 1:
        return MeasureInterval(mean, NAN, NAN, 1)
    t = stdtrit(n - 1, 0.5 + CONFIDENCE / 2)
    half_width = float(t * known.std(ddof=1) / np.sqrt(n))
    # A share beyond 0 or 1 is impossible, and an interval that shows it invites a wrong reading.
    lower = max(mean - half_width, low)
    upper = min(mean + half_width, high)
    return MeasureInterval(mean, lower, upper, n)
