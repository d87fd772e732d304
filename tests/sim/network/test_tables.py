"""Tables of ties as people have them: each is read as meant, or refused with its likely format."""

import re

import pytest
from network_checks import directions, load, pairs, strengths

from equipoise.errors import EquipoiseError

TRIANGLE = {frozenset(pair) for pair in ("ab", "bc", "ac")}
CHAIN = {frozenset(pair) for pair in ("12", "23", "34")}
NAMES = {frozenset(pair) for pair in (("ann", "bob"), ("bob", "cid"), ("cid", "dan"))}


def ties(*pairs_of_letters: str) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in pairs_of_letters}


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
        "a|b\nb | c\na|c\n",
        "a--b\nb -- c\na--c\n",
        "a -> b\nb->c\na -> c\n",
        "a → b\nb → c\na → c\n",
        "a - b\nb - c\na - c\n",
        "a:b\nb:c\na:c\n",
        "a: b\nb: c\na: c\n",
        "a b # friends\nb c\na c # since 2020\n",
        "'a' 'b'\n'b' 'c'\n'a' \"c\"\n",
        "a b {}\nb c {'weight': 3}\na c {'tags': ['x', 'y'], 'note': 'it, is'}\n",
        "a,b,{'weight': 1, 'kind': 'gym'}\nb,c,{'weight': 2, 'kind': 'x'}\na,c,{}\n",
        "a;b;{'weight': 1, 'kind': 'gym'}\nb;c;{'weight': 2}\na;c;{}\n",
    ],
)
def test_separators_of_two_names(tmp_path, content):
    network = load(tmp_path, content)
    assert pairs(network) == TRIANGLE
    assert network.names[:1] == ("a",)
    summary = "ties.txt: 3 people, 3 ties, 1 component; first tie a-b"
    assert [note.rpartition("/")[2] for note in network.notes] == [summary]


# the files of people that were misread, with what is right

MEETINGS = ("1 2", "2 3", "1 3")
CONTACTS = "".join(f"{20 * line} {MEETINGS[line % 3]}\n" for line in range(60))
# A few lines of contacts could as well be ties with a weight.
SOCIO_PATTERNS = "".join(
    f"{time}\t{pair}\n"
    for time in range(20, 820, 40)
    for pair in ("1148\t1644", "1644\t1613", "656\t682")
)
CLASSES = "".join(
    f"{time} {line}\n"
    for time in range(20, 820, 40)
    for line in ("1 2 51 52", "1 3 51 51", "2 3 52 51", "4 1 52 51")
)
KONECT = (
    "% sym positive\n% 4 4 4\n1 2\t1\t1082040961\n2 3\t1\t1082040962\n"
    "3 4\t2\t1082040963\n4 1\t1\t1082040964\n"
)
NETWORKX = "".join(
    f"{n} {(n + 1) % 8} {{'weight': {n % 3}, 'kind': '{'gym' if n % 2 else 'work'}'}}\n"
    for n in range(8)
)


