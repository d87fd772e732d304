"""Reconsider: gives people with a bad preconception a reason to think again."""

from __future__ import annotations

from typing import ClassVar

from equipoise.firm.effectors.stateless import StatelessEffector
from equipoise.firm.interfaces import (
    Touch,
    ValueProfile,
    brand_bond,
    effort_cost,
    value_profile,
)
from equipoise.settings.schema import assumption


class Reconsider(StatelessEffector):
    """Activates System 2 in people with a negative preconception, by evidence and surprise."""

    kind: ClassVar[str] = "reconsider"
    cost: float = effort_cost(5.0)
    bond_brand: float = brand_bond(0.1)
    values: ValueProfile = value_profile(
        self_direction=0.8, stimulation=0.5, achievement=0.3, conformity=-0.3, universalism=0.3
    )
    trigger: float = assumption(
        0.5, "chance to wake System 2 at full effort", off=0.0, low=0, high=1, unit="1/day"
    )

    def compute_touch(self, effort: float) -> Touch:
        """Return the chance to wake System 2."""
        return Touch(trigger=self.trigger * effort)
