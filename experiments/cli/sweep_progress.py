"""What a sweep says in the terminal: a bar with rate, time left and failures; a list of jobs; how it ended."""

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

from equipoise.experiments.cli import terminal
from equipoise.experiments.design.study_plan import Study
from equipoise.experiments.execution.cost_estimate import CostEstimate
from equipoise.experiments.execution.job import JobResult
from equipoise.experiments.execution.stopping_rule import count_initial_worlds
from equipoise.experiments.execution.sweep_runner import SweepResult

SHOWN = 20  # jobs and failures listed before the rest are counted
EVERY = 30.0  # seconds between lines where nobody watches a terminal
OFTEN = 0.5  # seconds between lines in a notebook
WIDTH = 20  # characters of the bar there


class Cell:
    """A line below a notebook's cell, written anew each time: rich's own bar needs ipywidgets there."""

    def __init__(self) -> None:
        self._handle: Any = None

    def say(self, line: str) -> None:
        """Show a line in the place of the one before."""
        told = {"text/plain": line}
        if self._handle is None:
            show = importlib.import_module("IPython.display").display
            self._handle = show(told, raw=True, display_id=True)
        else:
            self._handle.update(told, raw=True)


class Bar:
    """Tells a sweep's progress: on a terminal by a bar, in a notebook by a line that is written anew.

    Elsewhere a line is said now and then. Failures are told at once.
    """

    def __init__(
        self, console: Console, progress: Progress | None = None, cell: Cell | None = None
    ) -> None:
        self._console, self._progress, self._cell = console, progress, cell
        self._task = progress.add_task("jobs", total=0, failed="", rate="") if progress else None
        self._total = self._done = self._failed = 0
        self._start = self._spoke = time.monotonic()

    def on_jobs_added(self, jobs: int) -> None:
        """So many more jobs are to be done."""
        self._total += jobs
        self._show()

    def on_result(self, result: JobResult) -> None:
        """A job is finished, or has failed."""
        self._done += 1
        if result.failure:
            self._failed += 1
            self._console.print(
                Text(f"failed: point {result.point}, {_worlds(result)}: {result.failure}"),
                soft_wrap=True,
            )
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
                rate=f"{rate:.3g} jobs/s" if self._done else "",
            )
        elif self._cell and (now - self._spoke > OFTEN or self._done in (0, self._total)):
            self._spoke = now
            full = WIDTH * self._done // max(self._total, 1)
            self._cell.say(f"{'█' * full}{'░' * (WIDTH - full)} {self._line(rate)}")
        elif not self._cell and now - self._spoke > EVERY:
            self._spoke = now
            self._console.print(Text(self._line(rate)), soft_wrap=True)

    def _line(self, rate: float) -> str:
        failed = f", {self._failed} failed" if self._failed else ""
        told = f"{self._done} of {counted(self._total, 'job')}{failed}"
        if not self._done or self._done == self._total:
            return told
        return f"{told}; {rate:.3g} jobs/s, about {span((self._total - self._done) / rate)} left"


def _worlds(result: JobResult) -> str:
    last = result.first + result.worlds - 1
    return f"world {last}" if result.worlds == 1 else f"worlds {result.first}..{last}"


@contextlib.contextmanager
def watching(quiet: bool = False) -> Iterator[Bar]:
    """Give somebody who shows a sweep's progress."""
    console = terminal.screen(aside=True)
    if quiet or console.is_jupyter or not console.is_terminal:
        cell = Cell() if console.is_jupyter and not quiet else None
        yield Bar(Console(quiet=True) if quiet else console, cell=cell)
        return
    columns: tuple[ProgressColumn, ...] = (
        MofNCompleteColumn(),
        TextColumn("jobs"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("[red]{task.fields[failed]}"),
    )
    with Progress(*columns, console=console, transient=True, speed_estimate_period=300) as bar:
        yield Bar(console, bar)


def span(seconds: float) -> str:
    """Return a time span as people say it."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1g} s"


def counted(number: int, what: str) -> str:
    """Return a number of things as people say it."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def size(amount: float) -> str:
    """Return an amount of bytes as people say it."""
    for unit, each in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if amount >= each:
            return f"{amount / each:.3g} {unit}"
    return f"{amount:.0f} bytes"


def show_plan(console: Console, study: Study, forecast: CostEstimate) -> None:
    """Print the jobs of a study and what they will cost."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("point", "what is varied", "worlds", ""):
        table.add_column(title)
    for spot, worlds, done in forecast.points[:SHOWN]:
        varied = ", ".join(f"{path}={value}" for path, value in spot.varied.items())
        table.add_row(
            str(spot.number), Text(varied or "nothing"), str(worlds), "done" if done else ""
        )
    console.print(table)
    if len(forecast.points) > SHOWN:
        console.print(f"... and {counted(len(forecast.points) - SHOWN, 'more point')}")
    for role in ("lever", "uncertainty"):
        paths = [axis.path for axis in study.axes if axis.role == role]
        console.print(Text(f"{role}: {', '.join(paths) or 'none'}"), soft_wrap=True)
    console.print(Text(f"constants: {', '.join(study.constants) or 'none'}"), soft_wrap=True)
    cost = (
        f"about {span(forecast.seconds)} and {size(forecast.disk)}" if forecast.jobs else "nothing"
    )
    told = f"{counted(forecast.jobs, 'job')}, {counted(forecast.runs, 'run')} to do: {cost}."
    console.print(Text(told + _later(study)), soft_wrap=True)


def _later(study: Study) -> str:
    """Return what may come after the worlds that are run at first."""
    stop = study.stop
    if stop is None or stop.cap <= count_initial_worlds(study):
        return ""
    return f" Then more, up to {stop.cap} worlds a point, until intervals of {stop.measure} are below {stop.width:g}."


def show_end(console: Console, done: SweepResult) -> None:
    """Print how a sweep ended: notes, failures, what is finished."""
    for note in done.notes:
        console.print(Text(note), soft_wrap=True)
    for each in done.failures[:SHOWN]:
        worlds = f"worlds {each['first']}..{each['first'] + each['worlds'] - 1}"
        console.print(
            Text(f"failed: point {each['point']}, {worlds}: {each['failure']}"), soft_wrap=True
        )
    if len(done.failures) > SHOWN:
        console.print(f"... and {len(done.failures) - SHOWN} more")
    if done.failures:
        console.print(
            Text(
                f"{len(done.failures)} failed; tracebacks are in {done.folder / 'failures'}. The same command retries."
            )
        )
    console.print(Text(ended(done)), soft_wrap=True)


def ended(done: SweepResult) -> str:
    """Return how a sweep ended in one sentence."""
    earlier = done.jobs - done.done
    before = f" ({earlier} of the jobs earlier)" if earlier else ""
    return (
        f"{counted(done.jobs, 'job')}, {counted(done.runs, 'run')}{before} in {span(done.seconds)}."
    )


def plain_summary(done: SweepResult) -> dict[str, Any]:
    """Return how a sweep ended as plain data."""
    return {
        "folder": str(done.folder),
        "jobs": done.jobs,
        "runs": done.runs,
        "failed": len(done.failures),
    }
