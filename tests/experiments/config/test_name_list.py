"""Names in a text or a list."""

import pytest

from equipoise.experiments.config.name_list import find_missing_names, split_names


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        ("cost, time_in_band,", ("cost", "time_in_band")),
        (["cost ", "", "net"], ("cost", "net")),
        ("", ()),
    ],
)
def test_names_are_split(names, parts):
    assert split_names(names) == parts


@pytest.mark.parametrize("given", ["", " , ", []])
def test_option_that_names_nothing_has_a_problem(given):
    problem = find_missing_names("--by", given, "a setting")
    assert problem.endswith("names nothing. Give a setting, or leave --by out.")


@pytest.mark.parametrize("given", [None, "cost,", ["cost"]])
def test_absent_or_named_option_has_no_problem(given):
    assert find_missing_names("--by", given, "a setting") == ""
