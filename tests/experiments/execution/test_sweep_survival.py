"""Sweeps that cannot be lost: jobs that fail, workers and masters that are killed, and the same command again."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

TINY = ("community.size=50", "horizon=10", "burn_in=0", "replicates=2")
PART = """
import os, signal, sys, time
from pathlib import Path
from typing import ClassVar
from equipoise.firm.control.reference_controllers import NoControl
from equipoise.settings.schema import setting

class Naughty(NoControl):
    kind: ClassVar[str] = "naughty"
    act: str = setting("fine", "what it does on the third day")
    unless: str = setting("", "a file: where it exists, nothing is done")

    def step(self, day, readings, state):
        if self.act == "slow":
            time.sleep(0.02)
        elif day == 3 and not (self.unless and Path(self.unless).exists()):
            if self.act == "raise":
                raise RuntimeError("the control center is out of order")
            if self.act == "memory":
                raise MemoryError
            if self.act == "exit":
                sys.exit(7)
            if self.act == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.act == "hang":
                time.sleep(600)
            if self.act == "print":
                print("noise", flush=True)
                os.write(1, b"more noise")
        return super().step(day, readings, state)
"""

DEADLY = "every worker that tried it died, perhaps out of memory"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def naughty(tmp_path_factory):
    """Install a part that misbehaves; give the environment in which it is found."""
    place = tmp_path_factory.mktemp("part")
    (place / "naughty_part.py").write_text(PART)
    info = place / "naughty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: naughty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[equipoise.control_centers]\nnaughty = naughty_part:Naughty\n"
    )
    (place / "control_center").mkdir()
    (place / "control_center" / "naughty.yaml").write_text("kind: naughty\nact: fine\nunless: ''\n")
    paths = os.pathsep.join([str(place), *filter(None, [os.environ.get("PYTHONPATH")])])
    return place, os.environ | {"PYTHONPATH": paths}


def command(naughty, out, *words):
    place, _ = naughty
    start = [
        sys.executable,
        "-m",
        "equipoise.experiments.cli.main",
        "sweep",
        "control_center=naughty",
        *TINY,
        *words,
    ]
    return [*start, "--config-dir", str(place), "--out", str(out)]


def sweep(naughty, out, *words):
    done = subprocess.run(
        command(naughty, out, *words), env=naughty[1], capture_output=True, text=True, timeout=240
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


@contextlib.contextmanager
def begun(naughty, out, *words):
    """Start a sweep; whatever becomes of the test, nothing of it is left."""
    with subprocess.Popen(
        command(naughty, out, *words),
        env=naughty[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def runs(out):
    """Return every run that a reader sees, by what was varied; a torn file anywhere would raise."""
    parts = sorted((out / "summary").glob("*.parquet"))
    return pl.concat([pl.read_parquet(part) for part in parts]) if parts else pl.DataFrame()


def jobs_on_disk(out):
    """Return the jobs that are safe, joined to parts or waiting for it."""
    fresh = [path.name.split(".")[0] for path in (out / "fresh").glob("*.summary.arrow")]
    table = runs(out)
    return set(fresh) | (set(table["job"]) if len(table) else set())


def wait_for(condition, process=None, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        assert process is None or process.poll() is None, "the process ended before"
        time.sleep(0.02)


# Whatever becomes of a job (exception, memory, exit, kill, hanging), the others are done; each is told, recorded with
# its traceback, and done by the same command once its trouble is over.
def test_failing_jobs_touch_no_other_and_are_retried(naughty, tmp_path):
    mended = tmp_path / "mended"
    words = (
        "control_center.act=fine,raise,memory,exit,die,hang,print",
        f"control_center.unless='{mended}'",
    )
    words = (*words, "--workers", "2", "--timeout", "3")
    done = sweep(naughty, tmp_path / "s", *words)
    assert done.returncode == 1
    assert set(runs(tmp_path / "s")["control_center.act"]) == {"fine", "print"}
    failures = {
        each["point"]: each
        for each in map(json.loads, (p.read_text() for p in (tmp_path / "s/failures").iterdir()))
    }
    told = {
        1: "RuntimeError: the control center is out of order. Raised by Naughty, day 3.",
        2: "out of memory",
        3: "SystemExit: 7",
    }
    told |= {
        4: "its worker died: SIGKILL, perhaps out of memory",
        5: "took longer than 3 s, and was killed",
    }
    assert {point: each["failure"] for point, each in failures.items()} == told
    assert 'raise RuntimeError("the control center is out of order")' in failures[1]["trace"]
    for point, why in told.items():
        assert done.stderr.count(f"failed: point {point}, worlds 0..1: {why}") == 2, (
            "at once and at the end"
        )

    mended.touch()
    again = sweep(naughty, tmp_path / "s", *words)
    assert (again.returncode, runs(tmp_path / "s").height) == (0, 14), again.stderr
    assert "7 jobs, 14 runs (2 of the jobs earlier)" in again.stderr
    assert not list((tmp_path / "s/failures").iterdir())


# kill -9 of the whole command at any moment: no reader ever meets a torn file, finished jobs are kept, the workers go
# too, and the same command does the rest; the end is the same to the last bit as without a kill.
@pytest.mark.slow
def test_a_killed_sweep_goes_on(naughty, tmp_path):
    words = ("control_center.act=slow", "seed=3", "firm.band=range(0.01,0.31,0.01)")
    out = tmp_path / "killed"
    kept = 0
    for least in (3, 13):
        with begun(naughty, out, *words) as process:
            wait_for(
                lambda least=least: (out / "fresh").exists() and len(jobs_on_disk(out)) >= least,
                process,
            )
            workers = children(process.pid)
            process.kill()
        before = jobs_on_disk(out)
        assert len(before) >= max(kept, least)
        wait_for(lambda workers=workers: not any(alive(pid) for pid in workers), seconds=15)
        kept = len(before)
    done = sweep(naughty, out, *words)
    earlier = int(re.search(r"\((\d+) of the jobs earlier\)", done.stderr)[1])
    assert earlier == kept
    assert runs(out).height == 60
    assert not list((out / "fresh").iterdir())
    assert runs(out).select("point", "seed").is_unique().all()

    straight = tmp_path / "straight"
    sweep(naughty, straight, *words, "--executor", "serial")
    for kind in ("summary", "daily"):
        tables = [pl.read_parquet(f"{folder}/{kind}/*.parquet") for folder in (out, straight)]
        keys = ["point", "seed", "day"][: 3 if kind == "daily" else 2]
        one, other = (
            table.sort(keys).with_columns(pl.col(pl.Categorical).cast(pl.String))
            for table in tables
        )
        assert one.equals(other)


# kill -9 of a worker loses the job it had, and the sweep goes on with another.
def test_a_killed_worker_loses_its_job_only(naughty, tmp_path):
    words = ("control_center.act=slow", "firm.band=range(0.01,0.085,0.01)", "--workers", "2")
    with begun(naughty, tmp_path, *words) as process:
        wait_for(
            lambda: (tmp_path / "fresh").exists() and len(jobs_on_disk(tmp_path)) >= 2, process
        )
        os.kill(children(process.pid)[0], signal.SIGKILL)
        told = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert told.count("its worker died: SIGKILL") == 2
    assert runs(tmp_path).height == 14
    assert sweep(naughty, tmp_path, *words).returncode == 0
    assert runs(tmp_path).height == 16


# On a Dask cluster a job that kills every worker it gets is given up after the second, and the others are done.
@pytest.mark.slow
def test_a_deadly_job_on_dask(naughty, tmp_path):
    pytest.importorskip("distributed")
    words = ("control_center.act=fine,die,raise", "--executor", "dask", "--workers", "2")
    done = sweep(naughty, tmp_path, *words)
    assert done.returncode == 1
    assert set(runs(tmp_path)["control_center.act"]) == {"fine"}
    recorded = [json.loads(path.read_text()) for path in (tmp_path / "failures").iterdir()]
    assert sorted((each["point"], each["failure"].split(":")[0]) for each in recorded) == [
        (1, DEADLY),
        (2, "RuntimeError"),
    ]


# Joblib's workers leave with their master too, and not five minutes later.
def test_joblib_leaves_nobody_behind(naughty, tmp_path, monkeypatch):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    monkeypatch.chdir(tmp_path)
    words = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "firm.band=range(0.01,0.81,0.01)")
    with begun(naughty, tmp_path / "s", "control_center.act=slow", *words) as process:
        wait_for(
            lambda: (tmp_path / "s/fresh").exists() and len(jobs_on_disk(tmp_path / "s")) >= 2,
            process,
        )
        workers = children(process.pid)
    assert workers
    wait_for(lambda: not any(alive(pid) for pid in workers), seconds=15)


@pytest.mark.parametrize(
    ("number", "more"),
    [
        (signal.SIGINT, ("--workers", "2")),
        (signal.SIGTERM, ("--workers", "2")),
        (signal.SIGINT, ("--executor", "serial")),
        (signal.SIGINT, ("--executor", "dask", "--workers", "2")),
        (signal.SIGTERM, ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")),
    ],
)
# Ctrl-C or SIGTERM stops a sweep in a word, on every engine; what is finished is kept, and nobody is left behind.
def test_ctrl_c_keeps_what_is_finished(naughty, tmp_path, monkeypatch, number, more):
    if "hydra/launcher=joblib" in more:
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    monkeypatch.chdir(tmp_path)
    words = ("control_center.act=slow", "firm.band=range(0.01,0.81,0.01)", *more)
    out = tmp_path / "s"
    with begun(naughty, out, *words) as process:
        wait_for(lambda: (out / "fresh").exists() and len(jobs_on_disk(out)) >= 2, process)
        workers = children(process.pid)
        process.send_signal(number)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert "Stopped. What is finished is kept; the same command does what is missing." in told
    assert "Traceback" not in told
    assert 4 <= runs(out).height < 160
    assert not list((out / "fresh").iterdir())
    wait_for(lambda: not any(alive(pid) for pid in workers), seconds=15)
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


# Two sweeps of one folder at once would write over each other: the second is refused.
def test_one_sweep_a_folder(naughty, tmp_path):
    words = ("control_center.act=slow", "firm.band=range(0.01,0.21,0.01)", "--workers", "1")
    with begun(naughty, tmp_path, *words) as process:
        wait_for(lambda: (tmp_path / "study.json").exists(), process)
        second = sweep(naughty, tmp_path, *words)
    assert second.returncode == 2
    assert "Another process is sweeping" in second.stderr


def children(pid):
    """Return the process ids of a process's workers."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            status = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(status[1]) == pid:
                found.append(int(entry.name))
    return found


def alive(pid):
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
