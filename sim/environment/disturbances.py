"""Exogenous disturbances; the schedule is fixed before day 0 and independent of the policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.environment.conditions import (
    ConditionsBuilder,
    PlannedEvent,
    combine_chances,
)
from equipoise.environment.missed_disturbances import note_missed_disturbances
from equipoise.environment.replay import Surge, replay_log
from equipoise.errors import EquipoiseError
from equipoise.randomness import Purpose, draw_uniform
from equipoise.settings.settings import Disturbance, Settings

_UNTIL_REPAIRED = -1  # end of a fault that lasts until it is repaired


class Strike(NamedTuple):
    """One event that occurred, for scoring.

    ``department`` is empty where none is struck; ``start`` and ``end`` (first day without it,
    -1 = until repaired) count from the first day of the run.
    """

    name: str
    kind: str
    department: str
    start: int
    end: int
    size: float


@dataclass(frozen=True)
class DisturbanceSchedule:
    """All disturbances of a run by day of the run (burn-in included), as read-only arrays.

    Attributes:
        faults: (days, D) added to faults that last until repaired.
        passing: (days, D) added to faults that end by themselves; negative on the day they end.
        failures: (days, D) chance that a use fails in each department.
        leaving: (days, D) share of the department's experience that leaves.
        eventful: (days,) marks days with a change of faults or staff.
        conditions: (days,) of CONDITIONS_DTYPE, the conditions that consumers meet.
        is_unusual: (days,) marks days whose conditions differ from neutral ones.
        strikes: the events that occurred.
        notes: remarks for the user.
    """

    faults: Floats
    passing: Floats
    failures: Floats
    leaving: Floats
    eventful: Flags
    conditions: Any
    is_unusual: Flags
    strikes: tuple[Strike, ...]
    notes: tuple[str, ...] = ()


def schedule_disturbances(settings: Settings) -> DisturbanceSchedule:
    """Return the disturbances of every day, from the settings and the seed alone.

    The policy has no influence, so all strategies with one seed meet the same disturbances.

    Raises:
        EquipoiseError: if a recorded log cannot be used.
    """
    departments = tuple(settings.firm.departments)
    builder = _ScheduleBuilder.create(settings)
    strikes, notes = _replay(settings, builder)
    events = [*_list_scheduled_events(settings), *_draw_random_events(settings, departments)]
    strikes += [builder.add(event) for event in events if event.start < builder.days]
    return builder.build(tuple(strikes), (*notes, *note_missed_disturbances(settings)))


@dataclass(frozen=True)
class _ScheduleBuilder:
    """The schedule while it is built: arrays of shape (days, D), and the conditions."""

    departments: tuple[str, ...]
    faults: Floats
    passing: Floats
    failures: Floats
    leaving: Floats
    conditions: ConditionsBuilder

    @classmethod
    def create(cls, settings: Settings) -> _ScheduleBuilder:
        """Return a schedule with everyday failures only."""
        departments = tuple(settings.firm.departments)
        environment = settings.environment
        days = settings.burn_in + settings.horizon
        shape = days, len(departments)
        everyday_failures = environment.failure_rate / max(len(departments), 1)
        return cls(
            departments=departments,
            faults=np.zeros(shape),
            passing=np.zeros(shape),
            failures=np.full(shape, everyday_failures),
            leaving=np.zeros(shape),
            conditions=ConditionsBuilder.create(environment, days),
        )

    @property
    def days(self) -> int:
        """The number of days."""
        return len(self.faults)

    def add(self, event: PlannedEvent) -> Strike:
        """Add one event; return it as it is scored."""
        add_to_department = _DEPARTMENT_EVENTS.get(event.kind)
        if add_to_department is None:
            name = ""
            end = self.conditions.add(event)
        else:
            name = event.department
            end = add_to_department(self, event, self.departments.index(name))
        return Strike(event.name, event.kind, name, event.start, end, event.size)

    def add_fault(self, event: PlannedEvent, department: int) -> int:
        """Add a fault, until repaired or for its days; return its end."""
        if not event.days:
            self.faults[event.start, department] += event.size
            return _UNTIL_REPAIRED
        end = event.start + event.days
        self.passing[event.start, department] += event.size
        if end < self.days:
            self.passing[end, department] -= event.size
        return end

    def add_failures(self, event: PlannedEvent, department: int) -> int:
        """Add a burst of one-off failures; return its end."""
        end = event.start + max(event.days, 1)
        self.failures[event.start : end, department] += event.size
        return end

    def add_turnover(self, event: PlannedEvent, department: int) -> int:
        """Let staff leave, on each day an equal share of those who are left; return the end."""
        end = event.start + max(event.days, 1)
        staying = (1.0 - event.size) ** (1.0 / (end - event.start))
        leaving = self.leaving[event.start : end, department]
        leaving[:] = combine_chances(leaving, 1.0 - staying)
        return end

    def build(self, strikes: tuple[Strike, ...], notes: tuple[str, ...]) -> DisturbanceSchedule:
        """Return the schedule with all arrays read-only."""
        np.minimum(self.failures, 1.0, out=self.failures)
        changes = (self.faults != 0) | (self.passing != 0) | (self.leaving != 0)
        conditions, is_unusual = self.conditions.build()
        schedule = DisturbanceSchedule(
            faults=self.faults,
            passing=self.passing,
            failures=self.failures,
            leaving=self.leaving,
            eventful=changes.any(axis=1),
            conditions=conditions,
            is_unusual=is_unusual,
            strikes=strikes,
            notes=notes,
        )
        for value in vars(schedule).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
        return schedule


_DEPARTMENT_EVENTS = {
    "fault": _ScheduleBuilder.add_fault,
    "failures": _ScheduleBuilder.add_failures,
    "turnover": _ScheduleBuilder.add_turnover,
}


def _replay(settings: Settings, builder: _ScheduleBuilder) -> tuple[list[Strike], tuple[str, ...]]:
    """Let a recorded log drive the first scored days; return surges as strikes, and notes."""
    environment, start = settings.environment, settings.burn_in
    if not environment.replay:
        if environment.path:
            raise EquipoiseError(
                "environment.path is given, but nothing is replayed: choose environment=replay."
            )
        return [], ()
    log = replay_log(environment, builder.departments, settings.horizon)
    days = slice(start, start + len(log.failures))
    builder.failures[days] = log.failures
    builder.conditions.hostile[days] = log.hostile
    builder.conditions.friendly[days] = log.friendly
    return [_surge_strike(surge, start) for surge in log.surges], log.notes


def _surge_strike(surge: Surge, burn_in: int) -> Strike:
    """Return a surge of a log as it is scored, with days of the run."""
    start, end = burn_in + surge.start, burn_in + surge.end
    return Strike("replay", "failures", surge.department, start, end, surge.size)


def _list_scheduled_events(settings: Settings) -> Iterator[PlannedEvent]:
    """Yield the disturbances that start on a day of the settings."""
    for name, disturbance in settings.environment.disturbances.items():
        if disturbance.size > 0 and not disturbance.rate:
            start = settings.burn_in + disturbance.start
            yield _plan_event(name, disturbance, start, disturbance.size)


def _plan_event(name: str, disturbance: Disturbance, start: int, size: float) -> PlannedEvent:
    kind, department = disturbance.kind, disturbance.department
    return PlannedEvent(name, kind, department, start, disturbance.days, size)


def _draw_random_events(settings: Settings, departments: tuple[str, ...]) -> Iterator[PlannedEvent]:
    """Yield random faults of departments, and disturbances that have a rate, on scored days."""
    environment = settings.environment
    for name in departments:
        rate, size = environment.fault_rate, environment.fault_size
        for day, drawn in _draw_days(settings, name, rate, size):
            yield PlannedEvent("by chance", "fault", name, day, 0, drawn)
    for name, disturbance in environment.disturbances.items():
        address = f"environment.disturbances.{name}"
        rate, size, first = disturbance.rate, disturbance.size, disturbance.start
        for day, drawn in _draw_days(settings, address, rate, size, first):
            yield _plan_event(name, disturbance, day, drawn)


def _draw_days(
    settings: Settings, name: str, rate: float, mean_size: float, first: int = 0
) -> Iterator[tuple[int, float]]:
    """Yield (day of the run, size) of events at a rate, drawn by name and scored day.

    Neither the burn-in nor other events change these draws. The size is uniform within
    mean +- min(mean, 1 - mean), so that its mean is exact.
    """
    if not rate or not mean_size:
        return
    # The name takes the place of a consumer in the address of the draw.
    address = crc32(name.encode())
    half_width = min(mean_size, 1 - mean_size)
    for day in range(first, settings.horizon):
        if draw_uniform(settings.seed, Purpose.DISTURBANCE, day, address) < rate:
            draw = draw_uniform(settings.seed, Purpose.DISTURBANCE, day, address, lane=1)
            yield settings.burn_in + day, mean_size + half_width * (2 * draw - 1)
