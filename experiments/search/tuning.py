"""Tuning: search for the best levers in training worlds, and validate them in hold-out worlds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.analysis.comparison.outcomes import better_side
from equipoise.errors import EquipoiseError
from equipoise.experiments.config.name_list import split_names
from equipoise.experiments.design import identity, study_plan
from equipoise.experiments.design.study import Study
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.execution.executor_types import ExecutorSpec, OpenExecutor
from equipoise.experiments.execution.executors import find_executor_problems, open_executor
from equipoise.experiments.execution.sweep_runner import SilentWatcher, Watcher, run_study
from equipoise.experiments.search.holdout import validate_tuning
from equipoise.experiments.search.trials import Trial, Trials
from equipoise.experiments.search.tuning_output import write_tuning
from equipoise.experiments.search.tuning_result import Tuning, add_run_notes
from equipoise.experiments.search.tuning_spec import (
    DEFAULT_HELD_OUT,
    DEFAULT_TRIALS,
    LeverValues,
    TuningSpec,
    find_points,
    plan_tuning,
    request_training,
    split_environments,
)
from equipoise.experiments.search.world_values import read_world_values
from equipoise.experiments.storage.store import Store, lock_folder
from equipoise.settings.text_file import expand_user_path

_ROUND_SIZE = 6  # trials of a round; the search learns from round to round
_JOURNAL = "trials.journal"
_EDGE = 0.02  # share of a range that counts as its end
_NO_VALUE = "a job failed, or the measure has no value"


def tune(
    *words: str,
    on: str | Iterable[str] = "time_in_band",
    judge: str | Iterable[str] = (),
    trials: int = DEFAULT_TRIALS,
    held_out: int = DEFAULT_HELD_OUT,
    seed: int = 0,
    out: str | Path | None = None,
    config_dirs: Iterable[str | Path] = (),
    executor: str = "processes",
    workers: int | None = None,
    watcher: Watcher | None = None,
) -> Tuning:
    """Find the best values of the firm's levers.

    ``tune("strategy=pid_survey", "control_center.kp=interval(0,20)", "environment=recall")``

    Args:
        words: overrides as for `sweep`. Ranges and lists of levers are tuned; lists of
            uncertainties are scenarios, over which objectives are averaged.
        on: a measure to optimise, or two.
        judge: environments for validation only.
        trials: number of settings to try.
        held_out: number of hold-out seeds for validation.
        seed: seed of the search.
        out: folder of the study; default ``studies/tune-<measures>-<name>``.
        config_dirs: further folders of options and experiments.
        executor: as for `sweep`.
        workers: as for `sweep`.
        watcher: receives progress updates.

    Raises:
        EquipoiseError: with a line for every problem, before anything runs.
        KeyboardInterrupt: after a stop; the same call does what is missing.
    """
    measures = split_names(on)
    folders = list(map(expand_user_path, config_dirs))
    spec = plan_tuning(words, folders, measures, trials, held_out, split_environments(judge), seed)
    executor_spec = ExecutorSpec(executor, workers)
    problems = list(find_executor_problems(executor_spec))
    if problems:
        raise EquipoiseError(*problems)
    result = run_tuning(spec, tuning_folder(spec, out), executor_spec, watcher)
    if not result.complete:
        # What is finished is kept, but the script that called must stop, too.
        raise KeyboardInterrupt
    return result


def tuning_folder(spec: TuningSpec, out: str | Path | None) -> Path:
    """Return the folder of a tuning study."""
    if out is not None:
        return expand_user_path(out)
    name = identity.digest(identity.canonical_json(spec.identity_data()))[:8]
    return study_plan.STUDIES_FOLDER / f"tune-{'-'.join(spec.objectives)}-{name}"


def run_tuning(
    spec: TuningSpec, folder: Path, executor: ExecutorSpec, watcher: Watcher | None = None
) -> Tuning:
    """Run the missing trials, validate the best, and write the results.

    Raises:
        EquipoiseError: if the folder holds something else, or no trial has a value.
    """
    watcher = watcher or SilentWatcher()
    check_tuning_folder(folder)
    result = Tuning(spec)
    with ExitStack() as stack:
        stack.enter_context(lock_folder(folder))
        trials = Trials(
            folder / _JOURNAL, spec.levers, _senses(spec), spec.seed, spec.identity_data()
        )
        opened = stack.enter_context(open_executor(executor))
        result.complete = _run_trials(result, trials, folder, opened, watcher)
        result.trials = trials.list_finished()
        if result.trials:
            result.best = trials.list_best()
        if result.complete:
            _choose_trial(result)
            _validate_chosen(result, folder, opened, watcher)
    if result.judged:
        write_tuning(result, folder)
    return result


def check_tuning_folder(folder: Path) -> None:
    """Check that a folder holds a tuning, or nothing.

    Raises:
        EquipoiseError: if it holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise EquipoiseError(f"{folder} is a file; nothing is overwritten. Give another --out.")
    if not folder.exists() or (folder / _JOURNAL).exists():
        return
    if any(path.name != ".lock" for path in folder.iterdir()):
        raise EquipoiseError(
            f"{folder} holds something else; nothing is overwritten. Give another --out."
        )


