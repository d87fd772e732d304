"""Who the consumers are: their traits, drawn once and constant through a run.

Every draw is addressed by (seed, purpose, lane, consumer), the lane standing where a day stands in a run, so
that one more consumer changes nobody else. Lanes: `VALUES` 0-8 are a person's nine factors, 9-17 those of a
tribe (addressed by the tribe's number); `DRIVES` 0-3 are the drives; every other trait has lane 0. For the
same reason nothing is scaled by the sample: means, spreads and cuts are those of the population drawn from.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from scipy.special import expit, gammaincinv, logit, ndtri

from equipoise.array_types import Bytes, Flags, Floats, Indices, Ints, Reals
from equipoise.consumers.values import VALUE_MEANS, VALUE_NAMES, contrast_weights, factor_loadings
from equipoise.randomness import Purpose, draw_uniform, draw_uniforms

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from equipoise.network import Network
    from equipoise.settings.community import People

DRIVE_NAMES: Final = ("acquire", "bond", "comprehend", "defend")

_FACTORS: Final = len(VALUE_NAMES) - 1  # centring takes one of the ten
_CONFORMING: Final = contrast_weights(
    ("conformity", "tradition", "security"), ("self-direction", "stimulation")
)
_LOADINGS: Final = factor_loadings()
_NODES: Final = ndtri((np.arange(4096) + 0.5) / 4096)  # equally likely values of a standard normal
_SMALLEST: Final = 2.0**-54  # keeps a quantile finite where a uniform is 0


class Traits(NamedTuple):
    """The traits of N consumers."""

    values: Reals  # (N, 10) in the order of VALUES, on the survey's six-point scale; each row adds up to 0
    drives: Reals  # (N, 4) in the order of DRIVES; each row adds up to 1
    conformity: Reals  # (N,) 0..1
    reflectiveness: Reals  # (N,) 0..1
    voice: Reals  # (N,) expected posts per day, not capped at 1
    depth_ceiling: Reals  # (N,) 0..1
    taste: Reals  # (N,) what the product suits this person more, or less, than others
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
        people: the settings.
        network: who is tied to whom, and everybody's tribe.
        homophily: 0..1, how much tied people share in values and stratum; see `blend`.
        iconicity: 0..1, moves the mean depth ceiling d to d + (1 - d) * iconicity (an assumption).
        seed: the world.
        dtype: float32 or float64, the precision of the real traits; they are drawn in float64.
    """
    size = len(network.tribe)
    ceiling = people.depth_ceiling + (1 - people.depth_ceiling) * iconicity
    own = [draw_normals(seed, Purpose.VALUES, lane, size) for lane in range(_FACTORS)]
    latent = blend_with_neighbours(
        np.stack([*own, draw_normals(seed, Purpose.STRATUM, 0, size)]), network, homophily
    )
    values = _values(
        people, _with_tribes(latent[:_FACTORS], network.tribe, people.tribe_share, seed)
    )
    stratum = np.searchsorted(
        ndtri(np.arange(1, people.strata) / people.strata), latent[-1], side="right"
    )
    mind = people.reflectiveness_spread * draw_normals(seed, Purpose.REFLECTIVENESS, 0, size)
    depth = people.depth_spread * draw_normals(seed, Purpose.DEPTH_CEILING, 0, size)

    def real(trait: Floats) -> Any:
        return np.ascontiguousarray(trait, dtype=dtype)

    return Traits(
        values=real(values.T),
        drives=real(_drives(people.drives_evenness, size, seed).T),
        conformity=real(_conformity(people, values)),
        reflectiveness=real(
            logit_normal_shares(people.reflectiveness_mean, people.reflectiveness_spread, mind)
        ),
        voice=real(_voice(people, stratum, seed)),
        depth_ceiling=real(logit_normal_shares(ceiling, people.depth_spread, depth)),
        taste=real(people.taste_spread * draw_normals(seed, Purpose.TASTE, 0, size)),
        tribe=network.tribe.astype(np.uint32),
        stratum=stratum.astype(np.uint8),
        mobile=draw_uniforms(seed, Purpose.MOBILE, 0, size) < people.mobile_share,
    )


def draw_normals(seed: int, purpose: Purpose, lane: int, count: int) -> Floats:
    """Return standard normal numbers (count,), by inversion of the uniforms at their addresses."""
    deviates: Floats = ndtri(np.maximum(draw_uniforms(seed, purpose, lane, count), _SMALLEST))
    return deviates


def blend_with_neighbours(latent: Floats, network: Network, homophily: float) -> Floats:
    """Return standard normals (lanes, N) blended with those of the neighbours, still standard normal.

    x_i = sqrt(1 - h/2) z_i + sqrt(h/2) * sum_j z_j / sqrt(d_i) over the d_i neighbours j, for independent z:
    a moving-average field. Its variance is 1 at every node; two tied people of degree d with c common
    neighbours correlate by 2 sqrt(h/2 (1 - h/2)) / sqrt(d) + c h / (2 d), which rises in h up to 1, where
    half of a person's variance is the neighbours'. People without ties keep their own. The form is an
    assumption: no magnitude of homophily by values is published.
    """
    if homophily == 0:
        return latent
    degree = np.diff(network.starts)
    tied = degree > 0
    rows = network.starts[:-1][tied]  # a segment of `reduceat` must not be empty
    theirs = math.sqrt(homophily / 2) / np.sqrt(degree[tied])
    blended = latent.copy()
    for lane, own in zip(blended, latent, strict=True):
        lane[tied] *= math.sqrt(1 - homophily / 2)
        lane[tied] += theirs * np.add.reduceat(own[network.neighbours], rows)
    return blended


