"""Worlds of an arm, reduced to the few numbers that the clauses of patterns need.

A measure is one of three: a measure of `equipoise.analysis.summary`; a statistic of a column over
days, such as ``mean satisfaction``; or one of the further measures below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from equipoise.analysis import measures
from equipoise.analysis.measure_table import MEASURES
from equipoise.analysis.summary import (
    measure_record,
    score_record_verdicts,
    select_scored_days,
    strike_days,
)
from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.config.compose import compose
from equipoise.run_record import RunRecord
from equipoise.runner import build_world
from equipoise.settings.settings import Settings

_WARNING = 2.0  # standard deviations by which belief must fall after a strike to count as detection
_MIN_WARNING = 0.5  # least fall that counts, in bands
_USUAL_DAYS = 28  # days before the strike from which the usual belief is known


class MeasureRequest(NamedTuple):
    """A number wanted of each world.

    Attributes:
        measure: name of the measure.
        start: first scored day.
        end: scored day before which it ends; -1 = after the last one.
    """

    measure: str
    start: int = 0
    end: int = -1


class ObservedWorld(NamedTuple):
    """A world that has run.

    Attributes:
        days: columns of the scored days from ``start`` to the end of the request.
        settings: its settings.
        record: its record.
        start: first scored day of the request.
    """

    days: Mapping[str, Floats]
    settings: Settings
    record: RunRecord
    start: int


def check_pattern_measure(measure: str) -> None:
    """Refuse an unknown measure.

    Raises:
        EquipoiseError: with the nearest one.
    """
    statistic, _, column = measure.partition(" ")
    if column and statistic in _OVER_DAYS:
        return
    names = [*_FURTHER_MEASURES, *(known.name for known in MEASURES)]
    names += [f"{name} COLUMN" for name in _OVER_DAYS]
    if measure not in names:
        raise EquipoiseError(unknown_name_message("the measure", measure, names))


def observe_worlds(
    overrides: Sequence[str], seeds: Sequence[int], requests: Sequence[MeasureRequest]
) -> list[list[float]]:
    """Run the worlds of an arm; return one row of requested numbers for each seed."""
    arm = compose(*overrides)
    rows = []
    for seed in seeds:
        settings = arm.model_copy(update={"seed": seed})
        record = build_world(settings).run()
        rows.append([measure_world(request, settings, record) for request in requests])
    return rows


def measure_world(request: MeasureRequest, settings: Settings, record: RunRecord) -> float:
    """Return one number of a world."""
    columns = select_scored_days(record)
    end = len(columns["day"]) if request.end < 0 else request.end
    days = {name: values[request.start : end] for name, values in columns.items()}
    statistic, _, column = request.measure.partition(" ")
    if column:
        if column not in days:
            raise EquipoiseError(unknown_name_message("the column", column, days))
        return _OVER_DAYS[statistic](days[column])
    if request.measure in _FURTHER_MEASURES:
        world = ObservedWorld(days, settings, record, request.start)
        return _FURTHER_MEASURES[request.measure](world)
    return measure_record(record, settings)[request.measure]


_OVER_DAYS: dict[str, Callable[[Floats], float]] = {
    "mean": measures.mean,
    "total": measures.total,
    "lowest": measures.lowest_level,
    "highest": measures.largest_known,
}


def word_of_mouth_ratio(world: ObservedWorld) -> float:
    """Return positive posts per negative post."""
    return measures.positive_per_negative(world.days["positive"], world.days["negative"])


def share_in_band(world: ObservedWorld) -> float:
    """Return the share of days on which satisfaction is in its band."""
    firm = world.settings.firm
    return measures.time_in_band(world.days["satisfaction"], firm.set_point, firm.band)


def mean_misjudgement(world: ObservedWorld) -> float:
    """Return the mean distance of believed from true satisfaction."""
    return measures.mean_belief_error(world.days["satisfaction"], world.days["believed"])


def count_complaints(world: ObservedWorld) -> float:
    """Return the number of complaints."""
    drives = [values for name, values in world.days.items() if name.startswith("complaints_")]
    return float(sum(measures.total(values) for values in drives))


def recovery_days(world: ObservedWorld) -> float:
    """Return the days until satisfaction is in its band to stay; all days if it never is."""
    path, firm = world.days["satisfaction"], world.settings.firm
    # a level above the band is no failure to recover
    capped = np.minimum(path, firm.set_point)
    days = measures.settling_time(capped, firm.set_point, firm.band)
    return float(len(path)) if np.isnan(days) else days


def detection_days(world: ObservedWorld) -> float:
    """Return the days from the first strike until belief leaves its usual range.

    The range is the mean of the 28 days before less 2 standard deviations, or less half a band if
    that is more. All days are returned if belief never leaves it.
    """
    believed, band = world.days["believed"], world.settings.firm.band
    strike = min(strike_days(world.record), default=_USUAL_DAYS)
    before = believed[max(strike - _USUAL_DAYS, 0) : strike]
    after = believed[strike:]
    if not np.isfinite(before).any():
        return float(len(after))
    margin = max(_WARNING * float(np.nanstd(before)), _MIN_WARNING * band)
    detected = np.flatnonzero(after < np.nanmean(before) - margin)
    return float(detected[0] if len(detected) else len(after))


def share_of_wrong_verdicts(world: ObservedWorld) -> float:
    """Return the share of systemic verdicts on departments without a fault; nan without any."""
    first = world.record.burn_in
    scored = [verdict for verdict in world.record.verdicts if verdict["day"] >= first]
    systemic = sum(verdict["kind"] == "systemic" for verdict in scored)
    if not systemic:
        return float("nan")
    return float(score_record_verdicts(world.record).false_alarms / systemic)


def decision_days(world: ObservedWorld) -> float:
    """Return the days until the department most at fault gets most attention.

    All days are returned if it never does.
    """
    focus, faults = _stack_departments(world, "focus"), _stack_departments(world, "fault")
    has_both = focus.any(axis=1) & faults.any(axis=1)
    is_right = has_both & (focus.argmax(axis=1) == faults.argmax(axis=1))
    days = np.flatnonzero(is_right)
    return float(days[0] if len(days) else len(focus))


def _stack_departments(world: ObservedWorld, kind: str) -> Floats:
    """Return the columns of one kind for all departments (days, D), with 0 for nan."""
    columns = [world.days[f"{kind}_{name}"] for name in world.settings.firm.departments]
    return np.nan_to_num(np.stack(columns, axis=1))


_FURTHER_MEASURES: dict[str, Callable[[ObservedWorld], float]] = {
    "talk": word_of_mouth_ratio,
    "in_band": share_in_band,
    "misjudged": mean_misjudgement,
    "complaints": count_complaints,
    "recovery": recovery_days,
    "detection": detection_days,
    "wrong": share_of_wrong_verdicts,
    "decision": decision_days,
}
