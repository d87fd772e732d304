"""Data frames: the only place that makes them."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import polars as pl

from equipoise.analysis.summary import MEASURES, summary
from equipoise.record import Record
from equipoise.run import Run

DAILY = "daily.parquet"
KEYS = {"replicate": pl.Int32, "seed": pl.Int64, "day": pl.Int32}


def frame(run: Run) -> pl.DataFrame:
    """Return every finished day of every world: replicate, seed, day (below 0 = burn-in), then the record's columns."""
    return pl.concat([_days(replicate, record) for replicate, record in enumerate(run.records)])


def _days(replicate: int, record: Record) -> pl.DataFrame:
    columns = record.columns()
    n = int(record.filled)
    keys = {"replicate": [replicate] * n, "seed": [record.seed] * n, "day": columns.pop("day").astype(int)}
    return pl.DataFrame(keys, schema=KEYS).hstack(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64)))


def archived(folder: str | PathLike[str]) -> pl.DataFrame:
    """Return the days of a run that was written to a folder, as `frame` gives them."""
    days = pl.read_parquet(Path(folder) / DAILY)
    return days.select(pl.col(name).cast(kind) for name, kind in KEYS.items()).hstack(days.drop(KEYS))


def measured(run: Run) -> pl.DataFrame:
    """Return one row a world: replicate, seed, and all MEASURES (nan where one has no value)."""
    rows = [
        {"replicate": replicate, "seed": record.seed} | summary(record, run.settings)
        for replicate, record in enumerate(run.records)
    ]
    schema = {"replicate": pl.Int32, "seed": pl.Int64} | {each.name: pl.Float64 for each in MEASURES}
    return pl.DataFrame(rows, schema=schema)
