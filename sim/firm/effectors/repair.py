"""Repair: removes faults of departments."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    NO_DEED,
    Deed,
    Effector,
    Plant,
    ValueProfile,
    brand_bond,
    effort_cost,
    order_delay,
    value_profile,
)
from equipoise.settings.schema import assumption


class Repair(Effector):
    """Removes faults: repair = rate * effort * focus; without a focus, even over departments."""

    kind: ClassVar[str] = "repair"
    delay: int = order_delay(2)
    cost: float = effort_cost(
        30.0, source="recalls at $1,000 to 10,000 a day per 100,000 people: Toyota 2007, CPSC 2017"
    )
    bond_brand: float = brand_bond(0.1)
    values: ValueProfile = value_profile(achievement=0.6, security=1.0, benevolence=0.3)
    rate: float = assumption(
        0.05, "fault removed at full effort on one department", low=0, high=1, unit="1/day"
    )

    def init(self, plant: Plant) -> int:
        """Return the number of departments."""
        return len(plant.departments)

    def step(self, day: int, effort: float, focus: Floats, state: int) -> tuple[Deed, int]:
        """Repair by the day's effort."""
        if effort <= 0:
            return NO_DEED, state
        # A control center without a focus leaves it empty or all 0.
        has_focus = len(focus) and focus.any()
        shares = focus if has_focus else np.full(state, 1 / state)
        return Deed(repair=self.rate * effort * shares), state
