"""Networks in JSON: node-link data and other dictionaries of graphs, or lists of ties."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import networkx

from equipoise.errors import EquipoiseError
from equipoise.network.graph_formats import list_readable
from equipoise.network.headings import find_ends, is_people_heading
from equipoise.network.listing import AskedTies, NetworkListing
from equipoise.network.rows import TextRow, TextTable
from equipoise.network.table import list_table

_ID_KEYS = ("id", "key", "name", "label")
_LINK_KEYS = ("edges", "links", "relationships")
_CONVERT = "Give node-link data: nodes with an id, and links with source and target."


def list_json(text: str, source: str, asked: AskedTies) -> NetworkListing:
    """Return the people and ties of JSON, or of lines of JSON.

    Raises:
        EquipoiseError: if it cannot be read, or holds no ties that can be understood.
    """
    data = _parse_json(text, source)
    if isinstance(data, list):
        table = _tabulate(data, source, has_columns=bool(asked.columns))
        return list_table(table, source, asked)
    return list_readable(lambda: _build_graph(data), "JSON", source, asked)


def _parse_json(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        reason = problem
    # Databases export one record per line.
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise EquipoiseError(
            f"{source}: it looks like JSON, but cannot be read: {reason}. {_CONVERT}"
        ) from None


def _tabulate(data: Sequence[Any], source: str, *, has_columns: bool) -> TextTable:
    """Return a list of pairs or of records as a table; ``has_columns`` if the user names them.

    Raises:
        EquipoiseError: if it is a list of other things.
    """
    if all(isinstance(item, Mapping) for item in data):
        lists = _align_records(data)
        if not has_columns and find_ends(lists[0]) is None and not is_people_heading(lists[0]):
            raise EquipoiseError(
                f"{source}: its records have no source and target, but {_list_keys(lists[0])}. "
                "Name the keys of both people of a tie, as in network.columns=[source,target]."
            )
    elif all(isinstance(item, list) for item in data):
        lists = list(data)
    else:
        raise EquipoiseError(f"{source}: it is a JSON list, but not of ties. {_CONVERT}")
    rows = []
    for number, values in enumerate(lists, 1):
        fields = list(map(_as_text, values))
        if fields:
            # An odd quote in the text of a line would be one that is left open.
            text = ",".join(fields).replace('"', "'")
            rows.append(TextRow(number, text, fields))
    return TextTable(rows)


def _align_records(records: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Return records as lists, below a list of all their keys."""
    heading = list(dict.fromkeys(chain.from_iterable(records)))
    return [heading, *(list(map(record.get, heading)) for record in records)]


def _as_text(value: Any) -> str:
    value = _unwrap_person(value)
    return "" if value is None else str(value)


def _unwrap_person(value: Any) -> Any:
    """Return the id of a person that a tie gives as a record, as Neo4j and D3 do, or the value."""
    if not isinstance(value, Mapping):
        return value
    key = next((key for key in _ID_KEYS if key in value), "")
    return value[key] if key else value


def _as_id(value: Any) -> str | None:
    """Return an id as text, 7.0 as 7, so that it is the same person in nodes and links."""
    value = _unwrap_person(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None else str(value)


def _build_graph(data: Mapping[str, Any]) -> networkx.Graph:
    """Return the graph of node-link, adjacency, Cytoscape or JSON Graph Format data."""
    if "adjacency" in data:
        return networkx.adjacency_graph(data)
    data = _find_nodes_and_links(data)
    if _is_adjacency(data):
        return networkx.from_dict_of_lists(data)
    link_key = next((key for key in _LINK_KEYS if key in data), "")
    if not link_key or "nodes" not in data:
        raise ValueError(f"nodes and links are expected, not {_list_keys(data)}")
    first, second = _find_end_keys(data[link_key])
    ends = [_unwrap_person(link[key]) for link in data[link_key] for key in (first, second)]
    graph_data = {
        "directed": bool(data.get("directed")),
        "multigraph": bool(data.get("multigraph")),
        "graph": {},
        "nodes": _name_nodes(data["nodes"], ends),
        "edges": [_name_ends(link, first, second) for link in data[link_key]],
    }
    return networkx.node_link_graph(graph_data, source=first, target=second, edges="edges")


def _find_nodes_and_links(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of data that holds nodes and links, as records without further wrapping."""
    inner = data.get("graph")
    if "elements" in data:
        return {kind: _unwrap_elements(items) for kind, items in data["elements"].items()}
    if "nodes" not in data and isinstance(inner, Mapping):
        return inner
    return data


def _unwrap_elements(items: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the records of nodes or edges of Cytoscape."""
    return [item["data"] for item in items]


def _is_adjacency(data: Mapping[str, Any]) -> bool:
    """Return True if data are lists of neighbours by name, in which each person has a list."""
    lists = list(data.values())
    if not lists or not all(isinstance(names, list) for names in lists):
        return False
    names = list(chain.from_iterable(lists))
    return all(isinstance(name, str) and name in data for name in names)


def _name_ends(link: Mapping[str, Any], first: str, second: str) -> dict[str, Any]:
    return {**link, first: _as_id(link[first]), second: _as_id(link[second])}


def _name_nodes(nodes: Any, ends: Sequence[Any]) -> list[Any]:
    """Return nodes as records with an id: their own, another key that names ends, or their place.

    Raises:
        ValueError: if links name people who are no nodes.
    """
    if isinstance(nodes, Mapping):
        records = [{**node, "id": name} for name, node in nodes.items()]
    else:
        records = list(map(_as_record, nodes))
    tied = set(map(_as_id, ends))
    for key in _ID_KEYS:
        names = [_as_id(record.get(key)) for record in records]
        if tied.issubset(names):
            return _set_ids(records, names)
    places = list(map(str, range(len(records))))
    if records and not _are_places(ends, set(places)):
        ids = {_as_id(record.get("id")) for record in records}
        unknown = min(map(str, tied - ids))
        raise ValueError(f"links name {unknown!r}, which is no node")
    return _set_ids(records, places)


def _set_ids(
    records: Sequence[Mapping[str, Any]], ids: Sequence[str | None]
) -> list[dict[str, Any]]:
    return [{**record, "id": name} for record, name in zip(records, ids, strict=True)]


def _are_places(ends: Sequence[Any], places: set[str]) -> bool:
    """Return True if all ends are numbers of nodes; a number in text is never a place."""
    if any(isinstance(end, str) for end in ends):
        return False
    return places.issuperset(map(_as_id, ends))


def _as_record(node: Any) -> Any:
    return node if isinstance(node, Mapping) else {"id": node}


def _find_end_keys(links: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return the keys of both ends of a link, such as source and target, or from and to."""
    if not links:
        return "source", "target"
    keys = list(links[0])
    ends = find_ends(keys)
    if ends is None:
        raise ValueError(f"links have no source and target, but {_list_keys(links[0])}")
    first, second = ends
    return keys[first], keys[second]


def _list_keys(record: Iterable[str]) -> str:
    return ", ".join(list(record)[:5])
