"""Networks as compressed rows, built with networkx: generated, read from a file, or from a graph."""

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
from equipoise.network.files import FILE_ADVICE, NetworkListing
from equipoise.randomness import Purpose, day_key
from equipoise.settings.text_file import read_file_bytes

TribeChoice = Literal["blocks", "detected", "single"]

NO_TIES: Ints = np.empty((0, 2), np.int64)
MIN_TRIBE_SIZE = 3
# Louvain takes seconds up to this size; for ten times as many people it can take minutes.
MAX_LOUVAIN_SIZE = 10_000


@dataclass(frozen=True, eq=False)
class Network:
    """Ties as compressed rows; both directions of each tie are stored.

    Person i hears ``neighbours[starts[i]:starts[i + 1]]``. People are numbered by tribe, and in the order of
    their source inside a tribe: members of a tribe talk most, so their state lies close together in memory.

    Attributes:
        starts: (N + 1,) int64, start of each person's row.
        neighbours: (E,) uint32, E = twice the ties; ascending in a row, no loops, no repeats.
        tribe: (N,) uint32, consecutive from 0 and ascending.
        names: the source's names of the people, or an empty tuple if the number is the name.
        notes: remarks for the user on what was cleaned or adjusted, one line each.
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
        """Return the source's name of a person, or the number if the source has none."""
        return self.names[person] if self.names else str(person)


