"""The firm's departments: what they deliver, what ails them, what they carry."""

from __future__ import annotations

import math

import numpy as np

from equipoise.array_types import Floats
from equipoise.environment.disturbances import Strikes
from equipoise.errors import EquipoiseError
from equipoise.firm.interfaces import DRIVE_COUNT, Deed
from equipoise.firm.organisation.internal_dynamics import InternalDynamics
from equipoise.settings.settings import Firm

DRIVE_NAMES = ("acquire", "bond", "comprehend", "defend")
NEGLIGIBLE_FAULT = 0.005  # a smaller fault counts as repaired: nobody feels it


def delivery_matrix(firm: Firm) -> Floats:
    """Return how much each department matters for each drive: shape (4, D), rows sum to 1.

    Raises:
        EquipoiseError: when a weight is below 0, or nobody delivers a drive.
    """
    weights = (
        np.array([each.delivers for each in firm.departments.values()]).reshape(-1, DRIVE_COUNT).T
    )
    problems = [
        f"firm.departments.{name}.delivers has a weight below 0: give weights of 0 or more."
        for name, each in firm.departments.items()
        if min(each.delivers) < 0
    ]
    totals = weights.sum(axis=1)
    if not problems:
        problems = [
            f"no department delivers the drive {drive!r}: give one a weight above 0 in firm.departments.*.delivers."
            for drive, total in zip(DRIVE_NAMES, totals, strict=True)
            if total <= 0
        ]
    if problems:
        raise EquipoiseError(*problems)
    shares: Floats = weights / totals[:, None]
    return shares


class Departments:
    """The state of D departments, and the promise that marketing keeps up; every array has shape (D,).

    ``fault`` lasts until repaired, ``passing`` ends by itself, ``delight`` is what replication added;
    ``queue`` and ``capacity`` are in cases and cases/day of the whole population. ``inner`` is what goes on
    between departments: with it ``capability`` and ``capacity`` change.
    """

    __slots__ = (
        "_able",
        "_broad",
        "capability",
        "capacity",
        "delight",
        "dynamics",
        "hits",
        "keeps",
        "lasting_fault",
        "matrix",
        "names",
        "passing_fault",
        "promise",
        "queue",
    )

    def __init__(self, firm: Firm, population: int) -> None:
        self.names = tuple(firm.departments)
        self.matrix = delivery_matrix(firm)
        columns = self.matrix.sum(axis=0)
        self.hits = self.matrix / np.where(columns > 0, columns, 1.0)
        self._able = np.array([each.capability for each in firm.departments.values()])
        self._broad = (
            np.array([each.capacity for each in firm.departments.values()]) * population / 1000
        )
        self.dynamics = InternalDynamics(firm)
        self._settle()
        self.keeps = max(0.0, 1.0 - firm.overload)
        self.promise = firm.promise
        self.lasting_fault, self.passing_fault, self.delight, self.queue = np.zeros(
            (4, len(self.names))
        )

    @property
    def faults(self) -> Floats:
        """What ails each department today: lasting and passing faults together, shape (D,) 0..1."""
        return np.minimum(self.lasting_fault + self.passing_fault, 1.0)

    def quality(self) -> Floats:
        """Return delivered quality by drive, shape (4,) 0..1: Q = M q.

        q = clip(capability - fault + delight, 0, 1) * (1 - overload) ** (queue / capacity).
        """
        q = np.minimum(
            np.maximum(
                self.capability - self.lasting_fault - self.passing_fault + self.delight, 0.0
            ),
            1.0,
        )
        if self.keeps < 1.0 and self.queue.any():
            q *= self.keeps ** (self.queue / np.maximum(self.capacity, 1e-12))
        return self.matrix @ q

    def failure_chances(self, chances: Floats) -> Floats:
        """Return the chances that a use fails by the drive it hurts, (days, 4), from those by department (days, D).

        A failure in a department hurts a drive in proportion to what the department does for it.
        """
        return chances @ self.hits.T

    def process_cases(self, load: Floats) -> None:
        """Take in a day's cases (D,), work off a day's capacity; the rest waits in the queue."""
        self.queue = np.maximum(self.queue + load - self.capacity, 0.0)

    def start_day(self, strikes: Strikes, day: int) -> None:
        """Begin a day: what was on its way arrives, newcomers have learned; suffer the day's faults and leavers.

        Faults that end by themselves take back only what repair has left of them.
        """
        if self.dynamics.is_active:
            arrived = self.dynamics.advance_day()
            if arrived is not None:
                self._mend(arrived)
            self._settle()
        if strikes.eventful[day]:
            self.lasting_fault = np.minimum(self.lasting_fault + strikes.faults[day], 1.0)
            self.passing_fault = np.minimum(
                np.maximum(self.passing_fault + strikes.passing[day], 0.0), 1.0
            )
            if strikes.leaving[day].any():
                self.dynamics.lose_experience(strikes.leaving[day])
                self._settle()

    def _settle(self) -> None:
        """Let capability and capacity follow what goes on inside."""
        self.capability = self._able * self.dynamics.skill
        self.capacity = self._broad * self.dynamics.handling

    def _mend(self, repair: Floats) -> None:
        mended = np.minimum(self.lasting_fault, repair)
        self.lasting_fault = self.lasting_fault - mended
        self.passing_fault = np.maximum(self.passing_fault - (repair - mended), 0.0)

    def apply_deed(self, deed: Deed) -> None:
        """Let a deed change faults, delight, promise and what goes on inside; lasting faults are repaired first."""
        if deed.repair is not None:
            self._mend(self.dynamics.send_repair(deed.repair))
        if deed.touch is not None:
            self.dynamics.apply_efforts(deed.touch.align, deed.touch.connect)
        if deed.replicate is not None:
            self.delight = np.minimum(np.maximum(self.delight + deed.replicate, 0.0), 1.0)
        if deed.promise:
            target = float(self.quality().mean()) if math.isnan(deed.level) else deed.level
            self.promise += deed.promise * (target - self.promise)
