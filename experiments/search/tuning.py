"""Tuning: the best setting of what the firm chooses, by trials in training worlds, judged in worlds not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from equipoise.analysis.comparison.outcomes import better_side
from equipoise.errors import EquipoiseError
from equipoise.experiments.design import identity
from equipoise.experiments.design import study_plan as studies
from equipoise.experiments.design.study import Study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution import executors
from equipoise.experiments.execution.executor_types import ExecutorSpec, OpenExecutor
from equipoise.experiments.execution.sweep_runner import SilentWatcher, Watcher, run_study
from equipoise.experiments.search import holdout
from equipoise.experiments.search.trials import Trial, Trials
from equipoise.experiments.search.tuning_output import write_tuning
from equipoise.experiments.search.tuning_result import Tuning
from equipoise.experiments.search.tuning_spec import (
    HELD_OUT,
    TRIALS,
    Point,
    TuningSpec,
    plan_tuning,
    spots_at,
)
from equipoise.experiments.storage.store import Store, lock_folder

AT_ONCE = 6  # trials of a round; the search learns from round to round
JOURNAL = "trials.journal"
EDGE = 0.02  # of a range


def tune(
    *words: str,
    on: str | Iterable[str] = "time_in_band",
    judge: Iterable[str] = (),
    trials: int = TRIALS,
    held_out: int = HELD_OUT,
    seed: int = 0,
    out: str | Path | None = None,
    config_dirs: Iterable[str | Path] = (),
    executor: str = "processes",
    workers: int | None = None,
    watcher: Watcher | None = None,
) -> Tuning:
    """Find the best levers: ``tune("strategy=pid_survey", "control_center.kp=interval(0,20)", "environment=recall")``.

    Args:
        words: overrides as for `sweep`. Ranges of what the firm chooses are tuned, and lists of it; lists of what the
            world does are scenarios, whose mean counts.
        on: a measure, or two.
        judge: environments, not trained on, to judge in.
        trials: how many settings are tried.
        held_out: how many seeds, not trained on, to judge in.
        seed: of the search.
        out: the study's folder; ``studies/tune-<name>`` when not given.
        config_dirs: further folders of options and experiments.
        executor: as for `sweep`.
        workers: as for `sweep`.
        watcher: told of every job.

    Raises:
        EquipoiseError: with a line for every problem, before anything runs.
    """
    measures = (on,) if isinstance(on, str) else tuple(on)
    asked = plan_tuning(
        words, [Path(each) for each in config_dirs], measures, trials, held_out, tuple(judge), seed
    )
    chosen = ExecutorSpec(executor, workers)
    if found := list(executors.find_executor_problems(chosen)):
        raise EquipoiseError(*found)
    return run_tuning(asked, tuning_folder(asked, out), chosen, watcher)


def tuning_folder(asked: TuningSpec, out: str | Path | None) -> Path:
    """Return where a tuning study is kept."""
    name = identity.digest(identity.canonical_json(asked.about()))[:8]
    return (
        Path(out)
        if out is not None
        else studies.STUDIES_FOLDER / f"tune-{'-'.join(asked.objectives)}-{name}"
    )


def run_tuning(
    asked: TuningSpec, folder: Path, executor: ExecutorSpec, watcher: Watcher | None = None
) -> Tuning:
    """Do the trials that are missing, judge the best, and write what was found into the folder.

    Raises:
        EquipoiseError: when the folder holds something else, or no trial has a value.
    """
    watcher = watcher or SilentWatcher()
    if (
        folder.exists()
        and not (folder / JOURNAL).exists()
        and any(path.name != ".lock" for path in folder.iterdir())
    ):
        raise EquipoiseError(
            f"{folder} holds something else; nothing is overwritten. Give another --out."
        )
    with ExitStack() as stack:
        stack.enter_context(lock_folder(folder))
        senses = [better_side(name) == "higher" for name in asked.objectives]
        trials = Trials(folder / JOURNAL, asked.levers, senses, asked.seed, asked.about())
        door = stack.enter_context(executors.open_executor(executor))
        found = Tuning(asked, [], [], None, {}, False, [])
        found.complete = _tried(asked, trials, folder, door, watcher)
        found.trials, found.best = trials.over(), trials.best() if trials.over() else []
        if found.complete and not found.best:
            raise EquipoiseError(*{f"No trial has a value: {trial.why}." for trial in found.trials})
        if found.complete:
            found.chosen = compromise(found.best, senses)
            found.notes += _at_the_edge(asked, found.chosen)
            if found.chosen.settings == asked.default:
                found.notes.append("note: no trial beat the default, which is what was found.")
            found.judged = holdout.validate_tuning(
                asked, found.chosen, folder, door, watcher, found.notes
            )
            found.complete = bool(found.judged)
    if found.judged:
        write_tuning(found, folder)
    return found


def _tried(
    asked: TuningSpec, trials: Trials, folder: Path, door: OpenExecutor, watcher: Watcher
) -> bool:
    """Do the missing trials, round by round; return whether that came to its end."""
    if all(_within(lever, asked.default[path]) for path, lever in asked.levers.items()):
        trials.begin_with(asked.default)
    while (over := len(trials.over())) < asked.trials:
        wanted = trials.ask(min(AT_ONCE, asked.trials - over))
        points = list({identity.canonical_json(point): point for point in wanted.values()}.values())
        study = studies.plan_study(_round(asked, points))
        place = folder / "rounds" / f"{over:04d}-{study.name[-8:]}"
        if not run_study(study, place, door, None, watcher).complete:
            return False
        values = _means(asked, study, Store(place), points)
        for number, point in wanted.items():
            came = values[points.index(point)]
            trials.tell(
                number,
                came,
                "" if np.isfinite(came).all() else "a job failed, or the measure has no value",
            )
    return True


def _at_the_edge(asked: TuningSpec, chosen: Trial) -> Iterator[str]:
    """Yield a line for each range at whose end the best was found."""
    for path, lever in asked.space.spans.items():
        low, high = lever.low, lever.high
        place = (chosen.settings[path] - low) / (high - low)
        if not EDGE <= place <= 1 - EDGE:
            yield f"note: {path} is best at the end of its range: it may be better beyond. Widen the range."


def _within(lever: Any, value: Any) -> bool:
    return bool(lever.low <= value <= lever.high) if hasattr(lever, "low") else value in lever


def _round(asked: TuningSpec, points: Iterable[Mapping[str, Any]]) -> StudyRequest:
    return StudyRequest(asked.scenarios(), asked.folders, points=tuple(points), columns=("none",))


def _means(
    asked: TuningSpec, study: Study, store: Store, points: list[Point]
) -> list[tuple[float, ...]]:
    """Return each point's objectives, averaged over scenarios and worlds; nan where a world is missing."""
    columns = {
        name: store.read_measure(name, {spot.number for spot in study.points})
        for name in asked.objectives
    }
    seeds = range(study.seed, study.seed + study.replicates)
    return [
        tuple(
            float(
                np.mean(
                    [
                        column.get((spot.number, seed), np.nan)
                        for spot in spots_at(study, point)
                        for seed in seeds
                    ]
                )
            )
            for column in columns.values()
        )
        for point in points
    ]


def compromise(best: list[Trial], senses: list[bool]) -> Trial:
    """Return the trial nearest to the best of each objective, each scaled by its range over the front."""
    values = np.array([trial.values for trial in best]) * np.where(senses, 1.0, -1.0)
    span = np.ptp(values, axis=0)
    short = (values.max(axis=0) - values) / np.where(span > 0, span, 1.0)
    return best[int(np.argmin(np.hypot.reduce(short, axis=1)))]
