"""How fast sweeps are: efficiency on two cores, own cost of a job, memory of the main process, a query of all days."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equipoise.experiments.benchmarks.model import Figure, show
from equipoise.experiments.design.job import Job, JobResult
from equipoise.experiments.design.study import Study
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution import executors
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.perform import perform_job
from equipoise.experiments.execution.sweep_runner import run_jobs, run_study
from equipoise.experiments.storage.store import Store

JOBS = 400
SMALL = ("community.size=1000", "horizon=140", "burn_in=0", "strategy=pid_survey")
RUNS, DAYS, MEASURES, OF_A_PART = 10_000, 420, 30, 50


def study_of(jobs: int, *more: str) -> Study:
    """Return a study of so many jobs of one small world each."""
    return plan_study(
        StudyRequest((*SMALL, f"firm.set_point=range(0.5,{0.5 + jobs / 100_000:g},0.00001)", *more))
    )


class Spent(NamedTuple):
    """What the jobs of a study took: seconds on the clock, in jobs, and of this process's processor."""

    clock: float
    busy: float
    own: float


def spent(jobs: list[Job], workers: int) -> Spent:
    """Return what jobs take in a pool whose processes are up."""
    with (
        executors.open_executor(ExecutorSpec("processes", workers)) as door,
        tempfile.TemporaryDirectory() as folder,
    ):
        list(run_jobs(jobs[: 4 * workers], door))
        store = Store(Path(folder))
        with store.lock():
            start, own = time.perf_counter(), time.process_time()
            busy = 0.0
            for result in run_jobs(jobs, door):
                store.save_result(result)
                busy += result.seconds
            store.join_fresh()
            return Spent(time.perf_counter() - start, busy, time.process_time() - own)


class Efficiency(NamedTuple):
    """How well two processes are used, and the ms of a job.

    Args:
        clock: time on one process / twice the time on two, taken in turns; needs two cores that nobody else uses.
        used: share of their time that two processes spend in jobs; needs no quiet machine.
        room: processor time of jobs / that of jobs and of the main process; nor does this.
        each: a job's ms on one process.
    """

    clock: float
    used: float
    room: float
    each: float


def efficiency(jobs: int = JOBS) -> Efficiency:
    """Return how well two processes are used by jobs of one small world each."""
    study = study_of(jobs)
    given = [job for spot in study.points for job in study.jobs(spot, range(1))]
    some, others = given[::2], given[1::2]
    a, b, c, d = spent(some, 1), spent(some, 2), spent(others, 2), spent(others, 1)
    alone, both, work = a.clock + d.clock, b.clock + c.clock, processor(study) * jobs
    return Efficiency(
        clock=alone / (2 * both),
        used=(b.busy + c.busy) / (2 * both),
        room=work / (work + a.own + d.own),
        each=alone / jobs * 1e3,
    )


def processor(study: Study, jobs: int = 20) -> float:
    """Return the processor time (s) of a job, from the first few of a study."""
    some = [job for spot in study.points[: jobs + 1] for job in study.jobs(spot, range(1))]
    perform_job(some[0])
    start = time.process_time()
    for job in some[1:]:
        perform_job(job)
    return (time.process_time() - start) / jobs


def overhead(jobs: int = JOBS) -> float:
    """Return our own milliseconds of a job: composing, checking, naming, handing out, writing; in processor time."""
    few = study_of(1)
    template = perform_job(next(few.jobs(few.points[0], range(1))))
    start = time.process_time()
    study = study_of(jobs)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        with store.lock():
            for spot in study.points:
                for job in study.jobs(spot, range(1)):
                    store.save_result(_as_if(job, template))
            store.join_fresh()
    return (time.process_time() - start) / jobs * 1e3


def _as_if(job: Job, result: JobResult) -> JobResult:
    return JobResult(job.name, job.point, job.first, job.worlds, 0.0, result.summary, result.daily)


def memory(runs: int = RUNS) -> float:
    """Return the largest memory (MB) of a main process that sweeps so many runs of a point each."""
    code = f"from equipoise.experiments.benchmarks.sweeps import swept; swept({runs})"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(told.stdout)


def swept(runs: int) -> None:
    """Sweep tiny worlds, a point each, and say what memory this process took at most."""
    study = study_of(runs, "horizon=2", "community.size=20")
    with tempfile.TemporaryDirectory() as folder:
        done = run_study(study, Path(folder) / "study", ExecutorSpec("processes"))
        if done.runs != runs:
            raise RuntimeError(f"{done.runs} of {runs} runs are done")
    sys.stdout.write(
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == 'darwin' else 1e3)}"
    )


def synthetic(folder: Path) -> int:
    """Write a daily record of 10,000 runs x 420 days x 30 measures as a sweep does; return its bytes."""
    chance = np.random.default_rng(0)
    size = 0
    for part in range(RUNS // OF_A_PART):
        rows = OF_A_PART * DAYS
        names = pa.array(np.full(rows, part % 12, np.int32))
        columns = {
            "strategy": pa.DictionaryArray.from_arrays(names, [f"strategy_{k}" for k in range(12)]),
            "seed": np.repeat(np.arange(OF_A_PART), DAYS),
            "day": np.tile(np.arange(DAYS, dtype=np.int32), OF_A_PART),
        }
        walks = chance.normal(0, 0.01, (MEASURES, rows)).cumsum(axis=1).astype(np.float32)
        table = pa.table(columns | {f"measure_{k}": walks[k] for k in range(MEASURES)})
        path = folder / f"{part}.parquet"
        pq.write_table(table, path, compression="zstd")
        size += path.stat().st_size
    return size


def query() -> tuple[float, int]:
    """Return seconds of the mean of a measure by strategy and day over a synthetic study, and the study's bytes."""
    import duckdb

    with tempfile.TemporaryDirectory() as place:
        size = synthetic(Path(place))
        taken = []
        for k in range(3):
            start = time.perf_counter()
            told = f"select strategy, day, avg(measure_{k}) from '{place}/*.parquet' group by all"
            duckdb.connect().execute(told).fetchall()
            taken.append(time.perf_counter() - start)
        return sorted(taken)[1], size


def figures() -> Iterator[Figure]:
    """Yield every figure on sweeps; they need two cores for themselves."""
    found = efficiency()
    yield Figure(
        f"{JOBS} jobs of {found.each:.0f} ms on 2 cores: efficiency",
        f"{found.clock:.0%}",
        "at least 90 %",
    )
    yield Figure(
        "share of their time that 2 processes spend in jobs", f"{found.used:.0%}", "at least 90 %"
    )
    yield Figure(
        "processor time in jobs, of all that is used", f"{found.room:.0%}", "at least 90 %"
    )
    yield Figure("own cost of a job, composing included", f"{overhead():.1f} ms", "under 15 ms")
    yield Figure("main process of 10,000 runs", f"{memory():.0f} MB", "under 500 MB")
    seconds, size = query()
    yield Figure(
        f"query of 10,000 runs x 420 days x 30 measures ({size / 1e6:.0f} MB)",
        f"{seconds:.2f} s",
        "under 1 s",
    )


if __name__ == "__main__":
    show("Sweeps (two cores)", figures())
