"""The user's people and ties as a network: from a networkx graph, or from any listing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import networkx
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from equipoise.array_types import Floats, Ints
from equipoise.errors import EquipoiseError, suggest_spelling
from equipoise.network.graphs import Network, TribeChoice, arrange_network, count_distinct_ties
from equipoise.network.listing import AskedTies, NetworkListing, number_blocks, refuse_columns
from equipoise.network.weights import parse_weights

_MAX_LISTED = 8  # attributes that a note lists


def from_graph(
    graph: networkx.Graph,
    tribes: TribeChoice = "blocks",
    *,
    weight: str = "",
    directed: bool = False,
) -> Network:
    """Return the network of any networkx graph; people keep the names of its nodes.

    Args:
        graph: a node for each person. With tribes="blocks" the node attribute ``tribe`` is used if
            every node has one; otherwise tribes are detected.
        tribes: source of the tribes.
        weight: edge attribute with the strength of a tie, relative to its median; none if empty.
        directed: only the second person of a tie hears the first, not both each other.

    Raises:
        EquipoiseError: if the graph has no nodes, or a tie has no such weight.
    """
    if not len(graph):
        raise EquipoiseError("The graph has no nodes: give one node for each person.")
    listing = list_graph(graph, "graph", AskedTies(weight=weight, directed=directed))
    return build_from_listing(listing, "graph", tribes)


def list_graph(graph: networkx.Graph, source: str, asked: AskedTies) -> NetworkListing:
    """Return people, ties, tribes and weights of a graph, in its own order."""
    refuse_columns(asked, source)
    places = {node: place for place, node in enumerate(graph)}
    ends = [(places[one], places[other]) for one, other in graph.edges()]
    blocks, tribe_key, notes = _read_tribes(graph)
    if graph.is_directed() and not asked.directed:
        notes.append("directed ties are heard in both directions")
    notes += _note_unused_attributes(graph, tribe_key, asked.weight)
    return NetworkListing(
        size=len(graph),
        ends=np.array(ends, np.int64).reshape(-1, 2),
        blocks=blocks,
        names=tuple(map(str, graph)),
        notes=tuple(notes),
        weights=_read_weights(graph, asked.weight, source) if asked.weight else None,
        directed=asked.directed,
    )


def _read_tribes(graph: networkx.Graph) -> tuple[Ints | None, str, list[str]]:
    """Return the groups (N,) of the node attribute tribe, its spelling, and notes."""
    keys = dict.fromkeys(key for _, data in graph.nodes(data=True) for key in data)
    key = next((key for key in keys if str(key).casefold() == "tribe"), "")
    labels = [label for _, label in graph.nodes(data=key) if label is not None] if key else []
    absent = len(graph) - len(labels)
    if not labels:
        return None, key, []
    if absent:
        return None, key, [f"{key} is not used: {absent:,} people have none"]
    return number_blocks(list(map(str, labels))), key, []


def _read_weights(graph: networkx.Graph, weight: str, source: str) -> Floats:
    keys = {str(key) for *_, data in graph.edges(data=True) for key in data}
    if weight not in keys:
        listing = ", ".join(sorted(keys)) or "none"
        raise EquipoiseError(
            f"network.weight: the ties of {source} have no attribute {weight!r}."
            f"{suggest_spelling(weight, keys)} Attributes: {listing}."
        )
    ties = list(graph.edges(data=weight))
    texts = ["" if value is None else str(value) for *_, value in ties]
    places = [f"tie {one}-{other}" for one, other, _ in ties]
    return parse_weights(texts, places, source)


def _note_unused_attributes(graph: networkx.Graph, tribe_key: str, weight: str) -> Iterator[str]:
    node_keys = dict.fromkeys(str(key) for _, data in graph.nodes(data=True) for key in data)
    edge_keys = dict.fromkeys(str(key) for *_, data in graph.edges(data=True) for key in data)
    for what, keys, used in (("people", node_keys, tribe_key), ("ties", edge_keys, weight)):
        unused = [key for key in keys if key != used]
        if unused:
            listing = ", ".join(unused[:_MAX_LISTED])
            more = ", ..." if len(unused) > _MAX_LISTED else ""
            yield f"attributes of {what} not used: {listing}{more}"


def build_from_listing(listing: NetworkListing, source: str, tribes: TribeChoice) -> Network:
    """Return the network of one listed person or more, with notes on its size and what was cleaned."""
    notes = [
        _summarise(listing),
        *listing.notes,
        *_note_dropped_ties(listing),
    ]
    with_source = tuple(f"{source}: {note}" for note in notes)
    return arrange_network(replace(listing, notes=with_source), tribes)


def _summarise(listing: NetworkListing) -> str:
    """Return people, ties, components and the first tie, to be checked at a glance."""
    ties = count_distinct_ties(listing)
    entries = np.ones(len(listing.ends), np.int8), (listing.ends[:, 0], listing.ends[:, 1])
    matrix = coo_array(entries, shape=(listing.size, listing.size))
    count, component = connected_components(matrix, directed=False)
    parts = [_count(listing.size, "person", "people"), _count(ties, "tie", "ties")]
    parts.append(_count(count, "component", "components"))
    summary = ", ".join(parts)
    if count > 1:
        share = np.bincount(component).max() / listing.size
        summary += f", the largest with {share:.1%} of the people"
    proper = listing.ends[listing.ends[:, 0] != listing.ends[:, 1]]
    if len(proper):
        first, second = (listing.names[person] for person in proper[0].tolist())
        summary += f"; first tie {first}-{second}"
    return summary


def _count(number: int, singular: str, plural: str) -> str:
    return f"{number:,} {singular if number == 1 else plural}"


def _note_dropped_ties(listing: NetworkListing) -> Iterator[str]:
    """Yield a note on loops and a note on repeated ties, if there are any."""
    loops = int(np.sum(listing.ends[:, 0] == listing.ends[:, 1]))
    repeats = len(listing.ends) - loops - count_distinct_ties(listing)
    if loops:
        yield f"{_count(loops, 'tie', 'ties')} of a person to themselves left out"
    if repeats:
        reverse = "" if listing.directed else ", or b-a"
        yield f"{_count(repeats, 'repeated tie', 'repeated ties')} (a-b again{reverse}) counted once"
