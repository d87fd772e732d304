"""Behaviour: infers satisfaction from churn and use."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from equipoise.firm.interfaces import (
    NO_COUNTS,
    Market,
    Plant,
    Reading,
    Receptor,
)
from equipoise.settings.schema import setting

HALF = 0.5  # Jeffreys' prior count: a rate of none out of few is not zero


class BehaviourState(NamedTuple):
    """The state of `Behaviour`: the set-point, days counted, and fading sums of leavers, uses and customer days.

    The first three sums are of late, the last three as usual.
    """

    set_point: float
    days: int = 0
    left: float = 0.0
    uses: float = 0.0
    exposed: float = 0.0
    usual_left: float = 0.0
    usual_uses: float = 0.0
    usual_exposed: float = 0.0


class Behaviour(Receptor):
    """Reads satisfaction off what customers do: who leaves, and how often the others use the product.

    No courtesy, no sample, no self-selection; but it takes weeks to show, and only against what is usual. Rates a
    customer and day of late are compared with the usual ones (counts fade by exp(-age / memory)):
    level = set-point - churn_weight * ln(churn / usual) + use_weight * ln(use / usual). So the usual is taken for the
    set-point, and learned all the time: what lasts longer than ``usual`` becomes usual. A rate's log has the variance
    of a Poisson count n that fades by a factor f a day, 1 / (n (1 + f)); ``doubt`` is added for the calibration itself.
    """

    kind: ClassVar[str] = "behaviour"
    recent: float = setting(14.0, "memory for behaviour of late", low=1, high=3650, unit="day")
    usual: float = setting(180.0, "memory for the usual behaviour", low=1, high=36500, unit="day")
    warm_up: int = setting(
        28, "days watched before the first reading", low=1, high=3650, unit="day"
    )
    churn_weight: float = setting(
        0.05,
        "fall of satisfaction that an e-fold rise of churn stands for",
        off=0.0,
        low=0,
        high=10,
        source="assumption",
    )
    use_weight: float = setting(
        0.2,
        "rise of satisfaction that an e-fold rise of use stands for",
        off=0.0,
        low=0,
        high=10,
        source="assumption",
    )
    doubt: float = setting(
        0.03, "standard error of the calibration itself", low=0, high=1, source="assumption"
    )

    def init(self, plant: Plant) -> BehaviourState:
        """Return an empty ledger."""
        return BehaviourState(plant.set_point)

    def step(self, market: Market, state: BehaviourState) -> tuple[Reading | None, BehaviourState]:
        """Count the day; report it once the usual is known."""
        if not market.customers:
            return None, state
        state = self._count(market, state)
        if state.days < self.warm_up:
            return None, state
        level, error = self._level(state)
        read = Reading(market.day, market.day, level, error, NO_COUNTS, NO_COUNTS, market.customers)
        return read, state

    def _count(self, market: Market, state: BehaviourState) -> BehaviourState:
        late, long = math.exp(-1.0 / self.recent), math.exp(-1.0 / self.usual)
        left, uses, exposed = market.left, market.uses, market.customers
        return BehaviourState(
            state.set_point,
            state.days + 1,
            late * state.left + left,
            late * state.uses + uses,
            late * state.exposed + exposed,
            long * state.usual_left + left,
            long * state.usual_uses + uses,
            long * state.usual_exposed + exposed,
        )

    def _level(self, state: BehaviourState) -> tuple[float, float]:
        longer = math.log(state.usual_exposed / state.exposed)
        churn = math.log((state.left + HALF) / (state.usual_left + HALF)) + longer
        use = math.log((state.uses + HALF) / (state.usual_uses + HALF)) + longer
        level = state.set_point - self.churn_weight * churn + self.use_weight * use
        late, long = 1.0 + math.exp(-1.0 / self.recent), 1.0 + math.exp(-1.0 / self.usual)
        churned = 1 / (late * (state.left + HALF)) + 1 / (long * (state.usual_left + HALF))
        used = 1 / (late * (state.uses + HALF)) + 1 / (long * (state.usual_uses + HALF))
        unsure = self.churn_weight**2 * churned + self.use_weight**2 * used
        return min(max(level, 0.0), 1.0), math.sqrt(unsure + self.doubt**2)
