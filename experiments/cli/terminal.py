"""What a run says in the terminal: progress, notes, scorecard."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from equipoise.settings.settings import Settings

Told = Callable[[int, int], None]
REFRESH = 20  # the bar is told of every so many days

COMPILING = "Compiling the model for this machine. This takes some seconds, the first time only."


def screen(*, aside: bool = False) -> Console:
    """Return the terminal: what was asked for (stdout), or what is said aside (stderr)."""
    return Console(stderr=aside, highlight=False, soft_wrap=False)


@contextlib.contextmanager
def progress(console: Console) -> Iterator[Told | None]:
    """Give a function that moves a progress bar; None where nobody watches a terminal."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("day"), MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("days", total=None)

        def told(done: int, total: int) -> None:
            if done % REFRESH == 0 or done in (1, total):
                bar.update(task, completed=done, total=total)

        yield told


def must_compile(settings: Settings) -> bool:
    """Tell whether no compiled model for this precision lies in numba's cache."""
    from equipoise.consumers import compiled_day, rules

    kernel: Any = rules.move_toward if settings.engine == "agents" else compiled_day.run_day
    try:
        compiled = kernel._cache._cache_file._load_index()
    except (AttributeError, OSError):  # not a promise of numba's: then nothing is said
        return False
    real = "float64, 2d" if settings.precision == "double" else "float32, 2d"
    return not any(settings.engine == "agents" or real in str(signature) for signature in compiled)


def show_scorecard(console: Console, card: Any) -> None:
    """Print a scorecard: title, sentences, a table of measures under each heading."""
    console.print(Text(card.title, style="bold"))
    for sentence in card.sentences:
        line = Table.grid(padding=(0, 1))
        line.add_row("-", Text(sentence))
        console.print(line)
    widest = [max((len(row[k]) for row in card.rows), default=1) for k in (0, 1)]
    for heading, rows in card.groups():
        console.print()
        console.print(Text(heading, style="bold"))
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(no_wrap=True, width=widest[0])
        table.add_column(width=min(widest[1], 30))
        table.add_column(style="dim")
        for row in rows:
            table.add_row(row.measure, row.value, row.meaning)
        console.print(table)
    if card.note:
        console.print()
        console.print(Text(card.note, style="dim"))
