"""A Hydra launcher that resumes, shows progress and survives its workers: for Hydra applications on our configs.

    python app.py -m hydra/launcher=equipoise strategy=pid_survey,oracle environment=recall

It is found by Hydra from an installed package; an editable install needs
``Plugins.instance().register(EquipoiseLauncher)`` before ``hydra.main``.
"""

# No annotations from the future: Hydra looks for plugins without registering the module, and dataclasses would look
# their own annotations up in it.
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


@dataclass
class LauncherConf:
    """How the launcher is set: ``hydra.launcher.workers=4``."""

    _target_: str = "hydra_plugins.equipoise_launcher.EquipoiseLauncher"
    executor: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    timeout: float | None = None
    out: str | None = None


@dataclass
class DaskConf(LauncherConf):
    """The same, on a Dask cluster: ``hydra.launcher.scheduler=tcp://...``, or one started here."""

    executor: str = "dask"


for _name, _node in (("equipoise", LauncherConf), ("dask", DaskConf)):
    ConfigStore.instance().store(
        group="hydra/launcher", name=_name, node=_node, provider="equipoise"
    )


class EquipoiseLauncher(Launcher):
    """Runs the jobs of a multirun as one study: a job is a point, and the application's own function is not called."""

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._task = ""

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Take nothing: settings are composed by equipoise itself, once for all jobs."""

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Run the jobs that are missing; each returns the study's folder, or how it failed."""
        from equipoise.experiments.design.sweep_syntax import parse_value
        from equipoise.experiments.execution.sweep import sweep

        points = [
            {
                path.lstrip("+"): parse_value(value)
                for path, _, value in (word.partition("=") for word in words)
            }
            for words in job_overrides
        ]
        same = {
            path: value
            for path, value in points[0].items()
            if all(point.get(path) == value for point in points)
        }
        constants = [
            word for word in job_overrides[0] if word.partition("=")[0].lstrip("+") in same
        ]
        varied = [
            {path: value for path, value in point.items() if path not in same} for point in points
        ]
        done = sweep(*constants, points=[point for point in varied if point], **self._settings)
        failed = {each["point"]: each["failure"] for each in done.failures}
        return [
            _returned(words, done.folder, failed.get(k, ""))
            for k, words in enumerate(job_overrides)
        ]


def _returned(words: Sequence[str], folder: Path, failure: str) -> JobReturn:
    status = JobStatus.FAILED if failure else JobStatus.COMPLETED
    return JobReturn(
        overrides=words, status=status, _return_value=RuntimeError(failure) if failure else folder
    )
