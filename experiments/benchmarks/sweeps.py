"""Speed of sweeps: efficiency on two cores, own cost of a job, memory, a query of all days."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equipoise.experiments.benchmarks.model import BenchmarkLine, print_benchmark
from equipoise.experiments.design.job import Job, JobResult
from equipoise.experiments.design.study import Study
from equipoise.experiments.design.study_plan import plan_study
from equipoise.experiments.design.study_request import StudyRequest
from equipoise.experiments.execution import executors
from equipoise.experiments.execution.executor_types import ExecutorSpec
from equipoise.experiments.execution.perform import perform_job
from equipoise.experiments.execution.sweep_runner import run_jobs, run_study
from equipoise.experiments.storage.store import Store

_JOBS = 400
_SMALL_WORLD = ("community.size=1000", "horizon=140", "burn_in=0", "strategy=pid_survey")
# The synthetic study of daily records.
_RUNS = 10_000
_DAYS = 420
_MEASURES = 30
_RUNS_OF_A_PART = 50


def plan_small_study(jobs: int, *more: str) -> Study:
    """Return a study of so many jobs of one small world each."""
    last = 0.5 + jobs / 100_000
    levels = f"firm.set_point=range(0.5,{last:g},0.00001)"
    return plan_study(StudyRequest((*_SMALL_WORLD, levels, *more)))


def _list_jobs(study: Study) -> list[Job]:
    return [job for point in study.points for job in study.jobs(point, range(1))]


class Durations(NamedTuple):
    """Seconds that jobs took: wall time, time inside jobs, processor time of this process."""

    wall: float
    in_jobs: float
    own: float


def time_jobs(jobs: list[Job], workers: int) -> Durations:
    """Return the durations of jobs in a pool whose processes are already started."""
    with (
        executors.open_executor(ExecutorSpec("processes", workers)) as opened,
        tempfile.TemporaryDirectory() as folder,
    ):
        list(run_jobs(jobs[: 4 * workers], opened))
        store = Store(Path(folder))
        with store.lock():
            start = time.perf_counter()
            own = time.process_time()
            in_jobs = 0.0
            for result in run_jobs(jobs, opened):
                store.save_result(result)
                in_jobs += result.seconds
            store.join_fresh()
            return Durations(time.perf_counter() - start, in_jobs, time.process_time() - own)


class Efficiency(NamedTuple):
    """Use of two processes.

    Attributes:
        speedup: wall time on one process / twice that on two; needs two cores without other load.
        in_jobs: share of their time that two processes spend in jobs; needs no quiet machine.
        of_processor: share of processor time spent in jobs, not in the main process; nor does this.
        job_milliseconds: wall time of a job on one process.
    """

    speedup: float
    in_jobs: float
    of_processor: float
    job_milliseconds: float


def measure_efficiency(count: int = _JOBS) -> Efficiency:
    """Return the efficiency of two processes with jobs of one small world each."""
    study = plan_small_study(count)
    jobs = _list_jobs(study)
    # One and two processes take turns, so that a drift of the machine's speed cancels.
    first_alone = time_jobs(jobs[::2], 1)
    first_both = time_jobs(jobs[::2], 2)
    second_both = time_jobs(jobs[1::2], 2)
    second_alone = time_jobs(jobs[1::2], 1)
    alone = first_alone.wall + second_alone.wall
    both = first_both.wall + second_both.wall
    in_jobs = first_both.in_jobs + second_both.in_jobs
    own = first_alone.own + second_alone.own
    work = time_job_processor(study) * count
    return Efficiency(
        speedup=alone / (2 * both),
        in_jobs=in_jobs / (2 * both),
        of_processor=work / (work + own),
        job_milliseconds=alone / count * 1e3,
    )


def time_job_processor(study: Study, count: int = 20) -> float:
    """Return the processor time of a job in seconds, from the first few of a study."""
    jobs = _list_jobs(study)[: count + 1]
    perform_job(jobs[0])
    start = time.process_time()
    for job in jobs[1:]:
        perform_job(job)
    return (time.process_time() - start) / count


def time_overhead(count: int = _JOBS) -> float:
    """Return the processor time around a job in milliseconds: planning, composing, storing."""
    template = perform_job(_list_jobs(plan_small_study(1))[0])
    start = time.process_time()
    study = plan_small_study(count)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        with store.lock():
            for job in _list_jobs(study):
                store.save_result(_copy_result(job, template))
            store.join_fresh()
    return (time.process_time() - start) / count * 1e3


def _copy_result(job: Job, result: JobResult) -> JobResult:
    """Return the result of another job as if it were that of ``job``."""
    return JobResult(job.name, job.point, job.first, job.worlds, 0.0, result.summary, result.daily)


def measure_memory(runs: int = _RUNS) -> float:
    """Return the peak memory in MB of a main process that sweeps so many runs of a point each."""
    code = (
        "from equipoise.experiments.benchmarks.sweeps import print_peak_memory; "
        f"print_peak_memory({runs})"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def print_peak_memory(runs: int) -> None:
    """Sweep tiny worlds, one per point, and print the peak memory of this process in MB.

    Raises:
        RuntimeError: if a run is missing.
    """
    study = plan_small_study(runs, "horizon=2", "community.size=20")
    with tempfile.TemporaryDirectory() as folder:
        done = run_study(study, Path(folder) / "study", ExecutorSpec("processes"))
        if done.runs != runs:
            raise RuntimeError(f"{done.runs} of {runs} runs are done")
    unit = 1e6 if sys.platform == "darwin" else 1e3  # macOS counts bytes, Linux kB
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}")


def write_synthetic_study(folder: Path) -> int:
    """Write the daily records of 10,000 runs x 420 days x 30 measures; return their bytes."""
    rng = np.random.default_rng(0)
    size = 0
    for part in range(_RUNS // _RUNS_OF_A_PART):
        path = folder / f"{part}.parquet"
        pq.write_table(_synthetic_part(part, rng), path, compression="zstd")
        size += path.stat().st_size
    return size


def _synthetic_part(part: int, rng: np.random.Generator) -> pa.Table:
    rows = _RUNS_OF_A_PART * _DAYS
    strategies = pa.array(np.full(rows, part % 12, np.int32))
    names = [f"strategy_{number}" for number in range(12)]
    columns = {
        "strategy": pa.DictionaryArray.from_arrays(strategies, names),
        "seed": np.repeat(np.arange(_RUNS_OF_A_PART), _DAYS),
        "day": np.tile(np.arange(_DAYS, dtype=np.int32), _RUNS_OF_A_PART),
    }
    steps = rng.normal(0, 0.01, (_MEASURES, rows))
    walks = steps.cumsum(axis=1).astype(np.float32)
    for number, walk in enumerate(walks):
        columns[f"measure_{number}"] = walk
    return pa.table(columns)


def time_query() -> tuple[float, int]:
    """Return the seconds of a mean by strategy and day over a synthetic study, and its bytes."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        size = write_synthetic_study(Path(folder))
        durations = []
        for number in range(3):
            query = (
                f"select strategy, day, avg(measure_{number}) "
                f"from '{folder}/*.parquet' group by all"
            )
            start = time.perf_counter()
            duckdb.connect().execute(query).fetchall()
            durations.append(time.perf_counter() - start)
        return median(durations), size


