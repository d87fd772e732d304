"""Settings of a network file: path, columns, weight, direction, people; files of any kind."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from network_checks import check_rows, directions, graph_of, load, pairs, strengths
from pydantic import ValidationError

from equipoise.errors import EquipoiseError
from equipoise.network import NetworkFile, content
from equipoise.settings import text_file

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "data" / "facebook_ego.edges"
TRIANGLE = {frozenset(pair) for pair in ("ab", "bc", "ac")}
TIES = "source,target,weight\na,b,1\nb,c,2\na,c,3\n"

# columns


@pytest.mark.parametrize("columns", [("from", "who"), ("2", "4"), (2, 4), ("FROM", "4")])
def test_columns_by_name_or_number(tmp_path, columns):
    content = "when,from,how,who\n1,a,x,b\n2,b,x,c\n3,c,x,a\n"
    network = load(tmp_path, content, columns=columns)
    assert pairs(network) == TRIANGLE
    assert any(note.endswith("columns not used: when, how") for note in network.notes)


def test_columns_of_a_table_without_a_heading(tmp_path):
    assert pairs(load(tmp_path, "0.5 a b\n0.7 b c\n1 a c\n", columns=["2", "3"])) == TRIANGLE


def test_columns_said_outright_are_not_doubted(tmp_path):
    content = "Id,Label\n1,Ann\n2,Bob\n"
    network = load(tmp_path, content, columns=["Id", "Label"])
    assert pairs(network) == {frozenset(("1", "Ann")), frozenset(("2", "Bob"))}
    assert load(tmp_path, "J:),*\n*,bob\n", columns=["1", "2"]).names == ("J:)", "*", "bob")
    assert load(tmp_path, "4 3\n1 2\n2 3\n3 4\n", columns=["1", "2"]).ties == 3
    assert load(tmp_path, "0 1 1\n1 0 1\n1 1 0\n", columns=["1", "2"]).ties == 1


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (["sorce", "target"], "no column 'sorce'. Did you mean 'source'. Columns: source, target"),
        (["source", "9"], "no column '9'.* or give a number, 1 to 3"),
        (["0", "1"], "no column '0'"),
    ],
)
def test_columns_that_are_not_there(tmp_path, columns, problem):
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, TIES, columns=columns)


@pytest.mark.parametrize("columns", [["source"], ["a", "b", "c"], ["a", "a"]])
def test_a_tie_has_two_columns(columns):
    with pytest.raises(ValidationError, match="a tie has two people"):
        NetworkFile(path="ties.csv", columns=columns)


def test_columns_of_a_graph_are_refused(tmp_path):
    nx.write_gml(nx.path_graph(3), tmp_path / "g.gml")
    with pytest.raises(EquipoiseError, match=r"is no table.*Leave network.columns out"):
        NetworkFile(path=str(tmp_path / "g.gml"), columns=["source", "target"]).build(3, 0)


# weights


@pytest.mark.parametrize(
    ("content", "weight"),
    [
        (TIES, "weight"),
        (TIES, "Weight"),
        ("a b 1\nb c 2\na c 3\n", "3"),
        ("a b 0,5\nb c 1,0\na c 1,5\n", "3"),
        ("a b {'weight': 1}\nb c {'weight': 2}\na c {'weight': 3}\n", "weight"),
        ("0 1 3\n1 0 2\n3 2 0\n", "any"),
        ("x a b c\na 0 1 3\nb 1 0 2\nc 3 2 0\n", "any"),
        (
            '{"nodes": ["a", "b", "c"], "links": [{"source": "a", "target": "b", "w": 1},'
            '{"source": "b", "target": "c", "w": 2}, {"source": "a", "target": "c", "w": 3}]}',
            "w",
        ),
        ("*Vertices 3\n1 a\n2 b\n3 c\n*Edges\n1 2 1\n2 3 2\n1 3 3\n", "any"),
        ("%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n2 1 1\n3 2 2\n3 1 3\n", "weight"),
    ],
)
def test_weights_are_strengths_if_asked(tmp_path, content, weight):
    assert load(tmp_path, content).strengths is None
    network = load(tmp_path, content, weight=weight)
    first, second, third = sorted(network.names)
    strength = strengths(network)
    assert strength[first, second] == strength[second, first] == 0.5
    assert strength[second, third] == 1
    assert strength[third, first] == 1.5


@pytest.mark.parametrize(
    ("content", "weight", "problem"),
    [
        (TIES, "wieght", "network.weight: .*no column 'wieght'. Did you mean 'weight'"),
        ("a b 1\nb c 2\n", "weight", "It has no heading; or give a number, 1 to 3"),
        (
            TIES.replace("c,2", "c,"),
            "weight",
            "line 3 has the weight ''; write a number of 0 or more",
        ),
        (TIES.replace("c,2", "c,-2"), "weight", "line 3 has the weight '-2'"),
        ("a b {'weight': 1}\nb c {'wieght': 2}\n", "weight", "line 2 has the weight ''"),
        ("a b {'weight'\nb c\n", "weight", "more than two names|no column 'weight'"),
    ],
)
def test_weights_that_are_none(tmp_path, content, weight, problem):
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, content, weight=weight)


# directions


@pytest.mark.parametrize(
    "content",
    ["source,target\na,b\nb,a\nb,c\n", "a -> b\nb -> a\nb -> c\n", "0 1 0\n1 0 1\n0 0 0\n"],
)
def test_only_the_second_person_hears_the_first_if_asked(tmp_path, content):
    assert load(tmp_path, content).ties == 2
    network = load(tmp_path, content, directed=True)
    first, second, third = sorted(network.names)
    assert directions(network) == {(first, second), (second, first), (second, third)}
    assert network.ties == 3
    assert "3 people, 3 ties, 1 component" in network.notes[0]


# tables of people


@pytest.mark.parametrize(
    "people",
    [
        "Id,Label\na,Ann\nb,Bob\nc,Cid\nd,Dan\n",
        "Label;Id\nAnn;a\nBob;b\nCid;c\nDan;d\n",
        "personId:ID(Person),name,:LABEL\na,Ann,P\nb,Bob,P\nc,Cid,P\nd,Dan,P\n",
        "a\nb\nc\nd\n",
        "name\nd\n",
        "1 a\n2 b\n3 c\n4 d\n",
    ],
)
def test_people_without_ties_stand_in_a_table(tmp_path, people):
    (tmp_path / "people.csv").write_text(people)
    network = load(tmp_path, TIES, nodes=str(tmp_path / "people.csv"))
    assert pairs(network) == TRIANGLE
    assert set(network.names) == set("abcd")
    assert "4 people, 3 ties, 2 components" in network.notes[0]
    assert any("1 person without ties was added from" in note for note in network.notes)


def test_a_table_of_people_may_name_their_tribes(tmp_path):
    (tmp_path / "people.csv").write_text("id,tribe\nd,y\na,x\nb,y\nc,x\n")
    network = load(tmp_path, TIES, nodes=str(tmp_path / "people.csv"))
    assert network.names == ("a", "c", "b", "d")
    assert network.tribe.tolist() == [0, 0, 1, 1]


def test_people_of_ties_that_the_table_lacks_are_noted(tmp_path):
    (tmp_path / "people.csv").write_text("id\na\nx\n")
    notes = "\n".join(load(tmp_path, TIES, nodes=str(tmp_path / "people.csv")).notes)
    assert "2 people of ties are not in" in notes


def test_a_table_of_people_alone_makes_people_without_ties(tmp_path):
    (tmp_path / "people.csv").write_text("id\na\nb\n")
    network = load(tmp_path, "", nodes=str(tmp_path / "people.csv"))
    assert (network.size, network.ties) == (2, 0)


def test_tables_of_people_that_are_none(tmp_path):
    (tmp_path / "people.csv").write_text("")
    with pytest.raises(EquipoiseError, match=r"network.nodes: .* names no people. Give a table"):
        load(tmp_path, TIES, nodes=str(tmp_path / "people.csv"))
    with pytest.raises(EquipoiseError, match=r"network.nodes: there is no file.*Did you mean"):
        load(tmp_path, TIES, nodes=str(tmp_path / "peopel.csv"))


# files


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "ties.edges"),
        ("\n", "a.csv"),
        ("# nobody\n", "b"),
        (b"\xef\xbb\xbf", "c.txt"),
        ("", "d.graphml"),
        ("source,target\n", "e.csv"),
    ],
)
def test_a_file_without_ties_leaves_the_community_alone(tmp_path, content, name):
    network = load(tmp_path, content, name)
    assert (network.size, network.ties, network.names) == (6, 0, ())
    assert "it holds no ties; the 6 people of community.size have none" in network.notes[0]
    assert not network.tribe.any()


def packed_as_zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, TIES)
    return buffer.getvalue()


def packed_as_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("ties.csv")
        member.size = len(TIES)
        archive.addfile(member, io.BytesIO(TIES.encode()))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ties.csv.gz", gzip.compress(TIES.encode())),
        ("ties.csv.bz2", bz2.compress(TIES.encode())),
        ("ties.csv.xz", lzma.compress(TIES.encode())),
        ("ties.zip", packed_as_zip("ties.csv")),
        ("mac.zip", packed_as_zip("folder/ties.csv", "__MACOSX/folder/._ties.csv")),
        ("no_suffix", gzip.compress(TIES.encode())),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_packed_files_are_read(tmp_path, name, data):
    assert pairs(load(tmp_path, data, name)) == TRIANGLE


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (packed_as_zip("a.csv", "b.csv"), r"contains 2 files \(a.csv, b.csv\). Unpack it"),
        (
            packed_as_zip("[Content_Types].xml", "xl/workbook.xml"),
            "Excel workbook.*source and target",
        ),
        (packed_as_zip("mimetype", "content.xml"), "OpenDocument"),
        (packed_as_tar(), "tar archive"),
        (gzip.compress(TIES.encode())[:30], "cannot be unpacked"),
        (packed_as_zip("a.csv")[:40], "cannot be unpacked"),
        (b"PAR1", "a Parquet file. Save the ties as UTF-8 text"),
        (b"SQLite format 3\0", "SQLite database"),
        (b"\xd0\xcf\x11\xe0\xa1", "old Excel workbook"),
        (b"%PDF-1.7", "PDF document"),
        (b"\x80\x04]", "Python pickle"),
        ("a,b\nb,c\n".encode("utf-16"), "UTF-16 text"),
        ("é,b\n".encode("latin-1"), "line 1 is not UTF-8 text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_kinds_of_files_are_refused_by_name(tmp_path, data, problem):
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, data)


def test_files_have_a_limit_packed_or_not(tmp_path, monkeypatch):
    monkeypatch.setattr(text_file, "MAX_FILE_SIZE", 1024**2)
    monkeypatch.setattr(content, "MAX_FILE_SIZE", 1024**2)
    text = b"a b\n" * 300_000
    with pytest.raises(EquipoiseError, match="it holds 1 MB, more than 1 MB"):
        load(tmp_path, text)
    with pytest.raises(EquipoiseError, match=r"unpacks to more than 1 MB. Give a smaller file"):
        load(tmp_path, gzip.compress(text))


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "pipe"])
def test_devices_and_pipes_are_refused(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    with pytest.raises(EquipoiseError, match="cannot be read: it is a device or a pipe; save its"):
        NetworkFile(path=path).build(3, 0)


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "friends.csv").write_text("a,b")
    for path, problem in {
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
        with pytest.raises(EquipoiseError, match=problem):
            NetworkFile(path=path).build(3, 0)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_one_may_not_read(tmp_path):
    path = tmp_path / "locked.csv"
    path.write_text("a,b")
    path.chmod(0)
    with pytest.raises(EquipoiseError, match="cannot be read: Permission denied"):
        NetworkFile(path=str(path)).build(3, 0)


# the same everywhere

SCRIPT = """
import hashlib, networkx
from equipoise.network import NetworkFile, from_graph
graph = networkx.relabel_nodes(networkx.barbell_graph(9, 3), lambda n: "p" + str(n * 7919 % 97))
networks = [from_graph(graph), NetworkFile(path="ties.csv").build(0, 0)]
rows = [(n.starts.tolist(), n.neighbours.tolist(), n.tribe.tolist(), n.names) for n in networks]
notes = [n.notes for n in networks]
print(hashlib.sha256(repr((rows, notes)).encode()).hexdigest())
"""


def test_every_process_reads_the_same(tmp_path):
    lines = [f"n{i * 31 % 50},n{i * i % 47},{i}.0\n" for i in range(200)]
    (tmp_path / "ties.csv").write_text("".join(lines))
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


@pytest.mark.skipif(not REAL.exists(), reason="needs the shared data")
def test_a_real_network():
    """SNAP's ego-Facebook: 4,039 people, 88,234 ties, clustering .6055, assortativity .0636."""
    network = NetworkFile(path=str(REAL)).build(10, 0)
    check_rows(network)
    assert (network.size, network.ties) == (4039, 88_234)
    assert network.notes == (f"{REAL}: 4,039 people, 88,234 ties, 1 component; first tie 0-1",)
    graph = graph_of(network)
    assert nx.average_clustering(graph) == pytest.approx(0.6055, abs=0.0001)
    assert nx.degree_assortativity_coefficient(graph) == pytest.approx(0.0636, abs=0.0005)
    assert network.name(0) == "0"
    degree_107 = int(np.diff(network.starts)[network.names.index("107")])
    assert degree_107 == 1045


