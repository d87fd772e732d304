"""The door to networkx: any of its graphs, and GraphML files, as networks."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import numpy as np

from equipoise.arraytypes import Ints
from equipoise.errors import EquipoiseError
from equipoise.network.files import Listing, from_listing, read_bytes
from equipoise.network.rows import Network, TribeChoice

if TYPE_CHECKING:
    import networkx


def from_graph(graph: networkx.Graph, tribes: TribeChoice = "blocks") -> Network:
    """Return a network of any networkx graph; people keep the names of its nodes.

    A directed tie is heard in both directions. With tribes="blocks" the node attribute ``tribe`` is used
    where every node has one; otherwise tribes are detected.

    Raises:
        EquipoiseError: when the graph has no nodes.
    """
    if not len(graph):
        raise EquipoiseError("the graph has no nodes: give one node for each person.")
    return from_listing(graph_listing(graph), "graph", tribes)


def graph_listing(graph: networkx.Graph) -> Listing:
    """Return names, ties and blocks of a graph, in its own order."""
    index = {node: place for place, node in enumerate(graph)}
    ends = [(index[left], index[right]) for left, right in graph.edges()]
    notes = ("directed ties are heard in both directions",) if graph.is_directed() else ()
    return Listing(
        tuple(str(node) for node in graph),
        np.array(ends, np.int64).reshape(-1, 2),
        _blocks(graph),
        notes,
    )


def _blocks(graph: networkx.Graph) -> Ints | None:
    labels = [str(label) for _, label in graph.nodes(data="tribe") if label is not None]
    if len(labels) < len(graph) or not labels:
        return None
    index = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return np.array([index[label] for label in labels], np.int64)


def read_graphml(path: Path) -> Listing:
    """Return what a GraphML file holds.

    Raises:
        EquipoiseError: when the file cannot be read or is not GraphML.
    """
    import networkx  # a third of a second, for those who need it

    raw = read_bytes(path)
    if not raw.strip():
        return Listing((), np.empty((0, 2), np.int64))
    try:
        return graph_listing(networkx.read_graphml(io.BytesIO(raw)))
    except ParseError as problem:
        raise EquipoiseError(f"{path}: not well-formed XML: {problem}.") from None
    except (networkx.NetworkXException, LookupError, ValueError, TypeError, AttributeError) as problem:
        raise EquipoiseError(f"{path}: not a GraphML file that can be read: {problem}.") from None
