"""Align: brings the enacted values closer to the claimed ones."""

from __future__ import annotations

from typing import ClassVar

from equipoise.firm.effectors.stateless import StatelessEffector
from equipoise.firm.interfaces import (
    Touch,
    ValueProfile,
    brand_bond,
    effort_cost,
    order_delay,
    value_profile,
)
from equipoise.settings.schema import assumption


class Align(StatelessEffector):
    """Moves enacted values by rate * effort of the way to the claimed ones; they may relapse."""

    kind: ClassVar[str] = "align"
    delay: int = order_delay(14)
    cost: float = effort_cost(10.0)
    bond_brand: float = brand_bond(0.1)
    values: ValueProfile = value_profile(
        self_direction=0.2, security=0.2, tradition=0.3, benevolence=0.8, universalism=0.8
    )
    rate: float = assumption(
        0.01,
        "share of the way to the claimed values in a day of full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
    )

    def compute_touch(self, effort: float) -> Touch:
        """Return the share of the way."""
        return Touch(align=self.rate * effort)
