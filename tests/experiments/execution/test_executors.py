"""Engines: one sweep gives the same bits on each, also when a worker of the cluster is killed half-way."""

import json
import os
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from equipoise.errors import EquipoiseError
from equipoise.experiments.execution import executors
from equipoise.experiments.execution.executor_types import ONE_THREAD, ExecutorSpec
from equipoise.experiments.execution.sweep import sweep
from equipoise.experiments.execution.sweep_runner import SilentWatcher

WORDS = ("strategy=pid_survey,do_nothing", "firm.band=range(0.01,0.07,0.01)", "replicates=2")
TINY = ("community.size=50", "horizon=30", "burn_in=0")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def table(folder, kind):
    """Return what a study holds, in one order."""
    read = pl.read_parquet(f"{folder}/{kind}/*.parquet")
    plain = read.with_columns(pl.col(pl.Categorical).cast(pl.String))
    return plain.sort(["point", "seed", "day"][: 3 if kind == "daily" else 2])


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    folder = tmp_path_factory.mktemp("serial")
    done = sweep(*WORDS, *TINY, out=folder, executor="serial", watcher=SilentWatcher())
    assert (done.jobs, done.runs, done.failures, done.complete) == (12, 24, [], True)
    return folder


def assert_same(folder, serial):
    for kind in ("summary", "daily"):
        assert table(folder, kind).equals(table(serial, kind))


# Processes give the bits of this process.
def test_processes(serial, tmp_path):
    sweep(*WORDS, *TINY, out=tmp_path, executor="processes", workers=2, watcher=SilentWatcher())
    assert_same(tmp_path, serial)


# Hydra's stock joblib launcher gives the same bits: a job of ours is an ordinary job of Hydra's.
@pytest.mark.slow
def test_joblib(serial, tmp_path, monkeypatch):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    monkeypatch.chdir(tmp_path)
    opened = ExecutorSpec("joblib", overrides=("hydra.launcher.n_jobs=1",))
    monkeypatch.setattr("equipoise.experiments.execution.sweep.ExecutorSpec", lambda *_: opened)
    done = sweep(*WORDS, *TINY, out=tmp_path / "s", executor="joblib", watcher=SilentWatcher())
    assert done.failures == []
    assert_same(tmp_path / "s", serial)
    assert [path.name for path in tmp_path.iterdir()] == ["s"], (
        "the folder for handing over is gone"
    )


class Killer(SilentWatcher):
    """Kills a process once some jobs are done."""

    def __init__(self, victim, after):
        self.victim, self.left, self.killed = victim, after, False

    def on_result(self, result):
        self.left -= 1
        if self.left == 0:
            os.kill(self.victim.pid, signal.SIGKILL)
            self.killed = self.victim.wait(10) == -signal.SIGKILL


def dask(*words):
    command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
    return subprocess.Popen(command, env=os.environ | ONE_THREAD, stderr=subprocess.DEVNULL)


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two worker processes on loopback; give the address and the workers."""
    pytest.importorskip("distributed")
    told = tmp_path / "scheduler.json"
    place = ("--host", "127.0.0.1", "--no-dashboard")
    processes = [dask("dask_scheduler", *place, "--port", "0", "--scheduler-file", str(told))]
    for name in "ab":
        known = ("--scheduler-file", str(told), "--nthreads", "1", "--no-nanny", "--name", name)
        processes.append(dask("dask_worker", *known, *place, "--local-directory", str(tmp_path)))
    end = time.monotonic() + 60
    while not (told.exists() and told.stat().st_size):
        assert time.monotonic() < end
        time.sleep(0.1)
    address = json.loads(told.read_text())["address"]
    from distributed import Client

    with Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=120)
    yield address, processes[1:]
    for process in processes:
        process.kill()
        process.wait()


# A real scheduler and two workers on loopback, one of them killed half-way: nothing fails, and the bits are the same.
@pytest.mark.slow
def test_dask_with_a_worker_killed_half_way(serial, cluster, tmp_path):
    address, workers = cluster
    killer = Killer(workers[0], after=5)
    done = sweep(
        *WORDS, *TINY, out=tmp_path / "s", executor="dask", scheduler=address, watcher=killer
    )
    assert killer.killed
    assert (done.jobs, done.runs, done.failures) == (12, 24, [])
    assert_same(tmp_path / "s", serial)


# A wrong address is one clear line.
def test_no_scheduler(tmp_path):
    pytest.importorskip("distributed")
    door = executors.open_executor(ExecutorSpec("dask", None, "tcp://127.0.0.1:9", patience=1))
    with pytest.raises(EquipoiseError, match="there is no Dask scheduler at tcp://127"):
        door.__enter__()


@pytest.mark.parametrize(
    ("executor", "line"),
    [
        (ExecutorSpec("proceses"), "Did you mean 'processes'"),
        (ExecutorSpec("serial", 0), "--workers 0"),
        (ExecutorSpec("processes", None, "tcp://x:1"), "belongs to --executor dask"),
        (ExecutorSpec("dask", None, "x"), "is no address. Write it as in scheduler=tcp://"),
        (
            ExecutorSpec("processes", None, "", ("hydra.launcher.n_jobs=2",)),
            "Choose the launcher that has",
        ),
    ],
)
# What cannot be had is refused before anything runs.
def test_executors_that_cannot_be(executor, line):
    assert any(line in problem for problem in executors.find_executor_problems(executor))


APPLICATION = """
import hydra
from hydra.core.plugins import Plugins
from hydra_plugins.equipoise_launcher import EquipoiseLauncher

Plugins.instance().register(EquipoiseLauncher)

@hydra.main(config_path="pkg://equipoise.configs", config_name="config", version_base="1.3")
def main(config):
    raise RuntimeError("our launcher does not call this")

main()
"""


# In somebody's Hydra application our launcher runs the jobs of `-m` as one study, and the second time there is nothing
# to do. A folder of our name where it stands does not get in the way.
@pytest.mark.slow
def test_launcher_in_a_hydra_application(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text(APPLICATION)
    (tmp_path / "equipoise").mkdir()
    (tmp_path / "equipoise" / "__init__.py").write_text("raise ImportError")
    words = [
        "hydra/launcher=equipoise",
        "strategy=oracle,do_nothing",
        f"hydra.launcher.out={tmp_path}/s",
    ]
    words += [f"+{word}" for word in TINY] + ["hydra.launcher.workers=1"]
    for earlier in (0, 2):
        before = set((tmp_path / "s").rglob("*.parquet"))
        command = [sys.executable, str(tmp_path / "app" / "app.py"), "-m", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert len(before) == (3 if earlier else 0)
    assert set(table(tmp_path / "s", "summary")["strategy"]) == {"oracle", "do_nothing"}
    assert set((tmp_path / "s").rglob("*.parquet")) == before
