"""Hold-out validation of tuned settings: minus the default, in training worlds and in others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from equipoise.analysis.comparison.differences import Difference, compute_differences
from equipoise.analysis.comparison.outcomes import Outcomes, better_side
from equipoise.array_types import Floats
from equipoise.experiments.design import study_plan
from equipoise.experiments.design.study import Study
from equipoise.experiments.execution.executor_types import OpenExecutor
from equipoise.experiments.execution.sweep_runner import Watcher, run_study
from equipoise.experiments.search.trials import Trial
from equipoise.experiments.search.tuning_result import add_run_notes
from equipoise.experiments.search.tuning_spec import (
    LeverValues,
    TuningSpec,
    find_points,
    request_hold_out,
    request_more_worlds,
)
from equipoise.experiments.search.world_values import read_world_values
from equipoise.experiments.storage.store import Store

_DEFAULT, _TUNED = "default", "tuned"
_TRAINING, _OTHER_SEEDS = "trained on", "other seeds"
_MIN_WORLDS = 5  # fewer training worlds are warned of

# Values of an objective by seed, for each pair of a label (default, tuned) and a place.
SeedValues = dict[tuple[str, str], Mapping[int, float]]


def validate_tuning(
    spec: TuningSpec,
    chosen: Trial,
    folder: Path,
    opened: OpenExecutor,
    watcher: Watcher,
    notes: list[str],
) -> dict[str, tuple[Difference, ...]]:
    """Return tuned settings minus the default, by objective; empty if stopped."""
    labels = {_DEFAULT: spec.default, _TUNED: chosen.settings}
    # The default may be the best trial: then both labels are one point.
    points = list({repr(levers): levers for levers in labels.values()}.values())
    requests = [request_more_worlds(spec, points)]
    if spec.hold_out_environments:
        requests.append(request_hold_out(spec, points))
    values: dict[str, SeedValues] = {name: {} for name in spec.objectives}
    for number, request in enumerate(requests):
        study = study_plan.plan_study(request)
        place = folder / "judged" / study.name[-8:]
        sweep = run_study(study, place, opened, None, watcher)
        if not sweep.complete:
            return {}
        add_run_notes(notes, sweep, study.notes)
        for failure in sweep.failures:
            notes.append(f"validation: point {failure['point']} failed: {failure['failure']}")
        read = _read_training if number == 0 else _read_hold_out
        for name in spec.objectives:
            for label, levers in labels.items():
                by_place = read(spec, study, Store(place), name, levers)
                values[name] |= {(label, where): cells for where, cells in by_place.items()}
    differences = {}
    for name in spec.objectives:
        differences[name] = compute_differences(_build_outcomes(name, values[name]), _DEFAULT)
    return differences


def _read_training(
    spec: TuningSpec, study: Study, store: Store, measure: str, levers: LeverValues
) -> dict[str, Mapping[int, float]]:
    """Return the mean over scenarios by seed, in training worlds and in hold-out seeds."""
    means = read_world_values(store, study, measure, find_points(study, levers)).mean(axis=0)
    by_seed = dict(enumerate(means, study.seed))
    first_held_out = spec.training.seed + spec.training.replicates
    training = {seed: value for seed, value in by_seed.items() if seed < first_held_out}
    others = {seed: value for seed, value in by_seed.items() if seed >= first_held_out}
    return {_TRAINING: training, _OTHER_SEEDS: others}


def _read_hold_out(
    spec: TuningSpec, study: Study, store: Store, measure: str, levers: LeverValues
) -> dict[str, Mapping[int, float]]:
    """Return the mean over scenarios by seed, in each hold-out environment."""
    points = find_points(study, levers)
    rows = read_world_values(store, study, measure, points)
    # A single environment is a constant of the study, not one of its varied settings.
    only = spec.hold_out_environments[0]
    environments = [str(point.varied.get("environment", only)) for point in points]
    by_environment: dict[str, Mapping[int, float]] = {}
    for name in spec.hold_out_environments:
        is_there = [environment == name for environment in environments]
        by_environment[name] = dict(enumerate(rows[is_there].mean(axis=0), study.seed))
    return by_environment


def _build_outcomes(measure: str, values: SeedValues) -> Outcomes:
    labels = (_DEFAULT, _TUNED)
    places = tuple(dict.fromkeys(place for _, place in values))
    seeds = tuple(sorted({seed for by_seed in values.values() for seed in by_seed}))
    cells: Floats = np.full((len(labels), len(places), len(seeds)), np.nan)
    for (label, place), by_seed in values.items():
        for seed, value in by_seed.items():
            cells[labels.index(label), places.index(place), seeds.index(seed)] = value
    return Outcomes(measure, labels, places, seeds, cells, better_side(measure))


def overfitting_warnings(
    judged: Mapping[str, tuple[Difference, ...]], training_worlds: int
) -> list[str]:
    """Return warnings where gains in training worlds do not hold in others."""
    lines: list[str] = []
    for name, differences in judged.items():
        lines += _find_overfitting(name, differences)
    if training_worlds < _MIN_WORLDS:
        worlds, seeds = f"{training_worlds} worlds", "these seeds"
        if training_worlds == 1:
            worlds, seeds = "1 world", "that seed"
        lines.append(
            f"warning: Tuned on {worlds} per scenario; the result may be overfitted to {seeds}. "
            "Use replicates=10 or more."
        )
    return lines


def _find_overfitting(name: str, differences: tuple[Difference, ...]) -> Iterator[str]:
    training, *others = differences
    for other in others:
        if other.verdict == "worse" and training.verdict != "worse":
            yield f"warning: {name} is worse than with the default in {other.environment}."
    sign = 1.0 if better_side(name) == "higher" else -1.0
    gain, kept = sign * training.mean, sign * others[0].mean
    if gain > 0 and kept < gain / 2:
        yield (
            f"warning: overfitted: {name} gains {abs(gain):.3g} in the worlds trained on, "
            f"{kept:.3g} in others. Tune over more worlds."
        )
