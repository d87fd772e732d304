"""Contract of the signals between the firm's parts: the rules and the daily checks.

`step_receptor`, `step_control_center` and `step_effector` call the step of a part. They return
read-only signals. If a signal breaks a rule, the error names part, day and value. `checker` applies
the same rules.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, get_args

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.firm.interfaces import (
    DRIVE_COUNT,
    NO_DEED,
    UNBOUNDED_TOUCHES,
    VALUE_COUNT,
    AnswerPrices,
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
from equipoise.settings.schema import Part


class Breach(NamedTuple):
    """A breach of the contract, such as ("orders.believed", "is 2. Allowed: 0 to 1, and nan.")."""

    subject: str
    problem: str


Breaches = Iterator[Breach]
_SOUND: Sequence[Breach] = ()
_TOLERANCE = 1e-6  # of sums and upper limits, which rounding can exceed
_NUMBERS = (float, int, np.integer, np.floating)
_CASE_CHOICES = get_args(CaseChoice)


class GuardedState(NamedTuple):
    """State of a part whose signals are checked: the plant, and the state of the part."""

    plant: Plant
    inner: Any


def init_guarded(part: Any, plant: Plant) -> GuardedState:
    """Return the first state of a part, which receives a read-only copy of the plant."""
    own_plant = replace(plant, matrix=freeze(plant.matrix.copy()))
    try:
        return GuardedState(plant, part.init(own_plant))
    except Exception as error:
        _name_part(error, part, "before the first day")
        raise


def step_receptor(
    receptor: Receptor, market: Market, state: GuardedState
) -> tuple[Reading | None, GuardedState]:
    """Return the checked, read-only reading of a receptor, and its next state."""
    plant, inner = state
    reading, inner = _call_step(receptor, market.day, (market, inner))
    if reading is not None:
        _require_sound(receptor, market.day, find_reading_breaches(reading, plant, market))
        freeze_reading(reading)
    return reading, GuardedState(plant, inner)


def step_control_center(
    control_center: ControlCenter, day: int, readings: tuple[Reading, ...], state: GuardedState
) -> tuple[Orders, GuardedState]:
    """Return the checked, read-only orders of a control center, and its next state."""
    plant, inner = state
    orders, inner = _call_step(control_center, day, (day, readings, inner))
    _require_sound(control_center, day, find_orders_breaches(orders, plant, day, readings))
    freeze(orders.focus)
    return orders, GuardedState(plant, inner)


def step_effector(
    effector: Effector, day: int, effort: float, focus: Floats, state: GuardedState
) -> tuple[Deed, GuardedState]:
    """Return the checked, read-only deed of an effector, and its next state."""
    plant, inner = state
    deed, inner = _call_step(effector, day, (day, effort, focus, inner))
    if deed is not NO_DEED:
        _require_sound(effector, day, find_deed_breaches(deed, plant, day, effort, focus))
        for array in (deed.repair, deed.replicate):
            if array is not None:
                freeze(array)
    return deed, GuardedState(plant, inner)


def _call_step(part: Any, day: int, arguments: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return the signal and the next state of a part; its errors say part and day."""
    try:
        returned = part.step(*arguments)
    except Exception as error:
        _name_part(error, part, f"day {day}")
        raise
    if not is_pair(returned):
        problem = f"returns {returned!r}. Return (signal, state)."
        raise EquipoiseError(f"{type(part).__name__}, day {day}: step {problem}")
    return returned[0], returned[1]


def _name_part(error: Exception, part: Any, time: str) -> None:
    """Add part and time to an error of its code.

    Raises:
        EquipoiseError: if the part changes its inputs.
    """
    name = f"{type(part).__name__}, {time}"
    if isinstance(error, EquipoiseError):
        return
    if isinstance(error, ValueError) and "read-only" in str(error):
        problem = "changes its inputs, which are read-only. Copy them first."
        raise EquipoiseError(f"{name}: the part {problem}") from error
    # Of nested parts, only the innermost is named.
    if not hasattr(error, "__notes__"):
        error.add_note(f"Raised by {name}.")


def is_pair(returned: Any) -> bool:
    """Return True if a step returned a signal and a state."""
    return isinstance(returned, tuple) and len(returned) == 2


def _require_sound(part: Part, day: int, breaches: Breaches) -> None:
    """Raise the breaches, if there are any.

    Raises:
        EquipoiseError: with a line for each: part, day, value, and what is allowed.
    """
    lines = [f"{type(part).__name__}, day {day}: {name} {problem}" for name, problem in breaches]
    if lines:
        raise EquipoiseError(*lines)


def freeze(array: Any) -> Any:
    """Return an array that was made read-only in place."""
    array.setflags(write=False)
    return array


