"""Any small graph, written by networkx in any format, is read as the same people and ties."""

import json
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network_checks import check_rows, graph_of

from equipoise.network import Network, NetworkFile

# Words and sentences; networkx writes names into edge lists as they are, so they hold no marks.
words = st.text("abcdefghijkäöłж名", min_size=1, max_size=5).map(lambda word: f"n{word}")
sentences = st.lists(words, min_size=1, max_size=3).map(" ".join)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co", "Zl", "Zp")),
    min_size=1,
    max_size=6,
).filter(lambda name: name == name.strip() and name.isprintable())


@st.composite
def graphs(draw: st.DrawFn, names: st.SearchStrategy[str]) -> nx.Graph:
    """Return a graph of two people or more with a tie, and attributes of ties at random."""
    size = draw(st.integers(2, 9))
    labels = draw(st.lists(names, min_size=size, max_size=size, unique_by=str.casefold))
    places = st.integers(0, size - 1)
    ties = draw(st.lists(st.tuples(places, places), min_size=1, max_size=20))
    proper = [(one, other) for one, other in ties if one != other] or [(0, 1)]
    graph = draw(st.sampled_from([nx.Graph, nx.DiGraph]))()
    graph.add_nodes_from(labels)
    graph.add_edges_from((labels[one], labels[other]) for one, other in proper)
    attributes = draw(st.sampled_from(["none", "weight", "two"]))
    for number, data in enumerate(data for *_, data in graph.edges(data=True)):
        if attributes != "none":
            data["weight"] = number / 2
        if attributes == "two":
            data["kind"] = "gym, 'early' {it}"
    return graph


def named_ties(network: Network) -> tuple[set[str], set[frozenset[str]]]:
    ties = {frozenset(map(network.name, tie)) for tie in graph_of(network).edges}
    return set(network.names), ties


def expected_ties(graph: nx.Graph, *, isolated: bool) -> tuple[set[str], set[frozenset[str]]]:
    ties = {frozenset(tie) for tie in graph.edges}
    people = set(graph) if isolated else {name for tie in ties for name in tie}
    return people, ties


def read(path: Path, **options: object) -> Network:
    network = NetworkFile(path=str(path), **options).build(5, 0)
    check_rows(network)
    return network


FORMATS: dict[str, Callable[[nx.Graph, Path], None]] = {
    "g.graphml": nx.write_graphml,
    "g.gexf": nx.write_gexf,
    "g.gml": nx.write_gml,
    "g.json": lambda graph, path: path.write_text(json.dumps(nx.node_link_data(graph))),
    "g.net.gz": lambda graph, path: nx.write_pajek(graph, path),
    "g.graphml.gz": nx.write_graphml,
}
any_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


@pytest.mark.filterwarnings("ignore:Node attribute:UserWarning")
@pytest.mark.parametrize("name", [name for name in FORMATS if "net" not in name])
@any_folder
@given(graph=graphs(texts))
def test_formats_keep_people_and_ties(tmp_path, name, graph):
    FORMATS[name](graph, tmp_path / name)
    network = read(tmp_path / name)
    assert named_ties(network) == expected_ties(graph, isolated=True)
    if nx.get_edge_attributes(graph, "weight"):
        assert read(tmp_path / name, weight="weight").strengths is not None


@pytest.mark.filterwarnings("ignore::UserWarning")
@any_folder
@given(graph=graphs(sentences))
def test_pajek_keeps_people_and_ties(tmp_path, graph):
    for *_, data in graph.edges(data=True):
        data.pop("kind", None)
    nx.write_pajek(graph, tmp_path / "g.net")
    assert named_ties(read(tmp_path / "g.net")) == expected_ties(graph, isolated=True)


separators = st.sampled_from([" ", "\t", "  ", ",", ", ", ";", "|", " | "])


@any_folder
@given(graph=graphs(words), separator=separators, data=st.sampled_from([True, False, ["weight"]]))
def test_edge_lists_keep_ties(tmp_path, graph, separator, data):
    if data == ["weight"] and not nx.get_edge_attributes(graph, "weight"):
        data = False
    nx.write_edgelist(graph, tmp_path / "g.edges", delimiter=separator, data=data)
    network = read(tmp_path / "g.edges")
    assert named_ties(network) == expected_ties(graph, isolated=False)
    assert network.names[0] == next(iter(graph.edges))[0]


@any_folder
@given(graph=graphs(sentences), separator=st.sampled_from(["\t", ",", ";", "|"]))
def test_names_of_several_words_are_kept_by_marks(tmp_path, graph, separator):
    nx.write_edgelist(graph, tmp_path / "g.csv", delimiter=separator, data=False)
    assert named_ties(read(tmp_path / "g.csv")) == expected_ties(graph, isolated=False)


@any_folder
@given(graph=graphs(words), separator=separators)
def test_adjacency_lists_keep_people_and_ties(tmp_path, graph, separator):
    nx.write_adjlist(graph, tmp_path / "g.adjlist", delimiter=separator)
    widths = {len(graph.adj[name]) for name in graph}
    network = read(tmp_path / "g.adjlist")
    assert named_ties(network) == expected_ties(graph, isolated=True), widths


@any_folder
@given(graph=graphs(words), separator=st.sampled_from([",", ";", "\t"]), named=st.booleans())
def test_columns_are_found_among_others(tmp_path, graph, separator, named):
    lines = [
        f"{n}{separator}{a}{separator}x{n % 3}{separator}{b}"
        for n, (a, b) in enumerate(graph.edges)
    ]
    heading = separator.join(["id", "source", "kind", "target"] if named else ["n", "p", "k", "q"])
    (tmp_path / "g.csv").write_text("\n".join([heading, *lines]))
    network = read(tmp_path / "g.csv", columns=[] if named else ["p", "q"])
    assert named_ties(network) == expected_ties(graph, isolated=False)


@any_folder
@given(graph=graphs(words))
def test_matrices_with_names_keep_people_and_ties(tmp_path, graph):
    names = list(graph)
    matrix = nx.to_numpy_array(graph, weight=None)
    lines = [",".join(["", *names])]
    lines += [",".join([name, *map(str, row)]) for name, row in zip(names, matrix, strict=True)]
    (tmp_path / "g.csv").write_text("\n".join(lines))
    assert named_ties(read(tmp_path / "g.csv")) == expected_ties(graph, isolated=True)
