"""Ranks, regret and satisficing of strategies."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.comparison.resampling import (
    DEFAULT_RESAMPLES,
    MIN_PAIRS,
    ROUNDING,
    bootstrap_means,
)
from equipoise.array_types import Flags, Floats
from equipoise.errors import EquipoiseError

# Decimals, relative to the largest mean, beyond which means count as tied.
_TIE_DECIMALS = 12


class Rank(NamedTuple):
    """A strategy's rank in an environment; all nan for a strategy without values.

    Attributes:
        strategy: name of the strategy.
        environment: name of the environment.
        mean: mean over the worlds, in the measure's unit.
        rank: 1 = best; strategies that tie share their mean rank.
        best: probability of having the best mean; nan below 5 worlds.
        worlds: number of worlds in which all ranked strategies have a value.
    """

    strategy: str
    environment: str
    mean: float
    rank: float
    best: float
    worlds: int


class Regret(NamedTuple):
    """The shortfall of a strategy's mean from the best mean of an environment.

    Attributes:
        strategy: name of the strategy.
        mean: mean over environments.
        largest: largest of all environments.
        where: the environment with the largest.
    """

    strategy: str
    mean: float
    largest: float
    where: str


class Satisficing(NamedTuple):
    """The shares of worlds, and of environments by their mean, that reach a threshold."""

    strategy: str
    worlds: float
    environments: float


def common_worlds(values: Floats) -> tuple[Flags, Flags]:
    """Return the rows of (strategies, worlds) with any value, and the worlds that all of them have.

    Both are flags, (strategies,) and (worlds,).
    """
    known = np.isfinite(values)
    rows = np.asarray(known.any(axis=1))
    worlds = known[rows].all(axis=0) & rows.any()
    return rows, np.asarray(worlds)


# ranks


def rank_strategies(outcomes: Outcomes, resamples: int = DEFAULT_RESAMPLES) -> tuple[Rank, ...]:
    """Return each strategy's rank in each environment."""
    ranks: list[Rank] = []
    for place in range(len(outcomes.environments)):
        ranks += _rank_environment(outcomes, place, resamples)
    return tuple(ranks)


def _rank_environment(outcomes: Outcomes, place: int, resamples: int) -> list[Rank]:
    """Return the ranks in one environment, in the order of the strategies."""
    rows, worlds = common_worlds(outcomes.values[:, place])
    means, ranks, probabilities = np.full((3, len(rows)), np.nan)
    if worlds.any():
        values = outcomes.values[:, place][:, worlds][rows]
        merit = outcomes.sign * values
        means[rows] = values.mean(axis=1)
        ranks[rows] = _rank_means(outcomes.sign * means[rows])
        address = ("best", outcomes.measure, *outcomes.seeds)
        probabilities[rows] = best_probability(merit, resamples, *address)
    return [
        Rank(
            strategy=strategy,
            environment=outcomes.environments[place],
            mean=float(means[row]),
            rank=float(ranks[row]),
            best=float(probabilities[row]),
            worlds=int(worlds.sum()),
        )
        for row, strategy in enumerate(outcomes.strategies)
    ]


def _rank_means(means: Floats) -> Floats:
    """Return ranks from 1 for the highest mean; means that differ by rounding alone tie."""
    relative = -means / _largest_size(means)
    return np.asarray(stats.rankdata(np.round(relative, _TIE_DECIMALS)))


def _largest_size(values: Floats) -> float:
    """Return the largest absolute value, or 1 if all are 0."""
    return float(np.abs(values).max(initial=0.0)) or 1.0


def best_probability(merit: Floats, resamples: int = DEFAULT_RESAMPLES, *address: object) -> Floats:
    """Return the probability that each row of (strategies, worlds) has the highest mean.

    It is the share of paired bootstrap samples of the worlds in which it has; rows that tie share
    the sample. nan below MIN_PAIRS worlds.

    Source: the bootstrap of ranks, Goldstein & Spiegelhalter 1996; paired by world (common random
    numbers).
    """
    if merit.shape[1] < MIN_PAIRS:
        return np.full(len(merit), np.nan)
    means = bootstrap_means(merit, resamples, *address)
    tolerance = ROUNDING * _largest_size(means)
    winners = means >= means.max(axis=1, keepdims=True) - tolerance
    shares = winners / winners.sum(axis=1, keepdims=True)
    return np.asarray(shares.mean(axis=0))


# regret


def regret_table(outcomes: Outcomes) -> Floats:
    """Return the best mean minus each strategy's own, (strategies, environments).

    Means are over the worlds that all strategies have; 0 = the best.
    """
    table = np.full((len(outcomes.strategies), len(outcomes.environments)), np.nan)
    for place in range(len(outcomes.environments)):
        merit = outcomes.merit[:, place]
        rows, worlds = common_worlds(merit)
        if worlds.any():
            means = merit[np.ix_(rows, worlds)].mean(axis=1)
            table[rows, place] = means.max() - means
    return table


def compute_regrets(outcomes: Outcomes) -> tuple[Regret, ...]:
    """Return each strategy's regret over environments of equal weight.

    nan if a strategy has no value in an environment.

    Source: Savage 1951, minimax regret.
    """
    table = regret_table(outcomes)
    regrets = []
    for strategy, shortfalls in zip(outcomes.strategies, table, strict=True):
        if not np.isfinite(shortfalls).all():
            regrets.append(Regret(strategy, math.nan, math.nan, ""))
            continue
        where = outcomes.environments[int(shortfalls.argmax())]
        mean, largest = float(shortfalls.mean()), float(shortfalls.max())
        regrets.append(Regret(strategy, mean, largest, where))
    return tuple(regrets)


# satisficing


def compute_satisficing(outcomes: Outcomes, threshold: float) -> tuple[Satisficing, ...]:
    """Return the shares of worlds and of environments in which strategies reach a threshold.

    Environments have equal weights, however many worlds they have; worlds without a value are left
    out.

    Raises:
        EquipoiseError: if the threshold is not finite.

    Source: Simon 1956; the domain criterion of Starr 1963, as in Lempert 2006.
    """
    if not math.isfinite(threshold):
        raise EquipoiseError(
            f"The threshold is {threshold}: give a number in the unit of {outcomes.measure!r}."
        )
    merit_threshold = outcomes.sign * threshold
    return tuple(
        Satisficing(strategy, *_satisficing_shares(merit, merit_threshold))
        for strategy, merit in zip(outcomes.strategies, outcomes.merit, strict=True)
    )


def _satisficing_shares(merit: Floats, threshold: float) -> tuple[float, float]:
    """Return the shares of worlds and of environments of one strategy's (environments, worlds)."""
    known = [worlds[np.isfinite(worlds)] for worlds in merit]
    environments = [worlds for worlds in known if len(worlds)]
    if not environments:
        return math.nan, math.nan
    world_shares = [(worlds >= threshold).mean() for worlds in environments]
    reached = [worlds.mean() >= threshold for worlds in environments]
    return float(np.mean(world_shares)), float(np.mean(reached))
