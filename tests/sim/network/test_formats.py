"""GraphML, GEXF, GML, Pajek, Matrix Market and JSON files as other programs write them."""

import json

import networkx as nx
import pytest
from network_checks import check_rows, directions, load, pairs, strengths

from equipoise.errors import EquipoiseError
from equipoise.network import NetworkFile

CHAIN = {frozenset(("ann", "bob")), frozenset(("bob", "cid"))}
NAMESPACE = 'xmlns="http://graphml.graphdrawing.org/xmlns"'


def graphml(body: str, keys: str = "", default: str = "undirected") -> str:
    return f'<graphml {NAMESPACE}>{keys}<graph edgedefault="{default}">{body}</graph></graphml>'


NODES = '<node id="ann"/><node id="bob"/><node id="cid"/>'
EDGES = '<edge source="ann" target="bob"/><edge source="bob" target="cid"/>'
DATE = '<key id="d0" for="node" attr.name="since" attr.type="date"/>'
DATED = NODES.replace('"ann"/>', '"ann"><data key="d0">2020-01-01</data></node>')


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain", graphml(NODES + EDGES)),
        ("a date", graphml(DATED + EDGES, DATE)),
        ("an int that is none", graphml(DATED + EDGES, DATE.replace("date", "int"))),
        ("no type", graphml(DATED + EDGES, DATE.replace(' attr.type="date"', ""))),
        ("no key", graphml(DATED + EDGES)),
        ("some ties directed", graphml(NODES + EDGES.replace("<edge", '<edge directed="true"', 1))),
        (
            "some ties undirected",
            graphml(NODES + EDGES.replace("<edge", '<edge directed="false"', 1), "", "directed"),
        ),
        ("no people listed", graphml(EDGES)),
        ("declaration", '<?xml version="1.0" encoding="UTF-8"?>\n' + graphml(NODES + EDGES)),
        ("no namespace", graphml(NODES + EDGES).replace(NAMESPACE, "")),
    ],
)
def test_graphml_of_any_kind(tmp_path, name, content, recwarn):
    network = load(tmp_path, content, "g.graphml")
    assert pairs(network) == CHAIN
    assert network.size == 3
    assert not recwarn.list
    assert pairs(load(tmp_path, content, "no_suffix")) == CHAIN


def test_graphml_of_networkx_is_read(tmp_path):
    graph = nx.DiGraph([("ann", "bob"), ("bob", "ann"), ("bob", "cid"), ("cid", "cid")])
    graph.add_node("dot")
    nx.set_node_attributes(graph, {"ann": "x", "bob": "y", "cid": "x", "dot": "y"}, "tribe")
    nx.write_graphml(graph, tmp_path / "g.GraphML")
    network = NetworkFile(path=str(tmp_path / "g.GraphML")).build(99, 0)
    check_rows(network)
    assert network.names == ("ann", "cid", "bob", "dot")
    assert network.tribe.tolist() == [0, 0, 1, 1]
    assert pairs(network) == CHAIN
    assert [note.split(": ")[-1].split(" (")[0] for note in network.notes] == [
        "4 people, 2 ties, 2 components, the largest with 75.0% of the people; first tie ann-bob",
        "directed ties are heard in both directions",
        "1 tie of a person to themselves left out",
        "1 repeated tie",
    ]


def test_attributes_of_files_are_used_or_noted(tmp_path):
    graph = nx.path_graph(["ann", "bob", "cid"])
    nx.set_node_attributes(graph, {"ann": "x", "bob": "x"}, "Tribe")
    nx.set_edge_attributes(graph, {("ann", "bob"): 1, ("bob", "cid"): 3}, "closeness")
    nx.write_graphml(graph, tmp_path / "g.graphml")
    network = NetworkFile(path=str(tmp_path / "g.graphml")).build(9, 0)
    notes = [note.split(": ", 1)[1] for note in network.notes[1:]]
    assert notes == [
        "Tribe is not used: 1 person without one",
        "attributes of ties not used: closeness",
    ]
    weighted = NetworkFile(path=str(tmp_path / "g.graphml"), weight="closeness").build(9, 0)
    assert strengths(weighted)["cid", "bob"] == 1.5


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<graphml><graph", "not well-formed XML: .*line 1, column 9"),
        ("a b\n", "not well-formed XML"),
        ("<html></html>", "not a GraphML file that can be read: it is a web page"),
        ("<graph/>", r"it is XML of another kind \(<graph>\)"),
        (f"<graphml {NAMESPACE}/>", "not a GraphML file that can be read"),
        (graphml('<hyperedge><endpoint node="a"/></hyperedge>'), "not a GraphML file that can be"),
        ("<gexf></gexf>", "not a GEXF file that can be read"),
    ],
)
def test_xml_that_is_no_network(tmp_path, content, problem):
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, content, "g.graphml")


