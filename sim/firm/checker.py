"""One contract for any receptor, control center or effector, ours or a user's: ``check(part)``."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args

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
    Effector,
    Market,
    Orders,
    Plant,
    Reading,
    Receptor,
    Touch,
    Verdict,
    VerdictKind,
)
from equipoise.settings.schema import Part, dump, walk

Complaints = Iterator[str]
Signal = Any


def check(part: Part, plant: Plant | None = None) -> None:
    """Check that a part keeps the contract of its family, in a rehearsal of some weeks; say nothing if it does.

    The part must be a frozen record whose settings can be written and read back; ``init`` and ``step`` must be
    deterministic, keep all memory in the state they return, leave what they are given as it was, and return
    signals of the right types, shapes and ranges.

    Args:
        part: a receptor, control center or effector.
        plant: the firm to rehearse in; a plain one of five departments when not given.

    Raises:
        EquipoiseError: with one line for each breach.
    """
    rehearse = _rehearsal_of(part)
    plant = plant or check_fixtures.build_plant(_named(part))
    breaches = list(_record(part))
    try:
        for breach in rehearse(part, plant):
            breaches.append(breach)  # one by one: what was found stays when the rehearsal stops
    except Exception as error:  # a user's code may fail in any way
        breaches.append(f"a rehearsal stopped with {type(error).__name__}: {error}")
    if breaches:
        raise EquipoiseError(
            *(f"{type(part).__name__}: {each}" for each in dict.fromkeys(breaches))
        )


def _named(part: Part) -> tuple[str, ...]:
    """Return the effectors that a control center's settings name, its own or those of one within."""
    mixes = (value for path, _, value in walk(part) if path.split(".")[-1] in ("mix", "routine"))
    return (*(name for each in mixes for name in each), *getattr(part, "named", ()))


def _rehearsal_of(part: Any) -> Callable[[Any, Plant], Complaints]:
    for family, rehearse in (
        (Receptor, _receptor),
        (ControlCenter, _control_center),
        (Effector, _effector),
    ):
        if isinstance(part, family):
            return rehearse
    raise EquipoiseError(
        f"{part!r} is no part: give an instance of Receptor, ControlCenter or Effector."
    )


def _record(part: Part) -> Complaints:
    """Check the record: frozen, with a kind, written and read back."""
    if not isinstance(getattr(part, "kind", None), str):
        yield "has no kind: give the class kind: ClassVar[str]."
        return
    if not type(part).model_config.get("frozen"):
        yield "is not frozen: do not change model_config."
    plain = dump(part)
    try:
        again = type(part).model_validate(
            {name: value for name, value in plain.items() if name != "kind"}
        )
    except ValueError as error:
        yield f"its settings cannot be read back: {error}"
        return
    if dump(again) != plain:
        yield "its settings change when they are written and read back."


def _play(
    part: Any, plant: Plant, days: list[tuple[Any, ...]], look: Callable[..., Complaints]
) -> Complaints:
    """Play the days twice from ``init``; ``look`` at every signal of the first time."""
    before, given = copy.deepcopy(part.__dict__), copy.deepcopy(days)
    signals: list[Signal] = []
    state = part.init(plant)
    for day in days:
        kept = copy.deepcopy(state)
        returned = part.step(*day, state)
        if not (isinstance(returned, tuple) and len(returned) == 2):
            yield "step does not return (signal, state)."
            return
        signals.append(copy.deepcopy(returned[0]))
        yield from look(returned[0], plant, *day)
        yield from _repeat(part, day, state, kept, signals[-1])
        state = returned[1]
    yield from _replay(part, plant, days, signals)
    if not is_same(part.__dict__, before):
        yield "it keeps memory in itself: keep it in the state."
    if not is_same(days, given):
        yield "step changes what it is given."


