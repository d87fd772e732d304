"""Departments of the firm: delivered quality, faults, queues, and the promise."""

from __future__ import annotations

import math

import numpy as np

from equipoise.array_types import Floats
from equipoise.consumers.traits import DRIVE_NAMES
from equipoise.environment.disturbances import DisturbanceSchedule
from equipoise.errors import EquipoiseError
from equipoise.firm.interfaces import DRIVE_COUNT, Deed
from equipoise.firm.organisation.internal_dynamics import InternalDynamics
from equipoise.portable_math import raise_to_power, sum_products
from equipoise.settings.settings import Firm

NEGLIGIBLE_FAULT = 0.005  # a smaller fault is not felt and counts as repaired
_MIN_CAPACITY = 1e-12  # avoids a division by 0; a queue then costs all quality


def delivery_matrix(firm: Firm) -> Floats:
    """Return the weights of departments in drives (4, D); rows sum to 1.

    Raises:
        EquipoiseError: when a weight is below 0, or a drive has no department.
    """
    delivers = [department.delivers for department in firm.departments.values()]
    # Two dimensions also without departments, which is then reported as a problem.
    weights = np.array(delivers).reshape(-1, DRIVE_COUNT).T
    totals = weights.sum(axis=1)
    problems = _list_negative_weights(firm) or _list_missing_drives(totals)
    if problems:
        raise EquipoiseError(*problems)
    shares: Floats = weights / totals[:, None]
    return shares


def _list_negative_weights(firm: Firm) -> list[str]:
    return [
        f"firm.departments.{name}.delivers has a weight below 0: give weights of 0 or more."
        for name, department in firm.departments.items()
        if min(department.delivers) < 0
    ]


def _list_missing_drives(totals: Floats) -> list[str]:
    return [
        f"no department delivers the drive {drive!r}: "
        "give one a weight above 0 in firm.departments.*.delivers."
        for drive, total in zip(DRIVE_NAMES, totals, strict=True)
        if total <= 0
    ]


class Departments:
    """State of D departments and of the promise; arrays have the shape (D,).

    Attributes:
        names: of the departments.
        matrix: weights of departments in drives (4, D); rows sum to 1.
        lasting_fault: fault that lasts until repaired.
        passing_fault: fault that ends by itself.
        delight: quality added by `Deed.replicate`.
        queue: waiting cases of the whole population.
        capability: quality without fault and delight, 0..1.
        capacity: cases a day that are worked off.
        promise: promised level.
        dynamics: connectivity, alignment and experience, which move capability and capacity.
    """

    __slots__ = (
        "_base_capability",
        "_base_capacity",
        "_kept_per_queued_day",
        "_shares_of_drives",
        "capability",
        "capacity",
        "delight",
        "dynamics",
        "lasting_fault",
        "matrix",
        "names",
        "passing_fault",
        "promise",
        "queue",
    )

    def __init__(self, firm: Firm, population: int) -> None:
        departments = firm.departments.values()
        self.names = tuple(firm.departments)
        self.matrix = delivery_matrix(firm)
        # A department without weights hurts no drive when it fails.
        totals = self.matrix.sum(axis=0)
        self._shares_of_drives = self.matrix / np.where(totals > 0, totals, 1.0)
        self._base_capability = np.array([department.capability for department in departments])
        per_thousand = np.array([department.capacity for department in departments])
        self._base_capacity = per_thousand * population / 1000
        self._kept_per_queued_day = max(0.0, 1.0 - firm.overload)
        self.dynamics = InternalDynamics(firm)
        self._update_capability()
        self.promise = firm.promise
        self.lasting_fault = np.zeros(len(self.names))
        self.passing_fault = np.zeros(len(self.names))
        self.delight = np.zeros(len(self.names))
        self.queue = np.zeros(len(self.names))

    @property
    def faults(self) -> Floats:
        """Lasting and passing faults together (D,), 0..1."""
        return np.minimum(self.lasting_fault + self.passing_fault, 1.0)

    def quality(self) -> Floats:
        """Return delivered quality by drive (4,), 0..1.

        Q = M q with q = clip(capability - fault + delight, 0, 1) * (1 - overload) ** days of queue.
        """
        raw = self.capability - self.lasting_fault - self.passing_fault + self.delight
        # np.minimum and np.maximum are faster than np.clip on such short arrays.
        not_negative = np.maximum(raw, 0.0)
        by_department = np.minimum(not_negative, 1.0)
        if self._kept_per_queued_day < 1.0 and self.queue.any():
            capacity = np.maximum(self.capacity, _MIN_CAPACITY)
            queued_days = self.queue / capacity
            kept = np.asarray(self._kept_per_queued_day)
            by_department *= raise_to_power(kept, queued_days)
        return sum_products(self.matrix, by_department)

    def failure_chances(self, chances: Floats) -> Floats:
        """Return the chances that a use fails by drive (days, 4).

        They follow from the chances by department (days, D): a failure hurts each drive in
        proportion to the department's weights.
        """
        return sum_products(chances[:, None, :], self._shares_of_drives)

    def process_cases(self, load: Floats) -> None:
        """Add a day's cases (D,) to the queue, and work off a day's capacity."""
        self.queue = np.maximum(self.queue + load - self.capacity, 0.0)

    def start_day(self, schedule: DisturbanceSchedule, day: int) -> None:
        """Advance the internal dynamics, and apply the day's faults and staff losses.

        A fault that ends by itself takes back only what repair has left of it.
        """
        if self.dynamics.is_active:
            arriving = self.dynamics.advance_day()
            if arriving is not None:
                self._reduce_faults(arriving)
            self._update_capability()
        if not schedule.eventful[day]:
            return
        self.lasting_fault = np.minimum(self.lasting_fault + schedule.faults[day], 1.0)
        # Repair may have removed a passing fault before its end, so it must not go below 0.
        passing_fault = np.maximum(self.passing_fault + schedule.passing[day], 0.0)
        self.passing_fault = np.minimum(passing_fault, 1.0)
        if schedule.leaving[day].any():
            self.dynamics.lose_experience(schedule.leaving[day])
            self._update_capability()

    def apply_deed(self, deed: Deed) -> None:
        """Apply a deed to faults, internal dynamics, delight and promise."""
        if deed.repair is not None:
            # Only part of a repair arrives at once; `start_day` receives the rest.
            self._reduce_faults(self.dynamics.send_repair(deed.repair))
        if deed.touch is not None:
            self.dynamics.apply_efforts(deed.touch.align, deed.touch.connect)
        if deed.replicate is not None:
            delight = np.maximum(self.delight + deed.replicate, 0.0)
            self.delight = np.minimum(delight, 1.0)
        if deed.promise:
            target = float(self.quality().mean()) if math.isnan(deed.level) else deed.level
            self.promise += deed.promise * (target - self.promise)

    def _update_capability(self) -> None:
        """Derive capability and capacity from the internal dynamics."""
        self.capability = self._base_capability * self.dynamics.skill
        self.capacity = self._base_capacity * self.dynamics.handling

    def _reduce_faults(self, repair: Floats) -> None:
        """Repair lasting faults first, then passing ones."""
        repaired = np.minimum(self.lasting_fault, repair)
        self.lasting_fault = self.lasting_fault - repaired
        self.passing_fault = np.maximum(self.passing_fault - (repair - repaired), 0.0)
