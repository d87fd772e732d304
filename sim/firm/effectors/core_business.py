"""Effectors: effort that arrives today -> deed. Delay, capacity, follow-through and cost are put round them."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    NOTHING_DONE,
    Deed,
    Effector,
    Plant,
    Values,
    brand_bond,
    consumer_bond,
    expresses,
)
from equipoise.settings.schema import setting


class Backlog(NamedTuple):
    """The state of `Respond`: replies/day at full effort, and the part of a reply left over from yesterday."""

    capacity: float
    rest: float


class Respond(Effector):
    """Answers consumers with open cases: replies = effort * replies * population / 1000, parts carried over.

    How prompt it is follows from this capacity against the cases that come: who is not reached today waits. The oldest
    come first, so with too few hands every answer is late, not some.
    """

    kind: ClassVar[str] = "respond"
    cost: float = setting(
        8.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    bond_brand: float = brand_bond(0.3)
    bond_consumers: float = consumer_bond(0.1)
    values: Values = expresses(0.3, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 1.0, 0.0)
    replies: float = setting(
        20.0,
        "answers at full effort",
        low=0,
        high=1e6,
        unit="replies/day per 1,000 people",
        source="assumption",
    )
    expert: bool = setting(True, "experts answer; otherwise canned text goes out")
    serves: Literal["both", "complaints", "questions"] = setting(
        "both", "whose open cases are answered, oldest first"
    )

    def init(self, plant: Plant) -> Backlog:
        """Return the capacity for this population and no remainder."""
        return Backlog(self.replies * plant.population / 1000, 0.0)

    def step(self, day: int, effort: float, focus: Floats, state: Backlog) -> tuple[Deed, Backlog]:
        """Answer as many as the effort allows."""
        if effort <= 0:
            return NOTHING_DONE, state
        due = state.rest + effort * state.capacity
        whole = int(due + 1e-9)
        return Deed(replies=whole, expert=self.expert, serves=self.serves), Backlog(
            state.capacity, max(due - whole, 0.0)
        )


class Repair(Effector):
    """Removes faults: repair = rate * effort * focus; without a focus, evenly over the departments."""

    kind: ClassVar[str] = "repair"
    delay: int = setting(2, "days from order to deed", low=0, high=3650, unit="day")
    cost: float = setting(
        20.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    bond_brand: float = brand_bond(0.1)
    values: Values = expresses(0.0, 0.0, 0.0, 0.6, 0.0, 1.0, 0.0, 0.0, 0.3, 0.0)
    rate: float = setting(
        0.05,
        "fault removed at full effort on one department",
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )

    def init(self, plant: Plant) -> int:
        """Return the number of departments."""
        return len(plant.departments)

    def step(self, day: int, effort: float, focus: Floats, state: int) -> tuple[Deed, int]:
        """Repair where the focus lies."""
        if effort <= 0:
            return NOTHING_DONE, state
        where = focus if len(focus) and focus.any() else np.full(state, 1 / state)
        return Deed(repair=self.rate * effort * where), state


class Replicate(Effector):
    """Makes a delight everybody's: held' = held + rate * effort * (most - held) - decay * held, in all departments.

    What it holds up fades by ``decay`` a day without upkeep.
    """

    kind: ClassVar[str] = "replicate"
    delay: int = setting(7, "days from order to deed", low=0, high=3650, unit="day")
    cost: float = setting(
        15.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    bond_brand: float = brand_bond(0.1)
    bond_consumers: float = consumer_bond(0.1)
    values: Values = expresses(0.0, 0.3, 0.8, 0.8, 0.0, 0.0, 0.0, 0.0, 0.2, 0.0)
    rate: float = setting(
        0.05,
        "share of the way to `most` in a day of full effort",
        low=0,
        high=1,
        unit="1/day",
        source="assumption",
    )
    most: float = setting(0.15, "most delight that it can hold up", low=0, high=1)
    decay: float = setting(0.03, "share of it that fades in a day", low=0, high=1, unit="1/day")

    def init(self, plant: Plant) -> tuple[Floats, float]:
        """Return equal shape (D,) and no delight held up."""
        return np.ones(len(plant.departments)), 0.0

    def step(
        self, day: int, effort: float, focus: Floats, state: tuple[Floats, float]
    ) -> tuple[Deed, Any]:
        """Add to the delight held up, and let it fade."""
        even, held = state
        change = self.rate * effort * (self.most - held) - self.decay * held
        if change == 0:
            return NOTHING_DONE, state
        return Deed(replicate=change * even), (even, held + change)


class Promise(Effector):
    """Moves the promise: share of the way = rate * effort, toward ``level`` or toward what is delivered."""

    kind: ClassVar[str] = "promise"
    cost: float = setting(
        5.0, "what a unit of effort costs, per 1,000 people", low=0, high=1e9, unit="money"
    )
    values: Values = expresses(0.0, 0.0, 0.2, 0.6, 0.3, 0.2, 0.0, 0.0, 0.0, 0.0)
    level: float | None = setting(
        None, "where it moves the promise; null = to what is delivered", low=0, high=1
    )
    rate: float = setting(
        0.1, "share of the way in a day of full effort", low=0, high=1, unit="1/day"
    )

    def init(self, plant: Plant) -> None:
        """Remember nothing."""

    def step(self, day: int, effort: float, focus: Floats, state: None) -> tuple[Deed, None]:
        """Move the promise."""
        if effort <= 0 or self.rate == 0:
            return NOTHING_DONE, None
        level = float("nan") if self.level is None else self.level
        return Deed(promise=min(self.rate * effort, 1.0), level=level), None
