"""`equipoise trace`: the story of one complaint, from a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from equipoise.experiments.config.messages import settings_from
from equipoise.output import run_folder
from equipoise.output.complaint_trace import Story, story

FOLDER = typer.Argument(help="A run folder, as `equipoise run` writes it.", show_default=False)
WHO = typer.Option(
    "--consumer",
    help="The number of a consumer; one worth telling when left out.",
    show_default=False,
)


def trace(folder: Annotated[Path, FOLDER], consumer: Annotated[int | None, WHO] = None) -> None:
    """Tell the story of one complaint. Lived, posted, heard, decided, done, forgiven or left: with dates."""
    Console().print(_table(story(run_folder.settings_of(folder, settings_from), consumer)))


def _table(told: Story) -> Table:
    name = "" if told.name == str(told.consumer) else f" ({told.name})"
    table = Table(
        title=f"One complaint: consumer {told.consumer}{name}", box=None, title_justify="left"
    )
    for title in ("day", "", "what happened"):
        table.add_column(title, justify="right" if title == "day" else "left", overflow="fold")
    for moment in told.moments:
        table.add_row(str(moment.day), moment.what, moment.happened)
    return table
