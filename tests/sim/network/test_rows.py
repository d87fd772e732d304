"""Lines of a table as fields: separators, quotes, comments, attributes."""

import pytest

from equipoise.network.rows import BLANKS, choose_separator, split_fields, split_table


@pytest.mark.parametrize(
    ("lines", "separator"),
    [
        (["a b", "b c"], BLANKS),
        (["a\tb", "b\tc"], "\t"),
        (["a\tb", "b c"], BLANKS),
        (["a b\t1", "b c\t2"], BLANKS),
        (["1 2\ta", "2 3\tb"], BLANKS),
        (["Ann Smith\tBob", "Bob\tCid"], "\t"),
        (["Ann Smith\tBob Ray", "Bob Ray\tCid May"], "\t"),
        (["source target\tweight", "a b\t1"], BLANKS),
        (["a,b", "b,c"], ","),
        (["a, b", "b, c"], ","),
        (["a b 0,5", "b c 1,5"], BLANKS),
        (["a b 0,5 1,5", "b c 1,5 2,5"], BLANKS),
        (["1,2", "2,3"], ","),
        (["1 2,3", "2 3,4"], ","),
        (["(0, 1) (1, 1)", "(1, 1) (2, 1)"], BLANKS),
        (["(0, 1),(1, 1)", "(1, 1),(2, 1)"], ","),
        (["a;b;0,5", "b;c;1,5"], ";"),
        (["a,b,x;y", "b,c,y;z"], ","),
        (["Smith, Ann; Ray, Bob", "Ray, Bob; May, Cid"], ";"),
        (["source,target;x", "a,b;y"], ","),
        (["a|b", "b|c"], "|"),
        (["a,b\tc", "b,d\te"], "\t"),
        (["a->b", "b->c"], "->"),
        (["a -> b", "b -> c"], "->"),
        (["a --> b", "b --> c"], "-->"),
        (["a => b", "b => c"], "=>"),
        (["a -- b", "b -- c"], "--"),
        (["a - b", "b - c"], " - "),
        (["a-b c-d", "c-d e-f"], BLANKS),
        (["a: b", "b: c"], ": "),
        (["a:b", "b:c"], ":"),
        (["a b 12:30", "b c 12:40"], BLANKS),
        (["a,b,12:30", "b,c,12:40"], ","),
        (["http://a.org http://b.org"], BLANKS),
        (["a,b,c->d", "b,c,d->e"], ","),
        (["a -> b -> c", "b -> c -> d"], BLANKS),
        (["a", "b,a", "c"], ","),
        (["a b", "c, d", "e f"], BLANKS),
    ],
)
def test_separator_of_lines(lines, separator):
    assert choose_separator(lines) == separator


@pytest.mark.parametrize(
    ("line", "separator", "fields"),
    [
        ("a  b\tc", BLANKS, ["a", "b", "c"]),
        ('"Ann Smith" b', BLANKS, ["Ann Smith", "b"]),
        ("'Ann Smith' b", BLANKS, ["Ann Smith", "b"]),
        ('"say ""hi""" b', BLANKS, ['say "hi"', "b"]),
        ("it's b", BLANKS, ["it's", "b"]),
        ("(0, 1) (1, 2)", BLANKS, ["(0, 1)", "(1, 2)"]),
        ("a b # friends", BLANKS, ["a", "b"]),
        ("a b %50 c", BLANKS, ["a", "b"]),
        ("#a b", BLANKS, ["#a", "b"]),
        ("a #b", BLANKS, ["a", "#b"]),
        ('"a,b" , c', ",", ["a,b", "c"]),
        ("a,,c", ",", ["a", "", "c"]),
        (" a ;b", ";", ["a", "b"]),
        ("a -> b;", "->", ["a", "b"]),
        ("a -> b [weight=2];", "->", ["a", "b"]),
        ("a -> b 0.5", "->", ["a", "b", "0.5"]),
        ("Ann Smith -> Bob Ray", "->", ["Ann Smith", "Bob Ray"]),
        ("a: b c d", ": ", ["a", "b", "c", "d"]),
    ],
)
def test_fields_of_a_line(line, separator, fields):
    assert split_fields(line, separator) == fields


def fields_of(text):
    return [row.fields for row in split_table(text).rows]


def test_lines_keep_their_number_and_text():
    rows = split_table("# head\n\na b\n  c d  \n").rows
    assert [(row.number, row.text) for row in rows] == [(3, "a b"), (4, "c d")]


def test_attributes_are_set_apart_from_the_fields():
    table = split_table("a b {'w': 1, 'x': 'y, {z}'}\nb c {}\n")
    assert table.has_attributes
    assert [row.fields for row in table.rows] == [["a", "b"], ["b", "c"]]
    assert table.rows[0].attributes == "{'w': 1, 'x': 'y, {z}'}"
    assert not split_table("{a b\nb c\n").has_attributes


@pytest.mark.parametrize(
    ("text", "fields", "notes"),
    [
        ("# a b\na b\n", [["a", "b"]], 0),
        ("#a,b\na,c\n", [["#a", "b"], ["a", "c"]], 1),
        ("a,b\n#a,c\n", [["a", "b"], ["#a", "c"]], 1),
        ("a,b\n# a,c\n", [["a", "b"]], 0),
        ("a,b\n#a,b,c\n", [["a", "b"]], 0),
        ("a b\n#a c\n", [["a", "b"]], 1),
        ("##a,b\na,b\n", [["a", "b"]], 0),
        ("#source,target\na,b\n", [["source", "target"], ["a", "b"]], 0),
        ("% from to\na b\n", [["from", "to"], ["a", "b"]], 0),
        ("a,b # friends\nb,c\n", [["a", "b"], ["b", "c"]], 0),
        ("# only\n% comments\n", [], 0),
        ("", [], 0),
        (" \n\t\n", [], 0),
    ],
)
def test_comments(text, fields, notes):
    assert fields_of(text) == fields
    assert len(split_table(text).notes) == notes


def test_a_mark_that_few_lines_of_adjacency_have_is_found():
    assert fields_of("a\nb,a\nc\n") == [["a"], ["b", "a"], ["c"]]