def freeze_reading(reading: Reading) -> Reading:
    """Return a sound reading, now read-only with all its parts, whose contents count as checked."""
    if reading.is_checked:
        return reading
    for array in (reading.praise, reading.trouble, reading.causes, reading.values):
        freeze(array)
    for _, part in reading.parts:
        freeze_reading(part)
    # The mark is no field, so that a changed copy by `replace` is without it.
    object.__setattr__(reading, "is_checked", True)
    return reading


# signals


def find_reading_breaches(reading: Any, plant: Plant, market: Market) -> Breaches:
    """Yield the breaches of a reading that is delivered on the day of a market."""
    if reading is None:
        return
    if not isinstance(reading, Reading):
        yield Breach("the signal", f"is a {type(reading).__name__}. Return a Reading or None.")
        return
    if not _is_day(reading.delivered, market.day):
        given = _format_value(reading.delivered)
        yield Breach("reading.delivered", f"is {given}. Give the day of the step.")
    yield from _check_reading("reading", reading, plant)


def _check_reading(name: str, reading: Reading, plant: Plant) -> Breaches:
    """Yield the breaches of a reading and, recursively, of its parts."""
    # A fused or filtered reading holds parts that were checked when they were delivered.
    if reading.is_checked:
        return
    yield from _check_observed(name, reading)
    yield from _check_contents(name, reading, plant)
    if not isinstance(reading.parts, tuple):
        given = type(reading.parts).__name__
        yield Breach(f"{name}.parts", f"is a {given}. Give a tuple of (name, reading).")
        return
    for pair in reading.parts:
        if not (is_pair(pair) and isinstance(pair[1], Reading)):
            yield Breach(f"{name}.parts", f"holds {reprlib.repr(pair)}. Give (name, reading).")
            continue
        part_name, part = pair
        yield from _check_reading(f"{name}.parts[{part_name!r}]", part, plant)


def _check_observed(name: str, reading: Reading) -> Sequence[Breach]:
    observed, delivered = reading.observed, reading.delivered
    # A day of delivery that is no number is a breach of its own.
    latest = delivered if isinstance(delivered, _NUMBERS) else math.inf
    if isinstance(observed, _NUMBERS) and -math.inf < observed <= latest:
        return _SOUND
    given = _format_value(observed)
    return [Breach(f"{name}.observed", f"is {given}. Allowed: delivered or before.")]


def _check_contents(name: str, reading: Reading, plant: Plant) -> Breaches:
    no_level = _is_nan(reading.satisfaction)
    departments = len(plant.departments)
    yield from _check_number("%s.satisfaction", reading.satisfaction, name, high=1.0, nan=True)
    yield from _check_number("%s.error", reading.error, name, nan=no_level)
    yield from _check_number("%s.volume", reading.volume, name)
    yield from _check_array("%s.praise", reading.praise, DRIVE_COUNT, name)
    yield from _check_array("%s.trouble", reading.trouble, DRIVE_COUNT, name)
    yield from _check_array("%s.causes", reading.causes, departments, name, empty=True)
    yield from _check_array(
        "%s.values", reading.values, VALUE_COUNT, name, low=-math.inf, empty=True
    )


def find_orders_breaches(
    orders: Any, plant: Plant, day: int, readings: tuple[Reading, ...]
) -> Breaches:
    """Yield the breaches of a day's orders."""
    if not isinstance(orders, Orders):
        yield Breach("the signal", f"is a {type(orders).__name__}. Return Orders.")
        return
    yield from _check_number("orders.believed", orders.believed, high=1, nan=True)
    if not isinstance(orders.efforts, Mapping):
        given = type(orders.efforts).__name__
        yield Breach("orders.efforts", f"is a {given}. Give a mapping of effectors to efforts.")
        return
    for name, effort in orders.efforts.items():
        if name not in plant.effectors:
            known = ", ".join(plant.effectors)
            yield Breach(f"orders.efforts[{name!r}]", f"has no effector. Available: {known}.")
        yield from _check_number("orders.efforts[%r]", effort, name, high=1.0)
    yield from _check_focus(orders.focus, len(plant.departments))
    yield from _check_verdicts(orders.verdicts, plant, day)
    yield from _check_number("orders.cost", orders.cost)


def _check_focus(focus: Any, departments: int) -> Sequence[Breach]:
    breaches = _check_array("orders.focus", focus, departments, empty=True)
    if breaches:
        return breaches
    # Shares from a division add up to 1 only up to rounding.
    total = sum(focus.tolist())
    if total == 0 or abs(total - 1) <= _TOLERANCE:
        return _SOUND
    given = _format_value(total)
    return [Breach("orders.focus", f"has the sum {given}. Allowed: a sum of 1, or all 0.")]


def _check_verdicts(verdicts: Any, plant: Plant, day: int) -> Breaches:
    if not isinstance(verdicts, tuple):
        given = type(verdicts).__name__
        yield Breach("orders.verdicts", f"is a {given}. Give a tuple of DepartmentVerdicts.")
        return
    for verdict in verdicts:
        yield from _check_verdict(verdict, plant, day)


