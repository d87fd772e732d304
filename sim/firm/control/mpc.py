"""Model predictive control: identifies a model of the loop while it runs, and plans with it.

Identification is recursive least squares, and the plan is a least-squares problem with bounds,
which an active-set method solves exactly, so no control library is needed.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.control.box_minimum import minimise_in_unit_box
from equipoise.firm.control.regulator import ControlTask, Regulator
from equipoise.firm.interfaces import fixed_price
from equipoise.portable_math import sum_products
from equipoise.settings.schema import choice

_PRIOR_VARIANCE = 1.0  # of each coefficient before the first reading
_FIRST_NOISE = 0.005**2  # first guess of the variance of a day's change that the model leaves open
_FIRST_NOISE_DAYS = 2.0  # days of data that the first guess counts for
_MIN_NOISE = 1e-10
# Forgetting inflates the covariance of inputs that are never excited; this bounds its trace.
_MAX_TRACE = 3.0 * _PRIOR_VARIANCE / _FIRST_NOISE
_LONG_AGO = -36500  # first day of the output before the run
_KEPT_DAYS = 400  # days, beyond the delay, for which outputs are kept


class LoopModel(NamedTuple):
    """Model of the loop: daily change of the error = theta . (error, effort, 1).

    Attributes:
        theta: coefficients a, b, c (3,).
        covariance: covariance of theta (3, 3), in units of ``noise``.
        noise: variance of a day's change that the model leaves open.
        days: days of data behind the model, with forgetting.
    """

    theta: Floats
    covariance: Floats
    noise: float
    days: float = 0.0

    def is_trusted(self, certainty: float) -> bool:
        """Return True if effort lowers the error, by ``certainty`` standard errors or more."""
        error = math.sqrt(max(self.noise * float(self.covariance[1, 1]), 1e-300))
        effect = self.theta[1]
        return bool(effect < 0 and -effect > certainty * error)

    def stable_theta(self) -> Floats:
        """Return theta (3,), conditional on -1 <= a <= 0.

        Outside these bounds the error would run away or change its sign by itself.
        """
        a = min(max(float(self.theta[0]), -1.0), 0.0)
        variance = max(float(self.covariance[0, 0]), 1e-12)
        shift: Floats = self.covariance[:, 0] * ((a - self.theta[0]) / variance)
        return self.theta + shift


Outputs = tuple[tuple[int, float], ...]  # (first day, output), oldest first


class MpcMemory(NamedTuple):
    """Memory of `Mpc`.

    Attributes:
        model: model of the loop.
        day: days from the first reading to the last one.
        error: smoothed error; nan = no reading yet.
        effort: effort that took effect, smoothed as the error is, so that the model describes the
            loop and not the smoothing.
        outputs: outputs with their first days.
        plan: outputs for the days from ``planned`` on, one for each block of days.
        planned: day of the plan.
    """

    model: LoopModel
    day: int
    error: float
    effort: float
    outputs: Outputs
    plan: tuple[float, ...]
    planned: int


class Mpc(Regulator):
    """Model predictive control (Camacho & Bordons 2007) of the error e = set-point - estimate.

    The model is e[t + 1] - e[t] = a e[t] + b u[t - delay] + c, a first-order ARX model. Recursive
    least squares with forgetting learns it, c faster than the rest (Ljung 1999, ch. 11).

    The plan is the output u of the next ``horizon`` days, constant over blocks, that minimises
    sum(e^2) + spending * sum(u^2) + haste * sum(du^2) within 0..1. It includes the effort that is
    already on its way, so nothing is ordered twice.

    Until effort is known to help, the output is u = caution * e, and a little more in every other
    plan, because a loop at rest carries no information.
    """

    kind: ClassVar[str] = "mpc"
    price_year: float = fixed_price(110_000.0, "an analyst who keeps the model")
    delay: int = choice(
        2,
        "declared days from an observation to the effect of the orders based on it",
        low=0,
        high=365,
        unit="day",
    )
    horizon: int = choice(42, "days planned ahead, beyond the delay", low=1, high=365, unit="day")
    block: int = choice(7, "days for which one output is planned", low=1, high=365, unit="day")
    every: int = choice(7, "days from one plan to the next", low=1, high=365, unit="day")
    spending: float = choice(
        1e-4, "weight of effort against squared error", off=0.0, low=0, high=100
    )
    haste: float = choice(
        1e-3, "weight of changes of effort against squared error", off=0.0, low=0, high=100
    )
    memory: float = choice(120.0, "memory of the model", low=2, high=36500, unit="day")
    drift: float = choice(
        0.0005,
        "how fast the external disturbance c may change",
        off=0.0,
        low=0,
        high=1,
        unit="1/sqrt(day)",
    )
    smoothing: float = choice(
        0.2, "weight of a reading in the error it plans from", off=1.0, low=0.001, high=1
    )
    sure: float = choice(
        2.0, "standard errors from 0 at which the effect of effort counts as known", low=0, high=100
    )
    caution: float = choice(
        3.0, "output per unit of error while the model is unsure", low=0, high=1000
    )
    probe: float = choice(
        0.1,
        "output added in every other plan while the model is unsure, to learn from",
        off=0.0,
        low=0,
        high=1,
    )

    def initial_memory(self) -> MpcMemory:
        """Return the memory of a loop at rest, without a model."""
        covariance = np.eye(3) * _PRIOR_VARIANCE / _FIRST_NOISE
        return MpcMemory(
            model=LoopModel(np.zeros(3), covariance, _FIRST_NOISE),
            day=0,
            error=math.nan,
            effort=0.0,
            outputs=((_LONG_AGO, 0.0),),
            plan=(),
            planned=0,
        )

    def compute_output(
        self, level: float, elapsed: int, task: ControlTask, memory: MpcMemory
    ) -> tuple[float, MpcMemory]:
        """Update the model, and renew the plan when it is time."""
        memory = self._observe(task.set_point - level, elapsed, memory)
        now = memory.day
        if not memory.plan or now - memory.planned >= self.every:
            memory = memory._replace(plan=self._plan(memory), planned=now)
        block = (now - memory.planned) // self.block
        output = memory.plan[min(block, len(memory.plan) - 1)]
        if output != memory.outputs[-1][1]:
            outputs = self._append_output(memory.outputs, now, output)
            memory = memory._replace(outputs=outputs)
        return output, memory

    def _observe(self, error: float, elapsed: int, memory: MpcMemory) -> MpcMemory:
        """Return the memory after a reading, with smoothed error and effort and the model."""
        now = memory.day + elapsed
        if math.isnan(memory.error):
            return memory._replace(day=now, error=error)
        if not elapsed:
            return memory
        weight = 1.0 - (1.0 - self.smoothing) ** elapsed
        smoothed = memory.error + weight * (error - memory.error)
        # the change since the last reading is due to the orders of ``delay`` days before
        sent = memory.day - self.delay
        arrived = mean_output(memory.outputs, sent, sent + elapsed)
        effort = memory.effort + weight * (arrived - memory.effort)
        model = self._update_model(memory, effort, smoothed, elapsed)
        return memory._replace(model=model, day=now, error=smoothed, effort=effort)

    def _append_output(self, outputs: Outputs, now: int, output: float) -> Outputs:
        """Return the outputs with a new one, without those whose effect ended long ago."""
        first = now - self.delay - _KEPT_DAYS
        expired = sum(day <= first for day, _ in outputs)
        # the last expired output is still in force on the first day kept
        return (*outputs[max(expired - 1, 0) :], (now, output))

    def _update_model(
        self, memory: MpcMemory, effort: float, error: float, elapsed: int
    ) -> LoopModel:
        """Return the model after the mean daily change since the last reading."""
        model = memory.model
        regressors = np.array([memory.error, effort, 1.0])
        change = (error - memory.error) / elapsed
        residual = change - float(sum_products(model.theta, regressors))
        keep = (1.0 - 1.0 / self.memory) ** elapsed
        gain, covariance = self._update_covariance(model, regressors, keep, elapsed)
        days = keep * model.days + elapsed
        surprise = residual * residual * elapsed - model.noise
        noise = model.noise + surprise * elapsed / (days + _FIRST_NOISE_DAYS)
        return LoopModel(model.theta + gain * residual, covariance, max(noise, _MIN_NOISE), days)

    def _update_covariance(
        self, model: LoopModel, regressors: Floats, keep: float, elapsed: int
    ) -> tuple[Floats, Floats]:
        """Return the gain of recursive least squares (3,) and the next covariance (3, 3)."""
        # c follows a random walk, so its variance grows with time
        drift = np.diag([0.0, 0.0, self.drift**2 * elapsed / model.noise])
        covariance = model.covariance + drift
        spread = sum_products(covariance, regressors)
        scale = keep / elapsed + float(sum_products(regressors, spread))
        gain: Floats = spread / scale
        covariance = (covariance - np.outer(gain, spread)) / keep
        # rounding makes it asymmetric over thousands of days
        covariance = (covariance + covariance.T) / 2
        covariance *= min(1.0, _MAX_TRACE / float(np.trace(covariance)))
        return gain, covariance

    def _plan(self, memory: MpcMemory) -> tuple[float, ...]:
        """Return the best outputs of the next blocks, or one cautious output."""
        if memory.model.is_trusted(self.sure):
            return self._optimise(memory)
        probe = self.probe if memory.day // self.every % 2 else 0.0
        return (min(max(self.caution * memory.error, 0.0) + probe, 1.0),)

    def _optimise(self, memory: MpcMemory) -> tuple[float, ...]:
        """Return the outputs of the next blocks that minimise the cost."""
        unforced, response = self._forecast(memory)
        blocks = response.shape[1]
        days = math.sqrt(self.block)
        spending = days * math.sqrt(self.spending)
        haste = days * math.sqrt(self.haste)
        moves = np.eye(blocks) - np.eye(blocks, k=-1)
        before = np.zeros(blocks)
        before[0] = memory.outputs[-1][1]
        # the sum of squares of these rows less the goal is the cost
        rows = np.vstack([response, spending * np.eye(blocks), haste * moves])
        goal = np.concatenate([-unforced, np.zeros(blocks), haste * before])
        columns = rows.T
        products = np.array([sum_products(columns, column) for column in columns])
        plan = minimise_in_unit_box(products, sum_products(columns, goal))
        return tuple(plan.tolist())

    def _forecast(self, memory: MpcMemory) -> tuple[Floats, Floats]:
        """Forecast the H days of the horizon.

        Returns:
            The errors without new effort (H,), and the effect of full effort in each block on
            them (H, blocks).
        """
        a, b, c = memory.model.stable_theta().tolist()
        days = self.delay + self.horizon
        blocks = math.ceil(self.horizon / self.block)
        errors, responses = np.empty(days), np.zeros((days, blocks))
        error, response = memory.error, np.zeros(blocks)
        for day in range(days):
            # orders given before today are known; those from today on are what is planned
            sent = memory.day + day - self.delay
            effort = 0.0
            if sent < memory.day:
                effort = mean_output(memory.outputs, sent, sent + 1)
            error += a * error + b * effort + c
            response = response + a * response
            if sent >= memory.day:
                response[min((sent - memory.day) // self.block, blocks - 1)] += b
            errors[day], responses[day] = error, response
        return errors[self.delay :], responses[self.delay :]


def mean_output(outputs: Outputs, start: int, end: int) -> float:
    """Return the mean output over the days from ``start`` to before ``end``."""
    total, until = 0.0, end
    for day, output in reversed(outputs):
        if day < until:
            total += output * (until - max(day, start))
            until = max(day, start)
        if day <= start:
            break
    return total / max(end - start, 1)
