"""Networks with hubs and communities.

Our own implementation: networkx's LFR graph fails for most settings or takes minutes.
"""

from __future__ import annotations

import numpy as np

from equipoise.array_types import Flags, Floats, Ints

# Ties that cannot be placed after these rounds are left out: there is no room for them.
_MAX_ROUNDS = 30


def draw_degrees(
    rng: np.random.Generator, size: int, mean: float, largest: float, exponent: float
) -> Floats:
    """Return degrees (N,) of a power law truncated at ``largest``, with this mean.

    They are drawn in strata, so that the mean varies little.
    """
    if not mean:
        return np.zeros(size)
    lower_cut = _find_lower_cut(mean, largest, exponent)
    strata = (rng.permutation(size) + rng.random(size)) / size
    degrees = _power_law(strata, lower_cut, largest, exponent)
    scaled = degrees * mean / degrees.mean()
    return np.asarray(np.minimum(scaled, largest))


def _find_lower_cut(mean: float, largest: float, exponent: float) -> float:
    """Return the smallest value of the power law up to ``largest`` that has this mean."""
    lowest = min(0.01, largest / 10)
    cuts = np.geomspace(lowest, largest, 1000)
    strata = np.arange(500)[:, None]
    midpoints = (strata + 0.5) / 500
    quantiles = _power_law(midpoints, cuts, largest, exponent)
    means = quantiles.mean(axis=0)
    return float(np.interp(mean, means, cuts))


def draw_community_sizes(
    rng: np.random.Generator, size: int, smallest: int, largest: int, exponent: float
) -> Ints:
    """Return community sizes of a power law, descending, that sum to N; a rest is spread evenly."""
    smallest = min(smallest, size)
    largest = min(max(largest, smallest), size)
    draws = rng.random(size // smallest)
    sizes = _power_law(draws, smallest, largest + 1, exponent).astype(np.int64)
    fitting = int(np.searchsorted(np.cumsum(sizes), size, side="right"))
    sizes = sizes[: max(1, fitting)]
    rest = size - int(sizes.sum())
    if rest >= smallest:
        return np.sort(np.append(sizes, rest))[::-1]
    filled = sizes + _spread_evenly(rest, len(sizes))
    return np.sort(filled)[::-1]


def _spread_evenly(number: int, places: int) -> Ints:
    """Return whole numbers (places,) that sum to a number and differ by one at most."""
    share, remainder = divmod(number, places)
    return share + (np.arange(places) < remainder)


def _power_law(u: Floats, low: float | Floats, high: float, exponent: float) -> Floats:
    """Return quantiles of the density x ** -exponent between low and high (exponent > 1)."""
    power = 1 - exponent
    start = low**power
    return np.asarray((start + u * (high**power - start)) ** (1 / power))


def tie_communities(
    rng: np.random.Generator, degrees: Floats, sizes: Ints, mixing: float
) -> tuple[Ints, Ints]:
    """Return ties (M, 2) and communities (N,) for about these degrees and share of ties outside.

    The benchmark of Lancichinetti, Fortunato & Radicchi 2008 (Phys. Rev. E 78), built so that it
    never fails: people enter communities that can hold their inner ties; each draws half of their
    ties, inside and outside, to others with weight proportional to degree (after Chung & Lu 2002,
    Ann. Comb. 6).
    """
    size = len(degrees)
    is_mixed = len(sizes) > 1
    inner_share = 1 - mixing if is_mixed else 1
    inner = degrees * inner_share
    community = _assign_communities(rng, inner, sizes)
    order = np.argsort(community, kind="stable")
    community = community[order]
    inner = np.minimum(inner[order], sizes[community] - 1)
    outer = degrees[order] - inner if is_mixed else np.zeros(size)
    last = np.cumsum(sizes)[community]
    first = last - sizes[community]
    everybody = np.full(size, size)
    inner_ties = _draw_ties(rng, inner, first, last, np.arange(size))
    outer_ties = _draw_ties(rng, outer, 0 * last, everybody, community)
    return np.concatenate((inner_ties, outer_ties)), community


def _assign_communities(rng: np.random.Generator, inner: Floats, sizes: Ints) -> Ints:
    """Return a community (N,) for each person, at random among those larger than the inner degree.

    If none has room the next largest opens, so the assignment always ends. Sizes descend and sum
    to N.
    """
    community = np.empty(len(inner), np.int64)
    seats: list[int] = []
    next_community = 0
    draws = rng.random(len(inner)).tolist()
    people = np.argsort(-inner, kind="stable").tolist()
    for person, draw in zip(people, draws, strict=True):
        while next_community < len(sizes):
            if seats and sizes[next_community] <= inner[person]:
                break
            seats += [next_community] * int(sizes[next_community])
            next_community += 1
        place = int(draw * len(seats))
        seats[place], seats[-1] = seats[-1], seats[place]
        community[person] = seats.pop()
    return community


def _draw_ties(
    rng: np.random.Generator, weight: Floats, first: Ints, last: Ints, label: Ints
) -> Ints:
    """Return ties of half of everybody's weight to people first..last - 1 with another label.

    Partners are drawn in proportion to weight; invalid ties are drawn again for up to 30 rounds.
    """
    size = len(weight)
    cumulative = np.concatenate(([0], np.cumsum(weight)))
    counts = np.floor(weight / 2 + rng.random(size)).astype(np.int64)
    everybody = np.arange(size)
    ties = np.repeat(everybody, 2 * counts).reshape(-1, 2)
    for _ in range(_MAX_ROUNDS):
        invalid = _mark_invalid(ties, label)
        person = ties[invalid, 0]
        draw = rng.random(len(person))
        low = cumulative[first[person]]
        high = cumulative[last[person]]
        target = low + draw * (high - low)
        partner = np.searchsorted(cumulative, target, side="right") - 1
        last_partner = last[person] - 1
        ties[invalid, 1] = np.minimum(partner, last_partner)
    valid = ~_mark_invalid(ties, label)
    return ties[valid]


def _mark_invalid(ties: Ints, label: Ints) -> Flags:
    """Return a mark (M,) on ties inside one label, and on ties that repeat an earlier one."""
    key = np.sort(ties, axis=1) @ [len(label), 1]
    is_repeat = np.ones(len(ties), np.bool_)
    _, first_occurrence = np.unique(key, return_index=True)
    is_repeat[first_occurrence] = False
    first_label, second_label = label[ties].T
    return np.asarray(is_repeat | (first_label == second_label))
