"""Hubs and communities together: our own, since networkx's LFR graph fails for most settings or takes minutes."""

from __future__ import annotations

import numpy as np

from equipoise.array_types import Flags, Floats, Ints

ROUNDS = 30


def heavy_tailed(
    chance: np.random.Generator, size: int, mean: float, most: float, exponent: float
) -> Floats:
    """Return degrees (N,) of a power law truncated at ``most``: the lower cut gives the mean, strata the rest."""
    if not mean:
        return np.zeros(size)
    cuts = np.geomspace(min(0.01, most / 10), most, 1000)
    means = _power_law((np.arange(500)[:, None] + 0.5) / 500, cuts, most, exponent).mean(axis=0)
    strata = (chance.permutation(size) + chance.random(size)) / size
    degrees = _power_law(strata, np.interp(mean, means, cuts), most, exponent)
    return np.asarray(np.minimum(degrees * mean / degrees.mean(), most))


def split(
    chance: np.random.Generator, size: int, smallest: int, largest: int, exponent: float
) -> Ints:
    """Return community sizes, descending and of sum N, by a power law; what is left over is spread one by one."""
    smallest = min(smallest, size)
    largest = min(max(largest, smallest), size)
    sizes = _power_law(chance.random(size // smallest), smallest, largest + 1, exponent).astype(
        np.int64
    )
    sizes = sizes[: max(1, int(np.searchsorted(np.cumsum(sizes), size, side="right")))]
    rest = size - int(sizes.sum())
    if rest >= smallest:
        sizes, rest = np.append(sizes, rest), 0
    share, more = divmod(rest, len(sizes))
    return np.sort(sizes + share + (np.arange(len(sizes)) < more))[::-1]


def _power_law(u: Floats, low: float | Floats, high: float, exponent: float) -> Floats:
    """Return quantiles of the density x ** -exponent between low and high (exponent > 1)."""
    power = 1 - exponent
    return np.asarray((low**power + u * (high**power - low**power)) ** (1 / power))


def joined(
    chance: np.random.Generator, degrees: Floats, sizes: Ints, mixing: float
) -> tuple[Ints, Ints]:
    """Return ties (M, 2) and communities (N,) of people of about these degrees, a share of ties outside.

    The benchmark of Lancichinetti, Fortunato & Radicchi 2008 (Phys. Rev. E 78) built so that it never fails:
    people are seated in communities that can hold their inner ties; everybody calls half of their ties, inside
    and outside, and is called by weight of degree (after Chung & Lu 2002, Ann. Comb. 6).
    """
    inner = degrees * (1 - mixing if len(sizes) > 1 else 1)
    community = _seated(chance, inner, sizes)
    order = np.argsort(community, kind="stable")
    degrees, inner, community = degrees[order], inner[order], community[order]
    inner = np.minimum(inner, sizes[community] - 1)
    outer = degrees - inner if len(sizes) > 1 else np.zeros(len(degrees))
    last = np.cumsum(sizes)[community]
    own = _called(chance, inner, last - sizes[community], last, np.arange(len(degrees)))
    everybody = np.full(len(degrees), len(degrees))
    return np.concatenate((own, _called(chance, outer, 0 * last, everybody, community))), community


def _seated(chance: np.random.Generator, inner: Floats, sizes: Ints) -> Ints:
    """Return a community (N,) for each person, at random among those with room that are larger than the inner degree.

    Where there is none the next largest opens, so seating always ends. The sizes descend and sum to N.
    """
    community = np.empty(len(inner), np.int64)
    seats: list[int] = []
    opened = 0
    draws = chance.random(len(inner)).tolist()
    for person, draw in zip(np.argsort(-inner, kind="stable").tolist(), draws, strict=True):
        while opened < len(sizes) and (not seats or sizes[opened] > inner[person]):
            seats += [opened] * int(sizes[opened])
            opened += 1
        place = int(draw * len(seats))
        seats[place], seats[-1] = seats[-1], seats[place]
        community[person] = seats.pop()
    return community


def _called(
    chance: np.random.Generator, weight: Floats, first: Ints, last: Ints, apart: Ints
) -> Ints:
    """Return ties of everybody's half weight to people first..last - 1 by weight, labelled otherwise in ``apart``.

    Bad calls are made again, up to 30 times: where there is no room some ties are left out.
    """
    reach = np.concatenate(([0], np.cumsum(weight)))
    calls = np.floor(weight / 2 + chance.random(len(weight))).astype(np.int64)
    ends = np.repeat(np.arange(len(weight)), 2 * calls).reshape(-1, 2)
    for _ in range(ROUNDS):
        bad = _bad(ends, apart)
        caller = ends[bad, 0]
        low, high = reach[first[caller]], reach[last[caller]]
        called = (
            np.searchsorted(reach, low + chance.random(len(caller)) * (high - low), side="right")
            - 1
        )
        ends[bad, 1] = np.minimum(called, last[caller] - 1)
    return ends[~_bad(ends, apart)]


def _bad(ends: Ints, apart: Ints) -> Flags:
    """Tell ties that stay within the same label, and ties that repeat one further up."""
    bad = np.ones(len(ends), np.bool_)
    bad[np.unique(np.sort(ends, axis=1) @ [len(apart), 1], return_index=True)[1]] = False
    return np.asarray(bad | (apart[ends[:, 0]] == apart[ends[:, 1]]))
