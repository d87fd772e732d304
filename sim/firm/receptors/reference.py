"""Reference receptors: `Blind` reads nothing, `Oracle` reads the truth."""

from __future__ import annotations

from typing import ClassVar

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    NO_COUNTS,
    Market,
    Plant,
    Reading,
    Receptor,
)


class Blind(Receptor):
    """Senses nothing: the reference at the bottom."""

    kind: ClassVar[str] = "blind"

    def init(self, plant: Plant) -> None:
        """Remember nothing."""

    def step(self, market: Market, state: None) -> tuple[None, None]:
        """Report nothing."""
        return None, None


class Oracle(Receptor):
    """Knows the truth, at once: the reference at the top.

    Trouble by drive is customers * (1 / 4 + M @ faults): one even mention a head, a usual to compare with, and what
    the faults of today do to each drive.
    """

    kind: ClassVar[str] = "oracle"

    @property
    def sees_truth(self) -> bool:
        """It does."""
        return True

    def init(self, plant: Plant) -> Floats:
        """Return the matrix from departments to drives."""
        return plant.matrix

    def step(self, market: Market, state: Floats) -> tuple[Reading | None, Floats]:
        """Report true satisfaction without error, and what the faults of today do to each drive."""
        truth = market.truth
        if truth is None or not market.customers:
            return None, state
        trouble = market.customers * (1 / DRIVE_COUNT + state @ truth.faults)
        level = float(truth.satisfaction)
        return Reading(
            market.day, market.day, level, 0.0, NO_COUNTS, trouble, market.customers
        ), state
