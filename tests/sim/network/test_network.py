"""Who hears whom: rows that hold together, known shapes, files as people write them."""

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.network import (
    BarabasiAlbert,
    Communities,
    HolmeKim,
    Network,
    NetworkFile,
    TribeBlocks,
    WattsStrogatz,
    from_graph,
)

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "data" / "facebook_ego.edges"
GENERATED = (WattsStrogatz, BarabasiAlbert, HolmeKim, TribeBlocks, Communities)
generated = pytest.mark.parametrize("maker", GENERATED, ids=lambda maker: maker.kind)


def graph_of(network: Network) -> nx.Graph:
    graph = nx.empty_graph(network.size)
    hearer = np.repeat(np.arange(network.size), np.diff(network.starts))
    graph.add_edges_from(zip(hearer.tolist(), network.neighbours.tolist(), strict=True))
    return graph


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


def check(network: Network) -> None:
    """Fail unless the rows are what the rest of the simulator takes them for."""
    starts, neighbours, tribe = network.starts, network.neighbours, network.tribe
    assert (starts.dtype, neighbours.dtype, tribe.dtype) == (np.int64, np.uint32, np.uint32)
    assert starts.shape == (network.size + 1,)
    assert tribe.shape == (network.size,)
    assert starts[0] == 0
    assert starts[-1] == len(neighbours) == 2 * network.ties
    assert np.all(np.diff(starts) >= 0)
    hearer = np.repeat(np.arange(network.size), np.diff(starts))
    assert np.all(neighbours < network.size)
    assert not np.any(neighbours == hearer), "a loop"
    codes = hearer * network.size + neighbours
    assert np.all(np.diff(codes) > 0), "rows ascend, nobody twice"
    assert np.array_equal(np.sort(neighbours.astype(np.int64) * network.size + hearer), codes), (
        "both directions"
    )
    assert np.all(np.diff(tribe.astype(int)) >= 0), "numbered by tribe"
    assert sorted(set(tribe.tolist())) == list(range(int(tribe.max()) + 1))
    assert len(network.names) in (0, network.size)


@generated
@pytest.mark.parametrize("size", [1, 2, 3, 10, 500])
@pytest.mark.parametrize("tribes", ["blocks", "detected", "single"])
def test_rows_hold_together_at_every_size(maker, size, tribes):
    network = maker(tribes=tribes).build(size, 0)
    check(network)
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
    check(network)
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
    """Bollobas et al. 2001: share of degree k = 2 m (m + 1) / (k (k + 1) (k + 2)); tail exponent 3."""
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
    """Pairs of the same or of two blocks are tied with the chances networkx would be told, independently."""
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
        "network.degree = 10 with inside = 0.8 was lowered to 6: no more ties are possible (people: 10, tribes: 2)",
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
import hashlib, networkx
from equipoise.network import *
graph = networkx.relabel_nodes(networkx.barbell_graph(9, 3), lambda n: "p" + str(n * 7919 % 97))
made = [maker().build(400, 7) for maker in (WattsStrogatz, HolmeKim, TribeBlocks, Communities)]
made += [from_graph(graph), NetworkFile(path="ties.csv").build(0, 0)]
text = repr([(n.starts.tolist(), n.neighbours.tolist(), n.tribe.tolist(), n.names, n.notes) for n in made])
print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_every_process_builds_the_same(tmp_path):
    (tmp_path / "ties.csv").write_text(
        "".join(f"n{i * 31 % 50},n{i * i % 47}\n" for i in range(200))
    )
    told = set()
    for salt in "0", "1":
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": salt},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        told.add(done.stdout)
    assert len(told) == 1


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        TribeBlocks(inside=1.1)
    with pytest.raises(ValidationError, match="'blocks', 'detected' or 'single'"):
        HolmeKim(tribes="louvain")


# Files


def load(folder: Path, content: str | bytes, name: str = "ties.txt", size: int = 6) -> Network:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    network = NetworkFile(path=str(path)).build(size, 0)
    check(network)
    return network


def pairs(network: Network) -> set[frozenset[str]]:
    return {frozenset(map(network.name, tie)) for tie in graph_of(network).edges}


TRIANGLE = {frozenset(pair) for pair in ("ab", "bc", "ac")}


