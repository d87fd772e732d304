"""Progress and end of a sweep in the terminal or a notebook, and the list of its jobs."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from equipoise.experiments.cli.terminal import open_console, print_long_line
from equipoise.experiments.design.study_plan import Study
from equipoise.experiments.execution.cost_estimate import CostEstimate
from equipoise.experiments.execution.job import JobResult
from equipoise.experiments.execution.stopping_rule import count_initial_worlds
from equipoise.experiments.execution.sweep_runner import SweepResult

MAX_LISTED = 20  # jobs and failures listed before the rest is counted
LINE_INTERVAL = 30.0  # seconds between two lines where there is no terminal
NOTEBOOK_INTERVAL = 0.5  # seconds between two updates in a notebook
NOTEBOOK_BAR_WIDTH = 20  # characters
# Jobs differ in size: the rate over the last five minutes predicts better than that of the last.
SPEED_PERIOD = 300

TIME_UNITS = (("d", 86400.0), ("h", 3600.0), ("min", 60.0))
SIZE_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


class NotebookLine:
    """A line below a notebook's cell that is rewritten; rich's own bar needs ipywidgets there."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, line: str) -> None:
        """Replace the line."""
        data = {"text/plain": line}
        if self._handle is None:
            display = importlib.import_module("IPython.display").display
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


class SweepProgress:
    """Shows the progress of a sweep: a bar on a terminal, a rewritten line in a notebook.

    Elsewhere it prints a line from time to time. Failures are printed at once.
    """

    def __init__(
        self,
        console: Console,
        progress: Progress | None = None,
        line: NotebookLine | None = None,
    ) -> None:
        self._console = console
        self._progress = progress
        self._notebook_line = line
        self._task = progress.add_task("jobs", total=0, failed="", rate="") if progress else None
        self._total = 0
        self._done = 0
        self._failed = 0
        self._start = time.monotonic()
        self._last_shown = self._start

    def on_jobs_added(self, jobs: int) -> None:
        """Add jobs to the total."""
        self._total += jobs
        self._show()

    def on_result(self, result: JobResult) -> None:
        """Count a job that is finished or has failed."""
        self._done += 1
        if result.failure:
            self._failed += 1
            place = f"point {result.point}, {_format_worlds(result.first, result.worlds)}"
            print_long_line(self._console, f"failed: {place}: {result.failure}")
        self._show()

    def _show(self) -> None:
        now = time.monotonic()
        rate = self._done / max(now - self._start, 1e-9)
        if self._progress and self._task is not None:
            self._progress.update(
                self._task,
                total=self._total,
                completed=self._done,
                failed=f"{self._failed} failed" if self._failed else "",
                rate=self._format_rate(rate),
            )
        elif self._notebook_line:
            self._show_in_notebook(self._notebook_line, now, rate)
        elif now - self._last_shown > LINE_INTERVAL:
            self._last_shown = now
            print_long_line(self._console, self._format_line(rate))

    def _show_in_notebook(self, line: NotebookLine, now: float, rate: float) -> None:
        is_first_or_last = self._done in (0, self._total)
        if is_first_or_last or now - self._last_shown > NOTEBOOK_INTERVAL:
            self._last_shown = now
            full = NOTEBOOK_BAR_WIDTH * self._done // max(self._total, 1)
            bar = "█" * full + "░" * (NOTEBOOK_BAR_WIDTH - full)
            line.show(f"{bar} {self._format_line(rate)}")

    def _format_rate(self, rate: float) -> str:
        return f"{rate:.3g} jobs/s" if self._done else ""

    def _format_line(self, rate: float) -> str:
        failed = f", {self._failed} failed" if self._failed else ""
        line = f"{self._done} of {format_count(self._total, 'job')}{failed}"
        if self._done in (0, self._total):
            return line
        left = (self._total - self._done) / rate
        return f"{line}; {self._format_rate(rate)}, about {format_duration(left)} left"


def _format_worlds(first: int, worlds: int) -> str:
    if worlds == 1:
        return f"world {first}"
    return f"worlds {first}..{first + worlds - 1}"


@contextlib.contextmanager
def show_sweep_progress(quiet: bool = False) -> Iterator[SweepProgress]:
    """Give an object that shows the progress of a sweep on standard error, or nothing if quiet."""
    console = open_console(stderr=True)
    if quiet:
        yield SweepProgress(Console(quiet=True))
    elif console.is_jupyter:
        yield SweepProgress(console, line=NotebookLine())
    elif not console.is_terminal:
        yield SweepProgress(console)
    else:
        columns: tuple[ProgressColumn, ...] = (
            MofNCompleteColumn(),
            TextColumn("jobs"),
            BarColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("[red]{task.fields[failed]}"),
        )
        with Progress(
            *columns, console=console, transient=True, speed_estimate_period=SPEED_PERIOD
        ) as bar:
            yield SweepProgress(console, bar)


def format_duration(seconds: float) -> str:
    """Return a duration in its largest unit: "3 h", "40 s"."""
    for unit, length in TIME_UNITS:
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1g} s"


def format_count(number: int, noun: str) -> str:
    """Return a number with its noun: "1 job", "2 jobs"."""
    plural = "" if number == 1 else "s"
    return f"{number} {noun}{plural}"


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


def show_sweep_end(console: Console, sweep: SweepResult) -> None:
    """Print the end of a sweep: notes, failures, numbers of jobs and runs."""
    for note in sweep.notes:
        print_long_line(console, note)
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