@pytest.mark.parametrize(
    ("name", "content", "size", "expected"),
    [
        (
            "networkx with attributes",
            NETWORKX,
            8,
            {frozenset((str(n), str((n + 1) % 8))) for n in range(8)},
        ),
        ("KONECT", KONECT, 4, ties("12", "23", "34", "14")),
        ("decimal commas", "ann bob 0,5\nbob cid 1,25\ncid dan 0,75\n", 4, NAMES),
        ("decimal commas, tabs", "ann\tbob\t0,5\nbob\tcid\t1,25\ncid\tdan\t0,75\n", 4, NAMES),
        ("decimal commas, semicolons", "ann;bob;0,5\nbob;cid;1,25\ncid;dan;0,75\n", 4, NAMES),
        ("arrows", "1 -> 2\n2 -> 3\n3 -> 4\n", 4, CHAIN),
        ("row numbers", "id,source,target\n1,ann,bob\n2,bob,cid\n3,cid,dan\n", 4, NAMES),
        ("pandas index", ",source,target\n0,ann,bob\n1,bob,cid\n2,cid,dan\n", 4, NAMES),
        ("pandas, no names", "0,1\nann,bob\nbob,cid\ncid,dan\n", 4, NAMES),
        (
            "SocioPatterns",
            SOCIO_PATTERNS,
            5,
            {frozenset(p) for p in (("1148", "1644"), ("1644", "1613"), ("656", "682"))},
        ),
        (
            "SocioPatterns with classes",
            CLASSES,
            4,
            ties("12", "13", "23", "14"),
        ),
        ("t i j", "t,i,j\n1,1,2\n2,2,3\n3,3,4\n", 4, CHAIN),
        (
            "Gephi",
            '"Source","Target","Type","Id","Label","Weight"\n'
            '"ann","bob","Directed","0","","1.0"\n"bob","cid","Directed","1","","2.0"\n'
            '"cid","dan","Directed","2","","1.0"\n',
            4,
            NAMES,
        ),
        (
            "source and destination",
            '"Source","Destination","Type"\n"ann","bob","Directed"\n"bob","cid","Directed"\n',
            3,
            {frozenset(("ann", "bob")), frozenset(("bob", "cid"))},
        ),
        (
            "Neo4j",
            ":START_ID(Person),:END_ID(Person),:TYPE\n"
            "ann,bob,KNOWS\nbob,cid,KNOWS\ncid,dan,LIKES\n",
            4,
            NAMES,
        ),
        (
            "Neo4j, all in one",
            '"_id","_labels","name","_start","_end","_type"\n"0",":Person","Ann",,,\n'
            '"1",":Person","Bob",,,\n,,,"0","1","KNOWS"\n',
            2,
            ties("01"),
        ),
        (
            "labels between ids",
            "source_id,source_label,target_id,target_label\n"
            "1,Ann,2,Bob\n2,Bob,3,Cid\n3,Cid,4,Dan\n",
            4,
            CHAIN,
        ),
        ("weights first", "weight,from,to\n0.5,ann,bob\n1.5,bob,cid\n2,cid,dan\n", 4, NAMES),
        ("dots", "edge.source;edge.w;edge.target\n", 0, set()),
        ("German", "Von;Nach;Stärke\nann;bob;0,5\nbob;cid;1\ncid;dan;2\n", 4, NAMES),
        ("French", "origine,destination\nann,bob\nbob,cid\ncid,dan\n", 4, NAMES),
        ("twins", "user_1,user_2,n\nann,bob,1\nbob,cid,2\ncid,dan,3\n", 4, NAMES),
        ("twins of ids", "id1 id2\n1 2\n2 3\n3 4\n", 4, CHAIN),
        ("commented heading", "#weight,source,target\n1,ann,bob\n2,bob,cid\n3,cid,dan\n", 4, NAMES),
        ("SNAP", "# Nodes: 4 Edges: 3\n# FromNodeId\tToNodeId\n1\t2\n2\t3\n3\t4\n", 4, CHAIN),
        ("0/1 matrix", "0,1,1,0\n1,0,1,0\n1,1,0,1\n0,0,1,0\n", 4, ties("01", "02", "12", "23")),
        ("weighted matrix", "0 2.5 0\n2.5 0 1\n0 1 0\n", 3, ties("01", "12")),
        (
            "matrix with names",
            ",ann,bob,cid,dan\nann,0,1,0,0\nbob,1,0,1,0\ncid,0,1,0,1\ndan,0,0,1,0\n",
            4,
            NAMES,
        ),
        ("matrix of R", "a b c\na 0 1 1\nb 1 0 1\nc 1 1 0\n", 3, TRIANGLE),
        (
            "adjacency list",
            "0 1 2 3\n1 0 2\n2 0 1 3\n3 0 2\n",
            4,
            ties("01", "02", "03", "12", "23"),
        ),
        (
            "adjacency list, each tie once",
            "#networkx\n0 1 2\n1 2\n2\n3\n",
            4,
            ties("01", "02", "12"),
        ),
        ("adjacency list, colons", "a: b c\nb: a c\nc: a b\nd: a\n", 4, TRIANGLE | ties("ad")),
        ("adjacency list, commas", "a,b,c\nb,a\nc,a,d\nd,c\n", 4, ties("ab", "ac", "cd")),
        (
            "hashtags",
            "source,target\n#brand,ann\n#brand,bob\nann,bob\n",
            3,
            {frozenset(p) for p in (("#brand", "ann"), ("#brand", "bob"), ("ann", "bob"))},
        ),
        (
            "hashtags, no heading",
            "#a,b\n#a,c\nb,c\n",
            3,
            {frozenset(p) for p in (("#a", "b"), ("#a", "c"), "bc")},
        ),
        ("decimal ids", "source,target\n7,8.0\n8,9.0\n9,7.0\n", 3, ties("78", "89", "79")),
        ("heading again", "source,target\na,b\nb,c\nsource,target\na,c\n", 3, TRIANGLE),
        (
            "two spellings of é",
            "é,b\ne\u0301,c\nb,c\n",
            3,
            {frozenset(p) for p in ("éb", "éc", "bc")},
        ),
        ("hidden letters", "a,b\na\u200b,c\nb,\ufeffc\n", 3, TRIANGLE),
        (
            "tuples as names",
            "(0, 0) (1, 0) {}\n(0, 0) (0, 1) {}\n",
            3,
            {frozenset(p) for p in (("0, 0", "1, 0"),)},
        ),
        ("JSON pairs", '[["a","b"],["b","c"],["a","c"]]', 3, TRIANGLE),
        (
            "JSON records",
            '[{"w": 1, "source": "a", "target": "b"}, {"source": "b", "target": "c"},'
            ' {"source": "a", "target": "c"}]',
            3,
            TRIANGLE,
        ),
        (
            "lines of JSON",
            '{"from": 1, "to": 2}\n{"from": 2, "to": 3}\n{"from": 3, "to": 4}\n',
            4,
            CHAIN,
        ),
    ],
)
def test_tables_as_people_have_them(tmp_path, name, content, size, expected):
    network = load(tmp_path, content)
    if size == 0:
        assert "it holds no ties" in network.notes[0]
        return
    assert network.size == size
    if name == "tuples as names":
        assert pairs(network) == {frozenset(("(0, 0)", "(1, 0)")), frozenset(("(0, 0)", "(0, 1)"))}
    else:
        assert pairs(network) == expected
    assert re.search(rf": {size} people, {network.ties} ties?, ", network.notes[0])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Id,Label\n1,Ann\n2,Bob\n3,Cid\n", "heading of a table of people.*network.nodes"),
        ("user_id,name,age\n1,Ann,33\n2,Bob,44\n", "heading of a table of people"),
        ("1,Ann\n2,Bob\n3,Cid\n", "columns 1 and 2: they look like ids"),
        ("a 0.5 b\nb 0.7 c\n", "more than two names.*network.columns"),
        ("a,0.5,b\nb,0.7,c\n", "numbers with decimals such as 0.5 do not name people"),
        ("0.5,a,b\n0.7,b,c\n", "numbers with decimals"),
        ("5,ann,bob\n7,bob,cid\n", r"second and third columns probably name the people.*\[1,2\]"),
        ("x,y\n1.23E+17,4\n4,5\n", "a spreadsheet has rounded ids"),
        ("0 1 1\n1 0 1\n", "like an adjacency matrix, but has 2 lines of 3 columns"),
        ("4 3\n1 2\n2 3\n3 4\n", "line 1 .4 3. looks like the numbers of people and ties"),
        ("a b c\nb a d\nc a\n", "2 to 3 names: it looks like an adjacency list"),
        ("a b c\nb a c\nc a b\n", "every line names three people: an adjacency list, or ties"),
        ("source,target\na,nan\n", "line 2 names one person only"),
        ("source,target\nann,bob\ndan,\n", "line 3 names one person only.*network.nodes"),
        ("a\nb\nc\n", "names one person only"),
        ("(0, 0),(1, 0)\n(1, 0),(2, 0)\n", "punctuation in place of a name.*quotes"),
        ("| a | b |\n| c | d |\n", "names one person only"),
        ('a,"b\nb,c\n', "leaves a quote open"),
        ("graph {\n a -- b;\n}\n", "Graphviz DOT"),
        ("digraph G {\n a -> b;\n}\n", "Graphviz DOT"),
        ("1 ann\n2 bob\n3 cid\n#\n1 2\n2 3\n", "Trivial Graph Format"),
        ("*node data\nID name\n1 ann\n*tie data\nfrom to\n1 2\n", "NetDraw"),
        ("2020-01-01,ann,bob\n2020-01-02,bob,cid\n", "dates such as 2020-01-01 do not name"),
        ("at,who,whom\n2020-01-01,ann,bob\n2020-01-02,bob,cid\n", "dates such as"),
        ("KNOWS,ann,bob\nKNOWS,bob,cid\nLIKES,cid,ann\n", "second and third columns probably"),
        ("e1,ann,bob\ne2,bob,cid\ne3,cid,ann\n", "second and third columns probably"),
        ("9,1,4\n3,4,1\n8,2,4\n", "second and third columns probably"),
        ("edges:\n  - [a, b]\n", "YAML"),
        ("dl n=4 format=edgelist1\ndata:\n1 2\n", "UCINET DL"),
        ("nodedef>name VARCHAR\na\nedgedef>a,b\n", "GDF"),
        ("<!DOCTYPE html><html><body>a</body></html>", "not well-formed|web page"),
        ("<html><body>a b</body></html>", "it is a web page"),
        ('{"a": 1}', "not a JSON file that can be read: nodes and links are expected, not a"),
        ('{"a": 1', "looks like JSON, but cannot be read"),
        ("[1, 2]", "JSON list, but not of ties"),
    ],
)
def test_other_shapes_are_refused_by_name(tmp_path, content, problem):
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("source,target\na,b\nb,c\na,c\n", r"line 1 \(source, target\) was read as a header"),
        ("# who\nFrom_ID\tTo_ID\na\tb\nb\tc\na\tc\n", "line 2 .* header"),
        ("source,target,weight\na,b,1\nb,c,2\na,c,3\n", "column not used: weight"),
        ("a b 1.5\nb c -2e3\na c .5\n", "column not used: 3"),
        ("a,b,2024-01-01,friend\nb,c,,\na,c,x,y\n", "columns not used: 3, 4"),
        ("a b\nb b\nb c\na c\nc c\n", "2 ties of a person to themselves left out"),
        ("a b\nb a\nb c\na c\na c\n", r"2 repeated ties \(a-b again, or b-a\) counted once"),
        ("a b\na a\nb c\na c\n", "1 tie of a person"),
        ("a,b\nb,c\n#note,x\na,c\n", "1 line that begins with # or % read as a tie"),
        ("a b\nb c\n#note x\na c\n", "1 line that begins with # or % skipped as a comment"),
        ("source,target\na,b\nb,c\nsource,target\na,c\n", "line 4 repeats the header"),
        ("A,b\nb,c\na,c\n", "differ only in case or @ are different people: A and a"),
        ("@a,b\nb,c\na,c\n", "different people: @a and a"),
        ("source,target\n7,8.0\n8,9\n", "ids such as 8.0 were read as 8"),
        (CONTACTS, "columns 2 and 3 were read as people, column 1 as a time"),
        ("0 1 1\n1 0 1\n1 1 0\n", "read as an adjacency matrix of 3 people"),
        ("0 1 2\n1 2\n2\n", "read as an adjacency list of 3 people"),
    ],
)
def test_decisions_are_noted(tmp_path, content, note):
    assert re.search(note, "\n".join(load(tmp_path, content).notes))