def test_entities_of_xml_are_not_expanded_without_end(tmp_path):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE g [<!ENTITY e0 "x">{entities}]>' + graphml('<node id="&e11;"/>')
    with pytest.raises(EquipoiseError, match="not well-formed XML"):
        load(tmp_path, bomb, "g.graphml")


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.gexf.net/1.1draft",
        "http://www.gexf.net/1.2draft",
        "http://gexf.net/1.3",
        "http://www.gexf.net/9.9",
    ],
)
def test_gexf_of_any_version(tmp_path, namespace, recwarn):
    content = f"""<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="{namespace}" xmlns:viz="{namespace}/viz" version="1.3">
<meta><creator>Gephi</creator></meta>
<graph defaultedgetype="directed" mode="static" timeformat="date">
<attributes class="node"><attribute id="0" title="since" type="date"/></attributes>
<nodes>
<node id="ann" label="Ann A."><attvalues><attvalue for="0" value="2020-01-01"/></attvalues>
<viz:size value="10.0"/><viz:color r="1" g="2" b="3"/></node>
<node id="bob" label="Bob"/><node id="cid" label="Cid"/></nodes>
<edges><edge id="0" source="ann" target="bob" type="undirected" weight="2.0"/>
<edge id="1" source="bob" target="cid" weight="4"/></edges></graph></gexf>"""
    network = load(tmp_path, content, "g.gexf", weight="weight")
    assert pairs(network) == CHAIN
    assert strengths(network)["ann", "bob"] == pytest.approx(2 / 3)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            'Creator "igraph"\nVersion 1\ngraph\n[\n  directed 0\n'
            '  node\n  [\n    id 0\n    label "ann"\n  ]\n'
            '  node\n  [\n    id 1\n    label "bob"\n  ]\n'
            '  node\n  [\n    id 2\n    label "cid"\n  ]\n'
            "  edge\n  [\n    source 0\n    target 1\n  ]\n"
            "  edge\n  [\n    source 1\n    target 2\n  ]\n]\n",
            CHAIN,
        ),
        (
            "graph [ node [ id 7 ] node [ id 8 ] node [ id 9 ] edge [ source 7 target 8 ] ]",
            {frozenset("78")},
        ),
        (
            'graph [\n node [ id 7 label "x" ]\n node [ id 8 label "x" ]\n'
            " edge [ source 7 target 8 ]\n]",
            {frozenset("78")},
        ),
    ],
)
def test_gml(tmp_path, content, expected):
    assert pairs(load(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("g.txt", "a b c\nb\nc a\n", {"ab", "ac", "ca"}),
        ("g.csv", ",a,b,c\na,0,1,1\nb,0,0,0\nc,1,0,0\n", {"ab", "ac", "ca"}),
        ("g.csv", "x,a,b\na,0,1\nb,1,0\n", {"ab", "ba"}),
        (
            "g.net",
            "*Vertices 3\n1 a\n2 b\n3 c\n*Arcs\n1 2\n*Edges\n1 3\n",
            {"ab", "ac", "ca"},
        ),
        (
            "g.mtx",
            "%%MatrixMarket matrix coordinate pattern general\n3 3 2\n2 1\n3 1\n",
            {"21", "31"},
        ),
        (
            "g.mtx",
            "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 1\n2 1\n",
            {"21", "12"},
        ),
        ("g.graphml", graphml('<edge source="a" target="b"/>'), {"ab", "ba"}),
        ("g.graphml", graphml('<edge source="a" target="b"/>', "", "directed"), {"ab"}),
        (
            "g.gml",
            "graph [ directed 1 node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ] "
            "edge [ source 1 target 2 ] ]",
            {"12"},
        ),
        (
            "g.json",
            '{"directed": true, "nodes": ["a", "b"], "links": [{"source": "b", "target": "a"}]}',
            {"ba"},
        ),
    ],
)
def test_directions_are_kept_if_asked(tmp_path, name, content, expected):
    network = load(tmp_path, content, name, directed=True)
    assert {first + second for first, second in directions(network)} == expected


