"""Compressed rows: from ties to a network whose people are numbered by tribe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from equipoise.arraytypes import Indices, Ints
from equipoise.network.kernels import settle
from equipoise.randomness import Purpose, uniforms

TribeChoice = Literal["blocks", "detected", "single"]

SMALLEST_TRIBE = 3


@dataclass(frozen=True, eq=False)
class Network:
    """Who hears whom, in compressed rows; both directions of each tie are stored.

    Person i hears ``neighbours[starts[i]:starts[i + 1]]``. People are numbered by tribe, and in the order of
    their source inside a tribe: tribe members talk most, so their state lies close together in memory.

    Attributes:
        starts: (N + 1,) int64, where each person's row starts.
        neighbours: (E,) uint32, E = twice the ties; ascending inside a row, no loops, no repeats.
        tribe: (N,) uint32, consecutive from 0 and ascending.
        names: the source's names of the people, or an empty tuple when a person's name is the number.
        notes: one line each on what was cleaned or adjusted, to be said to the user.
    """

    starts: Ints
    neighbours: Indices
    tribe: Indices
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.starts) - 1

    @property
    def ties(self) -> int:
        """Number of ties, each counted once."""
        return len(self.neighbours) // 2

    def name(self, person: int) -> str:
        """Return the source's name of a person, or the number where the source gave none."""
        return self.names[person] if self.names else str(person)


def arranged(
    size: int,
    ends: Ints,
    choice: TribeChoice,
    blocks: Ints | None = None,
    names: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Network:
    """Return the network of the given ties, people numbered by tribe (stable).

    Args:
        size: number of people.
        ends: (M, 2) int64, the two ends of each tie; loops and repeats are dropped.
        choice: where tribes come from.
        blocks: (N,) labels of the source's own groups, if it has them.
        names: names of the people in the order of the source.
        notes: what to tell the user.
    """
    if choice == "single":
        label = np.zeros(size, np.int64)
    elif choice == "blocks" and blocks is not None:
        label = blocks
    else:
        label = detected(*compressed(size, ends))
    tribe = _consecutive(label)
    order = np.argsort(tribe, kind="stable")
    rank = np.empty(size, np.int64)
    rank[order] = np.arange(size)
    starts, neighbours = compressed(size, rank[ends])
    named = tuple(names[person] for person in order.tolist()) if names else ()
    return Network(starts, neighbours.astype(np.uint32), tribe[order].astype(np.uint32), named, notes)


def compressed(size: int, ends: Ints) -> tuple[Ints, Ints]:
    """Return starts (N + 1,) and neighbours (E,) of ties (M, 2), without loops and repeats."""
    codes = distinct_codes(size, ends)
    left, right = np.divmod(codes, max(size, 1))
    both = np.concatenate((codes, right * size + left))
    both.sort()
    hearer, neighbours = np.divmod(both, max(size, 1))
    starts = np.concatenate(([0], np.cumsum(np.bincount(hearer, minlength=size))))
    return starts, neighbours


def distinct_codes(size: int, ends: Ints) -> Ints:
    """Return each different tie between two people once, as smaller end * size + larger end, ascending."""
    proper = ends[ends[:, 0] != ends[:, 1]]
    codes = proper.min(axis=1, initial=size) * size + proper.max(axis=1, initial=0)
    codes.sort()
    return codes[np.concatenate(([True], codes[1:] != codes[:-1]))] if len(codes) else codes


def detected(starts: Ints, neighbours: Ints) -> Ints:
    """Return a community label for each of N people (N,) by greedy modularity.

    The Louvain method (Blondel et al. 2008, J. Stat. Mech. P10008): people, then whole communities, move to
    the neighbouring community of greatest gain. Own compiled loops in whole numbers, since networkx needs
    minutes where this takes a second (100,000 people). The order of visits is shuffled (along a circle of
    neighbours the natural one drags everybody along) but drawn without the run's seed, so that a file has
    the same tribes in every world. Communities of fewer than three people (the unattached, lone
    pairs) are one tribe together, the last: a tribe of one would tell a value of its own for each.
    """
    label = np.arange(len(starts) - 1)
    weights = np.ones(len(neighbours), np.int64)
    while len(starts) > 1:
        community = _consecutive(settle(starts, neighbours, weights, _shuffled(len(starts) - 1)))
        label = community[label]
        if len(community) == community.max() + 1:
            break
        starts, neighbours, weights = _merged(starts, neighbours, weights, community)
    small = np.bincount(label, minlength=1) < SMALLEST_TRIBE
    return np.where(small[label], len(label), label)


def _shuffled(count: int) -> Ints:
    return np.argsort(uniforms(0, Purpose.NETWORK, 0, count))


def _merged(starts: Ints, neighbours: Ints, weights: Ints, community: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the weighted rows (with loops) between communities."""
    count = int(community.max()) + 1
    hearer = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    codes = community[hearer] * count + community[neighbours]
    order = np.argsort(codes)
    codes = codes[order]
    first = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
    sums = np.add.reduceat(weights[order], first)
    rows, columns = np.divmod(codes[first], count)
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count)))), columns, sums


def _consecutive(label: Ints) -> Ints:
    """Return labels 0, 1, ... by first appearance, the gathered last label of `detected` staying last."""
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    first[label[first] == len(label)] = len(label)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def parts_note(starts: Ints, neighbours: Indices) -> tuple[str, ...]:
    """Return a line on a network in several parts: how many, how large the largest; nothing if it is one."""
    size = len(starts) - 1
    ones = np.ones(len(neighbours), np.int8)
    graph = csr_array((ones, neighbours.astype(np.int64), starts), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    if count < 2:
        return ()
    share = np.bincount(label).max() / size
    return (f"network: it is in {count:,} unconnected parts; the largest holds {share:.1%} of the people",)
