"""One job: some worlds at one point of a design, run and measured wherever there is a core. It never raises."""

from __future__ import annotations

import json
import time
import traceback
import zlib
from dataclasses import dataclass, field
from typing import Any

from equipoise.errors import EquipoiseError
from equipoise.runner import Run


@dataclass(frozen=True)
class Job:
    """What a worker is told.

    Args:
        name: the identity of settings, seeds and code.
        point: number of the design's point.
        settings: its settings, packed.
        first, worlds: number of the first replicate, and how many.
        labels: what is written beside each run: strategy, environment, and the varied settings.
        columns: daily columns to keep; none = no daily record.
        timeout: seconds that the job may take.
        code: what the numbers depend on besides settings; a worker with other code refuses.
    """

    name: str
    point: int
    settings: bytes
    first: int
    worlds: int
    labels: dict[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    timeout: float | None = None
    code: str = ""


@dataclass(frozen=True)
class JobResult:
    """What came of a job: its tables as Parquet, or what went wrong.

    ``failure`` says it in one line, empty = none; ``trace`` is the traceback.
    """

    name: str
    point: int
    first: int
    worlds: int
    seconds: float = 0.0
    summary: bytes = b""
    daily: bytes = b""
    failure: str = ""
    trace: str = ""


class JobTimeout(Exception):
    """A job took longer than it may."""


def overlap(one: range, other: range) -> bool:
    """Tell whether two blocks of worlds have any in common."""
    return one.start < other.stop and other.start < one.stop


def pack_json(data: Any) -> bytes:
    """Return plain data in few bytes."""
    return zlib.compress(json.dumps(data).encode(), 1)


def unpack_json(packed: bytes) -> Any:
    """Return packed data."""
    return json.loads(zlib.decompress(packed))


def perform_job(job: Job) -> JobResult:
    """Return what comes of a job; a failure is a result too."""
    start = time.perf_counter()
    try:
        summary, daily = _tables(job, start)
        return JobResult(
            job.name, job.point, job.first, job.worlds, time.perf_counter() - start, summary, daily
        )
    except (Exception, SystemExit) as error:
        return failed_result(
            job, error_line(error), traceback.format_exc(), time.perf_counter() - start
        )


def error_line(error: BaseException) -> str:
    """Return an error in one line."""
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, (EquipoiseError, JobTimeout)):
        return " ".join(str(error).split())
    return " ".join(f"{type(error).__name__}: {error}".split())


def failed_result(job: Job, why: str, trace: str = "", seconds: float = 0.0) -> JobResult:
    """Return the result of a job that failed."""
    return JobResult(job.name, job.point, job.first, job.worlds, seconds, failure=why, trace=trace)


def _tables(job: Job, start: float) -> tuple[bytes, bytes]:
    from equipoise.experiments.design import identity
    from equipoise.experiments.storage import tables

    if job.code and job.code != identity.digest(identity.canonical_json(identity.code_versions())):
        raise EquipoiseError(
            "this worker runs another version of the code. Install the same on all workers."
        )
    done = _run(job, start)
    return tables.encode_summary(job, done), tables.encode_daily(job, done) if job.columns else b""


def _run(job: Job, start: float) -> Run:
    """Return the run of a job, stopped when it takes too long: time is looked at after each day."""
    from equipoise.output.run_folder import hold
    from equipoise.runner import run
    from equipoise.settings.settings import Settings

    def look(_done: int, _days: int) -> None:
        if job.timeout and time.perf_counter() - start > job.timeout:
            raise JobTimeout(f"took longer than {job.timeout:g} s")

    data = unpack_json(job.settings)
    told_to = data | {"seed": data["seed"] + job.first, "replicates": job.worlds}
    done = run(hold(Settings.model_validate(told_to)), look)
    if not done.complete:
        raise KeyboardInterrupt
    return done
