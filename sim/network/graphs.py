"""The door to networkx: what it draws, reads and detects, as compressed rows numbered by tribe."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import ParseError

import networkx
import numpy as np

from equipoise.array_types import Indices, Ints
from equipoise.errors import EquipoiseError
from equipoise.network.files import Listing, read_bytes
from equipoise.randomness import Purpose, day_key

TribeChoice = Literal["blocks", "detected", "single"]

NO_TIES: Ints = np.empty((0, 2), np.int64)
SMALLEST_TRIBE = 3
THOROUGH = 10_000  # people up to whom Louvain takes seconds; ten times as many can take minutes


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
        blocks: (N,) the source's own groups, consecutive from 0, if it has them.
        names: names of the people in the order of the source.
        notes: what to tell the user.
    """
    ends = _distinct(size, ends)
    if choice == "single":
        tribe = np.zeros(size, np.int64)
    else:
        tribe = blocks if choice == "blocks" and blocks is not None else _detected(size, ends)
    order = np.argsort(tribe, kind="stable")
    rank = np.argsort(order)
    both = rank[np.concatenate((ends, ends[:, ::-1]))]
    hearer, neighbours = np.divmod(np.sort(both @ [size, 1]), size)
    starts = np.searchsorted(hearer, np.arange(size + 1))
    named = tuple(names[person] for person in order.tolist()) if names else ()
    return Network(
        starts, neighbours.astype(np.uint32), tribe[order].astype(np.uint32), named, notes
    )


def _distinct(size: int, ends: Ints) -> Ints:
    """Return each different tie between two people once, smaller end first, ascending."""
    proper = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    return np.stack(np.divmod(np.unique(proper @ [size, 1]), size), axis=1)


def _detected(size: int, ends: Ints) -> Ints:
    """Return tribes (N,) of people who are tied more among themselves.

    Fast label propagation (Traag & Subelj 2023, Sci. Rep. 13) and, up to 10,000 people, Louvain (Blondel et
    al. 2008, J. Stat. Mech. P10008), whichever has more modularity. Neither sees the run's seed, so that a file
    has the same tribes in every world. Groups of fewer than three people (the unattached, lone pairs) are one
    tribe together, the last: a tribe of one would tell a value of its own for each.
    """
    if not len(ends):
        return np.zeros(size, np.int64)
    graph, community = _graph(size, ends), networkx.community
    best = list(community.fast_label_propagation_communities(graph, seed=0))
    if size <= THOROUGH:
        best = max(
            best,
            community.louvain_communities(graph, seed=0),
            key=partial(community.modularity, graph),
        )
    best.sort(key=lambda group: (len(group) < SMALLEST_TRIBE, min(group)))
    label = np.empty(size, np.int64)
    for number, group in enumerate(best):
        label[list(group)] = number
    return np.minimum(label, sum(len(group) >= SMALLEST_TRIBE for group in best))


def _graph(size: int, ends: Ints) -> networkx.Graph:
    graph = networkx.empty_graph(size)
    graph.add_edges_from(ends.tolist())
    return graph


# What networkx draws


def source_of_chance(seed: int) -> int:
    """Return the seed (32 bits) of a network's draws under a run's seed."""
    return int(day_key(seed, int(Purpose.NETWORK), 0)) & 0xFFFFFFFF


def small_world(size: int, degree: int, rewiring: float, seed: int) -> Ints:
    """Return the ties of a rewired ring of people tied to the ``degree`` nearest."""
    return _ends(networkx.watts_strogatz_graph(size, degree, rewiring, source_of_chance(seed)))


def grown(size: int, attachment: int, triads: float, seed: int) -> Ints:
    """Return the ties of a network grown by preferential attachment, and by triads if these are above 0."""
    chance = source_of_chance(seed)
    if not attachment:
        return NO_TIES
    if not triads:
        return _ends(networkx.barabasi_albert_graph(size, attachment, chance))
    return _ends(networkx.powerlaw_cluster_graph(size, attachment, triads, chance))


