"""Base class of effectors without a memory."""

from __future__ import annotations

from equipoise.array_types import Floats
from equipoise.firm.interfaces import NO_DEED, Deed, Effector, Plant, Touch


class StatelessEffector(Effector):
    """An effector whose deed depends on the day's effort alone.

    A subclass defines `compute_touch`.
    """

    def init(self, plant: Plant) -> None:
        """Return no state."""

    def step(self, day: int, effort: float, focus: Floats, state: None) -> tuple[Deed, None]:
        """Return a deed with the touch of the day's effort."""
        if effort <= 0:
            return NO_DEED, None
        # Effort may exceed 1 by a larger capacity, strengths may not.
        return Deed(touch=self.compute_touch(min(effort, 1.0))), None

    def compute_touch(self, effort: float) -> Touch:
        """Return the direct effects of a day's effort (0..1)."""
        raise NotImplementedError
