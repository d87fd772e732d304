"""Progress of a sweep on a terminal, in a notebook, and elsewhere."""

import io
import re
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from equipoise.experiments.design.job import JobResult
from equipoise.experiments.execution import progress_bar
from equipoise.experiments.execution.progress_bar import (
    NotebookLine,
    SweepProgress,
    format_count,
    format_duration,
    show_sweep_progress,
)

FINISHED = JobResult("a", 0, 0, 1)
FAILED = JobResult("b", 1, 0, 1, failure="out of memory")


def test_notebook_shows_one_line_that_is_rewritten(monkeypatch):
    shown = []

    def display(data, **_):
        shown.append(data["text/plain"])
        return SimpleNamespace(update=lambda data, **_: shown.append(data["text/plain"]))

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(progress_bar, "NOTEBOOK_INTERVAL", 0.0)
    printed = io.StringIO()
    bar = SweepProgress(Console(file=printed), line=NotebookLine())
    bar.on_jobs_added(2)
    bar.on_result(FINISHED)
    bar.on_result(FAILED)
    assert shown[0].endswith("░ 0 of 2 jobs")
    assert re.search(r"█░+ 1 of 2 jobs; .* jobs/s, about .* left$", shown[1])
    assert shown[2].endswith("█ 2 of 2 jobs, 1 failed")
    assert printed.getvalue() == "failed: point 1, world 0: out of memory\n"


def test_terminal_bar_has_total_finished_and_failed_jobs():
    console = Console(file=io.StringIO())
    with Progress(TextColumn("{task.fields[failed]}"), console=console) as progress:
        bar = SweepProgress(console, progress)
        bar.on_jobs_added(3)
        bar.on_result(FINISHED)
        bar.on_result(FAILED)
        (task,) = progress.tasks
        assert (task.total, task.completed) == (3, 2)
        assert task.fields["failed"] == "1 failed"
        assert task.fields["rate"].endswith(" jobs/s")


def test_elsewhere_a_line_is_printed_after_an_interval_only(monkeypatch):
    printed = io.StringIO()
    bar = SweepProgress(Console(file=printed))
    bar.on_jobs_added(2)
    assert printed.getvalue() == ""
    monkeypatch.setattr(progress_bar, "_LOG_INTERVAL", 0.0)
    bar.on_result(FINISHED)
    assert printed.getvalue().startswith("1 of 2 jobs; ")


def test_failed_block_is_named_by_its_worlds():
    printed = io.StringIO()
    bar = SweepProgress(Console(file=printed))
    bar.on_result(JobResult("c", 2, 50, 10, failure="SystemExit: 7"))
    assert printed.getvalue() == "failed: point 2, worlds 50..59: SystemExit: 7\n"


def test_quiet_progress_prints_nothing(capsys):
    with show_sweep_progress(quiet=True) as bar:
        bar.on_jobs_added(1)
        bar.on_result(FAILED)
    assert capsys.readouterr() == ("", "")


def test_progress_goes_to_standard_error(capsys):
    with show_sweep_progress() as bar:
        bar.on_result(FAILED)
    out, err = capsys.readouterr()
    assert (out, "out of memory" in err) == ("", True)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.04 s"),
        (1.6, "2 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7200, "2 h"),
        (3 * 86400, "3 d"),
    ],
)
def test_duration_is_shown_in_its_largest_unit(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs")])
def test_count_has_a_plural(number, text):
    assert format_count(number, "job") == text
