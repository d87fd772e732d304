"""What `equipoise explain` prints: the order of a day, the options of each group, and every setting."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from equipoise.errors import EquipoiseError, suggest_spelling
from equipoise.experiments.config.catalogue import Entry, about, entries
from equipoise.experiments.config.compose import GROUPS, options
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS, WORLD_STEPS, Step
from equipoise.settings.schema import kinds


def show(console: Console, word: str, folders: tuple[Path, ...]) -> None:
    """Print all there is to explain, or only the settings with ``word`` in their path.

    Raises:
        EquipoiseError: when no path has the word in it.
    """
    chosen = [entry for entry in entries() if word in entry.path or word in entry.owner]
    groups = [group for group in GROUPS if word in group]
    if not chosen and not groups:
        parts = {part for entry in entries() for part in (entry.path, *entry.path.split("."))}
        raise EquipoiseError(f"no setting has {word!r} in its path.{suggest_spelling(word, parts)}")
    if not word:
        _day(console)
    _options(console, groups, folders)
    _settings(console, chosen)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _day(console: Console) -> None:
    for title, steps in (
        ("The order of a day", WORLD_STEPS),
        ("In 'live', each consumer's day", CONSUMER_STEPS),
        ("and what happens between consumers", SOCIAL_STEPS),
    ):
        _heading(console, title)
        _steps(console, steps)


def _steps(console: Console, steps: Iterable[Step]) -> None:
    for number, step in enumerate(steps, 1):
        _hanging(console, f"{number}. {step.name:<15}", step.meaning)


def _options(console: Console, groups: list[str], folders: tuple[Path, ...]) -> None:
    """Print what can be chosen, as in strategy=pid_survey."""
    if groups:
        _heading(console, "Options, chosen by group=option")
    for group in groups:
        _hanging(console, f"{group:<15}", ", ".join(options(group, folders)))


def _settings(console: Console, chosen: Iterable[Entry]) -> None:
    """Print settings, those of an option under its name."""
    for owner, members in groupby(chosen, key=_section):
        group, is_part, kind = owner.partition("=")
        told = f": {about(_family(group), kind)}" if is_part else ""
        _heading(console, f"{owner}{told}")
        for entry in members:
            _setting(console, entry)


def _section(entry: Entry) -> str:
    top, dot, _ = entry.path.partition(".")
    return entry.owner or (top if dot else "the run")


def _family(group: str) -> str:
    return f"{group}s" if kinds(f"{group}s") else group


def _setting(console: Console, entry: Entry) -> None:
    line = Text("  ")
    line.append(entry.path, style="cyan")
    line.append(f" = {entry.default} {entry.unit}".rstrip())
    console.print(line)
    allowed = entry.allowed.removeprefix("a number, ").removeprefix("a ")
    source = f" [{entry.source}]" if entry.source else ""
    console.print(Padding(Text(f"{entry.meaning} ({allowed}){source}"), (0, 0, 0, 6), expand=False))


def _hanging(console: Console, head: str, body: str) -> None:
    """Print a head, and a body whose further lines stand under its first."""
    width = max(console.width - len(head) - 3, 20)
    lines = Text(body).wrap(console, width)
    for number, line in enumerate(lines):
        console.print(Text(f"  {head if not number else ' ' * len(head)} ") + line)
