"""Sensitivity of a measure to settings over declared ranges, in the same worlds at every point."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import numpy as np

from equipoise.analysis.exploration import indices as analysis
from equipoise.analysis.exploration.indices import Method
from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.experiments.design import designs
from equipoise.experiments.design import study_plan as studies
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution import executors
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.sweep_runner import Watcher, run_study
from equipoise.experiments.search import ranges
from equipoise.experiments.search.ranges import SearchSpace
from equipoise.experiments.search.sensitivity_output import write_sensitivity
from equipoise.experiments.search.sensitivity_result import Sensitivity, SensitivitySpec
from equipoise.experiments.storage.store import Store

SAMPLES = {"sobol": 64, "morris": 20}


def plan_sensitivity(
    words: Iterable[str],
    folders: Iterable[Path],
    on: str,
    method: str = "sobol",
    samples: int | None = None,
    seed: int = 0,
) -> SensitivitySpec:
    """Return what is to be looked into, every point composed and checked.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    folders = tuple(folders)
    count = samples if samples is not None else SAMPLES.get(method, 0)
    problems: list[str] = []
    space = None
    try:
        ranges.measure(on)
    except EquipoiseError as error:
        problems += error.problems
    try:
        space = ranges.parse_space(words, folders)
        problems += [_a_list(path) for path in space.choices]
        problems += analysis.problems(method, len(space.spans), count)
    except EquipoiseError as error:
        problems += error.problems
    if problems or space is None:
        raise EquipoiseError(*problems)
    kind = cast(Method, method)
    at = analysis.design(kind, len(space.spans), count, seed)
    rows, spots = _rows(space, at)
    study = studies.plan_study(StudyRequest(space.words(), folders, points=rows, columns=("none",)))
    options = ("--on", on, "--method", method, "--samples", str(count), "--search-seed", str(seed))
    return SensitivitySpec(
        study, kind, on, tuple(space.spans), at, spots, (*space.asked(), *options)
    )


def _a_list(path: str) -> str:
    return f"{path} has a list of values; sensitivity is of ranges of numbers, at one choice of everything else."


def _rows(space: SearchSpace, at: Floats) -> tuple[tuple[dict[str, Any], ...], tuple[int, ...]]:
    """Return the different points of a design as settings, and for each of its points the number of that."""
    columns = [designs.scale_to_span(at[:, k], span) for k, span in enumerate(space.spans.values())]
    numbers: dict[tuple[Any, ...], int] = {}
    spots = tuple(numbers.setdefault(row, len(numbers)) for row in zip(*columns, strict=True))
    return tuple(dict(zip(space.spans, row, strict=True)) for row in numbers), spots


def sensitivity(
    *words: str,
    on: str = "time_in_band",
    method: str = "sobol",
    samples: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    config_dirs: Iterable[str | Path] = (),
    executor: str = "processes",
    workers: int | None = None,
    watcher: Watcher | None = None,
) -> Sensitivity:
    """Say how much settings matter: ``sensitivity("strategy=pid_survey", "control_center.kp=interval(1,12)", ...)``.

    Args:
        words: overrides as for `sweep`; two or more of them ranges.
        on: the measure, averaged over the same worlds at every point.
        method: ``sobol`` (shares of the variance) or ``morris`` (fewer runs; to find what does not matter at all).
        samples: of the design; a power of 2 for Sobol.
        seed: of the design.
        out: the study's folder; ``studies/sensitivity-<name>`` when not given.
        config_dirs: further folders of options and experiments.
        executor: as for `sweep`.
        workers: as for `sweep`.
        watcher: told of every job.

    Raises:
        EquipoiseError: with a line for every problem before anything runs; or where the measure has no value.
    """
    asked = plan_sensitivity(
        words, [Path(folder) for folder in config_dirs], on, method, samples, seed
    )
    chosen = ExecutorSpec(executor, workers)
    if found := list(executors.find_executor_problems(chosen)):
        raise EquipoiseError(*found)
    return run_sensitivity(asked, sensitivity_folder(asked, out), chosen, watcher)


def sensitivity_folder(asked: SensitivitySpec, out: str | Path | None) -> Path:
    """Return where it is kept."""
    return (
        Path(out) if out is not None else studies.STUDIES_FOLDER / f"sensitivity-{asked.study.name}"
    )


def run_sensitivity(
    asked: SensitivitySpec, folder: Path, executor: ExecutorSpec, watcher: Watcher | None = None
) -> Sensitivity:
    """Run what is missing of a design; write what matters into the folder.

    Raises:
        EquipoiseError: where the measure has no value, or the same everywhere.
    """
    done = run_study(asked.study, folder, executor, None, watcher)
    values = _values(asked, Store(folder))
    if done.failures or not done.complete:
        return Sensitivity(asked, (), values, done)
    found = Sensitivity(
        asked, analysis.effects(asked.method, asked.paths, asked.at, values), values, done
    )
    write_sensitivity(found, folder)
    return found


def _values(asked: SensitivitySpec, store: Store) -> Floats:
    """Return the measure, (points of the design, worlds); nan where a world is missing."""
    study = asked.study
    column = store.read_measure(asked.measure, {spot.number for spot in study.points})
    seeds = range(study.seed, study.seed + study.replicates)
    return np.array(
        [[column.get((spot.number, seed), np.nan) for seed in seeds] for spot in study.points]
    )[list(asked.spots)]
