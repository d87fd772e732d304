"""Connect: improves the flow of information between departments."""

from __future__ import annotations

from typing import ClassVar

from equipoise.firm.effectors.stateless import StatelessEffector
from equipoise.firm.interfaces import (
    Touch,
    ValueProfile,
    effort_cost,
    order_delay,
    value_profile,
)
from equipoise.settings.schema import assumption


class Connect(StatelessEffector):
    """Moves connectivity by rate * effort of the way to 1; it may relapse."""

    kind: ClassVar[str] = "connect"
    delay: int = order_delay(7)
    cost: float = effort_cost(5.0)
    values: ValueProfile = value_profile(
        self_direction=0.3, power=-0.3, benevolence=0.8, universalism=0.4
    )
    rate: float = assumption(
        0.02,
        "share of the way to full connectivity in a day of full effort",
        off=0.0,
        low=0,
        high=1,
        unit="1/day",
    )

    def compute_touch(self, effort: float) -> Touch:
        """Return the share of the way."""
        return Touch(connect=self.rate * effort)