def test_a_column_of_directions_is_used_if_asked(tmp_path):
    content = (
        "Source,Target,Type,Weight\na,b,Directed,1\nb,c,Undirected,2\nc,d,Mutual,4\n"
        "d,d,Undirected,1\n"
    )
    network = load(tmp_path, content, directed=True, weight="Weight")
    assert directions(network) == {("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "c")}
    assert strengths(network)["d", "c"] == strengths(network)["c", "d"] == 2
    assert "1 tie of a person to themselves" in network.notes[-1]
    assert not any("not used" in note for note in network.notes)
    assert "column not used: Type" in load(tmp_path, content, weight="Weight").notes[2]
    kinds = content.replace("Mutual", "friend")
    assert load(tmp_path, kinds, directed=True).ties == 3


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        (("1,200", "300"), "line 1 has the weight '1,200' beside '300'.*Write 1200 or 1.200"),
        (("0", "300.5", "2,500"), "line 3 has the weight '2,500' beside '300.5'"),
        (("1,200", "1500"), "line 1 has the weight '1,200' beside '1500'"),
        (("1,200,000", "3"), "line 1 has the weight '1,200,000'; write a number"),
    ],
)
def test_commas_that_may_separate_thousands_are_refused(tmp_path, weights, problem):
    lines = [f'{place};{place + 1};"{weight}"\n' for place, weight in enumerate(weights)]
    with pytest.raises(EquipoiseError, match=problem):
        load(tmp_path, "".join(lines), weight="3")


