"""Job and job result: a block of worlds at one point of a design, and its tables or its failure."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Job:
    """A block of worlds to run at one point.

    Args:
        name: identity of settings, seeds and code.
        point: number of the point in its design.
        settings: settings of the point, packed.
        first: number of the first replicate.
        worlds: number of replicates.
        labels: columns beside each run: strategy, environment and the varied settings.
        columns: daily columns to keep; none = no daily record.
        timeout: seconds that the job may take.
        code: digest of the code versions; a worker with other code refuses the job.
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
    """Tables of a finished job as Parquet or Arrow bytes, or the reason why it failed.

    Args:
        name: name of the job.
        point: number of its point.
        first: number of its first replicate.
        worlds: number of its replicates.
        seconds: time that it took.
        summary: one row per run.
        daily: one row per day of a run; empty if no daily record was asked for.
        failure: reason of a failure in one line; empty = none.
        trace: traceback of the failure.
        notes: remarks on its input files and disturbances.
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
    notes: tuple[str, ...] = ()


def failure_result(job: Job, why: str, trace: str = "", seconds: float = 0.0) -> JobResult:
    """Return the result of a job that failed."""
    return JobResult(job.name, job.point, job.first, job.worlds, seconds, failure=why, trace=trace)


def overlap(one: range, other: range) -> bool:
    """Return True if two blocks of worlds have a world in common."""
    return one.start < other.stop and other.start < one.stop


def pack_json(data: Any) -> bytes:
    """Return plain data as compressed JSON."""
    # The lowest level: jobs are packed by the thousand, and higher levels save little.
    return zlib.compress(json.dumps(data).encode(), 1)


def unpack_json(packed: bytes) -> Any:
    """Return the plain data of compressed JSON."""
    return json.loads(zlib.decompress(packed))
