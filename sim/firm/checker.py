"""Contract of receptors, control centers and effectors: ``check(part)`` tests any of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, get_args

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    UNBOUNDED_TOUCHES,
    VALUE_COUNT,
    CaseChoice,
    ControlCenter,
    Deed,
    DepartmentVerdict,
    Effector,
    Market,
    Orders,
    Plant,
    Reading,
    Receptor,
    Touch,
    VerdictKind,
)
from equipoise.settings.schema import Part, dump_settings

Inputs = Sequence[tuple[Any, ...]]  # what ``step`` gets on each day, but for the state


class Breach(NamedTuple):
    """A breach of the contract, such as ("orders.believed", "is 2. Allowed: 0 to 1, and nan.")."""

    subject: str
    problem: str


Breaches = Iterator[Breach]

_ANOTHER_SIGNAL = (
    "returns another signal for the same state. Keep memory in the state, and draw with "
    "draw_uniform instead of a random generator."
)


def check(part: Part, plant: Plant | None = None) -> None:
    """Check that a part keeps its contract, in a rehearsal of 90 days.

    - The part is a frozen record with a ``kind``, whose settings can be written and read back.
    - ``init`` and ``step`` are deterministic, and keep all memory in the state they return.
    - They change neither their arguments nor the part.
    - Signals have the right type, shapes and ranges.

    Args:
        part: a receptor, control center or effector.
        plant: the firm to rehearse in; by default five departments.

    Raises:
        EquipoiseError: with one line for each breach, on the first day it occurs.
    """
    if plant is None:
        effectors = part.named_effectors if isinstance(part, ControlCenter) else ()
        plant = check_fixtures.build_plant(effectors)
    rehearsal = _Rehearsal(part, plant)
    rehearsal.run()
    if rehearsal.lines:
        raise EquipoiseError(*rehearsal.lines.values())


def _select_rehearsal(part: Any, plant: Plant) -> tuple[Inputs, Callable[..., Breaches]]:
    """Return the inputs of a part's family, and the check of its signals."""
    if isinstance(part, Receptor):
        markets = check_fixtures.build_markets(plant, truth=bool(part.sees_truth))
        return [(market,) for market in markets], _check_reading
    if isinstance(part, ControlCenter):
        return check_fixtures.build_readings(plant), _check_orders
    if isinstance(part, Effector):
        return check_fixtures.build_efforts(plant), _check_deed
    raise EquipoiseError(
        f"{part!r} is no part. Give an instance of Receptor, ControlCenter or Effector."
    )


# the record and the rehearsal


def _check_record(part: Part) -> Breaches:
    if not isinstance(getattr(part, "kind", None), str):
        yield Breach("kind", 'is missing. Write kind: ClassVar[str] = "..." in the class.')
        return
    if not type(part).model_config.get("frozen"):
        yield Breach("model_config", "is not frozen. Leave model_config as it is inherited.")
    written = dump_settings(part)
    settings = {name: value for name, value in written.items() if name != "kind"}
    try:
        again = type(part).model_validate(settings)
    except ValueError as error:
        yield Breach("settings", f"cannot be read back: {error}")
        return
    if dump_settings(again) != written:
        yield Breach("settings", "change when they are written and read back.")


