"""Chance for statistics, addressed by what it is for: the bootstrap's intervals and the sign-flip test.

Columns are comparisons, rows are worlds, nan is a missing pair. A column's result does not depend on the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from scipy import stats

from equipoise.array_types import Flags, Floats, Ints

MIN_PAIRS = (
    5  # pairs; the bootstrap has too few distinct resamples of fewer to speak of an interval
)
DEFAULT_RESAMPLES = 9_999
_SCIPY_BATCH = 100  # resamples of scipy's at a time
_MAX_CELLS = 250_000  # numbers worked on at a time: few enough for the cache, and for BLAS not to start threads
_COLUMNS_AT_ONCE = 100  # worked on at a time by sign flips
ROUNDING = 1e-12  # differences that agree to this share of their size are equal but for rounding


def build_generator(*address: object) -> np.random.Generator:
    """Return the generator at an address: seeded with the first 8 bytes of the SHA-256 of its parts."""
    digest = hashlib.sha256("\x1f".join(map(str, address)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


def is_constant(columns: Floats) -> Flags:
    """Return, per column without nan, whether all values are equal but for rounding."""
    same: Flags = np.ptp(columns, axis=0) <= ROUNDING * np.abs(columns).max(axis=0)
    return same


def expand_confidence(confidence: float, n: int) -> float:
    """Return the level that makes a bootstrap interval of n values as wide as Student's where values are normal.

    2 Phi(t sqrt(n / (n - 1))) - 1 with t Student's quantile for n - 1 degrees: the bootstrap's spread is that of
    n, not n - 1, and its quantiles are normal ones.

    Source: Hesterberg 2015, What teachers should know about the bootstrap, section 4.
    """
    t = stats.t.ppf(0.5 + confidence / 2, n - 1)
    return float(2 * stats.norm.cdf(t * np.sqrt(n / (n - 1))) - 1)


def bca_interval(
    differences: Floats,
    confidence: float = 0.95,
    resamples: int = DEFAULT_RESAMPLES,
    *address: object,
) -> Floats:
    """Return the ends (2, columns) of the BCa interval of each column's mean, its level expanded for few pairs.

    nan below FEWEST pairs; a point where all differences are equal.

    Source: Efron 1987; Efron & Tibshirani 1993, ch. 14; computed by scipy.stats.bootstrap.
    """
    ends = np.full((2, differences.shape[1]), np.nan)
    known, group = np.unique(np.isfinite(differences), axis=1, return_inverse=True)
    for i, rows in enumerate(known.T):
        columns = np.flatnonzero(group.ravel() == i)
        if rows.sum() >= MIN_PAIRS:
            ends[:, columns] = _bca_complete(
                differences[np.ix_(rows, columns)], confidence, resamples, *address
            )
    return ends


def _bca_complete(sample: Floats, confidence: float, resamples: int, *address: object) -> Floats:
    n = len(sample)
    ends = np.tile(sample.mean(axis=0), (2, 1))
    varied = np.flatnonzero(~is_constant(sample))
    step = max(_MAX_CELLS // (n * _SCIPY_BATCH), 1)
    for start in range(0, len(varied), step):
        part = varied[start : start + step]
        ends[:, part] = stats.bootstrap(
            (sample[:, part],),
            np.mean,
            axis=0,
            n_resamples=resamples,
            batch=_SCIPY_BATCH,
            confidence_level=expand_confidence(confidence, n),
            method="BCa",
            random_state=build_generator(*address, n),
        ).confidence_interval
    return ends


def sign_flip_test(
    differences: Floats, flips: int = DEFAULT_RESAMPLES, *address: object
) -> tuple[Floats, Floats]:
    """Return each column's skewness-corrected t, and the two-sided p-value by sign flips that its mean is 0.

    The p-value is the share of sign flips whose corrected t is as far from 0. It is exact where differences are
    symmetric about 0, as they are when both strategies do the same: p <= a with probability at most a. Half of
    it is the one-sided p-value on the side of t. All flips are tried where there are no more than ``flips``,
    otherwise as many at random, and the observed signs.

    Source: Fisher 1935, section 21; Phipson & Smyth 2010 for counting the observed signs; the correction is
    Hall's, see ``corrected_t``.
    """
    blocks = range(0, differences.shape[1], _COLUMNS_AT_ONCE)
    parts = [
        _sign_flip(differences[:, start : start + _COLUMNS_AT_ONCE], flips, *address)
        for start in blocks
    ]
    t, p = np.concatenate(parts, axis=1) if parts else np.empty((2, 0))
    return t, p


def _sign_flip(differences: Floats, flips: int, *address: object) -> Floats:
    n = np.isfinite(differences).sum(axis=0)
    d = np.nan_to_num(differences, nan=0.0)
    squares, cubes = (d * d).sum(axis=0), d * d * d
    observed = skewness_corrected_t(d.sum(axis=0), squares, cubes.sum(axis=0), n)
    least, count, total = np.abs(observed) * (1 - 1e-6), np.zeros(d.shape[1]), 0
    for signs in _signs(len(d), flips, max(_MAX_CELLS // d.size, 1), *address):
        count += (np.abs(skewness_corrected_t(signs @ d, squares, signs @ cubes, n)) >= least).sum(
            axis=0
        )
        total += len(signs)
    return np.array([observed, count / total])


def skewness_corrected_t(sums: Floats, squares: Floats, cubes: Floats, n: Ints) -> Floats:
    """Return g = S + c S^2 / 3 + c^2 S^3 / 27 + c / (6 n), times sqrt(n), from sums of powers of n values.

    S = mean / standard deviation, c = skewness. Without the terms in c, this is Student's t, whose two tails are
    unequal for lopsided values. It grows with S, and changes its sign with the values. Infinite where all values
    are equal and not 0.

    Source: Hall 1992, On the removal of skewness by transformation.
    """
    n = np.maximum(n, 1)
    mean, square = sums / n, squares / n
    variance = square - mean * mean
    flat = variance <= ROUNDING * square
    deviation = np.sqrt(np.where(flat, 1.0, variance))
    s = mean / deviation
    skew = (cubes / n - mean * (3 * square - 2 * mean * mean)) / (deviation * deviation * deviation)
    bend = skew * s / 3
    g = np.sqrt(n) * (s * (1 + bend + bend * bend / 3) + skew / (6 * n))
    return np.asarray(np.where(flat, np.where(square > 0, np.copysign(np.inf, mean), 0.0), g))


def _signs(n: int, flips: int, rows: int, *address: object) -> Iterator[Floats]:
    """Yield blocks of sign vectors, of which each stands for its negative too; the observed one is the first."""
    whole = 2.0 ** (n - 1) <= flips + 1
    rng, total = build_generator(*address, n), 2 ** (n - 1) if whole else flips + 1
    for start in range(0, total, rows):
        index = np.arange(start, min(start + rows, total))
        bits = index[:, None] >> np.arange(n) & 1 if whole else rng.integers(0, 2, (len(index), n))
        bits[index == 0] = 0
        yield np.asarray(1.0 - 2.0 * bits, np.float64)


def bootstrap_means(values: Floats, resamples: int, *address: object) -> Floats:
    """Return means (resamples, rows) of values (rows, worlds): all rows see the same worlds drawn with replacement."""
    n = values.shape[1]
    counts = build_generator(*address, n).multinomial(n, np.full(n, 1 / n), size=resamples)
    means: Floats = counts @ values.T / n
    return means