@pytest.mark.parametrize(
    "content",
    [
        "a b\nb c\na c\n",
        "a\tb\nb\tc\na\tc",
        "a,b\nb, c\n a ,c\n",
        "a;b\r\nb;c\r\na;c\r\n",
        "a b\rb c\ra c\r",
        "\ufeffa b\nb c\na c\n",
        "# a comment\n% another\n\n  \na b\nb c\na c\n",
        "a   b\n b c \na\tc\n",
        '"a","b"\n"b","c"\n"a","c"\n',
    ],
)
def test_edge_lists_as_people_write_them(tmp_path, content):
    network = load(tmp_path, content)
    assert pairs(network) == TRIANGLE
    assert (network.size, network.notes) == (3, ())


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("source,target\na,b\nb,c\na,c\n", r"line 1 \(source, target\) was read as a header"),
        ("# who\nFrom_ID\tTo_ID\na\tb\nb\tc\na\tc\n", "line 2 .* header"),
        ("source,target,weight\na,b,1\nb,c,2\na,c,3\n", "columns after the second"),
        ("a b 1.5\nb c -2e3\na c .5\n", "columns after the second"),
        ("a b {}\nb c {'weight': 3}\na c {}\n", "columns after the second"),
        ("a,b,2024-01-01,friend\nb,c,,\na,c,x,y\n", "columns after the second"),
        ("a b\nb b\nb c\na c\nc c\n", "2 ties of a person to themselves left out"),
        ("a b\nb a\nb c\na c\na c\n", r"2 repeated ties \(a-b again, or b-a\) counted once"),
        ("a b\na a\nb c\na c\n", "1 tie of a person"),
    ],
)
def test_what_is_cleaned_is_said(tmp_path, content, note):
    network = load(tmp_path, content)
    assert pairs(network) == TRIANGLE
    assert len(network.notes) == 1 + ("weight" in content and "target" in content)
    assert re.search(note, network.notes[-1]), network.notes


def test_a_header_of_unknown_words_over_numbers(tmp_path):
    network = load(tmp_path, "anna,otto\n1,2\n2,3\n")
    assert pairs(network) == {frozenset("12"), frozenset("23")}
    assert load(tmp_path, "node,from\nfrom,x\n").size == 3, (
        "header words that are people further down"
    )


def test_names_may_hold_spaces_and_any_letters(tmp_path):
    network = load(tmp_path, 'Ann Smith,"Łukasz, jr."\n名前,Ann Smith\n')
    assert set(network.names) == {"Ann Smith", "Łukasz, jr.", "名前"}


def test_parts_are_said(tmp_path):
    assert load(tmp_path, "a b\nb c\nd e\n").notes == (
        "network: it has 2 unconnected components; the largest holds 60.0% of the people",
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "ties.edges"),
        ("\n", "a.csv"),
        ("# nobody\n", "b"),
        (b"\xef\xbb\xbf", "c.txt"),
        ("", "d.graphml"),
    ],
)
def test_a_file_without_ties_leaves_the_community_alone(tmp_path, content, name):
    network = load(tmp_path, content, name)
    assert (network.size, network.ties, network.names) == (6, 0, ())
    assert "it holds no ties; the 6 people of community.size have none" in network.notes[0]
    assert not network.tribe.any()


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("a b\nc\nd e\n", ["line 2 names one person only ('c'); a tie needs two names"]),
        ("a,b\nc,\n,d\n", ["line 2 names one", "line 3 names one"]),
        ("a,b\nc d\n", ["line 2 names one"]),
        ("a b\nAnn Smith Bob\n", ["line 2 has more than two names"]),
        (b"a b\n\xff\xfe c\nd e\n", ["line 2 is not UTF-8 text"]),
        (b"a b\nc d\0\n", ["line 2 is not UTF-8 text"]),
        (
            "\n".join(["a b"] + ["c"] * 7),
            [f"line {n} " for n in range(2, 7)] + ["... and 2 more such lines."],
        ),
        (
            "\n".join(["a b"] + ["c"] * 6),
            [f"line {n} " for n in range(2, 7)] + ["... and 1 more such line."],
        ),
    ],
)
def test_bad_lines_are_all_named_at_once(tmp_path, content, lines):
    with pytest.raises(EquipoiseError, match=r"ties.txt: line 2 ") as caught:
        load(tmp_path, content)
    assert len(caught.value.problems) == len(lines)
    for problem, line in zip(caught.value.problems, lines, strict=True):
        assert line in problem


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "friends.csv").write_text("a,b")
    for path, said in {
        "": "network.path is missing. Give the path of an edge list",
        "???": "network.path is missing",
        str(
            tmp_path / "freinds.csv"
        ): "there is no file .*freinds.csv'. Did you mean 'friends.csv'",
        str(tmp_path / "nowhere" / "a.csv"): "there is no file .*a.csv'. Give",
        str(tmp_path): "is a folder. Give the path",
        str(tmp_path / "friends.csv" / "x"): "cannot be read: Not a directory",
        "a\0b": "cannot be read",
    }.items():
        with pytest.raises(EquipoiseError, match=said):
            NetworkFile(path=path).build(3, 0)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_one_may_not_read(tmp_path):
    path = tmp_path / "locked.csv"
    path.write_text("a,b")
    path.chmod(0)
    with pytest.raises(EquipoiseError, match="cannot be read: Permission denied"):
        NetworkFile(path=str(path)).build(3, 0)


