"""Open the executor that the user chose: serial, a pool of processes, Dask, or a Hydra launcher."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

from equipoise.errors import EquipoiseError, unknown_name_message
from equipoise.experiments.execution.executor_types import (
    ONE_THREAD,
    ExecutorSpec,
    OpenExecutor,
    count_cores,
)
from equipoise.experiments.execution.pool import ProcessPool

EXECUTORS = ("serial", "processes", "dask")
_ADDRESS = re.compile(r"(\w+://)?[^/\s]+:\d+")
_MAX_WORKERS = 10_000


def find_executor_problems(spec: ExecutorSpec, timeout: float | None = None) -> Iterator[str]:
    """Yield a line for every problem of a chosen executor and of a job's time-out."""
    if timeout is not None and not (isinstance(timeout, (int, float)) and timeout > 0):
        yield f"--timeout {timeout}: give a number of seconds above 0."
    if spec.name not in EXECUTORS:
        yield from _launcher_problems(spec.name)
    if spec.workers is not None:
        yield from _worker_problems(spec.name, spec.workers)
    if spec.scheduler:
        yield from _scheduler_problems(spec.name, spec.scheduler)
    if spec.overrides and spec.name in EXECUTORS:
        yield (
            f"{', '.join(spec.overrides)}: the executor {spec.name} has no such setting. "
            "Choose the launcher that has, as in hydra/launcher=joblib."
        )


def _launcher_problems(name: str) -> Iterator[str]:
    # Hydra takes long to import and is needed by its own launchers only.
    from equipoise.experiments.execution.hydra_launchers import launcher_names

    launchers = launcher_names()
    if name not in launchers:
        yield unknown_name_message("executor", name, (*EXECUTORS, *launchers))


def _worker_problems(name: str, workers: Any) -> Iterator[str]:
    if name not in EXECUTORS:
        yield (
            f"--workers: {name} has a setting of its own, "
            "such as hydra.launcher.n_jobs=2 of joblib."
        )
    elif name == "serial":
        yield (
            f"--workers {workers}: the serial executor runs one job at a time. "
            "Leave one of the two out."
        )
    elif not (isinstance(workers, int) and 1 <= workers <= _MAX_WORKERS):
        yield f"--workers {workers}: give a number from 1 to {_MAX_WORKERS:,}."


def _scheduler_problems(name: str, address: str) -> Iterator[str]:
    if name != "dask":
        yield f"scheduler={address} belongs to --executor dask; the executor is {name}."
    elif not _ADDRESS.fullmatch(address):
        yield (f"scheduler={address} is no address. Write it as in scheduler=tcp://10.0.0.5:8786.")


@contextlib.contextmanager
def open_executor(executor: ExecutorSpec | OpenExecutor) -> Iterator[OpenExecutor]:
    """Open an executor for the duration of a block; leave one that is open already as it is.

    Raises:
        EquipoiseError: if the executor is not available here.
    """
    if isinstance(executor, OpenExecutor):
        yield executor
    elif executor.name == "serial":
        yield OpenExecutor(SerialExecutor(), workers=1, ahead=1)
    elif executor.name == "processes":
        workers = executor.workers or count_cores()
        with ProcessPool(workers, ONE_THREAD) as pool:
            yield OpenExecutor(pool, workers, ahead=2 * workers)
    elif executor.name == "dask":
        with _open_dask(executor) as cluster:
            yield cluster
    else:
        # Hydra takes long to import and is needed by its own launchers only.
        from equipoise.experiments.execution.hydra_launchers import open_launcher_executor

        with open_launcher_executor(executor.name, executor.overrides) as launcher:
            yield OpenExecutor(launcher, count_cores(), ahead=64 * count_cores())


def _open_dask(spec: ExecutorSpec) -> contextlib.AbstractContextManager[OpenExecutor]:
    try:
        # Dask is an optional extra.
        from equipoise.experiments.execution.dask_cluster import open_dask_executor
    except ModuleNotFoundError:
        raise EquipoiseError(
            "the executor dask needs its extra: pip install 'equipoise[cluster]'."
        ) from None
    return open_dask_executor(spec)


class SerialExecutor(Executor):
    """Runs each job at once in this process, so that a debugger can follow it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the job and return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future
