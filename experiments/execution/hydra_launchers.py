"""Stock Hydra launchers (joblib, ray, submitit) as an executor: a job of ours is an ordinary job of Hydra's.

What such a launcher is told of a job is the name of a file, and what it leaves is a file beside it; so the folder of
these, in the current folder, must be one that its workers see.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize
from hydra._internal.callbacks import Callbacks
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.types import HydraContext
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.points import quote_value
from equipoise.experiments.execution.pool import WorkerDied
from equipoise.experiments.execution.worker import guard

CONFIG = "equipoise_job"
OURS = ("basic", "equipoise", "dask")
GATHER = 0.1  # seconds that jobs are gathered before a batch is launched
PATIENCE = 10.0  # seconds for a launcher to end when it is stopped
POLL = 0.05  # seconds between looks for results
MUTE = (
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
    "hydra.output_subdir=null",
    "hydra.mode=MULTIRUN",
)


@dataclass
class HydraJob:
    """What Hydra composes for a job: the name of its file."""

    job: str = ""


def launcher_names() -> tuple[str, ...]:
    """Return the launchers that are installed beside our own."""
    with _initialised():
        there = GlobalHydra.instance().config_loader().get_group_options("hydra/launcher")
    return tuple(name for name in there if name not in OURS)


@contextlib.contextmanager
def _initialised() -> Iterator[None]:
    ConfigStore.instance().store(name=CONFIG, node=HydraJob)
    around = GlobalHydra.instance().hydra  # we may be called inside somebody's Hydra application
    GlobalHydra.instance().clear()
    try:
        with initialize(version_base="1.3", config_path=None):
            yield
    finally:
        GlobalHydra.instance().hydra = around


@contextlib.contextmanager
def open_launcher_executor(name: str, overrides: tuple[str, ...]) -> Iterator[LauncherExecutor]:
    """Open an executor that hands jobs to a launcher.

    Raises:
        EquipoiseError: when there is no such launcher, or it refuses its settings.
    """
    with tempfile.TemporaryDirectory(
        prefix=".equipoise-", dir=Path.cwd(), ignore_cleanup_errors=True
    ) as folder:
        launcher = _launcher(name, overrides, Path(folder))
        with LauncherExecutor(launcher, Path(folder)) as executor:
            yield executor


def _launcher(name: str, overrides: tuple[str, ...], folder: Path) -> Any:
    words = [
        f"hydra/launcher={name}",
        f"hydra.sweep.dir={quote_value(str(folder))}",
        "hydra.sweep.subdir=hydra",
        *MUTE,
        *overrides,
    ]
    try:
        with _initialised():
            config = compose(CONFIG, overrides=words, return_hydra_config=True)
            loader = GlobalHydra.instance().config_loader()
            context = HydraContext(config_loader=loader, callbacks=Callbacks())
            return Plugins.instance().instantiate_launcher(
                hydra_context=context, task_function=do_job, config=config
            )
    except (HydraException, OmegaConfBaseException, ImportError) as error:
        raise EquipoiseError(
            f"hydra/launcher={name} cannot be used: {' '.join(str(error).split())}."
        ) from None


def do_job(config: DictConfig) -> None:
    """Do the job whose file Hydra names; this is run in a worker of the launcher's."""
    path = Path(config.job)
    with _unless_taken_back():
        master, act, arguments = pickle.loads(path.read_bytes())
    if os.getppid() == master:
        _leave_with(master)
    done = pickle.dumps(act(*arguments))
    torn = path.with_suffix(".torn")
    with _unless_taken_back():
        torn.write_bytes(done)
        torn.replace(path.with_suffix(".done"))


@contextlib.contextmanager
def _unless_taken_back() -> Iterator[None]:
    """End the whole batch when its files are gone: the sweep was stopped."""
    try:
        yield
    except FileNotFoundError:
        raise KeyboardInterrupt from None


@cache
def _leave_with(master: int) -> None:
    """Leave when the master is killed: joblib's workers would wait for another five minutes."""
    threading.Thread(target=guard, args=(master,), daemon=True).start()


class LauncherExecutor(Executor):
    """Hands jobs to a launcher, as many at once as have come while it was busy.

    Args:
        launcher: a Hydra launcher, set up.
        folder: where jobs and results are handed over.
    """

    def __init__(self, launcher: Any, folder: Path) -> None:
        self._launcher = launcher
        self._folder = folder
        self._waiting: dict[Path, Future[Any]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._count = 0
        self._launching: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Write a job's file, to go with the next batch."""
        path = self._folder / f"{self._count}.job"
        self._count += 1
        path.write_bytes(pickle.dumps((os.getpid(), fn, args)))
        future: Future[Any] = Future()
        with self._lock:
            self._waiting[path] = future
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take all jobs back that have not begun, and give the launcher some time to see that."""
        self._closed.set()
        for path in self._folder.glob("*.job"):
            path.unlink(missing_ok=True)
        for thread in self._launching if wait else ():
            thread.join(PATIENCE)

    def _serve(self) -> None:
        while not self._closed.wait(GATHER):
            with self._lock:
                batch, self._waiting = self._waiting, {}
            if batch:
                self._launch(batch)

    def _launch(self, batch: dict[Path, Future[Any]]) -> None:
        """Launch a batch, and take results as they come; what is missing at the end has failed."""
        trouble: list[str] = []
        thread = threading.Thread(target=self._launched, args=([*batch], trouble), daemon=True)
        self._launching = [thread]
        thread.start()
        while thread.is_alive() and not self._closed.is_set():
            thread.join(POLL)
            _take(batch)
        _take(batch)
        for path, future in batch.items():
            path.unlink(missing_ok=True)
            future.set_exception(
                WorkerDied(f"the launcher lost it: {'; '.join(trouble) or 'no reason is given'}")
            )

    def _launched(self, paths: list[Path], trouble: list[str]) -> None:
        try:
            self._launcher.launch([[f"job={quote_value(str(path))}"] for path in paths], 0)
        except BaseException as error:
            trouble.append(" ".join(f"{type(error).__name__}: {error}".split()))


def _take(batch: dict[Path, Future[Any]]) -> None:
    """Settle the jobs of a batch whose results are there."""
    for path in [*batch]:
        done = path.with_suffix(".done")
        if done.exists():
            result = pickle.loads(done.read_bytes())
            done.unlink()
            path.unlink(missing_ok=True)
            batch.pop(path).set_result(
                result
            )  # at last: whoever waited for it may take the folder away
