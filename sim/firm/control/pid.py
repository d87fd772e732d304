"""Proportional-integral-derivative (PID) control."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from equipoise.firm.control.regulator import ControlTask, Regulator
from equipoise.settings.schema import choice, setting


class PidMemory(NamedTuple):
    """Memory of `Pid`: the integral term, and the last error (nan = none yet)."""

    integral: float
    error: float


class Pid(Regulator):
    """Proportional, integral and derivative control of the error e = set-point - estimate.

    output = clip(bias + kp e + I + kd (e - e_last) / elapsed, 0, 1) with I' = I + ki e elapsed.

    Against windup (Astrom & Hagglund 2006, ch. 3), I moves no further than to saturation of the
    output, is held there while e pushes on, and is clamped so that bias + I stays within 0..1.
    """

    kind: ClassVar[str] = "pid"
    kp: float = choice(6.0, "output per unit of error", low=0, high=1000)
    ki: float = choice(0.05, "output per unit of error and day", low=0, high=1000, unit="1/day")
    kd: float = choice(
        0.0, "output per unit of error gained in a day", low=0, high=1000, unit="day"
    )
    bias: float = choice(0.0, "output on the set-point", low=0, high=1)
    anti_windup: bool = setting(True, "hold and clamp the integral in saturation", off=False)

    def initial_memory(self) -> PidMemory:
        """Return a zero integral without a last error."""
        return PidMemory(0.0, math.nan)

    def initial_output(self) -> float:
        """Return the bias."""
        return self.bias

    def compute_output(
        self, level: float, elapsed: int, task: ControlTask, memory: PidMemory
    ) -> tuple[float, PidMemory]:
        """Return the clipped output, and the next integral and error."""
        error = task.set_point - level
        push = self.bias + self.kp * error
        # no slope between two readings of the same day, nor at the first one
        if elapsed and not math.isnan(memory.error):
            push += self.kd * (error - memory.error) / elapsed
        integral = memory.integral + self.ki * error * elapsed
        if self.anti_windup:
            integral = self._limit_integral(integral, memory.integral, error, push)
        output = min(max(push + integral, 0.0), 1.0)
        return output, PidMemory(integral, error)

    def _limit_integral(self, integral: float, last: float, error: float, push: float) -> float:
        """Return the integral, stopped at saturation of push + integral, with bias within 0..1."""
        # the integral may always return from saturation, hence the comparison with its last value
        if error > 0:
            integral = max(last, min(integral, 1.0 - push))
        else:
            integral = min(last, max(integral, -push))
        return min(max(integral, -self.bias), 1.0 - self.bias)
