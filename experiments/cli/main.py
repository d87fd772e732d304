"""The command `equipoise`: the only door to typer, and the only place that prints."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import compare, completion, report, terminal, trace
from equipoise.experiments.cli import search as search_command
from equipoise.experiments.cli import sweep as sweep_command

FINE, BROKEN, MISTAKE, UNWRITTEN, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(
    help="A wind tunnel for brand-community response policies.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        help="group=option chooses files of settings, path=value sets one: strategy=pid_survey firm.set_point=0.7",
        autocompletion=completion.overrides,
    ),
]
ConfigDir = Annotated[
    list[Path] | None,
    typer.Option(
        "--config-dir", metavar="FOLDER", help="A folder of your own options; may be given again."
    ),
]


def _version(asked: bool) -> None:
    if asked:
        print(f"equipoise {version('equipoise')}")
        raise typer.Exit


@app.callback()
def equipoise(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Try response policies on a simulated brand community before trying them on a real one."""


app.command()(sweep_command.sweep)
app.command()(sweep_command.export)
app.command()(compare.compare)
app.command()(report.report)
app.command()(search_command.envelope)
app.command()(search_command.sensitivity)
app.command()(search_command.tune)
app.command()(trace.trace)


@app.command()
def run(
    overrides: Overrides = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FOLDER", help="Repeat the run of this folder, bit for bit."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="Where to write; a new folder in runs/ if not given."
        ),
    ] = None,
    config_dir: ConfigDir = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the folder written and nothing else.")
    ] = False,
    multirun: Annotated[
        bool, typer.Option("--multirun", "-m", help="Try several values, as `sweep` does.")
    ] = False,
) -> int:
    """Run a firm and its community. Print a scorecard; write a folder with days, figure and settings."""
    from equipoise.experiments.execution import single_run

    if multirun:
        return sweep_command.multirun(overrides, source, out, config_dir, quiet)
    words = tuple(overrides or ())
    settings, folder = single_run.plan_run(words, source, out, tuple(config_dir or ()))
    aside = terminal.screen(aside=True)
    if not quiet and terminal.must_compile(settings):
        _say(terminal.COMPILING)
    with (
        _stoppable() as stopped_by,
        terminal.progress(aside) if not quiet else contextlib.nullcontext() as told,
    ):
        done = single_run.perform_run(settings, told)
    with _undisturbed():
        return _deliver(done, folder, source, quiet, stopped_by)


def _deliver(
    done: Any, folder: Path, source: Path | None, quiet: bool, stopped_by: list[int]
) -> int:
    """Write a run, tell what came out, and return the exit code."""
    from equipoise.experiments.execution import single_run

    days = single_run.count_finished_days(done)
    if not done.complete and not days:
        _say("Stopped before the first day was over. Nothing is written.")
        return _stop_code(stopped_by)
    place, trouble = single_run.save_or_rescue(done, folder)
    if not quiet:
        for note in done.notes:
            _say(f"note: {note}")
    if not quiet or place is None:
        terminal.show_scorecard(terminal.screen(), single_run.run_scorecard(done))
        print()
    for line in single_run.describe_repeat(source, done) if source else ():
        _say(line)
    if not done.complete:
        _say(
            f"Stopped: {days} of {single_run.count_requested_days(done)} days are finished; what is kept is marked as not complete."
        )
    if place is not None:
        print(place if quiet else f"Written to {place}", flush=True)
    for line in trouble:
        _say(f"error: {line}")
    return UNWRITTEN if trouble else FINE if done.complete else _stop_code(stopped_by)


@contextlib.contextmanager
def _stoppable() -> Iterator[list[int]]:
    """Let SIGTERM stop a run as Ctrl-C does; give the list of signals that came."""
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        came.append(number)
        raise KeyboardInterrupt

    with _handling(stop):
        yield came


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no signal tear what is being written."""
    with _handling(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def _handling(handler: Callable[[int, FrameType | None], Any] | signal.Handlers) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _stop_code(came: list[int]) -> int:
    return 128 + came[0] if came else INTERRUPTED


@app.command()
def explain(
    word: Annotated[
        str,
        typer.Argument(
            help="Only settings with this in their path.", autocompletion=completion.paths
        ),
    ] = "",
    config_dir: ConfigDir = None,
) -> int:
    """Print the order of a day, all options, all settings."""
    from equipoise.experiments.cli import explain

    explain.show(terminal.screen(), word, tuple(config_dir or ()))
    return FINE


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(words: list[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code: 0 fine, 2 a mistake in what was given, 130 after Ctrl-C."""
    sys.exit(_code(words))


def _code(words: list[str] | None) -> int:
    usage: Any = typer.BadParameter.__base__  # UsageError; older typers take it from click
    try:
        code = app(words, prog_name="equipoise", standalone_mode=False)
        sys.stdout.flush()
    except EquipoiseError as error:
        for problem in error.problems:
            _say(f"error: {problem}")
        return MISTAKE
    except usage as error:
        told, asked = (
            " ".join(error.format_message().split()),
            error.ctx.command_path if error.ctx else "equipoise",
        )
        _say(f"error: {told}{'' if told.endswith(('.', '?')) else '.'} See {asked} --help.")
        return MISTAKE
    except MemoryError:
        _say("error: there is not enough memory for this. Make community.size smaller.")
        return MISTAKE
    except KeyboardInterrupt:
        _say("Stopped. Nothing is written.")
        return INTERRUPTED
    except OSError as error:
        if error.filename is not None:
            raise
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # nothing more can be printed
        if not isinstance(error, BrokenPipeError):
            _say(f"error: what came out could not be printed: {error.strerror}.")
        return BROKEN
    return int(code or 0)


if __name__ == "__main__":
    main()