def arrange_network(
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
        choice: source of the tribes.
        blocks: (N,) the source's own groups, consecutive from 0, if it has them.
        names: names of the people in the order of the source.
        notes: remarks for the user.
    """
    ends = _distinct_ties(size, ends)
    if choice == "single":
        tribe = np.zeros(size, np.int64)
    elif choice == "blocks" and blocks is not None:
        tribe = blocks
    else:
        tribe = _detect_tribes(size, ends)
    order = np.argsort(tribe, kind="stable")
    rank = np.argsort(order)
    both_directions = rank[np.concatenate((ends, ends[:, ::-1]))]
    hearer, neighbours = np.divmod(np.sort(both_directions @ [size, 1]), size)
    return Network(
        starts=np.searchsorted(hearer, np.arange(size + 1)),
        neighbours=neighbours.astype(np.uint32),
        tribe=tribe[order].astype(np.uint32),
        names=tuple(names[person] for person in order.tolist()) if names else (),
        notes=notes,
    )


def _distinct_ties(size: int, ends: Ints) -> Ints:
    """Return each different tie between two people once, smaller end first, ascending."""
    proper = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    keys = np.unique(proper @ [size, 1])
    return np.stack(np.divmod(keys, size), axis=1)


def _detect_tribes(size: int, ends: Ints) -> Ints:
    """Return tribes (N,) of people who have more ties among themselves.

    Fast label propagation (Traag & Subelj 2023, Sci. Rep. 13) or, up to 10,000 people, Louvain (Blondel et
    al. 2008, J. Stat. Mech. P10008), whichever has the larger modularity. The run's seed has no influence,
    so a file has the same tribes in every world. All groups of fewer than three people form the last tribe
    together, because a tribe of one would draw values of its own.
    """
    if not len(ends):
        return np.zeros(size, np.int64)
    graph, community = _build_graph(size, ends), networkx.community
    groups = list(community.fast_label_propagation_communities(graph, seed=0))
    if size <= MAX_LOUVAIN_SIZE:
        louvain_groups = community.louvain_communities(graph, seed=0)
        groups = max(groups, louvain_groups, key=partial(community.modularity, graph))
    groups.sort(key=lambda group: (len(group) < MIN_TRIBE_SIZE, min(group)))
    label = np.empty(size, np.int64)
    for number, group in enumerate(groups):
        label[list(group)] = number
    large_groups = sum(len(group) >= MIN_TRIBE_SIZE for group in groups)
    return np.minimum(label, large_groups)


def _build_graph(size: int, ends: Ints) -> networkx.Graph:
    graph = networkx.empty_graph(size)
    graph.add_edges_from(ends.tolist())
    return graph


# generated networks


def network_seed(seed: int) -> int:
    """Return the seed (32 bits) of a network's draws from the seed of a run."""
    return int(day_key(seed, Purpose.NETWORK, 0)) & 0xFFFFFFFF


def draw_small_world(size: int, degree: int, rewiring: float, seed: int) -> Ints:
    """Return the ties of a ring, each person tied to the ``degree`` nearest, with rewiring."""
    return _edge_ends(networkx.watts_strogatz_graph(size, degree, rewiring, network_seed(seed)))


def draw_preferential(size: int, attachment: int, triads: float, seed: int) -> Ints:
    """Return the ties of preferential attachment, with closing of triads if their chance is above 0."""
    graph_seed = network_seed(seed)
    if not attachment:
        return NO_TIES
    if not triads:
        return _edge_ends(networkx.barabasi_albert_graph(size, attachment, graph_seed))
    return _edge_ends(networkx.powerlaw_cluster_graph(size, attachment, triads, graph_seed))


def draw_blocks(
    size: int, count: int, degree: float, inside: float, seed: int
) -> tuple[Ints, Ints, float]:
    """Return ties, blocks (N,) and the attained mean degree of equal blocks with more ties inside.

    Stochastic blocks (Condon & Karp 2001, Random Struct. Alg. 18), composed of sparse random graphs: one for
    each block, and the ties across of one over all people. The distribution is that of networkx's
    stochastic_block_model, which visits all N^2 / 2 pairs (100,000 people: 27 s instead of 3).
    """
    blocks = np.arange(size) * count // size
    members = np.bincount(blocks)
    pairs_within = float(members @ (members - 1)) / 2
    pairs_across = size * (size - 1) / 2 - pairs_within
    rng = networkx.utils.create_py_random_state(network_seed(seed))
    share_within = inside if count > 1 else 1.0
    ties = size * degree / 2
    chance_within = _tie_chance(ties * share_within, pairs_within)
    chance_across = _tie_chance(ties * (1 - share_within), pairs_across)
    block_ties = [
        _edge_ends(networkx.fast_gnp_random_graph(n, chance_within, rng)) for n in members.tolist()
    ]
    first_member = np.cumsum(members) - members
    offset = np.repeat(first_member, [len(ends) for ends in block_ties])
    across = _edge_ends(networkx.fast_gnp_random_graph(size, chance_across, rng))
    across = across[blocks[across[:, 0]] != blocks[across[:, 1]]]
    ends = np.concatenate((np.concatenate(block_ties) + offset[:, None], across))
    expected_ties = chance_within * pairs_within + chance_across * pairs_across
    return ends, blocks, 2 * expected_ties / size


def _tie_chance(ties: float, pairs: float) -> float:
    """Return the chance of a tie; rounded, because networkx divides by log(1 - chance)."""
    return round(min(1.0, ties / max(pairs, 1.0)), 15)


def _edge_ends(graph: networkx.Graph) -> Ints:
    return np.fromiter(chain.from_iterable(graph.edges()), np.int64).reshape(-1, 2)


# users' networks


def from_graph(graph: networkx.Graph, tribes: TribeChoice = "blocks") -> Network:
    """Return the network of any networkx graph; people keep the names of its nodes.

    A directed tie is heard in both directions. With tribes="blocks" the node attribute ``tribe`` is used
    if every node has one; otherwise tribes are detected.

    Raises:
        EquipoiseError: if the graph has no nodes.
    """
    if not len(graph):
        raise EquipoiseError("The graph has no nodes: give one node for each person.")
    return build_from_listing(_list_graph(graph), "graph", tribes)


def _list_graph(graph: networkx.Graph) -> NetworkListing:
    """Return names, ties and blocks of a graph, in its own order."""
    labels = [str(label) for _, label in graph.nodes(data="tribe") if label is not None]
    blocks = None
    if labels and len(labels) == len(graph):
        index = {label: place for place, label in enumerate(dict.fromkeys(labels))}
        blocks = np.array([index[label] for label in labels])
    notes = ("directed ties are heard in both directions",) if graph.is_directed() else ()
    ends = _edge_ends(networkx.convert_node_labels_to_integers(graph))
    return NetworkListing(tuple(str(node) for node in graph), ends, blocks, notes)


def read_graphml(path: Path) -> NetworkListing:
    """Return the content of a GraphML file.

    Raises:
        EquipoiseError: if the file cannot be read or is not GraphML.
    """
    content = read_file_bytes(path, path.read_bytes, "network.path", FILE_ADVICE)
    if not content.strip():
        return NetworkListing((), NO_TIES)
    # networkx raises errors of all these kinds on XML that is no GraphML.
    unreadable = (networkx.NetworkXException, LookupError, ValueError, TypeError, AttributeError)
    try:
        return _list_graph(networkx.read_graphml(io.BytesIO(content)))
    except ParseError as problem:
        raise EquipoiseError(f"{path}: not well-formed XML: {problem}.") from None
    except unreadable as problem:
        raise EquipoiseError(f"{path}: not a GraphML file that can be read: {problem}.") from None


def build_from_listing(listing: NetworkListing, source: str, tribes: TribeChoice) -> Network:
    """Return the network of a listing of one person or more, with notes on what was cleaned."""
    size = len(listing.names)
    notes = (
        *listing.notes,
        *_note_dropped_ties(listing.ends, source, size),
        *_note_components(size, listing.ends),
    )
    return arrange_network(size, listing.ends, tribes, listing.blocks, listing.names, notes)


def _note_dropped_ties(ends: Ints, source: str, size: int) -> Iterator[str]:
    """Yield a note on loops and a note on repeated ties, if there are any."""
    loops = int(np.sum(ends[:, 0] == ends[:, 1]))
    repeats = len(ends) - loops - len(_distinct_ties(size, ends))
    if loops:
        plural = "s" if loops > 1 else ""
        yield f"{source}: {loops:,} tie{plural} of a person to themselves left out"
    if repeats:
        plural = "s" if repeats > 1 else ""
        yield f"{source}: {repeats:,} repeated tie{plural} (a-b again, or b-a) counted once"


def _note_components(size: int, ends: Ints) -> Iterator[str]:
    """Yield a note on a network in several components: their number, and the size of the largest."""
    sizes = [len(part) for part in networkx.connected_components(_build_graph(size, ends))]
    if len(sizes) > 1:
        share = max(sizes) / size
        yield (
            f"network: it has {len(sizes):,} unconnected components; "
            f"the largest holds {share:.1%} of the people"
        )
