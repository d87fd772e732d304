"""The compiled loops of the networks: growth, seating in communities, greedy modularity."""

from __future__ import annotations

import numpy as np
from numba import njit

from equipoise.arraytypes import Ints
from equipoise.randomness import Purpose, key, uniform_at

NETWORK = int(Purpose.NETWORK)


@njit(cache=True)
def grow(size: int, attachment: int, triads: float, seed: int) -> Ints:
    """Return the ties (attachment * (size - attachment), 2) of a network grown by preferential attachment.

    From a star on, each newcomer ties to ``attachment`` people: chosen by their ties, or, after the first
    and with chance ``triads``, among the neighbours of the last so chosen. triads = 0 is Barabasi & Albert
    1999 (Science 286), above it Holme & Kim 2002 (Phys. Rev. E 65). Needs 1 <= attachment < size.
    """
    k = key(seed, NETWORK, 0)
    draws = 0
    ends = np.empty((attachment * (size - attachment), 2), np.int64)
    flat = ends.reshape(-1)  # a person stands here once a tie: a uniform entry is a preferential choice
    filled = 0
    room = np.full(size, 2 * attachment)
    block = np.arange(size) * 2 * attachment
    free = 2 * attachment * size
    pool = np.empty(free + 4 * len(flat), np.int64)
    degree = np.zeros(size, np.int64)
    chosen = np.arange(attachment)  # the star
    for newcomer in range(attachment, size):
        count = attachment if newcomer == attachment else 0
        last = -1
        while count < attachment:
            friend = -1
            if last >= 0 and uniform_at(k, draws) < triads:
                row = pool[block[last] : block[last] + degree[last]]
                friend = _friend(row, chosen[:count], uniform_at(k, draws + 1))
            draws += 2
            while friend < 0:
                last = int(flat[int(uniform_at(k, draws) * filled)])
                draws += 1
                if not _holds(chosen[:count], last):
                    friend = last
            chosen[count] = friend
            count += 1
        for step in range(attachment):
            other = int(chosen[step])
            flat[filled], flat[filled + 1] = other, newcomer
            filled += 2
            free = _append(pool, block, room, degree, other, newcomer, free)
            free = _append(pool, block, room, degree, newcomer, other, free)
    return ends


@njit(cache=True)
def _holds(row: Ints, person: int) -> bool:
    for other in row:  # noqa: SIM110 - a plain loop compiles
        if other == person:
            return True
    return False


@njit(cache=True)
def _friend(row: Ints, chosen: Ints, draw: float) -> int:
    """Return the first of a row, read round from a random place, who is not chosen yet; -1 if all are."""
    place = int(draw * len(row))
    for step in range(len(row)):
        person = int(row[(place + step) % len(row)])
        if not _holds(chosen, person):
            return person
    return -1


@njit(cache=True)
def _append(pool: Ints, block: Ints, room: Ints, degree: Ints, person: int, other: int, free: int) -> int:
    """Append to a person's block of the pool, moved to the free end with twice the room when full."""
    if degree[person] == room[person]:
        for step in range(degree[person]):
            pool[free + step] = pool[block[person] + step]
        block[person] = free
        room[person] *= 2
        free += room[person]
    pool[block[person] + degree[person]] = other
    degree[person] += 1
    return free


@njit(cache=True)
def seat(inner: Ints, sizes: Ints, seed: int, lane: int) -> Ints:
    """Return a community (N,) for each person, at random among those larger than the person's inner degree.

    Both arguments descend; the sizes sum to N. Where no such community has room the next largest opens, so
    seating always ends (Lancichinetti, Fortunato & Radicchi 2008, Phys. Rev. E 78, retry instead).
    """
    k = key(seed, NETWORK, lane)
    community = np.empty(len(inner), np.int64)
    seats = np.empty(len(inner), np.int64)
    filled = 0
    opened = 0
    for person in range(len(inner)):
        while opened < len(sizes) and (filled == 0 or sizes[opened] > inner[person]):
            seats[filled : filled + sizes[opened]] = opened
            filled += sizes[opened]
            opened += 1
        place = int(uniform_at(k, person) * filled)
        filled -= 1
        community[person] = seats[place]
        seats[place] = seats[filled]
    return community


@njit(cache=True)
def settle(starts: Ints, neighbours: Ints, weights: Ints, order: Ints) -> Ints:
    """Return community labels (N,) after nodes moved, in the given order, to the best neighbouring community.

    The gain of joining is weight to it - strength * its strength / total, here times total: whole numbers,
    so that every machine settles alike. Ends when a round moves under one node in fifty.
    """
    size = len(starts) - 1
    strength = np.zeros(size, np.int64)
    for node in range(size):
        strength[node] = weights[starts[node] : starts[node + 1]].sum()
    total = strength.sum()
    community = np.arange(size)
    sums = strength.copy()
    link = np.zeros(size, np.int64)
    moved = size
    while moved > size // 50:
        moved = 0
        for node in order:
            own = community[node]
            sums[own] -= strength[node]
            for e in range(starts[node], starts[node + 1]):
                if neighbours[e] != node:
                    link[community[neighbours[e]]] += weights[e]
            best = own
            most = link[own] * total - strength[node] * sums[own]
            for e in range(starts[node], starts[node + 1]):
                other = community[neighbours[e]]
                gain = link[other] * total - strength[node] * sums[other]
                if gain > most and neighbours[e] != node:
                    best, most = other, gain
            for e in range(starts[node], starts[node + 1]):
                link[community[neighbours[e]]] = 0
            sums[best] += strength[node]
            community[node] = best
            moved += best != own
    return community
