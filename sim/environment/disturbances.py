"""The world outside: what strikes the firm on which day, laid down before the first one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.environment.conditions import Happening, Sky, joined, lay
from equipoise.environment.replay import replay_log
from equipoise.errors import EquipoiseError
from equipoise.randomness import Purpose, draw_uniform
from equipoise.settings.settings import Environment, Settings

DISTURBANCE = int(Purpose.DISTURBANCE)  # a plain integer: numba is slow to look at an enum member
SIZE_LANE = 1 << 32  # a second draw of a day: how hard it is struck
UNTIL_REPAIRED = -1  # the end of what lasts so long


class Strike(NamedTuple):
    """One thing that really happened, for scoring.

    ``department`` is empty where none is struck; ``start`` and ``end`` (first day without it, -1 = until
    repaired) count from the first day of the run.
    """

    name: str
    kind: str
    department: str
    start: int
    end: int
    size: float


@dataclass(frozen=True)
class DisturbanceSchedule:
    """Every blow of a run, by day of the run (burn-in included); read-only arrays.

    ``faults`` (days, D) are added to the faults that last until repaired, ``passing`` (days, D) to those that end
    by themselves (below 0 on the day they end), ``failures`` (days, D) are the chances that a use fails in each
    department, ``leaving`` (days, D) the shares of its experience that leave.
    ``eventful`` (days,) marks the days with a change of faults or staff. ``weather`` (days,) of WEATHER_DTYPE is
    what the day is like for consumers; ``foul`` (days,) marks where it differs from a fair day's.
    ``struck`` lists what happened; ``notes`` say what else a reader of the run should know.
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
    """Lay down what strikes on every day, from the settings and the seed alone.

    No policy is looked at, so that every strategy under one seed meets the same world.

    Raises:
        EquipoiseError: when a log is no good.
    """
    names, world = tuple(settings.firm.departments), settings.environment
    blows = Blows.none(settings)
    replayed, notes = _replayed(settings, blows)
    happened = (*_scheduled(settings), *_random(settings, names))
    struck = tuple(blows.lay(each, world) for each in happened if each.start < blows.days)
    return blows.done(world, (*replayed, *struck), notes)


@dataclass(frozen=True)
class Blows:
    """The strikes while they are laid down: arrays of shape (days, D), and the weather."""

    names: tuple[str, ...]
    faults: Floats
    passing: Floats
    failures: Floats
    leaving: Floats
    sky: Sky

    @classmethod
    def none(cls, settings: Settings) -> Blows:
        """Return a world with everyday failures and nothing else."""
        names, days = tuple(settings.firm.departments), settings.burn_in + settings.horizon
        faults, passing, leaving = np.zeros((3, days, len(names)))
        failures = np.full(
            (days, len(names)), settings.environment.failure_rate / max(len(names), 1)
        )
        return cls(names, faults, passing, failures, leaving, Sky.fair(days))

    @property
    def days(self) -> int:
        """The number of days."""
        return len(self.faults)

    def lay(self, each: Happening, world: Environment) -> Strike:
        """Lay down one thing that happens; return it as it is scored."""
        if each.kind not in STRIKES:
            end = lay(self.sky, each, world.fame)
            return Strike(each.name, each.kind, "", each.start, end, each.size)
        where, start = self.names.index(each.department), each.start
        end = STRIKES[each.kind](self, where, start, each.days, each.size)
        return Strike(each.name, each.kind, each.department, start, end, each.size)

    def fault(self, where: int, start: int, days: int, size: float) -> int:
        """Strike with a fault, until repaired or for its days; return its end, as the other two do."""
        if not days:
            self.faults[start, where] += size
            return UNTIL_REPAIRED
        self.passing[start, where] += size
        if start + days < self.days:
            self.passing[start + days, where] -= size
        return start + days

    def burst(self, where: int, start: int, days: int, size: float) -> int:
        """Strike with a burst of one-off failures."""
        end = start + max(days, 1)
        self.failures[start:end, where] += size
        return end

    def leave(self, where: int, start: int, days: int, size: float) -> int:
        """Let staff leave: at once, or in equal shares of who is left over the days."""
        end = start + max(days, 1)
        stay = (1.0 - size) ** (1.0 / (end - start))
        self.leaving[start:end, where] = joined(self.leaving[start:end, where], 1.0 - stay)
        return end

    def done(
        self, world: Environment, struck: tuple[Strike, ...], notes: tuple[str, ...]
    ) -> DisturbanceSchedule:
        """Return the strikes, nothing of which changes any more."""
        np.minimum(self.failures, 1.0, out=self.failures)
        eventful = ((self.faults != 0) | (self.passing != 0) | (self.leaving != 0)).any(axis=1)
        weather, foul = self.sky.done(world.outside_weight)
        arrays = (self.faults, self.passing, self.failures, self.leaving, eventful, weather, foul)
        for array in arrays:
            array.setflags(write=False)
        return DisturbanceSchedule(*arrays, struck, notes)


STRIKES = {"fault": Blows.fault, "failures": Blows.burst, "turnover": Blows.leave}


def _replayed(settings: Settings, blows: Blows) -> tuple[tuple[Strike, ...], tuple[str, ...]]:
    """Let a recorded log drive the first scored days, if there is one; return its surges and its notes."""
    world, start = settings.environment, settings.burn_in
    if not world.replay:
        if world.path:
            raise EquipoiseError(
                "environment.path is given, but nothing is replayed: choose environment=replay."
            )
        return (), ()
    log = replay_log(world, blows.names, settings.horizon)
    days = slice(start, start + len(log.failures))
    blows.failures[days] = log.failures
    blows.sky.hostile[days] = log.hostile
    blows.sky.friendly[days] = log.friendly
    surges = (
        Strike("replay", "failures", where, start + a, start + b, size)
        for where, a, b, size in log.surges
    )
    return tuple(surges), log.notes


def _scheduled(settings: Settings) -> Iterator[Happening]:
    for name, each in settings.environment.disturbances.items():
        if each.size > 0 and not each.rate:
            start = settings.burn_in + each.start
            yield Happening(name, each.kind, each.department, start, each.days, each.size)


def _random(settings: Settings, names: tuple[str, ...]) -> Iterator[Happening]:
    """Yield what chance brings on scored days, by name of a department or a disturbance."""
    world = settings.environment
    for name in names:
        for day, size in _chances(settings, name, world.fault_rate, world.fault_size):
            yield Happening("by chance", "fault", name, day, 0, size)
    for name, each in world.disturbances.items():
        for day, size in _chances(
            settings, f"environment.disturbances.{name}", each.rate, each.size, each.start
        ):
            yield Happening(name, each.kind, each.department, day, each.days, size)


def _chances(
    settings: Settings, name: str, rate: float, mean: float, first: int = 0
) -> Iterator[tuple[int, float]]:
    """Yield (day of the run, size) of what comes at a rate, drawn by name and scored day.

    So neither burn-in nor order move it. Size is uniform within mean +- min(mean, 1 - mean): its mean is exact.
    """
    if not rate or not mean:
        return
    who, half = crc32(name.encode()), min(mean, 1 - mean)
    for day in range(first, settings.horizon):
        if draw_uniform(settings.seed, DISTURBANCE, day, who) < rate:
            draw = draw_uniform(settings.seed, DISTURBANCE, day, who + SIZE_LANE)
            yield settings.burn_in + day, mean + half * (2 * draw - 1)
