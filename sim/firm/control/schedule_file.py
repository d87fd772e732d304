"""Orders from a file: a schedule in CSV or YAML, checked line by line."""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import yaml
from pydantic import model_validator

from equipoise.errors import EquipoiseError, raise_problems, unknown_name_message
from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.settings.files import FileSettings
from equipoise.settings.schema import setting

NEEDED = ("day", "effector", "effort")
COLUMNS = (*NEEDED, "department")


class Entry(NamedTuple):
    """One line of a schedule: from ``day`` on, this effort of an effector, in a department ("" = nowhere special)."""

    line: int
    day: int
    effector: str
    effort: float
    department: str


class Play(NamedTuple):
    """The state of `Scripted`: the days, counted from the first of the run, on which orders change, and the orders."""

    days: tuple[int, ...]
    orders: tuple[Orders, ...]


class Scripted(FileSettings, ControlCenter):
    """Follows a schedule whatever is heard: each line holds until the next one for the same effector.

    The file has the columns day, effector, effort and, if wanted, department: CSV with a heading, or a YAML list of
    mappings. Days count from the first scored one; before the first line of an effector its effort is 0. Attention
    goes to the departments named by the lines in force, in proportion to their efforts.
    """

    kind: ClassVar[str] = "scripted"
    path: str = setting("", "schedule file, .csv, .yaml or .yml; empty = nothing is ever ordered")

    @model_validator(mode="after")
    def _legible(self) -> Scripted:
        self._entries()
        return self

    @property
    def named(self) -> tuple[str, ...]:
        """The effectors that the schedule names."""
        return tuple(dict.fromkeys(each.effector for each in self._entries()))

    def _entries(self) -> list[Entry]:
        return read_schedule(self.path, self.content) if self.path else []

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return a line for every effector or department of the schedule that there is not."""
        problems = []
        for each in self._entries():
            where = f"{self.path}, line {each.line}"
            if each.effector not in effectors:
                problems.append(
                    f"{where}: {unknown_name_message('the effector', each.effector, effectors)}"
                )
            if each.department and each.department not in departments:
                problems.append(
                    f"{where}: {unknown_name_message('the department', each.department, departments)}"
                )
        return tuple(problems)

    def init(self, plant: Plant) -> Play:
        """Return all orders of the run, laid down before the first day."""
        raise_problems(self.find_unknown_names(plant.effectors, plant.departments))
        entries = self._entries()
        days = sorted({each.day for each in entries})
        orders = [
            Orders(
                efforts=dict.fromkeys(plant.effectors, 0.0), focus=np.zeros(len(plant.departments))
            )
        ]
        force: dict[str, Entry] = {}
        for day in days:
            force |= {each.effector: each for each in entries if each.day == day}
            orders.append(_in_force(force, plant))
        return Play(tuple(day + plant.burn_in for day in days), tuple(orders))

    def step(self, day: int, readings: tuple[Reading, ...], state: Play) -> tuple[Orders, Play]:
        """Order what is in force."""
        return state.orders[bisect_right(state.days, day)], state


def _in_force(force: Mapping[str, Entry], plant: Plant) -> Orders:
    focus = np.zeros(len(plant.departments))
    for each in force.values():
        if each.department:
            focus[plant.departments.index(each.department)] += each.effort
    total = focus.sum()
    efforts = {name: force[name].effort if name in force else 0.0 for name in plant.effectors}
    return Orders(efforts=efforts, focus=focus / total if total else focus)


def read_schedule(path: str, read: Callable[[], bytes] | None = None) -> list[Entry]:
    """Return the lines of a schedule file; ``read`` gives the bytes of the file at that path.

    Raises:
        EquipoiseError: with the line number of every line that cannot be used.
    """
    file = Path(path)
    if file.suffix not in (".csv", ".yaml", ".yml"):
        raise EquipoiseError(
            f"{path} is no schedule: give a file that ends in .csv, .yaml or .yml."
        )
    try:
        text = (read or file.read_bytes)().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EquipoiseError(f"the schedule {path} cannot be read: {_why(error)}.") from None
    rows = list(_csv_rows(path, text) if file.suffix == ".csv" else _yaml_rows(path, text))
    entries, problems = [], []
    seen: dict[tuple[int, str], int] = {}
    for line, row in rows:
        try:
            entry = _entry(line, row)
            if (entry.day, entry.effector) in seen:
                raise ValueError(
                    f"line {seen[entry.day, entry.effector]} has the same day and effector"
                )
            seen[entry.day, entry.effector] = line
            entries.append(entry)
        except ValueError as error:
            problems.append(f"{path}, line {line}: {error}.")
    if problems:
        raise EquipoiseError(*problems)
    return entries


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it is not UTF-8 text")


def _csv_rows(path: str, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.reader(text.splitlines())
    heading = [name.strip() for name in next(reader, [])]
    _check_columns(f"{path}, line 1", heading)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield (
                reader.line_num,
                dict(zip(heading, (cell.strip() for cell in cells), strict=False)),
            )


def _yaml_rows(path: str, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        root, rows = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise EquipoiseError(
            f"{path}{where}: this is not YAML: {getattr(error, 'problem', error)}."
        ) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise EquipoiseError(
            f"{path} is no schedule: give a list of mappings, as in - {{day: 0, effector: repair, effort: 1}}."
        )
    for node, row in zip(root.value if root else (), rows, strict=True):
        line = node.start_mark.line + 1
        _check_columns(f"{path}, line {line}", list(map(str, row)))
        yield line, row


def _check_columns(where: str, names: list[str]) -> None:
    problems = [
        f"{where}: {unknown_name_message('the column', name, COLUMNS)}"
        for name in names
        if name not in COLUMNS
    ]
    problems += [
        f"{where}: the column {name!r} is missing. Needed: {', '.join(NEEDED)}."
        for name in NEEDED
        if name not in names
    ]
    if problems:
        raise EquipoiseError(*problems)


def _entry(line: int, row: Mapping[str, Any]) -> Entry:
    """Return a line with its values checked."""
    given = {name: "" if row.get(name) is None else str(row[name]) for name in COLUMNS}
    try:
        day = int(given["day"])
    except ValueError:
        raise ValueError(f"the day is {given['day']!r}: give a whole number") from None
    try:
        effort = float(given["effort"])
    except ValueError:
        effort = math.nan
    if not 0 <= effort <= 1:
        raise ValueError(f"the effort is {given['effort']!r}: give a number from 0 to 1")
    if not given["effector"]:
        raise ValueError("the effector is empty: give its name")
    return Entry(line, day, given["effector"], effort, given["department"])