@pytest.mark.parametrize(
    ("weights", "middle"),
    [
        (("1,250", "0,5", "1"), 1),
        (("1,25", "2", "1"), 1.25),
        (("0,125", "0,1", "0"), 0.1),
        (("1,500", "3,000", "0"), 1.5),
    ],
)
def test_commas_that_are_decimal_are_read(tmp_path, weights, middle):
    lines = [f"{place};{place + 1};{weight}\n" for place, weight in enumerate(weights)]
    network = load(tmp_path, "".join(lines), weight="3")
    first = float(weights[0].replace(",", "."))
    assert strengths(network)["0", "1"] == pytest.approx(first / middle)


# People and influencers, or times and people: a few lines do not tell.
@pytest.mark.parametrize("lines", ["20 1 2\n40 2 3\n60 1 3\n", "10 3 4\n11 4 3\n12 5 4\n13 4 5\n"])
def test_few_lines_that_may_be_timed_contacts_are_refused(tmp_path, lines):
    with pytest.raises(
        EquipoiseError, match=r"[34] lines are too few to tell.*columns=\[2,3\] if.*time"
    ):
        load(tmp_path, lines)
    assert load(tmp_path, lines, columns=["2", "3"]).size == 3
    assert load(tmp_path, lines, columns=["1", "2"]).size > 3
    assert load(tmp_path, "t i j\n" + lines).size == 3


