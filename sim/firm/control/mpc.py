"""The planner: learns a model of the loop while it runs, and plans effort over a horizon with it.

Identification is recursive least squares, a dozen lines of linear algebra, and the plan is a least-squares problem
with bounds, which scipy solves exactly: so no heavier library of control is needed.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.control.regulators import Brief, Regulator
from equipoise.settings.schema import setting

PRIOR = 1.0  # prior variance of each coefficient, in units of the noise, before anything is learned
MOST = 3.0 * PRIOR / 0.005**2  # largest trace of the covariance
LEAST = 1e-10  # smallest variance that a model may leave
FIRST = 2.0  # days that the first guess of it counts for
NOISE = 0.005**2  # first guess of the variance of a day's change that the model leaves open


class Model(NamedTuple):
    """What is known of the loop: daily change of error = theta . (error, effort, 1).

    ``theta`` (3,), its covariance (3, 3) in units of ``noise``, the variance that is left, learned from ``days``.
    """

    theta: Floats
    covariance: Floats
    noise: float
    days: float = 0.0

    def trusted(self, certainty: float) -> bool:
        """Whether effort is known to help: its coefficient is ``certainty`` standard errors away from nothing."""
        error = math.sqrt(max(self.noise * float(self.covariance[1, 1]), 1e-300))
        return bool(self.theta[1] < 0 and -self.theta[1] > certainty * error)

    def plausible(self) -> Floats:
        """Return theta given that the error neither runs away nor flips by itself, -1 <= a <= 0: a conditional mean."""
        a = min(max(float(self.theta[0]), -1.0), 0.0)
        shift: Floats = self.covariance[:, 0] * (
            (a - self.theta[0]) / max(float(self.covariance[0, 0]), 1e-12)
        )
        return self.theta + shift


class Notes(NamedTuple):
    """The memory of `Mpc`: the model, days observed, the smoothed error (nan = none), outputs with their first days.

    ``effort`` is the effort that took effect, smoothed as the error is, so that the model is of the loop and not of
    the smoothing. ``plan`` are outputs for the days from ``planned`` on, one for each of `block` days.
    """

    model: Model
    day: int
    error: float
    effort: float
    outputs: tuple[tuple[int, float], ...]
    plan: tuple[float, ...]
    planned: int


class Mpc(Regulator):
    """Model predictive control (Camacho & Bordons 2007) of the error e = set-point - estimate.

    The loop is taken for e[t + 1] - e[t] = a e[t] + b u[t - delay] + c, an ARX model of first order, learned by
    recursive least squares that forgets, c faster than the rest (Ljung 1999, ch. 11). It plans the output u of the next
    ``horizon`` days, constant over blocks, that makes sum(e^2) + spending * sum(u^2) + haste * sum(du^2) least within
    0..1; so it knows what is on its way and does not order it twice. Until effort is known to help it is cautious:
    u = caution * e, and a little more in every other plan, since a steady loop teaches nothing.
    """

    kind: ClassVar[str] = "mpc"
    delay: int = setting(
        2,
        "days from the day observed to the effect of what is ordered on it, as declared",
        low=0,
        high=365,
        unit="day",
    )
    horizon: int = setting(42, "days planned ahead, beyond the delay", low=1, high=365, unit="day")
    block: int = setting(7, "days for which one output is planned", low=1, high=365, unit="day")
    every: int = setting(7, "days from one plan to the next", low=1, high=365, unit="day")
    spending: float = setting(
        1e-4, "weight of effort against squared error", off=0.0, low=0, high=100
    )
    haste: float = setting(
        1e-3, "weight of changes of effort against squared error", off=0.0, low=0, high=100
    )
    memory: float = setting(120.0, "memory of the model", low=2, high=36500, unit="day")
    drift: float = setting(
        0.0005,
        "how fast what troubles the loop from outside (c) may change",
        off=0.0,
        low=0,
        high=1,
        unit="1/sqrt(day)",
    )
    smoothing: float = setting(
        0.2, "weight of a reading in the error it plans from", off=1.0, low=0.001, high=1
    )
    sure: float = setting(
        2.0, "standard errors from nothing at which effort is known to help", low=0, high=100
    )
    caution: float = setting(
        3.0, "output per unit of error while the model is unsure", low=0, high=1000
    )
    probe: float = setting(
        0.1,
        "output that it adds in every other plan while it is unsure, to see what happens",
        off=0.0,
        low=0,
        high=1,
    )

    def start(self) -> Notes:
        """Start without a model, at rest."""
        return Notes(
            Model(np.zeros(3), np.eye(3) * PRIOR / NOISE, NOISE),
            0,
            math.nan,
            0.0,
            ((-36500, 0.0),),
            (),
            0,
        )

    def react(self, level: float, elapsed: int, brief: Brief, memory: Notes) -> tuple[float, Notes]:
        """Learn from the reading, and plan when it is time."""
        now = memory.day + elapsed
        error = brief.set_point - level
        if math.isnan(memory.error):
            memory = memory._replace(day=now, error=error)
        elif elapsed:
            weight = 1.0 - (1.0 - self.smoothing) ** elapsed
            smoothed = memory.error + weight * (error - memory.error)
            sent = memory.day - self.delay
            effort = memory.effort + weight * (
                mean_output(memory.outputs, sent, sent + elapsed) - memory.effort
            )
            model = self._learn(memory, effort, smoothed, elapsed)
            memory = memory._replace(model=model, day=now, error=smoothed, effort=effort)
        if not memory.plan or now - memory.planned >= self.every:
            memory = memory._replace(plan=self._plan(memory), planned=now)
        output = memory.plan[min((now - memory.planned) // self.block, len(memory.plan) - 1)]
        if output != memory.outputs[-1][1]:
            memory = memory._replace(outputs=self._noted(memory.outputs, now, output))
        return output, memory

    def _noted(
        self, outputs: tuple[tuple[int, float], ...], now: int, output: float
    ) -> tuple[tuple[int, float], ...]:
        """Note an output, and forget those whose effect is long over."""
        kept = [each for each in outputs if each[0] > now - self.delay - 400]
        older = outputs[len(outputs) - len(kept) - 1 : len(outputs) - len(kept)]
        return (*older, *kept, (now, output))

    def _learn(self, memory: Notes, effort: float, error: float, elapsed: int) -> Model:
        """Update the model with the mean change over the days since the last reading."""
        model = memory.model
        x = np.array([memory.error, effort, 1.0])
        keep = (1.0 - 1.0 / self.memory) ** elapsed
        covariance = model.covariance + np.diag([0.0, 0.0, self.drift**2 * elapsed / model.noise])
        spread = covariance @ x
        left = (error - memory.error) / elapsed - float(model.theta @ x)
        scale = keep / elapsed + float(x @ spread)
        gain = spread / scale
        covariance = (covariance - np.outer(gain, spread)) / keep
        covariance = (covariance + covariance.T) / 2
        covariance *= min(
            1.0, MOST / float(np.trace(covariance))
        )  # what was never tried is not forgotten without end
        days = keep * model.days + elapsed
        noise = model.noise + (left * left * elapsed - model.noise) * elapsed / (days + FIRST)
        return Model(model.theta + gain * left, covariance, max(noise, LEAST), days)

    def _plan(self, memory: Notes) -> tuple[float, ...]:
        """Return the outputs of the next blocks that the model finds best; while it is unsure, one cautious output."""
        if not memory.model.trusted(self.sure):
            probe = self.probe if memory.day // self.every % 2 else 0.0
            return (min(max(self.caution * memory.error, 0.0) + probe, 1.0),)
        from scipy.optimize import lsq_linear  # slow to import, and no other part needs it

        free, push = self._forecast(memory)
        blocks = push.shape[1]
        moves = np.eye(blocks) - np.eye(blocks, k=-1)
        before = np.zeros(blocks)
        before[0] = memory.outputs[-1][1]
        days = math.sqrt(self.block)
        rows = np.vstack(
            [
                push,
                days * math.sqrt(self.spending) * np.eye(blocks),
                days * math.sqrt(self.haste) * moves,
            ]
        )
        goal = np.concatenate([-free, np.zeros(blocks), days * math.sqrt(self.haste) * before])
        best = np.clip(lsq_linear(rows, goal, (0.0, 1.0), method="bvls").x, 0.0, 1.0)
        return tuple(best.tolist())

    def _forecast(self, memory: Notes) -> tuple[Floats, Floats]:
        """Return the errors to come (H,) without further effort, and what each block of effort adds (H, blocks)."""
        a, b, c = memory.model.plausible().tolist()
        days = self.delay + self.horizon
        blocks = -(-self.horizon // self.block)
        free, push = np.empty(days), np.zeros((days, blocks))
        error, added = memory.error, np.zeros(blocks)
        for t in range(days):
            sent = memory.day + t - self.delay
            error += (
                a * error
                + b * (mean_output(memory.outputs, sent, sent + 1) if sent < memory.day else 0.0)
                + c
            )
            added = added + a * added
            if sent >= memory.day:
                added[min((sent - memory.day) // self.block, blocks - 1)] += b
            free[t], push[t] = error, added
        return free[self.delay :], push[self.delay :]


def mean_output(outputs: tuple[tuple[int, float], ...], start: int, end: int) -> float:
    """Return the mean over the days start..end of outputs that are given with their first days, oldest first."""
    total, until = 0.0, end
    for day, output in reversed(outputs):
        if day < until:
            total += output * (until - max(day, start))
            until = max(day, start)
        if day <= start:
            break
    return total / max(end - start, 1)
