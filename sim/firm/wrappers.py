"""Wrappers of parts: each adds one behaviour round a part, and is a part of the same family.

`LensWrapper` filters readings through layers of hierarchy, `BudgetWrapper` limits efforts,
`ExecutionWrapper` adds delay, capacity, follow-through and cost to an effector.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple
from zlib import crc32

import numpy as np
from pydantic import BeforeValidator, SerializeAsAny

from equipoise.array_types import Floats
from equipoise.firm.contract import (
    freeze,
    freeze_reading,
    init_guarded,
    step_control_center,
    step_effector,
    step_receptor,
)
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
from equipoise.settings.schema import build_part, setting
from equipoise.settings.settings import Lens

# field types that also accept a mapping with a kind
AnyReceptor = Annotated[SerializeAsAny[Receptor], BeforeValidator(partial(build_part, "receptors"))]
AnyControlCenter = Annotated[
    SerializeAsAny[ControlCenter], BeforeValidator(partial(build_part, "control_centers"))
]
AnyEffector = Annotated[SerializeAsAny[Effector], BeforeValidator(partial(build_part, "effectors"))]

_BUDGET_TOLERANCE = 1e-9  # relative; rounding alone must not rescale efforts


class LensState(NamedTuple):
    """State of `LensWrapper`: readings on their way up, and the state of the receptor."""

    set_point: float
    pending: tuple[Reading, ...]
    inner: Any


class LensWrapper(Receptor):
    """Layers of hierarchy above a receptor.

    L layers that each keep back a share a of bad news pass on (1 - a) ** L of it: of a level's
    shortfall below the set-point, of the trouble and of the causes. Trouble of a drive below
    ``threshold`` times the volume is not passed on. Each layer takes ``delay`` days.
    """

    kind: ClassVar[str] = "filtered"
    receptor: AnyReceptor = setting(..., "the receptor")
    lens: Lens = setting(Lens(), "the layers of hierarchy")

    @property
    def sees_truth(self) -> bool:
        """True if the receptor needs the truth."""
        return self.receptor.sees_truth

    def daily_cost(self, reading: Reading | None) -> float:
        """Return the dollars that the receptor costs today."""
        return self.receptor.daily_cost(reading)

    def init(self, plant: Plant) -> LensState:
        """Return the state without pending readings."""
        return LensState(plant.set_point, (), init_guarded(self.receptor, plant))

    def step(self, market: Market, state: LensState) -> tuple[Reading | None, LensState]:
        """Filter a new reading, and deliver the one that is due."""
        reading, inner = step_receptor(self.receptor, market, state.inner)
        pending = state.pending
        if reading is not None:
            # What the lens makes of a sound reading is sound.
            filtered = freeze_reading(self._filter(reading, state.set_point))
            pending = (*pending, filtered)
        # Readings keep their order, because every layer takes equally long for each.
        if pending and pending[0].delivered <= market.day:
            return pending[0], LensState(state.set_point, pending[1:], inner)
        return None, LensState(state.set_point, pending, inner)

    def _filter(self, reading: Reading, set_point: float) -> Reading:
        lens = self.lens
        passed = (1 - lens.attenuation) ** lens.layers
        level = reading.satisfaction
        # Good news passes whole; an unknown level (nan) is below nothing.
        if level < set_point:
            shortfall = set_point - level
            level = set_point - shortfall * passed
        trouble = reading.trouble * passed
        if lens.layers:
            is_noticed = trouble >= lens.threshold * reading.volume
            trouble = np.where(is_noticed, trouble, 0.0)
        # The lens must also hide what a fused reading is made of.
        parts = [(name, self._filter(inner, set_point)) for name, inner in reading.parts]
        delivered = reading.delivered + lens.layers * lens.delay
        causes = reading.causes * passed
        return replace(
            reading,
            delivered=delivered,
            satisfaction=level,
            trouble=trouble,
            causes=causes,
            parts=tuple(parts),
        )


class BudgetWrapper(ControlCenter):
    """Scales all efforts down if their sum exceeds the budget."""

    kind: ClassVar[str] = "budgeted"
    control_center: AnyControlCenter = setting(..., "the control center")

    @property
    def effector_names(self) -> tuple[str, ...]:
        """Names of effectors in the settings of the control center."""
        return self.control_center.effector_names

    def daily_cost(self) -> float:
        """Return the fixed dollars that the control center costs a day."""
        return self.control_center.daily_cost()

    def init(self, plant: Plant) -> tuple[float, Any]:
        """Return the budget and the state of the control center."""
        return plant.budget, init_guarded(self.control_center, plant)

    def step(
        self, day: int, readings: tuple[Reading, ...], state: tuple[float, Any]
    ) -> tuple[Orders, tuple[float, Any]]:
        """Return the orders with efforts that fit the budget."""
        budget, inner = state
        orders, inner = step_control_center(self.control_center, day, readings, inner)
        if not _fits_budget(orders, budget):
            orders = _scale_efforts(orders, budget)
        return orders, (budget, inner)


def _fits_budget(orders: Orders, budget: float) -> bool:
    return sum(orders.efforts.values()) <= budget * (1 + _BUDGET_TOLERANCE)


def _scale_efforts(orders: Orders, budget: float) -> Orders:
    scale = budget / sum(orders.efforts.values())
    efforts = {name: effort * scale for name, effort in orders.efforts.items()}
    return replace(orders, efforts=efforts)


class PendingOrder(NamedTuple):
    """An order on its way: effort and focus (D,)."""

    effort: float
    focus: Floats


class ExecutionState(NamedTuple):
    """State of `ExecutionWrapper`: pending orders, and the state of the effector."""

    seed: int
    thousands: float  # of represented people
    pending: tuple[PendingOrder, ...]
    inner: Any


class ExecutionWrapper(Effector):
    """Execution of orders: an order becomes a deed ``delay`` days later, if it is carried out.

    Effort above ``capacity`` is lost. A day's order is carried out with chance ``follow_through``,
    drawn by the order's day and the effector's name. Carrying it out costs
    effort * cost * population * scale / 1000 dollars, and price_year / 364 a day in any case.
    """

    kind: ClassVar[str] = "executed"
    name: str = setting("", "name of the effector")
    effector: AnyEffector = setting(..., "the effector")

    @classmethod
    def wrap(cls, name: str, effector: Effector) -> ExecutionWrapper:
        """Return the effector in a wrapper with its own limits and cost."""
        return cls(
            name=name,
            effector=effector,
            delay=effector.delay,
            capacity=effector.capacity,
            follow_through=effector.follow_through,
            cost=effector.cost,
            price_year=effector.price_year,
        )

    def init(self, plant: Plant) -> ExecutionState:
        """Return the state without pending orders."""
        thousands = plant.population * plant.scale / 1000
        return ExecutionState(plant.seed, thousands, (), init_guarded(self.effector, plant))

    def step(
        self, day: int, effort: float, focus: Floats, state: ExecutionState
    ) -> tuple[Deed, ExecutionState]:
        """Take in today's order, and carry out the one that is due."""
        order = PendingOrder(self._draw_effort(day, effort, state.seed), focus)
        pending = state.pending
        if self.delay:
            order, pending = self._exchange(order, pending)
        # The effector acts every day, also without an order, so that its stocks can fade.
        deed, inner = step_effector(self.effector, day, order.effort, order.focus, state.inner)
        if order.effort > 0:
            cost = order.effort * self.cost * state.thousands
            deed = replace(deed, effort=order.effort, cost=cost)
        return deed, ExecutionState(state.seed, state.thousands, pending, inner)

    def _exchange(
        self, order: PendingOrder, pending: tuple[PendingOrder, ...]
    ) -> tuple[PendingOrder, tuple[PendingOrder, ...]]:
        """Return the order that is due today, an empty one at first, and those still pending."""
        pending = (*pending, order)
        if len(pending) > self.delay:
            return pending[0], pending[1:]
        return PendingOrder(0.0, freeze(np.zeros_like(order.focus))), pending

    def _draw_effort(self, day: int, effort: float, seed: int) -> float:
        effort = min(effort, self.capacity)
        if effort <= 0:
            return 0.0
        if self.follow_through < 1:
            # The name, not the place in the list, addresses the draw: another effector beside
            # this one must not change it.
            number = crc32(self.name.encode())
            draw = draw_uniform(seed, Purpose.FOLLOW_THROUGH, day, number)
            if draw >= self.follow_through:
                return 0.0
        return effort
