"""The state of a community before the first day."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from equipoise.array_types import Floats, Ints
from equipoise.consumers.state import (
    AWARE,
    CONSIDERING,
    CUSTOMER,
    LAPSED,
    UNAWARE,
    State,
    empty_state,
)
from equipoise.consumers.traits import Traits
from equipoise.randomness import Purpose, draw_uniforms
from equipoise.settings.community import Community

# Shares of those who are neither customers nor unaware.
_OTHER_STAGES = {AWARE: 0.6, CONSIDERING: 0.15, LAPSED: 0.25}


def draw_initial_state(
    community: Community, traits: Traits, promise: float, seed: int, real: DTypeLike
) -> State:
    """Return the state of all consumers before the first day.

    Args:
        community: settings.
        traits: of the consumers.
        promise: of the firm; everybody expects it.
        seed: of the world.
        real: float32 or float64, the dtype of real fields.
    """
    people = community.people
    size = len(traits.conformity)
    p = empty_state(size, real)
    stage_draws = draw_uniforms(seed, Purpose.STAGE, 0, size)
    p.stage[:] = _choose_stages(stage_draws, people.customers, people.unaware)
    # A uniform number has a standard deviation of 1 / sqrt(12).
    deviation = math.sqrt(12.0) * (draw_uniforms(seed, Purpose.START, 0, size) - 0.5)
    satisfaction = people.start_satisfaction + people.start_spread * deviation + traits.taste
    p.satisfaction[:] = np.clip(satisfaction, 0, 1)
    p.expectation[:] = promise
    p.trust[:] = community.trust.trust_start
    p.norm[:] = people.start_satisfaction
    p.memory[:] = p.satisfaction
    customers = p.stage == CUSTOMER
    p.familiarity[customers] = draw_uniforms(seed, Purpose.START, 1, size)[customers]
    p.depth[customers] = 0.5 * traits.depth_ceiling[customers]
    follow_draws = draw_uniforms(seed, Purpose.START, 2, size)
    p.follows[:] = follow_draws < community.relationship.followers
    p.topic[:] = np.argmax(traits.drives, axis=1)
    return p


def _choose_stages(draws: Floats, customers: float, unaware: float) -> Ints:
    """Return stages (N,) by inversion of uniform draws (N,), given two of the shares."""
    others = max(0.0, 1 - unaware - customers)
    stages = np.array([UNAWARE, CUSTOMER, *_OTHER_STAGES])
    shares = [unaware, customers, *(share * others for share in _OTHER_STAGES.values())]
    cuts = np.cumsum(shares)[:-1]
    return stages[np.searchsorted(cuts, draws, side="right")]
