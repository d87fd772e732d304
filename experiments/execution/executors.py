"""Where jobs run: in this process, in a pool of processes, on a Dask cluster, by a Hydra launcher. One door for all."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError, unknown_name_message

ENGINES = ("serial", "processes", "dask")
ADDRESS = re.compile(r"(\w+://)?[^/\s]+:\d+")
LIBRARIES = ("NUMBA", "OMP", "OPENBLAS", "MKL", "POLARS")
ONE_THREAD = {f"{name}_{'MAX' if name == 'POLARS' else 'NUM'}_THREADS": "1" for name in LIBRARIES}


class Engine(NamedTuple):
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


class Door(NamedTuple):
    """An open engine: an executor, how many workers it has, and how many jobs to hand it ahead of them.

    ``blame`` is what its jobs fail with when a worker died that had them, whether or not they are the cause;
    ``tend`` is called again and again while they fly.
    """

    executor: Executor
    workers: int
    ahead: int
    blame: tuple[type[Exception], ...] = ()
    tend: Callable[[], None] = lambda: None


def cores() -> int:
    """Return how many cores this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def problems(engine: Engine, timeout: float | None = None) -> Iterator[str]:
    """Yield a line for everything that keeps an engine from being used, or jobs from being timed."""
    if timeout is not None and not (isinstance(timeout, (int, float)) and timeout > 0):
        yield f"--timeout {timeout}: give a number of seconds above 0."
    if engine.name not in ENGINES:
        from equipoise.experiments.execution import hydra_launchers

        if engine.name not in hydra_launchers.names():
            yield unknown_name_message("engine", engine.name, (*ENGINES, *hydra_launchers.names()))
    if engine.workers is not None and engine.name not in ENGINES:
        yield f"--workers: {engine.name} has a setting of its own, such as hydra.launcher.n_jobs=2 of joblib."
    elif engine.workers is not None and engine.name == "serial":
        yield f"--workers {engine.workers}: the serial engine runs one job at a time. Leave one of the two out."
    elif engine.workers is not None and not (
        isinstance(engine.workers, int) and 1 <= engine.workers <= 10_000
    ):
        yield f"--workers {engine.workers}: give a number from 1 to 10,000."
    if engine.scheduler and engine.name != "dask":
        yield f"scheduler={engine.scheduler} belongs to --engine dask; the engine is {engine.name}."
    elif engine.scheduler and not ADDRESS.fullmatch(engine.scheduler):
        yield f"scheduler={engine.scheduler} is no address. Write it as in scheduler=tcp://10.0.0.5:8786."
    if engine.overrides and engine.name in ENGINES:
        yield (
            f"{', '.join(engine.overrides)}: the engine {engine.name} has no such setting. Choose the launcher that "
            "has, as in hydra/launcher=joblib."
        )


@contextlib.contextmanager
def opened(engine: Engine | Door) -> Iterator[Door]:
    """Open an engine for a while; one that is open already stays so.

    Raises:
        EquipoiseError: when it cannot be had here.
    """
    if isinstance(engine, Door):
        yield engine
    elif engine.name == "serial":
        yield Door(Serial(), 1, 1)
    elif engine.name == "processes":
        from equipoise.experiments.execution.pool import ProcessPool

        workers = engine.workers or cores()
        with ProcessPool(workers, ONE_THREAD) as pool:
            yield Door(pool, workers, 2 * workers)
    elif engine.name == "dask":
        try:
            from equipoise.experiments.execution.dask_cluster import opened as on_dask
        except ModuleNotFoundError:
            raise EquipoiseError(
                "the engine dask needs its extra: pip install 'equipoise[cluster]'."
            ) from None
        with on_dask(engine) as door:
            yield door
    else:
        from equipoise.experiments.execution.hydra_launchers import opened as by_launcher

        with by_launcher(engine.name, engine.overrides) as executor:
            yield Door(executor, cores(), 64 * cores())


class Serial(Executor):
    """Runs each job at once, in this process: to look at it with a debugger."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run now; the future is done when it is returned."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future
