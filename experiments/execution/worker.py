"""A worker process of the pool: jobs come in by one pipe, results go out by another. It dies with its master."""

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

HEAD = struct.Struct("<Q")
LOOK = 1.0  # seconds between looks for the master


def send(pipe: BinaryIO, what: Any) -> None:
    """Send an object, its length before it."""
    body = pickle.dumps(what, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(HEAD.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes:
    """Return the next object, pickled: whoever takes it apart bears what comes of that.

    Raises:
        EOFError: when the other side is gone, also in the middle of an object.
    """
    (length,) = HEAD.unpack(_exactly(pipe, HEAD.size))
    return _exactly(pipe, length)


def _exactly(pipe: BinaryIO, length: int) -> bytes:
    body = pipe.read(length)
    if body is None or len(body) < length:
        raise EOFError
    return body


def _listen(pipe: BinaryIO, jobs: queue.SimpleQueue[bytes]) -> None:
    """Hand on what comes; when the master is gone, whatever it left computing is of no use."""
    try:
        while True:
            jobs.put(receive(pipe))
    except (EOFError, OSError, ValueError):
        _leave()


def guard(master: int) -> None:
    """Leave when the master is gone, also where some other child of its holds our pipe open."""
    while os.getppid() == master:
        time.sleep(LOOK)
    _leave()


def _leave() -> None:
    """End this process at once, and what its jobs have started."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _warm_up() -> None:
    """Do a small job, so that no real one's time goes into imports and into compiling the model."""
    from equipoise.experiments.design import identity
    from equipoise.experiments.design.job import Job, pack_json
    from equipoise.experiments.execution.perform import perform_job
    from equipoise.settings.schema import dump_settings
    from equipoise.settings.settings import Settings

    identity.code_versions()
    settings = Settings.model_validate({"community": {"size": 20}, "burn_in": 0, "horizon": 2})
    perform_job(Job("", 0, pack_json(dump_settings(settings)), 0, 1, columns=("day",)))


def main(master: int) -> None:
    """Do jobs until the master closes the pipe, or a job throws this process out of its way."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C goes to the whole group; the master decides
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(
        sys.stderr.fileno(), sys.stdout.fileno()
    )  # what a part prints must not fall among the results
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()
    if os.name == "posix":  # elsewhere a parent that is gone keeps its number
        threading.Thread(target=guard, args=(master,), daemon=True).start()
    try:
        _warm_up()
        send(out, "ready")
        while True:
            act, arguments = pickle.loads(jobs.get())
            send(out, act(*arguments))
    except BrokenPipeError:
        _leave()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # an orderly exit would wait for the thread that listens
