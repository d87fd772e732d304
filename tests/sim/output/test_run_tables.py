"""Days and networks become Arrow tables and come back bit for bit."""

import numpy as np
import pyarrow as pa
import pytest

import equipoise
from equipoise.consumers.census import CENSUS_COLUMNS
from equipoise.network import Network
from equipoise.output.run_tables import (
    build_daily_table,
    build_network_table,
    read_network_table,
    read_record,
    to_arrow_array,
)

WORDS = ("strategy=weekly_team", "community.size=60", "horizon=12", "burn_in=4", "replicates=2")


@pytest.fixture(scope="module")
def run() -> equipoise.Run:
    return equipoise.run(equipoise.compose(*WORDS))


@pytest.fixture(scope="module")
def table(run) -> pa.Table:
    return build_daily_table(run)


def test_the_table_has_a_row_for_each_day_of_each_world(run, table):
    assert table.num_rows == 2 * 16
    assert table["replicate"].to_pylist() == [0] * 16 + [1] * 16
    assert set(table["seed"].to_pylist()) == {run.settings.seed, run.settings.seed + 1}
    assert table["day"].to_pylist()[:5] == [-4.0, -3.0, -2.0, -1.0, 0.0]


def test_every_column_has_a_meaning(table):
    for field in table.schema:
        assert field.metadata[b"meaning"], field.name
        assert b"unit" in field.metadata, field.name


def test_the_table_names_the_version(run, table):
    assert table.schema.metadata[b"equipoise"].decode() == run.versions["equipoise"]


def test_a_record_comes_back_bit_for_bit(run, table):
    first = run.records[0]
    columns = {name: table[name].to_numpy()[:16] for name in table.column_names}
    back = read_record(columns, first.seed, 4, list(first.strikes), first.verdicts)
    assert back.columns().keys() == first.columns().keys()
    for name, values in first.columns().items():
        assert back.columns()[name].tobytes() == values.tobytes(), name
    assert (back.seed, back.burn_in, int(back.filled)) == (first.seed, 4, 16)


def test_columns_of_the_census_are_no_part_of_the_log(run, table):
    columns = {name: table[name].to_numpy() for name in table.column_names}
    back = read_record(columns, 0, 4, [], [])
    census = {column.name for column in CENSUS_COLUMNS}
    assert not census & set(back.log)
    assert not {"seed", "replicate", "day"} & set(back.log)
    assert set(back.log) == set(run.records[0].log)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint32, np.uint8])
def test_numbers_keep_their_type(dtype):
    values = np.arange(6, dtype=dtype)[::2]
    array = to_arrow_array(values)
    assert array.to_pylist() == [0, 2, 4]
    assert array.to_numpy().dtype == dtype


def ring(**values) -> Network:
    """Return four people in a ring."""
    return Network(
        starts=np.array([0, 2, 4, 6, 8]),
        neighbours=np.array([1, 3, 0, 2, 1, 3, 0, 2], np.uint32),
        tribe=np.array([0, 0, 1, 1], np.uint32),
        **values,
    )


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"names": ("ann", "bob", "cy", "dee"), "notes": ("one note", "é")},
        {"strengths": np.linspace(0.5, 2, 8), "directed": True},
    ],
)
def test_a_network_comes_back(values):
    network = ring(**values)
    back = read_network_table(build_network_table(network))
    for name in ("starts", "neighbours", "tribe"):
        np.testing.assert_array_equal(getattr(back, name), getattr(network, name))
    assert (back.names, back.notes) == (network.names, network.notes)
    assert back.directed == network.directed
    if network.strengths is None:
        assert back.strengths is None
    else:
        np.testing.assert_array_equal(back.strengths, network.strengths)


def test_a_network_without_a_direction_is_undirected():
    table = build_network_table(ring()).replace_schema_metadata({"notes": "[]"})
    assert not read_network_table(table).directed
