"""Output of the command line: lines, notes, errors, progress by day, the scorecard."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from equipoise import compilation
from equipoise.settings.settings import Settings

_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

DayCallback = Callable[[int, int], None]
# Days between two updates of the bar: an update costs more than a day of few people.
REFRESH_INTERVAL = 20
MAX_VALUE_WIDTH = 30  # characters of a scorecard's value before it is folded

COMPILING = "Compiling the model for this machine. This takes some seconds, the first time only."


def neutralise(text: str) -> str:
    """Return text without the control characters that a terminal would obey."""
    return _CONTROL_CHARACTER.sub("?", text)


class PlainConsole(Console):
    """A console that shows control characters in a user's text as question marks."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of what is printed; rich's own control codes are kept."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield segment._replace(text=neutralise(segment.text))


def open_console(*, stderr: bool = False) -> Console:
    """Return the terminal: standard output for results, standard error for notes and progress."""
    return PlainConsole(stderr=stderr, highlight=False, soft_wrap=False)


def write_line(line: str) -> None:
    """Write a line to standard output at once."""
    sys.stdout.write(f"{neutralise(line)}\n")
    sys.stdout.flush()


def write_note(line: str) -> None:
    """Write a line to standard error at once."""
    sys.stderr.write(f"{neutralise(line)}\n")
    sys.stderr.flush()


def write_error(problem: str) -> None:
    """Write one problem to standard error, marked as an error."""
    write_note(f"error: {problem}")


def print_long_line(console: Console, line: str) -> None:
    """Print one line without breaking it."""
    console.print(Text(line), soft_wrap=True)


@contextlib.contextmanager
def show_day_progress(console: Console) -> Iterator[DayCallback | None]:
    """Give a function (days done, total) that moves a progress bar; None off a terminal."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("day"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("days", total=None)

        def on_day(done: int, total: int) -> None:
            if done % REFRESH_INTERVAL == 0 or done in (1, total):
                bar.update(task, completed=done, total=total)

        yield on_day


def announce_compilation(settings: Settings) -> None:
    """Print a note if the model must be compiled for these settings."""
    if must_compile(settings):
        write_note(COMPILING)
        for remark in compilation.cache_places:
            write_note(f"note: {remark}")


def write_cache_damages() -> None:
    """Print a note for each damage of the compiled model's cache that was mended."""
    for remark in compilation.cache_damages:
        write_note(f"note: {remark}")
    compilation.cache_damages.clear()


def must_compile(settings: Settings) -> bool:
    """Return True if numba's cache holds no compiled model for these settings."""
    from equipoise.consumers import compiled_day, rules

    if settings.engine == "agents":
        return not compilation.list_compiled_signatures(rules.move_toward)
    signatures = compilation.list_compiled_signatures(compiled_day.run_day)
    precision = "float64, 2d" if settings.precision == "double" else "float32, 2d"
    return not any(precision in signature for signature in signatures)


def show_scorecard(console: Console, card: Any) -> None:
    """Print a scorecard: title, sentences, and a table of measures under each heading."""
    console.print(Text(card.title, style="bold"))
    print_bullets(console, card.sentences)
    measure_width = max((len(row.measure) for row in card.rows), default=1)
    value_width = max((len(row.value) for row in card.rows), default=1)
    for heading, rows in card.groups():
        console.print()
        console.print(Text(heading, style="bold"))
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(no_wrap=True, width=measure_width)
        table.add_column(width=min(value_width, MAX_VALUE_WIDTH))
        table.add_column(style="dim")
        for row in rows:
            table.add_row(row.measure, row.value, row.meaning)
        console.print(table)
    if card.note:
        console.print()
        console.print(Text(card.note, style="dim"))


def print_bullets(console: Console, sentences: Any) -> None:
    """Print sentences as a list, each with a hanging indent."""
    for sentence in sentences:
        line = Table.grid(padding=(0, 1))
        line.add_row("-", Text(sentence))
        console.print(line)
