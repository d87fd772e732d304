"""Shapes of tables: columns that name people, matrices, adjacency lists, timed contacts, doubts."""

import pytest

from equipoise.errors import EquipoiseError
from equipoise.network.columns import find_columns
from equipoise.network.doubts import refuse_doubtful_names, refuse_other_shapes
from equipoise.network.listing import AskedTies
from equipoise.network.rows import split_table
from equipoise.network.shapes import (
    are_timed_contacts,
    list_adjacency,
    list_matrix,
    share_in_common,
)

MEETINGS = ("1,2", "2,3", "1,3")
CONTACTS = "".join(f"{20 * line},{MEETINGS[line % 3]}\n" for line in range(60))


def rows_of(text):
    return split_table(text).rows


def ends_of(listing):
    return sorted(tuple(tie) for tie in listing.ends.tolist())


# columns


@pytest.mark.parametrize(
    ("text", "asked", "ends", "weight"),
    [
        ("a,b\nb,c\n", AskedTies(), (0, 1), None),
        ("id,source,target\n1,a,b\n", AskedTies(), (1, 2), None),
        ("target,w,source\nb,1,a\n", AskedTies(weight="w"), (2, 0), 1),
        (CONTACTS, AskedTies(), (1, 2), None),
        ("p,q,r\n" + CONTACTS, AskedTies(), (1, 2), None),
        ("a,b,c\nd,e,f\n", AskedTies(("3", "1")), (2, 0), None),
        ("x,y,z\na,b,1\nb,c,2\n", AskedTies(("x", "y"), "z"), (0, 1), 2),
        ("x,y,z\na,b,1\nb,c,2\n", AskedTies(("X", "Y"), "3"), (0, 1), 2),
        ("1,2\n2,1\n", AskedTies(("2", "1")), (1, 0), None),
        ("a b {'w': 1}\nb c {'w': 2}\n", AskedTies(weight="w"), (0, 1), None),
    ],
)
def test_columns_of_a_table(text, asked, ends, weight):
    columns = find_columns(split_table(text), "ties.csv", asked)
    assert (columns.ends, columns.weight) == (ends, weight)


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("source,target\na,b\n", ("source", "target")),
        ("source,target\n", ("source", "target")),
        ("anna,otto\n1,2\n", ("anna", "otto")),
        ("ann,bob,since\nbob,cid,2020-01-01\n", ("ann", "bob", "since")),
        ("0,1\nann,bob\n", ("0", "1")),
        ("0,1\n1,2\n", ()),
        ("0,1\n", ()),
        ("ann,bob\nbob,cid\n", ()),
        ("ann,bob,nan\nbob,cid,3\n", ()),
        ("ann,bob,\nbob,cid,3\n", ()),
        ("source,target\nsource,x\n", ()),
        ("user1,user2\nuser2,user3\n", ()),
        ("source,source\na,b\n", ()),
    ],
)
def test_headings_of_a_table(text, heading):
    assert find_columns(split_table(text), "ties.csv", AskedTies()).heading == heading


def test_columns_by_name_of_the_heading_are_named():
    def are_named(text, *columns):
        return find_columns(split_table(text), "ties.csv", AskedTies(columns)).are_named

    assert are_named("source,target\na,b\n")
    assert are_named("a,b\nb,c\n", "1", "2")
    assert not are_named("a,b\nb,c\n")
    assert not are_named("anna,otto\n1,2\n")


# matrices


@pytest.mark.parametrize(
    ("text", "names", "ends"),
    [
        ("0 1 0\n1 0 1\n0 1 0\n", "012", [(0, 1), (1, 2)]),
        ("0 1 0\n0 0 1\n0 0 0\n", "012", [(0, 1), (1, 2)]),
        ("0,2.5,0\n2.5,0,1\n0,1,0\n", "012", [(0, 1), (1, 2)]),
        (",a,b\na,0,3\nb,3,0\n", "ab", [(0, 1)]),
        (",a,b\na,0,3\nb,0,0\n", "ab", [(0, 1)]),
        ("a b c\na 0 1 1\nb 1 0 0\nc 1 0 0\n", "abc", [(0, 1), (0, 2)]),
        (",1,2\n1,0,1\n2,1,0\n", "12", [(0, 1)]),
        ("1 0 0\n0 0 1\n0 1 0\n", "012", [(0, 0), (1, 2)]),
    ],
)
def test_matrices(text, names, ends):
    listing = list_matrix(rows_of(text), directed=False)
    assert listing.names == tuple(names)
    assert ends_of(listing) == ends


