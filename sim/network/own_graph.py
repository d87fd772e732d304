"""The user's people and ties as a network: from a networkx graph, or from any listing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

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
    """Return people, ties, tribes and weights of a graph, in its own order.

    If directions are asked for, undirected ties are heard both ways.
    """
    refuse_columns(asked, source)
    if asked.directed:
        # It changes nothing in a directed graph.
        graph = graph.to_directed()
    blocks, notes = _read_blocks(graph)
    if graph.is_directed() and not asked.directed:
        notes.append("directed ties are heard in both directions")
    notes += _note_unused_attributes(graph, asked.weight)
    return NetworkListing(
        size=len(graph),
        ends=_read_ends(graph),
        blocks=blocks,
        names=tuple(map(str, graph)),
        notes=tuple(notes),
        weights=_read_weights(graph, asked.weight, source) if asked.weight else None,
        directed=asked.directed,
    )


def _read_ends(graph: networkx.Graph) -> Ints:
    places = {node: place for place, node in enumerate(graph)}
    ends = [(places[first], places[second]) for first, second in graph.edges()]
    return np.array(ends, np.int64).reshape(-1, 2)


def _attribute_names(items: Iterable[Sequence[Any]]) -> list[Any]:
    """Return the names of attributes of nodes or edges, in order of first appearance."""
    return list(dict.fromkeys(chain.from_iterable(item[-1] for item in items)))


def _find_tribe_key(graph: networkx.Graph) -> Any:
    """Return the name of the node attribute tribe as the graph spells it, or None."""
    keys = _attribute_names(graph.nodes(data=True))
    spellings = {str(key).casefold(): key for key in keys}
    return spellings.get("tribe")


def _read_blocks(graph: networkx.Graph) -> tuple[Ints | None, list[str]]:
    """Return the groups (N,) of the node attribute tribe if every node has one, and notes."""
    tribe_key = _find_tribe_key(graph)
    if tribe_key is None:
        return None, []
    labels = [str(label) for _, label in graph.nodes(data=tribe_key) if label is not None]
    absent = len(graph) - len(labels)
    if absent:
        return None, [f"{tribe_key} is not used: {count_of(absent, 'person')} without one"]
    return number_blocks(labels), []


def _check_attribute(weight: str, keys: Sequence[Any], source: str) -> None:
    """Refuse a weight that no tie has.

    Raises:
        EquipoiseError: with the nearest spelling.
    """
    names = list(map(str, keys))
    if weight not in names:
        suggestion = suggest_spelling(weight, names)
        listing = ", ".join(names) or "none"
        raise EquipoiseError(
            f"network.weight: the ties of {source} have no attribute {weight!r}.{suggestion} "
            f"Attributes: {listing}."
        )


def _read_weights(graph: networkx.Graph, weight: str, source: str) -> Floats:
    _check_attribute(weight, _attribute_names(graph.edges(data=True)), source)
    texts = []
    places = []
    for first, second, value in graph.edges(data=weight, default=""):
        texts.append(str(value))
        places.append(f"tie {first}-{second}")
    return parse_weights(texts, places, source)


def _note_unused_attributes(graph: networkx.Graph, weight: str) -> list[str]:
    """Return notes on the attributes of people and of ties that are not used."""
    tribe_key = _find_tribe_key(graph)
    node_keys = _attribute_names(graph.nodes(data=True))
    tie_keys = _attribute_names(graph.edges(data=True))
    notes = _note_unused("people", node_keys, tribe_key)
    notes += _note_unused("ties", tie_keys, weight)
    return notes


def _note_unused(what: str, keys: Sequence[Any], used: Any) -> list[str]:
    unused = [str(key) for key in keys if key != used]
    if not unused:
        return []
    if len(unused) > _MAX_LISTED:
        unused[_MAX_LISTED:] = ["..."]
    listing = ", ".join(unused)
    return [f"attributes of {what} not used: {listing}"]


# from a listing


def build_from_listing(listing: NetworkListing, source: str, tribes: TribeChoice) -> Network:
    """Return the network of one listed person or more, with notes on its size and on changes."""
    notes = [_summarise(listing), *listing.notes, *_note_dropped_ties(listing)]
    with_source = [f"{source}: {note}" for note in notes]
    return arrange_network(replace(listing, notes=tuple(with_source)), tribes)


def _summarise(listing: NetworkListing) -> str:
    """Return people, ties, components and the first tie, to be checked at a glance."""
    people = count_of(listing.size, "person")
    ties = count_of(count_distinct_ties(listing), "tie")
    return f"{people}, {ties}, {_describe_components(listing)}{_describe_first_tie(listing)}"


def _describe_components(listing: NetworkListing) -> str:
    first, second = listing.ends.T
    # scipy counts components of a large network many times faster than networkx.
    is_tied = np.ones(len(first), np.int8)
    matrix = coo_array((is_tied, (first, second)), shape=(listing.size, listing.size))
    number, component = connected_components(matrix, directed=False)
    if number == 1:
        return "1 component"
    share = np.bincount(component).max() / listing.size
    return f"{number:,} components, the largest with {share:.1%} of the people"


def _describe_first_tie(listing: NetworkListing) -> str:
    proper = _proper_ties(listing)
    if not len(proper):
        return ""
    first, second = proper[0].tolist()
    return f"; first tie {listing.names[first]}-{listing.names[second]}"


def _proper_ties(listing: NetworkListing) -> Ints:
    """Return the ties between two people."""
    first, second = listing.ends.T
    proper: Ints = listing.ends[first != second]
    return proper


def count_of(number: int, singular: str) -> str:
    """Return a number with its noun, such as "1 person" or "4,039 people"."""
    plural = "people" if singular == "person" else f"{singular}s"
    return f"{number:,} {singular if number == 1 else plural}"


def _note_dropped_ties(listing: NetworkListing) -> Iterator[str]:
    """Yield a note on loops and a note on repeated ties, if there are any."""
    proper = len(_proper_ties(listing))
    loops = len(listing.ends) - proper
    repeats = proper - count_distinct_ties(listing)
    if loops:
        yield f"{count_of(loops, 'tie')} of a person to themselves left out"
    if repeats:
        reverse = "" if listing.directed else ", or b-a"
        yield f"{count_of(repeats, 'repeated tie')} (a-b again{reverse}) counted once"