def _with_tribes(latent: Floats, tribe: Indices, share: float, seed: int) -> Floats:
    """Return factors (9, N), a share of whose variance is what the members of a tribe have in common.

    x = sqrt(1 - share) * personal + sqrt(share K / (K - 1)) * (tribal - mean over the K tribes): in K tribes
    of equal size the variance within the population is 1 in expectation, for any K. Tribes of unequal size
    have a little less between them. The sizes do not enter, so that one more consumer changes nobody.
    """
    labels, index = np.unique(tribe, return_inverse=True)
    tribes = len(labels)
    if tribes == 1 or share == 0:
        return latent
    lanes = range(_FACTORS, 2 * _FACTORS)
    drawn = np.array(
        [[draw_uniform(seed, Purpose.VALUES, lane, int(t)) for t in labels] for lane in lanes]
    )
    tribal: Floats = ndtri(np.maximum(drawn, _SMALLEST))
    tribal -= tribal.mean(axis=1, keepdims=True)
    tribal *= math.sqrt(share * tribes / (tribes - 1))
    return np.asarray(math.sqrt(1 - share) * latent + tribal[:, index])


def _values(people: People, factors: Floats) -> Floats:
    """Return the values (10, N) of people with these factors (9, N): mean + spread * loadings @ factors.

    Summed factor by factor: a matrix product may add in another order for another number of people.
    """
    deviations = np.zeros((len(VALUE_NAMES), factors.shape[1]))
    for value in range(_FACTORS):
        for factor in range(value + 1):
            deviations[value] += _LOADINGS[value, factor] * factors[factor]
        deviations[-1] -= deviations[value]
    return np.array(VALUE_MEANS)[:, None] + people.values_spread * deviations


def _conformity(people: People, values: Floats) -> Floats:
    """Return conformity (N,) of people with these values (10, N).

    logistic(b + slope * deviation), the deviation of the person's conforming values (mean of conformity,
    tradition and security less mean of self-direction and stimulation) from the population's mean.
    """
    deviation = -float(_CONFORMING @ VALUE_MEANS) * np.ones(values.shape[1])
    for weight, value in zip(_CONFORMING, values, strict=True):
        deviation += weight * value
    spread = people.values_spread * float(np.linalg.norm(_CONFORMING @ _LOADINGS))
    slope = people.conformity_slope
    return logit_normal_shares(people.conformity_mean, slope * spread, slope * deviation)


def logit_normal_shares(mean: float, spread: float, deviations: Floats) -> Floats:
    """Return logit-normal shares (N,) with a given population mean: logistic(b + deviation).

    Args:
        mean: 0..1; at 0 and 1 everybody is exactly there.
        spread: the standard deviation of the deviations in the population; at 0 everybody is at the mean.
        deviations: (N,) normal with mean 0 and that spread, in log-odds.
    """
    if spread == 0 or mean in (0, 1):
        return np.full(len(deviations), float(mean))
    shares: Floats = expit(_intercept(mean, spread) + deviations)
    return shares


@lru_cache(maxsize=64)  # the same in every replicate
def _intercept(mean: float, spread: float) -> float:
    """Return b with E[logistic(b + spread * Z)] = mean, Z standard normal: bisection over 4,096 quantiles."""
    reach = spread * float(_NODES[-1])
    low, high = logit(mean) - reach, logit(mean) + reach
    for _ in range(60):
        middle = (low + high) / 2
        if expit(middle + spread * _NODES).mean() < mean:
            low = middle
        else:
            high = middle
    return float(low + high) / 2


def _drives(evenness: float, size: int, seed: int) -> Floats:
    """Return the drives (4, N): Dirichlet with concentration `evenness` each, by gamma quantiles."""
    lanes = [draw_uniforms(seed, Purpose.DRIVES, lane, size) for lane in range(len(DRIVE_NAMES))]
    gammas = gammaincinv(evenness, np.maximum(np.stack(lanes), _SMALLEST))
    return np.asarray(gammas / (gammas[0] + gammas[1] + gammas[2] + gammas[3]))


def _voice(people: People, stratum: Ints, seed: int) -> Floats:
    """Return voice (N,): mean * exp(spread * Z - spread^2 / 2) * factor^stratum / mean over the strata."""
    spread = people.voice_spread
    factors = people.stratum_voice ** (np.arange(people.strata) - (people.strata - 1) / 2)
    personal = np.exp(spread * draw_normals(seed, Purpose.VOICE, 0, len(stratum)) - spread**2 / 2)
    return np.asarray(people.voice_mean * personal * (factors / factors.mean())[stratum])
