"""Contract of receptors, control centers and effectors: ``check(part)`` tests any of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from equipoise.errors import EquipoiseError
from equipoise.firm import check_fixtures
from equipoise.firm.contract import (
    Breach,
    Breaches,
    find_deed_breaches,
    find_orders_breaches,
    find_reading_breaches,
    is_pair,
)
from equipoise.firm.global_state import (
    keep_generators,
    list_changes,
    other_chance_and_time,
    read_global_state,
)
from equipoise.firm.interfaces import ControlCenter, Effector, Plant, Receptor
from equipoise.settings.schema import Part, dump_settings

Inputs = Sequence[tuple[Any, ...]]  # what ``step`` gets on each day, but for the state


_ANOTHER_SIGNAL = (
    "returns another signal for the same state. Keep memory in the state, and draw with "
    "draw_uniform instead of a random generator."
)


def check(part: Part, plant: Plant | None = None) -> None:
    """Check that a part keeps its contract, in a rehearsal of 90 days.

    - The part is a frozen record with a ``kind``, whose settings can be written and read back.
    - ``init`` and ``step`` are deterministic, and keep all memory in the state they return.
    - They change neither their arguments, nor the part, nor global variables.
    - They depend neither on global random generators nor on the clock.
    - Signals have the right type, shapes and ranges.

    Args:
        part: a receptor, control center or effector.
        plant: the firm to rehearse in; by default five departments.

    Raises:
        EquipoiseError: with one line for each breach, on the first day it occurs.
    """
    if plant is None:
        effectors = part.effector_names if isinstance(part, ControlCenter) else ()
        plant = check_fixtures.build_plant(effectors)
    rehearsal = _Rehearsal(part, plant)
    with keep_generators():
        rehearsal.run()
    if rehearsal.lines:
        raise EquipoiseError(*rehearsal.lines.values())


def _select_rehearsal(part: Any, plant: Plant) -> tuple[Inputs, Callable[..., Breaches]]:
    """Return the inputs of a part's family, and the check of its signals."""
    if isinstance(part, Receptor):
        markets = check_fixtures.build_markets(plant, truth=bool(part.sees_truth))
        return [(market,) for market in markets], find_reading_breaches
    if isinstance(part, ControlCenter):
        return check_fixtures.build_readings(plant), find_orders_breaches
    if isinstance(part, Effector):
        return check_fixtures.build_efforts(plant), find_deed_breaches
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
        changes: list[str] = []
        before = read_global_state(self.part)
        try:
            signals = self._run_once()
            changes = list_changes(before, read_global_state(self.part), is_same)
            with other_chance_and_time(self.part):
                self._run_again(signals)
        except Exception as error:  # code of users may raise anything
            self._note("init or step", f"raised {type(error).__name__}: {error}")
        self.day = None
        for name in changes:
            self._note(name, "is changed by init or step. Keep all memory in the state.")
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
            if not is_pair(returned):
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
                    "a second run",
                    "returns other signals. "
                    "Make init and step deterministic: no generator, no clock.",
                )

    def _add(self, breaches: Breaches) -> None:
        name = type(self.part).__name__
        place = name if self.day is None else f"{name}, day {self.day}"
        for subject, problem in breaches:
            self.lines.setdefault(subject, f"{place}: {subject} {problem}")

    def _note(self, subject: str, problem: str) -> None:
        self._add(iter([Breach(subject, problem)]))


# the comparison of values


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