def _repeat(part: Any, day: tuple[Any, ...], used: Any, kept: Any, signal: Signal) -> Complaints:
    """Take a step once more, from a copy of the state kept before the first time."""
    if not is_same(used, kept):
        yield "step changes the state it is given: return a new one."
    if not is_same(part.step(*day, kept)[0], signal):
        yield "step gives another signal for the same state: it has a memory or a chance of its own."


def _replay(
    part: Any, plant: Plant, days: list[tuple[Any, ...]], signals: list[Signal]
) -> Complaints:
    state = part.init(plant)
    for day, signal in zip(days, signals, strict=True):
        again, state = part.step(*day, state)
        if not is_same(again, signal):
            yield "a second run from init gives other signals: it has a memory or a chance of its own."


def _receptor(part: Receptor, plant: Plant) -> Complaints:
    days = [
        (market,) for market in check_fixtures.build_markets(plant, truth=bool(part.sees_truth))
    ]
    return _play(part, plant, days, _look_at_reading)


def _look_at_reading(reading: Any, plant: Plant, market: Market) -> Complaints:
    if reading is None:
        return
    if not isinstance(reading, Reading):
        yield f"step gives a {type(reading).__name__}, not a Reading or None."
        return
    if not reading.observed <= reading.delivered == market.day:
        yield "a reading must be given on its day of delivery, not before the day observed."
    yield from _look_at_numbers(reading, plant)
    for _, part in reading.parts:
        yield from _look_at_numbers(part, plant)


def _look_at_numbers(reading: Reading, plant: Plant) -> Complaints:
    level, error = float(reading.satisfaction), float(reading.error)
    if not (math.isnan(level) or 0 <= level <= 1):
        yield f"a reading's satisfaction is {level:g}: allowed are 0..1 and nan."
    if not (error >= 0 and math.isfinite(error)) and not (math.isnan(level) and math.isnan(error)):
        yield f"a reading's error is {error:g}: allowed are numbers of 0 or more, and nan without a level."
    for name in ("praise", "trouble"):
        yield from _counts(name, getattr(reading, name))
    if reading.volume < 0:
        yield "a reading's volume is below 0."
    yield from _deep("causes", reading.causes, len(plant.departments), 0.0)
    yield from _deep("values", reading.values, VALUE_COUNT, -math.inf)


def _counts(name: str, counts: Any) -> Complaints:
    if np.shape(counts) != (DRIVE_COUNT,):
        yield f"a reading's {name} has shape {np.shape(counts)}: it must be ({DRIVE_COUNT},)."
    elif not (np.isfinite(counts).all() and (counts >= 0).all()):
        yield f"a reading's {name} must be finite and not below 0."


def _deep(name: str, given: Any, size: int, low: float) -> Complaints:
    if np.shape(given) not in ((0,), (size,)):
        yield f"a reading's {name} has shape {np.shape(given)}: it must be ({size},), or (0,) for none."
    elif not (np.isfinite(given).all() and (given >= low).all()):
        yield f"a reading's {name} must be finite{' and not below 0' if low == 0 else ''}."


def _control_center(part: ControlCenter, plant: Plant) -> Complaints:
    return _play(part, plant, check_fixtures.build_readings(plant), _look_at_orders)


def _look_at_orders(
    orders: Any, plant: Plant, day: int, readings: tuple[Reading, ...]
) -> Complaints:
    if not isinstance(orders, Orders):
        yield f"step gives a {type(orders).__name__}, not Orders."
        return
    strange = sorted(set(orders.efforts) - set(plant.effectors))
    if strange:
        yield f"it orders effort of effectors that are not at hand: {', '.join(strange)}."
    if not all(0 <= effort <= 1 for effort in orders.efforts.values()):
        yield "an effort lies outside 0..1."
    if not (math.isnan(orders.believed) or 0 <= orders.believed <= 1):
        yield f"it believes in a satisfaction of {orders.believed:g}: allowed are 0..1 and nan."
    shape = np.shape(orders.focus)
    if shape not in {(0,), (len(plant.departments),)}:
        yield f"focus has shape {shape}: it must be ({len(plant.departments)},), or (0,) for nowhere in particular."
    elif shape != (0,) and not (
        (orders.focus >= 0).all()
        and min(abs(orders.focus.sum() - 1), abs(orders.focus.sum())) < 1e-9
    ):
        yield "focus must be shares of 0 or more with sum 1, or all 0."
    for each in orders.verdicts:
        yield from _look_at_verdict(each, plant, day)
    if not 0 <= orders.cost < math.inf:
        yield "the cost of its orders must be finite and not below 0."


