"""One run from words to folder: plan, perform, keep, repeat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.messages import validate_settings
from equipoise.experiments.storage import run_output
from equipoise.output import run_folder
from equipoise.runner import Run, library_versions, run
from equipoise.settings.settings import Settings

T = TypeVar("T")


def plan_run(
    overrides: tuple[str, ...], source: Path | None, out: Path | None, config_dirs: tuple[Path, ...]
) -> tuple[Settings, Path]:
    """Return what to run and where to write it, before anything is computed.

    Raises:
        EquipoiseError: with every problem in the settings, the folder to repeat, and the place to write.
    """
    problems: list[str] = []
    if source is not None and (overrides or config_dirs):
        problems.append("--from repeats a run as it was: give no other settings beside it.")
    settings: Settings | None
    if source is not None:
        settings = _heeding(
            problems, lambda: run_folder.load_run_settings(source, validate_settings)
        )
    else:
        settings = _heeding(
            problems, lambda: run_folder.hold_network(compose(*overrides, config_dirs=config_dirs))
        )
        if settings is None:  # what is wrong with a network file can be told all the same
            of_network = [word for word in overrides if word.lstrip("+").startswith("network")]
            _heeding(
                problems,
                lambda: run_folder.hold_network(compose(*of_network, config_dirs=config_dirs)),
            )
    folder = out if out is not None else run_output.default_folder(settings or Settings())
    _heeding(problems, lambda: run_folder.check_output_folder(folder))
    if problems or settings is None:
        raise EquipoiseError(*dict.fromkeys(problems))
    return settings, folder


def _heeding(problems: list[str], make: Callable[[], T]) -> T | None:
    """Return what ``make`` makes; or None, its problems noted."""
    try:
        return make()
    except EquipoiseError as error:
        problems.extend(error.problems)
        return None


def perform_run(settings: Settings, told: Callable[[int, int], None] | None = None) -> Run:
    """Return the run of settings; a stop before its first day gives a run without days."""
    try:
        return run(settings, told)
    except KeyboardInterrupt:
        return Run(settings, (), (), library_versions(), complete=False)


def count_finished_days(done: Run) -> int:
    """Return how many days of all replicates are finished."""
    return sum(int(record.filled) for record in done.records)


def count_requested_days(done: Run) -> int:
    """Return how many days were asked for, of all replicates."""
    return (done.settings.burn_in + done.settings.horizon) * done.settings.replicates


def run_scorecard(done: Run) -> Any:
    """Return the scorecard of a run."""
    from equipoise.analysis.text.scorecard import scorecard

    return scorecard(done)


def save_or_rescue(done: Run, folder: Path) -> tuple[Path | None, tuple[str, ...]]:
    """Write a run; where that fails, elsewhere. Return the place (None: nowhere), and what went wrong."""
    try:
        return run_output.save_to_free_folder(done, folder), ()
    except OSError as error:
        trouble = (
            f"the run is finished, but {folder} could not be written: {error.strerror or error}."
        )
    try:
        place = run_output.rescue_run(done, folder)
        return place, (f"{trouble} It is kept in {place} instead: move it to a safe place.",)
    except OSError as error:
        return None, (
            f"{trouble} Nor could the folder for temporary files: {error.strerror or error}. "
            "The scorecard above is all that is left; make room and run again.",
        )


def describe_repeat(source: Path, done: Run) -> list[str]:
    """Return what to say of a repeated run: other versions, and whether its days are the old ones."""
    old = run_folder.load_run(source)
    lines = [
        f"warning: {name} is {done.versions.get(name, 'absent')} here; {made} made the first run."
        for name, made in old.versions.items()
        if done.versions.get(name) != made
    ]
    same, days = run_folder.compare_days(old, done)
    if same:
        return [*lines, f"Repeated: all {days:,} days are bit-identical with those in {source}."]
    return [*lines, f"warning: the days are NOT identical with those in {source}."]
