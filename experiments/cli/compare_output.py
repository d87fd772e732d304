"""A comparison in the terminal, with as many columns as its width allows."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from equipoise.analysis.comparison.comparison import Comparison
from equipoise.analysis.text.comparison_text import (
    TOP_PRIORITY,
    ComparisonText,
    TextColumn,
    TextTable,
    describe_comparison,
)
from equipoise.experiments.cli.terminal import print_bullets

# Names that are longer than this are folded where there is no room for them.
MAX_UNFOLDED_NAME = 24
OMISSION = "a wider terminal has room for them, --export has everything"


def render_comparison(comparison: Comparison, width: int = 100) -> str:
    """Return a comparison as plain text, as `equipoise compare` prints it at this width."""
    page = io.StringIO()
    console = Console(file=page, width=width, highlight=False, color_system=None)
    show_comparison(console, describe_comparison(comparison))
    return page.getvalue()


def show_comparison(console: Console, answer: ComparisonText) -> None:
    """Print the sentences and tables of a comparison, and the meaning of their terms."""
    console.print(Text(answer.title, style="bold"))
    console.print()
    print_bullets(console, (*answer.sentences, *answer.notes))
    omitted = find_omitted_columns(answer.tables, console.width)
    for sheet in answer.tables:
        columns = [column for column in sheet.columns if column.head not in omitted]
        _show_sheet(console, sheet, columns)
    console.print()
    terms = [(term, meaning) for term, meaning in answer.terms if term not in omitted]
    if omitted:
        terms.append(("left out", f"{', '.join(omitted)}: {OMISSION}"))
    _show_terms(console, terms)


def _show_terms(console: Console, terms: Sequence[tuple[str, str]]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    for term, meaning in terms:
        table.add_row(term, Text(meaning))
    console.print(table)


def find_omitted_columns(sheets: Sequence[TextTable], width: int) -> list[str]:
    """Return the heads of the columns to omit from all tables, so that each fits the width."""
    omitted: list[str] = []
    for sheet in sheets:
        columns = [column for column in sheet.columns if column.head not in omitted]
        while (
            _table_width(columns) > width
            and min(column.priority for column in columns) < TOP_PRIORITY
        ):
            least = min(columns, key=lambda column: column.priority)
            columns.remove(least)
            omitted.append(least.head)
    return omitted


def _table_width(columns: Sequence[TextColumn]) -> int:
    return sum(_column_width(column) + 1 for column in columns) - 1


def _column_width(column: TextColumn) -> int:
    widest = max(len(cell) for cell in (column.head, *column.cells))
    return min(widest, MAX_UNFOLDED_NAME) if column.folds else widest


def _show_sheet(console: Console, sheet: TextTable, columns: Sequence[TextColumn]) -> None:
    console.print()
    console.print(Text(sheet.heading, style="bold"))
    if sheet.before:
        console.print(Text(sheet.before, style="dim"))
    has_room = _table_width(columns) + len(columns) <= console.width
    gap = 2 if has_room else 1
    table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(
            column.head,
            justify="right" if column.right else "left",
            no_wrap=not column.folds,
            overflow="fold",
            min_width=_column_width(column),
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, row))
    console.print(table)
    if sheet.after:
        console.print(Text(sheet.after, style="dim"))