def _look_at_verdict(verdict: Any, plant: Plant, day: int) -> Complaints:
    if not isinstance(verdict, Verdict):
        yield f"a verdict is a {type(verdict).__name__}, not a Verdict."
        return
    if verdict.day != day:
        yield "a verdict must have the day on which it is reached."
    if verdict.department not in plant.departments:
        yield f"a verdict is about {verdict.department!r}, which is no department."
    if verdict.kind not in get_args(VerdictKind):
        yield f"a verdict's kind is {verdict.kind!r}: allowed are one-off, systemic, replicate, not."


def _effector(part: Effector, plant: Plant) -> Complaints:
    return _play(part, plant, check_fixtures.build_orders(plant), _look_at_deed)


def _look_at_deed(deed: Any, plant: Plant, day: int, effort: float, focus: Floats) -> Complaints:
    if not isinstance(deed, Deed):
        yield f"step gives a {type(deed).__name__}, not a Deed."
        return
    for name in ("repair", "replicate"):
        change = getattr(deed, name)
        if change is not None and np.shape(change) != (len(plant.departments),):
            yield f"a deed's {name} has shape {np.shape(change)}: it must be ({len(plant.departments)},)."
        elif change is not None and not np.isfinite(change).all():
            yield f"a deed's {name} must be finite."
    if deed.repair is not None and (np.asarray(deed.repair) < 0).any():
        yield "a deed's repair is below 0."
    if not 0 <= deed.promise <= 1:
        yield f"a deed moves the promise by {deed.promise:g} of the way: allowed are 0..1."
    if not (math.isnan(deed.level) or 0 <= deed.level <= 1):
        yield f"a deed moves the promise toward {deed.level:g}: allowed are 0..1 and nan."
    if deed.serves not in get_args(CaseChoice):
        yield f"a deed serves {deed.serves!r}: allowed are {', '.join(get_args(CaseChoice))}."
    if not (isinstance(deed.replies, int) and deed.replies >= 0):
        yield f"a deed has {deed.replies!r} replies: it must be a whole number of 0 or more."
    if deed.touch is not None:
        yield from _look_at_touch(deed.touch)
    if not (0 <= deed.effort < math.inf and 0 <= deed.cost < math.inf):
        yield "a deed's effort and cost must be finite and not below 0."


def _look_at_touch(touch: Any) -> Complaints:
    if not isinstance(touch, Touch):
        yield f"a deed's touch is a {type(touch).__name__}, not a Touch."
        return
    for name, strength in zip(Touch._fields, touch, strict=True):
        most = math.inf if name in UNBOUNDED_TOUCHES else 1.0
        if not (0 <= strength <= most and math.isfinite(strength)):
            allowed = "numbers of 0 or more" if name in UNBOUNDED_TOUCHES else "0..1"
            yield f"a deed's touch has a {name} of {strength:g}: allowed are {allowed}."


def is_same(a: Any, b: Any) -> bool:
    """Return whether two signals, states or settings hold the same values; nan equals nan."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.shape(a) == np.shape(b) and bool(
            np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f")
        )
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if is_dataclass(a) and type(a) is type(b):
        return all(is_same(getattr(a, each.name), getattr(b, each.name)) for each in fields(a))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(is_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(is_same, a, b))
    if type(a) is type(b) and hasattr(a, "__dict__") and not callable(a):
        return is_same(vars(a), vars(b))
    return callable(a) or bool(a == b)
