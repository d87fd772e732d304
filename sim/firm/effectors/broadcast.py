"""Broadcast: content to followers, advertising to everyone else."""

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


class Broadcast(StatelessEffector):
    """Sends content to followers, and advertises to everyone else."""

    kind: ClassVar[str] = "broadcast"
    cost: float = effort_cost(60.0)
    bond_brand: float = brand_bond(0.05)
    values: ValueProfile = value_profile(stimulation=0.2, hedonism=0.2, achievement=0.8, power=0.6)
    messages: float = assumption(
        1.0, "messages to each follower at full effort", off=0.0, low=0, high=50, unit="1/day"
    )
    push: float = assumption(
        4.0,
        "further advertising at full effort, in multiples of the usual",
        off=0.0,
        low=0,
        high=100,
    )

    def compute_touch(self, effort: float) -> Touch:
        """Return the content and advertising."""
        return Touch(content=self.messages * effort, push=self.push * effort)