def gexf(edges: str, default: str) -> str:
    return f'<gexf><graph defaultedgetype="{default}"><edges>{edges}</edges></graph></gexf>'


MIXED_GRAPHML = (
    '<edge source="a" target="b" directed="true"><data key="w">2</data></edge>'
    '<edge source="b" target="c" directed="false"><data key="w">4</data></edge>'
    '<edge source="c" target="c" directed="false"><data key="w">1</data></edge>'
)
WEIGHT_KEY = '<key id="w" for="edge" attr.name="weight" attr.type="double"/>'
MIXED_GEXF = (
    '<edge source="a" target="b" type="directed" weight="2"/>'
    '<edge source="b" target="c" type="undirected" weight="4"/>'
    '<edge source="c" target="c" type="mutual" weight="1"/>'
)


@pytest.mark.parametrize("default", ["directed", "undirected"])
@pytest.mark.parametrize(
    ("write", "edges", "own"),
    [
        (lambda edges, default: graphml(edges, WEIGHT_KEY, default), MIXED_GRAPHML, "directed"),
        (gexf, MIXED_GEXF, "type"),
    ],
)
def test_ties_of_a_graph_have_their_own_direction(tmp_path, default, write, edges, own):
    # A tie without a direction of its own has that of the graph.
    word = {"directed": "true", "type": "directed"}[own]
    usual = word if default == "directed" else {"true": "false", "directed": "undirected"}[word]
    content = write(edges.replace(f' {own}="{usual}"', ""), default)
    network = load(tmp_path, content, directed=True, weight="weight")
    assert directions(network) == {("a", "b"), ("b", "c"), ("c", "b")}
    assert strengths(network)["c", "b"] == 4 / 4
    assert strengths(network)["a", "b"] == 2 / 4
    assert "1 tie of a person to themselves" in network.notes[-1]
    both_ways = load(tmp_path, content, weight="weight")
    assert both_ways.ties == 2
    assert strengths(both_ways)["b", "c"] == pytest.approx(4 / 3)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("*Vertices 99999999999\n*Edges\n1 2\n", "more than 10,000,000 people"),
        (
            "%%MatrixMarket matrix coordinate pattern symmetric\n99999999 99999999 1\n2 1\n",
            "more than 10,000,000 people",
        ),
    ],
)
def test_sizes_have_a_limit(tmp_path, content, problem):
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, content)


def test_gml_that_is_broken(tmp_path):
    with pytest.raises(EquipoiseError, match="not a GML file that can be read"):
        load(tmp_path, "graph [ node [ id 7 ] edge [ source 7 ] ]")


VERTICES = '*Vertices 3\n1 "ann" 0.1 0.2 0.5\n2 "bob" 0.3 0.3 0.5\n3 "cid" 0.1 0.1 0.5\n'


@pytest.mark.parametrize(
    "content",
    [
        VERTICES + "*Arcs :1\n1 2 1\n2 3 1\n",
        VERTICES + '*Arcs :1 "likes"\n1 2 1\n*Edges :2 "knows"\n2 3 1\n',
        VERTICES + "*Edges\n1 2\n2 3\n",
        VERTICES + "*Arcslist\n1 2\n2 3 1\n",
        VERTICES + "*Edgeslist\n2 1 3\n",
        VERTICES + "*Matrix\n0 1 0\n1 0 1\n0 1 0\n",
        "% a remark\n*Network friends\n" + VERTICES + "*Edges\n1 2\n2 3\n",
        VERTICES + "*Edges\n1 2\n2 3\n*Partition p\n*Vertices 3\n1\n1\n2\n",
    ],
)
def test_pajek_of_any_kind(tmp_path, content):
    network = load(tmp_path, content, "g.net")
    assert pairs(network) == CHAIN
    assert network.size == 3


