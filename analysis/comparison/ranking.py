"""Strategies side by side: rank with the probability of being best, regret, and the share of worlds that satisfy."""

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


class Rank(NamedTuple):
    """A strategy's place in an environment.

    ``mean`` and ``middle`` (interquartile mean) are in the measure's unit; ``rank`` counts from 1 = best, ties
    share their mean rank; ``best`` is the probability of having the best mean, nan below 5 worlds; ``worlds`` are
    those in which every ranked strategy has a value. A strategy without any value is not ranked: all nan.
    """

    strategy: str
    environment: str
    mean: float
    middle: float
    rank: float
    best: float
    worlds: int


class Regret(NamedTuple):
    """How far a strategy's mean stays behind the best in an environment: mean, largest, and where it is largest."""

    strategy: str
    mean: float
    largest: float
    where: str


class Satisficing(NamedTuple):
    """The share of worlds, and of environments (by their mean), in which a strategy meets the threshold."""

    strategy: str
    worlds: float
    environments: float


def common_worlds(values: Floats) -> tuple[Flags, Flags]:
    """Return which rows of (strategies, worlds) have any value, and in which worlds all of those have one."""
    known = np.isfinite(values)
    rows: Flags = np.asarray(known.any(axis=1))
    return rows, np.asarray(known[rows].all(axis=0) & rows.any())


def rank_strategies(outcomes: Outcomes, resamples: int = DEFAULT_RESAMPLES) -> tuple[Rank, ...]:
    """Return each strategy's rank in each environment."""
    return tuple(
        rank
        for place in range(len(outcomes.environments))
        for rank in _ranks(outcomes, place, resamples)
    )


def _ranks(outcomes: Outcomes, place: int, resamples: int) -> list[Rank]:
    rows, worlds = common_worlds(outcomes.values[:, place])
    values = outcomes.values[:, place][:, worlds]
    table = np.full((4, len(rows)), np.nan)
    if worlds.any():
        kept = values[rows]
        means = kept.mean(axis=1)
        ranks = stats.rankdata(np.round(-outcomes.sign * means / _size(means), 12))
        address = ("best", outcomes.measure, *outcomes.seeds)
        table[:, rows] = (
            means,
            middle(kept),
            ranks,
            best_probability(outcomes.sign * kept, resamples, *address),
        )
    environment, count = outcomes.environments[place], int(worlds.sum())
    return [
        Rank(name, environment, mean, iqm, rank, chance, count)
        for name, (mean, iqm, rank, chance) in zip(
            outcomes.strategies, table.T.tolist(), strict=True
        )
    ]


def _size(values: Floats) -> float:
    return float(np.abs(values).max(initial=0.0)) or 1.0


def middle(values: Floats) -> Floats:
    """Return the interquartile mean of each row: the mean of what is left after a quarter is cut at either end.

    Source: Agarwal et al. 2021, Deep reinforcement learning at the edge of the statistical precipice.
    """
    means: Floats = stats.trim_mean(values, 0.25, axis=1)
    return means


def best_probability(merit: Floats, resamples: int = DEFAULT_RESAMPLES, *address: object) -> Floats:
    """Return the probability that each row of (strategies, worlds) has the highest mean; nan below 5 worlds.

    The share of paired bootstrap samples of the worlds in which it has; ties share.

    Source: the bootstrap of ranks, Goldstein & Spiegelhalter 1996; paired by world (common random numbers).
    """
    if merit.shape[1] < MIN_PAIRS:
        return np.full(len(merit), np.nan)
    means = bootstrap_means(merit, resamples, *address)
    winners = means >= means.max(axis=1, keepdims=True) - ROUNDING * _size(means)
    chances: Floats = (winners / winners.sum(axis=1, keepdims=True)).mean(axis=0)
    return chances


def regret_table(outcomes: Outcomes) -> Floats:
    """Return (strategies, environments): best mean less own mean, over the worlds that all share; 0 = the best."""
    behind = np.full((len(outcomes.strategies), len(outcomes.environments)), np.nan)
    for place in range(len(outcomes.environments)):
        rows, worlds = common_worlds(outcomes.merit[:, place])
        if worlds.any():
            means = outcomes.merit[:, place][np.ix_(rows, worlds)].mean(axis=1)
            behind[rows, place] = means.max() - means
    return behind


def compute_regrets(outcomes: Outcomes) -> tuple[Regret, ...]:
    """Return each strategy's regret over environments of equal weight; nan where an environment is missing.

    Source: Savage 1951, minimax regret.
    """
    return tuple(
        Regret(name, float(row.mean()), float(row.max()), outcomes.environments[int(row.argmax())])
        if np.isfinite(row).all()
        else Regret(name, math.nan, math.nan, "")
        for name, row in zip(outcomes.strategies, regret_table(outcomes), strict=True)
    )


def compute_satisficing(outcomes: Outcomes, threshold: float) -> tuple[Satisficing, ...]:
    """Return the share of worlds and of environments in which each strategy is at least as good as ``threshold``.

    Environments weigh the same, however many worlds they have; worlds without a value do not count.

    Source: Simon 1956; the domain criterion of Starr 1963, as in Lempert 2006.
    """
    if not math.isfinite(threshold):
        raise EquipoiseError(
            f"The threshold is {threshold}: give a number in the unit of {outcomes.measure!r}."
        )
    return tuple(
        Satisficing(name, *_satisfaction_shares(row, outcomes.sign * threshold))
        for name, row in zip(outcomes.strategies, outcomes.merit, strict=True)
    )


def _satisfaction_shares(merit: Floats, threshold: float) -> tuple[float, float]:
    """Return shares of one strategy's (environments, worlds)."""
    kept = [worlds[np.isfinite(worlds)] for worlds in merit if np.isfinite(worlds).any()]
    if not kept:
        return math.nan, math.nan
    shares = [(worlds >= threshold).mean() for worlds in kept]
    return float(np.mean(shares)), float(np.mean([worlds.mean() >= threshold for worlds in kept]))
