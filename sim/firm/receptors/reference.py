"""Reference receptors: `Blind` reads nothing, `Oracle` reads the truth."""

from __future__ import annotations

from typing import ClassVar

from equipoise.array_types import Floats
from equipoise.firm.interfaces import DRIVE_COUNT, Market, Plant, Reading, Receptor
from equipoise.portable_math import sum_products


class Blind(Receptor):
    """Reads nothing: the lower reference."""

    kind: ClassVar[str] = "blind"

    def init(self, plant: Plant) -> None:
        """Return no state."""

    def step(self, market: Market, state: None) -> tuple[None, None]:
        """Return no reading."""
        return None, None


class Oracle(Receptor):
    """Reads the truth at once and without error: the upper reference.

    Trouble by drive is customers * (1 / 4 + M @ faults), so that one mention a customer is usual,
    and a fault raises the trouble of the drives that its department serves.
    """

    kind: ClassVar[str] = "oracle"

    @property
    def sees_truth(self) -> bool:
        """True."""
        return True

    def init(self, plant: Plant) -> Floats:
        """Return the weights of departments in drives (4, D)."""
        return plant.matrix

    def step(self, market: Market, state: Floats) -> tuple[Reading | None, Floats]:
        """Return true satisfaction and trouble; no reading without customers."""
        truth = market.truth
        if truth is None or not market.customers:
            return None, state
        # An even share without faults, so that diagnosis has a usual level to compare with.
        trouble_per_customer = 1 / DRIVE_COUNT + sum_products(state, truth.faults)
        reading = Reading(
            observed=market.day,
            delivered=market.day,
            satisfaction=float(truth.satisfaction),
            error=0.0,
            trouble=market.customers * trouble_per_customer,
            volume=market.customers,
        )
        return reading, state
