"""A pool of processes of which any may die: its job fails, the others do not, and another takes its place.

The pools of the standard library break as a whole when one process is killed, and cannot stop a job that takes too
long. Workers are started as a module of their own, so nothing of the caller's script or notebook is run again.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError
from equipoise.experiments.sweeps.worker import receive, send

BEGIN = "import sys; sys.path[:] = {path!r}; from equipoise.experiments.sweeps.worker import main; main()"
GRACE = 5.0  # seconds beyond a job's own time-out, which it keeps itself unless it hangs within a day


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
        self._processes: set[subprocess.Popen[bytes]] = set()
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
        for process in [*self._processes]:
            process.kill()
        for thread in self._threads if wait else ():
            thread.join()

    def _serve(self) -> None:
        """Keep one process busy, and replace it when it dies."""
        process: subprocess.Popen[bytes] | None = None
        while (task := self._tasks.get()) is not None and not self._closed:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                process = process if process and process.poll() is None else self._started()
                task.future.set_result(self._done(process, task))
            except Exception as error:
                task.future.set_exception(error)
                self._bury(process)
                process = None
        self._bury(process)

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", BEGIN.format(path=sys.path)],  # the same modules as here, wherever we stand
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            start_new_session=os.name == "posix",  # Ctrl-C is for the master alone
        )
        self._processes.add(process)
        if self._closed:
            process.kill()
        try:
            receive(process.stdout)  # type: ignore[arg-type]
        except EOFError:
            raise EquipoiseError(f"a worker process could not be started: it ended with {_end(process)}.") from None
        return process

    def _done(self, process: subprocess.Popen[bytes], task: _Task) -> Any:
        limit = getattr(task.arguments[0], "timeout", None) if task.arguments else None
        overstayed = threading.Event()

        def stop() -> None:
            overstayed.set()
            process.kill()

        timer = threading.Timer((limit or 0) + GRACE, stop)
        if limit:
            timer.start()
        try:
            send(process.stdin, (task.act, task.arguments))  # type: ignore[arg-type]
            return receive(process.stdout)  # type: ignore[arg-type]
        except (EOFError, OSError):
            if overstayed.is_set():
                raise WorkerDied(f"took longer than {limit:g} s, and was killed") from None
            raise WorkerDied(f"its worker died: {_end(process)}") from None
        finally:
            timer.cancel()

    def _bury(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is None:
            return
        process.kill()
        process.wait()
        self._processes.discard(process)
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()


def _end(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in signal.valid_signals() else f"signal {-code}"
    return f"{name}, perhaps out of memory" if name == "SIGKILL" else name
