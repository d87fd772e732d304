"""The days and the network of a run as Arrow tables, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from equipoise.array_types import Floats
from equipoise.consumers.census import CENSUS_COLUMNS, CENSUS_DTYPE, RecordColumn
from equipoise.network import Network
from equipoise.run_record import RunRecord, column_meanings
from equipoise.runner import Run

# Columns that say which world a day belongs to: unit and meaning.
_WORLD_COLUMNS = {
    "replicate": ("", "number of the world, from 0"),
    "seed": ("", "seed of the world"),
}


def build_daily_table(run: Run) -> pa.Table:
    """Return the days of all replicates as one table; each column has its unit and meaning."""
    tables = [_days_of_record(number, record) for number, record in enumerate(run.records)]
    table = pa.concat_tables(tables)
    units_and_meanings = _describe_columns(run)
    fields = [_describe_field(field, *units_and_meanings[field.name]) for field in table.schema]
    version = run.versions.get("equipoise", "")
    return table.cast(pa.schema(fields, {"equipoise": version}))


def _describe_columns(run: Run) -> dict[str, tuple[str, str]]:
    """Return unit and meaning of every column of the table by name."""
    settings = run.settings
    columns = column_meanings(tuple(settings.effector), tuple(settings.firm.departments))
    described = {name: (column.unit, column.meaning) for name, column in columns.items()}
    return described | _WORLD_COLUMNS


def _describe_field(field: pa.Field, unit: str, meaning: str) -> pa.Field:
    return field.with_metadata({"unit": unit, "meaning": meaning})


def _days_of_record(number: int, record: RunRecord) -> pa.Table:
    days = int(record.filled)
    columns = {
        "replicate": np.full(days, number, np.int64),
        "seed": np.full(days, record.seed, np.int64),
        **record.columns(),
    }
    return pa.table({name: to_arrow_array(column) for name, column in columns.items()})


def to_arrow_array(values: np.ndarray) -> pa.Array:
    """Return numbers as an Arrow array."""
    # Arrow's own conversion imports pandas, which takes a second.
    values = np.ascontiguousarray(values)
    kind = pa.type_for_alias(values.dtype.name.replace("float64", "double"))
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def read_record(
    columns: Mapping[str, Floats],
    seed: int,
    burn_in: int,
    strikes: list[dict[str, Any]],
    verdicts: list[dict[str, Any]],
) -> RunRecord:
    """Return the record of one replicate from the columns of its days."""
    days = len(columns["day"])
    census = np.rec.array(np.zeros(days, CENSUS_DTYPE))
    census_names = {"day", *_WORLD_COLUMNS}
    for column in CENSUS_COLUMNS:
        census_names |= _read_census_column(census[column.name], column, columns)
    log = {name: values for name, values in columns.items() if name not in census_names}
    filled = np.array(days, np.int64)
    return RunRecord(seed, burn_in, census, log, tuple(strikes), filled, verdicts)


def _read_census_column(
    target: np.ndarray, column: RecordColumn, columns: Mapping[str, Floats]
) -> set[str]:
    """Fill one column of a census, or all members of a family; return the names that were read."""
    if not column.members:
        target[:] = columns[column.name]
        return {column.name}
    names = [f"{column.name}_{member}" for member in column.members]
    for place, name in enumerate(names):
        target[:, place] = columns[name]
    return set(names)


def build_network_table(network: Network) -> pa.Table:
    """Return a network as one row per person: tribe, neighbours, name and strengths of ties.

    The metadata holds its notes, and if ties are directed.
    """
    starts = to_arrow_array(network.starts)
    neighbours = to_arrow_array(network.neighbours)
    columns: dict[str, Any] = {
        "tribe": to_arrow_array(network.tribe),
        "neighbours": pa.LargeListArray.from_arrays(starts, neighbours),
    }
    if network.names:
        columns["name"] = list(network.names)
    if network.strengths is not None:
        strengths = to_arrow_array(network.strengths)
        columns["strengths"] = pa.LargeListArray.from_arrays(starts, strengths)
    metadata = {"notes": json.dumps(network.notes), "directed": json.dumps(network.directed)}
    return pa.table(columns).replace_schema_metadata(metadata)


def read_network_table(table: pa.Table) -> Network:
    """Return the network of a table that `build_network_table` made."""
    rows = table["neighbours"].combine_chunks()
    metadata = table.schema.metadata
    strengths = None
    if "strengths" in table.column_names:
        strengths = table["strengths"].combine_chunks().values.to_numpy().astype(np.float64)
    names: tuple[str, ...] = ()
    if "name" in table.column_names:
        names = tuple(table["name"].to_pylist())
    return Network(
        starts=rows.offsets.to_numpy().astype(np.int64),
        neighbours=rows.values.to_numpy().astype(np.uint32),
        tribe=table["tribe"].to_numpy().astype(np.uint32),
        names=names,
        notes=tuple(json.loads(metadata[b"notes"])),
        strengths=strengths,
        directed=json.loads(metadata.get(b"directed", b"false")),
    )
