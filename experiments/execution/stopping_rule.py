"""Number of worlds: as many as asked for, or more until paired confidence intervals are narrow."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.experiments.design.identity import canonical_json
from equipoise.experiments.design.study import StoppingRule, Study, StudyPoint
from equipoise.experiments.storage.store import Store

_PILOT = 20  # worlds before the width of an interval is judged

_Measured = dict[tuple[int, int], float]  # values by point and seed


class ScenarioPoints(NamedTuple):
    """Points that differ in levers only; each is compared with the first in the same worlds.

    Args:
        name: values of the uncertainties.
        points: the points.
    """

    name: str
    points: tuple[StudyPoint, ...]


class GrowthPlan:
    """Runs the worlds asked for; with a stopping rule, adds worlds until intervals are narrow.

    Args:
        study: the study.
    """

    def __init__(self, study: Study) -> None:
        self.notes: list[str] = []
        self._stop = study.stop
        self._first_seed = study.seed
        self._initial_worlds = count_initial_worlds(study)
        self._growing = [(scenario, 0) for scenario in group_scenarios(study)]

    def next_round(self, store: Store) -> list[tuple[StudyPoint, range]]:
        """Return points with the worlds to run there next; an empty list ends the study."""
        wanted: list[tuple[StudyPoint, range]] = []
        growing: list[tuple[ScenarioPoints, int]] = []
        for scenario, worlds in self._growing:
            more = self._count_more(store, scenario, worlds)
            if more:
                growing.append((scenario, worlds + more))
                wanted += [(point, range(worlds, worlds + more)) for point in scenario.points]
        self._growing = growing
        return sorted(wanted, key=lambda pair: pair[0].number)

    def _count_more(self, store: Store, scenario: ScenarioPoints, worlds: int) -> int:
        """Return the number of worlds to add to a scenario; note why there are none."""
        if worlds == 0:
            return self._initial_worlds
        if self._stop is None:
            return 0
        measured = store.read_measure(
            self._stop.measure, {point.number for point in scenario.points}
        )
        seeds = range(self._first_seed, self._first_seed + worlds)
        if not _is_complete(measured, scenario, seeds):
            self._note(
                scenario, "jobs failed, so no worlds were added. The same command tries again."
            )
            return 0
        if len(scenario.points) < 2:
            self._note(
                scenario,
                f"there is one strategy only and nothing to compare: {worlds} worlds.",
            )
            return 0
        return self._judge_width(_differences(measured, scenario, seeds), scenario, self._stop)

    def _judge_width(
        self, differences: Floats, scenario: ScenarioPoints, stop: StoppingRule
    ) -> int:
        """Return the number of worlds to add by the width of the widest interval."""
        # scipy takes long to import, and most studies have no stopping rule.
        from equipoise.analysis.comparison.sample_size import decide_stopping

        verdict = decide_stopping(differences, stop.width, stop.measure, cap=stop.cap, pilot=_PILOT)
        if not verdict.more:
            width = "not known" if math.isnan(verdict.width) else f"{verdict.width:.3g}"
            reason = "enough" if verdict.enough else "the cap is reached before the width"
            worlds = len(differences)
            self._note(
                scenario,
                f"{worlds} worlds, widest interval of {stop.measure} {width}: {reason}.",
            )
        return verdict.more

    def _note(self, scenario: ScenarioPoints, text: str) -> None:
        self.notes.append(f"{scenario.name}: {text}")


def _is_complete(measured: _Measured, scenario: ScenarioPoints, seeds: range) -> bool:
    """Return True if every point has a value in every world."""
    return all((point.number, seed) in measured for point in scenario.points for seed in seeds)


def _differences(measured: _Measured, scenario: ScenarioPoints, seeds: range) -> Floats:
    """Return differences from the first point, shape (worlds, other points)."""
    numbers = [point.number for point in scenario.points]
    keys = itertools.product(seeds, numbers)
    measured_values = [measured[number, seed] for seed, number in keys]
    values = np.array(measured_values).reshape(len(seeds), len(numbers))
    return np.asarray(values[:, 1:] - values[:, :1])


def count_initial_worlds(study: Study) -> int:
    """Return the number of worlds that are run before any interval is judged."""
    if study.stop is None:
        return study.replicates
    return max(study.replicates, min(_PILOT, study.stop.cap))


def group_scenarios(study: Study) -> list[ScenarioPoints]:
    """Return the points of a study by scenario, or all in one group without a stopping rule."""
    if study.stop is None:
        return [ScenarioPoints("all", study.points)]
    levers = {axis.path for axis in study.axes if axis.role == "lever"}
    names: dict[bytes, str] = {}
    groups: dict[bytes, list[StudyPoint]] = {}
    for point in study.points:
        uncertainties = {path: value for path, value in point.varied.items() if path not in levers}
        key = canonical_json(uncertainties)
        names[key] = _name_scenario(uncertainties)
        groups.setdefault(key, []).append(point)
    return [ScenarioPoints(names[key], tuple(points)) for key, points in groups.items()]


def _name_scenario(uncertainties: dict[str, Any]) -> str:
    values = [f"{path}={value}" for path, value in uncertainties.items()]
    return ", ".join(values) or "all"
