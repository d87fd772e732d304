"""The world outside: what strikes the firm on which day, laid down before the first one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

import numpy as np

from equipoise.arraytypes import Flags, Floats
from equipoise.errors import EquipoiseError, unknown
from equipoise.randomness import Purpose, uniform
from equipoise.settings import Disturbance, Environment, Settings

DISTURBANCE = int(Purpose.DISTURBANCE)  # a plain integer: numba is slow to look at an enum member
SIZE_LANE = 1 << 32  # a department's second draw of a day: how hard it is struck


class Struck(NamedTuple):
    """One thing that really happened, for scoring.

    ``start`` and ``end`` (first day without it, -1 = until repaired) count from the first day of the run.
    """

    name: str
    kind: str
    department: str
    start: int
    end: int
    size: float


@dataclass(frozen=True)
class Strikes:
    """Every blow of a run, by day of the run (burn-in included) and department; all arrays are (days, D).

    ``faults`` are added to the faults that last until repaired, ``passing`` to those that end by themselves
    (below 0 on the day they end), ``failures`` are the chances that a use fails in each department.
    ``eventful`` (days,) marks the days with a change of faults.
    """

    faults: Floats
    passing: Floats
    failures: Floats
    eventful: Flags
    struck: tuple[Struck, ...]


def strikes(settings: Settings) -> Strikes:
    """Lay down what strikes on every day, from the settings and the seed alone.

    No policy is looked at, so that every strategy under one seed meets the same world.

    Raises:
        EquipoiseError: when a disturbance names an unknown department; all of them at once.
    """
    names = tuple(settings.firm.departments)
    _check(settings.environment, names)
    days = settings.burn_in + settings.horizon
    struck = tuple(each for each in (*_scheduled(settings), *_random(settings, names)) if each.start < days)
    faults, passing = np.zeros((2, days, len(names)))
    failures = np.full((days, len(names)), settings.environment.failure_rate / max(len(names), 1))
    for each in struck:
        _lay(each, names.index(each.department), faults, passing, failures)
    np.minimum(failures, 1.0, out=failures)
    eventful = (faults != 0).any(axis=1) | (passing != 0).any(axis=1)
    for array in (faults, passing, failures, eventful):
        array.setflags(write=False)
    return Strikes(faults, passing, failures, eventful, struck)


def _check(environment: Environment, names: tuple[str, ...]) -> None:
    problems = [
        unknown(f"environment.disturbances.{name}.department", each.department, names)
        for name, each in environment.disturbances.items()
        if each.department not in names
    ]
    if problems:
        raise EquipoiseError(*problems)


def _scheduled(settings: Settings) -> Iterator[Struck]:
    for name, each in settings.environment.disturbances.items():
        if each.size > 0:
            start = settings.burn_in + each.start
            yield Struck(name, each.kind, each.department, start, _end(each, start), each.size)


def _end(each: Disturbance, start: int) -> int:
    if each.kind == "failures":
        return start + max(each.days, 1)
    return start + each.days if each.days else -1


def _random(settings: Settings, names: tuple[str, ...]) -> Iterator[Struck]:
    """Yield the faults of chance: on scored days, by a department's name, so that neither burn-in nor order move them.

    Size is uniform within ``fault_size`` +- min(fault_size, 1 - fault_size): its mean is exact.
    """
    world = settings.environment
    half = min(world.fault_size, 1 - world.fault_size)
    if not world.fault_rate or not world.fault_size:
        return
    for day in range(settings.horizon):
        for name in names:
            who = crc32(name.encode())
            if uniform(settings.seed, DISTURBANCE, day, who) < world.fault_rate:
                draw = uniform(settings.seed, DISTURBANCE, day, who + SIZE_LANE)
                size = world.fault_size + half * (2 * draw - 1)
                yield Struck("by chance", "fault", name, settings.burn_in + day, -1, size)


def _lay(each: Struck, where: int, faults: Floats, passing: Floats, failures: Floats) -> None:
    if each.kind == "failures":
        failures[each.start : each.end, where] += each.size
    elif each.end < 0:
        faults[each.start, where] += each.size
    else:
        passing[each.start, where] += each.size
        if each.end < len(passing):
            passing[each.end, where] -= each.size
