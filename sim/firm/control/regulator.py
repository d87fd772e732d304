"""Base class of regulators: one output in 0..1 from the estimated level, spread over effectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field

from equipoise.array_types import Floats
from equipoise.errors import raise_problems, unknown_name_message
from equipoise.firm.control import diagnosis
from equipoise.firm.interfaces import ControlCenter, Orders, Plant, Reading
from equipoise.settings.schema import choice

# A standard error of 0 would give a reading infinite weight.
_MIN_ERROR = 1e-6


@dataclass(frozen=True)
class ControlTask:
    """Task of a regulator, known before the first day.

    Attributes:
        set_point: target of mean satisfaction.
        band: half-width of the tolerated band around the set-point.
        full_efforts: effort of each effector at output 1.
        signatures: shift of the shares of trouble that a fault of each department causes (4, D).
    """

    set_point: float
    band: float
    full_efforts: dict[str, float]
    signatures: Floats


class RegulatorState(NamedTuple):
    """State of a regulator.

    Attributes:
        task: known before the first day.
        believed: last estimate of satisfaction; nan = none yet.
        observed: day of that observation; -1 = none yet.
        memory: memory of the subclass.
        evidence: counts of trouble for the diagnosis.
        orders: orders in force.
    """

    task: ControlTask
    believed: float
    observed: int
    memory: Any
    evidence: diagnosis.Evidence
    orders: Orders


class Regulator(ControlCenter):
    """Base class: turns new readings into one output, and directs attention to unusual trouble.

    Without new readings the orders stay in force. A subclass defines `initial_memory` and
    `compute_output`, and `initial_output` if that differs from 0.
    """

    mix: dict[str, Annotated[float, Field(ge=0)]] = choice(
        {}, "shares of the output by effector; empty = equal shares of all at hand"
    )
    recent: float = choice(14.0, "memory for recent trouble", low=1, high=3650, unit="day")
    usual: float = choice(180.0, "memory for the usual trouble", low=1, high=36500, unit="day")
    certainty: float = choice(
        2.0,
        "standard errors of unusual trouble before one department gets more attention",
        low=0,
        high=100,
    )

    @property
    def effector_names(self) -> tuple[str, ...]:
        """Effectors of the mix."""
        return tuple(self.mix)

    def initial_memory(self) -> Any:
        """Return the memory before the first reading."""
        raise NotImplementedError

    def compute_output(
        self, level: float, elapsed: int, task: ControlTask, memory: Any
    ) -> tuple[float, Any]:
        """Return the output in 0..1 and the next memory.

        Args:
            level: new estimate of mean satisfaction.
            elapsed: days since the previous observation.
            task: known before the first day.
            memory: returned by `initial_memory` or by the last call; never changed in place.
        """
        raise NotImplementedError

    def initial_output(self) -> float:
        """Return the output before the first reading."""
        return 0.0

    def init(self, plant: Plant) -> RegulatorState:
        """Return the state before the first reading."""
        task = ControlTask(
            set_point=plant.set_point,
            band=plant.band,
            full_efforts=self._full_efforts(plant),
            signatures=diagnosis.fault_signatures(plant.matrix),
        )
        efforts = _spread_output(self.initial_output(), task)
        orders = Orders(efforts=efforts, focus=np.zeros(len(plant.departments)))
        memory = self.initial_memory()
        return RegulatorState(task, math.nan, -1, memory, diagnosis.NO_EVIDENCE, orders)

    def find_unknown_names(
        self, effectors: Sequence[str], departments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return one line for each unknown effector in the mix."""
        unknown = [name for name in self.mix if name not in effectors]
        return tuple(
            unknown_name_message("control_center.mix", name, effectors) for name in unknown
        )

    def _full_efforts(self, plant: Plant) -> dict[str, float]:
        """Return the effort of each effector at output 1: its share of the budget."""
        raise_problems(self.find_unknown_names(plant.effectors, plant.departments))
        weights = dict.fromkeys(plant.effectors, 1.0)
        if self.mix:
            weights = {name: self.mix.get(name, 0.0) for name in plant.effectors}
        # all weights may be 0, which orders nothing
        total = sum(weights.values()) or 1.0
        return {name: plant.budget * weight / total for name, weight in weights.items()}

    def step(
        self, day: int, readings: tuple[Reading, ...], state: RegulatorState
    ) -> tuple[Orders, RegulatorState]:
        """Give new orders when there are readings."""
        if not readings:
            return state.orders, state
        observed = max(reading.observed for reading in readings)
        # readings may arrive out of order, so the days between observations can be 0
        elapsed = 1
        if state.observed >= 0:
            elapsed = max(observed - state.observed, 0)
        believed, memory, efforts = state.believed, state.memory, state.orders.efforts
        level = fuse_levels(readings)
        # a reading without a level still brings evidence on trouble
        if not math.isnan(level):
            believed = level
            output, memory = self.compute_output(level, elapsed, state.task, memory)
            efforts = _spread_output(output, state.task)
        evidence = self._update_evidence(readings, elapsed, believed, state)
        focus = diagnosis.diagnose(evidence, state.task.signatures, self.certainty)
        orders = Orders(believed, efforts, focus)
        last = max(observed, state.observed)
        return orders, RegulatorState(state.task, believed, last, memory, evidence, orders)

    def _update_evidence(
        self, readings: Sequence[Reading], elapsed: int, believed: float, state: RegulatorState
    ) -> diagnosis.Evidence:
        trouble = readings[0].trouble
        if len(readings) > 1:
            trouble = np.sum([reading.trouble for reading in readings], axis=0)
        named = [reading.causes for reading in readings if len(reading.causes)]
        # trouble counts as usual only in calm; without an estimate (nan) a day is calm
        below_band = believed < state.task.set_point - state.task.band
        return diagnosis.update_evidence(
            state.evidence,
            trouble,
            keep_recent=(1 - 1 / self.recent) ** elapsed,
            keep_usual=(1 - 1 / self.usual) ** elapsed,
            calm=not below_band,
            causes=np.sum(named, axis=0) if named else None,
        )


def _spread_output(output: float, task: ControlTask) -> dict[str, float]:
    """Return the effort of each effector at an output, at most 1."""
    return {name: min(output * full, 1.0) for name, full in task.full_efforts.items()}


def fuse_levels(readings: Sequence[Reading]) -> float:
    """Return the mean level of readings, weighted by precision 1 / error^2; nan without a level.

    A level without a standard error has weight 1.
    """
    if len(readings) == 1:
        return readings[0].satisfaction
    weights = levels = 0.0
    for reading in readings:
        if math.isnan(reading.satisfaction):
            continue
        weight = 1.0
        if not math.isnan(reading.error):
            weight = max(reading.error, _MIN_ERROR) ** -2
        weights += weight
        levels += weight * reading.satisfaction
    return levels / weights if weights else math.nan