def test_the_way_of_writing_does_not_change_the_network(tmp_path):
    """200 people and 600 ties, with and without attributes, in tables and GraphML."""
    graph = nx.gnm_random_graph(200, 600, seed=3)
    ties = list(graph.edges)
    plain = tmp_path / "plain.edges"
    nx.write_edgelist(graph, plain, data=False)
    nx.set_edge_attributes(graph, {tie: n for n, tie in enumerate(ties)}, "weight")
    nx.set_edge_attributes(graph, dict.fromkeys(ties, "gym"), "kind")
    nx.write_edgelist(graph, tmp_path / "attributes.edges")
    nx.write_edgelist(graph, tmp_path / "table.tsv", delimiter="\t", data=["weight"])
    rows = [f"{n},{one},{other},Undirected\n" for n, (one, other) in enumerate(ties)]
    (tmp_path / "gephi.csv").write_text("Id,Source,Target,Type\n" + "".join(rows))
    lines = [f"{one} -> {other}\n" for one, other in ties]
    (tmp_path / "arrows.txt").write_text("".join(lines))
    (tmp_path / "plain.edges.gz").write_bytes(gzip.compress(plain.read_bytes()))
    expected = NetworkFile(path=str(plain)).build(0, 0)
    others = ("attributes.edges", "table.tsv", "gephi.csv", "arrows.txt", "plain.edges.gz")
    for name in others:
        network = NetworkFile(path=str(tmp_path / name)).build(0, 0)
        assert network.names == expected.names, name
        for rows_of in ("starts", "neighbours", "tribe"):
            assert np.array_equal(getattr(network, rows_of), getattr(expected, rows_of)), name
