"""Generated networks: rows that hold together, known shapes, the same network everywhere."""

import os
import pickle
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_checks import check_rows, graph_of
from pydantic import ValidationError

from equipoise.network import (
    BarabasiAlbert,
    Communities,
    HolmeKim,
    Network,
    TribeBlocks,
    WattsStrogatz,
    from_graph,
)

GENERATED = (WattsStrogatz, BarabasiAlbert, HolmeKim, TribeBlocks, Communities)
generated = pytest.mark.parametrize("maker", GENERATED, ids=lambda maker: maker.kind)


def tribes_of(network: Network) -> list[set[int]]:
    return [
        set(np.flatnonzero(network.tribe == t).tolist()) for t in range(network.tribe.max() + 1)
    ]


def modularity(network: Network) -> float:
    return nx.community.modularity(graph_of(network), tribes_of(network))


def inside(network: Network) -> float:
    hearer = np.repeat(network.tribe, np.diff(network.starts))
    return float(np.mean(hearer == network.tribe[network.neighbours]))


def same(one: Network, other: Network) -> bool:
    arrays = ("starts", "neighbours", "tribe")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)


@generated
@pytest.mark.parametrize("size", [1, 2, 3, 10, 500])
@pytest.mark.parametrize("tribes", ["blocks", "detected", "single"])
def test_rows_hold_together_at_every_size(maker, size, tribes):
    network = maker(tribes=tribes).build(size, 0)
    check_rows(network)
    assert network.size == size
    assert size == 10 or bool(network.notes) == (size < 10), "what had to be lowered is said"
    assert tribes != "single" or not network.tribe.any()
    assert np.bincount(network.tribe).min() >= min(3, size)


sizes, seeds, shares = st.integers(1, 80), st.integers(0, 2**63 - 1), st.floats(0, 1)
makers = st.one_of(
    st.builds(WattsStrogatz, degree=st.integers(0, 90), rewiring=shares),
    st.builds(BarabasiAlbert, attachment=st.integers(1, 90)),
    st.builds(HolmeKim, attachment=st.integers(1, 90), triads=shares),
    st.builds(TribeBlocks, count=st.integers(1, 90), degree=st.floats(0, 90), inside=shares),
    st.builds(
        Communities,
        degree=st.floats(0, 90),
        exponent=st.floats(1.5, 10),
        largest_degree=st.integers(1, 90),
        smallest=st.integers(1, 90),
        largest=st.integers(1, 90),
        size_exponent=st.floats(1.1, 10),
        mixing=shares,
    ),
)


@given(makers, sizes, seeds)
def test_rows_hold_together_for_any_settings(maker, size, seed):
    network = maker.build(size, seed)
    check_rows(network)
    assert same(network, maker.build(size, seed))


@generated
def test_the_seed_and_only_the_seed_changes_the_ties(maker):
    one = maker().build(300, 0)
    assert same(one, maker().build(300, 0))
    assert not same(one, maker().build(300, 1))
    assert same(one, pickle.loads(pickle.dumps(one)))


@generated
def test_every_setting_counts(maker):
    """Ties or tribes change with each setting (homophily is read where values are drawn)."""
    usual, network = maker(), maker().build(300, 0)
    other = {
        "tribes": "single",
        "triads": 0.1,
        "attachment": 3,
        "count": 5,
        "smallest": 40,
        "largest": 30,
    }
    other["inside"] = 0.5
    for name in set(maker.model_fields) - {"homophily"}:
        value = other.get(name) or getattr(usual, name) * 2
        assert not same(network, maker(**{name: value}).build(300, 0)), name


@generated
def test_ten_ties_a_person(maker):
    degrees = np.diff(maker().build(2000, 4).starts)
    assert degrees.mean() == pytest.approx(10, abs=0.2)


# Known shapes


def test_a_ring_that_is_not_rewired_is_the_lattice_of_watts_and_strogatz():
    network = WattsStrogatz(rewiring=0, tribes="single").build(200, 0)
    lattice = nx.watts_strogatz_graph(200, 10, 0)
    assert set(graph_of(network).edges) == {tuple(sorted(tie)) for tie in lattice.edges}


@pytest.mark.parametrize("rewiring", [0.05, 0.1, 0.2])
def test_small_world_clustering_follows_theory(rewiring):
    """Barrat & Weigt 2000: C(p) = 3 (K - 2) / (4 (K - 1)) * (1 - p)^3 for degree K."""
    found = nx.transitivity(graph_of(WattsStrogatz(rewiring=rewiring).build(4000, 1)))
    assert found == pytest.approx(3 * 8 / (4 * 9) * (1 - rewiring) ** 3, abs=0.015)


def test_full_rewiring_leaves_no_clustering_and_keeps_the_number_of_ties():
    network = WattsStrogatz(rewiring=1).build(2000, 1)
    assert nx.transitivity(graph_of(network)) < 0.02
    assert network.ties == 10_000


@pytest.mark.parametrize("size", [11, 12, 13, 20])
def test_rewiring_keeps_the_number_of_ties_where_there_is_little_room(size):
    network = WattsStrogatz(rewiring=1).build(size, 1)
    assert (network.ties, network.notes) == (5 * size, ())