@pytest.mark.parametrize("section", ["*Arcs:1", "*Edges:2", "*Arcs:1 likes"])
def test_sections_of_pajek_may_be_numbered(tmp_path, section):
    assert pairs(load(tmp_path, f"{VERTICES}{section}\n1 2\n2 3\n")) == CHAIN


def test_unknown_sections_of_pajek_are_refused(tmp_path):
    with pytest.raises(EquipoiseError, match=r"line 5 begins an unknown section '\*arc'.*\*arcs"):
        load(tmp_path, VERTICES + "*Arc\n1 2\n2 3\n*Edges\n1 3\n")
    assert pairs(load(tmp_path, VERTICES + "*Edges\n1 2\n2 3\n*Extra\n")) == CHAIN


def test_a_matrix_of_two_modes_ties_rows_to_the_vertices_behind_them(tmp_path):
    content = "*Vertices 5 3\n1 ann\n2 bob\n3 cid\n4 gym\n5 pub\n*Matrix\n1 0\n1 1\n0 1\n"
    network = load(tmp_path, content)
    assert pairs(network) == {
        frozenset(tie) for tie in (("ann", "gym"), ("bob", "gym"), ("bob", "pub"), ("cid", "pub"))
    }
    with pytest.raises(EquipoiseError, match="line 8 names vertex '6', which is not listed"):
        load(tmp_path, content.replace("1 0\n", "1 0 1\n"))


def test_a_network_of_two_modes_of_konect_is_refused(tmp_path):
    with pytest.raises(EquipoiseError, match=r"two-mode network of KONECT .% bip.*Put a letter"):
        load(tmp_path, "% bip weighted\n1 1 5 8000\n1 2 3 8001\n2 1 4 8002\n")


def test_pajek_without_lines_for_people(tmp_path):
    network = load(tmp_path, "*vertices 4\n*edges\n1 2\n2 3\n")
    assert network.size == 4
    assert pairs(network) == {frozenset("12"), frozenset("23")}
    same_label = '*Vertices 2\n1 "x"\n2 "x"\n*Edges\n1 2\n'
    assert pairs(load(tmp_path, same_label)) == {frozenset("12")}


@pytest.mark.parametrize(
    ("ties", "problem"),
    [
        ("*Edges\n1 9\n", "line 6 names vertex '9', which is not listed"),
        ("*Edges\n1\n", "line 6 names one person only"),
    ],
)
def test_pajek_with_bad_lines(tmp_path, ties, problem):
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, VERTICES + ties)


def test_matrix_market(tmp_path):
    content = (
        "%%MatrixMarket matrix coordinate pattern symmetric\n% network\n4 4 3\n2 1\n3 2\n4 3\n"
    )
    network = load(tmp_path, content, "g.mtx")
    assert pairs(network) == {frozenset("12"), frozenset("23"), frozenset("34")}
    dense = "%%MatrixMarket matrix array real general\n3 3\n0\n1\n0\n1\n0\n1\n0\n1\n0\n"
    assert pairs(load(tmp_path, dense)) == {frozenset("12"), frozenset("23")}
    with pytest.raises(EquipoiseError, match="not a Matrix Market file that can be read"):
        load(tmp_path, content.replace("4 4 3", "4 9 3"))


IDS = [{"id": "ann"}, {"id": "bob", "age": 3}, {"id": "cid"}]
LINKS = [{"source": "ann", "target": "bob"}, {"source": "bob", "target": "cid", "w": 2}]
FROM_TO = [{"from": "ann", "to": "bob"}, {"from": "bob", "to": "cid"}]


