"""The pieces of networks with hubs and communities: degrees, sizes, ties."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.network.communities import draw_community_sizes, draw_degrees, tie_communities
from equipoise.network.generators import draw_blocks, draw_preferential, draw_small_world
from equipoise.network.graphs import arrange_network, count_distinct_ties
from equipoise.network.listing import NetworkListing, number_blocks, number_people


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("exponent", [1.5, 2.5, 6.0])
@pytest.mark.parametrize("mean", [0.5, 10.0, 40.0])
def test_degrees_have_their_mean_and_largest(mean, exponent):
    degrees = draw_degrees(rng(), 2000, mean, 100, exponent)
    assert degrees.mean() == pytest.approx(mean, rel=0.05)
    assert degrees.max() <= 100
    assert degrees.min() > 0


def test_a_smaller_exponent_is_heavier_tailed():
    spread = [draw_degrees(rng(), 2000, 10, 100, exponent).std() for exponent in (1.6, 2.5, 6)]
    assert spread == sorted(spread, reverse=True)


def test_no_ties_are_no_degrees():
    assert not draw_degrees(rng(), 5, 0, 100, 2.5).any()


@given(
    size=st.integers(1, 500),
    smallest=st.integers(1, 100),
    largest=st.integers(1, 300),
    exponent=st.floats(1.1, 10),
)
def test_sizes_of_communities_sum_to_all_people(size, smallest, largest, exponent):
    sizes = draw_community_sizes(rng(), size, smallest, largest, exponent)
    assert sizes.sum() == size
    assert sizes.min() >= min(smallest, size)
    assert np.all(np.diff(sizes) <= 0)


def test_ties_of_communities_are_proper_and_inside_by_their_share():
    generator = rng(3)
    degrees = draw_degrees(generator, 1000, 10, 60, 2.5)
    sizes = draw_community_sizes(generator, 1000, 20, 100, 1.5)
    ties, community = tie_communities(generator, degrees, sizes, 0.3)
    assert np.bincount(community).tolist() == sizes.tolist()
    first, second = ties.T
    assert np.all(first != second)
    assert len({frozenset(tie) for tie in ties.tolist()}) == len(ties)
    assert np.mean(community[first] == community[second]) == pytest.approx(0.7, abs=0.02)
    assert 2 * len(ties) / 1000 == pytest.approx(10, rel=0.03)


@pytest.mark.parametrize("mixing", [0.0, 1.0])
def test_ties_of_communities_at_the_ends_of_mixing(mixing):
    generator = rng(4)
    degrees = draw_degrees(generator, 400, 8, 40, 2.5)
    sizes = draw_community_sizes(generator, 400, 20, 60, 1.5)
    ties, community = tie_communities(generator, degrees, sizes, mixing)
    first, second = community[ties].T
    assert np.mean(first == second) == 1 - mixing


def test_blocks_are_equal_and_reach_their_degree():
    ends, blocks, reached = draw_blocks(600, 6, 10, 0.8, 1)
    assert np.bincount(blocks).tolist() == [100] * 6
    assert reached == pytest.approx(10)
    assert 2 * len(ends) / 600 == pytest.approx(10, rel=0.05)
    _, _, limited = draw_blocks(60, 20, 50, 1.0, 1)
    assert limited == pytest.approx(2)


@pytest.mark.parametrize("triads", [0.0, 0.7])
def test_no_attachment_is_no_ties(triads):
    assert len(draw_preferential(5, 0, triads, 1)) == 0
    assert len(draw_preferential(50, 3, triads, 1)) > 100


def test_a_ring_has_half_its_degree_of_ties_a_person():
    assert len(draw_small_world(40, 6, 0.1, 1)) == 120


# listings


def test_people_are_numbered_by_first_appearance():
    people, ends = number_people([("b", "a"), ("a", "c"), ("b", "b")])
    assert people == ("b", "a", "c")
    assert ends.tolist() == [[0, 1], [1, 2], [0, 0]]
    assert number_people([("b", "a")], ["a", "z"])[0] == ("a", "z", "b")
    assert number_people([])[1].shape == (0, 2)


def test_blocks_are_numbered_by_first_appearance():
    assert number_blocks(["y", "x", "y"]).tolist() == [0, 1, 0]


pairs_of_people = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40)


@given(pairs_of_people, st.booleans())
def test_ties_are_counted_once(pairs, directed):
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    listing = NetworkListing(8, ends, directed=directed)
    graph = nx.DiGraph(pairs) if directed else nx.Graph(pairs)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    assert count_distinct_ties(listing) == graph.number_of_edges()
    network = arrange_network(listing, "single")
    assert network.ties == graph.number_of_edges()
    if not directed:
        degrees = [graph.degree(n) if n in graph else 0 for n in range(8)]
        assert np.diff(network.starts).tolist() == degrees


@given(pairs_of_people)
def test_weights_of_repeats_are_added_up(pairs):
    proper = [pair for pair in pairs if pair[0] != pair[1]]
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    weights = np.arange(1.0, len(pairs) + 1)
    network = arrange_network(NetworkListing(8, ends, weights=weights), "single")
    totals: dict[frozenset[int], float] = {}
    for pair, weight in zip(pairs, weights, strict=True):
        if pair in proper:
            totals[frozenset(pair)] = totals.get(frozenset(pair), 0) + weight
    middle = float(np.median(list(totals.values()))) if totals else 1
    speakers = np.repeat(np.arange(8), np.diff(network.starts))
    for speaker, hearer, strength in zip(
        speakers.tolist(), network.neighbours.tolist(), network.strengths, strict=True
    ):
        expected = np.clip(totals[frozenset((speaker, hearer))] / middle, 0.5, 2)
        assert strength == pytest.approx(expected)


def test_small_groups_share_the_last_tribe():
    ties = [(0, 1), (1, 2), (0, 2), (3, 4), (5, 6)]
    listing = NetworkListing(8, np.array(ties))
    assert arrange_network(listing, "detected").tribe.tolist() == [0, 0, 0, 1, 1, 1, 1, 1]


def test_blocks_are_tribes_unless_another_source_is_chosen():
    listing = NetworkListing(4, np.array([(0, 1), (2, 3)]), np.array([1, 0, 1, 0]), tuple("abcd"))
    network = arrange_network(listing, "blocks")
    assert network.names == ("b", "d", "a", "c")
    assert network.tribe.tolist() == [0, 0, 1, 1]
    assert not arrange_network(listing, "single").tribe.any()
