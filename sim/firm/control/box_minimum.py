"""Minimum of a convex quadratic function in a box, with the same bits on every processor.

The solvers of scipy use BLAS, whose rounding depends on the processor.
"""

from __future__ import annotations

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.portable_math import solve_symmetric, sum_products

_TOLERANCE = 1e-12  # relative slope that counts as 0
_MAX_ENTRIES = 10  # times that a variable may leave its bound, on average; rounding could cycle


def minimise_in_unit_box(matrix: Floats, goal: Floats) -> Floats:
    """Return the x (n,) in 0..1 that minimises x' matrix x / 2 - goal' x.

    The active-set method of Stark & Parker (1995, Computational Statistics 10), from x = 0: the
    variable with the steepest slope leaves its bound, and all free ones move to their minimum.

    Args:
        matrix: symmetric, positive semidefinite (n, n).
        goal: (n,).

    Raises:
        FloatingPointError: if a step towards the minimum is not finite.
    """
    x = np.zeros(len(goal))
    is_free = np.zeros(len(goal), bool)
    flat = _TOLERANCE * float(np.abs(goal).max(initial=0.0))
    for _ in range(_MAX_ENTRIES * len(goal)):
        gain = goal - sum_products(matrix, x)
        inward = np.where(x < 0.5, gain, -gain)
        inward[is_free] = 0.0
        entering = int(inward.argmax())
        if inward[entering] <= flat:
            break
        is_free[entering] = True
        x, is_free = _move_free(matrix, goal, x, is_free)
    return x


def _move_free(matrix: Floats, goal: Floats, x: Floats, is_free: Flags) -> tuple[Floats, Flags]:
    """Return x at the minimum over the free variables; one that meets a bound is free no more."""
    is_free = is_free.copy()
    while is_free.any():
        free = np.flatnonzero(is_free)
        held = np.where(is_free, 0.0, x)
        rest = goal[free] - sum_products(matrix[free], held)
        change = solve_symmetric(matrix[np.ix_(free, free)], rest) - x[free]
        room = np.where(change > 0, 1.0 - x[free], x[free])
        steps = np.full(len(free), np.inf)
        np.divide(room, np.abs(change), out=steps, where=change != 0)
        # A step of nan would meet no bound, and the loop would not end.
        if not np.isfinite(change).all():
            raise FloatingPointError("A step towards the minimum is not finite.")
        step = min(float(steps.min()), 1.0)
        x = x.copy()
        x[free] = np.clip(x[free] + step * change, 0.0, 1.0)
        met = free[steps <= step]
        if step == 1.0 and not len(met):
            return x, is_free
        x[met] = np.where(change[steps <= step] > 0, 1.0, 0.0)
        is_free[met] = False
    return x, is_free
