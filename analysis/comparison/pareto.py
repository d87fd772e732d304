"""The Pareto front of two measures, and the probability that a strategy is on it."""

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
    """A strategy's means of two measures in an environment.

    Attributes:
        strategy: name of the strategy.
        environment: name of the environment.
        first: mean of the first measure, in its unit; nan without values.
        second: mean of the second measure, in its unit; nan without values.
        on_front: True if no other strategy dominates it.
        probability: probability that it is on the front; nan below 5 worlds.
    """

    strategy: str
    environment: str
    first: float
    second: float
    on_front: bool
    probability: float


def pareto_front(first: Floats, second: Floats) -> Flags:
    """Return True for points (..., strategies) that no other dominates; higher is better.

    A point is dominated by one that is at least as good on both measures and better on one; equal
    points do not dominate each other.

    Source: Pareto 1906.
    """
    first_tolerance = _rounding_error(first)
    second_tolerance = _rounding_error(second)
    on_front = np.ones(np.shape(first), bool)
    for number in range(np.shape(first)[-1]):
        first_gain = first - first[..., number : number + 1]
        second_gain = second - second[..., number : number + 1]
        no_worse = (first_gain >= -first_tolerance) & (second_gain >= -second_tolerance)
        better = (first_gain > first_tolerance) | (second_gain > second_tolerance)
        on_front[..., number] = ~(no_worse & better).any(axis=-1)
    return on_front


def _rounding_error(values: Floats) -> float:
    """Return the largest difference of values that is no more than rounding."""
    return ROUNDING * float(np.abs(values).max(initial=0.0))


def front_points(
    first: Outcomes, second: Outcomes, resamples: int = DEFAULT_RESAMPLES
) -> tuple[FrontPoint, ...]:
    """Return the point of each strategy in each environment, for two measures of the same worlds.

    The probability is the share of paired bootstrap samples of the worlds in whose means the
    strategy is on the front.

    Raises:
        EquipoiseError: if the strategies, environments or seeds of the measures differ.
    """
    if _axes(first) != _axes(second):
        raise EquipoiseError(
            f"{first.measure!r} and {second.measure!r} are not of the same strategies, "
            "environments and seeds; make both from the same table."
        )
    points: list[FrontPoint] = []
    for place in range(len(first.environments)):
        points += _points_of_environment(first, second, place, resamples)
    return tuple(points)


def _axes(outcomes: Outcomes) -> tuple[tuple[str, ...], tuple[str, ...], tuple[int, ...]]:
    return outcomes.strategies, outcomes.environments, outcomes.seeds


def _points_of_environment(
    first: Outcomes, second: Outcomes, place: int, resamples: int
) -> list[FrontPoint]:
    """Return the points in one environment, in the order of the strategies."""
    first_merit, second_merit = first.merit[:, place], second.merit[:, place]
    # The sum is nan where either measure has no value.
    rows, worlds = common_worlds(first_merit + second_merit)
    means = np.full((2, len(rows)), np.nan)
    on_front = np.zeros(len(rows), bool)
    probabilities = np.full(len(rows), np.nan)
    if worlds.any():
        cells = np.ix_(rows, worlds)
        merits = first_merit[cells], second_merit[cells]
        means[:, rows] = [merit.mean(axis=1) for merit in merits]
        on_front[rows] = pareto_front(means[0, rows], means[1, rows])
        probabilities[rows] = front_probability(*merits, resamples, "front", *first.seeds)
    return [
        FrontPoint(
            strategy=strategy,
            environment=first.environments[place],
            first=float(first.sign * means[0, row]),
            second=float(second.sign * means[1, row]),
            on_front=bool(on_front[row]),
            probability=float(probabilities[row]),
        )
        for row, strategy in enumerate(first.strategies)
    ]


def front_probability(
    first: Floats, second: Floats, resamples: int = DEFAULT_RESAMPLES, *address: object
) -> Floats:
    """Return the probability that each row of (strategies, worlds) is on the front of both means.

    nan below MIN_PAIRS worlds.
    """
    if first.shape[1] < MIN_PAIRS:
        return np.full(len(first), np.nan)
    first_means = bootstrap_means(first, resamples, *address)
    second_means = bootstrap_means(second, resamples, *address)
    return np.asarray(pareto_front(first_means, second_means).mean(axis=0))
