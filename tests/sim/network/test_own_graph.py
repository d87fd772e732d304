"""Graphs of networkx as networks: ties, tribes, weights, directions, notes on the rest."""

import networkx as nx
import pytest
from network_checks import check_rows, directions, graph_of, pairs, strengths

from equipoise.errors import EquipoiseError
from equipoise.network import from_graph


def test_any_graph_of_networkx():
    club = from_graph(nx.karate_club_graph())
    check_rows(club)
    assert (club.size, club.ties) == (34, 78)
    assert club.notes == (
        "graph: 34 people, 78 ties, 1 component; first tie 0-1",
        "graph: attributes of people not used: club",
        "graph: attributes of ties not used: weight",
    )
    groups = [set((club.tribe == tribe).nonzero()[0].tolist()) for tribe in set(club.tribe)]
    assert nx.community.modularity(graph_of(club), groups) > 0.4
    several = from_graph(nx.MultiDiGraph([("a", "b"), ("a", "b"), ("b", ("t", 1))]))
    assert pairs(several) == {frozenset(("a", "b")), frozenset(("b", "('t', 1)"))}
    assert from_graph(nx.complete_graph(4), tribes="single").tribe.tolist() == [0] * 4
    with pytest.raises(EquipoiseError, match="The graph has no nodes"):
        from_graph(nx.Graph())


def test_tribes_are_an_attribute_of_every_node():
    graph = nx.path_graph(6)
    nx.set_node_attributes(graph, {n: "left" if n < 3 else "right" for n in graph}, "Tribe")
    assert from_graph(graph).tribe.tolist() == [0, 0, 0, 1, 1, 1]
    assert len(from_graph(graph).notes) == 1
    del graph.nodes[5]["Tribe"]
    assert "graph: Tribe is not used: 1 person without one" in from_graph(graph).notes


def test_weights_are_strengths_relative_to_the_median():
    graph = nx.Graph()
    graph.add_weighted_edges_from([("a", "b", 4), ("b", "c", 5), ("c", "d", 1), ("d", "e", 80)])
    network = from_graph(graph, weight="weight")
    check_rows(network)
    strength = strengths(network)
    assert strength["a", "b"] == strength["b", "a"] == pytest.approx(4 / 4.5)
    assert strength["b", "c"] == pytest.approx(5 / 4.5)
    assert strength["c", "d"] == 0.5
    assert strength["e", "d"] == 2
    assert "not used" not in " ".join(network.notes)


def test_weights_of_repeated_ties_are_added_up():
    graph = nx.MultiDiGraph()
    ties = [("a", "b", 1), ("b", "a", 1), ("b", "c", 2), ("c", "c", 9), ("c", "a", 3)]
    graph.add_weighted_edges_from(ties)
    strength = strengths(from_graph(graph, weight="weight"))
    assert strength["a", "b"] == strength["b", "c"] == 1
    assert strength["a", "c"] == 1.5


def test_weights_that_are_all_zero_do_not_divide():
    graph = nx.Graph()
    graph.add_weighted_edges_from([("a", "b", 0), ("b", "c", 0), ("c", "d", 0), ("d", "e", 7)])
    strength = strengths(from_graph(graph, weight="weight"))
    assert (strength["a", "b"], strength["d", "e"]) == (0.5, 2)


@pytest.mark.parametrize(
    ("weight", "value", "problem"),
    [
        ("wieght", 1, "no attribute 'wieght'. Did you mean 'weight'"),
        ("weight", -1, "tie a-b has the weight '-1'; write a number of 0 or more"),
        ("weight", "much", "tie a-b has the weight 'much'"),
        ("weight", None, "tie a-b has the weight 'None'"),
        ("weight", float("nan"), "tie a-b has the weight 'nan'"),
    ],
)
def test_weights_that_are_none(weight, value, problem):
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=value)
    with pytest.raises(EquipoiseError, match=problem):
        from_graph(graph, weight=weight)


def test_direction_is_kept_if_asked():
    graph = nx.DiGraph([("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("c", "d")])
    both = from_graph(graph)
    assert (both.ties, len(both.neighbours)) == (3, 6)
    assert "graph: directed ties are heard in both directions" in both.notes
    directed = from_graph(graph, directed=True)
    check_rows(directed)
    assert directions(directed) == {("a", "b"), ("b", "a"), ("b", "c"), ("c", "d")}
    assert directed.notes == ("graph: 4 people, 4 ties, 1 component; first tie a-b",)


def test_strengths_follow_their_direction():
    graph = nx.DiGraph()
    graph.add_weighted_edges_from([("a", "b", 2), ("b", "a", 1), ("b", "c", 1)])
    strength = strengths(from_graph(graph, weight="weight", directed=True))
    assert strength == {("a", "b"): 2, ("b", "a"): 1, ("b", "c"): 1}