def test_graphml_is_read(tmp_path):
    graph = nx.DiGraph([("ann", "bob"), ("bob", "ann"), ("bob", "cid"), ("cid", "cid")])
    graph.add_node("dot")
    nx.set_node_attributes(graph, {"ann": "x", "bob": "y", "cid": "x", "dot": "y"}, "tribe")
    nx.write_graphml(graph, tmp_path / "g.GraphML")
    network = NetworkFile(path=str(tmp_path / "g.GraphML")).build(99, 0)
    check(network)
    assert network.names == ("ann", "cid", "bob", "dot")
    assert network.tribe.tolist() == [0, 0, 1, 1]
    assert pairs(network) == {frozenset(("ann", "bob")), frozenset(("bob", "cid"))}
    assert [note.split(": ")[-1].split(" (")[0] for note in network.notes] == [
        "directed ties are heard in both directions",
        "1 tie of a person to themselves left out",
        "1 repeated tie",
        "it has 2 unconnected components; the largest holds 75.0% of the people",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<graphml><graph", "not well-formed XML: .*line 1, column 9"),
        ("a b\n", "not well-formed XML"),
        ("<html></html>", "not a GraphML file that can be read"),
        (
            '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"/>',
            "not a GraphML file that can be read",
        ),
    ],
)
def test_graphml_that_is_none(tmp_path, content, said):
    with pytest.raises(EquipoiseError, match=said):
        load(tmp_path, content, "g.graphml")


# Graphs and the real network


def test_any_graph_of_networkx():
    club = from_graph(nx.karate_club_graph())
    check(club)
    assert (club.size, club.ties, club.notes) == (34, 78, ())
    assert modularity(club) > 0.4
    several = from_graph(nx.MultiDiGraph([("a", "b"), ("a", "b"), ("b", ("t", 1))]))
    assert pairs(several) == {frozenset(("a", "b")), frozenset(("b", "('t', 1)"))}
    assert from_graph(nx.complete_graph(4), tribes="single").tribe.tolist() == [0] * 4
    with pytest.raises(EquipoiseError, match="The graph has no nodes"):
        from_graph(nx.Graph())


@pytest.mark.skipif(not REAL.exists(), reason="needs the shared data")
def test_a_real_network():
    """SNAP's ego-Facebook: 4,039 people, 88,234 ties, mean clustering .6055, assortativity .0636."""
    network = NetworkFile(path=str(REAL)).build(10, 0)
    check(network)
    assert (network.size, network.ties, network.notes) == (4039, 88_234, ())
    graph = graph_of(network)
    assert nx.average_clustering(graph) == pytest.approx(0.6055, abs=0.0001)
    assert nx.degree_assortativity_coefficient(graph) == pytest.approx(0.0636, abs=0.0005)
    assert modularity(network) > 0.83
    assert network.name(0) == "0"
    degree_107 = int(np.diff(network.starts)[network.names.index("107")])
    assert degree_107 == 1045
