"""A Hydra launcher that resumes, shows progress and survives the death of its workers.

It is for Hydra applications on our configs:

    python app.py -m hydra/launcher=equipoise strategy=pid_survey,oracle environment=recall

Hydra finds it in an installed package; an editable install needs
``Plugins.instance().register(EquipoiseLauncher)`` before ``hydra.main``.
"""

# No annotations from the future: Hydra looks for plugins without registering the module, and
# dataclasses would look their own annotations up in it.
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
    """Settings of the launcher, as in ``hydra.launcher.workers=4``; see `equipoise.sweep`."""

    _target_: str = "hydra_plugins.equipoise_launcher.EquipoiseLauncher"
    executor: str = "processes"
    workers: int | None = None
    scheduler: str = ""
    timeout: float | None = None
    out: str | None = None


@dataclass
class DaskConf(LauncherConf):
    """The same on a Dask cluster: ``hydra.launcher.scheduler=tcp://...``, or one started here."""

    executor: str = "dask"


for _name, _node in (("equipoise", LauncherConf), ("dask", DaskConf)):
    ConfigStore.instance().store(
        group="hydra/launcher", name=_name, node=_node, provider="equipoise"
    )


class EquipoiseLauncher(Launcher):
    """Runs the jobs of a multirun as one study.

    A job is a point of the study; the application's own function is not called.
    """

    def __init__(self, **settings: Any) -> None:
        self._settings = settings

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Take nothing: equipoise composes settings itself, once for all jobs."""

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Run the jobs that are missing; each returns the study's folder, or its failure."""
        # Hydra imports all plugins at the start of every application: this must be quick.
        from equipoise.experiments.execution.sweep import sweep

        points = [_parse_words(words) for words in job_overrides]
        constants = {path for path in points[0] if _is_constant(path, points)}
        words = [word for word in job_overrides[0] if _word_path(word) in constants]
        varied = [_without(point, constants) for point in points]
        result = sweep(*words, points=[point for point in varied if point], **self._settings)
        failures = {record["point"]: record["failure"] for record in result.failures}
        return [
            _job_return(words, result.folder, failures.get(number, ""))
            for number, words in enumerate(job_overrides)
        ]


def _is_constant(path: str, points: Sequence[dict[str, Any]]) -> bool:
    """Return True if all points have the same value at a path."""
    return all(point.get(path) == points[0][path] for point in points)


def _word_path(word: str) -> str:
    return word.partition("=")[0].lstrip("+")


def _parse_words(words: Sequence[str]) -> dict[str, Any]:
    """Return the values of a job by path."""
    from equipoise.experiments.design.sweep_syntax import parse_value

    return {_word_path(word): parse_value(word.partition("=")[2]) for word in words}


def _without(point: dict[str, Any], paths: set[str]) -> dict[str, Any]:
    return {path: value for path, value in point.items() if path not in paths}


def _job_return(words: Sequence[str], folder: Path, failure: str) -> JobReturn:
    status = JobStatus.FAILED if failure else JobStatus.COMPLETED
    value = RuntimeError(failure) if failure else folder
    return JobReturn(overrides=words, status=status, _return_value=value)
