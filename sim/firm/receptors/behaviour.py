"""Behaviour: infers satisfaction from churn and use."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from equipoise.firm.interfaces import (
    Market,
    Plant,
    Reading,
    Receptor,
    fixed_price,
)
from equipoise.firm.receptors.samples import clip_level
from equipoise.settings.schema import assumption, choice

_PRIOR_COUNT = 0.5  # Jeffreys: a rate of no events out of few is not zero


class BehaviourSums(NamedTuple):
    """Fading sums over days: lost customers, uses, and customers."""

    left: float = 0.0
    uses: float = 0.0
    customers: float = 0.0

    def add(self, market: Market, memory: float) -> BehaviourSums:
        """Return the sums after one more day; counts fade by exp(-age / memory)."""
        kept = math.exp(-1.0 / memory)
        left = kept * self.left + market.left
        uses = kept * self.uses + market.uses
        customers = kept * self.customers + market.customers
        return BehaviourSums(left, uses, customers)


class BehaviourState(NamedTuple):
    """State of `Behaviour`: days counted, and the sums of late and as usual."""

    set_point: float
    days: int = 0
    recent: BehaviourSums = BehaviourSums()
    usual: BehaviourSums = BehaviourSums()


class Behaviour(Receptor):
    """Infers satisfaction from behaviour: who leaves, and how often the others use the product.

    There is no courtesy, sampling or self-selection, but changes take weeks to show. Rates per
    customer and day of late are compared with the usual ones:
    level = set-point - churn_weight * ln(churn / usual) + use_weight * ln(use / usual).
    So the usual stands for the set-point, and a change that lasts longer than ``usual`` becomes
    usual. The log of a rate has the variance of a Poisson count n that fades by a factor f a day,
    1 / (n (1 + f)); ``doubt`` is added for the calibration itself.
    """

    kind: ClassVar[str] = "behaviour"
    price_year: float = fixed_price(40_000.0, "fixed price of the data and their upkeep")
    recent: float = choice(14.0, "memory for recent behaviour", low=1, high=3650, unit="day")
    usual: float = choice(180.0, "memory for the usual behaviour", low=1, high=36500, unit="day")
    warm_up: int = choice(28, "days watched before the first reading", low=1, high=3650, unit="day")
    churn_weight: float = assumption(
        0.05,
        "fall of satisfaction that an e-fold rise of churn stands for",
        off=0.0,
        low=0,
        high=10,
    )
    use_weight: float = assumption(
        0.2, "rise of satisfaction that an e-fold rise of use stands for", off=0.0, low=0, high=10
    )
    doubt: float = assumption(0.03, "standard error of the calibration itself", low=0, high=1)

    def init(self, plant: Plant) -> BehaviourState:
        """Return the state before the first day."""
        return BehaviourState(plant.set_point)

    def step(self, market: Market, state: BehaviourState) -> tuple[Reading | None, BehaviourState]:
        """Count the day; no reading before the end of the warm-up."""
        # Without customers there are no rates.
        if not market.customers:
            return None, state
        # Both sums get the same days, so their rates agree as long as nothing changes.
        recent = state.recent.add(market, self.recent)
        usual = state.usual.add(market, self.usual)
        state = BehaviourState(state.set_point, state.days + 1, recent, usual)
        if state.days < self.warm_up:
            return None, state
        reading = Reading(
            observed=market.day,
            delivered=market.day,
            satisfaction=self._level(state),
            error=self._error(recent, usual),
            volume=market.customers,
        )
        return reading, state

    def _level(self, state: BehaviourState) -> float:
        recent, usual = state.recent, state.usual
        # counts become rates by the customer days in which they were counted
        exposure = math.log(usual.customers / recent.customers)
        churn = _log_ratio(recent.left, usual.left) + exposure
        use = _log_ratio(recent.uses, usual.uses) + exposure
        level = state.set_point - self.churn_weight * churn
        return clip_level(level + self.use_weight * use)

    def _error(self, recent: BehaviourSums, usual: BehaviourSums) -> float:
        churn_variance = self._log_variance(recent.left, usual.left)
        use_variance = self._log_variance(recent.uses, usual.uses)
        variance = self.churn_weight**2 * churn_variance
        variance += self.use_weight**2 * use_variance
        return math.sqrt(variance + self.doubt**2)

    def _log_variance(self, recent: float, usual: float) -> float:
        """Return the variance of the log of a recent rate relative to the usual one."""
        recent_variance = _poisson_variance(recent, self.recent)
        return recent_variance + _poisson_variance(usual, self.usual)


def _log_ratio(recent: float, usual: float) -> float:
    return math.log((recent + _PRIOR_COUNT) / (usual + _PRIOR_COUNT))


def _poisson_variance(count: float, memory: float) -> float:
    """Return the variance of the log of a fading Poisson count."""
    kept = math.exp(-1.0 / memory)
    return 1 / ((1.0 + kept) * (count + _PRIOR_COUNT))
