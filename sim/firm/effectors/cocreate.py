"""Cocreate: invites followers to create with the firm."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

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
    order_delay,
    value_profile,
)
from equipoise.settings.schema import assumption


class CocreateState(NamedTuple):
    """State of `Cocreate`: number of departments, and added quality as a share of ``most``."""

    departments: int
    added: float


class Cocreate(Effector):
    """Invites followers to create with the firm; their ideas add quality in all departments.

    delight' = delight + rate * effort * (most - delight) - decay * delight, as in `Replicate`.
    """

    kind: ClassVar[str] = "cocreate"
    delay: int = order_delay(14)
    cost: float = effort_cost(10.0)
    bond_brand: float = brand_bond(0.6)
    bond_consumers: float = consumer_bond(0.3)
    values: ValueProfile = value_profile(
        self_direction=1.0,
        stimulation=0.6,
        hedonism=0.2,
        achievement=0.2,
        power=-0.3,
        benevolence=0.4,
        universalism=0.5,
    )
    invite: float = assumption(
        0.02,
        "chance that a follower is invited at full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
    )
    most: float = assumption(0.05, "most quality that ideas can add", off=0.0, low=0, high=1)
    rate: float = assumption(
        0.02, "share of the way to `most` in a day of full effort", low=0, high=1, unit="1/day"
    )
    decay: float = assumption(
        0.01,
        "share of the added quality that the market catches up in a day",
        low=0,
        high=1,
        unit="1/day",
    )

    def init(self, plant: Plant) -> CocreateState:
        """Return the state without added quality."""
        return CocreateState(len(plant.departments), 0.0)

    def step(
        self, day: int, effort: float, focus: Floats, state: CocreateState
    ) -> tuple[Deed, CocreateState]:
        """Invite by the day's effort, and update the added quality."""
        # Effort may exceed 1 by a larger capacity, a chance may not.
        effort = min(effort, 1.0)
        if effort <= 0 and state.added == 0:
            return NO_DEED, state
        added = update_stock(state.added, effort, self.rate, self.decay)
        # The state is a share of the largest quality that ideas can add.
        change = self.most * (added - state.added)
        replicate = np.full(state.departments, change) if change else None
        touch = Touch(invite=self.invite * effort) if effort > 0 else None
        return Deed(replicate=replicate, touch=touch), CocreateState(state.departments, added)
