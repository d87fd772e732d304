"""Replicate: spreads what delights to all departments."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    NO_DEED,
    Deed,
    Effector,
    Plant,
    ValueProfile,
    brand_bond,
    consumer_bond,
    effort_cost,
    order_delay,
    value_profile,
)
from equipoise.settings.schema import assumption


class ReplicateState(NamedTuple):
    """State of `Replicate`: number of departments, and the delight held up."""

    departments: int
    delight: float


class Replicate(Effector):
    """Spreads a delight to all departments.

    delight' = delight + rate * effort * (most - delight) - decay * delight, so that it fades
    without effort.
    """

    kind: ClassVar[str] = "replicate"
    delay: int = order_delay(7)
    cost: float = effort_cost(10.0)
    bond_brand: float = brand_bond(0.1)
    bond_consumers: float = consumer_bond(0.1)
    values: ValueProfile = value_profile(
        stimulation=0.3, hedonism=0.8, achievement=0.8, benevolence=0.2
    )
    rate: float = assumption(
        0.05, "share of the way to `most` in a day of full effort", low=0, high=1, unit="1/day"
    )
    most: float = assumption(0.15, "largest delight that it can hold up", low=0, high=1)
    decay: float = assumption(
        0.03, "share of the delight that fades in a day", low=0, high=1, unit="1/day"
    )

    def init(self, plant: Plant) -> ReplicateState:
        """Return the state without delight."""
        return ReplicateState(len(plant.departments), 0.0)

    def step(
        self, day: int, effort: float, focus: Floats, state: ReplicateState
    ) -> tuple[Deed, ReplicateState]:
        """Add to the delight by the day's effort, and let it fade."""
        departments, delight = state
        change = self.rate * effort * (self.most - delight) - self.decay * delight
        # At the balance of growth and fading nothing changes.
        if change == 0:
            return NO_DEED, state
        deed = Deed(replicate=np.full(departments, change))
        return deed, ReplicateState(departments, delight + change)
