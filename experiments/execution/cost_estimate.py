"""Cost of a study before it is run: jobs, time and disk space, from a few short trials."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.job import Job, JobResult, pack_json, unpack_json
from equipoise.experiments.design.study import Study, StudyPoint
from equipoise.experiments.execution.perform import perform_job
from equipoise.experiments.execution.stopping_rule import count_initial_worlds
from equipoise.experiments.execution.sweep_runner import list_finished_blocks
from equipoise.experiments.storage import tables
from equipoise.experiments.storage.store import Store

# Days of the two trials of a point. The difference is the cost of days; the rest that of a world.
_SHORT_TRIAL, _LONG_TRIAL = 2, 42
_TRIAL_POINTS = 3
_SUMMARY_BYTES = 250.0  # of a run's row in summary/, measured


class CostEstimate(NamedTuple):
    """Cost of what is missing of a study.

    Args:
        points: each point, its number of worlds, and whether these are finished.
        jobs: number of missing jobs.
        runs: number of missing runs.
        seconds: estimated time.
        disk: estimated bytes.
    """

    points: list[tuple[StudyPoint, int, bool]]
    jobs: int
    runs: int
    seconds: float
    disk: float


class _WorldCost(NamedTuple):
    seconds: float
    disk: float


def estimate_cost(study: Study, folder: Path, workers: int) -> CostEstimate:
    """Return the cost of what is missing of a study; a few short worlds are run to estimate it.

    Args:
        study: the study.
        folder: its folder.
        workers: number of workers that will run it.

    Raises:
        EquipoiseError: if not even a trial can be run, or the folder holds runs of another study.
    """
    finished = list_finished_blocks(study, Store(folder)) if folder.exists() else {}
    worlds = count_initial_worlds(study)
    points: list[tuple[StudyPoint, int, bool]] = []
    jobs: list[Job] = []
    for point in study.points:
        missing = list(study.jobs(point, range(worlds), finished.get(point.number, ())))
        points.append((point, worlds, not missing))
        jobs += missing
    runs = sum(job.worlds for job in jobs)
    world = _mean_world_cost(study) if jobs else _WorldCost(0.0, 0.0)
    return CostEstimate(points, len(jobs), runs, runs * world.seconds / workers, runs * world.disk)


def _mean_world_cost(study: Study) -> _WorldCost:
    """Return the mean cost of one world over a few points spread over the design."""
    step = max(len(study.points) // _TRIAL_POINTS, 1)
    costs = [_measure_world_cost(study, point) for point in study.points[::step][:_TRIAL_POINTS]]
    seconds = sum(cost.seconds for cost in costs) / len(costs)
    return _WorldCost(seconds, sum(cost.disk for cost in costs) / len(costs))


def _measure_world_cost(study: Study, point: StudyPoint) -> _WorldCost:
    """Return the cost of one world at a point, extrapolated from two trials."""
    job = next(study.jobs(point, range(1)))
    _run_trial(job, _SHORT_TRIAL)  # compiles the model, which is not to be measured
    short, short_seconds = _run_trial(job, _SHORT_TRIAL)
    long, long_seconds = _run_trial(job, _LONG_TRIAL)
    extra_days = _LONG_TRIAL - _SHORT_TRIAL
    seconds_a_day = max(long_seconds - short_seconds, 0.0) / extra_days
    bytes_a_day = max(_daily_bytes(long) - _daily_bytes(short), 0) / extra_days
    settings = unpack_json(job.settings)
    days = settings["burn_in"] + settings["horizon"]
    seconds = max(short_seconds + seconds_a_day * (days - _SHORT_TRIAL), 0.0)
    return _WorldCost(seconds, bytes_a_day * days + _SUMMARY_BYTES)


def _daily_bytes(result: JobResult) -> int:
    """Return the bytes that the days of a result take in a part."""
    return len(tables.join_streams([result.daily])) if result.daily else 0


def _run_trial(job: Job, days: int) -> tuple[JobResult, float]:
    """Return the result of some days of a job, and the seconds that they take."""
    settings = unpack_json(job.settings) | {"horizon": days, "burn_in": 0}
    start = time.perf_counter()
    result = perform_job(replace(job, settings=pack_json(settings)))
    seconds = time.perf_counter() - start
    if result.failure:
        raise EquipoiseError(f"a trial of point {job.point} failed: {result.failure}")
    return result, seconds
