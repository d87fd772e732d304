"""Conversation: staff talk with people who have open cases."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.array_types import Floats, Ints
from equipoise.firm.interfaces import (
    Market,
    Plant,
    Reading,
    Receptor,
    Talks,
    unit_price,
)
from equipoise.firm.receptors.samples import LARGEST_SD, count_by_drive, draw_for_consumers
from equipoise.portable_math import sum_products
from equipoise.randomness import Purpose
from equipoise.settings.schema import assumption, choice

_MIN_EFFECTIVE_COUNT = 1.5  # fewer answers have no spread of their own


class ConversationState(NamedTuple):
    """State of `Conversation`: fading sums over the people talked with.

    Attributes:
        seed: of the world.
        departments: how many the firm has.
        people: talked with, weighted.
        total: of their satisfaction, weighted.
        squares: of their satisfaction, weighted.
        squared_weights: sum of squared weights, for the error.
    """

    seed: int
    departments: int
    people: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    squared_weights: float = 0.0


class Conversation(Receptor):
    """Talks with people who have open cases, which reveal causes and values, but a biased level.

    People with open cases are less satisfied than others, by an amount that the firm does not know;
    ``allowance`` is added for it. Staff find the department at fault with chance ``accuracy``,
    else they name another one; when the firm caused nothing, none is named. The level is the mean
    of the satisfaction of late, with weights that fade by exp(-age / recent).
    """

    kind: ClassVar[str] = "conversation"
    price: float = unit_price(13.0, "talk", source="20 minutes at $40 an hour")
    talks: int = choice(
        10, "people with open cases talked with in a day", low=0, high=100_000, unit="people/day"
    )
    accuracy: float = assumption(
        0.9, "chance that staff find the department really at fault", low=0, high=1
    )
    recent: float = choice(7.0, "memory for the level", low=0.1, high=3650, unit="day")
    allowance: float = choice(
        0.0,
        "added to the level, since people with open cases are less satisfied",
        off=0.0,
        low=0,
        high=1,
    )

    def init(self, plant: Plant) -> ConversationState:
        """Return the state before any talk."""
        return ConversationState(plant.seed, len(plant.departments))

    def step(
        self, market: Market, state: ConversationState
    ) -> tuple[Reading | None, ConversationState]:
        """Talk with some people; no reading on a day without open cases."""
        if not self.talks:
            return None, state
        talks = market.talk(self.talks)
        if not len(talks.consumer):
            return None, state
        state = self._add(talks.satisfaction, state)
        biased_level, error = _estimate_weighted_mean(state)
        level = min(biased_level + self.allowance, 1.0)
        values = talks.values.mean(axis=0, dtype=float)
        causes = self._count_causes(talks, market.day, state)
        reading = Reading(
            observed=market.day,
            delivered=market.day,
            satisfaction=level,
            error=error,
            trouble=count_by_drive(talks.worst_drive),
            volume=len(talks.consumer),
            causes=causes,
            values=values,
        )
        return reading, state

    def _add(self, satisfaction: Floats, state: ConversationState) -> ConversationState:
        """Let the sums fade by a day, and add today's talks."""
        # Only days with talks fade the sums, so that silence does not erase what is known.
        kept = math.exp(-1.0 / self.recent)
        count = len(satisfaction)
        people = kept * state.people + count
        total = kept * state.total + float(satisfaction.sum())
        squares = kept * state.squares + float(sum_products(satisfaction, satisfaction))
        squared_weights = kept * kept * state.squared_weights + count
        return ConversationState(
            state.seed, state.departments, people, total, squares, squared_weights
        )

    def _count_causes(self, talks: Talks, day: int, state: ConversationState) -> Floats:
        """Return the number of people who name each department (D,)."""
        has_cause = talks.cause >= 0
        causes: Ints = talks.cause[has_cause]
        if len(causes) and self.accuracy < 1 and state.departments > 1:
            consumers = talks.consumer[has_cause]
            draws = draw_for_consumers(state.seed, Purpose.CAUSE, day, consumers)
            causes = self._mistake_causes(causes, draws, state.departments)
        return np.bincount(causes, minlength=state.departments).astype(float)

    def _mistake_causes(self, causes: Ints, draws: Floats, departments: int) -> Ints:
        """Return the departments named (n,): the true cause, or by mistake any other one alike."""
        # A draw above the accuracy is a mistake, and its excess chooses the department.
        excess = draws - self.accuracy
        others = departments - 1
        choice = np.minimum(excess / (1 - self.accuracy) * others, others - 1)
        step = 1 + choice.astype(np.int64)
        mistaken = (causes + step) % departments
        return np.where(excess >= 0, mistaken, causes)


def _estimate_weighted_mean(state: ConversationState) -> tuple[float, float]:
    """Return the weighted mean and its standard error, sd * sqrt(sum w^2) / sum w."""
    # The effective number of people is smaller than the weighted one, as weights differ.
    people = state.people
    effective = people**2 / state.squared_weights
    mean = state.total / people
    if effective <= _MIN_EFFECTIVE_COUNT:
        return mean, LARGEST_SD / math.sqrt(effective)
    mean_square = state.squares / people
    spread = max(mean_square - mean * mean, 0.0)
    variance = spread * effective / (effective - 1)
    return mean, math.sqrt(variance / effective)
