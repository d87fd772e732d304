"""Resampling: bootstrap intervals of means and the sign-flip test.

Columns are comparisons, rows are worlds, nan is a missing pair. The result of a column does not
depend on the other columns. Random numbers are addressed by their purpose: the same data give the
same result wherever and in whatever order they are computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from scipy import stats

from equipoise.array_types import Flags, Floats, Ints

# With fewer pairs, the bootstrap has too few distinct resamples for an interval.
MIN_PAIRS = 5
DEFAULT_RESAMPLES = 9_999
# Numbers that differ by no more than this share of their size are equal but for rounding.
ROUNDING = 1e-12
# Flips whose t is smaller by this share only are counted as equal: sums differ by their order.
_T_TOLERANCE = 1e-6
# Resamples that scipy holds in memory at a time.
_SCIPY_BATCH = 100
# Numbers in a block: they fit into the cache, and BLAS does not start threads for so few.
_MAX_CELLS = 250_000
_COLUMNS_AT_ONCE = 100


def build_generator(*address: object) -> np.random.Generator:
    """Return the generator of an address, seeded with the first 8 bytes of its SHA-256 digest."""
    text = "\x1f".join(map(str, address))
    digest = hashlib.sha256(text.encode()).digest()
    seed = int.from_bytes(digest[:8], "little")
    return np.random.default_rng(seed)


def is_constant(columns: Floats) -> Flags:
    """Return True for each column, without nan, whose values are equal but for rounding."""
    ranges = np.ptp(columns, axis=0)
    sizes = np.abs(columns).max(axis=0)
    return np.asarray(ranges <= ROUNDING * sizes)


# intervals


def expand_confidence(confidence: float, n: int) -> float:
    """Return the level at which a bootstrap interval of n normal values is as wide as Student's.

    2 Phi(t sqrt(n / (n - 1))) - 1, where t is Student's quantile for n - 1 degrees of freedom: the
    variance of the bootstrap divides by n instead of n - 1, and its quantiles are normal ones.

    Source: Hesterberg 2015, What teachers should know about the bootstrap, section 4.
    """
    t = stats.t.ppf(0.5 + confidence / 2, n - 1)
    z = t * np.sqrt(n / (n - 1))
    return float(2 * stats.norm.cdf(z) - 1)


def bca_interval(
    differences: Floats,
    confidence: float = 0.95,
    resamples: int = DEFAULT_RESAMPLES,
    *address: object,
) -> Floats:
    """Return the ends (2, columns) of the BCa interval of each column's mean.

    The level is expanded for few pairs. The ends are nan below MIN_PAIRS pairs, and both the mean
    if all differences are equal.

    Source: Efron 1987; Efron & Tibshirani 1993, ch. 14; computed by scipy.stats.bootstrap.
    """
    ends = np.full((2, differences.shape[1]), np.nan)
    # Columns with the same missing pairs are resampled together.
    patterns, numbers = np.unique(np.isfinite(differences), axis=1, return_inverse=True)
    for number, rows in enumerate(patterns.T):
        if rows.sum() < MIN_PAIRS:
            continue
        columns = np.flatnonzero(numbers.ravel() == number)
        sample = differences[np.ix_(rows, columns)]
        ends[:, columns] = _bca_of_complete(sample, confidence, resamples, *address)
    return ends


def _bca_of_complete(sample: Floats, confidence: float, resamples: int, *address: object) -> Floats:
    """Return the ends (2, columns) of the intervals of columns without nan."""
    n = len(sample)
    ends = np.tile(sample.mean(axis=0), (2, 1))
    # BCa is undefined for constant columns; their interval is the mean.
    varied = np.flatnonzero(~is_constant(sample))
    step = max(_MAX_CELLS // (n * _SCIPY_BATCH), 1)
    for start in range(0, len(varied), step):
        columns = varied[start : start + step]
        result = stats.bootstrap(
            (sample[:, columns],),
            np.mean,
            axis=0,
            n_resamples=resamples,
            batch=_SCIPY_BATCH,
            confidence_level=expand_confidence(confidence, n),
            method="BCa",
            random_state=build_generator(*address, n),
        )
        ends[:, columns] = result.confidence_interval
    return ends


def bootstrap_means(values: Floats, resamples: int, *address: object) -> Floats:
    """Return the means (resamples, rows) of values (rows, worlds) in resampled worlds.

    All rows see the same worlds, drawn with replacement.
    """
    worlds = values.shape[1]
    generator = build_generator(*address, worlds)
    probabilities = np.full(worlds, 1 / worlds)
    counts = generator.multinomial(worlds, probabilities, size=resamples)
    return np.asarray(counts @ values.T / worlds)


# tests


def sign_flip_test(
    differences: Floats, flips: int = DEFAULT_RESAMPLES, *address: object
) -> tuple[Floats, Floats]:
    """Return each column's skewness-corrected t and its two-sided p-value by sign flips.

    The hypothesis is a mean of 0; the p-value is the share of sign flips whose corrected t is as
    far from 0. It is exact if differences are symmetric about 0, as they are for two strategies
    that do the same: p <= a with probability at most a. Half of it is the one-sided p-value on the
    side of t. All flips are tried if there are no more than ``flips``; otherwise as many random
    ones and the observed signs.

    Source: Fisher 1935, section 21; Phipson & Smyth 2010 for counting the observed signs; the
    correction is Hall's, see ``skewness_corrected_t``.
    """
    columns = differences.shape[1]
    if not columns:
        return np.empty(0), np.empty(0)
    blocks = [
        _sign_flip_block(differences[:, start : start + _COLUMNS_AT_ONCE], flips, *address)
        for start in range(0, columns, _COLUMNS_AT_ONCE)
    ]
    t, p = np.concatenate(blocks, axis=1)
    return t, p


def _sign_flip_block(differences: Floats, flips: int, *address: object) -> Floats:
    """Return t and p (2, columns) of some columns."""
    n = np.isfinite(differences).sum(axis=0)
    # A missing pair adds nothing to a sum, whatever its sign.
    values = np.nan_to_num(differences, nan=0.0)
    squares = (values * values).sum(axis=0)
    cubes = values * values * values
    t = skewness_corrected_t(values.sum(axis=0), squares, cubes.sum(axis=0), n)
    threshold = np.abs(t) * (1 - _T_TOLERANCE)
    exceeding = np.zeros(values.shape[1])
    total = 0
    rows = max(_MAX_CELLS // values.size, 1)
    for signs in _sign_blocks(len(values), flips, rows, *address):
        flipped_t = skewness_corrected_t(signs @ values, squares, signs @ cubes, n)
        exceeding += (np.abs(flipped_t) >= threshold).sum(axis=0)
        total += len(signs)
    return np.array([t, exceeding / total])


def skewness_corrected_t(sums: Floats, squares: Floats, cubes: Floats, n: Ints) -> Floats:
    """Return sqrt(n) (S + c S^2 / 3 + c^2 S^3 / 27 + c / (6 n)) from sums of powers of n values.

    S = mean / standard deviation, c = skewness, both with the divisor n. sqrt(n) S alone is
    Student's t up to a factor, and its two tails are unequal for skewed values. The corrected t
    increases with S, and changes its sign with the values. Infinite if all values are equal and
    not 0.

    Source: Hall 1992, On the removal of skewness by transformation.
    """
    n = np.maximum(n, 1)
    mean = sums / n
    square = squares / n
    variance = square - mean * mean
    is_flat = variance <= ROUNDING * square
    deviation = np.sqrt(np.where(is_flat, 1.0, variance))
    s = mean / deviation
    third_moment = cubes / n - mean * (3 * square - 2 * mean * mean)
    skewness = third_moment / (deviation * deviation * deviation)
    bend = skewness * s / 3
    t = np.sqrt(n) * (s * (1 + bend + bend * bend / 3) + skewness / (6 * n))
    flat_t = np.where(square > 0, np.copysign(np.inf, mean), 0.0)
    return np.asarray(np.where(is_flat, flat_t, t))


def _sign_blocks(n: int, flips: int, rows: int, *address: object) -> Iterator[Floats]:
    """Yield blocks (rows, n) of sign vectors, the observed signs first.

    A vector stands for its negative too, whose t has the same size: 2^(n - 1) vectors are all.
    """
    is_exhaustive = 2 ** (n - 1) <= flips + 1
    total = 2 ** (n - 1) if is_exhaustive else flips + 1
    generator = build_generator(*address, n)
    for start in range(0, total, rows):
        index = np.arange(start, min(start + rows, total))
        if is_exhaustive:
            bits = index[:, None] >> np.arange(n) & 1
        else:
            bits = generator.integers(0, 2, (len(index), n))
        bits[index == 0] = 0
        yield np.asarray(1.0 - 2.0 * bits, np.float64)
