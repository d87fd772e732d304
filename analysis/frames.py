"""Data frames of studies and comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from equipoise.analysis.comparison.comparison import Comparison, Finding
from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.output.parquet import PARQUET_ERRORS, read_parquet_parts

# Fields of a Difference that become columns.
_DIFFERENCE_COLUMNS = (
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


def load_study_rows(folder: str | PathLike[str], columns: Sequence[str]) -> pl.DataFrame:
    """Return columns of all finished runs of a study, one row per run; text as strings.

    Columns that the study does not have are left out; without finished runs there are no rows.

    Raises:
        EquipoiseError: if a file of the study is damaged.
    """
    parts = sorted((Path(folder) / "summary").glob("*.parquet"))
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.Float64))
    rows = _read_parts(folder, parts, columns)
    text = [name for name in rows.columns if rows[name].dtype == pl.Categorical]
    return rows.select(name for name in columns if name in rows.columns).with_columns(
        pl.col(text).cast(pl.String)
    )


def _read_parts(
    folder: str | PathLike[str],
    parts: Sequence[Path],
    columns: Sequence[str],
    points: Sequence[int] | None = None,
) -> pl.DataFrame:
    """Return columns of the parts of a study; damage is told in one line that names the study."""
    try:
        return pl.DataFrame(read_parquet_parts(parts, columns, points))
    except PARQUET_ERRORS as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise EquipoiseError(
            f"The runs of {folder} cannot be read: {reason}. "
            "The same sweep sets damaged files aside and runs again what was in them."
        ) from None


def load_study_days(
    folder: str | PathLike[str], points: Sequence[int], columns: Sequence[str]
) -> dict[str, Floats]:
    """Return the scored days of all finished worlds at some points, each column (worlds, days).

    Columns that were not kept are left out; without kept days the result is empty.

    Raises:
        EquipoiseError: if a file of the study is damaged.
    """
    finished = {path.name for path in (Path(folder) / "summary").glob("*.parquet")}
    candidates = sorted((Path(folder) / "daily").glob("*.parquet"))
    parts = [path for path in candidates if path.name in finished]
    if not parts:
        return {}
    rows = _read_parts(folder, parts, ["seed", "point", "day", *columns], points)
    known = [name for name in columns if name in rows.columns]
    scored = rows.filter(pl.col("day") >= 0)
    days = scored.sort("seed", "point", "day").select("seed", "point", *known)
    worlds = days.select("seed", "point").n_unique()
    if not worlds:
        return {}
    return {name: days[name].to_numpy().astype(float).reshape(worlds, -1) for name in known}


def comparison_frame(comparison: Comparison) -> pl.DataFrame:
    """Return a comparison with one row per measure, environment and strategy; null if missing.

    Columns of a difference are those of ``differences.Difference``, null for the baseline; "mean"
    and "worlds" belong to the strategy alone. Regret is over all environments, as are columns that
    begin with "satisfies".
    """
    rows: list[dict[str, Any]] = []
    for finding in comparison.findings:
        rows += _rows_of_finding(comparison, finding)
    return pl.DataFrame(rows, infer_schema_length=None).fill_nan(None)


def _rows_of_finding(comparison: Comparison, finding: Finding) -> Iterator[dict[str, Any]]:
    for place, environment in enumerate(comparison.environments):
        for number, strategy in enumerate(comparison.strategies):
            values = finding.outcomes.values[number, place]
            values = values[np.isfinite(values)]
            yield {
                "measure": finding.measure.name,
                "unit": finding.measure.unit,
                "better": finding.outcomes.better,
                "environment": environment,
                comparison.by: strategy,
                "baseline": comparison.baseline,
                "worlds": len(values),
                "mean": float(values.mean()) if len(values) else None,
                **_difference_cells(finding, strategy, environment),
                "margin": finding.rules.margin,
                **_rank_cells(comparison, finding, strategy, environment),
                **_regret_cells(finding, number),
            }


def _difference_cells(finding: Finding, strategy: str, environment: str) -> dict[str, Any]:
    difference = finding.difference(strategy, environment)
    cells: dict[str, Any] = {"difference": difference.mean if difference else None}
    return cells | {name: getattr(difference, name, None) for name in _DIFFERENCE_COLUMNS}


def _rank_cells(
    comparison: Comparison, finding: Finding, strategy: str, environment: str
) -> dict[str, Any]:
    rank = finding.rank(strategy, environment)
    place = strategy, environment
    points = [point for point in comparison.front if (point.strategy, point.environment) == place]
    cells = {"rank": rank.rank, "best": rank.best, "on_front": None, "front": None}
    if points:
        cells |= {"on_front": points[0].on_front, "front": points[0].probability}
    return cells


def _regret_cells(finding: Finding, number: int) -> dict[str, Any]:
    regret = finding.regrets[number]
    cells = {
        "regret": regret.mean,
        "regret_largest": regret.largest,
        "enough": finding.enough,
        "satisfies_worlds": None,
        "satisfies_environments": None,
    }
    # Without a satisficing level there is nothing to reach, which is not the same as a share of 0.
    if finding.satisficing:
        satisficing = finding.satisficing[number]
        cells["satisfies_worlds"] = satisficing.worlds
        cells["satisfies_environments"] = satisficing.environments
    return cells
