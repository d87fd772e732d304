"""What is put round a part: it has the same two verbs, so behaviour is added by wrapping, not by flags."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple
from zlib import crc32

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny

from equipoise.array_types import Floats
from equipoise.firm.interfaces import (
    ControlCenter,
    Deed,
    Effector,
    Market,
    Orders,
    Plant,
    Reading,
    Receptor,
)
from equipoise.randomness import Purpose, draw_uniform
from equipoise.settings.schema import part, setting
from equipoise.settings.settings import Lens

FOLLOW_THROUGH = int(
    Purpose.FOLLOW_THROUGH
)  # a plain integer: numba is slow to look at an enum member

AnyReceptor = Annotated[SerializeAsAny[Receptor], BeforeValidator(partial(part, "receptors"))]
AnyControlCenter = Annotated[
    SerializeAsAny[ControlCenter], BeforeValidator(partial(part, "control_centers"))
]
AnyEffector = Annotated[SerializeAsAny[Effector], BeforeValidator(partial(part, "effectors"))]


class LensState(NamedTuple):
    """The state of `Filtered`: set-point, readings on their way up, and the receptor's own state."""

    set_point: float
    pending: tuple[Reading, ...]
    inner: Any


class LensWrapper(Receptor):
    """The organisational lens round a receptor.

    L layers, each keeping back a share a of bad news, pass on (1 - a) ** L of it: of a level's shortfall below the
    set-point, and of the trouble. Trouble of a drive below ``threshold`` times the volume is not passed on. Each
    layer takes ``delay`` days.
    """

    kind: ClassVar[str] = "filtered"
    receptor: AnyReceptor = setting(..., "what senses")
    lens: Lens = setting(Lens(), "what layers of hierarchy do to its news")

    @property
    def sees_truth(self) -> bool:
        """Whether the receptor within does."""
        return self.receptor.sees_truth

    def init(self, plant: Plant) -> LensState:
        """Return an empty ladder."""
        return LensState(plant.set_point, (), self.receptor.init(plant))

    def step(self, market: Market, state: LensState) -> tuple[Reading | None, LensState]:
        """Filter what is new, deliver what is due."""
        reading, inner = self.receptor.step(market, state.inner)
        pending = state.pending
        if reading is not None:
            pending = (*pending, self._filter(reading, state.set_point))
        if pending and pending[0].delivered <= market.day:
            return pending[0], LensState(state.set_point, pending[1:], inner)
        return None, LensState(state.set_point, pending, inner)

    def _filter(self, reading: Reading, set_point: float) -> Reading:
        passed = (1 - self.lens.attenuation) ** self.lens.layers
        level = reading.satisfaction
        if level < set_point:
            level = set_point - (set_point - level) * passed
        trouble = reading.trouble * passed
        if self.lens.layers:
            trouble = np.where(trouble < self.lens.threshold * reading.volume, 0.0, trouble)
        due = reading.delivered + self.lens.layers * self.lens.delay
        causes = reading.causes * passed
        parts = tuple((name, self._filter(each, set_point)) for name, each in reading.parts)
        return replace(
            reading, delivered=due, satisfaction=level, trouble=trouble, causes=causes, parts=parts
        )


class BudgetWrapper(ControlCenter):
    """Keeps a control center within its budget: efforts to 0..1, all scaled by budget / sum when they exceed it."""

    kind: ClassVar[str] = "budgeted"
    control_center: AnyControlCenter = setting(..., "who decides")

    def init(self, plant: Plant) -> tuple[float, Any]:
        """Return the budget and the state within."""
        return plant.budget, self.control_center.init(plant)

    def step(
        self, day: int, readings: tuple[Reading, ...], state: tuple[float, Any]
    ) -> tuple[Orders, tuple[float, Any]]:
        """Pass on orders that can be afforded."""
        budget, inner = state
        orders, inner = self.control_center.step(day, readings, inner)
        efforts = orders.efforts.values()
        if efforts and (sum(efforts) > budget * (1 + 1e-9) or min(efforts) < 0 or max(efforts) > 1):
            clipped = {name: min(max(effort, 0.0), 1.0) for name, effort in orders.efforts.items()}
            scale = min(budget / (sum(clipped.values()) or 1.0), 1.0)
            orders = replace(
                orders, efforts={name: effort * scale for name, effort in clipped.items()}
            )
        return orders, (budget, inner)


class PendingOrder(NamedTuple):
    """An order on its way: effort and focus (D,)."""

    effort: float
    focus: Floats


class ExecutionState(NamedTuple):
    """The state of `Executed`: seed, people in thousands, orders on their way, the state within."""

    seed: int
    thousands: float
    pending: tuple[PendingOrder, ...]
    inner: Any


class ExecutionWrapper(Effector):
    """The execution round an effector: an order becomes a deed ``delay`` days later, if it is carried out at all.

    Effort above ``capacity`` is lost; a day's order is carried out with chance ``follow_through``, drawn by the
    order's day and the effector's name. What is carried out costs effort * cost * population / 1000.
    """

    kind: ClassVar[str] = "executed"
    name: str = setting("", "what the effector is called")
    effector: AnyEffector = setting(..., "what acts")

    @classmethod
    def wrap(cls, name: str, effector: Effector) -> ExecutionWrapper:
        """Put an effector's own delay, capacity, follow-through and cost round it."""
        limits = {
            each: getattr(effector, each)
            for each in ("delay", "capacity", "follow_through", "cost")
        }
        return cls(name=name, effector=effector, **limits)

    def init(self, plant: Plant) -> ExecutionState:
        """Return a bench with no order on its way."""
        return ExecutionState(plant.seed, plant.population / 1000, (), self.effector.init(plant))

    def step(
        self, day: int, effort: float, focus: Floats, state: ExecutionState
    ) -> tuple[Deed, ExecutionState]:
        """Take in today's order, carry out the one that is due."""
        order = PendingOrder(self._kept(day, effort, state.seed), focus)
        pending = state.pending
        if self.delay:
            order, pending = self._swap(order, pending)
        deed, inner = self.effector.step(day, order.effort, order.focus, state.inner)
        if order.effort > 0:
            deed = replace(
                deed, effort=order.effort, cost=order.effort * self.cost * state.thousands
            )
        return deed, ExecutionState(state.seed, state.thousands, pending, inner)

    def _swap(
        self, order: PendingOrder, pending: tuple[PendingOrder, ...]
    ) -> tuple[PendingOrder, tuple[PendingOrder, ...]]:
        pending = (*pending, order)
        if len(pending) > self.delay:
            return pending[0], pending[1:]
        return PendingOrder(0.0, np.zeros_like(order.focus)), pending

    def _kept(self, day: int, effort: float, seed: int) -> float:
        effort = min(effort, self.capacity)
        if effort <= 0:
            return 0.0
        if self.follow_through < 1:
            draw = draw_uniform(seed, FOLLOW_THROUGH, day, crc32(self.name.encode()))
            return effort if draw < self.follow_through else 0.0
        return effort
