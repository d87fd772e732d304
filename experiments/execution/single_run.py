"""One run from words to folder: plan, run, save, compare a repeated run with the first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from equipoise.errors import EquipoiseError
from equipoise.experiments.config.compose import compose
from equipoise.experiments.config.messages import validate_settings
from equipoise.experiments.storage import run_output
from equipoise.output import run_folder
from equipoise.runner import Run, library_versions, run_until_stopped
from equipoise.settings.settings import Settings

T = TypeVar("T")


def plan_run(
    overrides: tuple[str, ...], source: Path | None, out: Path | None, config_dirs: tuple[Path, ...]
) -> tuple[Settings, Path]:
    """Return the settings of a run and its output folder; nothing is computed.

    Args:
        overrides: words that compose settings.
        source: folder of a run to repeat instead.
        out: output folder; None = a new one in runs/.
        config_dirs: further folders of options.

    Raises:
        EquipoiseError: with every problem of the settings, the run to repeat, and the folder.
    """
    problems: list[str] = []
    if source is not None:
        if overrides or config_dirs:
            problems.append("--from repeats a run as it was: give no other settings beside it.")
        settings = _load_settings(source, problems)
    else:
        settings = _compose_settings(overrides, config_dirs, problems)
    folder = out
    if folder is None:
        folder = run_output.default_folder(settings or Settings())
    _collect(problems, lambda: run_folder.check_output_folder(folder))
    if problems or settings is None:
        raise EquipoiseError(*dict.fromkeys(problems))
    return settings, folder


def _load_settings(source: Path, problems: list[str]) -> Settings | None:
    settings = _collect(problems, lambda: run_folder.load_run_settings(source, validate_settings))
    # The days must be readable before anything is computed that is compared with them.
    if settings is not None:
        _collect(problems, lambda: run_folder.load_run(source))
    return settings


def _compose_settings(
    overrides: tuple[str, ...], config_dirs: tuple[Path, ...], problems: list[str]
) -> Settings | None:
    def compose_with_network(words: tuple[str, ...]) -> Settings:
        return run_folder.hold_network(compose(*words, config_dirs=config_dirs))

    settings = _collect(problems, lambda: compose_with_network(overrides))
    if settings is None:
        # The network file is read only if all settings are right. Read it on its own, so that its
        # problems are reported together with the others.
        network = tuple(word for word in overrides if word.lstrip("+").startswith("network"))
        _collect(problems, lambda: compose_with_network(network))
    return settings


def _collect(problems: list[str], make: Callable[[], T]) -> T | None:
    """Return the result of ``make``; if it raises, add its problems to the list and return None."""
    try:
        return make()
    except EquipoiseError as error:
        problems.extend(error.problems)
        return None


def perform_run(settings: Settings, on_day: Callable[[int, int], None] | None = None) -> Run:
    """Return the run of settings; a stop before its first day gives a run without days.

    Args:
        settings: settings of the run.
        on_day: called after each day with the number of finished days and of all days.
    """
    try:
        return run_until_stopped(settings, on_day)
    except KeyboardInterrupt:
        return Run(settings, (), (), library_versions(), complete=False)


def count_finished_days(finished: Run) -> int:
    """Return the number of finished days of all replicates."""
    return sum(int(record.filled) for record in finished.records)


def count_requested_days(finished: Run) -> int:
    """Return the number of days that were asked for, of all replicates."""
    settings = finished.settings
    return (settings.burn_in + settings.horizon) * settings.replicates


def save_or_rescue(
    finished: Run, folder: Path, is_named: bool = True
) -> tuple[Path | None, tuple[str, ...]]:
    """Write a run, in the temporary folder if the given one cannot be written.

    Args:
        finished: the run.
        folder: the folder.
        is_named: True if the user named the folder; else another process may have taken its name,
            and the next free one is as good.

    Returns:
        The place where it is (None: nowhere), and the problems.
    """
    try:
        save = run_output.save if is_named else run_output.save_to_free_folder
        return save(finished, folder), ()
    except OSError as error:
        reason = error.strerror or error
        problem = f"the run is finished, but {folder} could not be written: {reason}."
    try:
        place = run_output.rescue_run(finished, folder)
    except OSError as error:
        reason = error.strerror or error
        last_words = (
            f"{problem} Nor could the folder for temporary files: {reason}. "
            "The scorecard above is all that is left; make room and run again."
        )
        return None, (last_words,)
    return place, (f"{problem} It is kept in {place} instead: move it to a safe place.",)


def describe_repeat(source: Path, finished: Run) -> tuple[list[str], bool]:
    """Return lines on a repeated run, and True if its days are those of the first run.

    The lines name other versions of libraries, and say whether the days are the same.
    """
    first = run_folder.load_run(source)
    lines = []
    for name, version in first.versions.items():
        here = finished.versions.get(name, "absent")
        if here != version:
            lines.append(f"warning: {name} is {here} here; {version} made the first run.")
    same, days = run_folder.compare_days(first, finished)
    if same:
        lines.append(f"Repeated: all {days:,} days are bit-identical with those in {source}.")
    else:
        lines.append(f"warning: the days are NOT identical with those in {source}.")
    return lines, same
