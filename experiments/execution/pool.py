"""A pool of processes in which the death of a process fails one job, and another takes its place.

Why our own: `concurrent.futures.ProcessPoolExecutor` breaks as a whole when one process is killed,
and cannot stop a job that takes too long. `pebble` can do both, but its workers survive a killed
main process while they compute, and import the caller's script again. Ours are started as a module
of their own: nothing of the caller's script or notebook runs again.
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

# Modules are found by the same path as here, wherever the worker is started.
_WORKER_CODE = """
import sys
sys.path[:] = {path!r}
from equipoise.experiments.execution.worker import run_worker
run_worker({parent})
"""
# Seconds beyond a job's own time-out. The job keeps it itself unless it hangs within a day.
_GRACE = 5.0
_CHECK_INTERVAL = 0.2  # seconds between checks that a worker is alive and in time
_LAST_WORDS = 1.0  # seconds to wait for the last output of a worker, and for its end
_MAX_START_ATTEMPTS = 3  # processes that may die at their start, one after the other


class WorkerDied(RuntimeError):
    """The process that had a job is gone."""


class _Task(NamedTuple):
    future: Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def timeout(self) -> float | None:
        """Return the time-out of the task's job, in seconds."""
        return getattr(self.arguments[0], "timeout", None) if self.arguments else None


class ProcessPool(Executor):
    """Runs jobs in processes, one job a process at a time.

    Args:
        workers: number of processes.
        environment: environment variables for them, beside those of this process.
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
        """Hand a job to the next free process; a job with a ``timeout`` is killed after it."""
        future: Future[Any] = Future()
        self._tasks.put(_Task(future, fn, args))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Kill all processes at once: the caller has waited for every result that it wants."""
        self._closed = True
        for _ in self._threads:
            self._tasks.put(None)
        for worker in list(self._workers):
            worker.process.kill()
        if wait:
            for thread in self._threads:
                thread.join()

    def _serve(self) -> None:
        """Keep one process busy; replace it when it dies."""
        worker: _Worker | None = None
        while (task := self._tasks.get()) is not None and not self._closed:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                if worker is None or worker.process.poll() is not None:
                    self._remove(worker)
                    worker = self._start_worker()
                answer = worker.run(task)
                if isinstance(answer, KeyboardInterrupt):
                    task.future.set_exception(answer)
                else:
                    task.future.set_result(answer)
            except Exception as error:
                task.future.set_exception(error)
                self._remove(worker)
                worker = None
        self._remove(worker)

    def _start_worker(self, attempts: int = _MAX_START_ATTEMPTS) -> _Worker:
        """Return a worker that is ready.

        Raises:
            EquipoiseError: if none can be started.
        """
        worker = _Worker(self._environment)
        self._workers.add(worker)
        if self._closed:
            worker.process.kill()
        try:
            worker.wait_for_answer()
            return worker
        except WorkerDied as error:
            self._remove(worker)
            if attempts == 1 or self._closed:
                raise EquipoiseError(f"no worker process can be started; {error}.") from None
        return self._start_worker(attempts - 1)

    def _remove(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            self._workers.discard(worker)


class _Worker:
    """A process, and a thread that receives its results.

    The end of the process is checked beside its pipe: a child that it leaves behind may hold the
    pipe open.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        code = _WORKER_CODE.format(path=sys.path, parent=os.getpid())
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=os.name == "posix",  # Ctrl-C is for the main process alone
        )
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        """Put results into the queue; an empty one marks the end of the pipe."""
        with contextlib.suppress(EOFError, OSError, ValueError):
            while True:
                self._answers.put(receive(self.process.stdout))  # type: ignore[arg-type]
        self._answers.put(b"")

    def run(self, task: _Task) -> Any:
        """Return the result of a task.

        Raises:
            WorkerDied: if the process dies of it, or is killed after the task's time-out.
        """
        # Of a dead process the pipe is closed; `wait_for_answer` finds out why.
        with contextlib.suppress(OSError):
            send(self.process.stdin, (task.function, task.arguments))  # type: ignore[arg-type]
        return self.wait_for_answer(task.timeout())

    def wait_for_answer(self, limit: float | None = None) -> Any:
        """Return the next result.

        Args:
            limit: seconds after which, and after some grace, the process is killed.

        Raises:
            WorkerDied: if the process dies or is killed.
        """
        end = time.monotonic() + limit + _GRACE if limit else math.inf
        while time.monotonic() < end:
            # The process is checked before its answers: what it sent before its end counts.
            is_dead = self.process.poll() is not None
            wait = _LAST_WORDS if is_dead else _CHECK_INTERVAL
            with contextlib.suppress(queue.Empty):
                answer = self._answers.get(timeout=wait)
                if answer:
                    return pickle.loads(answer)
                is_dead = True
            if is_dead:
                raise WorkerDied(f"its worker died: {self._describe_end()}")
        self.process.kill()
        raise WorkerDied(f"took longer than {limit:g} s, and was killed")

    def _describe_end(self) -> str:
        """Return exit code or signal of the process."""
        try:
            code = self.process.wait(_LAST_WORDS)
        except subprocess.TimeoutExpired:
            return "it closed its pipe"
        if code >= 0:
            return f"exit code {code}"
        if -code not in signal.valid_signals():
            return f"signal {-code}"
        name = signal.Signals(-code).name
        return f"{name}, perhaps out of memory" if name == "SIGKILL" else name

    def end(self) -> None:
        """Kill the process and the processes that it has started, and close its pipes."""
        self.process.kill()
        self.process.wait()
        if os.name == "posix":
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self._listener.join(_LAST_WORDS)
        pipes = [self.process.stdin]
        if not self._listener.is_alive():
            # A listener that still reads would block the close.
            pipes.append(self.process.stdout)
        for pipe in pipes:
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
