"""The Python function `equipoise.sweep`: a study from words to results, with a progress bar."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.errors import raise_problems
from equipoise.experiments.config.name_list import split_names
from equipoise.experiments.design.study import StoppingRule
from equipoise.experiments.design.study_plan import STUDIES_FOLDER, plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.executors import find_executor_problems
from equipoise.experiments.execution.progress_bar import show_sweep_progress
from equipoise.experiments.execution.sweep_runner import SweepResult, Watcher, run_study
from equipoise.settings.text_file import expand_user_path


def sweep(
    *words: str,
    out: str | Path | None = None,
    config_dirs: Iterable[str | Path] = (),
    points: Iterable[Mapping[str, Any]] = (),
    zipped: Iterable[str | Iterable[str]] = (),
    design: str | None = None,
    samples: int | None = None,
    design_seed: int | None = None,
    stop: tuple[str, float] | tuple[str, float, int] | None = None,
    daily: str | Iterable[str] = "all",
    executor: str = "processes",
    workers: int | None = None,
    scheduler: str = "",
    timeout: float | None = None,
    watcher: Watcher | None = None,
) -> SweepResult:
    """Run a study, or what is missing of it.

    Example: ``sweep("strategy=glob(*)", "environment=recall,calm", "replicates=40")``.

    Args:
        words: overrides as for `compose`; some with several values: ``a,b``, ``glob(*)``,
            ``range(1,5)``, ``interval(0,1)``; or ``experiment=name``.
        out: the study's folder; by default ``studies/<name>``, the same for the same words.
        config_dirs: further folders of options and experiments.
        points: listed points, each a mapping of paths to values.
        zipped: groups of paths whose lists go together, as ``["firm.set_point,firm.band"]``.
        design: ``grid``, ``lhs`` or ``sobol``.
        samples: number of samples of the ranges.
        design_seed: seed of the sample.
        stop: (measure, width) or (measure, width, cap): add worlds until paired intervals are that
            narrow.
        daily: columns of the daily record to keep, ``"all"`` or ``"none"``.
        executor: ``serial``, ``processes``, ``dask``, or a Hydra launcher.
        workers: number of workers; by default one a core.
        scheduler: address of a Dask scheduler.
        timeout: seconds that one job may take.
        watcher: receives progress updates; by default a progress bar.

    Raises:
        EquipoiseError: with a line for every problem, before anything runs.
        KeyboardInterrupt: after a stop; the same call does what is missing.
    """
    spec = ExecutorSpec(executor, workers, scheduler)
    request = StudyRequest(
        words=words,
        folders=tuple(map(Path, config_dirs)),
        design=design,
        samples=samples,
        seed=design_seed,
        zipped=tuple(map(split_names, zipped)),
        points=tuple(map(_plain_point, points)),
        stop=StoppingRule(*stop) if stop else None,
        columns=split_names(daily),
    )
    raise_problems(list(find_executor_problems(spec, timeout)))
    study = plan_study(request)
    folder = expand_user_path(out) if out is not None else STUDIES_FOLDER / study.name
    bar = show_sweep_progress() if watcher is None else contextlib.nullcontext(watcher)
    with bar as shown:
        result = run_study(study, folder, spec, timeout, shown)
    if not result.complete:
        # What is finished is kept, but the script that called must stop, too.
        raise KeyboardInterrupt
    return result


def _plain_point(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return a point as plain Python values; the numbers of a table are NumPy's own."""
    plain_values = {}
    for path, value in point.items():
        plain_values[path] = value.item() if isinstance(value, np.generic) else value
    return plain_values
