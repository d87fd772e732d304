"""Names in a text or a list."""

import pytest

from equipoise.experiments.config.name_list import split_names


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
