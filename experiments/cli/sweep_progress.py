"""The list of a sweep's jobs and its end, printed in the terminal."""

from __future__ import annotations

from collections.abc import Collection

from rich.console import Console
from rich.table import Table
from rich.text import Text

from equipoise.experiments.cli.terminal import print_long_line
from equipoise.experiments.design.study import Study
from equipoise.experiments.design.study_notes import shorten_notes
from equipoise.experiments.execution.cost_estimate import CostEstimate
from equipoise.experiments.execution.progress_bar import format_count, format_duration
from equipoise.experiments.execution.stopping_rule import count_initial_worlds
from equipoise.experiments.execution.sweep_runner import SweepResult
from equipoise.experiments.storage.layout import NOTES_FOLDER

MAX_LISTED = 20  # jobs and failures listed before the rest is counted

SIZE_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def _format_worlds(first: int, worlds: int) -> str:
    if worlds == 1:
        return f"world {first}"
    return f"worlds {first}..{first + worlds - 1}"


def format_size(amount: float) -> str:
    """Return an amount of bytes in its largest unit: "3.2 MB"."""
    for unit, length in SIZE_UNITS:
        if amount >= length:
            return f"{amount / length:.3g} {unit}"
    return f"{amount:.0f} bytes"


def show_plan(console: Console, study: Study, estimate: CostEstimate) -> None:
    """Print the jobs of a study and their cost."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("point", "varied", "worlds", ""):
        table.add_column(title)
    for spot, worlds, done in estimate.points[:MAX_LISTED]:
        varied = ", ".join(f"{path}={value}" for path, value in spot.varied.items())
        state = "done" if done else ""
        table.add_row(str(spot.number), Text(varied or "nothing"), str(worlds), state)
    console.print(table)
    further = len(estimate.points) - MAX_LISTED
    if further > 0:
        console.print(f"... and {format_count(further, 'more point')}")
    for role in ("lever", "uncertainty"):
        paths = [axis.path for axis in study.axes if axis.role == role]
        print_long_line(console, f"{role}: {', '.join(paths) or 'none'}")
    print_long_line(console, f"constants: {', '.join(study.constants) or 'none'}")
    jobs, runs = format_count(estimate.jobs, "job"), format_count(estimate.runs, "run")
    print_long_line(
        console, f"{jobs}, {runs} to do: {format_cost(estimate)}.{_format_growth(study)}"
    )


def format_cost(estimate: CostEstimate, scale: float = 1.0) -> str:
    """Return the time and disk space of a study, or of `scale` times as much."""
    if not estimate.jobs:
        return "nothing"
    duration, disk = format_duration(scale * estimate.seconds), format_size(scale * estimate.disk)
    return f"about {duration} and {disk}"


def _format_growth(study: Study) -> str:
    """Return a sentence on the worlds that a stopping rule may add."""
    stop = study.stop
    if stop is None or stop.cap <= count_initial_worlds(study):
        return ""
    goal = f"until intervals of {stop.measure} are below {stop.width:g}"
    return f" Then more, up to {stop.cap} worlds a point, {goal}."


def show_study_notes(console: Console, sweep: SweepResult, known: Collection[str]) -> None:
    """Print the notes on what runs have read, except those that are known, each once."""
    notes = [note for note in sweep.study_notes if note not in known]
    for note in shorten_notes(notes, str(sweep.folder / NOTES_FOLDER)):
        print_long_line(console, f"note: {note}")


def show_progress_notes(console: Console, sweep: SweepResult) -> None:
    """Print the notes on how a sweep went, such as files that it has set aside."""
    for note in sweep.progress_notes:
        print_long_line(console, note)


def show_sweep_end(console: Console, sweep: SweepResult, known: Collection[str] = ()) -> None:
    """Print the end of a sweep: notes, failures, numbers of jobs and runs.

    Args:
        console: the terminal.
        sweep: the sweep.
        known: notes that were printed before it ran.
    """
    show_study_notes(console, sweep, known)
    show_progress_notes(console, sweep)
    for failure in sweep.failures[:MAX_LISTED]:
        place = _format_worlds(failure["first"], failure["worlds"])
        line = f"failed: point {failure['point']}, {place}: {failure['failure']}"
        print_long_line(console, line)
    further = len(sweep.failures) - MAX_LISTED
    if further > 0:
        console.print(f"... and {further} more")
    show_failure_folder(console, sweep)
    earlier = sweep.jobs - sweep.done
    before = f" ({earlier} of the jobs earlier)" if earlier else ""
    jobs, runs = format_count(sweep.jobs, "job"), format_count(sweep.runs, "run")
    print_long_line(console, f"{jobs}, {runs}{before} in {format_duration(sweep.seconds)}.")


def show_failure_folder(console: Console, sweep: SweepResult) -> None:
    """Print the number of failures and the folder of their tracebacks, if there are any."""
    if sweep.failures:
        place = sweep.folder / "failures"
        line = f"{len(sweep.failures)} failed; tracebacks are in {place}. The same command retries."
        print_long_line(console, line)