@pytest.mark.parametrize(
    "data",
    [
        {"directed": False, "multigraph": False, "graph": {}, "nodes": IDS, "links": LINKS},
        {"nodes": IDS, "edges": LINKS},
        {"nodes": ["ann", "bob", "cid"], "links": LINKS},
        {"nodes": IDS, "edges": FROM_TO},
        {"graph": {"nodes": {"ann": {}, "bob": {"label": "B"}, "cid": {}}, "edges": LINKS}},
        {"graph": {"nodes": IDS, "edges": LINKS}},
        {
            "elements": {
                "nodes": [{"data": node} for node in IDS],
                "edges": [{"data": link} for link in LINKS],
            }
        },
        {"nodes": [{"key": "ann"}, {"key": "bob"}, {"key": "cid"}], "edges": LINKS},
        {"nodes": [{"name": "ann"}, {"name": "bob"}, {"name": "cid"}], "links": LINKS},
        {"ann": ["bob"], "bob": ["ann", "cid"], "cid": ["bob"]},
        {"ann": ["bob"], "bob": ["cid"], "cid": []},
        LINKS,
        [["ann", "bob"], ["bob", "cid"]],
        [{"start": {"id": "ann"}, "end": {"id": "bob"}}, {"start": {"id": "bob"}, "end": IDS[2]}],
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_of_any_kind(tmp_path, data, indent):
    network = load(tmp_path, json.dumps(data, indent=indent), "g.json")
    assert pairs(network) == CHAIN


def test_json_with_places_of_people(tmp_path):
    data = {"nodes": [{"x": 1}, {"x": 2}, {"x": 3}], "links": [{"source": 0, "target": 2}]}
    network = load(tmp_path, json.dumps(data))
    assert network.size == 3
    assert pairs(network) == {frozenset("02")}


@pytest.mark.parametrize(
    ("ids", "ends"),
    [(["1", "2", "3"], [1, 2]), ([1, 2, 3], ["1", "2"]), ([1, 2, 3], [1.0, 2.0])],
)
def test_ids_of_json_are_compared_as_text(tmp_path, ids, ends):
    first, second = ends
    data = {"nodes": [{"id": name} for name in ids], "links": [{"source": first, "target": second}]}
    network = load(tmp_path, json.dumps(data))
    assert pairs(network) == {frozenset("12")}
    assert set(network.names) == {"1", "2", "3"}


@pytest.mark.parametrize("key", ["id", "name"])
def test_ends_of_d3_may_be_records_of_people(tmp_path, key):
    people = [{key: name, "x": 0.5} for name in ("ann", "bob", "cid")]
    links = [{"source": people[0], "target": people[1]}, {"source": "bob", "target": people[2]}]
    assert pairs(load(tmp_path, json.dumps({"nodes": people, "links": links}))) == CHAIN


@pytest.mark.parametrize("write", [nx.node_link_data, nx.adjacency_data, nx.cytoscape_data])
def test_json_of_networkx(tmp_path, write):
    graph = nx.relabel_nodes(nx.path_graph(4), dict(enumerate(("ann", "bob", "cid", "dot"))))
    network = load(tmp_path, json.dumps(write(graph)))
    assert pairs(network) == CHAIN | {frozenset(("cid", "dot"))}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"nodes": IDS}, "nodes and links are expected, not nodes"),
        ({"nodes": IDS, "links": [{"a": 1, "b": 2}]}, "links have no source and target, but a, b"),
        (
            {"nodes": IDS, "links": [{"source": {}, "target": 1}]},
            "not a JSON file that can be read",
        ),
        ({"nodes": 5, "links": []}, "not a JSON file that can be read"),
        ({"nodes": IDS[:2], "links": LINKS}, "links name 'cid', which is no node"),
        ({"nodes": IDS, "links": [{"source": "0", "target": "1"}]}, "links name '0', which is no"),
        ({"nodes": IDS, "links": [{"source": "ann", "target": 1}]}, "links name '1', which is no"),
        ({"ann": ["bob"], "bob": ["cid"]}, "nodes and links are expected, not ann, bob"),
        ([{"user": "ann", "text": "hi"}], "have no source and target, but user, text"),
        ([{"name": "Ann", "id": 3}, {"name": "Bob", "id": 4}], "table of people"),
    ],
)
def test_json_that_is_no_network(tmp_path, data, problem):
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, json.dumps(data))


def test_json_names_may_hold_quotes(tmp_path):
    network = load(tmp_path, json.dumps([['5" disk', "bob"], ["bob", "cid"]]))
    assert network.names == ('5" disk', "bob", "cid")


def test_json_records_have_columns(tmp_path):
    data = [{"a": "ann", "b": "bob", "c": 1}, {"a": "bob", "b": "cid", "c": 2}]
    network = load(tmp_path, json.dumps(data), columns=["a", "b"], weight="c")
    assert pairs(network) == CHAIN
    assert strengths(network)["cid", "bob"] == pytest.approx(4 / 3)
