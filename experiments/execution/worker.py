"""A worker process of the pool: jobs arrive by one pipe, results leave by another.

The worker ends with the main process. It is a module of our own, as `pool` is: see there why.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import struct
import sys
import threading
import time
import traceback
from typing import Any, BinaryIO

_LENGTH = struct.Struct("<Q")  # of the pickled object that follows
_CHECK_INTERVAL = 1.0  # seconds between checks of the main process


def send(pipe: BinaryIO, message: Any) -> None:
    """Send an object: the length of its pickle, then the pickle."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes:
    """Return the next object, still pickled, so that unpickling errors surface in the caller.

    Raises:
        EOFError: if the other side is gone, also in the middle of an object.
    """
    (length,) = _LENGTH.unpack(_read_exactly(pipe, _LENGTH.size))
    return _read_exactly(pipe, length)


def _read_exactly(pipe: BinaryIO, length: int) -> bytes:
    body = pipe.read(length)
    if body is None or len(body) < length:
        raise EOFError
    return body


def _listen(pipe: BinaryIO, jobs: queue.SimpleQueue[bytes]) -> None:
    """Put arriving jobs into the queue; end this process when the main process closes the pipe."""
    try:
        while True:
            jobs.put(receive(pipe))
    except (EOFError, OSError, ValueError):
        _exit_at_once()


def exit_with_parent(parent: int) -> None:
    """End this process when its parent is gone.

    The pipe alone does not tell: another child of the parent may hold it open.
    """
    while os.getppid() == parent:
        time.sleep(_CHECK_INTERVAL)
    _exit_at_once()


def _exit_at_once() -> None:
    """End this process and the processes that its jobs have started."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _warm_up() -> None:
    """Run a small job: imports and compilation must not count as time of the first real one."""
    # Imported here, where errors are reported: the main process imports this module as well.
    from equipoise.experiments.design import identity
    from equipoise.experiments.design.job import Job, pack_json
    from equipoise.experiments.execution.perform import perform_job
    from equipoise.settings.schema import dump_settings
    from equipoise.settings.settings import Settings

    identity.code_versions()
    settings = Settings.model_validate({"community": {"size": 20}, "burn_in": 0, "horizon": 2})
    packed = pack_json(dump_settings(settings))
    perform_job(Job("", point=0, settings=packed, first=0, worlds=1, columns=("day",)))


def _call(function: Any, arguments: Any) -> Any:
    """Return the result of a job, or a KeyboardInterrupt that a part of the firm raised."""
    try:
        return function(*arguments)
    except KeyboardInterrupt as interrupt:
        # Ctrl-C itself does not reach a worker; the main process decides.
        return interrupt


def run_worker(parent: int) -> None:
    """Do jobs until the main process closes the pipe, or a job breaks this process.

    Args:
        parent: process id of the main process.
    """
    # Ctrl-C reaches the whole group; the main process decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    results = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a part of the firm prints must not fall among the results.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()
    if os.name == "posix":  # on Windows, a parent that is gone keeps its number
        threading.Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    try:
        _warm_up()
        send(results, "ready")
        while True:
            function, arguments = pickle.loads(jobs.get())
            send(results, _call(function, arguments))
    except BrokenPipeError:
        _exit_at_once()
    except BaseException:
        traceback.print_exc()
        # An orderly exit would wait for the thread that listens.
        os._exit(1)
