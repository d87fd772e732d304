"""A pool of processes of which any may die: its job fails, the others do not, and another takes its place.

The pools of the standard library break as a whole when one process is killed, and cannot stop a job that takes too
long. Workers are started as a module of their own, so nothing of the caller's script or notebook is run again.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError
from equipoise.experiments.execution.worker import receive, send

BEGIN = "import sys; sys.path[:] = {path!r}; from equipoise.experiments.execution.worker import main; main({master})"
GRACE = (
    5.0  # seconds beyond a job's own time-out, which it keeps itself unless it hangs within a day
)
TICK = 0.2  # seconds between looks whether a worker is alive and in time
LAST = 1.0  # seconds for what a worker said before it died, and for a dumb one to die
STARTS = 3  # processes that may die at their start, one after the other


class WorkerDied(RuntimeError):
    """The process that did a job is gone."""


class _Task(NamedTuple):
    future: Future[Any]
    act: Callable[..., Any]
    arguments: tuple[Any, ...]


class ProcessPool(Executor):
    """Runs jobs in processes of their own, each with one thread.

    Args:
        workers: how many processes.
        environment: variables for them, beside this process's.
    """

    def __init__(self, workers: int, environment: Mapping[str, str]) -> None:
        self._environment = os.environ | dict(environment)
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._workers: set[_Worker] = set()
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand a job to the next free process. A job with a ``timeout`` is killed when it overstays it."""
        future: Future[Any] = Future()
        self._tasks.put(_Task(future, fn, args))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop all processes, at once: whoever closes the pool has waited for what he wants."""
        self._closed = True
        for _ in self._threads:
            self._tasks.put(None)
        for worker in [*self._workers]:
            worker.process.kill()
        for thread in self._threads if wait else ():
            thread.join()

    def _serve(self) -> None:
        """Keep one process busy, and replace it when it dies."""
        worker: _Worker | None = None
        while (task := self._tasks.get()) is not None and not self._closed:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                if worker is None or worker.process.poll() is not None:
                    self._bury(worker)
                    worker = self._started()
                task.future.set_result(worker.done(task))
            except Exception as error:
                task.future.set_exception(error)
                self._bury(worker)
                worker = None
        self._bury(worker)

    def _started(self, attempts: int = STARTS) -> _Worker:
        worker = _Worker(self._environment)
        self._workers.add(worker)
        if self._closed:
            worker.process.kill()
        try:
            worker.answer()
            return worker
        except WorkerDied as error:
            self._bury(worker)
            if attempts == 1 or self._closed:
                raise EquipoiseError(f"no worker process can be started; {error}.") from None
        return self._started(attempts - 1)

    def _bury(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            self._workers.discard(worker)


class _Worker:
    """A process, and a thread that takes what it says.

    Its end is looked for beside its words: a child that it leaves behind may hold its pipe open.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        begin = BEGIN.format(
            path=sys.path, master=os.getpid()
        )  # the same modules as here, wherever we stand
        self.process = subprocess.Popen(
            [sys.executable, "-c", begin],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=os.name == "posix",  # Ctrl-C is for the master alone
        )
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError, ValueError):
            while True:
                self._said.put(receive(self.process.stdout))  # type: ignore[arg-type]
        self._said.put(b"")

    def done(self, task: _Task) -> Any:
        """Return what comes of a task.

        Raises:
            WorkerDied: when the process dies of it, or overstays the task's time.
        """
        with contextlib.suppress(OSError):  # it is dead, and its end will be told
            send(self.process.stdin, (task.act, task.arguments))  # type: ignore[arg-type]
        return self.answer(getattr(task.arguments[0], "timeout", None) if task.arguments else None)

    def answer(self, limit: float | None = None) -> Any:
        """Return what the process says next; after ``limit`` seconds and some grace it is killed."""
        end = time.monotonic() + limit + GRACE if limit else math.inf
        while time.monotonic() < end:
            gone = (
                self.process.poll() is not None
            )  # looked at first: what it said before its end still counts
            with contextlib.suppress(queue.Empty):
                if said := self._said.get(timeout=LAST if gone else TICK):
                    return pickle.loads(said)
                gone = True
            if gone:
                raise WorkerDied(f"its worker died: {self._end()}")
        self.process.kill()
        raise WorkerDied(f"took longer than {limit:g} s, and was killed")

    def _end(self) -> str:
        try:
            code = self.process.wait(LAST)
        except subprocess.TimeoutExpired:
            return "it closed its pipe"
        if code >= 0:
            return f"exit code {code}"
        name = signal.Signals(-code).name if -code in signal.valid_signals() else f"signal {-code}"
        return f"{name}, perhaps out of memory" if name == "SIGKILL" else name

    def end(self) -> None:
        """Kill the process and what it has started, and leave nothing of it."""
        self.process.kill()
        self.process.wait()
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self._listener.join(LAST)
        pipes = (
            [self.process.stdin]
            if self._listener.is_alive()
            else [self.process.stdin, self.process.stdout]
        )
        for pipe in pipes:
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
