"""Tables of a study: one row per run, and one row per day of each run. Only this file makes parts.

A job of many runs leaves a part as it will stay, in Parquet. A job of few runs leaves its rows as
an Arrow stream, which is read ten times as fast: the main process, which looks after all jobs,
joins many of them to one part.
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

from equipoise.analysis.measure_table import MEASURES
from equipoise.analysis.summary import measure_record
from equipoise.errors import EquipoiseError
from equipoise.experiments.design.job import Job
from equipoise.output.atomic import atomic_file
from equipoise.output.parquet import (
    PARQUET_ERRORS,
    open_parquet_writer,
    read_parquet,
    write_parquet,
)
from equipoise.run_record import column_meanings
from equipoise.runner import Run

MIN_PART_RUNS = 20  # runs of a job that forms a separate part
RERUN_ADVICE = "The same sweep sets it aside and runs again what was in it"
_NAME_TYPE = pa.dictionary(pa.int32(), pa.string())  # a name is repeated in many rows
_Columns = list[tuple[pa.Field, pa.Array]]


def encode_summary(job: Job, run: Run) -> bytes:
    """Return the measures of each run of a job, in double precision."""
    seeds = np.array([record.seed for record in run.records])
    replicates = np.arange(job.first, job.first + len(seeds))
    columns = _key_columns(job, replicates, seeds)
    rows = [measure_record(record, run.settings) for record in run.records]
    for measure in MEASURES:
        values = pa.array([row[measure.name] for row in rows], pa.float64())
        metadata = {"unit": measure.unit, "meaning": measure.meaning}
        columns.append((pa.field(measure.name, pa.float64(), metadata=metadata), values))
    return _encode(job, columns)


def encode_daily(job: Job, run: Run) -> bytes:
    """Return the days of each run of a job, in single precision; a missing column is nan."""
    days = [int(record.filled) for record in run.records]
    replicates = np.repeat(np.arange(job.first, job.first + len(days)), days)
    seeds = np.repeat([record.seed for record in run.records], days)
    columns = _key_columns(job, replicates, seeds)
    meanings = column_meanings(tuple(run.settings.effector), tuple(run.settings.firm.departments))
    records = [record.columns() for record in run.records]
    for name in job.columns:
        parts = [
            record.get(name, np.full(count, np.nan))
            for record, count in zip(records, days, strict=True)
        ]
        value_type = pa.int32() if name == "day" else pa.float32()
        values = pa.array(np.concatenate(parts).astype(value_type.to_pandas_dtype()))
        metadata = None
        if name in meanings:
            metadata = {"unit": meanings[name].unit, "meaning": meanings[name].meaning}
        columns.append((pa.field(name, value_type, metadata=metadata), values))
    return _encode(job, columns)


def _key_columns(job: Job, replicates: Any, seeds: Any) -> _Columns:
    """Return the columns that identify a row: job, point, labels, replicate, seed."""
    rows = len(seeds)
    points = pa.array(np.full(rows, job.point, np.int32))
    columns: _Columns = [
        (pa.field("job", _NAME_TYPE), _repeat(job.name, rows)),
        (pa.field("point", pa.int32()), points),
    ]
    for name, value in job.labels.items():
        values = _repeat(value, rows)
        columns.append((pa.field(name, values.type), values))
    columns.append((pa.field("replicate", pa.int32()), pa.array(replicates.astype(np.int32))))
    columns.append((pa.field("seed", pa.int64()), pa.array(seeds.astype(np.int64))))
    return columns


def _repeat(value: Any, rows: int) -> pa.Array:
    """Return a column with the same value in each row: a number, or text."""
    if isinstance(value, float):
        return pa.array(np.full(rows, value))
    indices = pa.array(np.zeros(rows, np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array([value], pa.string()))


def _encode(job: Job, columns: _Columns) -> bytes:
    """Return the table of a job as bytes: a separate part, or rows to be joined with others."""
    schema = pa.schema([field for field, _ in columns])
    table = pa.Table.from_arrays([values for _, values in columns], schema=schema)
    return to_parquet(table) if job.worlds >= MIN_PART_RUNS else to_arrow(table)


def to_parquet(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    sink = io.BytesIO()
    write_parquet(table, sink)
    return sink.getvalue()


def to_arrow(table: pa.Table) -> bytes:
    """Return a table as the bytes of an Arrow stream."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    return sink.getvalue()


