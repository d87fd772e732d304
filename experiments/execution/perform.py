"""Run one job and measure it, on any worker. A failure is a result; nothing is raised."""

from __future__ import annotations

import time
import traceback

from equipoise.errors import EquipoiseError
from equipoise.experiments.design import identity
from equipoise.experiments.design.job import Job, JobResult, failure_result, unpack_json
from equipoise.experiments.storage import tables
from equipoise.output.run_folder import hold_network
from equipoise.runner import Run, run
from equipoise.settings.settings import Settings


class JobTimeout(Exception):
    """A job took longer than it may."""


def perform_job(job: Job) -> JobResult:
    """Run a job and return its tables, or its failure."""
    start = time.perf_counter()
    try:
        finished = _run_worlds(job, start)
        summary = tables.encode_summary(job, finished)
        daily = tables.encode_daily(job, finished) if job.columns else b""
    except (Exception, SystemExit) as error:
        trace = traceback.format_exc()
        return failure_result(job, error_line(error), trace, time.perf_counter() - start)
    seconds = time.perf_counter() - start
    return JobResult(
        name=job.name,
        point=job.point,
        first=job.first,
        worlds=job.worlds,
        seconds=seconds,
        summary=summary,
        daily=daily,
        notes=finished.notes,
    )


def error_line(error: BaseException) -> str:
    """Return an error in one line; user errors without their type."""
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, (EquipoiseError, JobTimeout)):
        return " ".join(str(error).split())
    # A note names the part of the firm, and the day.
    line = f"{type(error).__name__}: {error}"
    for note in getattr(error, "__notes__", ()):
        line = f"{line.rstrip('.')}. {note}"
    return " ".join(line.split())


def _run_worlds(job: Job, start: float) -> Run:
    """Return the run of a job; the time-out is checked after each day.

    Raises:
        EquipoiseError: if this worker has other code than the process that planned the job.
    """
    if job.code and job.code != identity.code_digest():
        raise EquipoiseError(
            "this worker runs another version of the code, or a processor without the features of "
            "this one. Install the same on all workers."
        )

    def check_time(_day: int, _days: int) -> None:
        if job.timeout and time.perf_counter() - start > job.timeout:
            raise JobTimeout(f"took longer than {job.timeout:g} s")

    data = unpack_json(job.settings)
    worlds = {"seed": data["seed"] + job.first, "replicates": job.worlds}
    settings = hold_network(Settings.model_validate(data | worlds))
    return run(settings, check_time)
