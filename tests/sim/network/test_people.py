"""Tables of people: which column names them, tribes, what differs from the people of ties."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equipoise.errors import EquipoiseError
from equipoise.network.listing import NetworkListing
from equipoise.network.people import PeopleTable, add_people

LISTING = NetworkListing(3, np.array([(0, 1), (1, 2)]), names=("ann", "bob", "cid"))
any_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


def added(folder, text, listing=LISTING):
    path = folder / "people.csv"
    path.write_text(text, "utf-8")
    return add_people(listing, path)


@pytest.mark.parametrize(
    ("heading", "columns", "people"),
    [
        (["id", "name"], [["1", "2"], ["ann", "bob"]], ["ann", "bob"]),
        (["id", "name"], [["1", "2"], ["eve", "fay"]], ["1", "2"]),
        (["name", "id"], [["eve", "fay"], ["1", "2"]], ["1", "2"]),
        (["age", "label"], [["33", "44"], ["eve", "fay"]], ["eve", "fay"]),
        ([], [["eve", "fay"], ["33", "44"]], ["eve", "fay"]),
        ([], [["33", "44"], ["bob", "fay"]], ["bob", "fay"]),
        ([], [], []),
    ],
)
def test_the_column_of_people(heading, columns, people):
    assert PeopleTable(heading, columns).find_people(LISTING.names) == people


@pytest.mark.parametrize(
    ("heading", "columns", "tribes"),
    [
        (["id", "tribe"], [["a", "b"], ["x", "y"]], ["x", "y"]),
        (["Tribe", "id"], [["x", "y"], ["a", "b"]], ["x", "y"]),
        (["id", "tribe"], [["a", "b"], ["x", ""]], []),
        (["id", "group"], [["a", "b"], ["x", "y"]], []),
        (["id", "tribe"], [["a", "b"]], []),
        ([], [["a", "b"]], []),
    ],
)
def test_the_column_of_tribes(heading, columns, tribes):
    assert PeopleTable(heading, columns).find_tribes() == tribes


def test_people_of_ties_keep_their_places(tmp_path):
    listing = added(tmp_path, "id\nzoe\ncid\nbob\nann\nyan\n")
    assert listing.names == ("ann", "bob", "cid", "zoe", "yan")
    assert listing.size == 5
    assert listing.ends.tolist() == LISTING.ends.tolist()
    assert [note.split(" from ")[0] for note in listing.notes] == [
        "2 people without ties were added"
    ]


def test_tribes_are_taken_if_everybody_has_one(tmp_path):
    assert added(tmp_path, "id,tribe\nann,x\nbob,y\ncid,x\n").blocks.tolist() == [0, 1, 0]
    assert added(tmp_path, "id,tribe\nann,x\nbob,y\n").blocks is None
    assert added(tmp_path, "id,tribe\nann,x\nbob,\ncid,x\n").blocks is None


def test_people_are_listed_once_and_without_gaps(tmp_path):
    listing = added(tmp_path, "id,age\nann,3\nann,3\n,4\nzoe,5\n")
    assert listing.names == ("ann", "bob", "cid", "zoe")
    assert "2 people of ties are not in" in listing.notes[-1]


NUMBERS = replace(LISTING, names=("1", "2", "3"))


def test_ids_are_unified_as_in_ties(tmp_path):
    assert added(tmp_path, "n,id\n1,1.0\n1,2.0\n1,4.0\n1,\n", NUMBERS).names == (*"123", "4")
    mixed = replace(LISTING, names=("ann", "1.0", "2"))
    assert added(tmp_path, "id\n1.0\n3.0\n", mixed).names == ("ann", "1.0", "2", "3.0")
    # Ties of a graph keep ids such as 1.0.
    decimals = replace(LISTING, names=("1.0", "2.0", "3"))
    assert added(tmp_path, "id\n1.0\n4.0\n", decimals).names == ("1.0", "2.0", "3", "4")


@pytest.mark.parametrize("missing", ["", "NaN", "nan", "None", "NULL", "<NA>"])
def test_missing_values_are_no_people_and_no_tribes(tmp_path, missing):
    listing = added(tmp_path, f"id,tribe\nann,x\nbob,x\ncid,{missing}\n")
    assert listing.blocks is None
    assert "tribe of" in listing.notes[-1]
    assert "is not used: some people have no tribe" in listing.notes[-1]
    assert added(tmp_path, f"id,age\nann,1\n{missing},2\n").names == LISTING.names


@pytest.mark.parametrize("text", ['[{"id": "ann"}]', ' {"nodes": []}', "<graphml/>"])
def test_people_in_other_formats_are_refused(tmp_path, text):
    with pytest.raises(EquipoiseError, match=r"people.csv' is JSON or XML, not a table\. Give a"):
        added(tmp_path, text)


def test_a_person_of_two_tribes_is_refused(tmp_path):
    with pytest.raises(EquipoiseError, match=r"gives 'ann' two tribes, 'x' and 'y'\. Give each"):
        added(tmp_path, "id,tribe\nann,x\nbob,x\nann,y\ncid,y\n")
    listing = added(tmp_path, "id,tribe\nann,x\nbob,x\nann,x\n,z\n,x\ncid,y\n")
    assert listing.blocks.tolist() == [0, 0, 1]


def test_long_fields_of_people_are_refused(tmp_path):
    with pytest.raises(EquipoiseError, match=r"people.csv: line 2 has a field in quotes of more"):
        added(tmp_path, f'id,bio\nann,"{"x" * 140_000}"\n')


@pytest.mark.parametrize("text", ["", "\n", "id\n", "id,name\n,\n", "# nobody\n"])
def test_a_table_of_nobody_is_refused(tmp_path, text):
    with pytest.raises(
        EquipoiseError, match=r"names no people. Give a table of people: one per line"
    ):
        added(tmp_path, text)


words = st.text("abcdé名", min_size=1, max_size=4).map(lambda word: f"p{word}")


@any_folder
@given(
    people=st.lists(words, min_size=1, unique=True),
    separator=st.sampled_from([",", ";", "\t"]),
    headed=st.booleans(),
)
def test_all_people_of_a_table_are_there(tmp_path, people, separator, headed):
    lines = [f"{name}{separator}{number}" for number, name in enumerate(people)]
    heading = [f"id{separator}age"] if headed else []
    listing = added(tmp_path, "\n".join([*heading, *lines]))
    assert set(listing.names) == {*LISTING.names, *people}
    assert listing.names[:3] == LISTING.names
