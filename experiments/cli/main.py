"""The command `equipoise`: its subcommands, and the exit code of each error."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated, Any, NoReturn

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import (
    compare,
    explain,
    new,
    report,
    run,
    search,
    sweep,
    terminal,
    trace,
)
from equipoise.experiments.cli.exit_codes import FAILURE, INTERRUPTED, USER_ERROR

# The base class of BadParameter is UsageError: older typers take it from click, newer ones do not.
USAGE_ERROR: Any = typer.BadParameter.__base__

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
    """Run the command and return its exit code; user errors are printed one per line."""
    try:
        code = app(words, prog_name="equipoise", standalone_mode=False)
        sys.stdout.flush()
    except EquipoiseError as error:
        for problem in error.problems:
            terminal.write_error(problem)
        return USER_ERROR
    except USAGE_ERROR as error:
        terminal.write_error(_format_usage_error(error))
        return USER_ERROR
    except MemoryError:
        terminal.write_error("There is not enough memory. Make community.size smaller.")
        return USER_ERROR
    except KeyboardInterrupt:
        terminal.write_note("Stopped. Nothing is written.")
        return INTERRUPTED
    except OSError as error:
        # An error of a named file has its own message; without a name it is standard output.
        if error.filename is not None:
            raise
        return _close_output(error)
    return int(code or 0)


def _format_usage_error(error: Any) -> str:
    message = " ".join(error.format_message().split())
    stop = "" if message.endswith((".", "?")) else "."
    command = error.ctx.command_path if error.ctx else "equipoise"
    return f"{message}{stop} See {command} --help."


def _close_output(error: OSError) -> int:
    """Redirect standard output to nothing, so that Python's own flush at exit cannot fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        terminal.write_error(f"Cannot write to standard output: {error.strerror}.")
    return FAILURE


if __name__ == "__main__":
    main()
