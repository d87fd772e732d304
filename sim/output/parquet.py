"""Parquet files with a checksum on each page, so a flipped bit is an error and not a number."""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

# Errors of damaged files. pyarrow raises plain OSError for broken pages, ValueError for footers.
PARQUET_ERRORS = (pa.ArrowException, OSError, ValueError, KeyError)

_COMPRESSION = "zstd"
_CHECKED_FORMAT = pads.ParquetFileFormat(
    default_fragment_scan_options=pads.ParquetFragmentScanOptions(page_checksum_verification=True)
)


def open_parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Return a writer of a Parquet file with checksums."""
    return pq.ParquetWriter(path, schema, compression=_COMPRESSION, write_page_checksum=True)


def write_parquet(table: pa.Table, target: Path | io.BytesIO) -> None:
    """Write a table as a Parquet file with checksums."""
    pq.write_table(table, target, compression=_COMPRESSION, write_page_checksum=True)


def open_parquet(path: Path) -> pq.ParquetFile:
    """Return a Parquet file whose pages are checked when they are read.

    Raises:
        OSError, ValueError, pyarrow.ArrowException: if the file is absent or its footer is damaged.
    """
    file = pq.ParquetFile(path, page_checksum_verification=True)
    try:
        _check_names(file)
    except Exception:
        file.close()
        raise
    return file


def _check_names(file: pq.ParquetFile) -> None:
    """Compare the names of the columns with their second copy in the footer.

    Pages have checksums, but the footer has none: a flipped bit in a name would hide a column.

    Raises:
        ValueError: if they differ.
    """
    copy = (file.metadata.metadata or {}).get(b"ARROW:schema")
    if copy is None:
        raise ValueError("its footer lacks the schema")
    expected = pa.ipc.read_schema(pa.BufferReader(base64.b64decode(copy, validate=True))).names
    differing = sorted(set(expected) ^ set(file.schema_arrow.names))
    if differing:
        raise ValueError(f"its footer is damaged at the column {differing[0]!r}")


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return columns of a Parquet file, by default all.

    Raises:
        OSError, ValueError, pyarrow.ArrowException: if the file is absent or damaged.
    """
    # Half the time of pq.read_table, which is made for data sets of many files.
    with open_parquet(path) as file:
        return file.read(columns)


def read_parquet_parts(
    paths: Sequence[Path], columns: Collection[str], points: Sequence[int] | None = None
) -> pa.Table:
    """Return columns of many files as one table; columns that the first file lacks are left out.

    Args:
        paths: the files; all have the columns of the first.
        columns: names of the columns.
        points: numbers of the points whose rows are wanted; by default all rows.

    Raises:
        OSError, ValueError, pyarrow.ArrowException: if a file is damaged.
    """
    for path in paths:
        open_parquet(path).close()
    rows = pads.dataset([str(path) for path in paths], format=_CHECKED_FORMAT)
    known = [name for name in rows.schema.names if name in columns]
    wanted = None if points is None else pads.field("point").isin(points)
    table = rows.to_table(columns=known, filter=wanted)
    # Units and meanings are not needed, and polars panics at letters that a flipped bit has broken.
    return pa.table({name: table[name] for name in known})
