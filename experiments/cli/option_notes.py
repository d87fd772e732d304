"""Notes on the user's options that replace shipped ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from equipoise.experiments.cli import terminal


def write_option_notes(folders: Iterable[Path] | None) -> None:
    """Write a note for each folder whose options replace others of the same name."""
    if folders:
        from equipoise.experiments.config.option_files import describe_replaced_options

        for note in describe_replaced_options(folders):
            terminal.write_note(note)