def from_arrow(body: bytes) -> pa.Table:
    """Return the table of an Arrow stream."""
    return pa.ipc.open_stream(body).read_all()


def join_streams(streams: Iterable[bytes]) -> bytes:
    """Return the rows of several Arrow streams as one Parquet file."""
    table = pa.concat_tables(map(from_arrow, streams))
    return to_parquet(table.unify_dictionaries())


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a part, or of a job in fresh/.

    Raises:
        EquipoiseError: if the file is damaged. A sweep never leaves such a file, but disks do.
        FileNotFoundError: if there is none.
    """
    try:
        if path.suffix == ".arrow":
            table = from_arrow(path.read_bytes())
        else:
            table = read_parquet(path, columns)
        return table.select(columns or table.column_names)
    except FileNotFoundError:
        raise
    except PARQUET_ERRORS as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise EquipoiseError(f"{path} cannot be read: {reason}. {RERUN_ADVICE}.") from None


def check_distinct_jobs(parts: Iterable[Path]) -> None:
    """Check that no job lies in two parts.

    Raises:
        EquipoiseError: naming two files with the same job, or a file that is no part.
    """
    homes: dict[str, Path] = {}
    for part in parts:
        for job in read_table(part, ["job"])["job"].unique().to_pylist():
            if job in homes:
                raise EquipoiseError(
                    f"{homes[job]} and {part} hold the same runs. Move one of them elsewhere."
                )
            homes[job] = part


def write_rows(rows: Iterable[Mapping[str, Any]], out: Path, batch: int = 500) -> None:
    """Write rows of plain data as a Parquet file.

    Args:
        rows: names and values of each row.
        out: the file to write.
        batch: rows in memory at once.
    """
    remaining = iter(rows)
    with contextlib.ExitStack() as stack:
        writer: Any = None
        while chunk := list(islice(remaining, batch)):
            if writer is None:
                table = pa.Table.from_pylist(chunk)
                writer = stack.enter_context(open_parquet_writer(out, table.schema))
            else:
                table = pa.Table.from_pylist(chunk, schema=writer.schema)
            writer.write_table(table)


def write_csv(parts: Sequence[Path], out: Path) -> int:
    """Write the rows of parts as one CSV file and return their number; nan is left empty."""
    rows = 0
    with atomic_file(out) as partial, contextlib.ExitStack() as stack:
        writer: pcsv.CSVWriter | None = None
        for part in parts:
            table = _to_csv_types(read_table(part))
            if writer is None:
                writer = stack.enter_context(pcsv.CSVWriter(partial, table.schema))
            writer.write_table(table)
            rows += table.num_rows
    return rows


def neutralise_frame(frame: Any) -> Any:
    """Return a Polars frame with text that spreadsheets do not interpret as formulas."""
    for column in frame.get_columns():
        if str(column.dtype) == "String":
            text = pa.chunked_array([column.to_arrow().cast(pa.string())])
            frame = frame.with_columns(type(column)(column.name, neutralise_formulas(text)))
    return frame


def neutralise_formulas(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of text that spreadsheets do not interpret as formulas."""
    quoted = pc.binary_join_element_wise("'", column, "")
    return pc.if_else(pc.match_substring_regex(column, r"^[=+\-@\t\r]"), quoted, column)


def _to_csv_types(table: pa.Table) -> pa.Table:
    """Return a table without dictionaries and nan, which CSV files do not have."""
    for k, field in enumerate(table.schema):
        column = table[k]
        if pa.types.is_dictionary(field.type):
            column = neutralise_formulas(column.cast(pa.string()))
        elif pa.types.is_string(field.type):
            column = neutralise_formulas(column)
        elif pa.types.is_floating(field.type):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)
        table = table.set_column(k, field.name, column)
    return table.replace_schema_metadata(None)
