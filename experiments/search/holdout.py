"""Hold-out validation of tuned settings: against the default, in training worlds and in others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.analysis.comparison.differences import Difference, compute_differences
from equipoise.analysis.comparison.outcomes import Outcomes, better_side
from equipoise.array_types import Floats
from equipoise.experiments.design import study_plan as studies
from equipoise.experiments.design.study import Study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution.executor_types import OpenExecutor
from equipoise.experiments.execution.sweep_runner import Watcher, run_study
from equipoise.experiments.search.trials import Trial
from equipoise.experiments.search.tuning_spec import TuningSpec, elsewhere, spots_at
from equipoise.experiments.storage.store import Store

DEFAULT, TUNED = "default", "tuned"
IN, OUT = "trained on", "other seeds"
FEW = 5  # worlds

Cells = dict[tuple[str, str], Mapping[int, float]]  # (who, where) -> seed -> value


def validate_tuning(
    asked: TuningSpec,
    chosen: Trial,
    folder: Path,
    door: OpenExecutor,
    watcher: Watcher,
    notes: list[str],
) -> dict[str, tuple[Difference, ...]]:
    """Return, for each objective, the tuned less the default where it was found and elsewhere; empty when stopped."""
    who = {DEFAULT: asked.default, TUNED: chosen.settings}
    points = list({repr(point): point for point in who.values()}.values())
    runs: list[tuple[Study, tuple[str, ...] | None]] = [
        (studies.plan_study(_at_home(asked, points)), None)
    ]
    runs += [(studies.plan_study(elsewhere(asked, points)), asked.judges)] if asked.judges else []
    cells: dict[str, Cells] = {name: {} for name in asked.objectives}
    for study, environments in runs:
        place = folder / "judged" / study.name[-8:]
        done = run_study(study, place, door, None, watcher)
        if not done.complete:
            return {}
        notes += [
            f"judging: point {each['point']} failed: {each['failure']}" for each in done.failures
        ]
        for name in asked.objectives:
            for label, point in who.items():
                _fill(
                    cells[name],
                    label,
                    _values(study, Store(place), name, point, environments),
                    asked,
                    environments,
                )
    return {
        name: compute_differences(_outcomes(name, cells[name], asked), DEFAULT)
        for name in asked.objectives
    }


def _at_home(asked: TuningSpec, points: list[dict[str, Any]]) -> StudyRequest:
    """Return what is asked of the scenarios trained on: the seeds trained on, and those held out after them."""
    words = [
        word for word in asked.scenarios() if word.lstrip("+").partition("=")[0] != "replicates"
    ]
    worlds = asked.training.replicates + asked.held_out
    return StudyRequest(
        (*words, f"replicates={worlds}"), asked.folders, points=tuple(points), columns=("none",)
    )


def _values(
    study: Study,
    store: Store,
    measure: str,
    point: dict[str, Any],
    environments: tuple[str, ...] | None,
) -> dict[str, Floats]:
    """Return a measure by world at some levers: of each environment, or the mean over scenarios."""
    spots = spots_at(study, point)
    column = store.read_measure(measure, {spot.number for spot in spots})
    seeds = range(study.seed, study.seed + study.replicates)
    rows = np.array([[column.get((spot.number, seed), np.nan) for seed in seeds] for spot in spots])
    if environments is None:
        return {"": rows.mean(axis=0)}
    places = [str(spot.varied.get("environment", environments[0])) for spot in spots]
    return {name: rows[[place == name for place in places]].mean(axis=0) for name in environments}


def _fill(
    cells: Cells,
    who: str,
    values: Mapping[str, Floats],
    asked: TuningSpec,
    environments: tuple[str, ...] | None,
) -> None:
    first, trained = asked.training.seed, asked.training.replicates
    if environments is None:
        every = dict(enumerate(values[""], first))
        cells[who, IN] = {seed: value for seed, value in every.items() if seed < first + trained}
        cells[who, OUT] = {seed: value for seed, value in every.items() if seed >= first + trained}
    else:
        cells.update(
            {(who, name): dict(enumerate(values[name], first + trained)) for name in environments}
        )


def _outcomes(measure: str, cells: Cells, asked: TuningSpec) -> Outcomes:
    places = tuple(dict.fromkeys(place for _, place in cells))
    seeds = tuple(sorted({seed for by_seed in cells.values() for seed in by_seed}))
    values = np.array(
        [
            [[cells[who, place].get(seed, np.nan) for seed in seeds] for place in places]
            for who in (DEFAULT, TUNED)
        ]
    )
    return Outcomes(measure, (DEFAULT, TUNED), places, seeds, values, better_side(measure))


def overfitting_warnings(found: Mapping[str, tuple[Difference, ...]], trained: int) -> list[str]:
    """Return warnings where gains in training worlds do not hold in others."""
    lines = []
    for name, (inside, *others) in found.items():
        sign = 1.0 if better_side(name) == "higher" else -1.0
        for other in others:
            if other.verdict == "worse" and inside.verdict != "worse":
                lines.append(
                    f"warning: {name} is worse than with the default in {other.environment}."
                )
        gain, kept = sign * inside.mean, sign * others[0].mean
        if gain > 0 and kept < gain / 2:
            lines.append(
                f"warning: overfitted: {name} gains {abs(gain):.3g} in the worlds trained on, "
                f"{kept:.3g} in others. Tune over more worlds."
            )
    if trained < FEW:
        worlds = "1 world" if trained == 1 else f"{trained} worlds"
        lines.append(
            f"warning: Tuned on {worlds} per scenario; the result may be overfitted to these seeds. "
            "Use replicates=10 or more."
        )
    return lines
