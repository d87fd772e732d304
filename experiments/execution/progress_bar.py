"""Progress of a sweep: a bar on a terminal, one line in a notebook, a line every 30 s elsewhere."""

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
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from equipoise.experiments.design.job import JobResult

_LOG_INTERVAL = 30.0  # seconds between lines where no terminal is watched
NOTEBOOK_INTERVAL = 0.5  # seconds between lines in a notebook
_NOTEBOOK_WIDTH = 20  # characters of the bar in a notebook
_SPEED_WINDOW = 300  # seconds over which the speed is averaged; jobs can take minutes


class NotebookLine:
    """One line below a notebook's cell, rewritten in place.

    The bar of rich needs ipywidgets in a notebook; this needs nothing beyond IPython.
    """

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, line: str) -> None:
        """Replace the line."""
        content = {"text/plain": line}
        if self._handle is None:
            display = importlib.import_module("IPython.display").display
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)


class SweepProgress:
    """A watcher that shows finished jobs, their rate, the time left, and failures at once.

    Args:
        console: where failures and plain lines are printed.
        progress: bar on a terminal.
        line: line in a notebook.
    """

    def __init__(
        self,
        console: Console,
        progress: Progress | None = None,
        line: NotebookLine | None = None,
    ) -> None:
        self._console = console
        self._progress = progress
        self._notebook = line
        self._task = progress.add_task("jobs", total=0, failed="", rate="") if progress else None
        self._total = 0
        self._done = 0
        self._failed = 0
        self._start = time.monotonic()
        self._last_line = self._start

    def on_jobs_added(self, jobs: int) -> None:
        """Add jobs to the total."""
        self._total += jobs
        self._refresh()

    def on_result(self, result: JobResult) -> None:
        """Count a finished job; print it if it failed."""
        self._done += 1
        if result.failure:
            self._failed += 1
            line = f"failed: point {result.point}, {_format_worlds(result)}: {result.failure}"
            self._console.print(Text(line), soft_wrap=True)
        self._refresh()

    def _refresh(self) -> None:
        now = time.monotonic()
        rate = self._done / max(now - self._start, 1e-9)
        silence = now - self._last_line
        if self._progress and self._task is not None:
            self._update_bar(self._progress, self._task, rate)
        elif self._notebook:
            first_or_last = self._done in (0, self._total)
            if first_or_last or silence > NOTEBOOK_INTERVAL:
                self._last_line = now
                self._notebook.show(f"{self._draw_bar()} {self._format_line(rate)}")
        elif silence > _LOG_INTERVAL:
            self._last_line = now
            self._console.print(Text(self._format_line(rate)), soft_wrap=True)

    def _update_bar(self, progress: Progress, task: TaskID, rate: float) -> None:
        failed = f"{self._failed} failed" if self._failed else ""
        speed = f"{rate:.3g} jobs/s" if self._done else ""
        progress.update(task, total=self._total, completed=self._done, failed=failed, rate=speed)

    def _draw_bar(self) -> str:
        full = _NOTEBOOK_WIDTH * self._done // max(self._total, 1)
        return "█" * full + "░" * (_NOTEBOOK_WIDTH - full)

    def _format_line(self, rate: float) -> str:
        line = f"{self._done} of {format_count(self._total, 'job')}"
        if self._failed:
            line += f", {self._failed} failed"
        if not self._done or self._done == self._total:
            return line
        time_left = format_duration((self._total - self._done) / rate)
        return f"{line}; {rate:.3g} jobs/s, about {time_left} left"


def _format_worlds(result: JobResult) -> str:
    last = result.first + result.worlds - 1
    return f"world {last}" if result.worlds == 1 else f"worlds {result.first}..{last}"


@contextlib.contextmanager
def show_sweep_progress(quiet: bool = False) -> Iterator[SweepProgress]:
    """Show progress on standard error for the duration of a block; ``quiet`` shows nothing."""
    console = Console(stderr=True, highlight=False, soft_wrap=False)
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
        bar = Progress(
            *columns, console=console, transient=True, speed_estimate_period=_SPEED_WINDOW
        )
        with bar:
            yield SweepProgress(console, bar)


def format_duration(seconds: float) -> str:
    """Return a time span in its largest unit of which there are two or more."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1g} s"


def format_count(number: int, noun: str) -> str:
    """Return a number of things, as in ``3 jobs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