class _Rehearsal:
    """Two runs of a part on the example days of its family.

    Attributes:
        lines: the first breach of each subject, by subject.
        day: the current day; None outside the runs.
    """

    def __init__(self, part: Any, plant: Plant) -> None:
        self.part = part
        self.plant = plant
        self.inputs, self.check_signal = _select_rehearsal(part, plant)
        self.lines: dict[str, str] = {}
        self.day: int | None = None

    def run(self) -> None:
        """Check the record, then run the part twice; an error of its code is a breach, too."""
        self._add(_check_record(self.part))
        # Copies show whether the part changes itself or its arguments.
        settings = copy.deepcopy(self.part.__dict__)
        inputs = copy.deepcopy(self.inputs)
        try:
            signals = self._run_once()
            self._run_again(signals)
        except Exception as error:  # code of users may raise anything
            self._note("init or step", f"raised {type(error).__name__}: {error}")
        self.day = None
        if not is_same(self.part.__dict__, settings):
            self._note("the part", "keeps memory in itself. Keep it in the state.")
        if not is_same(self.inputs, inputs):
            self._note("step", "changes its arguments. Make copies.")

    def _run_once(self) -> list[Any]:
        """Check each signal, and take each step twice; return the signals."""
        signals: list[Any] = []
        state = self.part.init(self.plant)
        for day, arguments in enumerate(self.inputs):
            self.day = day
            state_before = copy.deepcopy(state)
            returned = self.part.step(*arguments, state)
            if not _is_pair(returned):
                self._note("step", f"returns {returned!r}. Return (signal, state).")
                break
            if not is_same(state, state_before):
                self._note("the state", "is changed by step. Return a new one.")
            signal, state = returned
            # A copy, in case that the part changes a signal after it was returned.
            signals.append(copy.deepcopy(signal))
            self._add(self.check_signal(signal, self.plant, *arguments))
            again, _ = self.part.step(*arguments, state_before)
            if not is_same(again, signals[-1]):
                self._note("step", _ANOTHER_SIGNAL)
        return signals

    def _run_again(self, signals: Sequence[Any]) -> None:
        state = self.part.init(self.plant)
        # The first run may have ended early.
        for day, (arguments, signal) in enumerate(zip(self.inputs, signals, strict=False)):
            self.day = day
            again, state = self.part.step(*arguments, state)
            if not is_same(again, signal):
                self._note(
                    "a second run", "returns other signals. Make init and step deterministic."
                )

    def _add(self, breaches: Breaches) -> None:
        name = type(self.part).__name__
        place = name if self.day is None else f"{name}, day {self.day}"
        for subject, problem in breaches:
            self.lines.setdefault(subject, f"{place}: {subject} {problem}")

    def _note(self, subject: str, problem: str) -> None:
        self._add(iter([Breach(subject, problem)]))


def _is_pair(returned: Any) -> bool:
    return isinstance(returned, tuple) and len(returned) == 2


# signals


def _check_reading(reading: Any, plant: Plant, market: Market) -> Breaches:
    if reading is None:
        return
    if not isinstance(reading, Reading):
        yield Breach("the signal", f"is a {type(reading).__name__}. Return a Reading or None.")
        return
    if reading.delivered != market.day:
        yield Breach("reading.delivered", f"is {reading.delivered}. Give the day of the step.")
    if reading.observed > reading.delivered:
        yield Breach("reading.observed", f"is {reading.observed}. Allowed: delivered or before.")
    yield from _check_contents("reading", reading, plant)
    for name, part in reading.parts:
        yield from _check_contents(f"reading.parts[{name!r}]", part, plant)


def _check_contents(name: str, reading: Reading, plant: Plant) -> Breaches:
    no_level = math.isnan(reading.satisfaction)
    departments = len(plant.departments)
    yield from _check_number(f"{name}.satisfaction", reading.satisfaction, high=1, nan=True)
    yield from _check_number(f"{name}.error", reading.error, nan=no_level)
    yield from _check_number(f"{name}.volume", reading.volume)
    yield from _check_array(f"{name}.praise", reading.praise, DRIVE_COUNT)
    yield from _check_array(f"{name}.trouble", reading.trouble, DRIVE_COUNT)
    yield from _check_array(f"{name}.causes", reading.causes, departments, empty=True)
    yield from _check_array(
        f"{name}.values", reading.values, VALUE_COUNT, low=-math.inf, empty=True
    )


def _check_orders(orders: Any, plant: Plant, day: int, readings: tuple[Reading, ...]) -> Breaches:
    if not isinstance(orders, Orders):
        yield Breach("the signal", f"is a {type(orders).__name__}. Return Orders.")
        return
    yield from _check_number("orders.believed", orders.believed, high=1, nan=True)
    for name, effort in orders.efforts.items():
        if name not in plant.effectors:
            known = ", ".join(plant.effectors)
            yield Breach(f"orders.efforts[{name!r}]", f"has no effector. Available: {known}.")
        yield from _check_number(f"orders.efforts[{name!r}]", effort, high=1)
    yield from _check_focus(orders.focus, len(plant.departments))
    for verdict in orders.verdicts:
        yield from _check_verdict(verdict, plant, day)
    yield from _check_number("orders.cost", orders.cost)


def _check_focus(focus: Any, departments: int) -> Breaches:
    breaches = list(_check_array("orders.focus", focus, departments, empty=True))
    yield from breaches
    if breaches or not np.any(focus):
        return
    # Shares from a division add up to 1 only up to rounding.
    total = float(np.sum(focus))
    if abs(total - 1) >= 1e-9:
        yield Breach("orders.focus", f"has the sum {total:g}. Allowed: a sum of 1, or all 0.")


