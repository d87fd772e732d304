"""Run a study: submit missing jobs, store results as they arrive, record failures, add worlds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from equipoise.errors import EquipoiseError, shorten_given
from equipoise.experiments.design.job import Job, JobResult, failure_result
from equipoise.experiments.design.study import Study, StudyPoint
from equipoise.experiments.design.study_notes import format_study_notes
from equipoise.experiments.execution.executor_types import ExecutorSpec, OpenExecutor
from equipoise.experiments.execution.executors import SerialExecutor, open_executor
from equipoise.experiments.execution.part_check import check_user_parts
from equipoise.experiments.execution.perform import error_line, perform_job
from equipoise.experiments.execution.pool import WorkerDied
from equipoise.experiments.execution.stopping_rule import GrowthPlan
from equipoise.experiments.storage import manifest
from equipoise.experiments.storage.layout import (
    POINTS_FILE,
    STUDY_FILE,
    DamagedFileError,
    is_foreign_folder,
)
from equipoise.experiments.storage.store import Store

STOPPED_NOTE = "Stopped. What is finished is kept; the same command does what is missing."
_POLL_INTERVAL = 0.5  # seconds between checks of the executor while no job finishes
_MAX_CHANGES = 11  # changes of a study listed in its refusal


class Watcher(Protocol):
    """Receives progress updates."""

    def on_jobs_added(self, jobs: int) -> None:
        """Jobs were added to the total."""

    def on_result(self, result: JobResult) -> None:
        """A job is finished, or has failed."""


class SilentWatcher:
    """A watcher that does nothing."""

    def on_jobs_added(self, jobs: int) -> None:
        """Do nothing."""

    def on_result(self, result: JobResult) -> None:
        """Do nothing."""


class RoundPlan(Protocol):
    """Adaptive plan: returns the next batch of worlds from the results so far.

    Args:
        notes: notes for the user, complete at the end.
    """

    notes: list[str]

    def next_round(self, store: Store) -> list[tuple[StudyPoint, range]]:
        """Return points with the worlds to run there next; an empty list ends the study."""


@dataclass
class SweepResult:
    """Outcome of a sweep.

    Args:
        folder: the study's folder.
        jobs: finished jobs, earlier ones included.
        runs: finished runs, earlier ones included.
        done: jobs finished this time.
        failures: jobs that failed: point, failure, trace. The same command tries them again.
        seconds: time that it took.
        complete: False if it was stopped.
        study_notes: notes on the settings at its points, and on what their runs read.
        progress_notes: notes on the worlds that were added, and on a stop.
    """

    folder: Path
    jobs: int = 0
    runs: int = 0
    done: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    complete: bool = False
    study_notes: list[str] = field(default_factory=list)
    progress_notes: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """All notes for the user, each once."""
        return [*self.study_notes, *self.progress_notes]

    def add_earlier_job(self, worlds: int) -> None:
        """Count a job that an earlier sweep finished."""
        self.jobs += 1
        self.runs += worlds

    def add_finished_job(self, worlds: int) -> None:
        """Count a job that this sweep finished."""
        self.add_earlier_job(worlds)
        self.done += 1


def run_study(
    study: Study,
    folder: Path,
    executor: ExecutorSpec | OpenExecutor,
    timeout: float | None = None,
    watcher: Watcher | None = None,
    plan: RoundPlan | None = None,
) -> SweepResult:
    """Run a study in a folder, from where it was left.

    Args:
        study: the study.
        folder: where it is stored.
        executor: runs the jobs; one that is open already stays open.
        timeout: seconds that one job may take.
        watcher: receives progress updates.
        plan: chooses worlds round by round; by default the study's stopping rule does.

    Raises:
        EquipoiseError: if the folder holds another study, another process writes there, a part of
            the user breaks the contract, or the executor is not available.
    """
    start = time.perf_counter()
    store = Store(folder)
    result = SweepResult(folder)
    check_study_folder(study, store)
    check_user_parts(study.points, in_process=_is_serial(executor))
    with store.lock(days_expected=bool(study.columns)):
        # Again: another process may have begun a study here meanwhile.
        damaged = check_study_folder(study, store)
        finished = list_finished_blocks(study, store)
        _record_request(study, store, damaged, finished)
        result.progress_notes += [f"{name} was damaged and is written anew." for name in damaged]
        result.progress_notes += store.notes
        for note, points in study.notes.items():
            store.save_notes([note], points)
        plan = plan or GrowthPlan(study)
        rounds = _Rounds(study, plan, store, watcher or SilentWatcher(), finished)
        try:
            rounds.run(executor, timeout, result)
            result.complete = True
        except KeyboardInterrupt:
            result.progress_notes.append(STOPPED_NOTE)
        store.join_fresh()
        store.join_notes()
        result.study_notes = _list_study_notes(study, store, rounds.points_with_runs)
        result.failures = store.read_failures()
    result.seconds = time.perf_counter() - start
    return result


def check_study_folder(study: Study, store: Store) -> list[str]:
    """Check that a folder holds this study, or none; return the names of its damaged files.

    Manifest and points follow from the request, so that a sweep writes them anew.

    Raises:
        EquipoiseError: with the changes, if it holds another study.
    """
    try:
        before = store.read_manifest()
    except DamagedFileError:
        return [STUDY_FILE]
    if before is None:
        if is_foreign_folder(store.folder):
            raise EquipoiseError(
                f"{store.shown_folder} holds something else; nothing is overwritten. "
                "Give another --out."
            )
        return []
    damaged = []
    try:
        points = list(store.read_points())
    except DamagedFileError:
        damaged, points = [POINTS_FILE], []
    changes = manifest.find_changes(study, before, points)
    lines = [shorten_given(change) for change in islice(changes, _MAX_CHANGES + 1)]
    if not lines:
        return damaged
    if len(lines) > _MAX_CHANGES:
        lines[_MAX_CHANGES] = "... and more."
    raise EquipoiseError(
        f"{store.shown_folder} holds another study. Changed:",
        *lines,
        "Nothing is run. Give another --out for the changed study, "
        "or the old settings and code to go on.",
    )


def _is_serial(executor: ExecutorSpec | OpenExecutor) -> bool:
    if isinstance(executor, ExecutorSpec):
        return executor.name == "serial"
    return isinstance(executor.executor, SerialExecutor)


def list_finished_blocks(study: Study, store: Store) -> dict[int, list[range]]:
    """Return the blocks of finished worlds in a folder by point, all of jobs of this study.

    Without its manifest, or with another one, a study looks like any other of as many points.

    Raises:
        EquipoiseError: if a job has other settings, seeds or code.
    """
    points = {point.number: point for point in study.points}
    blocks: dict[int, list[range]] = {}
    for name, number, worlds in store.list_finished_jobs():
        point = points.get(number)
        if point is None or name != study.name_job(point, worlds.start, len(worlds)):
            raise EquipoiseError(
                f"{store.shown_folder} holds runs of another study: job {name}, point {number}. "
                "Nothing is run. Give another --out, or the words of the study that it holds."
            )
        blocks.setdefault(number, []).append(worlds)
    return blocks


def _record_request(
    study: Study,
    store: Store,
    damaged: Collection[str],
    finished: Mapping[int, Sequence[range]],
) -> None:
    """Write the manifest of a new study, or the number of worlds that is asked for now."""
    before = None if STUDY_FILE in damaged else store.read_manifest()
    if before is None:
        store.write_manifest(manifest.build_manifest(study), manifest.build_point_rows(study))
        return
    if POINTS_FILE in damaged:
        store.write_manifest(before, manifest.build_point_rows(study))
    existing = max((block.stop for blocks in finished.values() for block in blocks), default=0)
    updated = manifest.update_manifest(study, before, existing)
    if updated:
        store.write_manifest(updated)


def _list_study_notes(study: Study, store: Store, points: Iterable[int]) -> list[str]:
    """Return the notes of planning, then those of the runs that are finished at some points."""
    stored = store.read_notes()
    of_runs = {text: points for text, points in stored.items() if text not in study.notes}
    if not of_runs:
        return study.planning_notes
    varied = study.point_values
    values = {number: varied[number] for number in points}
    return [*study.planning_notes, *format_study_notes(of_runs, values)]


class _Rounds:
    """The rounds of a study: worlds are asked for, jobs run, and more worlds are asked for."""

    def __init__(
        self,
        study: Study,
        plan: RoundPlan,
        store: Store,
        watcher: Watcher,
        finished: Mapping[int, Sequence[range]],
    ) -> None:
        self._study = study
        self._plan = plan
        self._store = store
        self._watcher = watcher
        self._finished = finished
        self.points_with_runs = set(finished)

    def run(
        self, executor: ExecutorSpec | OpenExecutor, timeout: float | None, result: SweepResult
    ) -> None:
        """Run rounds until the plan asks for no more worlds."""
        opened: OpenExecutor | None = None
        with contextlib.ExitStack() as stack:
            while wanted := self._plan.next_round(self._store):
                jobs = self._missing_jobs(wanted, timeout, result)
                self._watcher.on_jobs_added(len(jobs))
                if jobs and opened is None:
                    # Workers are started only now: a finished study needs none.
                    opened = stack.enter_context(open_executor(executor))
                if opened:
                    self._run_jobs(jobs, opened, result)
        result.progress_notes += self._plan.notes

    def _missing_jobs(
        self,
        wanted: Iterable[tuple[StudyPoint, range]],
        timeout: float | None,
        result: SweepResult,
    ) -> list[Job]:
        """Return the jobs of a round; count those that an earlier sweep finished."""
        jobs: list[Job] = []
        for point, worlds in wanted:
            finished = self._finished.get(point.number, [])
            jobs += self._study.jobs(point, worlds, finished, timeout)
            for block in finished:
                # A block that begins before these worlds was counted in an earlier round.
                if block.start in worlds:
                    result.add_earlier_job(len(block))
        return jobs

    def _run_jobs(self, jobs: Iterable[Job], executor: OpenExecutor, result: SweepResult) -> None:
        for job_result in run_jobs(jobs, executor):
            self._store.save_result(job_result)
            self._watcher.on_result(job_result)
            if not job_result.failure:
                self.points_with_runs.add(job_result.point)
                result.add_finished_job(job_result.worlds)


def run_jobs(jobs: Iterable[Job], executor: OpenExecutor) -> Iterator[JobResult]:
    """Yield the result of every job as it arrives.

    Only a few jobs are submitted ahead, however many there are. Where an executor blames the death
    of a worker on all its jobs, these are tried once more at the end, one by one.

    Raises:
        EquipoiseError: if the executor cannot work at all.
    """
    suspects: list[Job] = []
    for future, job in _finish_jobs(jobs, executor, executor.ahead):
        if _is_blamed(future, executor):
            suspects.append(job)
        else:
            yield _job_result(future, job, executor)
    for future, job in _finish_jobs(suspects, executor, 1):
        yield _job_result(future, job, executor)


def _finish_jobs(
    jobs: Iterable[Job], executor: OpenExecutor, ahead: int
) -> Iterator[tuple[Future[JobResult], Job]]:
    """Yield every job with its future once that is done."""
    waiting = iter(jobs)
    running: dict[Future[JobResult], Job] = {}
    while True:
        for job in islice(waiting, ahead - len(running)):
            running[executor.executor.submit(perform_job, job)] = job
        if not running:
            return
        for future in wait(running, _POLL_INTERVAL, FIRST_COMPLETED).done:
            yield future, running.pop(future)
        executor.tend()


def _is_blamed(future: Future[JobResult], executor: OpenExecutor) -> bool:
    """Return True if a job failed with the worker that had it, perhaps by another job's fault."""
    if not executor.blame or future.cancelled():
        return False
    return isinstance(future.exception(), executor.blame)


def _job_result(future: Future[JobResult], job: Job, executor: OpenExecutor) -> JobResult:
    """Return the result of a finished future.

    Raises:
        EquipoiseError: if the executor gave up.
    """
    try:
        error = future.exception()
    except CancelledError:
        raise EquipoiseError(
            "the executor gave up its jobs: is the cluster gone? The same command goes on."
        ) from None
    if error is None:
        return future.result()
    if isinstance(error, (EquipoiseError, KeyboardInterrupt)):
        raise error
    if isinstance(error, executor.blame):
        return failure_result(job, "every worker that tried it died, perhaps out of memory")
    if isinstance(error, WorkerDied):
        return failure_result(job, str(error))
    return failure_result(job, error_line(error))
