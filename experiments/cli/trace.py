"""The command `equipoise trace`: the course of one complaint in a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from equipoise.experiments.cli import terminal
from equipoise.experiments.config.messages import settings_from
from equipoise.output import run_folder
from equipoise.output.complaint_trace import Story, story

Folder = Annotated[
    Path, typer.Argument(help="A run folder, as `equipoise run` writes it.", show_default=False)
]
ConsumerNumber = Annotated[
    int | None,
    typer.Option("--consumer", help="Number of a consumer (default: an instructive one)."),
]


def trace_command(folder: Folder, consumer: ConsumerNumber = None) -> None:
    """Follow one complaint with dates: experienced, posted, heard, decided, done, and its end."""
    settings = run_folder.settings_of(folder, settings_from)
    terminal.open_console().print(_story_table(story(settings, consumer)))


def _story_table(complaint: Story) -> Table:
    has_name = complaint.name != str(complaint.consumer)
    name = f" ({complaint.name})" if has_name else ""
    title = f"One complaint: consumer {complaint.consumer}{name}"
    table = Table(title=title, box=None, title_justify="left")
    table.add_column("day", justify="right", overflow="fold")
    table.add_column("", overflow="fold")
    table.add_column("what happened", overflow="fold")
    for moment in complaint.moments:
        table.add_row(str(moment.day), moment.what, moment.happened)
    return table
