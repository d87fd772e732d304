"""How many worlds: as many as were asked for, or more and more until paired intervals are narrow enough."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.experiments.design.identity import canonical_json
from equipoise.experiments.design.study import StoppingRule, Study, StudyPoint
from equipoise.experiments.storage.store import Store

PILOT = 20  # worlds before the width of an interval is believed


class ScenarioPoints(NamedTuple):
    """Points that differ in levers only; each is compared with the first, in the same worlds."""

    name: str
    points: tuple[StudyPoint, ...]


class GrowthPlan:
    """Says round by round which worlds to run; ``notes`` tells how it ended."""

    def __init__(self, study: Study) -> None:
        self.stop = study.stop
        self.notes: list[str] = []
        self._growing = [
            (scenario, 0, count_initial_worlds(study)) for scenario in group_scenarios(study)
        ]
        self._seeds = study.seed

    def next_round(self, store: Store) -> list[tuple[StudyPoint, range]]:
        """Return points with the worlds to run there in the next round; nothing when there are enough."""
        if self._growing and self._growing[0][1]:
            self._growing = list(self._grown(store)) if self.stop else []
        wanted = [
            (spot, range(done, done + more))
            for scenario, done, more in self._growing
            for spot in scenario.points
        ]
        self._growing = [(scenario, done + more, 0) for scenario, done, more in self._growing]
        return sorted(wanted, key=lambda each: each[0].number)

    def _grown(self, store: Store) -> Iterator[tuple[ScenarioPoints, int, int]]:
        """Yield the scenarios that need more worlds."""
        for scenario, done, _ in self._growing:
            more = self._more(store, scenario, done, self.stop) if self.stop else 0
            if more:
                yield scenario, done, more

    def _more(self, store: Store, scenario: ScenarioPoints, done: int, stop: StoppingRule) -> int:
        from equipoise.analysis.comparison.sample_size import stopping

        table = store.read_measure(stop.measure, {spot.number for spot in scenario.points})
        seeds = range(self._seeds, self._seeds + done)
        if any((spot.number, seed) not in table for spot in scenario.points for seed in seeds):
            self.notes.append(
                f"{scenario.name}: jobs failed, so no worlds were added. The same command tries again."
            )
            return 0
        if len(scenario.points) < 2:
            self.notes.append(
                f"{scenario.name}: there is one strategy only and nothing to compare: {done} worlds."
            )
            return 0
        found = stopping(
            _differences(table, scenario, seeds),
            stop.width,
            stop.measure,
            cap=stop.cap,
            pilot=PILOT,
        )
        if not found.more:
            width = "not known" if math.isnan(found.width) else f"{found.width:.3g}"
            reached = "enough" if found.enough else "the cap is reached before the width"
            self.notes.append(
                f"{scenario.name}: {done} worlds, widest interval of {stop.measure} {width}: {reached}."
            )
        return found.more


def _differences(
    table: dict[tuple[int, int], float], scenario: ScenarioPoints, seeds: range
) -> Floats:
    """Return differences from the first point, (worlds, other points)."""
    values = np.array([[table[spot.number, seed] for spot in scenario.points] for seed in seeds])
    return np.asarray(values[:, 1:] - values[:, :1])


def count_initial_worlds(study: Study) -> int:
    """Return how many worlds are run before anything is judged."""
    return (
        study.replicates
        if study.stop is None
        else max(study.replicates, min(PILOT, study.stop.cap))
    )


def group_scenarios(study: Study) -> list[ScenarioPoints]:
    """Return the points of a study by scenario; without a stopping rule they need not be told apart."""
    levers = {axis.path for axis in study.axes if axis.role == "lever"}
    groups: dict[bytes, tuple[dict[str, Any], list[StudyPoint]]] = {}
    for spot in study.points:
        varied = {path: value for path, value in spot.varied.items() if path not in levers}
        groups.setdefault(canonical_json(varied) if study.stop else b"", (varied, []))[1].append(
            spot
        )
    return [
        ScenarioPoints(
            ", ".join(f"{path}={value}" for path, value in varied.items()) or "all", tuple(spots)
        )
        for varied, spots in groups.values()
    ]
