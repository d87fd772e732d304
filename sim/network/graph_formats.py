"""GraphML, GEXF, GML and Matrix Market files, read by networkx and scipy."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from xml.etree import ElementTree

import networkx
from networkx.readwrite.graphml import GraphMLReader
from scipy.io import mmread
from scipy.sparse import coo_array

from equipoise.errors import EquipoiseError
from equipoise.network.content import FILE_ADVICE
from equipoise.network.listing import MAX_PEOPLE, AskedTies, NetworkListing
from equipoise.network.own_graph import list_graph

_GRAPHML_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
_GRAPH_START = re.compile(r"\bgraph\s*\[", re.IGNORECASE)
_GEXF_NAMESPACE = "http://www.gexf.net/1.2draft"
# Words of both XML formats, of a graph or of one tie, for ties with a direction.
_DIRECTED = {"directed", "true", "1"}
# networkx raises errors of all these kinds on content that it cannot read.
_UNREADABLE = (
    networkx.NetworkXException,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    StopIteration,
)


def list_readable(
    read: Callable[[], networkx.Graph], kind: str, source: str, asked: AskedTies
) -> NetworkListing:
    """Return the content of a graph that networkx reads.

    Raises:
        EquipoiseError: if networkx cannot read it.
    """
    try:
        # The warnings of networkx concern attributes that are not used.
        with warnings.catch_warnings(action="ignore"):
            graph = read()
    except _UNREADABLE as problem:
        raise EquipoiseError(f"{source}: not a {kind} file that can be read: {problem}.") from None
    return list_graph(graph, source, asked)


# XML


def list_xml(text: str, source: str, asked: AskedTies) -> NetworkListing:
    """Return the people and ties of GraphML or GEXF.

    Raises:
        EquipoiseError: if it is not well-formed XML, or XML of another kind.
    """
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as problem:
        raise EquipoiseError(f"{source}: not well-formed XML: {problem}. {FILE_ADVICE}") from None
    kind = _local_name(root)
    if kind == "graphml":
        return list_readable(lambda: _read_graphml(root, asked), "GraphML", source, asked)
    if kind == "gexf":
        return list_readable(lambda: _read_gexf(root, asked), "GEXF", source, asked)
    description = "a web page" if kind.lower() == "html" else f"XML of another kind (<{kind}>)"
    raise EquipoiseError(
        f"{source}: not a GraphML file that can be read: it is {description}. {FILE_ADVICE}"
    )


def _local_name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _as_text(root: ElementTree.Element) -> str:
    return ElementTree.tostring(root, encoding="unicode")


def _read_graphml(root: ElementTree.Element, asked: AskedTies) -> networkx.Graph:
    """Return the first graph of GraphML; attributes of any type are read as text."""
    keys = set()
    for element in root.iter():
        name = _local_name(element)
        if not element.tag.startswith("{"):
            element.tag = f"{{{_GRAPHML_NAMESPACE}}}{name}"
        if name == "key":
            # networkx knows some types only, and fails on values of another type.
            element.set("attr.type", "string")
            keys.add(element.get("id"))
    for graph in root.iter(f"{{{_GRAPHML_NAMESPACE}}}graph"):
        _unify_directions(graph, graph, ("edgedefault", "directed"), asked)
    _remove_unknown_data(root, keys)
    graphs = list(GraphMLReader()(string=_as_text(root)))
    if not graphs:
        raise ValueError("it holds no graph")
    return graphs[0]


def _remove_unknown_data(root: ElementTree.Element, keys: set[str | None]) -> None:
    """Remove the values of attributes that are not declared, which networkx refuses."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _local_name(child) == "data" and child.get("key") not in keys:
                parent.remove(child)