def measure_sweeps() -> Iterator[BenchmarkLine]:
    """Yield every line on sweeps; they need two cores without other load."""
    efficiency = measure_efficiency()
    yield BenchmarkLine(
        f"{_JOBS} jobs of {efficiency.job_milliseconds:.0f} ms on 2 cores: efficiency",
        f"{efficiency.speedup:.0%}",
        "at least 90 %",
    )
    yield BenchmarkLine(
        "share of their time that 2 processes spend in jobs",
        f"{efficiency.in_jobs:.0%}",
        "at least 90 %",
    )
    yield BenchmarkLine(
        "share of all processor time spent in jobs",
        f"{efficiency.of_processor:.0%}",
        "at least 90 %",
    )
    yield BenchmarkLine(
        "own cost of a job, composing included", f"{time_overhead():.1f} ms", "under 15 ms"
    )
    yield BenchmarkLine("main process of 10,000 runs", f"{measure_memory():.0f} MB", "under 500 MB")
    seconds, size = time_query()
    yield BenchmarkLine(
        f"query of 10,000 runs x 420 days x 30 measures ({size / 1e6:.0f} MB)",
        f"{seconds:.2f} s",
        "under 1 s",
    )


if __name__ == "__main__":
    print_benchmark("Sweeps (two cores)", measure_sweeps())
