"""Any content of a file is read as a network or refused in a sentence: no other error escapes."""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from network_checks import check_rows

from equipoise.errors import EquipoiseError
from equipoise.network import NetworkFile

any_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
MARKS = " \t\n\n,;|\"'#%:-<>{}[]()=*.@"
PIECES = [
    *("a", "b", "ann", "Ann Smith", "0", "1", "2", "17", "0.5", "0,5", "8.0", "1.2E+17", "nan"),
    *("source", "target", "id", "from", "to", "weight", "name", "user1", "user2", "t", "i", "j"),
    *("2020-01-01", "{'weight': 1, 'kind': 'gym'}", "{", "é", "e\u0301", "\u200b", "名", "😀"),
    *("*Vertices 3", "*Arcs", "*Edges", "*Matrix", "graph [", "graph {", "node [", "edge [", "]"),
    *("<graphml>", "<graph>", "<node id='a'/>", "<edge source='a' target='b'/>", "</graphml>"),
    *("<gexf>", "</gexf>", "</graph>", '{"nodes": [', '"links": [', "]}", "null", "true"),
    *("->", "--", "%%MatrixMarket matrix coordinate real general", "3 3 1", "nodedef>name"),
]
soup = st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(MARKS)), max_size=40)
columns = st.sampled_from([(), ("1", "2"), ("source", "target"), ("2", "9")])


def try_reading(path: Path, **options: object) -> None:
    """Read a file; fail on any error but a refusal in full sentences."""
    try:
        network = NetworkFile(path=str(path), **options).build(4, 0)
    except EquipoiseError as error:
        check_refusal(error.problems)
    else:
        check_rows(network)
        assert network.notes


def check_refusal(problems: list[str]) -> None:
    assert problems
    for problem in problems:
        assert re.search(r"[.!?]$", problem), problem
        assert len(problem) < 1500, problem


@any_folder
@given(pieces=soup, columns=columns, weight=st.sampled_from(["", "weight", "3"]))
@example(pieces=["0,1"], columns=(), weight="")
@example(pieces=["source,target"], columns=("source", "target"), weight="weight")
@example(pieces=['""', " ", '""'], columns=(), weight="")
def test_soup_of_formats(tmp_path, pieces, columns, weight):
    path = tmp_path / "soup.txt"
    path.write_text("".join(pieces), "utf-8")
    try_reading(path, columns=columns, weight=weight)


@any_folder
@given(lines=st.lists(st.lists(st.sampled_from(PIECES[:30]), min_size=1, max_size=5), max_size=8))
@pytest.mark.parametrize("separator", [",", "\t", " ", ";", " -> "])
def test_tables_of_anything(tmp_path, lines, separator):
    path = tmp_path / "table.csv"
    path.write_text("\n".join(map(separator.join, lines)), "utf-8")
    try_reading(path)
    try_reading(path, directed=True, weight="weight")


@any_folder
@given(content=st.binary(max_size=200), packed=st.booleans())
def test_bytes_of_anything(tmp_path, content, packed):
    path = tmp_path / "bytes"
    path.write_bytes(gzip.compress(content) if packed else content)
    try_reading(path)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(PIECES[:20])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["nodes", "links", "edges", "source", "target", "id", "graph", "data"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@any_folder
@given(data=st.one_of(st.lists(values, max_size=4), st.dictionaries(st.text(max_size=3), values)))
@example(data={"nodes": [], "links": [3]})
@example(data={"elements": 3})
@example(data={"elements": {"nodes": [{}]}})
@example(data={"adjacency": 3})
@example(data={"graph": {"nodes": {"a": 1}, "edges": []}})
@example(data=[[], []])
@example(data=[{}])
def test_json_of_anything(tmp_path, data):
    path = tmp_path / "data.json"
    path.write_text(json.dumps(data), "utf-8")
    try_reading(path)


@any_folder
@given(content=st.lists(st.sampled_from(PIECES[30:54]), max_size=12).map("\n".join))
@pytest.mark.parametrize("name", ["g.graphml", "g.gml", "g.net", "g.gexf"])
def test_graphs_of_anything(tmp_path, content, name):
    path = tmp_path / name
    path.write_text(content, "utf-8")
    try_reading(path)


@any_folder
@given(pieces=soup)
def test_people_of_anything(tmp_path, pieces):
    (tmp_path / "ties.csv").write_text("source,target\na,b\n")
    path = tmp_path / "people.csv"
    path.write_text("".join(pieces), "utf-8")
    try_reading(tmp_path / "ties.csv", nodes=str(path))
