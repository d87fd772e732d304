"""Threshold control: bang-bang with hysteresis."""

from __future__ import annotations

from typing import ClassVar

from pydantic import model_validator

from equipoise.firm.control.regulator import ControlTask, Regulator
from equipoise.settings.schema import choice


class Threshold(Regulator):
    """Bang-bang control with hysteresis.

    It switches on below set-point - trigger * band and off above set-point - release * band.
    """

    kind: ClassVar[str] = "threshold"
    effort: float = choice(1.0, "output while it is on", low=0, high=1)
    trigger: float = choice(1.0, "bands below the set-point at which it goes on", low=-25, high=25)
    release: float = choice(0.0, "bands below the set-point at which it goes off", low=-25, high=25)

    @model_validator(mode="after")
    def _check_order(self) -> Threshold:
        if self.release > self.trigger:
            raise ValueError(
                "release must not be above trigger: "
                "it goes off nearer to the set-point than it goes on."
            )
        return self

    def initial_memory(self) -> bool:
        """Return False: switched off."""
        return False

    def compute_output(
        self, level: float, elapsed: int, task: ControlTask, memory: bool
    ) -> tuple[float, bool]:
        """Switch on or off, or leave the switch as it is between the two thresholds."""
        on = memory  # between the thresholds nothing changes
        if level < task.set_point - self.trigger * task.band:
            on = True
        elif level > task.set_point - self.release * task.band:
            on = False
        output = self.effort if on else 0.0
        return output, on