def test_a_sorted_list_of_people_and_influencers_is_no_list_of_times(tmp_path):
    lines = [f"{1000 + n // 3} {n % 7 + 1} {n % 5 + 1}\n" for n in range(60)]
    with pytest.raises(
        EquipoiseError, match=r"column 1 may be a time or a person.*line 1 has 1 in"
    ):
        load(tmp_path, "".join(lines))
    network = load(tmp_path, "".join(lines), columns=["1", "2"], weight="3")
    assert network.size == 27
    assert load(tmp_path, "t i j\n" + "".join(lines)).size == 7


def test_long_fields_in_quotes_are_refused(tmp_path):
    long_text = f'a,b,"{"x" * 140_000}"\n'
    with pytest.raises(
        EquipoiseError, match=r"ties.txt: line 2 has a field in quotes of more than"
    ):
        load(tmp_path, "source,target,text\n" + long_text)
    assert load(tmp_path, long_text.replace('"', "")).size == 2


def test_words_that_are_people_further_down_are_no_header(tmp_path):
    assert load(tmp_path, "node,from\nfrom,x\n").size == 3
    assert load(tmp_path, "user1,user2\nuser3,user4\n").size == 4
    assert load(tmp_path, "source,target\ntarget,x\n").size == 3


def test_unknown_words_above_numbers_are_a_header(tmp_path):
    network = load(tmp_path, "anna,otto\n1,2\n2,3\n")
    assert pairs(network) == ties("12", "23")


def test_names_may_hold_spaces_and_any_letters(tmp_path):
    network = load(tmp_path, 'Ann Smith,"Łukasz, jr."\n名前,Ann Smith\n')
    assert set(network.names) == {"Ann Smith", "Łukasz, jr.", "名前"}
    assert load(tmp_path, "Ann Smith\tBob Jones\nBob Jones\tCid Ray\n").size == 3
    assert load(tmp_path, "Smith, Ann; Jones, Bob\nJones, Bob; Ray, Cid\n").size == 3
    assert load(tmp_path, '"Ann Smith" "Bob Jones"\n"Bob Jones" Cid\n').size == 3


def test_components_are_in_the_summary(tmp_path):
    notes = load(tmp_path, "a b\nb c\nd e\n").notes
    assert notes[0].endswith(
        "5 people, 3 ties, 2 components, the largest with 60.0% of the people; first tie a-b"
    )


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
