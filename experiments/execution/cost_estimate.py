"""What a study will cost, before it is run: its jobs, and time and disk judged by a few days of a few worlds."""

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
from equipoise.experiments.storage import tables
from equipoise.experiments.storage.store import Store

SHORT, LONG = (
    2,
    42,
)  # days of a trial: their difference is what days cost, the rest is what a world costs
TRIED = 3  # points
RUN_BYTES = 250.0  # of a run's row in summary/, measured


class CostEstimate(NamedTuple):
    """The points with their worlds and whether they are done; jobs and runs missing, their seconds and bytes."""

    points: list[tuple[StudyPoint, int, bool]]
    jobs: int
    runs: int
    seconds: float
    disk: float


def estimate_cost(study: Study, folder: Path, workers: int) -> CostEstimate:
    """Return what is missing of a study and what it will cost; a few short worlds are run to judge by.

    Raises:
        EquipoiseError: when not even these can be run.
    """
    done = Store(folder).finished_worlds() if folder.exists() else {}
    worlds = count_initial_worlds(study)
    missing = {
        spot.number: list(study.jobs(spot, range(worlds), done.get(spot.number, ())))
        for spot in study.points
    }
    points = [(spot, worlds, not missing[spot.number]) for spot in study.points]
    jobs = [job for each in missing.values() for job in each]
    runs = sum(job.worlds for job in jobs)
    seconds, disk = _of_a_world(study) if jobs else (0.0, 0.0)
    return CostEstimate(points, len(jobs), runs, runs * seconds / workers, runs * disk)


def _of_a_world(study: Study) -> tuple[float, float]:
    """Return seconds and bytes of one world, over a few points spread over the design."""
    tried = study.points[:: max(len(study.points) // TRIED, 1)][:TRIED]
    costs = [_at(study, spot) for spot in tried]
    return sum(cost[0] for cost in costs) / len(costs), sum(cost[1] for cost in costs) / len(costs)


def _at(study: Study, spot: StudyPoint) -> tuple[float, float]:
    job = next(study.jobs(spot, range(1)))
    _tried(job, SHORT)  # compiles
    few, a_few = _tried(job, SHORT)
    more, many = _tried(job, LONG)
    data = unpack_json(job.settings)
    days = data["burn_in"] + data["horizon"]
    a_day = max(many - a_few, 0.0) / (LONG - SHORT)
    bytes_a_day = max(_kept(more) - _kept(few), 0) / (LONG - SHORT)
    return max(a_few + a_day * (days - SHORT), 0.0), bytes_a_day * days + RUN_BYTES


def _kept(result: JobResult) -> int:
    """Return the bytes that the days of a result take in a part."""
    return len(tables.join_streams([result.daily])) if result.daily else 0


def _tried(job: Job, days: int) -> tuple[JobResult, float]:
    """Return what comes of some days of a job, and the seconds they take."""
    start = time.perf_counter()
    done = perform_job(
        replace(
            job, settings=pack_json(unpack_json(job.settings) | {"horizon": days, "burn_in": 0})
        )
    )
    if done.failure:
        raise EquipoiseError(f"a trial of point {job.point} failed: {done.failure}")
    return done, time.perf_counter() - start
