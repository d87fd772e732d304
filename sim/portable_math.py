"""Sums of products and elementary functions that give the same bits on every processor.

``@``, ``numpy.dot`` and ``numpy.linalg`` add in an order that BLAS chooses by processor. NumPy
computes ``exp``, ``log1p``, powers and the like by other code where the processor has AVX-512.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from equipoise.array_types import Floats

_NEGLIGIBLE_PIVOT = 1e-12  # relative to the largest diagonal element; a smaller pivot is rounding


def sum_products(values: Floats, weights: Floats) -> Floats:
    """Return the sums over the last axis of values times weights; for a matrix, M @ weights."""
    return np.asarray((values * weights).sum(axis=-1))


def map_math(function: Callable[[float], float], values: Floats) -> Floats:
    """Return a function of the module `math` of each value, in the shape of the values."""
    results = np.fromiter(map(function, values.ravel().tolist()), np.float64, values.size)
    return results.reshape(values.shape)


def raise_to_power(bases: ArrayLike, exponents: ArrayLike) -> Floats:
    """Return each base to the power of its exponent, in the shape of both together."""
    base, exponent = np.broadcast_arrays(bases, exponents)
    pairs = zip(base.ravel().tolist(), exponent.ravel().tolist(), strict=True)
    results = np.fromiter((math.pow(*pair) for pair in pairs), np.float64, base.size)
    return results.reshape(base.shape)


def solve_symmetric(matrix: Floats, goal: Floats) -> Floats:
    """Return x (n,) with matrix @ x = goal, for a symmetric positive semidefinite matrix (n, n).

    Gaussian elimination without pivoting; a variable without information becomes 0.
    """
    rest, goal = matrix.copy(), goal.copy()
    size = len(goal)
    smallest = _NEGLIGIBLE_PIVOT * max(float(np.diag(matrix).max(initial=0.0)), math.ulp(0.0))
    is_known = np.ones(size, bool)
    for k in range(size):
        if rest[k, k] <= smallest:
            is_known[k] = False
            continue
        factors = rest[k + 1 :, k] / rest[k, k]
        rest[k + 1 :] -= factors[:, None] * rest[k]
        goal[k + 1 :] -= factors * goal[k]
    solution = np.zeros(size)
    for k in reversed(range(size)):
        if is_known[k]:
            known = sum_products(rest[k, k + 1 :], solution[k + 1 :])
            solution[k] = (goal[k] - known) / rest[k, k]
    return solution
