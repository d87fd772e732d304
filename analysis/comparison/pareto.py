"""The Pareto front of two measures, and how sure it is that a strategy is on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.comparison.ranking import common_worlds
from equipoise.analysis.comparison.resampling import (
    DEFAULT_RESAMPLES,
    MIN_PAIRS,
    ROUNDING,
    bootstrap_means,
)
from equipoise.array_types import Flags, Floats
from equipoise.errors import EquipoiseError


class FrontPoint(NamedTuple):
    """A strategy's means of two measures in an environment; whether it is on the front, and how probably.

    ``probability`` is nan below 5 worlds; all is nan, and not on the front, for a strategy without values.
    """

    strategy: str
    environment: str
    first: float
    second: float
    on_front: bool
    probability: float


def pareto_front(first: Floats, second: Floats) -> Flags:
    """Return which points (..., strategies) nobody dominates; more of either is better.

    A point is dominated by one that is at least as good on both and better on one; equal points keep each other.

    Source: Pareto 1906.
    """
    nudges = (_rounding_error(first), _rounding_error(second))
    kept = np.ones(np.shape(first), bool)
    for i in range(np.shape(first)[-1]):
        gains = [each - each[..., i : i + 1] for each in (first, second)]
        weak = [gain >= -nudge for gain, nudge in zip(gains, nudges, strict=True)]
        strict = [gain > nudge for gain, nudge in zip(gains, nudges, strict=True)]
        kept[..., i] = ~(weak[0] & weak[1] & (strict[0] | strict[1])).any(axis=-1)
    return kept


def _rounding_error(values: Floats) -> float:
    """Return what is no more than rounding."""
    return ROUNDING * float(np.abs(values).max(initial=0.0))


def front_points(
    first: Outcomes, second: Outcomes, resamples: int = DEFAULT_RESAMPLES
) -> tuple[FrontPoint, ...]:
    """Return every strategy's point in every environment, for two measures of the same worlds.

    The probability is the share of paired bootstrap samples of the worlds in whose means it is on the front.
    """
    axes = [(each.strategies, each.environments, each.seeds) for each in (first, second)]
    if axes[0] != axes[1]:
        raise EquipoiseError(
            f"{first.measure!r} and {second.measure!r} are not of the same strategies, environments and seeds; "
            "make both from the same table."
        )
    return tuple(
        point
        for place in range(len(first.environments))
        for point in _points_of_environment(first, second, place, resamples)
    )


def _points_of_environment(
    first: Outcomes, second: Outcomes, place: int, resamples: int
) -> list[FrontPoint]:
    both = first.merit[:, place], second.merit[:, place]
    rows, worlds = common_worlds(both[0] + both[1])
    means, kept, chances = (
        np.full((2, len(rows)), np.nan),
        np.zeros(len(rows), bool),
        np.full(len(rows), np.nan),
    )
    if worlds.any():
        merits = [each[np.ix_(rows, worlds)] for each in both]
        means[:, rows] = [each.mean(axis=1) for each in merits]
        kept[rows] = pareto_front(means[0, rows], means[1, rows])
        chances[rows] = front_probability(merits[0], merits[1], resamples, "front", *first.seeds)
    own = (means * np.array([[first.sign], [second.sign]])).T.tolist()
    return [
        FrontPoint(name, first.environments[place], x, y, bool(kept[i]), float(chances[i]))
        for i, (name, (x, y)) in enumerate(zip(first.strategies, own, strict=True))
    ]


def front_probability(
    first: Floats, second: Floats, resamples: int = DEFAULT_RESAMPLES, *address: object
) -> Floats:
    """Return how probably each row of (strategies, worlds) is on the front of both means; nan below 5 worlds."""
    if first.shape[1] < MIN_PAIRS:
        return np.full(len(first), np.nan)
    means = (bootstrap_means(each, resamples, *address) for each in (first, second))
    chances: Floats = pareto_front(*means).mean(axis=0)
    return chances
