"""The command `equipoise trace`: the course of one complaint in a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from equipoise.experiments.cli import terminal
from equipoise.experiments.cli.options import expand_path
from equipoise.experiments.config.messages import validate_settings
from equipoise.output import run_folder
from equipoise.output.complaint_trace import ComplaintTrace, trace_complaint

Folder = Annotated[
    Path,
    typer.Argument(
        callback=expand_path, help="A run folder, as `equipoise run` writes it.", show_default=False
    ),
]
ConsumerNumber = Annotated[
    int | None,
    typer.Option("--consumer", help="Number of a consumer (default: an instructive one)."),
]


def trace_command(folder: Folder, consumer: ConsumerNumber = None) -> None:
    """Follow one complaint with dates: experienced, posted, heard, decided, done, and its end."""
    settings = run_folder.load_run_settings(folder, validate_settings)
    terminal.open_console().print(_story_table(trace_complaint(settings, consumer)))


def _story_table(complaint: ComplaintTrace) -> Table:
    has_name = complaint.name != str(complaint.consumer)
    name = f" ({complaint.name})" if has_name else ""
    title = f"One complaint: consumer {complaint.consumer}{name}"
    table = Table(title=title, box=None, title_justify="left")
    table.add_column("day", justify="right", overflow="fold")
    table.add_column("", overflow="fold")
    table.add_column("what happened", overflow="fold")
    for event in complaint.events:
        table.add_row(str(event.day), event.kind, event.sentence)
    return table
