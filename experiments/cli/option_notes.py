"""Notes that are written before anything runs: on options of the user, and on a plan."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from equipoise.experiments.cli import terminal


def write_option_notes(folders: Iterable[Path] | None) -> None:
    """Write a note for each folder whose options replace others of the same name."""
    if folders:
        from equipoise.experiments.config.option_files import describe_replaced_options

        for note in describe_replaced_options(folders):
            terminal.write_note(note)


def write_planning_notes(study: Any) -> None:
    """Write the notes on the settings of a study, each once."""
    from equipoise.experiments.design.study_notes import shorten_notes

    for note in shorten_notes(study.planning_notes):
        terminal.write_note(f"note: {note}")
