"""Control by people: orders come in through a port while a run waits."""

from __future__ import annotations

import math
import queue
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import ClassVar, Literal, NamedTuple, Protocol

import numpy as np

from equipoise.errors import EquipoiseError, raise_problems, unknown_name_message
from equipoise.firm.control.reference_controllers import no_orders
from equipoise.firm.control.regulator import fuse_levels
from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.settings.schema import choice, setting


class Port(Protocol):
    """Connection of a run with the people who decide."""

    def open(self, plant: Plant) -> None:
        """Receive the plant before the first day."""

    def await_orders(
        self, day: int, readings: tuple[Reading, ...], deadline: float
    ) -> Orders | None:
        """Return the orders of the day, or None if none come within ``deadline`` seconds."""


class QueuePort:
    """Port between two threads: a run waits in one, and people decide in the other.

    Attributes:
        plant: the plant of the run that waits; None before the run starts.
        requests: (day, readings) of each decision that the run has asked for.
    """

    def __init__(self) -> None:
        self.plant: Plant | None = None
        self.requests: queue.SimpleQueue[tuple[int, tuple[Reading, ...]]] = queue.SimpleQueue()
        self._orders: queue.SimpleQueue[Orders] = queue.SimpleQueue()

    def open(self, plant: Plant) -> None:
        """Keep the plant."""
        self.plant = plant

    def give_orders(
        self, efforts: Mapping[str, float], focus: Mapping[str, float] | None = None
    ) -> None:
        """Give the orders for the next decision that the run asks for.

        Args:
            efforts: effort by effector; 0 for those left out.
            focus: attention by department; 0 for those left out.

        Raises:
            EquipoiseError: with one line for each problem; no orders are given then.
        """
        if self.plant is None:
            raise EquipoiseError(
                "No run waits at this port. Start a run with control_center=human first."
            )
        self._orders.put(build_orders(efforts, focus or {}, self.plant))

    def await_orders(
        self, day: int, readings: tuple[Reading, ...], deadline: float
    ) -> Orders | None:
        """Ask for orders, and wait for them until the deadline."""
        self.requests.put((day, readings))
        try:
            if deadline > 0:
                return self._orders.get(timeout=deadline)
            return self._orders.get_nowait()
        except queue.Empty:
            return None


# Ports hold threads and sockets, so they cannot be part of settings; a name stands for them.
_PORTS: dict[str, Port] = {}


@contextmanager
def connect_port(name: str, port: Port) -> Iterator[Port]:
    """Connect a port with the runs of this process whose ``control_center.port`` has this name.

    Raises:
        EquipoiseError: if another port has the name.
    """
    # two threads may connect at once; setdefault lets only one of them take the name
    if _PORTS.setdefault(name, port) is not port:
        raise EquipoiseError(f"The port {name!r} is taken. Give another name.")
    try:
        yield port
    finally:
        _PORTS.pop(name, None)


def build_orders(efforts: Mapping[str, float], focus: Mapping[str, float], plant: Plant) -> Orders:
    """Return checked orders from effort by effector and attention by department.

    Raises:
        EquipoiseError: with one line for each problem.
    """
    raise_problems(_find_problems(efforts, focus, plant))
    shares = np.array([float(focus.get(name, 0.0)) for name in plant.departments])
    total = shares.sum()
    if total:
        shares = shares / total
    all_efforts = {name: float(efforts.get(name, 0.0)) for name in plant.effectors}
    return Orders(efforts=all_efforts, focus=shares)


def _find_problems(
    efforts: Mapping[str, float], focus: Mapping[str, float], plant: Plant
) -> list[str]:
    """Return one line for each unknown name and each value out of its range."""
    problems = []
    for name, effort in efforts.items():
        if name not in plant.effectors:
            problems.append(unknown_name_message("The effector", name, plant.effectors))
        if not 0 <= effort <= 1:
            problems.append(f"The effort of {name} is {effort!r}. Give a number from 0 to 1.")
    for name, share in focus.items():
        if name not in plant.departments:
            problems.append(unknown_name_message("The department", name, plant.departments))
        if not 0 <= share < math.inf:
            problems.append(
                f"The attention to {name} is {share!r}. Give a finite number of 0 or more."
            )
    return problems


class HumanState(NamedTuple):
    """State of `Human`: empty orders, the orders in force, and readings not yet shown."""

    nothing: Orders
    orders: Orders
    readings: tuple[Reading, ...]


class Human(ControlCenter):
    """Asks people at a port at intervals, and waits for their orders until a deadline.

    Without an answer the default holds. Without a connected port it does not wait.
    """

    kind: ClassVar[str] = "human"
    port: str = setting("default", "name of the port at which people decide")
    every: int = choice(7, "days from one decision to the next", low=1, high=3650, unit="day")
    deadline: float = setting(
        60.0,
        "time that people have for a decision",
        low=0,
        high=86400,
        unit="second",
        basis="control",
    )
    default: Literal["keep", "nothing"] = setting(
        "keep", "orders without an answer: the last ones, or none at all"
    )

    def init(self, plant: Plant) -> HumanState:
        """Open the port; order nothing yet."""
        port = _PORTS.get(self.port)
        if port is not None:
            port.open(plant)
        nothing = no_orders(plant)
        return HumanState(nothing, nothing, ())

    def step(
        self, day: int, readings: tuple[Reading, ...], state: HumanState
    ) -> tuple[Orders, HumanState]:
        """Collect the readings; when it is time, show them and ask for orders."""
        # people see everything that was delivered since they were last asked
        if readings:
            state = state._replace(readings=state.readings + readings)
        if day % self.every:
            return state.orders, state
        orders = self._ask(day, state.readings)
        if orders is None:
            orders = state.orders if self.default == "keep" else state.nothing
        believed = state.orders.believed
        level = fuse_levels(state.readings)
        if not math.isnan(level):
            believed = level
        orders = replace(orders, believed=believed)
        return orders, HumanState(state.nothing, orders, ())

    def _ask(self, day: int, readings: tuple[Reading, ...]) -> Orders | None:
        """Return the orders that people give, or None without a port or an answer."""
        port = _PORTS.get(self.port)
        if port is None:
            return None
        return port.await_orders(day, readings, self.deadline)
