"""Delete: removes negative posts from the public."""

from __future__ import annotations

from typing import ClassVar

from equipoise.firm.effectors.stateless import StatelessEffector
from equipoise.firm.interfaces import (
    Touch,
    ValueProfile,
    effort_cost,
    value_profile,
)
from equipoise.settings.schema import assumption


class Delete(StatelessEffector):
    """Deletes negative posts from the public; their authors stay dissatisfied."""

    kind: ClassVar[str] = "delete"
    cost: float = effort_cost(1.0)
    values: ValueProfile = value_profile(
        self_direction=-0.6,
        power=1.0,
        security=0.5,
        conformity=0.8,
        benevolence=-0.3,
        universalism=-0.6,
    )
    share: float = assumption(
        0.6, "share of negative posts deleted at full effort", off=0.0, low=0, high=1
    )

    def compute_touch(self, effort: float) -> Touch:
        """Return the share deleted."""
        return Touch(delete=self.share * effort)
