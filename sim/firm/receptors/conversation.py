"""Two receptors beyond what people write: talking with those who make contact, and watching what customers do."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.array_types import Floats, Ints
from equipoise.firm.interfaces import DRIVES, Market, Plant, Reading, Receptor, Talks
from equipoise.firm.receptors.survey import NO_COUNTS, WIDEST
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.settings.schema import setting

CAUSE = int(Purpose.CAUSE)  # a plain integer: numba is slow to look at an enum member
HALF = 0.5  # Jeffreys' prior count: a rate of none out of few is not zero


class Notebook(NamedTuple):
    """The state of `Conversation`: seed, departments, and fading moments of what was told.

    ``number`` of people, ``total`` of their satisfaction, ``squares``, and ``weights`` squared (for the error).
    """

    seed: int
    departments: int
    number: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    weights: float = 0.0


class Conversation(Receptor):
    """Staff talk with a few of those who made contact: they learn the cause and the values, not how the many feel.

    People with open cases are worse off than others, so the level is biased downward, by an amount that the firm does
    not know; ``allowance`` is what it adds for that. Staff find the department really at fault with chance
    ``accuracy``, else they name another one; when the firm caused nothing, none is named. The level is the mean over
    what was told of late, weights fading by exp(-age / recent).
    """

    kind: ClassVar[str] = "conversation"
    talks: int = setting(
        10, "people with open cases listened to in a day", low=0, high=100_000, unit="people/day"
    )
    accuracy: float = setting(
        0.9,
        "chance that staff find the department really at fault",
        low=0,
        high=1,
        source="assumption",
    )
    recent: float = setting(7.0, "memory for the level", low=0.1, high=3650, unit="day")
    allowance: float = setting(
        0.0, "added to the level, since those in touch are worse off", off=0.0, low=0, high=1
    )

    def init(self, plant: Plant) -> Notebook:
        """Return an empty notebook."""
        return Notebook(plant.seed, len(plant.departments))

    def step(self, market: Market, state: Notebook) -> tuple[Reading | None, Notebook]:
        """Talk with a few; report nothing on a day when there is nobody to talk with."""
        told = market.talk(self.talks) if self.talks else None
        if told is None or not len(told.who):
            return None, state
        state = self._note(told.satisfaction, state)
        level, error = _mean_and_error(state)
        trouble = np.bincount(told.worst, minlength=DRIVES).astype(float)
        causes = self._causes(told, market.day, state)
        values = told.values.mean(axis=0, dtype=float)
        level = min(level + self.allowance, 1.0)
        read = Reading(
            market.day, market.day, level, error, NO_COUNTS, trouble, len(told.who), causes, values
        )
        return read, state

    def _note(self, satisfaction: Floats, state: Notebook) -> Notebook:
        """Let what was told before fade by a conversation day, and add today's."""
        keep = math.exp(-1.0 / self.recent)
        n, total = len(satisfaction), float(satisfaction.sum())
        squares = float(satisfaction @ satisfaction)
        return Notebook(
            state.seed,
            state.departments,
            keep * state.number + n,
            keep * state.total + total,
            keep * state.squares + squares,
            keep * keep * state.weights + n,
        )

    def _causes(self, told: Talks, day: int, state: Notebook) -> Floats:
        """Count the departments named (D,); a wrong one is any of the others alike."""
        known = told.cause >= 0
        cause: Ints = told.cause[known]
        if len(cause) and self.accuracy < 1 and state.departments > 1:
            who = told.who[known]
            miss = draw_uniforms(state.seed, CAUSE, day, int(who.max()) + 1)[who] - self.accuracy
            others = state.departments - 1
            step = 1 + np.minimum(miss / (1 - self.accuracy) * others, others - 1).astype(np.int64)
            cause = np.where(miss >= 0, (cause + step) % state.departments, cause)
        return np.bincount(cause, minlength=state.departments).astype(float)


def _mean_and_error(state: Notebook) -> tuple[float, float]:
    """Return the weighted mean and its standard error: sd * sqrt(sum w^2) / sum w; few tell no spread."""
    mean = state.total / state.number
    effective = state.number**2 / state.weights
    if effective <= 1.5:
        return mean, WIDEST / math.sqrt(effective)
    variance = max(state.squares / state.number - mean * mean, 0.0) * effective / (effective - 1)
    return mean, math.sqrt(variance / effective)


class Ledger(NamedTuple):
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

    def init(self, plant: Plant) -> Ledger:
        """Return an empty ledger."""
        return Ledger(plant.set_point)

    def step(self, market: Market, state: Ledger) -> tuple[Reading | None, Ledger]:
        """Count the day; report it once the usual is known."""
        if not market.customers:
            return None, state
        state = self._count(market, state)
        if state.days < self.warm_up:
            return None, state
        level, error = self._level(state)
        read = Reading(market.day, market.day, level, error, NO_COUNTS, NO_COUNTS, market.customers)
        return read, state

    def _count(self, market: Market, state: Ledger) -> Ledger:
        late, long = math.exp(-1.0 / self.recent), math.exp(-1.0 / self.usual)
        left, uses, exposed = market.left, market.uses, market.customers
        return Ledger(
            state.set_point,
            state.days + 1,
            late * state.left + left,
            late * state.uses + uses,
            late * state.exposed + exposed,
            long * state.usual_left + left,
            long * state.usual_uses + uses,
            long * state.usual_exposed + exposed,
        )

    def _level(self, state: Ledger) -> tuple[float, float]:
        longer = math.log(state.usual_exposed / state.exposed)
        churn = math.log((state.left + HALF) / (state.usual_left + HALF)) + longer
        use = math.log((state.uses + HALF) / (state.usual_uses + HALF)) + longer
        level = state.set_point - self.churn_weight * churn + self.use_weight * use
        late, long = 1.0 + math.exp(-1.0 / self.recent), 1.0 + math.exp(-1.0 / self.usual)
        churned = 1 / (late * (state.left + HALF)) + 1 / (long * (state.usual_left + HALF))
        used = 1 / (late * (state.uses + HALF)) + 1 / (long * (state.usual_uses + HALF))
        unsure = self.churn_weight**2 * churned + self.use_weight**2 * used
        return min(max(level, 0.0), 1.0), math.sqrt(unsure + self.doubt**2)
