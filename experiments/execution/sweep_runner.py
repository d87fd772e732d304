"""Carry out a study: hand out what is missing, keep what comes, tell what fails, add worlds until they are enough."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from equipoise.errors import EquipoiseError
from equipoise.experiments.design import study_plan as studies
from equipoise.experiments.design.study_plan import StoppingRule, Study, StudyPoint, StudyRequest
from equipoise.experiments.execution import executors
from equipoise.experiments.execution.executors import ExecutorSpec, OpenExecutor
from equipoise.experiments.execution.job import (
    Job,
    JobResult,
    error_line,
    failed_result,
    perform_job,
)
from equipoise.experiments.execution.pool import WorkerDied
from equipoise.experiments.storage import manifest
from equipoise.experiments.storage.store import Store

TICK = 0.5  # seconds between looks at the clock while nothing comes
STOPPED_NOTE = "Stopped. What is finished is kept; the same command does what is missing."


class Watcher(Protocol):
    """Somebody who is told how it goes."""

    def on_jobs_added(self, jobs: int) -> None:
        """So many more jobs are to be done."""

    def on_result(self, result: JobResult) -> None:
        """A job is finished, or has failed."""


class RoundPlan(Protocol):
    """Somebody who says round by round which worlds to run next, by what came of those before.

    ``notes`` tells what there is to say of it at the end.
    """

    notes: list[str]

    def next_round(self, store: Store) -> list[tuple[StudyPoint, range]]:
        """Return points with the worlds to run there in the next round; nothing when there are enough."""


class SilentWatcher:
    """A watcher who does not look."""

    def on_jobs_added(self, jobs: int) -> None:
        """Do nothing."""

    def on_result(self, result: JobResult) -> None:
        """Do nothing."""


@dataclass
class SweepResult:
    """What came of a sweep.

    Args:
        folder: where the study is.
        jobs, runs: finished in all, earlier ones included.
        done: jobs finished this time.
        failures: jobs that failed and are tried again by the same command: point, failure, trace.
        seconds: that it took.
        complete: whether it came to its end.
        notes: what else there is to say.
    """

    folder: Path
    jobs: int = 0
    runs: int = 0
    done: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    complete: bool = False
    notes: list[str] = field(default_factory=list)

    def count(self, finished: Iterable[int], now: bool = False) -> None:
        """Count jobs that are finished, earlier or now, by their worlds."""
        for worlds in finished:
            self.jobs, self.runs, self.done = self.jobs + 1, self.runs + worlds, self.done + now


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
    """Run a study, or what is missing of it: ``sweep("strategy=glob(*)", "environment=recall,calm", "replicates=40")``.

    Args:
        words: overrides as for `compose`; some with several values: ``a,b``, ``glob(*)``, ``range(1,5)``,
            ``interval(0,1)``; or ``experiment=name``.
        out: the study's folder; ``studies/<name>`` when not given, the same for the same words.
        config_dirs: further folders of options and experiments.
        points: listed points, each a mapping of paths to values.
        zipped: groups of paths whose lists go together, as ``["firm.set_point,firm.band"]``.
        design: ``grid``, ``lhs`` or ``sobol``.
        samples: how many samples of the ranges.
        design_seed: of the sample.
        stop: (measure, width) or (measure, width, cap): add worlds until paired intervals are that narrow.
        daily: columns of the daily record to keep, ``"all"`` or ``"none"``.
        executor: ``serial``, ``processes``, ``dask``, or a Hydra launcher.
        workers: how many; one a core when not given.
        scheduler: address of a Dask scheduler.
        timeout: seconds that one job may take.
        watcher: told of every job; a progress bar when not given.

    Raises:
        EquipoiseError: with a line for every problem, before anything runs.
    """
    asked = StudyRequest(
        words=words,
        folders=tuple(Path(folder) for folder in config_dirs),
        design=design,
        samples=samples,
        seed=design_seed,
        zipped=tuple(tuple(group) for group in map(_listed, zipped)),
        points=tuple({path: _plain(value) for path, value in point.items()} for point in points),
        stop=StoppingRule(*stop) if stop else None,
        columns=tuple(_listed(daily)),
    )
    chosen = ExecutorSpec(executor, workers, scheduler)
    if found := list(executors.find_executor_problems(chosen, timeout)):
        raise EquipoiseError(*found)
    planned = studies.plan_study(asked)
    folder = Path(out) if out is not None else studies.STUDIES_FOLDER / planned.name
    if watcher is not None:
        return run_study(planned, folder, chosen, timeout, watcher)
    from equipoise.experiments.cli.sweep_progress import show_sweep_progress

    with show_sweep_progress() as bar:
        return run_study(planned, folder, chosen, timeout, bar)


def _listed(names: str | Iterable[str]) -> Iterable[str]:
    """Return names that may be given as one text, as on the command line."""
    return [name.strip() for name in names.split(",")] if isinstance(names, str) else names


def _plain(value: Any) -> Any:
    """Return a value as plain Python; numbers of a table are NumPy's own."""
    return value.item() if isinstance(value, np.generic) else value


