"""Conversation: staff talk with people who have open cases."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np

from equipoise.array_types import Floats, Ints
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    NO_COUNTS,
    Market,
    Plant,
    Reading,
    Receptor,
    Talks,
)
from equipoise.firm.receptors.estimates import LARGEST_SD
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.settings.schema import setting

CAUSE = int(Purpose.CAUSE)  # a plain integer: numba is slow to look at an enum member


class ConversationState(NamedTuple):
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

    def init(self, plant: Plant) -> ConversationState:
        """Return an empty notebook."""
        return ConversationState(plant.seed, len(plant.departments))

    def step(
        self, market: Market, state: ConversationState
    ) -> tuple[Reading | None, ConversationState]:
        """Talk with a few; report nothing on a day when there is nobody to talk with."""
        told = market.talk(self.talks) if self.talks else None
        if told is None or not len(told.consumer):
            return None, state
        state = self._note(told.satisfaction, state)
        level, error = _mean_and_error(state)
        trouble = np.bincount(told.worst_drive, minlength=DRIVE_COUNT).astype(float)
        causes = self._causes(told, market.day, state)
        values = told.values.mean(axis=0, dtype=float)
        level = min(level + self.allowance, 1.0)
        read = Reading(
            market.day,
            market.day,
            level,
            error,
            NO_COUNTS,
            trouble,
            len(told.consumer),
            causes,
            values,
        )
        return read, state

    def _note(self, satisfaction: Floats, state: ConversationState) -> ConversationState:
        """Let what was told before fade by a conversation day, and add today's."""
        keep = math.exp(-1.0 / self.recent)
        n, total = len(satisfaction), float(satisfaction.sum())
        squares = float(satisfaction @ satisfaction)
        return ConversationState(
            state.seed,
            state.departments,
            keep * state.number + n,
            keep * state.total + total,
            keep * state.squares + squares,
            keep * keep * state.weights + n,
        )

    def _causes(self, told: Talks, day: int, state: ConversationState) -> Floats:
        """Count the departments named (D,); a wrong one is any of the others alike."""
        known = told.cause >= 0
        cause: Ints = told.cause[known]
        if len(cause) and self.accuracy < 1 and state.departments > 1:
            who = told.consumer[known]
            miss = draw_uniforms(state.seed, CAUSE, day, int(who.max()) + 1)[who] - self.accuracy
            others = state.departments - 1
            step = 1 + np.minimum(miss / (1 - self.accuracy) * others, others - 1).astype(np.int64)
            cause = np.where(miss >= 0, (cause + step) % state.departments, cause)
        return np.bincount(cause, minlength=state.departments).astype(float)


def _mean_and_error(state: ConversationState) -> tuple[float, float]:
    """Return the weighted mean and its standard error: sd * sqrt(sum w^2) / sum w; few tell no spread."""
    mean = state.total / state.number
    effective = state.number**2 / state.weights
    if effective <= 1.5:
        return mean, LARGEST_SD / math.sqrt(effective)
    variance = max(state.squares / state.number - mean * mean, 0.0) * effective / (effective - 1)
    return mean, math.sqrt(variance / effective)
