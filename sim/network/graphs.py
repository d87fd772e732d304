"""Networks as compressed rows, with people numbered by tribe."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import networkx
import numpy as np

from equipoise.array_types import Floats, Indices, Ints
from equipoise.network.listing import NetworkListing
from equipoise.network.weights import scale_weights

TribeChoice = Literal["blocks", "detected", "single"]

MIN_TRIBE_SIZE = 3
# Louvain takes seconds up to this size; for ten times as many people it can take minutes.
MAX_LOUVAIN_SIZE = 10_000


@dataclass(frozen=True, eq=False)
class Network:
    """Ties as compressed rows; both directions of each tie are stored, unless ties are directed.

    Person i is heard by ``neighbours[starts[i]:starts[i + 1]]``. People are numbered by tribe, and
    in the order of their source inside a tribe: members of a tribe talk most, so their state lies
    close together in memory.

    Attributes:
        starts: (N + 1,) int64, start of each person's row.
        neighbours: (E,) uint32, one entry for each direction; ascending in a row, none twice.
        tribe: (N,) uint32, consecutive from 0 and ascending.
        names: the source's names of the people, or an empty tuple if the number is the name.
        notes: remarks for the user on what was cleaned or adjusted, one line each.
        strengths: (E,) initial strength of each tie, 0.5..2, or None if all are 1.
        directed: True if a tie is heard in one direction only.
    """

    starts: Ints
    neighbours: Indices
    tribe: Indices
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    strengths: Floats | None = None
    directed: bool = False

    @property
    def size(self) -> int:
        """Number of people."""
        return len(self.starts) - 1

    @property
    def ties(self) -> int:
        """Number of ties, each counted once."""
        return len(self.neighbours) if self.directed else len(self.neighbours) // 2

    def name(self, person: int) -> str:
        """Return the source's name of a person, or the number if the source has none."""
        return self.names[person] if self.names else str(person)


def arrange_network(listing: NetworkListing, choice: TribeChoice) -> Network:
    """Return the network of listed people and ties, people numbered by tribe (stable).

    Loops and repeats are dropped; the weights of repeats are added up.
    """
    size = listing.size
    ends, weights = _distinct_ties(listing)
    tribe = _choose_tribes(listing, ends, choice)
    order = np.argsort(tribe, kind="stable")
    rank = np.argsort(order)
    if not listing.directed:
        ends = np.concatenate((ends, ends[:, ::-1]))
    # One number for both people of a tie: sorted, it gives the rows in order.
    codes = rank[ends] @ [size, 1]
    speaker, neighbours = np.divmod(np.sort(codes), size)
    people = np.arange(size + 1)
    strengths = None
    if weights is not None:
        strengths = _arrange_strengths(weights, codes)
    return Network(
        starts=np.searchsorted(speaker, people),
        neighbours=neighbours.astype(np.uint32),
        tribe=tribe[order].astype(np.uint32),
        names=_reorder(listing.names, order),
        notes=listing.notes,
        strengths=strengths,
        directed=listing.directed,
    )


def _reorder(names: tuple[str, ...], order: Ints) -> tuple[str, ...]:
    if not names:
        return ()
    return tuple([names[person] for person in order.tolist()])


def _arrange_strengths(weights: Floats, codes: np.ndarray) -> Floats:
    """Return the strength of each direction, in the order of the rows."""
    directions = len(codes) // max(len(weights), 1)
    strengths = np.tile(scale_weights(weights), directions)
    return strengths[np.argsort(codes)]


def count_distinct_ties(listing: NetworkListing) -> int:
    """Return the number of different ties between two people."""
    ends, _ = _distinct_ties(listing)
    return len(ends)


def _distinct_ties(listing: NetworkListing) -> tuple[Ints, Floats | None]:
    """Return each different tie between two people once, ascending, and its total weight.

    The smaller end comes first, unless ties are directed.
    """
    first, second = listing.ends.T
    is_proper = first != second
    ends = listing.ends[is_proper]
    if not listing.directed:
        ends = np.sort(ends, axis=1)
    keys, place = np.unique(ends @ [listing.size, 1], return_inverse=True)
    distinct: Ints = np.stack(np.divmod(keys, listing.size), axis=1)
    if listing.weights is None:
        return distinct, None
    totals = np.zeros(len(keys))
    np.add.at(totals, place, listing.weights[is_proper])
    return distinct, totals


def _choose_tribes(listing: NetworkListing, ends: Ints, choice: TribeChoice) -> Ints:
    if choice == "single":
        return np.zeros(listing.size, np.int64)
    if choice == "blocks" and listing.blocks is not None:
        return listing.blocks
    return _detect_tribes(listing.size, ends)


def _detect_tribes(size: int, ends: Ints) -> Ints:
    """Return tribes (N,) of people who have more ties among themselves.

    Fast label propagation (Traag & Subelj 2023, Sci. Rep. 13) or, up to 10,000 people, Louvain
    (Blondel et al. 2008, J. Stat. Mech. P10008), whichever has the larger modularity. The run's
    seed has no influence, so a file has the same tribes in every world. All groups of fewer than
    three people form the last tribe together, because a tribe of one would have separate values.
    """
    if not len(ends):
        return np.zeros(size, np.int64)
    graph = _build_graph(size, ends)
    community = networkx.community
    groups = list(community.fast_label_propagation_communities(graph, seed=0))
    if size <= MAX_LOUVAIN_SIZE:
        louvain_groups = community.louvain_communities(graph, seed=0)
        groups = max(groups, louvain_groups, key=partial(community.modularity, graph))
    return _number_groups(groups, size)


def _number_groups(groups: list[set[int]], size: int) -> Ints:
    """Return the number (N,) of each person's group; small groups share the last number."""
    groups.sort(key=_small_last)
    label = np.empty(size, np.int64)
    for number, group in enumerate(groups):
        label[list(group)] = number
    large_groups = sum(len(group) >= MIN_TRIBE_SIZE for group in groups)
    return np.minimum(label, large_groups)


def _small_last(group: set[int]) -> tuple[bool, int]:
    """Return a key that sorts groups by their first person, small ones behind."""
    return len(group) < MIN_TRIBE_SIZE, min(group)


def _build_graph(size: int, ends: Ints) -> networkx.Graph:
    graph = networkx.empty_graph(size)
    graph.add_edges_from(ends.tolist())
    return graph
