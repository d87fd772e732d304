"""What a run remembers: the census of each day, and the firm's log beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from equipoise.array_types import Floats
from equipoise.consumers.census import CENSUS_COLUMNS, CENSUS_DTYPE, RecordColumn

LOG_COLUMNS = (
    RecordColumn(
        "reading",
        "0..1",
        "satisfaction as read by the receptor and delivered today (nan = no reading)",
    ),
    RecordColumn("reading_error", "0..1", "its standard error"),
    RecordColumn("reading_age", "day", "days from observation to delivery"),
    RecordColumn(
        "believed", "0..1", "satisfaction the control center believes in (nan = no belief)"
    ),
    RecordColumn("promise", "0..1", "level promised"),
    RecordColumn("delivered", "0..1", "delivered quality, mean over drives"),
    RecordColumn("rating", "0..1", "public rating"),
    RecordColumn("cost", "money", "cost of effort"),
    RecordColumn("revenue", "money", "earned by uses"),
)
LOG_FAMILIES = (
    RecordColumn("effort", "0..1", "effort ordered of an effector, by name"),
    RecordColumn("fault", "0..1", "fault of a department, by name"),
    RecordColumn("queue", "cases", "queue of a department, by name"),
    RecordColumn("focus", "0..1", "share of attention on a department, by name"),
)


@dataclass(frozen=True)
class RunRecord:
    """One world's days, burn-in first: ``census`` (days,) of CENSUS_DTYPE, ``log`` name -> (days,).

    ``filled`` (0-d) counts the finished days; ``strikes`` lists what befell the firm, ``verdicts`` what it concluded
    (days of both count from the first of the run).
    """

    seed: int
    burn_in: int
    census: np.recarray
    log: dict[str, Floats]
    strikes: tuple[dict[str, float | int | str], ...] = ()
    filled: np.ndarray = field(default_factory=lambda: np.zeros((), np.int64))
    verdicts: list[dict[str, Any]] = field(default_factory=list)

    def columns(self) -> dict[str, Floats]:
        """Return every column of the finished days by its name; a family's members as ``family_member``.

        ``day`` counts from the first scored day; days of burn-in are negative.
        """
        n = int(self.filled)
        out: dict[str, Floats] = {"day": np.arange(n, dtype=float) - self.burn_in}
        for column in CENSUS_COLUMNS:
            values = self.census[column.name][:n]
            if column.members:
                out |= {f"{column.name}_{m}": values[:, k] for k, m in enumerate(column.members)}
            else:
                out[column.name] = values
        return out | {name: values[:n] for name, values in self.log.items()}


def new_run_record(
    seed: int,
    burn_in: int,
    days: int,
    effectors: tuple[str, ...],
    departments: tuple[str, ...],
    strikes: tuple[dict[str, float | int | str], ...] = (),
) -> RunRecord:
    """Return an empty record of ``days`` days."""
    names = [column.name for column in LOG_COLUMNS]
    names += [f"effort_{name}" for name in effectors]
    names += [f"{family}_{name}" for family in ("fault", "queue", "focus") for name in departments]
    log = {name: np.full(days, np.nan) for name in names}
    return RunRecord(seed, burn_in, np.rec.array(np.zeros(days, CENSUS_DTYPE)), log, strikes)


def column_meanings(
    effectors: tuple[str, ...], departments: tuple[str, ...]
) -> dict[str, RecordColumn]:
    """Return unit and meaning of every column that a record with these effectors and departments has."""
    out = {"day": RecordColumn("day", "day", "day, counted from the first scored one")}
    for column in CENSUS_COLUMNS:
        for member in column.members:
            name = f"{column.name}_{member}"
            out[name] = RecordColumn(name, column.unit, f"{column.meaning}: {member}")
        if not column.members:
            out[column.name] = column
    out |= {column.name: column for column in LOG_COLUMNS}
    for family in LOG_FAMILIES:
        for member in effectors if family.name == "effort" else departments:
            name = f"{family.name}_{member}"
            out[name] = RecordColumn(name, family.unit, family.meaning.replace("by name", member))
    return out
