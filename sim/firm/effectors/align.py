"""Align: brings enacted values closer to the claimed ones."""

from __future__ import annotations

from typing import ClassVar

from equipoise.firm.effectors.stateless import StatelessEffector
from equipoise.firm.interfaces import (
    Touch,
    ValueProfile,
    brand_bond,
    effort_cost,
    expressed_values,
    order_delay,
)
from equipoise.settings.schema import setting


class Align(StatelessEffector):
    """Enacts the values that are claimed: share of the way in departments = rate * effort; they may relapse."""

    kind: ClassVar[str] = "align"
    delay: int = order_delay(14)
    cost: float = effort_cost(15.0)
    bond_brand: float = brand_bond(0.1)
    values: ValueProfile = expressed_values(0.2, 0.0, 0.0, 0.0, 0.0, 0.2, 0.0, 0.3, 0.8, 0.8)
    rate: float = setting(
        0.01,
        "share of the way to the claimed values in a day of full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )

    def compute_touch(self, effort: float) -> Touch:
        """Return how far departments go."""
        return Touch(align=self.rate * effort)
