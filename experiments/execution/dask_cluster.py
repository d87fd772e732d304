"""A Dask cluster as an executor: one started for as long as it is needed, or the user's own."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import dask
import distributed

from equipoise.errors import EquipoiseError
from equipoise.experiments.execution.executor_types import (
    ONE_THREAD,
    ExecutorSpec,
    OpenExecutor,
    count_cores,
)

# Deaths of workers before a job is given up: the first worker may have died for another reason.
_ALLOWED_FAILURES = 1
_CHECK_INTERVAL = 1.0  # seconds between checks of the workers
_MAX_SECONDS_WITHOUT_WORKERS = 120.0
_DASK_SETTINGS = {
    "distributed.scheduler.allowed-failures": _ALLOWED_FAILURES,
    # On a busy machine a worker takes that long to start.
    "distributed.deploy.lost-worker-timeout": "20s",
    **{f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in ONE_THREAD.items()},
}


@contextlib.contextmanager
def open_dask_executor(spec: ExecutorSpec) -> Iterator[OpenExecutor]:
    """Open a cluster for the duration of a block.

    Raises:
        EquipoiseError: if there is no scheduler at the address.
    """
    wanted = spec.workers or count_cores()
    with dask.config.set(_DASK_SETTINGS), contextlib.ExitStack() as stack:
        cluster = None
        if not spec.scheduler:
            cluster = stack.enter_context(_start_cluster(wanted))
        client = stack.enter_context(_connect(spec.scheduler or cluster, spec.patience))
        workers = max(sum(client.nthreads().values()), 1)
        executor = client.get_executor(pure=False)
        stack.callback(executor.shutdown, wait=False)
        yield OpenExecutor(
            executor,
            workers,
            ahead=3 * workers,
            blame=(distributed.KilledWorker,),
            tend=_WorkerKeeper(client, cluster, wanted).tend,
        )


def _connect(scheduler: Any, patience: float) -> Any:
    """Return a client of the scheduler at an address, or of a cluster started here."""
    try:
        return distributed.Client(scheduler, timeout=patience, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        reason = " ".join(str(error).split())
        raise EquipoiseError(f"there is no Dask scheduler at {scheduler}: {reason}") from None


def _start_cluster(workers: int) -> Any:
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs="CRITICAL",
    )


class _WorkerKeeper:
    """Keeps workers in a cluster, and gives up a cluster without any.

    Dask gives up a worker that dies of its first job, before its nanny has seen it run: a cluster
    that was started here is asked again for all its workers. Without workers, jobs would wait for
    ever.
    """

    def __init__(self, client: Any, cluster: Any, wanted: int) -> None:
        self._client = client
        self._cluster = cluster
        self._wanted = wanted
        self._last_seen = time.monotonic()
        self._next_check = self._last_seen

    def tend(self) -> None:
        """Ask for missing workers.

        Raises:
            EquipoiseError: if there have been none for too long.
        """
        now = time.monotonic()
        if now < self._next_check:
            return
        self._next_check = now + _CHECK_INTERVAL
        if self._client.scheduler_info()["workers"]:
            self._last_seen = now
        if self._cluster is not None:
            self._cluster.scale(self._wanted)
        if now - self._last_seen > _MAX_SECONDS_WITHOUT_WORKERS:
            raise EquipoiseError(
                f"the cluster has had no worker for {_MAX_SECONDS_WITHOUT_WORKERS:g} s."
                f"{self._start_advice()} The same command goes on."
            )

    def _start_advice(self) -> str:
        if self._cluster is not None:
            return ""
        return f" Start one: dask worker {self._client.scheduler.address}."