def _unify_directions(
    graph: ElementTree.Element,
    parent: ElementTree.Element,
    attributes: tuple[str, str],
    asked: AskedTies,
) -> None:
    """Write all ties of a graph with a direction, or none: networkx refuses a mixture.

    Args:
        graph: the element of the graph.
        parent: the element with its ties.
        attributes: names of the attributes for the direction of a graph and of one tie.
        asked: the user's words; if directions are asked for, an undirected tie becomes two.
    """
    of_graph, of_tie = attributes
    default = graph.get(of_graph, "")
    ties = [child for child in parent if _local_name(child) == "edge"]
    directions = [tie.attrib.pop(of_tie, default) in _DIRECTED for tie in ties]
    if not any(directions):
        graph.set(of_graph, "undirected")
        return
    graph.set(of_graph, "directed")
    if asked.directed:
        flags = zip(ties, directions, strict=True)
        undirected = [tie for tie, is_directed in flags if not is_directed]
        parent.extend(map(_reverse_tie, filter(_has_two_people, undirected)))


def _has_two_people(tie: ElementTree.Element) -> bool:
    return tie.get("source") != tie.get("target")


def _reverse_tie(tie: ElementTree.Element) -> ElementTree.Element:
    ends = {"source": tie.get("target", ""), "target": tie.get("source", "")}
    reverse = ElementTree.Element(tie.tag, {**tie.attrib, **ends})
    reverse.extend(tie)
    return reverse


def _read_gexf(root: ElementTree.Element, asked: AskedTies) -> networkx.Graph:
    """Return the graph of GEXF of any version; attributes of any type are read as text."""
    for element in root.iter():
        name = _local_name(element)
        # networkx knows some versions only, by their namespace.
        element.tag = f"{{{_GEXF_NAMESPACE}}}{name}"
        if name == "attribute":
            element.set("type", "string")  # as in GraphML
    for graph in root.iter(f"{{{_GEXF_NAMESPACE}}}graph"):
        for ties in graph.findall(f"{{{_GEXF_NAMESPACE}}}edges"):
            _unify_directions(graph, ties, ("defaultedgetype", "type"), asked)
    return networkx.read_gexf(io.BytesIO(_as_text(root).encode()))


# other formats


def list_gml(text: str, source: str, asked: AskedTies) -> NetworkListing:
    """Return the people and ties of GML.

    Raises:
        EquipoiseError: if networkx cannot read it.
    """
    return list_readable(lambda: _read_gml(text), "GML", source, asked)


def _read_gml(text: str) -> networkx.Graph:
    """Return the graph of GML; where labels are absent or shared, ids name the people."""
    if "multigraph" not in text:
        # networkx refuses repeated ties otherwise.
        text = _GRAPH_START.sub("graph [ multigraph 1 ", text, count=1)
    try:
        return networkx.parse_gml(text, label="label")
    except networkx.NetworkXError:
        # It says that a label is absent or comes twice; any other error comes again.
        return networkx.parse_gml(text, label="id")


def list_matrix_market(content: bytes, source: str, asked: AskedTies) -> NetworkListing:
    """Return the people, called by number from 1, and ties of a Matrix Market file.

    Raises:
        EquipoiseError: if scipy cannot read it, or the matrix is not square.
    """
    return list_readable(lambda: _read_matrix_market(content), "Matrix Market", source, asked)


def _read_matrix_market(content: bytes) -> networkx.Graph:
    matrix = coo_array(mmread(io.BytesIO(content), spmatrix=False))
    if max(matrix.shape) > MAX_PEOPLE:
        raise ValueError(f"it has more than {MAX_PEOPLE:,} people")
    # scipy completes a matrix of which the file holds one half.
    is_symmetric = (abs(matrix - matrix.T)).nnz == 0
    kind = networkx.Graph if is_symmetric else networkx.DiGraph
    graph = networkx.from_scipy_sparse_array(matrix, create_using=kind)
    if b"pattern" in content.partition(b"\n")[0]:
        # A pattern has no weights; scipy gives each tie a 1.
        for *_, attributes in graph.edges(data=True):
            attributes.clear()
    return networkx.relabel_nodes(graph, {node: node + 1 for node in graph})
