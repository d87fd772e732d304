"""Where jobs run: in this process, in a pool of processes, on a Dask cluster, by a Hydra launcher. One door for all."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError, unknown_name_message

EXECUTORS = ("serial", "processes", "dask")
_ADDRESS = re.compile(r"(\w+://)?[^/\s]+:\d+")
_LIBRARIES = ("NUMBA", "OMP", "OPENBLAS", "MKL", "POLARS")
ONE_THREAD = {f"{name}_{'MAX' if name == 'POLARS' else 'NUM'}_THREADS": "1" for name in _LIBRARIES}


class ExecutorSpec(NamedTuple):
    """What was chosen.

    Args:
        name: serial, processes, dask, or the name of a Hydra launcher.
        workers: how many; None = one a core.
        scheduler: address of a Dask scheduler; empty = a cluster on this machine is started and stopped.
        overrides: further settings of a Hydra launcher.
        patience: seconds to wait for a scheduler.
    """

    name: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    overrides: tuple[str, ...] = ()
    patience: float = 30.0


class OpenExecutor(NamedTuple):
    """An open executor: an executor, how many workers it has, and how many jobs to hand it ahead of them.

    ``blame`` is what its jobs fail with when a worker died that had them, whether or not they are the cause;
    ``tend`` is called again and again while they fly.
    """

    executor: Executor
    workers: int
    ahead: int
    blame: tuple[type[Exception], ...] = ()
    tend: Callable[[], None] = lambda: None


def count_cores() -> int:
    """Return how many cores this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def find_executor_problems(executor: ExecutorSpec, timeout: float | None = None) -> Iterator[str]:
    """Yield a line for everything that keeps an executor from being used, or jobs from being timed."""
    if timeout is not None and not (isinstance(timeout, (int, float)) and timeout > 0):
        yield f"--timeout {timeout}: give a number of seconds above 0."
    if executor.name not in EXECUTORS:
        from equipoise.experiments.execution import hydra_launchers

        if executor.name not in hydra_launchers.launcher_names():
            yield unknown_name_message(
                "executor", executor.name, (*EXECUTORS, *hydra_launchers.launcher_names())
            )
    if executor.workers is not None and executor.name not in EXECUTORS:
        yield f"--workers: {executor.name} has a setting of its own, such as hydra.launcher.n_jobs=2 of joblib."
    elif executor.workers is not None and executor.name == "serial":
        yield f"--workers {executor.workers}: the serial executor runs one job at a time. Leave one of the two out."
    elif executor.workers is not None and not (
        isinstance(executor.workers, int) and 1 <= executor.workers <= 10_000
    ):
        yield f"--workers {executor.workers}: give a number from 1 to 10,000."
    if executor.scheduler and executor.name != "dask":
        yield f"scheduler={executor.scheduler} belongs to --executor dask; the executor is {executor.name}."
    elif executor.scheduler and not _ADDRESS.fullmatch(executor.scheduler):
        yield f"scheduler={executor.scheduler} is no address. Write it as in scheduler=tcp://10.0.0.5:8786."
    if executor.overrides and executor.name in EXECUTORS:
        yield (
            f"{', '.join(executor.overrides)}: the executor {executor.name} has no such setting. Choose the launcher that "
            "has, as in hydra/launcher=joblib."
        )


@contextlib.contextmanager
def open_executor(executor: ExecutorSpec | OpenExecutor) -> Iterator[OpenExecutor]:
    """Open an executor for a while; one that is open already stays so.

    Raises:
        EquipoiseError: when it cannot be had here.
    """
    if isinstance(executor, OpenExecutor):
        yield executor
    elif executor.name == "serial":
        yield OpenExecutor(SerialExecutor(), 1, 1)
    elif executor.name == "processes":
        from equipoise.experiments.execution.pool import ProcessPool

        workers = executor.workers or count_cores()
        with ProcessPool(workers, ONE_THREAD) as pool:
            yield OpenExecutor(pool, workers, 2 * workers)
    elif executor.name == "dask":
        try:
            from equipoise.experiments.execution.dask_cluster import open_dask_executor as on_dask
        except ModuleNotFoundError:
            raise EquipoiseError(
                "the executor dask needs its extra: pip install 'equipoise[cluster]'."
            ) from None
        with on_dask(executor) as door:
            yield door
    else:
        from equipoise.experiments.execution.hydra_launchers import (
            open_launcher_executor as by_launcher,
        )

        with by_launcher(executor.name, executor.overrides) as launcher:
            yield OpenExecutor(launcher, count_cores(), 64 * count_cores())


class SerialExecutor(Executor):
    """Runs each job at once, in this process: to look at it with a debugger."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run now; the future is done when it is returned."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future
