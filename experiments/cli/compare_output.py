"""What a comparison says in the terminal: as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from equipoise.analysis.text.comparison_text import KEPT, Answer, Column, Sheet

LEAST = 24  # longer names are folded where there is no room


def show(console: Console, answer: Answer) -> None:
    """Print what a comparison says."""
    console.print(Text(answer.title, style="bold"))
    console.print()
    for sentence in (*answer.sentences, *answer.notes):
        line = Table.grid(padding=(0, 1))
        line.add_row("-", Text(sentence))
        console.print(line)
    lacking = left_out(answer.sheets, console.width)
    for sheet in answer.sheets:
        _show_sheet(
            console, sheet, [column for column in sheet.columns if column.head not in lacking]
        )
    console.print()
    terms = [(term, meaning) for term, meaning in answer.terms if term not in lacking]
    if lacking:
        terms.append(
            (
                "left out",
                f"{', '.join(lacking)}: a wider terminal has room for them, --export has everything",
            )
        )
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    for term, meaning in terms:
        table.add_row(term, Text(meaning))
    console.print(table)


def left_out(sheets: Sequence[Sheet], width: int) -> list[str]:
    """Return the heads of columns for which a terminal has no room in some table: they are left out of all."""
    lacking: list[str] = []
    for sheet in sheets:
        kept = [column for column in sheet.columns if column.head not in lacking]
        while _wide(kept) > width and min(column.keep for column in kept) < KEPT:
            least = min(kept, key=lambda column: column.keep)
            kept.remove(least)
            lacking.append(least.head)
    return lacking


def _wide(columns: Sequence[Column]) -> int:
    return sum(_least(column) + 1 for column in columns) - 1


def _least(column: Column) -> int:
    widest = max(len(cell) for cell in (column.head, *column.cells))
    return min(widest, LEAST) if column.folds else widest


def _show_sheet(console: Console, sheet: Sheet, columns: Sequence[Column]) -> None:
    console.print()
    console.print(Text(sheet.heading, style="bold"))
    if sheet.before:
        console.print(Text(sheet.before, style="dim"))
    table = Table(
        box=None,
        padding=(0, 2 if _wide(columns) + len(columns) <= console.width else 1, 0, 0),
        pad_edge=False,
    )
    for column in columns:
        table.add_column(
            column.head,
            justify="right" if column.right else "left",
            no_wrap=not column.folds,
            overflow="fold",
            min_width=_least(column),
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, row))
    console.print(table)
    if sheet.after:
        console.print(Text(sheet.after, style="dim"))