def run_study(
    study: Study,
    folder: Path,
    executor: ExecutorSpec | OpenExecutor,
    timeout: float | None = None,
    watcher: Watcher | None = None,
    growth: RoundPlan | None = None,
) -> SweepResult:
    """Carry out a study in a folder, from where it was left.

    Args:
        study: what is asked for.
        folder: where it is kept.
        executor: what runs it; an open one is left open.
        timeout: seconds that one job may take.
        watcher: told of every job.
        growth: chooses what to run of the study; all of it, as its stopping rule says, when not given.

    Raises:
        EquipoiseError: when another study was begun there, somebody else is at it, or the executor cannot be had.
    """
    from equipoise.experiments.execution.stopping_rule import GrowthPlan

    start = time.perf_counter()
    store, out = Store(folder), SweepResult(folder)
    watcher = watcher or SilentWatcher()
    check_study_folder(study, store)
    with store.locked():
        before = store.read_manifest()
        if before is None:
            store.write_manifest(manifest.build_manifest(study), manifest.build_point_rows(study))
        elif more := manifest.update_manifest(study, before, store.count_worlds()):
            store.write_manifest(more)
        try:
            _rounds(study, growth or GrowthPlan(study), store, executor, timeout, watcher, out)
            out.complete = True
        except KeyboardInterrupt:
            out.notes.append(STOPPED_NOTE)
        store.join_fresh()
        out.failures = store.read_failures()
    out.seconds = time.perf_counter() - start
    return out


def check_study_folder(study: Study, store: Store) -> None:
    """Make sure that a folder holds this study, or none.

    Raises:
        EquipoiseError: with what has changed.
    """
    before = store.read_manifest()
    if before is None:
        if store.is_foreign():
            raise EquipoiseError(
                f"{store.shown_folder} holds something else; nothing is overwritten. Give another --out."
            )
        return
    found = list(islice(manifest.find_changes(study, before, store.read_points()), 12))
    if found:
        more = ["... and more."] if len(found) == 12 else []
        ask = "Nothing is run. Give another --out for the changed study, or the old settings and code to go on."
        raise EquipoiseError(
            f"{store.shown_folder} holds another study. Changed:", *found[:11], *more, ask
        )


def _rounds(
    study: Study,
    growth: RoundPlan,
    store: Store,
    executor: ExecutorSpec | OpenExecutor,
    timeout: float | None,
    watcher: Watcher,
    out: SweepResult,
) -> None:
    """Run the worlds asked for, round by round, until no more are."""
    done = store.finished_worlds()
    opened: OpenExecutor | None = None
    with contextlib.ExitStack() as stack:
        while wanted := growth.next_round(store):
            missing: list[Job] = []
            for spot, worlds in wanted:
                here = done.get(spot.number, ())
                missing += study.jobs(spot, worlds, here, timeout)
                out.count(
                    len(block) for block in here if block.start in worlds
                )  # else an earlier round has met it
            watcher.on_jobs_added(len(missing))
            if missing and opened is None:
                opened = stack.enter_context(executors.open_executor(executor))
            for result in run_jobs(missing, opened) if opened else ():
                store.save_result(result)
                watcher.on_result(result)
                out.count([] if result.failure else [result.worlds], now=True)
    out.notes += growth.notes


def run_jobs(jobs: Iterable[Job], door: OpenExecutor) -> Iterator[JobResult]:
    """Yield the result of every job as it comes; only a few jobs are handed out ahead, however many there are.

    Where an executor blames a worker's death on all jobs that it had, these are tried once more at the end, one by one.

    Raises:
        EquipoiseError: when the executor cannot work at all.
    """
    suspects: list[Job] = []
    for future, job in _settled(jobs, door, door.ahead):
        if door.blame and not future.cancelled() and isinstance(future.exception(), door.blame):
            suspects.append(job)
        else:
            yield _result(future, job, door)
    for future, job in _settled(suspects, door, 1):
        yield _result(future, job, door)


def _settled(
    jobs: Iterable[Job], door: OpenExecutor, ahead: int
) -> Iterator[tuple[Future[JobResult], Job]]:
    """Yield every job with its future once it is done."""
    waiting = iter(jobs)
    flying: dict[Future[JobResult], Job] = {}
    while True:
        for job in islice(waiting, ahead - len(flying)):
            flying[door.executor.submit(perform_job, job)] = job
        if not flying:
            return
        for future in wait(flying, TICK, FIRST_COMPLETED).done:
            yield future, flying.pop(future)
        door.tend()


def _result(future: Future[JobResult], job: Job, door: OpenExecutor) -> JobResult:
    try:
        error = future.exception()
    except CancelledError:
        raise EquipoiseError(
            "the executor gave up its jobs: is the cluster gone? The same command goes on."
        ) from None
    if error is None:
        return future.result()
    if isinstance(error, EquipoiseError):
        raise error
    if isinstance(error, door.blame):
        return failed_result(job, "every worker that tried it died, perhaps out of memory")
    return failed_result(job, str(error) if isinstance(error, WorkerDied) else error_line(error))
