"""The traits of consumers, drawn once and constant through a run.

The address of a draw is (seed, purpose, lane, consumer), where the lane takes the place of the
day, so that one more consumer changes no other. Lanes 0-8 of `VALUES` are the nine factors of a
person, lanes 9-17 those of a tribe (with the number of the tribe as consumer); lanes 0-3 of
`DRIVES` are the drives; every other trait has lane 0. For the same reason nothing is scaled by the
sample: means, spreads and cuts are those of the population.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.special import expit, gammaincinv, logit, ndtri

from equipoise.array_types import Bytes, Flags, Floats, Indices, Ints, Reals
from equipoise.consumers.values import VALUE_MEANS, VALUE_NAMES, contrast_weights, factor_loadings
from equipoise.portable_math import map_math, raise_to_power, sum_products
from equipoise.randomness import Purpose, draw_uniform, draw_uniforms

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from equipoise.network import Network
    from equipoise.settings.people import People

DRIVE_NAMES: Final = ("acquire", "bond", "comprehend", "defend")

_FACTORS: Final = len(VALUE_NAMES) - 1  # centring removes one dimension
_CONFORMING: Final = contrast_weights(
    ("conformity", "tradition", "security"), ("self-direction", "stimulation")
)
_LOADINGS: Final = factor_loadings()
_NODES: Final = ndtri((np.arange(4096) + 0.5) / 4096)  # equally likely values of a standard normal
_SMALLEST: Final = 2.0**-54  # keeps a quantile finite where a uniform is 0


class Traits(NamedTuple):
    """The traits of N consumers."""

    values: Reals  # (N, 10) in the order of VALUE_NAMES, on a six-point scale; rows add up to 0
    drives: Reals  # (N, 4) weights in the order of DRIVE_NAMES; rows add up to 1
    conformity: Reals  # (N,) 0..1
    reflectiveness: Reals  # (N,) 0..1
    voice: Reals  # (N,) expected posts per day, not capped at 1
    depth_ceiling: Reals  # (N,) 0..1
    taste: Reals  # (N,) utility of the product for this person above the mean
    tribe: Indices  # (N,)
    stratum: Bytes  # (N,) 0 is the lowest
    mobile: Flags  # (N,)


def draw_traits(
    people: People,
    network: Network,
    *,
    homophily: float,
    iconicity: float,
    seed: int,
    dtype: DTypeLike,
) -> Traits:
    """Return the traits of the people of a network.

    Args:
        people: settings of the community's people.
        network: who is tied to whom, and the tribe of each person.
        homophily: 0..1, similarity of tied people in values and stratum (`blend_with_neighbours`).
        iconicity: 0..1, moves the mean depth ceiling d to d + (1 - d) * iconicity (an assumption).
        seed: of the world.
        dtype: float32 or float64, precision of the real traits; they are drawn in float64.
    """
    size = len(network.tribe)
    personal = [draw_normals(seed, Purpose.VALUES, lane, size) for lane in range(_FACTORS)]
    latent_stratum = draw_normals(seed, Purpose.STRATUM, 0, size)
    latent = blend_with_neighbours(np.stack([*personal, latent_stratum]), network, homophily)
    factors = _add_tribes(latent[:_FACTORS], network.tribe, people.tribe_share, seed)
    values = _values(people, factors)
    stratum = _strata(people.strata, latent[-1])

    def as_real(trait: Floats) -> Reals:
        return np.ascontiguousarray(trait, dtype=dtype)

    return Traits(
        values=as_real(values.T),
        drives=as_real(_draw_drives(people.drives_evenness, size, seed).T),
        conformity=as_real(_conformity(people, values)),
        reflectiveness=as_real(_draw_reflectiveness(people, size, seed)),
        voice=as_real(_draw_voice(people, stratum, seed)),
        depth_ceiling=as_real(_draw_depth_ceiling(people, iconicity, size, seed)),
        taste=as_real(people.taste_spread * draw_normals(seed, Purpose.TASTE, 0, size)),
        tribe=network.tribe.astype(np.uint32),
        stratum=stratum.astype(np.uint8),
        mobile=draw_uniforms(seed, Purpose.MOBILE, 0, size) < people.mobile_share,
    )


def draw_normals(seed: int, purpose: Purpose, lane: int, count: int) -> Floats:
    """Return standard normal numbers (count,), by inversion of the uniforms at the addresses."""
    deviates: Floats = ndtri(np.maximum(draw_uniforms(seed, purpose, lane, count), _SMALLEST))
    return deviates


def blend_with_neighbours(latent: Floats, network: Network, homophily: float) -> Floats:
    """Return standard normals (lanes, N), each mixed with those of its neighbours.

    x_i = sqrt(1 - h/2) z_i + sqrt(h/2) * sum_j z_j / sqrt(d_i) over the d_i neighbours j, for
    independent z: a moving-average field. Its variance is 1 at every node; two tied people of
    degree d with c common neighbours correlate by 2 sqrt(h/2 (1 - h/2)) / sqrt(d) + c h / (2 d),
    which rises in h up to 1, where half of a person's variance comes from the neighbours. People
    without ties keep their own. The form is an assumption: no magnitude of homophily by values is
    published.
    """
    if homophily == 0:
        return latent
    degree = np.diff(network.starts)
    tied = degree > 0
    rows = network.starts[:-1][tied]  # a segment of `reduceat` must not be empty
    weight = math.sqrt(homophily / 2) / np.sqrt(degree[tied])
    blended = latent.copy()
    for lane, own in zip(blended, latent, strict=True):
        lane[tied] *= math.sqrt(1 - homophily / 2)
        lane[tied] += weight * np.add.reduceat(own[network.neighbours], rows)
    return blended


def _add_tribes(latent: Floats, tribe: Indices, share: float, seed: int) -> Floats:
    """Return factors (9, N) with a share of variance that the members of a tribe have in common.

    x = sqrt(1 - share) * personal + sqrt(share K / (K - 1)) * (tribal - mean over the K tribes).
    In K tribes of equal size the variance within the population is 1 in expectation, for any K;
    with tribes of unequal size it is a little lower. The sizes do not enter, so that one more
    consumer changes no other.
    """
    labels, index = np.unique(tribe, return_inverse=True)
    tribes = len(labels)
    if tribes == 1 or share == 0:
        return latent
    draws = np.empty((_FACTORS, tribes))
    for factor in range(_FACTORS):
        for k, label in enumerate(labels.tolist()):
            draws[factor, k] = draw_uniform(seed, Purpose.VALUES, _FACTORS + factor, label)
    tribal: Floats = ndtri(np.maximum(draws, _SMALLEST))
    tribal -= tribal.mean(axis=1, keepdims=True)
    tribal *= math.sqrt(share * tribes / (tribes - 1))
    return np.asarray(math.sqrt(1 - share) * latent + tribal[:, index])


def _values(people: People, factors: Floats) -> Floats:
    """Return the values (10, N) of people with these factors (9, N).

    mean + spread * loadings @ factors, summed factor by factor: a matrix product may add in another
    order for another number of people.
    """
    deviations = np.zeros((len(VALUE_NAMES), factors.shape[1]))
    for value in range(_FACTORS):
        for factor in range(value + 1):
            deviations[value] += _LOADINGS[value, factor] * factors[factor]
        deviations[-1] -= deviations[value]
    return np.array(VALUE_MEANS)[:, None] + people.values_spread * deviations


def _conformity(people: People, values: Floats) -> Floats:
    """Return conformity (N,) of people with these values (10, N).

    logistic(b + slope * deviation), with the deviation from the population's mean of the mean of
    conformity, tradition and security minus the mean of self-direction and stimulation.
    """
    deviation = -float(sum_products(_CONFORMING, np.array(VALUE_MEANS))) * np.ones(values.shape[1])
    for weight, value in zip(_CONFORMING, values, strict=True):
        deviation += weight * value
    direction = sum_products(_LOADINGS.T, _CONFORMING)
    spread = people.values_spread * math.sqrt(float(sum_products(direction, direction)))
    slope = people.conformity_slope
    return logit_normal_shares(people.conformity_mean, slope * spread, slope * deviation)


def logit_normal_shares(mean: float, spread: float, deviations: Floats) -> Floats:
    """Return logit-normal shares (N,) with a given population mean: logistic(b + deviation).

    Args:
        mean: 0..1; at 0 and 1 all shares are exactly that.
        spread: standard deviation of the deviations in the population.
        deviations: (N,) normal with mean 0 and that spread, in log-odds.
    """
    if spread == 0 or mean in (0, 1):
        return np.full(len(deviations), float(mean))
    shares: Floats = expit(_intercept(mean, spread) + deviations)
    return shares


@lru_cache(maxsize=64)  # replicates of a run need the same few
def _intercept(mean: float, spread: float) -> float:
    """Return b with E[logistic(b + spread * Z)] = mean for a standard normal Z.

    Bisection; the expectation is the mean over 4,096 quantiles.
    """
    reach = spread * float(_NODES[-1])
    low = logit(mean) - reach
    high = logit(mean) + reach
    for _ in range(60):
        middle = (low + high) / 2
        if expit(middle + spread * _NODES).mean() < mean:
            low = middle
        else:
            high = middle
    return float(low + high) / 2


def _strata(count: int, latent: Floats) -> Ints:
    """Return strata (N,) of equal size in the population, by quantiles of the normal."""
    cuts = ndtri(np.arange(1, count) / count)
    return np.searchsorted(cuts, latent, side="right")


def _draw_reflectiveness(people: People, size: int, seed: int) -> Floats:
    """Return reflectiveness (N,)."""
    spread = people.reflectiveness_spread
    deviations = spread * draw_normals(seed, Purpose.REFLECTIVENESS, 0, size)
    return logit_normal_shares(people.reflectiveness_mean, spread, deviations)


def _draw_depth_ceiling(people: People, iconicity: float, size: int, seed: int) -> Floats:
    """Return depth ceilings (N,)."""
    mean = people.depth_ceiling + (1 - people.depth_ceiling) * iconicity
    deviations = people.depth_spread * draw_normals(seed, Purpose.DEPTH_CEILING, 0, size)
    return logit_normal_shares(mean, people.depth_spread, deviations)


def _draw_drives(evenness: float, size: int, seed: int) -> Floats:
    """Return the drives (4, N): Dirichlet with equal concentrations, by gamma quantiles."""
    draws = [draw_uniforms(seed, Purpose.DRIVES, lane, size) for lane in range(len(DRIVE_NAMES))]
    gammas = gammaincinv(evenness, np.maximum(np.stack(draws), _SMALLEST))
    return np.asarray(gammas / (gammas[0] + gammas[1] + gammas[2] + gammas[3]))


def _draw_voice(people: People, stratum: Ints, seed: int) -> Floats:
    """Return voice (N,), log-normal, with a factor for each step of the stratum.

    mean * exp(spread * Z - spread^2 / 2) * factor^stratum / mean of factor^stratum over the strata.
    """
    spread = people.voice_spread
    steps_from_middle = np.arange(people.strata) - (people.strata - 1) / 2
    factors = raise_to_power(np.asarray(people.stratum_voice), steps_from_middle)
    deviations = spread * draw_normals(seed, Purpose.VOICE, 0, len(stratum))
    personal = map_math(math.exp, deviations - spread**2 / 2)
    return np.asarray(people.voice_mean * personal * (factors / factors.mean())[stratum])