def _check_verdict(verdict: Any, plant: Plant, day: int) -> Breaches:
    if not isinstance(verdict, DepartmentVerdict):
        yield Breach(
            "orders.verdicts", f"hold a {type(verdict).__name__}. Give DepartmentVerdicts."
        )
        return
    if verdict.day != day:
        yield Breach("verdict.day", f"is {verdict.day}. Give the day of the step.")
    yield from _check_choice("verdict.department", verdict.department, plant.departments)
    # The allowed words stand once, in the type.
    yield from _check_choice("verdict.kind", verdict.kind, get_args(VerdictKind))


def _check_deed(deed: Any, plant: Plant, day: int, effort: float, focus: Floats) -> Breaches:
    if not isinstance(deed, Deed):
        yield Breach("the signal", f"is a {type(deed).__name__}. Return a Deed.")
        return
    departments = len(plant.departments)
    if deed.repair is not None:
        yield from _check_array("deed.repair", deed.repair, departments)
    if deed.replicate is not None:
        yield from _check_array("deed.replicate", deed.replicate, departments, low=-math.inf)
    yield from _check_number("deed.promise", deed.promise, high=1)
    yield from _check_number("deed.level", deed.level, high=1, nan=True)
    if not (isinstance(deed.replies, int) and deed.replies >= 0):
        yield Breach("deed.replies", f"is {deed.replies!r}. Allowed: a whole number, 0 or more.")
    yield from _check_choice("deed.serves", deed.serves, get_args(CaseChoice))
    if deed.touch is not None:
        yield from _check_touch(deed.touch)
    yield from _check_number("deed.effort", deed.effort)
    yield from _check_number("deed.cost", deed.cost)


def _check_touch(touch: Any) -> Breaches:
    if not isinstance(touch, Touch):
        yield Breach("deed.touch", f"is a {type(touch).__name__}. Give a Touch or None.")
        return
    for name, strength in touch._asdict().items():
        high = math.inf if name in UNBOUNDED_TOUCHES else 1.0
        yield from _check_number(f"deed.touch.{name}", strength, high=high)


# values


def _check_number(name: str, value: float, high: float = math.inf, nan: bool = False) -> Breaches:
    """Yield a breach unless the value is finite and from 0 to ``high``, or an allowed nan."""
    number = float(value)
    if nan and math.isnan(number):
        return
    if math.isfinite(number) and 0 <= number <= high:
        return
    allowed = f"0 to {high:g}" if math.isfinite(high) else "a finite number, 0 or more"
    or_nan = ", and nan" if nan else ""
    yield Breach(name, f"is {number:g}. Allowed: {allowed}{or_nan}.")


def _check_array(
    name: str, values: Any, size: int, low: float = 0.0, empty: bool = False
) -> Breaches:
    """Yield a breach unless the values are finite, of this size or empty, and ``low`` or more."""
    shape = np.shape(values)
    if empty and shape == (0,):
        return
    if shape != (size,):
        or_empty = " or (0,)" if empty else ""
        yield Breach(name, f"has the shape {shape}. Allowed: ({size},){or_empty}.")
    elif not np.isfinite(values).all():
        yield Breach(name, "holds nan or inf. Allowed: finite numbers.")
    elif np.min(values) < low:
        yield Breach(name, f"holds {np.min(values):g}. Allowed: {low:g} or more.")


def _check_choice(name: str, value: Any, allowed: Sequence[str]) -> Breaches:
    if value not in allowed:
        yield Breach(name, f"is {value!r}. Allowed: {', '.join(allowed)}.")


def is_same(a: Any, b: Any) -> bool:
    """Return True if two signals, states or settings hold equal values; nan equals nan.

    Functions count as equal.
    """
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return _is_same_array(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return _is_same_dict(a, b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(is_same, a, b))
    # Functions such as `Market.ask` cannot be compared.
    if callable(a):
        return True
    if type(a) is type(b) and _has_fields(a):
        return _is_same_dict(_fields_of(a), _fields_of(b))
    return (_is_nan(a) and _is_nan(b)) or bool(a == b)


def _is_same_dict(a: dict[Any, Any], b: dict[Any, Any]) -> bool:
    if a.keys() != b.keys():
        return False
    return all(is_same(a[key], b[key]) for key in a)


def _is_same_array(a: Any, b: Any) -> bool:
    if np.shape(a) != np.shape(b):
        return False
    # numpy compares nan only in arrays of floats
    is_float = np.asarray(a).dtype.kind == "f"
    return bool(np.array_equal(a, b, equal_nan=is_float))


def _has_fields(value: Any) -> bool:
    return is_dataclass(value) or hasattr(value, "__dict__")


def _fields_of(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, which may have slots, or of another object."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return dict(vars(value))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
