"""The command `equipoise`: its subcommands, and the exit code of each error."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated, Any, NoReturn

import typer

from equipoise.errors import EquipoiseError, shorten_given, shorten_message
from equipoise.experiments.cli import (
    compare,
    explain,
    new,
    report,
    run,
    search,
    streams,
    sweep,
    terminal,
    trace,
)
from equipoise.experiments.cli.exit_codes import FAILURE, USER_ERROR, interruption_code
from equipoise.experiments.cli.signals import raise_on_stop

# The base class of BadParameter is UsageError: older typers take it from click, newer ones do not.
USAGE_ERROR: Any = typer.BadParameter.__base__

_MAX_PROBLEMS = 20  # lines of errors; more do not help to correct a command

app = typer.Typer(
    help="A wind tunnel for brand-community response policies.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_requested: bool) -> None:
    if is_requested:
        terminal.write_line(f"equipoise {version('equipoise')}")
        raise typer.Exit


@app.callback()
def equipoise(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Try response policies on a simulated brand community before trying them on a real one."""


COMMANDS = (
    run.run_command,
    explain.explain_command,
    sweep.sweep_command,
    sweep.export_command,
    compare.compare_command,
    report.report_command,
    search.envelope_command,
    search.sensitivity_command,
    search.tune_command,
    trace.trace_command,
    new.new_command,
)
for command in COMMANDS:
    app.command(command.__name__.removesuffix("_command"))(command)


def main(words: list[str] | None = None) -> NoReturn:
    """Run the command and exit with its code (see `exit_codes`)."""
    sys.exit(exit_code(words))


def exit_code(words: list[str] | None) -> int:
    """Run the command and return its exit code; errors are printed one per line."""
    with streams.safe_streams(), raise_on_stop() as signals:
        try:
            code = app(words, prog_name="equipoise", standalone_mode=False)
            sys.stdout.flush()
            return int(code or 0)
        except KeyboardInterrupt:
            terminal.write_note("Stopped. Nothing is written.")
            return interruption_code(signals)
        except streams.OutputError as error:
            return _close_output(error)
        except Exception as error:
            return _report_error(error)
        finally:
            terminal.write_cache_damages()


def _report_error(error: Exception) -> int:
    """Print the problems of an error and return its exit code; a mistake of ours is raised."""
    code = USER_ERROR
    match error:
        case EquipoiseError():
            problems = list(error.problems)
        case MemoryError():
            problems = ["There is not enough memory. Make community.size smaller."]
        case OSError():
            problems = [_format_os_error(error)]
            code = FAILURE
        case _ if isinstance(error, USAGE_ERROR):
            problems = [_format_usage_error(error)]
        case _:
            raise error
    for problem in problems[:_MAX_PROBLEMS]:
        terminal.write_error(problem)
    if len(problems) > _MAX_PROBLEMS:
        terminal.write_error(f"... and {len(problems) - _MAX_PROBLEMS:,} more problems.")
    return code


def _format_os_error(error: OSError) -> str:
    """Return the place and the reason of an error of the operating system."""
    reason = error.strerror or str(error) or type(error).__name__
    given = (error.filename, error.filename2)
    names = [shorten_given(os.fsdecode(name)) for name in given if name is not None]
    place = f"{' -> '.join(names)}: " if names else ""
    return f"A file could not be read or written: {place}{' '.join(reason.split())}."


def _format_usage_error(error: Any) -> str:
    message = shorten_message(" ".join(error.format_message().split()))
    stop = "" if message.endswith((".", "?")) else "."
    command = error.ctx.command_path if error.ctx else "equipoise"
    return f"{message}{stop} See {command} --help."


def _close_output(error: streams.OutputError) -> int:
    streams.discard_output()
    if not error.is_closed_pipe:
        terminal.write_error(f"Cannot write to standard output: {error.strerror}.")
    return FAILURE


if __name__ == "__main__":
    main()