@pytest.mark.parametrize(
    "text",
    [
        "0 1\n1 0\n",
        "1 2 3\n4 5 6\n7 8 9\n",
        "a b c\nb a d\nc d a\n",
        "0 1 1\n1 0\n1 0 0\n",
        "0 1 1\n1 0 1\n",
        ",a,b\na,0,x\nb,1,0\n",
        ",a,b\nb,0,1\na,1,0\n",
    ],
)
def test_other_tables_are_no_matrices(text):
    assert list_matrix(rows_of(text), directed=False) is None


# adjacency lists


@pytest.mark.parametrize(
    ("text", "names", "ends"),
    [
        ("a b c\nb a\nc a\n", "abc", [(0, 1), (0, 2)]),
        ("a b c\nb\nc\n", "abc", [(0, 1), (0, 2)]),
        ("a b\nb\nc\n", "abc", [(0, 1)]),
        ("a,b,c,d\nb\nc\nd\n", "abcd", [(0, 1), (0, 2), (0, 3)]),
        ("a: b c\nb: a\nc: a\n", "abc", [(0, 1), (0, 2)]),
    ],
)
def test_adjacency_lists(text, names, ends):
    listing = list_adjacency(split_table(text), "x", directed=False)
    assert listing.names == tuple(names)
    assert ends_of(listing) == ends


@pytest.mark.parametrize(
    "text",
    [
        "a b\nb c\n",
        "a b\nb a\n",
        "a b c\na c\nb\nc\n",
        "a b c\nb a\n",
        "a a b\nb\n",
        "a b b\nb a\n",
        "a\nb\n",
        "a b {}\nb a {}\n",
    ],
)
def test_other_tables_are_no_adjacency_lists(text):
    assert list_adjacency(split_table(text), "x", directed=False) is None


# timed contacts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 1 2\n20 2 3\n40 1 3\n", True),
        ("1 10 20\n2 20 10\n", True),
        ("1 2 5\n1 3 4\n2 3 1\n", False),
        ("40 1 2\n20 2 3\n", False),
        ("20 1 2\n20 2 3\n", False),
        ("20 a b\n40 b c\n", False),
        ("20 1\n40 2\n", False),
        ("", False),
    ],
)
def test_timed_contacts(text, expected):
    assert are_timed_contacts(rows_of(text)) == expected


def test_share_in_common_is_of_different_values():
    assert share_in_common(["a", "a", "b"], ["b", "c"]) == 0.5
    assert share_in_common(["a"], ["b"]) == 0


# doubts


@pytest.mark.parametrize(
    "text",
    [
        "a b\nb c\n",
        "1 2 3\n2 3 4\n",
        "4 4\n1 2\n2 3\n3 4\n1 3\n5 6\n",
        "a b 1\nb c\n",
        "0 1\n1 0\n",
    ],
)
def test_lists_of_ties_are_not_doubted(text):
    refuse_other_shapes(rows_of(text), "x")


@pytest.mark.parametrize(
    ("sources", "targets", "third"),
    [
        (["1", "2"], ["ann", "ann"], []),
        (["1"], ["ann"], []),
        (["1", "2"], ["2", "3"], ["5", "1"]),
        (["ann", "bob"], ["bob", "cid"], ["friend", "friend"]),
        (["0", "0"], ["1", "2"], ["2", "1"]),
        ([], [], []),
    ],
)
def test_names_that_are_not_doubted(sources, targets, third):
    pairs = list(zip(sources, targets, strict=True))
    refuse_doubtful_names(pairs, (0, 1), "x", third)


def test_doubts_name_the_columns_and_the_way_out():
    with pytest.raises(EquipoiseError, match=r"^x: columns 2 and 4: .*network.columns=\[1,2\]"):
        refuse_doubtful_names([("1.5", "2"), ("2", "3")], (1, 3), "x", [])
