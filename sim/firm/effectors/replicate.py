"""Replicate: spreads what delights to all departments."""

from __future__ import annotations

from typing import Any, ClassVar

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
    expressed_values,
    order_delay,
)
from equipoise.settings.schema import setting


class Replicate(Effector):
    """Makes a delight everybody's: held' = held + rate * effort * (most - held) - decay * held, in all departments.

    What it holds up fades by ``decay`` a day without upkeep.
    """

    kind: ClassVar[str] = "replicate"
    delay: int = order_delay(7)
    cost: float = effort_cost(15.0)
    bond_brand: float = brand_bond(0.1)
    bond_consumers: float = consumer_bond(0.1)
    values: ValueProfile = expressed_values(0.0, 0.3, 0.8, 0.8, 0.0, 0.0, 0.0, 0.0, 0.2, 0.0)
    rate: float = setting(
        0.05,
        "share of the way to `most` in a day of full effort",
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )
    most: float = setting(0.15, "most delight that it can hold up", low=0, high=1)
    decay: float = setting(0.03, "share of it that fades in a day", low=0, high=1, unit="1/day")

    def init(self, plant: Plant) -> tuple[Floats, float]:
        """Return equal shape (D,) and no delight held up."""
        return np.ones(len(plant.departments)), 0.0

    def step(
        self, day: int, effort: float, focus: Floats, state: tuple[Floats, float]
    ) -> tuple[Deed, Any]:
        """Add to the delight held up, and let it fade."""
        even, held = state
        change = self.rate * effort * (self.most - held) - self.decay * held
        if change == 0:
            return NO_DEED, state
        return Deed(replicate=change * even), (even, held + change)