def planted(
    size: int, count: int, degree: float, inside: float, seed: int
) -> tuple[Ints, Ints, float]:
    """Return ties, blocks (N,) and the mean degree reached of equal blocks with more ties inside.

    Stochastic blocks (Condon & Karp 2001, Random Struct. Alg. 18), put together from sparse random graphs: one
    for each block, and what leads across of one over all. The same law as networkx's stochastic_block_model,
    which walks through all N^2 / 2 pairs (100,000 people: 27 s instead of 3).
    """
    blocks = np.arange(size) * count // size
    members = np.bincount(blocks)
    within = float(members @ (members - 1)) / 2
    across = size * (size - 1) / 2 - within
    chance = networkx.utils.create_py_random_state(source_of_chance(seed))
    share = inside if count > 1 else 1.0
    near = _chance_of(size * degree / 2 * share, within)
    far = _chance_of(size * degree / 2 * (1 - share), across)
    own = [_ends(networkx.fast_gnp_random_graph(n, near, chance)) for n in members.tolist()]
    first = np.repeat(np.cumsum(members) - members, [len(ends) for ends in own])
    wide = _ends(networkx.fast_gnp_random_graph(size, far, chance))
    wide = wide[blocks[wide[:, 0]] != blocks[wide[:, 1]]]
    ends = np.concatenate((np.concatenate(own) + first[:, None], wide))
    return ends, blocks, 2 * (near * within + far * across) / size


def _chance_of(ties: float, pairs: float) -> float:
    """Return the chance of a tie; rounded, since networkx divides by log(1 - chance)."""
    return round(min(1.0, ties / max(pairs, 1.0)), 15)


def _ends(graph: networkx.Graph) -> Ints:
    return np.fromiter(chain.from_iterable(graph.edges()), np.int64).reshape(-1, 2)


# The user's own graphs


def from_graph(graph: networkx.Graph, tribes: TribeChoice = "blocks") -> Network:
    """Return a network of any networkx graph; people keep the names of its nodes.

    A directed tie is heard in both directions. With tribes="blocks" the node attribute ``tribe`` is used
    where every node has one; otherwise tribes are detected.

    Raises:
        EquipoiseError: when the graph has no nodes.
    """
    if not len(graph):
        raise EquipoiseError("the graph has no nodes: give one node for each person.")
    return from_listing(_listing(graph), "graph", tribes)


def _listing(graph: networkx.Graph) -> Listing:
    """Return names, ties and blocks of a graph, in its own order."""
    labels = [str(label) for _, label in graph.nodes(data="tribe") if label is not None]
    index = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    blocks = np.array([index[label] for label in labels]) if 0 < len(labels) == len(graph) else None
    notes = ("directed ties are heard in both directions",) if graph.is_directed() else ()
    ends = _ends(networkx.convert_node_labels_to_integers(graph))
    return Listing(tuple(str(node) for node in graph), ends, blocks, notes)


def read_graphml(path: Path) -> Listing:
    """Return what a GraphML file holds.

    Raises:
        EquipoiseError: when the file cannot be read or is not GraphML.
    """
    raw = read_bytes(path)
    if not raw.strip():
        return Listing((), NO_TIES)
    try:
        return _listing(networkx.read_graphml(io.BytesIO(raw)))
    except ParseError as problem:
        raise EquipoiseError(f"{path}: not well-formed XML: {problem}.") from None
    except (
        networkx.NetworkXException,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
    ) as problem:
        raise EquipoiseError(f"{path}: not a GraphML file that can be read: {problem}.") from None


def from_listing(listing: Listing, source: str, tribes: TribeChoice) -> Network:
    """Return the network of a listing of one person or more, with notes on what was cleaned."""
    size = len(listing.names)
    notes = (*listing.notes, *_cleaned(listing.ends, source, size), *_parts(size, listing.ends))
    return arranged(size, listing.ends, tribes, listing.blocks, listing.names, notes)


def _cleaned(ends: Ints, source: str, size: int) -> Iterator[str]:
    """Yield a line on loops and a line on repeated ties, where there are any."""
    loops = int(np.sum(ends[:, 0] == ends[:, 1]))
    repeats = len(ends) - loops - len(_distinct(size, ends))
    if loops:
        yield f"{source}: {loops:,} tie{'s'[: loops > 1]} of a person to themselves left out"
    if repeats:
        yield f"{source}: {repeats:,} repeated tie{'s'[: repeats > 1]} (a-b again, or b-a) counted once"


def _parts(size: int, ends: Ints) -> Iterator[str]:
    """Yield a line on a network in several parts: how many, how large the largest."""
    parts = [len(part) for part in networkx.connected_components(_graph(size, ends))]
    if len(parts) > 1:
        share = max(parts) / size
        yield f"network: it is in {len(parts):,} unconnected parts; the largest holds {share:.1%} of the people"
