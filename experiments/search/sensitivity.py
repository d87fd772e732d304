"""Sensitivity of a measure to settings over ranges, in the same worlds at every point."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from equipoise.analysis.exploration import indices
from equipoise.analysis.exploration.indices import SensitivityMethod
from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError, raise_problems
from equipoise.experiments.design import designs, study_plan
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.executors import find_executor_problems
from equipoise.experiments.execution.sweep_runner import Watcher, run_study
from equipoise.experiments.search import ranges
from equipoise.experiments.search.ranges import SearchSpace
from equipoise.experiments.search.sensitivity_output import write_sensitivity
from equipoise.experiments.search.sensitivity_result import Sensitivity, SensitivitySpec
from equipoise.experiments.search.world_values import read_world_values
from equipoise.experiments.storage.store import Store
from equipoise.settings.text_file import expand_user_path

_DEFAULT_SAMPLES = {"sobol": 64, "morris": 20}


def plan_sensitivity(
    words: Iterable[str],
    folders: Iterable[Path],
    on: str,
    method: str = "sobol",
    samples: int | None = None,
    seed: int = 0,
) -> SensitivitySpec:
    """Return the specification of a sensitivity analysis, every point composed and checked.

    Raises:
        EquipoiseError: with a line for every problem.
    """
    folders = tuple(folders)
    count = samples if samples is not None else _DEFAULT_SAMPLES.get(method, 0)
    space = _check_request(words, folders, on, method, count)
    raise_problems(list(ranges.find_seed_problems(seed)))
    known_method = cast(SensitivityMethod, method)
    design = indices.build_design(known_method, len(space.spans), count, seed)
    points, numbers = _build_points(space, design)
    request = StudyRequest(space.words(), folders, points=points, columns=("none",))
    study = study_plan.plan_study(request)
    options = ("--on", on, "--method", method, "--samples", str(count), "--search-seed", str(seed))
    repeat_words = (*space.all_words(), *options)
    paths = tuple(space.spans)
    return SensitivitySpec(study, known_method, on, paths, design, numbers, repeat_words)


def _check_request(
    words: Iterable[str], folders: tuple[Path, ...], on: str, method: str, samples: int
) -> SearchSpace:
    """Return the space of a sensitivity analysis; all problems are raised together."""
    problems: list[str] = []
    space = None
    try:
        ranges.check_measure(on)
    except EquipoiseError as error:
        problems += error.problems
    try:
        space = ranges.parse_space(words, folders)
        problems += [_refuse_list(path) for path in space.choices]
        problems += indices.find_sampling_problems(method, len(space.spans), samples)
    except EquipoiseError as error:
        problems += error.problems
    if problems or space is None:
        raise EquipoiseError(*problems)
    return space


def _refuse_list(path: str) -> str:
    return (
        f"{path} has a list of values; sensitivity is of ranges of numbers, "
        "at one choice of everything else."
    )


def _build_points(
    space: SearchSpace, design: Floats
) -> tuple[tuple[dict[str, Any], ...], tuple[int, ...]]:
    """Return the different points of a design, and the number of the point of each of its rows."""
    columns = []
    for number, span in enumerate(space.spans.values()):
        columns.append(designs.scale_to_span(design[:, number], span))
    numbers: dict[tuple[Any, ...], int] = {}
    # Rows that whole numbers make equal share a point, which is run once.
    row_numbers = [numbers.setdefault(row, len(numbers)) for row in zip(*columns, strict=True)]
    points = [dict(zip(space.spans, row, strict=True)) for row in numbers]
    return tuple(points), tuple(row_numbers)


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
    """Estimate the effect of settings on a measure.

    ``sensitivity("strategy=pid_survey", "control_center.kp=interval(1,12)", ...)``

    Args:
        words: overrides as for `sweep`; two or more have ranges.
        on: the measure, averaged over the same worlds at every point.
        method: ``sobol`` (shares of the variance) or ``morris`` (fewer runs, for screening).
        samples: samples of the design; a power of 2 for Sobol.
        seed: seed of the design.
        out: folder of the study; default ``studies/sensitivity-<name>``.
        config_dirs: further folders of options and experiments.
        executor: as for `sweep`.
        workers: as for `sweep`.
        watcher: receives progress updates.

    Raises:
        EquipoiseError: with a line for every problem before anything runs; or if the measure has
            no value at some points.
        KeyboardInterrupt: after a stop; the same call does what is missing.
    """
    spec = plan_sensitivity(
        words, list(map(expand_user_path, config_dirs)), on, method, samples, seed
    )
    executor_spec = ExecutorSpec(executor, workers)
    problems = list(find_executor_problems(executor_spec))
    if problems:
        raise EquipoiseError(*problems)
    result = run_sensitivity(spec, sensitivity_folder(spec, out), executor_spec, watcher)
    if not result.sweep.complete:
        # What is finished is kept, but the script that called must stop, too.
        raise KeyboardInterrupt
    return result


def sensitivity_folder(spec: SensitivitySpec, out: str | Path | None) -> Path:
    """Return the folder of a sensitivity analysis."""
    if out is not None:
        return expand_user_path(out)
    return study_plan.STUDIES_FOLDER / f"sensitivity-{spec.study.name}"


def run_sensitivity(
    spec: SensitivitySpec, folder: Path, executor: ExecutorSpec, watcher: Watcher | None = None
) -> Sensitivity:
    """Run what is missing of a design; write the effects and the figure.

    Raises:
        EquipoiseError: if the measure has no value at some points, or the same at all.
    """
    sweep = run_study(spec.study, folder, executor, None, watcher)
    points = read_world_values(Store(folder), spec.study, spec.measure, spec.study.points)
    values = points[list(spec.point_numbers)]
    if sweep.failures or not sweep.complete:
        return Sensitivity(spec, (), values, sweep)
    effects = indices.estimate_effects(spec.method, spec.paths, spec.design, values)
    result = Sensitivity(spec, effects, values, sweep)
    write_sensitivity(result, folder)
    return result
