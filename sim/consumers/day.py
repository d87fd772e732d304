"""The day as the steps of consumers see it, and the changes that several steps make."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Reals, UInts
from equipoise.compilation import compile_step
from equipoise.consumers import rules
from equipoise.consumers.state import (
    State,
)
from equipoise.consumers.ties import TieArrays
from equipoise.consumers.traits import Traits
from equipoise.randomness import uniform_at


class Day(NamedTuple):
    """Everything that a step may read or change."""

    people: State
    traits: Traits
    fit: Reals  # (N,) value fit, 0..1
    ties: TieArrays
    coefficients: Any  # of the community, by name
    offer: Any  # the row of DAY_DTYPE
    keys: UInts  # of the day's draws, by purpose


@compile_step
def move_satisfaction(p: State, i: int, satisfaction: float, cause: int) -> None:
    """Set the satisfaction of a consumer and attribute the change to its cause."""
    before = p.satisfaction[i]
    p.satisfaction[i] = satisfaction
    p.moved[i, cause] += np.float64(p.satisfaction[i]) - np.float64(before)


@compile_step
def draw_day_uniform(day: Day, purpose: int, i: int) -> float:
    """Return the uniform draw of a consumer for a purpose."""
    return uniform_at(day.keys[purpose], i)


@compile_step
def lose_trust(p: State, i: int, share: float) -> None:
    """Lower a consumer's trust by a share of it."""
    p.trust[i] = rules.decay(p.trust[i], share)


@compile_step
def deepen(day: Day, i: int, utility: float, satisfaction: float, gain: float) -> None:
    """Let an episode that is better than usual deepen the relationship of a consumer."""
    ceiling = day.traits.depth_ceiling[i]
    depth = day.people.depth
    depth[i] = rules.depth_after_episode(depth[i], utility, satisfaction, ceiling, gain)
