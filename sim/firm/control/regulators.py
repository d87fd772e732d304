"""Control centers: readings delivered today -> orders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from equipoise.array_types import Floats
from equipoise.errors import raise_problems, unknown_name_message
from equipoise.firm.control import diagnosis
from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.settings.schema import setting

NAN = float("nan")
SURE = 1e-6  # a smaller standard error counts as this one


class NoControl(ControlCenter):
    """Decides nothing."""

    kind: ClassVar[str] = "none"

    def init(self, plant: Plant) -> Orders:
        """Return the orders of every day: none."""
        return Orders(NAN, dict.fromkeys(plant.effectors, 0.0), np.zeros(len(plant.departments)))

    def step(self, day: int, readings: tuple[Reading, ...], state: Orders) -> tuple[Orders, Orders]:
        """Order nothing."""
        return state, state


class Dice(NamedTuple):
    """The state of `RandomControl`: who and what is at hand, and the orders in force."""

    plant: Plant
    orders: Orders


class RandomControl(ControlCenter):
    """Decides by chance, whatever is heard: the reference for activity without information.

    Every so many days the sum of efforts is ``effort`` * budget * u, u uniform in 0..1, in shares that are evenly
    distributed over all possible ones, and one department gets all attention.
    """

    kind: ClassVar[str] = "random"
    every: int = setting(7, "days from one decision to the next", low=1, high=3650, unit="day")
    effort: float = setting(1.0, "largest sum of efforts, as a share of the budget", low=0, high=1)

    def init(self, plant: Plant) -> Dice:
        """Return dice not yet thrown."""
        return Dice(
            plant,
            Orders(NAN, dict.fromkeys(plant.effectors, 0.0), np.zeros(len(plant.departments))),
        )

    def step(self, day: int, readings: tuple[Reading, ...], state: Dice) -> tuple[Orders, Dice]:
        """Throw the dice when it is time."""
        if day % self.every:
            return state.orders, state
        plant, count = state.plant, len(state.plant.effectors)
        draws = draw_uniforms(plant.seed, Purpose.DECISION, day, count + 2)
        shares = -np.log1p(
            -draws[2:]
        )  # exponential numbers, divided by their sum, are even over all shares
        efforts = np.minimum(
            self.effort * plant.budget * draws[0] * shares / max(shares.sum(), 1e-12), 1.0
        )
        focus = np.zeros(len(plant.departments))
        focus[int(draws[1] * len(focus))] = 1.0
        orders = Orders(NAN, dict(zip(plant.effectors, efforts.tolist(), strict=True)), focus)
        return orders, Dice(plant, orders)


class Steady(ControlCenter):
    """Keeps every effector at the same effort, whatever is heard: a programme, not a policy."""

    kind: ClassVar[str] = "steady"
    effort: float = setting(
        0.5, "sum of efforts, as a share of the budget, in equal shares", off=0.0, low=0, high=1
    )

    def init(self, plant: Plant) -> Orders:
        """Return the orders of every day."""
        each = min(self.effort * plant.budget / max(len(plant.effectors), 1), 1.0)
        return Orders(NAN, dict.fromkeys(plant.effectors, each), np.zeros(len(plant.departments)))

    def step(self, day: int, readings: tuple[Reading, ...], state: Orders) -> tuple[Orders, Orders]:
        """Order the same again."""
        return state, state


@dataclass(frozen=True)
class Brief:
    """What a regulator knows before the first day: the goal, what full output is by effector, and signatures (4, D)."""

    set_point: float
    band: float
    full: dict[str, float]
    signs: Floats


class Desk(NamedTuple):
    """The state of a regulator: last estimate and its day, own memory, evidence, and the orders in force."""

    brief: Brief
    believed: float
    observed: int
    memory: Any
    evidence: diagnosis.Evidence
    orders: Orders


class Regulator(ControlCenter):
    """Turns new readings into one output 0..1, spreads it over the effectors, and looks where trouble is unusual.

    Without new readings the orders stand. Subclasses say how they react (``start``, ``react``).
    """

    mix: dict[str, Annotated[float, Field(ge=0)]] = setting(
        {}, "shares of the output by effector; empty = equal shares of all at hand"
    )
    recent: float = setting(14.0, "memory for the trouble of late", low=1, high=3650, unit="day")
    usual: float = setting(180.0, "memory for the usual trouble", low=1, high=36500, unit="day")
    certainty: float = setting(
        2.0,
        "standard errors of unusual trouble before one department gets more attention",
        low=0,
        high=100,
    )

    def start(self) -> Any:
        """Return the memory before the first reading."""
        raise NotImplementedError

    def react(self, level: float, elapsed: int, brief: Brief, memory: Any) -> tuple[float, Any]:
        """Return the output 0..1 and the next memory, from a new estimate ``elapsed`` days after the last one."""
        raise NotImplementedError

    def resting(self) -> float:
        """Return the output before the first reading."""
        return 0.0

    def init(self, plant: Plant) -> Desk:
        """Return the desk before the first reading."""
        brief = Brief(
            plant.set_point, plant.band, self._full(plant), diagnosis.signatures(plant.matrix)
        )
        orders = Orders(NAN, _efforts(self.resting(), brief), np.zeros(len(plant.departments)))
        return Desk(brief, NAN, -1, self.start(), diagnosis.NO_EVIDENCE, orders)

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return a line for every effector of the mix that there is not."""
        return tuple(
            unknown_name_message("control_center.mix", name, effectors)
            for name in self.mix
            if name not in effectors
        )

    def _full(self, plant: Plant) -> dict[str, float]:
        """Return each effector's effort at full output: its share of the budget."""
        raise_problems(self.find_unknown_names(plant.effectors, plant.departments))
        weights = {name: self.mix.get(name, 0.0) if self.mix else 1.0 for name in plant.effectors}
        total = sum(weights.values()) or 1.0
        return {name: plant.budget * weight / total for name, weight in weights.items()}

    def step(self, day: int, readings: tuple[Reading, ...], state: Desk) -> tuple[Orders, Desk]:
        """Order anew when there are readings; else let the orders stand."""
        if not readings:
            return state.orders, state
        brief, observed = state.brief, max(each.observed for each in readings)
        elapsed = max(observed - state.observed, 0) if state.observed >= 0 else 1
        level = fuse(readings)
        believed, memory, efforts = state.believed, state.memory, state.orders.efforts
        if not math.isnan(level):
            believed = level
            output, memory = self.react(level, elapsed, brief, memory)
            efforts = _efforts(output, brief)
        evidence = self._gather(readings, elapsed, believed, state)
        orders = Orders(believed, efforts, diagnosis.focus(evidence, brief.signs, self.certainty))
        return orders, Desk(
            brief, believed, max(observed, state.observed), memory, evidence, orders
        )

    def _gather(
        self, readings: Sequence[Reading], elapsed: int, believed: float, state: Desk
    ) -> diagnosis.Evidence:
        trouble = (
            readings[0].trouble
            if len(readings) == 1
            else np.sum([each.trouble for each in readings], axis=0)
        )
        causes = [each.causes for each in readings if len(each.causes)]
        keep = (1 - 1 / self.recent) ** elapsed, (1 - 1 / self.usual) ** elapsed
        calm = not believed < state.brief.set_point - state.brief.band
        return diagnosis.gather(
            state.evidence, trouble, keep, calm, np.sum(causes, axis=0) if causes else None
        )


