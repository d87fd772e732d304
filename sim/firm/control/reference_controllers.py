"""Reference control centers that ignore all readings: none, random, steady."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.portable_math import map_math
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.settings.schema import choice


def no_orders(plant: Plant) -> Orders:
    """Return orders without effort and focus."""
    efforts = dict.fromkeys(plant.effectors, 0.0)
    return Orders(efforts=efforts, focus=np.zeros(len(plant.departments)))


class NoControl(ControlCenter):
    """Orders nothing."""

    kind: ClassVar[str] = "none"

    def init(self, plant: Plant) -> Orders:
        """Return the orders of every day."""
        return no_orders(plant)

    def step(self, day: int, readings: tuple[Reading, ...], state: Orders) -> tuple[Orders, Orders]:
        """Repeat the empty orders."""
        return state, state


class RandomControlState(NamedTuple):
    """State of `RandomControl`: the plant, and the orders in force."""

    plant: Plant
    orders: Orders


class RandomControl(ControlCenter):
    """Draws its orders at random: the reference for activity without information.

    Every ``every`` days the sum of efforts is effort * budget * u, with u uniform in 0..1. The
    effectors share it uniformly over all possible shares, and one department gets all attention.
    """

    kind: ClassVar[str] = "random"
    every: int = choice(7, "days from one decision to the next", low=1, high=3650, unit="day")
    effort: float = choice(1.0, "largest sum of efforts, as a share of the budget", low=0, high=1)

    def init(self, plant: Plant) -> RandomControlState:
        """Return the state with empty orders."""
        return RandomControlState(plant, no_orders(plant))

    def step(
        self, day: int, readings: tuple[Reading, ...], state: RandomControlState
    ) -> tuple[Orders, RandomControlState]:
        """Draw new orders when it is time."""
        if day % self.every:
            return state.orders, state
        orders = self._draw_orders(day, state.plant)
        return orders, state._replace(orders=orders)

    def _draw_orders(self, day: int, plant: Plant) -> Orders:
        # two draws for the sum of efforts and the department, then one for each effector
        draws = draw_uniforms(plant.seed, Purpose.DECISION, day, len(plant.effectors) + 2)
        # exponential numbers divided by their sum are uniform over all possible shares
        weights = -map_math(math.log1p, -draws[2:])
        total = self.effort * plant.budget * draws[0]
        efforts = np.minimum(total * weights / max(weights.sum(), 1e-12), 1.0)
        focus = np.zeros(len(plant.departments))
        focus[int(draws[1] * len(focus))] = 1.0
        by_effector = dict(zip(plant.effectors, efforts.tolist(), strict=True))
        return Orders(efforts=by_effector, focus=focus)


class Steady(ControlCenter):
    """Keeps every effector at the same constant effort."""

    kind: ClassVar[str] = "steady"
    effort: float = choice(
        0.5, "sum of efforts, as a share of the budget, in equal shares", off=0.0, low=0, high=1
    )

    def init(self, plant: Plant) -> Orders:
        """Return the orders of every day."""
        effort = min(self.effort * plant.budget / max(len(plant.effectors), 1), 1.0)
        efforts = dict.fromkeys(plant.effectors, effort)
        return Orders(efforts=efforts, focus=np.zeros(len(plant.departments)))

    def step(self, day: int, readings: tuple[Reading, ...], state: Orders) -> tuple[Orders, Orders]:
        """Repeat the orders."""
        return state, state
