"""The command `equipoise run`: one run from words to a scorecard and a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from equipoise.experiments.cli import completion, sweep, terminal
from equipoise.experiments.cli.exit_codes import FAILURE, NOT_WRITTEN, SUCCESS, interruption_code
from equipoise.experiments.cli.option_notes import write_option_notes
from equipoise.experiments.cli.options import ConfigDir, expand_path
from equipoise.experiments.cli.signals import ignore_stop, raise_on_stop

_Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        help="group=option chooses an option, path=value sets a value: "
        "strategy=pid_survey firm.set_point=0.7",
        autocompletion=completion.complete_override,
    ),
]
_Source = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FOLDER",
        callback=expand_path,
        help="Repeat the run in this folder, bit for bit.",
    ),
]
_Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        callback=expand_path,
        help="Output folder (default: a new one in runs/).",
    ),
]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the output folder.")]
_Multirun = Annotated[
    bool, typer.Option("--multirun", "-m", help="Run several values, as `equipoise sweep` does.")
]


def run_command(
    overrides: _Overrides = None,
    source: _Source = None,
    out: _Out = None,
    config_dir: ConfigDir = None,
    quiet: _Quiet = False,
    multirun: _Multirun = False,
) -> int:
    """Run one firm and its community. Print a scorecard; write a folder with days and figure."""
    from equipoise.environment.missed_disturbances import note_missed_disturbances
    from equipoise.experiments.execution import single_run
    from equipoise.experiments.storage import run_output

    if multirun:
        return sweep.run_multirun(overrides, source, out, config_dir, quiet)
    words = tuple(overrides or ())
    settings, folder = single_run.plan_run(words, source, out, tuple(config_dir or ()))
    if not quiet:
        terminal.announce_compilation(settings)
    write_option_notes(config_dir)
    known = note_missed_disturbances(settings)
    if not quiet:
        _write_notes(known)
    with raise_on_stop() as signals, _show_progress(quiet) as on_day:
        run = single_run.perform_run(settings, on_day)
    with ignore_stop():
        if not quiet:
            _write_notes(note for note in run.notes if note not in known)
            _write_notes(filter(None, [run_output.describe_unknown_letters(run)]))
        return _deliver(run, folder, out is not None, source, quiet, signals)


def _write_notes(notes: Iterable[str]) -> None:
    for note in notes:
        terminal.write_note(f"note: {note}")


def _show_progress(quiet: bool) -> Any:
    if quiet:
        return contextlib.nullcontext()
    return terminal.show_day_progress(terminal.open_console(stderr=True))


def _deliver(
    run: Any, folder: Path, is_named: bool, source: Path | None, quiet: bool, signals: list[int]
) -> int:
    """Write a run, print its scorecard, and return the exit code."""
    from equipoise.analysis.text.scorecard import scorecard
    from equipoise.experiments.execution import single_run

    days = single_run.count_finished_days(run)
    if not run.complete and not days:
        terminal.write_note("Stopped before the end of the first day. Nothing is written.")
        return interruption_code(signals)
    place, problems = single_run.save_or_rescue(run, folder, is_named)
    # Without a folder the scorecard is all that is left: --quiet must not hide it.
    if not quiet or place is None:
        terminal.show_scorecard(terminal.open_console(), scorecard(run))
        terminal.write_line("")
    is_same = True
    if source is not None:
        lines, is_same = single_run.describe_repeat(source, run)
        for line in lines:
            terminal.write_note(line)
    if not run.complete:
        total = single_run.count_requested_days(run)
        terminal.write_note(
            f"Stopped: {days} of {total} days are finished; the output is marked as incomplete."
        )
    if place is not None:
        terminal.write_line(str(place) if quiet else f"Written to {place}")
    for problem in problems:
        terminal.write_error(problem)
    if problems:
        return NOT_WRITTEN
    if not run.complete:
        return interruption_code(signals)
    return SUCCESS if is_same else FAILURE