def _efforts(output: float, brief: Brief) -> dict[str, float]:
    return {name: min(output * full, 1.0) for name, full in brief.full.items()}


def fuse(readings: Sequence[Reading]) -> float:
    """Return the mean level weighted by precision 1 / error^2 (nan when no reading has a level)."""
    if len(readings) == 1:
        return readings[0].satisfaction
    weights = levels = 0.0
    for each in readings:
        if not math.isnan(each.satisfaction):
            weight = max(each.error, SURE) ** -2 if not math.isnan(each.error) else 1.0
            weights += weight
            levels += weight * each.satisfaction
    return levels / weights if weights else NAN


class Threshold(Regulator):
    """Bang-bang with hysteresis: on below set-point - trigger * band, off above set-point - release * band."""

    kind: ClassVar[str] = "threshold"
    effort: float = setting(1.0, "output while it is on", low=0, high=1)
    trigger: float = setting(1.0, "bands below the set-point at which it goes on", low=-25, high=25)
    release: float = setting(
        0.0, "bands below the set-point at which it goes off", low=-25, high=25
    )

    @model_validator(mode="after")
    def _ordered(self) -> Threshold:
        if self.release > self.trigger:
            raise ValueError(
                "release must not be above trigger: it goes off nearer to the set-point than it goes on."
            )
        return self

    def start(self) -> bool:
        """Start switched off."""
        return False

    def react(self, level: float, elapsed: int, brief: Brief, memory: bool) -> tuple[float, bool]:
        """Switch on, off, or stay."""
        on = memory
        if level < brief.set_point - self.trigger * brief.band:
            on = True
        elif level > brief.set_point - self.release * brief.band:
            on = False
        return (self.effort if on else 0.0), on


class Pid(Regulator):
    """Proportional, integral and derivative control of the error e = set-point - estimate.

    output = clip(bias + kp e + I + kd (e - e_last) / elapsed, 0, 1), I' = I + ki e elapsed, per day. Against
    windup (Astrom & Hagglund 2006, ch. 3) I moves no further than to where the output saturates, is held there
    while e pushes on, and is clamped so that bias + I stays within 0..1.
    """

    kind: ClassVar[str] = "pid"
    kp: float = setting(6.0, "output per unit of error", low=0, high=1000, source="assumption")
    ki: float = setting(
        0.05,
        "output per unit of error and day",
        low=0,
        high=1000,
        unit="1/day",
        source="assumption",
    )
    kd: float = setting(
        0.0, "output per unit of error gained in a day", low=0, high=1000, unit="day"
    )
    bias: float = setting(0.0, "output on the set-point", low=0, high=1)
    anti_windup: bool = setting(True, "hold and clamp the integral in saturation", off=False)

    def start(self) -> tuple[float, float]:
        """Start with an empty integral and no last error."""
        return 0.0, NAN

    def resting(self) -> float:
        """Return the bias."""
        return self.bias

    def react(
        self, level: float, elapsed: int, brief: Brief, memory: tuple[float, float]
    ) -> tuple[float, tuple[float, float]]:
        """Return the clipped output, integral and error."""
        integral, last = memory
        error = brief.set_point - level
        push = self.bias + self.kp * error
        if elapsed and not math.isnan(last):
            push += self.kd * (error - last) / elapsed
        grown = integral + self.ki * error * elapsed
        if self.anti_windup:
            grown = (
                max(integral, min(grown, 1.0 - push))
                if error > 0
                else min(integral, max(grown, -push))
            )
            grown = min(max(grown, -self.bias), 1.0 - self.bias)
        return min(max(push + grown, 0.0), 1.0), (grown, error)
