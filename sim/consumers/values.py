"""Schwartz's ten values in Europe: means, spreads and correlations, and their derivation.

Means and spreads come from the European Social Survey (ESS). Of its 45 correlations only summaries
are published: the means by distance on the circle, two pairs of opposing poles, and the 74 % of
variance that a cosine explains. `VALUE_CORRELATIONS` keeps every summary. **Which pairs lie above
the cosine and which below is synthetic**, drawn once by `derive_correlations` and written down.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from equipoise.array_types import Floats, Ints
from equipoise.randomness import Purpose, draw_uniforms

VALUE_NAMES: Final = (
    "self-direction",
    "stimulation",
    "hedonism",
    "achievement",
    "power",
    "security",
    "conformity",
    "tradition",
    "benevolence",
    "universalism",
)

# ESS rounds 2002-2023, 39 countries, centred within the person.
ESS_MEANS: Final = (0.31, -0.57, -0.21, -0.32, -0.71, 0.35, -0.15, 0.00, 0.58, 0.47)
# ESS9 Germany, n = 2,316, centred within the person.
ESS_SPREADS: Final = (0.75, 0.99, 0.91, 0.94, 0.86, 0.90, 1.02, 0.94, 0.59, 0.64)
# Mean correlations at 1..5 steps on the circle.
ESS_BY_DISTANCE: Final = (0.16, -0.02, -0.17, -0.30, -0.32)
ESS_POLES: Final = (-0.73, -0.47)  # openness-conservation, enhancement-transcendence
ESS_COSINE: Final = (-0.08, 0.27, 0.74)  # intercept, slope and R2 of the cosine fit

# Lower triangle by rows, in the order of VALUE_NAMES. A test repeats `derive_correlations`.
VALUE_CORRELATIONS: Final[tuple[tuple[float, ...], ...]] = (
    (0.135,),
    (0.086, 0.294),
    (-0.078, 0.008, 0.032),
    (-0.149, -0.347, -0.195, 0.012),
    (-0.331, -0.127, -0.341, -0.053, 0.131),
    (-0.399, -0.558, -0.269, -0.193, -0.004, 0.149),
    (-0.120, -0.480, -0.307, -0.303, -0.124, -0.095, 0.212),
    (-0.067, -0.081, -0.220, -0.269, -0.258, -0.141, -0.055, 0.271),
    (0.151, 0.180, -0.199, -0.378, -0.133, -0.402, -0.061, 0.011, 0.224),
)

# The survey centres on its 21 questions, of which universalism has three and the other values two,
# so that its ten means add up to -.25. Centring on the ten values moves each mean by .025.
VALUE_MEANS: Final = tuple(mean - math.fsum(ESS_MEANS) / len(VALUE_NAMES) for mean in ESS_MEANS)

# Seed of the departures from the cosine: the first whose signs respect the circle. Neighbouring
# values never oppose each other, values three or more steps apart always do.
_DEPARTURES_SEED: Final = 5
_DEPARTURES_SPREAD: Final = 0.1
_DEPARTURES_WEIGHT: Final = 0.02  # small: published summaries come first


class CovarianceSummary(NamedTuple):
    """The summaries of a covariance of the ten values that the survey publishes."""

    spreads: Floats  # (10,)
    by_distance: Floats  # (5,) mean correlations at 1..5 steps on the circle
    poles: Floats  # (2,) openness-conservation, enhancement-transcendence
    cosine: Floats  # (3,) intercept, slope and R2 of r on cos(angle)


def correlation_matrix() -> Floats:
    """Return the written correlations as a symmetric matrix (10, 10)."""
    matrix = np.eye(len(VALUE_NAMES))
    for row, entries in enumerate(VALUE_CORRELATIONS, start=1):
        matrix[row, :row] = matrix[:row, row] = entries
    return matrix


def factor_loadings() -> Floats:
    """Return L (10, 9) so that L @ standard normals has the spreads and correlations and sums to 0.

    The Cholesky factor of the first nine values; the tenth is minus their sum, by centring. Written
    out because a linear-algebra library may round differently on another machine.
    """
    size = len(VALUE_NAMES) - 1
    spreads = ESS_SPREADS
    matrix = correlation_matrix().tolist()
    factor = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = spreads[i] * spreads[j] * matrix[i][j] - _dot(factor[i][:j], factor[j][:j])
            factor[i][j] = math.sqrt(rest) if i == j else rest / factor[j][j]
    tenth = [-math.fsum(column) for column in zip(*factor, strict=True)]
    return np.array([*factor, tenth])


def _dot(left: Iterable[float], right: Iterable[float]) -> float:
    return math.fsum(a * b for a, b in zip(left, right, strict=True))


def contrast_weights(plus: Iterable[str], minus: Iterable[str] = ()) -> Floats:
    """Return the weights (10,) of the mean of some values minus the mean of others."""
    weights = np.zeros(len(VALUE_NAMES))
    for sign, names in ((1.0, tuple(plus)), (-1.0, tuple(minus))):
        for name in names:
            weights[VALUE_NAMES.index(name)] += sign / len(names)
    return weights


def summarise_covariance(covariance: Floats) -> CovarianceSummary:
    """Return the published summaries of a covariance (10, 10) of the ten values.

    Higher-order values after Schwartz (1992), without hedonism, each the mean of its values:
    openness = self-direction, stimulation; conservation = security, conformity, tradition;
    enhancement = achievement, power; transcendence = benevolence, universalism.
    """
    spreads = np.sqrt(np.diag(covariance))
    pairs, steps = _pairs()
    correlations = (covariance / np.outer(spreads, spreads))[pairs]
    cosine = np.cos(steps * math.pi / 5)
    slope, intercept = np.polyfit(cosine, correlations, 1)
    residuals = correlations - intercept - slope * cosine
    explained = 1 - np.var(residuals) / np.var(correlations)
    poles = [
        _correlation(covariance, contrast_weights(one), contrast_weights(other))
        for one, other in _POLES
    ]
    by_distance = [correlations[steps == step].mean() for step in range(1, 6)]
    return CovarianceSummary(
        spreads=spreads,
        by_distance=np.array(by_distance),
        poles=np.array(poles),
        cosine=np.array([intercept, slope, explained]),
    )


_POLES: Final = (
    (("self-direction", "stimulation"), ("security", "conformity", "tradition")),
    (("achievement", "power"), ("benevolence", "universalism")),
)


def _pairs() -> tuple[tuple[Ints, Ints], Ints]:
    """Return the 45 pairs of values as (rows, columns), and their steps on the circle (45,)."""
    rows, columns = np.tril_indices(len(VALUE_NAMES), -1)
    return (rows, columns), np.minimum(rows - columns, len(VALUE_NAMES) - rows + columns)


def _correlation(covariance: Floats, a: Floats, b: Floats) -> float:
    """Return the correlation of two weighted sums of values."""
    variances = (a @ covariance @ a) * (b @ covariance @ b)
    return float(a @ covariance @ b / math.sqrt(variances))


def derive_correlations() -> Floats:
    """Return correlations (10, 10) that keep every published summary and are irregular otherwise.

    The target of the 45 pairs is the cosine plus normal departures. Least squares over the 45
    loadings, so that the result is always a centred covariance. Rounded; takes less than 1 s.
    """
    # These are slow to import, and no run needs them.
    from scipy.optimize import least_squares
    from scipy.special import ndtri

    pairs, steps = _pairs()
    intercept, slope, explained = ESS_COSINE
    regular = intercept + slope * np.cos(steps * math.pi / 5)
    departures = ndtri(draw_uniforms(_DEPARTURES_SEED, Purpose.VALUES, 0, len(steps)))
    target = regular + _DEPARTURES_SPREAD * departures

    def residuals(triangle: Floats) -> Floats:
        covariance = _covariance(triangle)
        summary = summarise_covariance(covariance)
        correlations = (covariance / np.outer(summary.spreads, summary.spreads))[pairs]
        return np.concatenate(
            [
                summary.spreads / ESS_SPREADS - 1,
                summary.by_distance - ESS_BY_DISTANCE,
                summary.poles - ESS_POLES,
                [summary.cosine[2] - explained],
                _DEPARTURES_WEIGHT * (correlations - target),
            ]
        )

    best = least_squares(residuals, _first_loadings(regular), xtol=1e-12, ftol=1e-12, gtol=1e-12)
    covariance = _covariance(best.x)
    spreads = np.sqrt(np.diag(covariance))
    rounded: Floats = np.round(covariance / np.outer(spreads, spreads), 3)
    return rounded


def _covariance(triangle: Floats) -> Floats:
    """Return the centred covariance (10, 10) of 45 loadings, a lower triangle of nine values."""
    factor = np.zeros((10, 9))
    factor[np.tril_indices(9)] = triangle
    factor[9] = -factor[:9].sum(axis=0)
    covariance: Floats = factor @ factor.T
    return covariance


def _first_loadings(regular: Floats) -> Floats:
    """Return the 45 loadings of the regular circle, centred: where the search begins."""
    matrix = np.eye(10)
    rows, columns = _pairs()[0]
    matrix[rows, columns] = matrix[columns, rows] = regular
    centre = np.eye(10) - 0.1
    covariance = centre @ (matrix * np.outer(ESS_SPREADS, ESS_SPREADS)) @ centre
    factor = np.linalg.cholesky(covariance[:9, :9])
    return np.asarray(factor[np.tril_indices(9)], dtype=np.float64)


def value_gap(claimed: Sequence[float], enacted: Sequence[float]) -> float:
    """Return the gap (1 - cosine) / 2 of claimed and enacted values; 0 if one has length 0."""
    lengths = math.hypot(*claimed) * math.hypot(*enacted)
    if lengths == 0:
        return 0.0
    cosine: float = sum(map(operator.mul, claimed, enacted)) / lengths
    return (1.0 - cosine) / 2.0
