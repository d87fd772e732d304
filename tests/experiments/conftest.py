"""Fixtures of the tests of experiments."""

import contextlib
import hashlib
import itertools
import json
import os
import shutil
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from equipoise.experiments.cli.main import main
from equipoise.experiments.config.compose import compose
from equipoise.experiments.design.identity import canonical_json
from equipoise.experiments.storage.manifest import MANIFEST_FORMAT
from equipoise.output import atomic
from equipoise.settings.schema import dump_settings


@pytest.fixture
def sweep_command(capsys):
    """Return a function that runs `equipoise sweep` in this process.

    It returns exit code, standard output and standard error.
    """

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            main(["sweep", *words])
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


class Killed(BaseException):
    """Stands for kill -9: nothing happens on the disk after it."""


@pytest.fixture
def crash_at(monkeypatch):
    """Return a context manager whose block is killed at its step number ``limit`` on the disk.

    It yields an object that says whether it ``happened``. The step is left undone; of a file that
    was being written, one half is there.
    """

    @contextlib.contextmanager
    def run(limit):
        crash, steps = SimpleNamespace(happened=False), itertools.count()

        def watch(act, leave_half=lambda *_: None):
            def step(path, *arguments, **options):
                if next(steps) < limit:
                    return act(path, *arguments, **options)
                if not crash.happened:
                    leave_half(path, *arguments)
                crash.happened = True
                raise Killed

            return step

        write = Path.write_bytes
        with contextlib.suppress(Killed), monkeypatch.context() as patch:
            patch.setattr(
                Path,
                "write_bytes",
                watch(write, lambda path, content: write(path, content[: len(content) // 2])),
            )
            for name in ("replace", "rename", "unlink", "mkdir"):
                patch.setattr(Path, name, watch(getattr(Path, name)))
            patch.setattr(os, "fsync", watch(os.fsync))
            append = atomic.append_durably
            patch.setattr(
                atomic,
                "append_durably",
                watch(append, lambda path, content: append(path, content[: len(content) // 2])),
            )
            yield crash

    return run


# While steps are watched, this is the one that is not.
make_folder = Path.mkdir
DEAD_PROCESS = 4_999_999  # above the highest number of a process


@pytest.fixture
def disk_states(tmp_path, monkeypatch):
    """Return a function that acts, and returns a copy of the folder for each moment of a kill.

    A copy is taken before each step on the disk, and in the middle of each file that is written.
    Nothing runs after a kill, so that locks and temporary files are in the copies. Equal copies are
    kept once: a flush changes no content.
    """

    def collect(act, folder):
        states, place = {}, tmp_path / "states"
        place.mkdir()

        def keep():
            name = digest_folder(folder)
            if name not in states:
                states[name] = place / str(len(states))
                copy_state(folder, states[name])

        def watch(step, write_half=None):
            def record(*arguments, **options):
                keep()
                if write_half:
                    write_half(*arguments)
                    keep()
                return step(*arguments, **options)

            return record

        def append_half(path, content):
            before = path.read_bytes() if path.exists() else b""
            write(path, before + content[: len(content) // 2])
            keep()
            write(path, before)

        write = Path.write_bytes
        with monkeypatch.context() as patch:
            patch.setattr(
                Path,
                "write_bytes",
                watch(write, lambda path, content: write(path, content[: len(content) // 2])),
            )
            for name in ("replace", "rename", "unlink", "mkdir"):
                patch.setattr(Path, name, watch(getattr(Path, name)))
            patch.setattr(os, "fsync", watch(os.fsync))
            patch.setattr(atomic, "append_durably", watch(atomic.append_durably, append_half))
            act()
        keep()
        return list(states.values())

    return collect


def digest_folder(folder):
    """Return the names of all files and folders and their contents as one text."""
    contents = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        contents.update(f"{path.relative_to(folder)}\0".encode())
        if path.is_file():
            contents.update(path.read_bytes())
    return contents.hexdigest()


def copy_state(folder, target):
    """Copy a folder; its temporary files become those of a process that is gone."""
    own, dead = f".{os.getpid()}.partial", f".{DEAD_PROCESS}.partial"
    make_folder(target)
    for path in sorted(folder.rglob("*")):
        copy = target / str(path.relative_to(folder)).replace(own, dead)
        if path.is_symlink():
            copy.symlink_to(path.readlink())
        elif path.is_dir():
            make_folder(copy)
        else:
            shutil.copy(path, copy)


STUDY_WORLDS = 12


@cache
def strategy_json(strategy):
    return canonical_json(dump_settings(compose(f"strategy={strategy}"))).decode()


def measure_rows(number, point, worlds):
    """Return the runs of a point: time in band as given, and measures that follow it."""
    shared = np.random.default_rng(3).normal(size=worlds)
    own = np.random.default_rng(number).normal(size=worlds)
    band = np.clip(0.5 + 0.01 * shared + point["level"] + 0.002 * own, 0, 1)
    band = point.get("band", band)
    first = point.get("first", 0)
    return {
        "point": number,
        "seed": np.arange(first, first + worlds),
        "time_in_band": band,
        "mean_satisfaction": 0.5 + 0.2 * band,
        "settling_time": 100 * band,
        "cost": 1000.0 * point["level"],
    }


def write_manifest(folder, levers, uncertainties, worlds):
    manifest = {
        "format": MANIFEST_FORMAT,
        "levers": dict.fromkeys(levers),
        "uncertainties": dict.fromkeys(uncertainties),
        "worlds": [worlds],
    }
    (folder / "study.json").write_text(json.dumps(manifest))


@pytest.fixture
def write_study(tmp_path):
    """Return a function that writes a study of 12 worlds at each point, as a sweep leaves it."""

    def write(
        name,
        points,
        levers=("strategy",),
        uncertainties=("environment",),
        replicates=STUDY_WORLDS,
        stop=None,
        lost=(),
    ):
        """Write points with what varies there and its ``level``; ``lost`` are (point, world)."""
        folder = tmp_path / name
        (folder / "summary").mkdir(parents=True)
        (folder / "failures").mkdir()
        write_manifest(folder, levers, uncertainties, {"replicates": replicates, "stop": stop})
        table = []
        for number, point in enumerate(points):
            row = {"point": number, "strategy": "do_nothing", "environment": "calm"}
            row |= {path: point.get(path) for path in (*levers, *uncertainties)}
            option = "oracle" if row["strategy"] == "oracle" else "do_nothing"
            table.append(row | {"settings": strategy_json(option)})
            kept = [world for world in range(STUDY_WORLDS) if (number, world) not in lost]
            rows = pl.DataFrame(measure_rows(number, point, STUDY_WORLDS), strict=False)
            rows[kept].write_parquet(folder / "summary" / f"{number}.parquet")
        pl.DataFrame(table).write_parquet(folder / "points.parquet")
        return folder

    return write


@pytest.fixture
def study_points():
    """Return a function that lists points of strategies, each better than the one before."""

    def build(*names, places=("calm", "recall")):
        return [
            {"strategy": name, "environment": place, "level": 0.1 * number}
            for number, name in enumerate(names)
            for place in places
        ]

    return build