def _check_verdict(verdict: Any, plant: Plant, day: int) -> Breaches:
    if not isinstance(verdict, DepartmentVerdict):
        yield Breach(
            "orders.verdicts", f"hold a {type(verdict).__name__}. Give DepartmentVerdicts."
        )
        return
    if not _is_day(verdict.day, day):
        yield Breach("verdict.day", f"is {_format_value(verdict.day)}. Give the day of the step.")
    yield from _check_choice("verdict.department", verdict.department, plant.departments)
    # The type is the only list of the allowed words.
    yield from _check_choice("verdict.kind", verdict.kind, get_args(VerdictKind))


def find_deed_breaches(deed: Any, plant: Plant, day: int, effort: float, focus: Floats) -> Breaches:
    """Yield the breaches of a day's deed."""
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
    if not (_is_whole(deed.replies) and deed.replies >= 0):
        given = _format_value(deed.replies)
        yield Breach("deed.replies", f"is {given}. Allowed: a whole number, 0 or more.")
    yield from _check_choice("deed.serves", deed.serves, _CASE_CHOICES)
    yield from _check_prices(deed.prices)
    if deed.touch is not None:
        yield from _check_touch(deed.touch)
    yield from _check_number("deed.effort", deed.effort)
    yield from _check_number("deed.cost", deed.cost)


def _check_prices(prices: Any) -> Breaches:
    if not isinstance(prices, AnswerPrices):
        yield Breach("deed.prices", f"is a {type(prices).__name__}. Give AnswerPrices.")
        return
    for name, price in zip(AnswerPrices._fields, prices, strict=True):
        yield from _check_number("deed.prices.%s", price, name)


def _check_touch(touch: Any) -> Breaches:
    if not isinstance(touch, Touch):
        yield Breach("deed.touch", f"is a {type(touch).__name__}. Give a Touch or None.")
        return
    for name, strength in zip(Touch._fields, touch, strict=True):
        if isinstance(strength, float) and strength == 0:  # most are
            continue
        high = math.inf if name in UNBOUNDED_TOUCHES else 1.0
        yield from _check_number("deed.touch.%s", strength, name, high=high)


# values


def _check_number(
    subject: str, value: Any, key: Any = None, high: float = math.inf, nan: bool = False
) -> Sequence[Breach]:
    """Return a breach unless the value is finite and from 0 to ``high``, or an allowed nan.

    The subject may have a place for the key: names are put together only for a breach.
    """
    if isinstance(value, _NUMBERS) and 0 <= value <= high + _TOLERANCE and value < math.inf:
        return _SOUND
    if nan and _is_nan(value):
        return _SOUND
    allowed = f"0 to {high:g}" if math.isfinite(high) else "a finite number, 0 or more"
    or_nan = ", and nan" if nan else ""
    problem = f"is {_format_value(value)}. Allowed: {allowed}{or_nan}."
    return [_breach(subject, key, problem)]


def _check_array(
    subject: str,
    values: Any,
    size: int,
    key: Any = None,
    low: float = 0.0,
    empty: bool = False,
) -> Sequence[Breach]:
    """Return a breach unless the values are finite, of this size or empty, and ``low`` or more."""
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        given = type(values).__name__
        return [_breach(subject, key, f"is a {given}. Give an array of numbers.")]
    shape = values.shape
    if shape != (size,):
        if empty and shape == (0,):
            return _SOUND
        or_empty = " or (0,)" if empty else ""
        return [_breach(subject, key, f"has the shape {shape}. Allowed: ({size},){or_empty}.")]
    # Checks of plain numbers are faster than those of a short array.
    numbers = values.tolist()
    if not math.isfinite(sum(numbers)) and not np.isfinite(values).all():
        return [_breach(subject, key, "holds nan or inf. Allowed: finite numbers.")]
    if min(numbers, default=low) < low:
        problem = f"holds {_format_value(min(numbers))}. Allowed: {low:g} or more."
        return [_breach(subject, key, problem)]
    return _SOUND


def _check_choice(subject: str, value: Any, allowed: Sequence[str]) -> Sequence[Breach]:
    if isinstance(value, str) and value in allowed:
        return _SOUND
    return [Breach(subject, f"is {value!r}. Allowed: {', '.join(allowed)}.")]


def _is_nan(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and math.isnan(value)


def _is_day(value: Any, day: int) -> bool:
    return isinstance(value, _NUMBERS) and value == day


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _format_value(value: Any) -> str:
    """Return a value as it is, so that a message never rounds it to an allowed one."""
    if isinstance(value, (np.integer, np.floating)):
        value = value.item()
    return repr(value).removesuffix(".0")


def _breach(subject: str, key: Any, problem: str) -> Breach:
    return Breach(subject if key is None else subject % (key,), problem)
