"""Control by a schedule in a CSV or YAML file, checked line by line."""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import model_validator

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError, raise_problems, shorten_given, unknown_name_message
from equipoise.firm.control.reference_controllers import no_orders
from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.settings.files import FileSettings
from equipoise.settings.schema import setting
from equipoise.settings.text_file import (
    expand_user_path,
    raise_line_problems,
    read_regular_file,
    read_text_file,
)
from equipoise.settings.yaml_text import list_item_lines, parse_yaml

_NEEDED_COLUMNS = ("day", "effector", "effort")
_COLUMNS = (*_NEEDED_COLUMNS, "department")
_SUFFIXES = (".csv", ".yaml", ".yml")
_ADVICE = "Give the path of a schedule (.csv, .yaml or .yml)."


class ScheduleEntry(NamedTuple):
    """One line of a schedule: the effort of an effector from a day on.

    Attributes:
        line: number of the line in the file.
        day: counted from the first scored day.
        effector: name.
        effort: 0..1.
        department: name of the department that gets attention; "" = none.
    """

    line: int
    day: int
    effector: str
    effort: float
    department: str


class ScriptedState(NamedTuple):
    """State of `Scripted`.

    Attributes:
        days: days on which orders change, counted from the first day of burn-in.
        orders: orders before the first of these days, and from each of them on.
    """

    days: tuple[int, ...]
    orders: tuple[Orders, ...]


class Scripted(FileSettings, ControlCenter):
    """Follows a schedule, whatever the readings: a line holds until the next one of its effector.

    The file has the columns day, effector, effort and optionally department. It is a CSV file with
    a header, or a YAML list of mappings. Days count from the first scored day. The effort of an
    effector before its first line is 0. Attention goes to the departments of the lines in force, in
    proportion to their efforts.
    """

    kind: ClassVar[str] = "scripted"
    path: str = setting("", "schedule file, .csv, .yaml or .yml; empty = nothing is ever ordered")

    @model_validator(mode="after")
    def _check_file(self) -> Scripted:
        # a bad file is reported with the settings, not when the run starts
        self._entries()
        return self

    @property
    def effector_names(self) -> tuple[str, ...]:
        """Effectors that the schedule names."""
        return tuple(dict.fromkeys(entry.effector for entry in self._entries()))

    def _entries(self) -> list[ScheduleEntry]:
        return read_schedule(self.path, self.content) if self.path else []

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return one line for each unknown effector or department of the schedule."""
        problems = []
        for entry in self._entries():
            where = f"{self.path}, line {entry.line}"
            if entry.effector not in effectors:
                problem = unknown_name_message("the effector", entry.effector, effectors)
                problems.append(f"{where}: {problem}")
            if entry.department and entry.department not in departments:
                problem = unknown_name_message("the department", entry.department, departments)
                problems.append(f"{where}: {problem}")
        return tuple(problems)

    def init(self, plant: Plant) -> ScriptedState:
        """Return all orders of the run."""
        raise_problems(self.find_unknown_names(plant.effectors, plant.departments))
        entries = self._entries()
        days = sorted({entry.day for entry in entries})
        orders = [no_orders(plant)]
        # what is in force on a day is the last line of each effector up to then
        in_force: dict[str, ScheduleEntry] = {}
        for day in days:
            in_force |= {entry.effector: entry for entry in entries if entry.day == day}
            orders.append(_build_orders(in_force, plant))
        return ScriptedState(tuple(day + plant.burn_in for day in days), tuple(orders))

    def step(
        self, day: int, readings: tuple[Reading, ...], state: ScriptedState
    ) -> tuple[Orders, ScriptedState]:
        """Return the orders in force."""
        return state.orders[bisect_right(state.days, day)], state


def _build_orders(in_force: Mapping[str, ScheduleEntry], plant: Plant) -> Orders:
    """Return the orders of the lines in force, given by effector."""
    efforts = dict.fromkeys(plant.effectors, 0.0)
    efforts |= {name: entry.effort for name, entry in in_force.items()}
    return Orders(efforts=efforts, focus=_share_attention(in_force.values(), plant))


def _share_attention(entries: Iterable[ScheduleEntry], plant: Plant) -> Floats:
    """Return shares of attention over departments (D,), in proportion to efforts."""
    focus = np.zeros(len(plant.departments))
    for entry in entries:
        if entry.department:
            focus[plant.departments.index(entry.department)] += entry.effort
    total = focus.sum()
    return focus / total if total else focus


# the file


def read_schedule(given: str, read: Callable[[], bytes] | None = None) -> list[ScheduleEntry]:
    """Return the lines of a schedule file.

    Args:
        given: path of the file.
        read: returns the bytes of the file; reads the path if not given.

    Raises:
        EquipoiseError: if the file cannot be read or has bad lines (the first five are listed).
    """
    path = expand_user_path(given)
    if path.suffix not in _SUFFIXES:
        raise EquipoiseError(
            f"{shorten_given(str(given))} is no schedule. Its name must end in .csv, .yaml or .yml."
        )
    text = read_text_file(
        path, read or partial(read_regular_file, path), "control_center.path", _ADVICE
    )
    rows = _csv_rows(given, text) if path.suffix == ".csv" else _yaml_rows(given, text)
    entries, problems = [], []
    first_lines: dict[tuple[int, str], int] = {}
    for line, row in rows:
        try:
            entry = _parse_entry(line, row)
        except ValueError as error:
            problems.append(f"{given}, line {line}: {error}.")
            continue
        # two efforts of one effector on one day would depend on the order of the lines
        first = first_lines.setdefault((entry.day, entry.effector), line)
        if first != line:
            problems.append(f"{given}, line {line}: line {first} has the same day and effector.")
        entries.append(entry)
    raise_line_problems(problems)
    return entries


def _csv_rows(path: str, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield number and fields of each line that is not empty."""
    reader = csv.reader(text.splitlines())
    header = [name.strip() for name in next(reader, [])]
    _check_columns(f"{path}, line 1", header)
    for cells in reader:
        fields = [cell.strip() for cell in cells]
        if any(fields):
            yield reader.line_num, dict(zip(header, fields, strict=False))


