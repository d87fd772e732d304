"""Data frames: the only place that makes them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.analysis.summary import MEASURES, measure_record
from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.run_record import RunRecord
from equipoise.runner import Run

DAILY = "daily.parquet"
Frame = pl.DataFrame
KEYS = {"replicate": pl.Int32, "seed": pl.Int64, "day": pl.Int32}


def frame(run: Run) -> pl.DataFrame:
    """Return every finished day of every world: replicate, seed, day (below 0 = burn-in), then the record's columns."""
    return pl.concat([_days(replicate, record) for replicate, record in enumerate(run.records)])


def _days(replicate: int, record: RunRecord) -> pl.DataFrame:
    columns = record.columns()
    n = int(record.filled)
    keys = {
        "replicate": [replicate] * n,
        "seed": [record.seed] * n,
        "day": columns.pop("day").astype(int),
    }
    return pl.DataFrame(keys, schema=KEYS).hstack(
        pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))
    )


def archived(folder: str | PathLike[str]) -> pl.DataFrame:
    """Return the days of a run that was written to a folder, as `frame` gives them."""
    days = pl.read_parquet(Path(folder) / DAILY)
    return days.select(pl.col(name).cast(kind) for name, kind in KEYS.items()).hstack(
        days.drop(KEYS)
    )


def measured(run: Run) -> pl.DataFrame:
    """Return one row a world: replicate, seed, and all MEASURES (nan where one has no value)."""
    rows = [
        {"replicate": replicate, "seed": record.seed} | measure_record(record, run.settings)
        for replicate, record in enumerate(run.records)
    ]
    schema = {"replicate": pl.Int32, "seed": pl.Int64} | {
        each.name: pl.Float64 for each in MEASURES
    }
    return pl.DataFrame(rows, schema=schema)


def load_study_rows(folder: str | PathLike[str], columns: Sequence[str]) -> pl.DataFrame:
    """Return some columns of all finished runs of a study, one row a run; text as text. No rows where none is finished.

    A column that the study has not got is left out.
    """
    parts = sorted((Path(folder) / "summary").glob("*.parquet"))
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.Float64))
    with _whole(folder):
        rows = pl.scan_parquet(parts, glob=False)
        known = rows.collect_schema()
        kept = [pl.col(name) for name in columns if name in known]
        text = [
            pl.col(name).cast(pl.String)
            for name in columns
            if isinstance(known.get(name), pl.Categorical)
        ]
        return rows.select(kept).with_columns(text).collect()


@contextlib.contextmanager
def _whole(folder: str | PathLike[str]) -> Iterator[None]:
    """Say in one line which study holds a file that is not whole."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        raise EquipoiseError(
            f"The runs of {folder} cannot be read: {str(error).splitlines()[0]}."
        ) from None


def load_study_days(
    folder: str | PathLike[str], points: Sequence[int], columns: Sequence[str]
) -> dict[str, Floats]:
    """Return the scored days of all finished worlds at some points of a study, each column (worlds, days).

    A column that was not kept is left out; nothing is returned where no days were.

    Raises:
        EquipoiseError: when a file of the study is not whole.
    """
    summaries = {path.name for path in (Path(folder) / "summary").glob("*.parquet")}
    parts = sorted(
        path for path in (Path(folder) / "daily").glob("*.parquet") if path.name in summaries
    )
    if not parts:
        return {}
    with _whole(folder):
        rows = pl.scan_parquet(parts, glob=False)
        kept = [name for name in columns if name in rows.collect_schema()]
        here = rows.filter(pl.col("point").is_in(points), pl.col("day") >= 0).sort(
            "seed", "point", "day"
        )
        days = here.select("seed", "point", *kept).collect()
    worlds = days.select("seed", "point").n_unique()
    return (
        {name: days[name].to_numpy().astype(float).reshape(worlds, -1) for name in kept}
        if worlds
        else {}
    )


def comparison_frame(comparison: Comparison) -> pl.DataFrame:
    """Return a comparison with one row a measure, environment and strategy; null where there is no number.

    The columns of a difference are those of ``compare.Difference``, null for the baseline; "mean" and "worlds" are
    of the strategy by itself. Regret is over all environments, and so are the columns that begin with "satisfies".
    """
    rows = [row for finding in comparison.findings for row in _found(comparison, finding)]
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


DIFFERENCE = (
    "pairs",
    "low",
    "high",
    "spread",
    "standardised",
    "superiority",
    "p",
    "p_equivalent",
    "verdict",
    "more",
)


def _found(comparison: Comparison, finding: Finding) -> Iterator[dict[str, Any]]:
    on_front = {(each.strategy, each.environment): each for each in comparison.front}
    for place, environment in enumerate(comparison.environments):
        for row, strategy in enumerate(comparison.strategies):
            values = finding.outcomes.values[row, place]
            values = values[np.isfinite(values)]
            difference, rank = (
                finding.difference(strategy, environment),
                finding.rank(strategy, environment),
            )
            point, regret = on_front.get((strategy, environment)), finding.regrets[row]
            satisfied = finding.satisficing[row] if finding.satisficing else None
            yield {
                "measure": finding.measure.name,
                "unit": finding.measure.unit,
                "better": finding.outcomes.better,
                "environment": environment,
                comparison.by: strategy,
                "baseline": comparison.baseline,
                "worlds": len(values),
                "mean": float(values.mean()) if len(values) else None,
                "difference": difference.mean if difference else None,
                **{name: getattr(difference, name, None) for name in DIFFERENCE},
                "margin": finding.rules.margin,
                "rank": rank.rank,
                "best": rank.best,
                "on_front": point.on_front if point else None,
                "front": point.probability if point else None,
                "regret": regret.mean,
                "regret_largest": regret.largest,
                "enough": finding.enough,
                "satisfies_worlds": satisfied.worlds if satisfied else None,
                "satisfies_environments": satisfied.environments if satisfied else None,
            }
