"""The record of a run: the census of each day, and the firm's log beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from equipoise.array_types import Floats
from equipoise.consumers.census import CENSUS_COLUMNS, CENSUS_DTYPE, RecordColumn

FIRM_LOG_COLUMNS = (
    RecordColumn(
        "reading",
        "0..1",
        "satisfaction as read by the receptor and delivered today (nan = no reading)",
    ),
    RecordColumn("reading_error", "0..1", "its standard error"),
    RecordColumn("reading_age", "day", "days from observation to delivery"),
    RecordColumn("believed", "0..1", "satisfaction believed by the control center (nan = unknown)"),
    RecordColumn("promise", "0..1", "level promised"),
    RecordColumn("delivered", "0..1", "delivered quality, mean over drives"),
    RecordColumn("rating", "0..1", "public rating"),
    RecordColumn("revenue", "$", "revenue from uses"),
    RecordColumn("contribution", "$", "revenue left before service, marketing and fixes"),
    RecordColumn("cost_sensing", "$", "price of the receptor"),
    RecordColumn("cost_deciding", "$", "price of the control center and of meetings"),
    RecordColumn("cost_acting", "$", "price of effort and of answers"),
    RecordColumn("cost", "$", "price of the policy: sensing, deciding and acting"),
)
EFFORT_COLUMNS = RecordColumn("effort", "0..1", "effort ordered of the effector")
DEPARTMENT_COLUMNS = (
    RecordColumn("fault", "0..1", "fault of the department"),
    RecordColumn("queue", "cases", "queue of the department"),
    RecordColumn("focus", "0..1", "share of attention on the department"),
)


@dataclass(frozen=True)
class RunRecord:
    """The days of one world, burn-in first.

    Attributes:
        seed: of the world.
        burn_in: days before the first scored one.
        census: (days,) of CENSUS_DTYPE.
        log: columns (days,) by name.
        strikes: disturbances of the run; their days count from the first day of burn-in.
        filled: number of finished days, a 0-d array.
        verdicts: conclusions of the firm, with days counted as in ``strikes``.
    """

    seed: int
    burn_in: int
    census: np.recarray
    log: dict[str, Floats]
    strikes: tuple[dict[str, float | int | str], ...] = ()
    filled: np.ndarray = field(default_factory=lambda: np.zeros((), np.int64))
    verdicts: list[dict[str, Any]] = field(default_factory=list)

    def columns(self) -> dict[str, Floats]:
        """Return every column of the finished days by name.

        The members of a family are called ``family_member``. ``day`` counts from the first
        scored day; days of burn-in are negative.
        """
        count = int(self.filled)
        columns: dict[str, Floats] = {"day": np.arange(count, dtype=float) - self.burn_in}
        for column in CENSUS_COLUMNS:
            values = self.census[column.name][:count]
            if not column.members:
                columns[column.name] = values
            for k, member in enumerate(column.members):
                columns[f"{column.name}_{member}"] = values[:, k]
        for name, values in self.log.items():
            columns[name] = values[:count]
        return columns

    def add_effectors(self, effectors: tuple[str, ...]) -> None:
        """Add the columns of effectors that the log does not have yet."""
        for effector in effectors:
            self.log.setdefault(f"{EFFORT_COLUMNS.name}_{effector}", _empty(len(self.census)))

    def add_verdict(self, verdict: dict[str, Any]) -> None:
        """Add a verdict; evidence that is not a number becomes None, which JSON can hold."""
        if math.isnan(verdict["evidence"]):
            verdict = verdict | {"evidence": None}
        self.verdicts.append(verdict)


def new_run_record(
    seed: int,
    burn_in: int,
    days: int,
    effectors: tuple[str, ...],
    departments: tuple[str, ...],
    strikes: tuple[dict[str, float | int | str], ...] = (),
) -> RunRecord:
    """Return an empty record of ``days`` days."""
    census = np.rec.array(np.zeros(days, CENSUS_DTYPE))
    log = {column.name: _empty(days) for column in FIRM_LOG_COLUMNS}
    record = RunRecord(seed, burn_in, census, log, strikes)
    record.add_effectors(effectors)
    for family in DEPARTMENT_COLUMNS:
        for department in departments:
            log[f"{family.name}_{department}"] = _empty(days)
    return record


def column_meanings(
    effectors: tuple[str, ...], departments: tuple[str, ...]
) -> dict[str, RecordColumn]:
    """Return unit and meaning of every column of a record with these effectors and departments."""
    meanings = {"day": RecordColumn("day", "day", "day, counted from the first scored one")}
    for column in CENSUS_COLUMNS:
        if column.members:
            meanings |= _member_meanings(column, column.members)
        else:
            meanings[column.name] = column
    for column in FIRM_LOG_COLUMNS:
        meanings[column.name] = column
    meanings |= _member_meanings(EFFORT_COLUMNS, effectors)
    for family in DEPARTMENT_COLUMNS:
        meanings |= _member_meanings(family, departments)
    return meanings


def _member_meanings(family: RecordColumn, members: tuple[str, ...]) -> dict[str, RecordColumn]:
    meanings = {}
    for member in members:
        name = f"{family.name}_{member}"
        meanings[name] = RecordColumn(name, family.unit, f"{family.meaning}: {member}")
    return meanings


def _empty(days: int) -> Floats:
    return np.full(days, np.nan)
