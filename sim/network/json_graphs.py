"""Networks in JSON: node-link data and other dictionaries of graphs, or lists of ties."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import networkx

from equipoise.errors import EquipoiseError
from equipoise.network.graph_formats import list_readable
from equipoise.network.headings import find_ends
from equipoise.network.listing import AskedTies, NetworkListing
from equipoise.network.rows import TextRow, TextTable
from equipoise.network.table import list_table

_LINK_KEYS = ("edges", "links", "relationships")
_CONVERT = "Give node-link data: nodes with an id, and links with source and target."


def list_json(text: str, source: str, asked: AskedTies) -> NetworkListing:
    """Return the people and ties of JSON, or of lines of JSON.

    Raises:
        EquipoiseError: if it cannot be read, or holds no ties that can be understood.
    """
    data = _parse_json(text, source)
    if isinstance(data, list):
        return list_table(_tabulate(data, source), source, asked)
    return list_readable(lambda: _build_graph(data), "JSON", source, asked)


def _parse_json(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        reason = problem
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise EquipoiseError(
            f"{source}: it looks like JSON, but cannot be read: {reason}. {_CONVERT}"
        ) from None


def _tabulate(data: Sequence[Any], source: str) -> TextTable:
    """Return a list of pairs or of records as a table.

    Raises:
        EquipoiseError: if it is a list of other things.
    """
    if all(isinstance(item, Mapping) for item in data):
        heading = list(dict.fromkeys(key for item in data for key in item))
        lists = [heading, *([item.get(key) for key in heading] for item in data)]
    elif all(isinstance(item, list) for item in data):
        lists = list(data)
    else:
        raise EquipoiseError(f"{source}: it is a JSON list, but not of ties. {_CONVERT}")
    rows = []
    for number, values in enumerate(lists, 1):
        fields = ["" if value is None else str(value) for value in values]
        rows.append(TextRow(number, ",".join(fields), fields))
    return TextTable(rows)


def _build_graph(data: Mapping[str, Any]) -> networkx.Graph:
    """Return the graph of node-link, adjacency, Cytoscape or JSON Graph Format data."""
    if "adjacency" in data:
        return networkx.adjacency_graph(data)
    inner = data.get("graph")
    if "elements" in data:
        elements = data["elements"]
        data = {kind: [item["data"] for item in items] for kind, items in elements.items()}
    elif "nodes" not in data and isinstance(inner, Mapping):
        data = inner
    link_key = next((key for key in _LINK_KEYS if key in data), "")
    if not link_key or "nodes" not in data:
        raise ValueError(f"nodes and links are expected, not {', '.join(list(data)[:5])}")
    links = data[link_key]
    nodes = _name_nodes(data["nodes"])
    first, second = _find_end_keys(links)
    flags = {name: bool(data.get(name, False)) for name in ("directed", "multigraph")}
    return networkx.node_link_graph(
        {**flags, "graph": {}, "nodes": nodes, "edges": links},
        source=first,
        target=second,
        edges="edges",
    )


def _name_nodes(nodes: Any) -> list[dict[str, Any]]:
    """Return nodes as records with an id, given as records, as names, or by name."""
    if isinstance(nodes, Mapping):
        return [{**node, "id": name} for name, node in nodes.items()]
    return [dict(node) if isinstance(node, Mapping) else {"id": node} for node in nodes]


def _find_end_keys(links: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return the keys of both ends of a link, such as source and target, or from and to."""
    keys = list(links[0]) if links else []
    ends = find_ends(keys)
    if keys and not ends:
        raise ValueError(f"links have no source and target, but {', '.join(keys[:5])}")
    return (keys[ends[0]], keys[ends[1]]) if ends else ("source", "target")
