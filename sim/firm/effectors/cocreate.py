"""Cocreate: invites followers to create with the firm."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.effectors.stock import update_stock
from equipoise.firm.interfaces import (
    NO_DEED,
    Deed,
    Effector,
    Plant,
    Touch,
    ValueProfile,
    brand_bond,
    consumer_bond,
    effort_cost,
    expressed_values,
    order_delay,
)
from equipoise.settings.schema import setting


class Cocreate(Effector):
    """Invites followers to create with the firm; what comes of it is built in, in all departments.

    delight' = delight + rate * effort * (most - delight) - decay * delight, as when a delight is replicated.
    """

    kind: ClassVar[str] = "cocreate"
    delay: int = order_delay(14)
    cost: float = effort_cost(25.0)
    bond_brand: float = brand_bond(0.6)
    bond_consumers: float = consumer_bond(0.3)
    values: ValueProfile = expressed_values(1.0, 0.6, 0.2, 0.2, -0.3, 0.0, 0.0, 0.0, 0.4, 0.5)
    invite: float = setting(
        0.02,
        "chance that a follower is invited at full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )
    most: float = setting(
        0.05, "most quality that ideas can add", off=0.0, low=0, high=1, source="assumption"
    )
    rate: float = setting(
        0.02, "share of the way to it in a day of full effort", low=0, high=1, unit="1/day"
    )
    decay: float = setting(
        0.01, "share of it that the market catches up in a day", low=0, high=1, unit="1/day"
    )

    def init(self, plant: Plant) -> tuple[Floats, float]:
        """Return equal shape (D,) and the quality added so far, as a share of the most."""
        return np.ones(len(plant.departments)), 0.0

    def step(
        self, day: int, effort: float, focus: Floats, state: tuple[Floats, float]
    ) -> tuple[Deed, Any]:
        """Invite, build in, and be caught up with."""
        (even, held), effort = state, min(effort, 1.0)
        if effort <= 0 and held == 0:
            return NO_DEED, state
        after = update_stock(held, effort, self.rate, self.decay)
        change = self.most * (after - held)
        touch = Touch(invite=self.invite * effort) if effort > 0 else None
        return Deed(replicate=change * even if change else None, touch=touch), (even, after)
