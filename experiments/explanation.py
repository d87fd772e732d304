"""What `equipoise explain` prints."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console


def show(console: Console, word: str, folders: tuple[Path, ...]) -> None:
    """Print it."""
