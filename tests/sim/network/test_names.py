"""Names of people in one spelling, and weights from text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.errors import EquipoiseError
from equipoise.network.names import clean_name, is_no_name, unify_names
from equipoise.network.weights import (
    is_date,
    is_number,
    parse_number,
    parse_weights,
    read_attribute,
    scale_weights,
)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("ann", "ann"),
        ("e\u0301", "é"),
        ("é", "é"),
        ("a\u200bb", "ab"),
        ("\ufeffann", "ann"),
        ("ann\u00ad", "ann"),
        ("名前", "名前"),
        ("Ａ", "Ａ"),
    ],
)
def test_names_are_composed_without_hidden_letters(name, cleaned):
    assert clean_name(name) == cleaned


@given(st.text())
def test_cleaning_twice_changes_nothing(name):
    assert clean_name(clean_name(name)) == clean_name(name)


@pytest.mark.parametrize("text", ["->", "--", "{", "(", "a)", "(0", "1)", "[", "*", "...", "{'w':"])
def test_punctuation_is_no_name(text):
    assert is_no_name(text)


@pytest.mark.parametrize(
    "text", ["a", "A.", "(0, 1)", "it's", "#tag", "@ann", "😀", "-1", "a-b", "é"]
)
def test_letters_with_punctuation_are_a_name(text):
    assert not is_no_name(text)


@pytest.mark.parametrize(
    ("pairs", "unified", "notes"),
    [
        ([("a", "b")], [("a", "b")], []),
        ([("7", "8.0")], [("7", "8")], ["ids such as 8.0 were read as 8"]),
        ([("7.0", "8.00"), ("-1.0", "7")], [("7", "8"), ("-1", "7")], ["ids such as"]),
        ([("7.0", "ann")], [("7.0", "ann")], []),
        ([("7.5", "8.0")], [("7.5", "8")], ["ids such as 8.0"]),
        ([("é", "e\u0301")], [("é", "é")], ["composed form"]),
        ([("Ann", "ann")], [("Ann", "ann")], ["differ only in case or @"]),
        ([("@a", "a"), ("B", "b")], [("@a", "a"), ("B", "b")], ["@a and a, and 1 more"]),
    ],
)
def test_names_in_one_spelling(pairs, unified, notes):
    result, remarks = unify_names(pairs)
    assert list(result) == unified
    assert len(remarks) == len(notes)
    for remark, note in zip(remarks, notes, strict=True):
        assert note in remark


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        ("-1.5", -1.5),
        ("0,5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.2E+17", 1.2e17),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1_0", None),
        ("1.000,5", None),
        ("٣x", None),
        ("1 2", None),
    ],
)
def test_numbers_have_a_decimal_point_or_comma(text, number):
    assert parse_number(text) == number
    assert is_number(text) == (number is not None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-01", True),
        ("1.2.2020", True),
        ("1/2/20", True),
        ("2020-01-01T10:00", True),
        ("2020-01-01 10:00:00", True),
        ("2020-01/01", False),
        ("2020", False),
        ("1.5", False),
        ("ann", False),
    ],
)
def test_dates(text, expected):
    assert is_date(text) == expected


def test_bad_weights_are_all_named():
    texts = ["1", "x", "-1", ""]
    with pytest.raises(EquipoiseError, match="line 1 has the weight") as caught:
        parse_weights(texts, [f"line {n}" for n in range(4)], "ties.csv")
    assert caught.value.problems == (
        "ties.csv: line 1 has the weight 'x'; write a number of 0 or more.",
        "ties.csv: line 2 has the weight '-1'; write a number of 0 or more.",
        "ties.csv: line 3 has the weight ''; write a number of 0 or more.",
    )
    assert parse_weights(["1", "0,5"], ["", ""], "").tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("attributes", "value"),
    [
        ("{'w': 1.5, 'kind': 'gym'}", "1.5"),
        ("{'kind': 'gym'}", ""),
        ("{}", ""),
        ("", ""),
        ("{broken", ""),
        ("__import__('os')", ""),
        ("[1]", ""),
    ],
)
def test_attributes_are_data_and_never_run(attributes, value):
    assert read_attribute(attributes, "w") == value


@given(st.lists(st.floats(0, 1e9), max_size=30))
def test_strengths_are_within_their_range_and_in_the_order_of_weights(weights):
    given_weights = np.array(weights)
    strengths = scale_weights(given_weights)
    assert np.all((strengths >= 0.5) & (strengths <= 2))
    order = np.argsort(given_weights, kind="stable")
    assert np.all(np.diff(strengths[order]) >= 0)


def test_the_median_weight_has_strength_1():
    assert scale_weights(np.array([2.0, 4.0, 100.0])).tolist() == [0.5, 1, 2]
    assert scale_weights(np.array([3.0, 4.0, 5.0])).tolist() == [0.75, 1, 1.25]
