"""Fixtures of the tests of experiments."""

import contextlib
import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest

from equipoise.experiments.cli.main import main


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
            for name in ("replace", "unlink", "mkdir"):
                patch.setattr(Path, name, watch(getattr(Path, name)))
            yield crash

    return run
