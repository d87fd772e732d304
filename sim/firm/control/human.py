"""A person, or a room of people, decides: orders come in through a port."""

from __future__ import annotations

import math
import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar, Literal, NamedTuple, Protocol

import numpy as np

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.firm.control.regulators import fuse
from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.settings.schema import setting


class Port(Protocol):
    """Where a run meets those who decide: it tells them the day, and waits for what they say."""

    def open(self, plant: Plant) -> None:
        """Tell who decides what they have at hand, before the first day."""

    def await_orders(
        self, day: int, readings: tuple[Reading, ...], deadline: float
    ) -> Orders | None:
        """Return the day's orders, or nothing when none came within ``deadline`` seconds."""


class QueuePort:
    """A port for two threads: the run waits in one, people are shown readings and give orders in another.

    ``seen`` holds the days and readings not yet looked at. Orders are for the next day that asks for them.
    """

    def __init__(self) -> None:
        self.plant: Plant | None = None
        self.seen: queue.SimpleQueue[tuple[int, tuple[Reading, ...]]] = queue.SimpleQueue()
        self._orders: queue.SimpleQueue[Orders] = queue.SimpleQueue()

    def open(self, plant: Plant) -> None:
        """Keep what is at hand."""
        self.plant = plant

    def order(self, efforts: Mapping[str, float], focus: Mapping[str, float] | None = None) -> None:
        """Give orders: effort by effector, and shares of attention by department.

        Raises:
            EquipoiseError: with a line for everything that cannot be ordered; then nothing is.
        """
        if self.plant is None:
            raise EquipoiseError(
                "nobody waits at this port: start a run with control_center=human first."
            )
        self._orders.put(made(efforts, focus or {}, self.plant))

    def await_orders(
        self, day: int, readings: tuple[Reading, ...], deadline: float
    ) -> Orders | None:
        """Show the day, and wait."""
        self.seen.put((day, readings))
        try:
            return self._orders.get(timeout=deadline) if deadline > 0 else self._orders.get_nowait()
        except queue.Empty:
            return None


_PORTS: dict[str, Port] = {}


@contextmanager
def connected(name: str, port: Port) -> Iterator[Port]:
    """Let a run in this process whose ``control_center.port`` has this name decide through ``port``.

    Raises:
        EquipoiseError: when the name is taken.
    """
    if _PORTS.setdefault(name, port) is not port:
        raise EquipoiseError(f"the port {name!r} is taken: give another name.")
    try:
        yield port
    finally:
        _PORTS.pop(name, None)


def made(efforts: Mapping[str, float], focus: Mapping[str, float], plant: Plant) -> Orders:
    """Return orders as a control center gives them, checked.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    problems = [
        unknown_name_message("the effector", name, plant.effectors)
        for name in efforts
        if name not in plant.effectors
    ]
    problems += [
        unknown_name_message("the department", name, plant.departments)
        for name in focus
        if name not in plant.departments
    ]
    problems += [
        f"the effort of {name} is {effort!r}: give a number from 0 to 1."
        for name, effort in efforts.items()
        if not 0 <= effort <= 1
    ]
    problems += [
        f"the attention to {name} is {share!r}: give a finite number of 0 or more."
        for name, share in focus.items()
        if not 0 <= share < float("inf")
    ]
    if problems:
        raise EquipoiseError(*problems)
    shares = np.array([float(focus.get(name, 0.0)) for name in plant.departments])
    total = shares.sum()
    all_efforts = {name: float(efforts.get(name, 0.0)) for name in plant.effectors}
    return Orders(efforts=all_efforts, focus=shares / total if total else shares)


class Table(NamedTuple):
    """The state of `Human`: no orders at all, those in force, and readings not yet shown."""

    nothing: Orders
    orders: Orders
    readings: tuple[Reading, ...]


class Human(ControlCenter):
    """Asks at a port, every so many days, and waits until the deadline; without an answer the default holds.

    When nobody is connected it does not wait.
    """

    kind: ClassVar[str] = "human"
    port: str = setting("default", "name of the port at which people decide")
    every: int = setting(7, "days from one decision to the next", low=1, high=3650, unit="day")
    deadline: float = setting(
        60.0, "how long people have to decide", low=0, high=86400, unit="second"
    )
    default: Literal["keep", "nothing"] = setting(
        "keep", "what holds when they do not: the last orders, or none at all"
    )

    def init(self, plant: Plant) -> Table:
        """Tell those connected what is at hand; order nothing yet."""
        nothing = made({}, {}, plant)
        port = _PORTS.get(self.port)
        if port is not None:
            port.open(plant)
        return Table(nothing, nothing, ())

    def step(self, day: int, readings: tuple[Reading, ...], state: Table) -> tuple[Orders, Table]:
        """Keep what is read; when it is time, show it and ask; else the orders stand."""
        if readings:
            state = state._replace(readings=state.readings + readings)
        if day % self.every:
            return state.orders, state
        port = _PORTS.get(self.port)
        orders = port.await_orders(day, state.readings, self.deadline) if port is not None else None
        if orders is None:
            orders = state.orders if self.default == "keep" else state.nothing
        level = fuse(state.readings)
        orders = replace(orders, believed=state.orders.believed if math.isnan(level) else level)
        return orders, Table(state.nothing, orders, ())
