"""Promise: moves the promised level."""

from __future__ import annotations

import math
from typing import ClassVar

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    NO_DEED,
    Deed,
    Effector,
    Plant,
    ValueProfile,
    effort_cost,
    value_profile,
)
from equipoise.settings.schema import assumption, choice


class Promise(Effector):
    """Moves the promise by rate * effort of the way to ``level``, or to the delivered quality."""

    kind: ClassVar[str] = "promise"
    cost: float = effort_cost(3.0)
    values: ValueProfile = value_profile(hedonism=0.2, achievement=0.6, power=0.3, security=0.2)
    level: float | None = choice(
        None, "level that the promise moves to; null = the delivered quality", low=0, high=1
    )
    rate: float = assumption(
        0.1, "share of the way in a day of full effort", low=0, high=1, unit="1/day"
    )

    def init(self, plant: Plant) -> None:
        """Return no state."""

    def step(self, day: int, effort: float, focus: Floats, state: None) -> tuple[Deed, None]:
        """Move the promise by the day's effort."""
        # A deed that moves nothing would still count as one.
        if effort <= 0 or self.rate == 0:
            return NO_DEED, None
        share = min(self.rate * effort, 1.0)
        level = math.nan if self.level is None else self.level
        return Deed(promise=share, level=level), None
