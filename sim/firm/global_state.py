"""State outside a part, which a part must neither change nor read: generators, clock, globals."""

from __future__ import annotations

import contextlib
import copy
import datetime
import os
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

_PLAIN_TYPES = (bool, int, float, str, bytes, list, dict, set, tuple, deque, np.ndarray)
_OWN_PACKAGE = "equipoise."
_LIBRARIES = ("builtins", "pydantic", "abc", "typing")
# About five months, odd in seconds: another hour, weekday, month and parity.
_CLOCK_SHIFT = 12_345_679
_OTHER_SEED = 987_654_321

GlobalState = dict[str, Any]


def read_global_state(part: Any) -> GlobalState:
    """Return copies of the global variables that a part could change, by name."""
    state: GlobalState = {
        "the generator of random": random.getstate(),
        "the generator of numpy.random": np.random.get_state(),
        "the error handling of numpy": np.geterr(),
        "sys.path": list(sys.path),
        "os.environ": dict(os.environ),
        "the current folder": str(Path.cwd()),
    }
    for holder in _classes_and_modules(part):
        for name, value in vars(holder).items():
            place = f"{holder.__name__}.{name}"
            if isinstance(value, FunctionType):
                state |= _read_function(place, value)
            elif not name.startswith(("__", "_abc", "model_")):
                _add_copy(state, place, value)
    state["Equipoise"] = _identify_own_globals()
    return state


def list_changes(
    before: GlobalState, after: GlobalState, is_same: Callable[..., bool]
) -> list[str]:
    """Return the names of what has changed."""
    own_before, own_after = before["Equipoise"], after["Equipoise"]
    changed = [name for name, value in own_before.items() if own_after.get(name) != value]
    for name, value in before.items():
        if name != "Equipoise" and not (name in after and is_same(value, after[name])):
            changed.append(name)
    return changed


def _classes_and_modules(part: Any) -> Iterator[Any]:
    """Yield the classes of a part, but for the bases of all parts, and their modules."""
    modules = {}
    for part_class in type(part).__mro__:
        module = part_class.__module__
        if module.split(".")[0] in _LIBRARIES or module.startswith(_OWN_PACKAGE):
            continue
        yield part_class
        if module in sys.modules:
            modules[module] = sys.modules[module]
    yield from modules.values()


def _read_function(place: str, function: FunctionType) -> GlobalState:
    """Return copies of a function's defaults and of the variables that it encloses."""
    state: GlobalState = {}
    _add_copy(state, f"the defaults of {place}", function.__defaults__)
    _add_copy(state, f"the defaults of {place} by name", function.__kwdefaults__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    for name, cell in cells:
        # A cell may be empty before its variable is assigned.
        with contextlib.suppress(ValueError):
            _add_copy(state, f"{name} in {place}", cell.cell_contents)
    return state


def _add_copy(state: GlobalState, place: str, value: Any) -> None:
    """Add a copy of plain data; other objects are passed over."""
    if isinstance(value, _PLAIN_TYPES):
        # What cannot be copied, such as a list of locks, is passed over as well.
        with contextlib.suppress(Exception):
            state[place] = copy.deepcopy(value)


def _identify_own_globals() -> dict[str, int]:
    """Return the identities of all global variables of Equipoise."""
    identities = {}
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith(_OWN_PACKAGE) and isinstance(module, ModuleType):
            for name, value in list(vars(module).items()):
                if not name.startswith("__"):
                    identities[f"{module_name}.{name}"] = id(value)
    return identities


@contextlib.contextmanager
def keep_generators() -> Iterator[None]:
    """Restore the global generators of `random` and `numpy.random` at the end of a block."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)


@contextlib.contextmanager
def other_chance_and_time(part: Any) -> Iterator[None]:
    """Run a block with other states of the global generators and at another time."""
    holders = [time, datetime, *_classes_and_modules(part)]
    replacements = _late_clocks()
    replaced = []
    with keep_generators():
        random.seed(_OTHER_SEED)
        np.random.seed(_OTHER_SEED)
        for holder in holders:
            for name, value in list(vars(holder).items()):
                if isinstance(holder, ModuleType) and id(value) in replacements:
                    replaced.append((holder, name, value))
        try:
            for holder, name, value in replaced:
                setattr(holder, name, replacements[id(value)])
            yield
        finally:
            for holder, name, value in replaced:
                setattr(holder, name, value)


def _late_clocks() -> dict[int, Any]:
    """Return replacements of the clocks of `time` and `datetime`, by the identity of each."""
    clock, clock_ns = time.time, time.time_ns
    gmtime, localtime = time.gmtime, time.localtime
    shift = datetime.timedelta(seconds=_CLOCK_SHIFT)

    class LateDatetime(datetime.datetime):
        """A datetime whose present is later."""

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return super().now(tz) + shift

        @classmethod
        def utcnow(cls) -> Any:
            return super().now(datetime.UTC).replace(tzinfo=None) + shift

        @classmethod
        def today(cls) -> Any:
            return super().now() + shift

    class LateDate(datetime.date):
        """A date whose present is later."""

        @classmethod
        def today(cls) -> Any:
            return super().today() + shift

    return {
        id(clock): lambda: clock() + _CLOCK_SHIFT,
        id(clock_ns): lambda: clock_ns() + _CLOCK_SHIFT * 10**9,
        id(gmtime): lambda seconds=None: gmtime(_shift_seconds(seconds, clock)),
        id(localtime): lambda seconds=None: localtime(_shift_seconds(seconds, clock)),
        id(datetime.datetime): LateDatetime,
        id(datetime.date): LateDate,
    }


def _shift_seconds(seconds: float | None, clock: Callable[[], float]) -> float:
    return clock() + _CLOCK_SHIFT if seconds is None else seconds