def test_preferential_attachment_follows_its_law():
    """Bollobas et al. 2001: share of degree k = 2 m (m + 1) / (k (k + 1) (k + 2)); tail 3."""
    degrees = np.diff(BarabasiAlbert(attachment=4, tribes="single").build(20_000, 2).starts)
    for k in (4, 5, 6, 8, 12):
        assert np.mean(degrees == k) == pytest.approx(
            2 * 4 * 5 / (k * (k + 1) * (k + 2)), abs=0.015
        )
    assert degrees.min() == 4
    assert (
        degrees.max() > 20 * np.diff(WattsStrogatz(tribes="single").build(20_000, 2).starts).max()
    )


def test_holme_kim_without_triads_is_barabasi_albert_and_clusters_with_them():
    assert same(HolmeKim(triads=0).build(500, 3), BarabasiAlbert().build(500, 3))
    clusterings = [
        nx.average_clustering(graph_of(HolmeKim(triads=p).build(1500, 3))) for p in (0, 0.5, 1)
    ]
    assert clusterings == sorted(clusterings)
    assert clusterings[1] > 4 * clusterings[0]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_tribes_keep_their_share_of_ties(share):
    network = TribeBlocks(count=10, inside=share).build(1000, 5)
    assert inside(network) == pytest.approx(share, abs=0.02)
    assert network.ties == pytest.approx(5000, rel=0.05)
    assert np.bincount(network.tribe).tolist() == [100] * 10


def test_tribes_follow_the_law_of_stochastic_blocks():
    """Pairs of the same or of two blocks are tied independently, with the chances of networkx."""
    blocks = np.repeat(range(4), 10)
    same_block = blocks[:, None] == blocks
    tied = np.zeros((40, 40))
    for seed in range(400):
        tied[np.triu_indices(40, 1)] += nx.to_numpy_array(
            graph_of(TribeBlocks(count=4).build(40, seed))
        )[np.triu_indices(40, 1)]
    pairs_of = np.triu(np.ones((40, 40), bool), 1)
    for where, chance in ((same_block, 8 / 9), (~same_block, 2 / 30)):
        shares = tied[where & pairs_of] / 400
        assert shares.mean() == pytest.approx(chance, abs=0.004)
        assert shares.std() == pytest.approx(np.sqrt(chance * (1 - chance) / 400), rel=0.15)


def test_what_few_people_cannot_hold_is_said():
    assert TribeBlocks(count=1, inside=0.5).build(500, 5).ties == pytest.approx(2500, rel=0.05)
    assert TribeBlocks(count=2).build(10, 5).notes == (
        "network.degree = 10 with inside = 0.8 was lowered to 6: "
        "no more ties are possible (people: 10, tribes: 2)",
    )


def test_tribes_are_detected_where_there_are_tribes():
    planted = TribeBlocks(count=10).build(1000, 6)
    found = TribeBlocks(count=10, tribes="detected").build(1000, 6)
    assert modularity(found) >= modularity(planted) - 0.01
    assert found.tribe.max() == 9


@pytest.mark.parametrize("seed", range(3))
def test_communities_have_hubs_and_communities(seed):
    network = Communities().build(3000, seed)
    degrees, members = np.diff(network.starts), np.bincount(network.tribe)
    assert modularity(network) > 0.6
    assert inside(network) == pytest.approx(0.75, abs=0.02)
    assert (members.min() >= 20, members.max() <= 201, members.max() > 100) == (True, True, True)
    assert 70 < degrees.max() <= 130
    tail = np.sort(degrees)[-300:]
    hill = 1 + 1 / np.mean(np.log(tail / tail[0]))  # Hill 1975; the cut at 100 steepens the end
    assert 2 < hill < 3.6


@pytest.mark.parametrize("mixing", [0.1, 0.5])
def test_few_communities_keep_their_mixing(mixing):
    network = Communities(mixing=mixing, smallest=200, largest=300).build(1000, 1)
    assert inside(network) == pytest.approx(1 - mixing, abs=0.02)


def test_many_people_are_put_in_tribes_too():
    network = WattsStrogatz(degree=6).build(10_001, 1)
    assert modularity(network) > 0.6
    assert np.bincount(network.tribe).min() >= 3


def test_people_without_ties_share_a_tribe():
    network = from_graph(
        nx.disjoint_union_all([nx.empty_graph(4), nx.complete_graph(5), nx.path_graph(2)])
    )
    assert network.tribe.tolist() == [0] * 5 + [1] * 6
    assert network.names[:5] == ("4", "5", "6", "7", "8")


# The same everywhere

SCRIPT = """
import hashlib
from equipoise.network import *
kinds = (WattsStrogatz, HolmeKim, TribeBlocks, Communities)
networks = [kind().build(400, 7) for kind in kinds]
rows = [(n.starts.tolist(), n.neighbours.tolist(), n.tribe.tolist(), n.notes) for n in networks]
print(hashlib.sha256(repr(rows).encode()).hexdigest())
"""


def test_every_process_builds_the_same(tmp_path):
    hashes = set()
    for salt in "0", "1":
        process = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": salt},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr
        hashes.add(process.stdout)
    assert len(hashes) == 1


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        TribeBlocks(inside=1.1)
    with pytest.raises(ValidationError, match="'blocks', 'detected' or 'single'"):
        HolmeKim(tribes="louvain")
