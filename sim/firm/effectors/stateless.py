"""Base class of effectors without a memory."""

from __future__ import annotations

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    NO_DEED,
    Deed,
    Effector,
    Plant,
    Touch,
)


class StatelessEffector(Effector):
    """Acts on the day of the effort and remembers nothing: ``touch`` says what the effort of a day does."""

    def init(self, plant: Plant) -> None:
        """Remember nothing."""

    def step(self, day: int, effort: float, focus: Floats, state: None) -> tuple[Deed, None]:
        """Touch by as much as the effort allows."""
        return (Deed(touch=self.compute_touch(min(effort, 1.0))) if effort > 0 else NO_DEED), None

    def compute_touch(self, effort: float) -> Touch:
        """Return what a day's effort (0..1) does to consumers or within the firm."""
        raise NotImplementedError