def _senses(spec: TuningSpec) -> list[bool]:
    """Return, for each objective, True if higher values are better."""
    return [better_side(name) == "higher" for name in spec.objectives]


def _run_trials(
    result: Tuning, trials: Trials, folder: Path, opened: OpenExecutor, watcher: Watcher
) -> bool:
    """Run the missing trials, round by round; return True if all are finished."""
    spec = result.spec
    if all(_contains(lever, spec.default[path]) for path, lever in spec.levers.items()):
        trials.begin_with(spec.default)
    while (finished := len(trials.list_finished())) < spec.trials:
        requested = trials.ask(min(_ROUND_SIZE, spec.trials - finished))
        by_name = {identity.canonical_json(point): point for point in requested.values()}
        points = list(by_name.values())
        study = study_plan.plan_study(request_training(spec, points))
        place = folder / "rounds" / f"{finished:04d}-{study.name[-8:]}"
        sweep = run_study(study, place, opened, None, watcher)
        if not sweep.complete:
            return False
        add_run_notes(result.notes, sweep, study.notes)
        means = _compute_means(spec, study, Store(place), points)
        for number, point in requested.items():
            values = means[points.index(point)]
            trials.tell(number, values, "" if np.isfinite(values).all() else _NO_VALUE)
    return True


def _contains(lever: Span | tuple[Any, ...], value: Any) -> bool:
    if isinstance(lever, Span):
        return bool(lever.low <= value <= lever.high)
    return value in lever


def _compute_means(
    spec: TuningSpec, study: Study, store: Store, points: list[LeverValues]
) -> list[tuple[float, ...]]:
    """Return each point's objectives, averaged over scenarios and worlds; nan if one is missing."""
    tables = [read_world_values(store, study, name, study.points) for name in spec.objectives]
    rows = {point.number: row for row, point in enumerate(study.points)}
    means = []
    for point in points:
        chosen_rows = [rows[scenario.number] for scenario in find_points(study, point)]
        means.append(tuple(float(table[chosen_rows].ravel().mean()) for table in tables))
    return means


def _choose_trial(result: Tuning) -> None:
    if not result.best:
        raise EquipoiseError(*{f"No trial has a value: {trial.why}." for trial in result.trials})
    spec = result.spec
    result.chosen = choose_compromise(result.best, _senses(spec))
    result.notes += _find_edges(spec, result.chosen)
    if result.chosen.settings == spec.default:
        result.notes.append("note: no trial was better than the default, which is chosen.")


def _find_edges(spec: TuningSpec, chosen: Trial) -> Iterator[str]:
    """Yield a line for each range at whose end the best trial is."""
    for path, span in spec.space.spans.items():
        place = (chosen.settings[path] - span.low) / (span.high - span.low)
        if not _EDGE <= place <= 1 - _EDGE:
            yield (
                f"note: {path} is best at the end of its range; values beyond may be better. "
                "Widen the range."
            )


def _validate_chosen(result: Tuning, folder: Path, opened: OpenExecutor, watcher: Watcher) -> None:
    if result.chosen is None:
        return
    result.judged = validate_tuning(
        result.spec, result.chosen, folder, opened, watcher, result.notes
    )
    result.complete = bool(result.judged)


def choose_compromise(best: list[Trial], senses: list[bool]) -> Trial:
    """Return the trial nearest to the best of each objective, scaled by its range over the front.

    Args:
        best: trials of the Pareto front.
        senses: for each objective, True if higher values are better.
    """
    values = np.array([trial.values for trial in best]) * np.where(senses, 1.0, -1.0)
    span = np.ptp(values, axis=0)
    distances = (values.max(axis=0) - values) / np.where(span > 0, span, 1.0)
    return best[int(np.argmin(np.hypot.reduce(distances, axis=1)))]
