"""The pool of processes: a worker may die at any moment, of anything; nobody waits for it, nothing is left of it."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.execution.executor_types import ONE_THREAD
from equipoise.experiments.execution.pool import ProcessPool, WorkerDied

pytestmark = pytest.mark.timeout(240)

CHILD = "import os, time\nif os.fork() == 0:\n    time.sleep(600)\n    os._exit(0)\n"
WRITE_HALF = """
import os
for pipe in range(3, 12):
    try: os.write(pipe, (4096).to_bytes(8, "little") + b"half of an answer")
    except OSError: pass
os._exit(3)
"""
SOON = "import os, threading\nthreading.Timer({after}, os._exit, (5,)).start()"
MOMENTS = {
    "in its job": "import os; os._exit(9)",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "a child holds its pipe": CHILD + "os.kill(os.getpid(), 9)",
    "half-way through its answer": WRITE_HALF,
    "at its answer": SOON.format(after=0.0005),
    "after its answer": SOON.format(after=0.05),
    "deaf": "import os; os.close(0)",
    "dumb": "import os; os.closerange(3, 99)",
    "an error that nobody caught": "raise ValueError",
}


@pytest.fixture(scope="module")
def pool():
    with ProcessPool(2, ONE_THREAD) as pool:
        yield pool


def outcome(future):
    """Return what came of a job: its answer, or `died`."""
    try:
        return future.result(120)
    except WorkerDied:
        return "died"


# A process that is killed takes its job with it, and only that.
def test_a_killed_process_fails_one_job(pool):
    futures = [pool.submit(math.sqrt, number) for number in range(4)]
    killed = pool.submit(os._exit, 9)
    after = [pool.submit(math.sqrt, number) for number in range(4)]
    with pytest.raises(WorkerDied, match="its worker died: exit code 9"):
        killed.result(120)
    assert [future.result(120) for future in (*futures, *after)] == [
        math.sqrt(k) for k in (0, 1, 2, 3)
    ] * 2


# The end of a process is noticed although its pipe stays open, held by a child that it left behind; the child goes too.
def test_a_pipe_held_open_keeps_nobody_waiting(pool, tmp_path):
    note = tmp_path / "child"
    lonely = f"import os, pathlib\nchild = os.fork()\nif child: pathlib.Path({str(note)!r}).write_text(str(child))\n"
    job = pool.submit(
        exec, lonely + "else:\n    import time; time.sleep(600)\nos.kill(os.getpid(), 9)"
    )
    with pytest.raises(WorkerDied, match="SIGKILL, perhaps out of memory"):
        job.result(120)
    wait_for(lambda: not alive(int(note.read_text())))


# Workers have one thread each, so that they do not fight for cores.
def test_workers_have_one_thread(pool):
    assert pool.submit(os.getenv, "NUMBA_NUM_THREADS").result(120) == "1"


# What cannot be pickled fails its own job, in words.
def test_a_job_that_cannot_be_sent(pool):
    with pytest.raises(Exception, match="local object"):
        pool.submit(lambda: 1).result(120)
    assert pool.submit(abs, -1).result(120) == 1


# A process that dies at its start is replaced; only when none can be started at all is that said.
def test_a_process_that_cannot_be_started(monkeypatch):
    with ProcessPool(1, ONE_THREAD) as pool:
        job = pool.submit(abs, -1)
        wait_for(lambda: pool._workers)
        next(iter(pool._workers)).process.kill()
        assert job.result(120) == 1
    monkeypatch.setattr(
        "equipoise.experiments.execution.pool._WORKER_CODE", "import sys; sys.exit(4)"
    )
    cause = r"no worker process can be started; its worker died: exit code 4\."
    with ProcessPool(1, ONE_THREAD) as pool, pytest.raises(EquipoiseError, match=cause):
        pool.submit(abs, -1).result(120)


# Round after round of workers that die at every moment there is: each job ends, and the pool stays of use.
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_dying_at_every_moment(pool):
    for number, act in enumerate([*MOMENTS.values()] * 2):
        others = [pool.submit(math.sqrt, 4) for _ in range(number % 4)]
        dying = pool.submit(exec, act)
        if number % 5 == 4:
            for worker in [*pool._workers]:
                worker.process.kill()
        assert outcome(dying) in (None, "died")
        assert {outcome(other) for other in others} <= {2.0, "died"}
    settled = {outcome(pool.submit(math.sqrt, 4)) for _ in range(4)}
    assert 2.0 in settled


MASTER = """
import os, sys, time
from equipoise.experiments.execution.executors import ONE_THREAD
from equipoise.experiments.execution.pool import ProcessPool
with ProcessPool(2, ONE_THREAD) as pool:
    jobs = [pool.submit(time.sleep, 600) for _ in range(4)]
    while len(pool._workers) < 2:
        time.sleep(0.01)
    child = os.fork()
    if child == 0:
        time.sleep(600)
    print(child, *(worker.process.pid for worker in pool._workers), flush=True)
    time.sleep(600)
"""


# kill -9 of the master: its workers are gone in a moment, also where a child of its holds their pipes open.
def test_workers_leave_with_their_master():
    master = subprocess.Popen([sys.executable, "-c", MASTER], stdout=subprocess.PIPE, text=True)
    child, *workers = map(int, master.stdout.readline().split())
    try:
        master.kill()
        master.wait()
        assert len(workers) == 2
        wait_for(lambda: not any(alive(pid) for pid in workers), seconds=15)
    finally:
        os.kill(child, signal.SIGKILL)
        master.stdout.close()


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def alive(pid):
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
