"""The ties of a network: tribes, layers, fading."""

import networkx as nx
import numpy as np
import pytest

from equipoise.consumers.ties import OFFLINE, ONLINE, build_ties
from equipoise.experiments.config.compose import compose
from equipoise.mesa_model import BrandCommunity
from equipoise.model import World
from equipoise.network import from_graph
from equipoise.settings.settings import Settings

ONLY_TIES = (
    "strategy=do_nothing",
    "community.people.customers=0.9",
    "information.regime=friends",
)


def build(size=300, days=50, **community):
    given = Settings.model_validate({"community": {"size": size, **community}, "seed": 2})
    network = given.network.build(size, given.seed)
    return build_ties(network, given, days, np.float32), network


def pairs(network):
    speakers = np.repeat(np.arange(network.size), np.diff(network.starts))
    return list(zip(speakers.tolist(), network.neighbours.tolist(), strict=True))


def test_ties_begin_with_strength_1_and_unused():
    ties, network = build()
    assert len(ties.strength) == len(ties.last_used) == len(network.neighbours)
    assert (ties.strength == 1).all()
    assert not ties.last_used.any()


def build_graph(graph, **options):
    given = Settings.model_validate({"seed": 2})
    network = from_graph(graph, tribes="single", **options)
    return build_ties(network, given, 10, np.float64), network


def test_ties_begin_with_the_strength_that_the_network_gives():
    graph = nx.Graph()
    graph.add_weighted_edges_from([("a", "b", 4), ("b", "c", 2), ("c", "d", 1)])
    ties, network = build_graph(graph, weight="weight")
    assert ties.strength.tolist() == network.strengths.tolist() == [2, 2, 1, 1, 0.5, 0.5]


def test_everybody_hears_the_own_neighbours():
    ties, _ = build()
    assert ties.sources.tolist() == np.diff(ties.starts).tolist()


def test_directed_ties_are_heard_by_the_second_person_only():
    graph = nx.DiGraph([("star", "a"), ("star", "b"), ("star", "c"), ("a", "b")])
    ties, network = build_graph(graph, directed=True)
    assert network.names == ("star", "a", "b", "c")
    assert np.diff(ties.starts).tolist() == [3, 1, 0, 0]
    assert ties.sources.tolist() == [0, 1, 2, 1]


@pytest.mark.parametrize("engine", [None, "agents"])
def test_in_a_directed_network_word_travels_one_way(engine):
    """People who hear nobody are never moved by peers."""
    words = ("horizon=20", "burn_in=0", *ONLY_TIES)
    given = compose(*words, *([f"engine={engine}"] if engine else []))
    graph = nx.DiGraph([(one, other) for one in range(10) for other in range(10, 30)])
    moved = {}
    for directed in (False, True):
        network = from_graph(graph, tribes="single", directed=directed)
        world = BrandCommunity(given, network).world if engine else World(given, network)
        world.run()
        moved[directed] = world.people.social != 0
    is_speaker = np.array([int(name) < 10 for name in network.names])
    assert not moved[True][is_speaker].any()
    assert moved[True][~is_speaker].any()
    assert moved[False][is_speaker].any()


def test_same_tribe_is_marked():
    ties, network = build()
    expected = [network.tribe[a] == network.tribe[b] for a, b in pairs(network)]
    np.testing.assert_array_equal(ties.same_tribe, expected)
    assert 0 < ties.same_tribe.mean() < 1


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_offline_share_is_that_of_the_setting(share):
    ties, _ = build(size=2000, hearing={"offline_share": share})
    assert (ties.layer == OFFLINE).mean() == pytest.approx(share, abs=0.03)


def test_a_tie_has_one_layer_in_both_directions():
    ties, network = build()
    layers = dict(zip(pairs(network), ties.layer.tolist(), strict=True))
    assert all(layer == layers[b, a] for (a, b), layer in layers.items())
    assert set(layers.values()) == {ONLINE, OFFLINE}


def test_fading_is_exponential_in_unused_days():
    ties, _ = build(days=50, ties={"fade": 0.2})
    np.testing.assert_allclose(ties.fading, 0.8 ** np.arange(51), rtol=1e-6)
    still, _ = build(ties={"fade": 0.0})
    assert (still.fading == 1).all()
