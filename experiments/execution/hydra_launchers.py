"""Hydra launchers (joblib, ray, submitit) as executors: a job is an ordinary job of Hydra's.

A launcher receives the name of a job's file, and leaves the result in a file beside it. Their
folder is created in the current folder, which the launcher's workers must see.
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
from equipoise.experiments.config.hydra_words import quote_value
from equipoise.experiments.execution.pool import WorkerDied
from equipoise.experiments.execution.worker import exit_with_parent
from equipoise.output.atomic import atomic_file

__all__ = ["LauncherExecutor", "do_job", "launcher_names", "open_launcher_executor"]

_CONFIG_NAME = "equipoise_job"
_OWN_LAUNCHERS = ("basic", "equipoise", "dask")
_BATCH_INTERVAL = 0.1  # seconds that jobs are gathered before a batch is launched
_STOP_PATIENCE = 10.0  # seconds for a launcher to end when it is stopped
_POLL_INTERVAL = 0.05  # seconds between checks for results
# No logs and no output folders for each job.
_QUIET = (
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
    "hydra.output_subdir=null",
    "hydra.mode=MULTIRUN",
)


@dataclass
class HydraJob:
    """Configuration of a job: the name of its file."""

    job: str = ""


def launcher_names() -> tuple[str, ...]:
    """Return the launchers that are installed beside our own."""
    with _initialise_hydra():
        loader = GlobalHydra.instance().config_loader()
        names = loader.get_group_options("hydra/launcher")
    return tuple(name for name in names if name not in _OWN_LAUNCHERS)


@contextlib.contextmanager
def _initialise_hydra() -> Iterator[None]:
    ConfigStore.instance().store(name=_CONFIG_NAME, node=HydraJob)
    # This may be called inside a Hydra application of the user: its state is put back.
    outer = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        with initialize(version_base="1.3", config_path=None):
            yield
    finally:
        GlobalHydra.instance().hydra = outer


@contextlib.contextmanager
def open_launcher_executor(name: str, overrides: tuple[str, ...]) -> Iterator[LauncherExecutor]:
    """Open an executor that hands jobs to a launcher.

    Raises:
        EquipoiseError: if there is no such launcher, or it refuses its settings.
    """
    temporary = tempfile.TemporaryDirectory(
        prefix=".equipoise-", dir=Path.cwd(), ignore_cleanup_errors=True
    )
    with temporary as folder:
        launcher = _create_launcher(name, overrides, Path(folder))
        with LauncherExecutor(launcher, Path(folder)) as executor:
            yield executor


def _create_launcher(name: str, overrides: tuple[str, ...], folder: Path) -> Any:
    words = [
        f"hydra/launcher={name}",
        f"hydra.sweep.dir={quote_value(str(folder))}",
        "hydra.sweep.subdir=hydra",
        *_QUIET,
        *overrides,
    ]
    try:
        with _initialise_hydra():
            config = compose(_CONFIG_NAME, overrides=words, return_hydra_config=True)
            loader = GlobalHydra.instance().config_loader()
            context = HydraContext(config_loader=loader, callbacks=Callbacks())
            return Plugins.instance().instantiate_launcher(
                hydra_context=context, task_function=do_job, config=config
            )
    except (HydraException, OmegaConfBaseException, ImportError) as error:
        reason = " ".join(str(error).split())
        raise EquipoiseError(f"hydra/launcher={name} cannot be used: {reason}.") from None


def do_job(config: DictConfig) -> None:
    """Do the job whose file Hydra names; runs in a worker of the launcher."""
    path = Path(config.job)
    with _stop_if_files_are_gone():
        main_process, function, arguments = pickle.loads(path.read_bytes())
    if os.getppid() == main_process:
        _watch_parent(main_process)
    result = pickle.dumps(function(*arguments))
    with _stop_if_files_are_gone(), atomic_file(path.with_suffix(".done")) as partial:
        partial.write_bytes(result)


@contextlib.contextmanager
def _stop_if_files_are_gone() -> Iterator[None]:
    """End the whole batch if its files were removed: the sweep was stopped."""
    try:
        yield
    except FileNotFoundError:
        raise KeyboardInterrupt from None


@cache
def _watch_parent(parent: int) -> None:
    """Exit when the parent is killed: joblib's workers would wait for another five minutes."""
    threading.Thread(target=exit_with_parent, args=(parent,), daemon=True).start()


class LauncherExecutor(Executor):
    """Hands jobs to a launcher in batches: all those that were submitted while it was busy.

    Args:
        launcher: a Hydra launcher, set up.
        folder: where jobs and results are exchanged.
    """

    def __init__(self, launcher: Any, folder: Path) -> None:
        self._launcher = launcher
        self._folder = folder
        self._waiting: dict[Path, Future[Any]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._count = 0
        self._launch_thread: threading.Thread | None = None
        threading.Thread(target=self._serve, daemon=True).start()

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
        """Remove all jobs that have not begun, and give the launcher time to notice."""
        self._closed.set()
        for path in self._folder.glob("*.job"):
            path.unlink(missing_ok=True)
        if wait and self._launch_thread:
            self._launch_thread.join(_STOP_PATIENCE)

    def _serve(self) -> None:
        while not self._closed.wait(_BATCH_INTERVAL):
            with self._lock:
                batch, self._waiting = self._waiting, {}
            if batch:
                self._run_batch(batch)

    def _run_batch(self, batch: dict[Path, Future[Any]]) -> None:
        """Launch a batch and take results as they arrive; what is missing at the end has failed."""
        errors: list[str] = []
        thread = threading.Thread(target=self._launch, args=(list(batch), errors), daemon=True)
        self._launch_thread = thread
        thread.start()
        while thread.is_alive() and not self._closed.is_set():
            thread.join(_POLL_INTERVAL)
            _take_results(batch)
        _take_results(batch)
        reason = "; ".join(errors) or "no reason is given"
        for path, future in batch.items():
            path.unlink(missing_ok=True)
            future.set_exception(WorkerDied(f"the launcher lost it: {reason}"))

    def _launch(self, paths: list[Path], errors: list[str]) -> None:
        words = [[f"job={quote_value(str(path))}"] for path in paths]
        try:
            self._launcher.launch(words, 0)
        except BaseException as error:
            errors.append(" ".join(f"{type(error).__name__}: {error}".split()))


def _take_results(batch: dict[Path, Future[Any]]) -> None:
    """Settle the jobs of a batch whose results are there, and remove them from the batch."""
    for path in list(batch):
        result_path = path.with_suffix(".done")
        if not result_path.exists():
            continue
        result = pickle.loads(result_path.read_bytes())
        result_path.unlink()
        path.unlink(missing_ok=True)
        # Last: the caller that waits for the result may remove the folder.
        batch.pop(path).set_result(result)
