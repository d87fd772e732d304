"""What a job leaves: one row a run, and one row a day of a run. The only maker of a study's parts.

A job of many runs leaves a part as it will stay, in Parquet. One of few leaves its rows in Arrow's own form, which is
read ten times as fast: it is joined with others to a part, by the main process, which has all jobs to look after.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from equipoise.analysis.summary import MEASURES
from equipoise.analysis.summary import summary as measured
from equipoise.errors import EquipoiseError
from equipoise.experiments.design.job import Job
from equipoise.output.atomic import atomic_file
from equipoise.run_record import column_meanings
from equipoise.runner import Run

MIN_PART_RUNS = 20  # runs of a part
NAMES = pa.dictionary(pa.int32(), pa.string())


def encode_summary(job: Job, run: Run) -> bytes:
    """Return the measures of each run of a job, in double precision."""
    seeds = np.array([record.seed for record in run.records])
    rows = [measured(record, run.settings) for record in run.records]
    columns = _keys(job, np.arange(job.first, job.first + len(seeds)), seeds)
    for each in MEASURES:
        meta = {"unit": each.unit, "meaning": each.meaning}
        values = pa.array([row[each.name] for row in rows], pa.float64())
        columns.append((pa.field(each.name, pa.float64(), metadata=meta), values))
    return _left(job, _table(columns))


def encode_daily(job: Job, run: Run) -> bytes:
    """Return the days of each run of a job, in single precision; a column that a run lacks is nan."""
    days = [int(record.filled) for record in run.records]
    replicates = np.repeat(np.arange(job.first, job.first + len(days)), days)
    columns = _keys(job, replicates, np.repeat([record.seed for record in run.records], days))
    known = column_meanings(tuple(run.settings.effector), tuple(run.settings.firm.departments))
    per_run = [record.columns() for record in run.records]
    for name in job.columns:
        parts = [of.get(name, np.full(n, np.nan)) for of, n in zip(per_run, days, strict=True)]
        kind = pa.int32() if name == "day" else pa.float32()
        told = known.get(name)
        meta = {"unit": told.unit, "meaning": told.meaning} if told else None
        values = pa.array(np.concatenate(parts).astype(kind.to_pandas_dtype()))
        columns.append((pa.field(name, kind, metadata=meta), values))
    return _left(job, _table(columns))


def _keys(job: Job, replicates: Any, seeds: Any) -> list[tuple[pa.Field, pa.Array]]:
    """Return what a row is found by: job, point, labels, replicate, seed."""
    n = len(seeds)
    columns = [(pa.field("job", NAMES), _repeated(job.name, n))]
    columns.append((pa.field("point", pa.int32()), pa.array(np.full(n, job.point, np.int32))))
    for name, value in job.labels.items():
        values = _repeated(value, n)
        columns.append((pa.field(name, values.type), values))
    columns.append((pa.field("replicate", pa.int32()), pa.array(replicates.astype(np.int32))))
    columns.append((pa.field("seed", pa.int64()), pa.array(seeds.astype(np.int64))))
    return columns


def _repeated(value: Any, n: int) -> pa.Array:
    if isinstance(value, float):
        return pa.array(np.full(n, value))
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(n, np.int32)), pa.array([value], pa.string())
    )


def _table(columns: list[tuple[pa.Field, pa.Array]]) -> pa.Table:
    return pa.Table.from_arrays(
        [values for _, values in columns], schema=pa.schema([field for field, _ in columns])
    )


def _left(job: Job, table: pa.Table) -> bytes:
    return to_parquet(table) if job.worlds >= MIN_PART_RUNS else to_arrow(table)


def to_parquet(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def to_arrow(table: pa.Table) -> bytes:
    """Return a table as a stream of Arrow's."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(
        sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
    ) as stream:
        stream.write_table(table)
    return sink.getvalue()


def from_arrow(body: bytes) -> pa.Table:
    """Return the table of a stream."""
    return pa.ipc.open_stream(body).read_all()


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a part, or of a job in Arrow's form.

    Raises:
        EquipoiseError: when the file is damaged: we never leave one so, but disks and people do.
    """
    try:
        if path.suffix == ".arrow":
            table = from_arrow(path.read_bytes())
        else:
            with pq.ParquetFile(
                path
            ) as part:  # half the time of pq.read_table, which is made for many files
                table = part.read(columns)
        return table.select(columns or table.column_names)
    except (pa.ArrowException, KeyError) as error:
        why = str(error).splitlines()[0]
        raise EquipoiseError(
            f"{path} cannot be read: {why} Take it away; the same sweep runs again what was in it."
        ) from None


def join_streams(streams: Iterable[bytes]) -> bytes:
    """Return the rows of several streams as one Parquet file."""
    return to_parquet(pa.concat_tables(map(from_arrow, streams)).unify_dictionaries())


def write_rows(rows: Iterable[Mapping[str, Any]], out: Path, batch: int = 500) -> None:
    """Write rows of plain data as a Parquet file, some at a time."""
    left = iter(rows)
    with contextlib.ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        while some := list(islice(left, batch)):
            table = pa.Table.from_pylist(some, schema=writer.schema if writer else None)
            writer = writer or stack.enter_context(
                pq.ParquetWriter(out, table.schema, compression="zstd")
            )
            writer.write_table(table)


def write_csv(parts: Sequence[Path], out: Path) -> int:
    """Write the rows of parts as one CSV file, part by part; nan is left empty. Return how many rows there are."""
    rows = 0
    with atomic_file(out) as torn, contextlib.ExitStack() as stack:
        writer: pcsv.CSVWriter | None = None
        for part in parts:
            table = _told_plainly(read_table(part))
            writer = writer or stack.enter_context(pcsv.CSVWriter(torn, table.schema))
            writer.write_table(table)
            rows += table.num_rows
    return rows


def _told_plainly(table: pa.Table) -> pa.Table:
    """Return a table without dictionaries and nan, which a CSV file has no words for."""
    for k, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(k, field.name, table[k].cast(pa.string()))
        elif pa.types.is_floating(field.type):
            missing = pa.scalar(None, field.type)
            table = table.set_column(
                k, field.name, pc.if_else(pc.is_nan(table[k]), missing, table[k])
            )
    return table.replace_schema_metadata(None)