def _yaml_rows(path: str, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield first line and content of each mapping in a list."""
    rows = parse_yaml(text, path)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise EquipoiseError(
            f"{path} is no schedule. Give a list of mappings, "
            "as in - {day: 0, effector: repair, effort: 1}."
        )
    for line, row in zip(list_item_lines(text), rows, strict=True):
        _check_columns(f"{path}, line {line}", [str(name) for name in row])
        yield line, row


def _check_columns(where: str, names: Sequence[str]) -> None:
    """Refuse unknown and missing columns."""
    unknown = [name for name in names if name not in _COLUMNS]
    missing = [name for name in _NEEDED_COLUMNS if name not in names]
    problems = [
        f"{where}: {unknown_name_message('the column', name, _COLUMNS)}" for name in unknown
    ]
    for name in missing:
        needed = ", ".join(_NEEDED_COLUMNS)
        problems.append(f"{where}: the column {name!r} is missing. Needed: {needed}.")
    raise_problems(problems)


def _parse_entry(line: int, row: Mapping[str, Any]) -> ScheduleEntry:
    """Return a line of the schedule.

    Raises:
        ValueError: with the defect of the line.
    """
    # YAML gives numbers and null where CSV gives text
    given = {name: row[name] for name in _COLUMNS if row.get(name) is not None}
    fields = {name: str(given.get(name, "")) for name in _COLUMNS}
    try:
        day = int(fields["day"])
    except ValueError:
        raise ValueError(f"the day is {fields['day']!r}; give a whole number") from None
    try:
        effort = float(fields["effort"])
    except ValueError:
        # nan is out of range like any other bad number
        effort = math.nan
    if not 0 <= effort <= 1:
        raise ValueError(f"the effort is {fields['effort']!r}; give a number from 0 to 1")
    if not fields["effector"]:
        raise ValueError("the effector is empty; give its name")
    return ScheduleEntry(line, day, fields["effector"], effort, fields["department"])
