"""How a community begins: the state of everybody on the first morning."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from equipoise.array_types import Floats
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

_REST = (
    (AWARE, 0.6),
    (CONSIDERING, 0.15),
    (LAPSED, 0.25),
)  # of those who are neither customers nor unaware


def draw_initial_state(
    community: Community, traits: Traits, promise: float, seed: int, real: DTypeLike
) -> State:
    """Return the state of everybody on the first morning, drawn by address; reals in the dtype ``real``."""
    people = community.people
    size = len(traits.conformity)
    p = empty_state(size, real)
    p.stage[:] = _stages(
        draw_uniforms(seed, Purpose.STAGE, 0, size), people.customers, people.unaware
    )
    deviation = np.sqrt(12.0) * (draw_uniforms(seed, Purpose.START, 0, size) - 0.5)
    p.satisfaction[:] = np.clip(
        people.start_satisfaction + people.start_spread * deviation + traits.taste, 0, 1
    )
    p.expectation[:] = promise
    p.trust[:] = community.trust.trust_start
    p.norm[:] = people.start_satisfaction
    p.memory[:] = p.satisfaction
    customers = p.stage == CUSTOMER
    p.familiarity[customers] = draw_uniforms(seed, Purpose.START, 1, size)[customers]
    p.depth[customers] = 0.5 * traits.depth_ceiling[customers]
    p.follows[:] = draw_uniforms(seed, Purpose.START, 2, size) < community.relationship.followers
    p.topic[:] = np.argmax(traits.drives, axis=1)
    return p


def _stages(u: Floats, customers: float, unaware: float) -> np.ndarray:
    """Cut uniforms into stages by their shares at the start."""
    shares = [unaware, customers] + [part * max(0.0, 1 - unaware - customers) for _, part in _REST]
    order = np.array([UNAWARE, CUSTOMER] + [stage for stage, _ in _REST])
    cuts = np.cumsum(shares)[:-1]
    return order[np.searchsorted(cuts, u, side="right")]
