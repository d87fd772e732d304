"""Chosen and opened executors: the types that all executors share."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

# Jobs run side by side, one a core: threads inside a job would only compete with the other jobs.
ONE_THREAD = {
    "NUMBA_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
}


class ExecutorSpec(NamedTuple):
    """The user's choice of an executor.

    Args:
        name: serial, processes, dask, or the name of a Hydra launcher.
        workers: number of workers; None = one a core.
        scheduler: address of a Dask scheduler; empty = a cluster on this machine.
        overrides: further settings of a Hydra launcher.
        patience: seconds to wait for a scheduler.
    """

    name: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    overrides: tuple[str, ...] = ()
    patience: float = 30.0

    def count_workers(self) -> int:
        """Return the number of workers that run at once."""
        if self.name == "serial":
            return 1
        return self.workers or count_cores()


def _do_nothing() -> None:
    """Tend an executor that needs no care."""


class OpenExecutor(NamedTuple):
    """An executor that is open.

    Args:
        executor: takes the jobs.
        workers: number of its workers.
        ahead: number of jobs to submit ahead of the workers.
        blame: errors of all jobs that a dying worker had, whether or not they are the cause.
        tend: called again and again while jobs run.
    """

    executor: Executor
    workers: int
    ahead: int
    blame: tuple[type[Exception], ...] = ()
    tend: Callable[[], None] = _do_nothing


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    with contextlib.suppress(AttributeError):  # absent on Windows and macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
