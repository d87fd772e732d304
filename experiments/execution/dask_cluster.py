"""A Dask cluster as an executor: one started here for as long as it is needed, or somebody's own."""

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

RETRIES = 1  # workers that may die of a job before it is given up: the first may have died of something else
LOOK = 1.0  # seconds between looks at the workers
LONELY = 120.0  # seconds without any worker before the cluster is given up
SETTINGS = (
    {
        "distributed.scheduler.allowed-failures": RETRIES,
        "distributed.deploy.lost-worker-timeout": "20s",  # a worker's start takes as long on a busy machine
    }
    | {f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in ONE_THREAD.items()}
)


@contextlib.contextmanager
def open_dask_executor(spec: ExecutorSpec) -> Iterator[OpenExecutor]:
    """Open a cluster for a while.

    Raises:
        EquipoiseError: when there is none at the address.
    """
    wanted = spec.workers or count_cores()
    with dask.config.set(SETTINGS), contextlib.ExitStack() as stack:
        own = None if spec.scheduler else stack.enter_context(_started(wanted))
        where = spec.scheduler or own
        try:
            client = stack.enter_context(
                distributed.Client(where, timeout=spec.patience, set_as_default=False)
            )
        except (OSError, ValueError, TimeoutError) as error:
            why = " ".join(str(error).split())
            raise EquipoiseError(f"there is no Dask scheduler at {where}: {why}") from None
        workers = max(sum(client.nthreads().values()), 1)
        executor = client.get_executor(pure=False)
        stack.callback(executor.shutdown, wait=False)
        yield OpenExecutor(
            executor,
            workers,
            3 * workers,
            (distributed.KilledWorker,),
            _Keeper(client, own, wanted).tend,
        )


def _started(workers: int) -> Any:
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs="CRITICAL",
    )


class _Keeper:
    """Looks after a cluster's workers.

    Dask gives a worker up that dies of its first job, before its nanny has seen it run: a cluster of our own is asked
    again for all its workers. Without any worker jobs would wait for ever.
    """

    def __init__(self, client: Any, own: Any, wanted: int) -> None:
        self._client, self._own, self._wanted = client, own, wanted
        self._seen = self._next = time.monotonic()

    def tend(self) -> None:
        """See to it that there are workers.

        Raises:
            EquipoiseError: when there have been none for long.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK
        if self._client.scheduler_info()["workers"]:
            self._seen = now
        if self._own is not None:
            self._own.scale(self._wanted)
        if now - self._seen > LONELY:
            start = (
                ""
                if self._own is not None
                else f" Start one: dask worker {self._client.scheduler.address}."
            )
            raise EquipoiseError(
                f"the cluster has had no worker for {LONELY:g} s.{start} The same command goes on."
            )
