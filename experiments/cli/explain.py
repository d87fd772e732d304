"""The command `equipoise explain`: the order of a day, the options of each group, every setting."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from equipoise.errors import EquipoiseError, suggest_spelling
from equipoise.experiments.cli import completion, terminal
from equipoise.experiments.cli.options import ConfigDir
from equipoise.schedule import CONSUMER_STEPS, SOCIAL_STEPS, WORLD_STEPS, Step

if TYPE_CHECKING:
    from equipoise.experiments.config.catalogue import SettingEntry

_Word = Annotated[
    str,
    typer.Argument(
        help="Print only settings with this word in their path or among their keywords.",
        autocompletion=completion.complete_path,
    ),
]
HEAD_WIDTH = 15  # characters of a step's or a group's name
MIN_BODY_WIDTH = 20


def explain_command(word: _Word = "", config_dir: ConfigDir = None) -> None:
    """Print the order of a day, all options and all settings."""
    from equipoise.experiments.config.option_files import check_folders

    explain(terminal.open_console(), word, check_folders(config_dir or ()))


def explain(console: Console, word: str, folders: tuple[Path, ...]) -> None:
    """Print everything, or only the options and settings that ``word`` stands for.

    It is a part of their path or one of their keywords, such as "money".

    Raises:
        EquipoiseError: if there are none.
    """
    # Reading all settings takes .2 s, which every start of the command would pay.
    from equipoise.experiments.config.catalogue import list_entries
    from equipoise.experiments.config.option_files import OPTION_GROUPS

    chosen = [entry for entry in list_entries() if _matches(entry, word)]
    groups = [group for group in OPTION_GROUPS if word in group]
    if not chosen and not groups:
        names = {name for entry in list_entries() for name in (entry.path, *entry.path.split("."))}
        raise EquipoiseError(f"No setting has {word!r} in its path.{suggest_spelling(word, names)}")
    if not word:
        _print_day(console)
    _print_options(console, groups, folders)
    _print_settings(console, chosen)


def _matches(entry: SettingEntry, word: str) -> bool:
    return word in entry.path or word in entry.owner or word in entry.keywords


def _print_heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _print_day(console: Console) -> None:
    _print_heading(console, "The order of a day")
    _print_steps(console, WORLD_STEPS)
    _print_heading(console, "In 'run_consumers', each consumer's day")
    _print_steps(console, CONSUMER_STEPS)
    _print_heading(console, "and what happens between consumers")
    _print_steps(console, SOCIAL_STEPS)


def _print_steps(console: Console, steps: Iterable[Step]) -> None:
    for number, step in enumerate(steps, 1):
        _print_hanging(console, f"{number}. {step.name:<{HEAD_WIDTH}}", step.meaning)


def _print_options(console: Console, groups: list[str], folders: tuple[Path, ...]) -> None:
    from equipoise.experiments.config.option_files import list_options

    if groups:
        _print_heading(console, "Options, chosen by group=option")
    for group in groups:
        _print_hanging(console, f"{group:<{HEAD_WIDTH}}", ", ".join(list_options(group, folders)))


def _print_settings(console: Console, chosen: Iterable[SettingEntry]) -> None:
    """Print settings under the name of their option or group."""
    for owner, members in groupby(chosen, key=_section):
        _print_heading(console, f"{owner}{_describe_owner(owner)}")
        for entry in members:
            _print_setting(console, entry)


def _section(entry: SettingEntry) -> str:
    top, dot, _ = entry.path.partition(".")
    group = top if dot else "the run"
    return entry.owner or group


def _describe_owner(owner: str) -> str:
    """Return the first sentence of a part's docstring, after a colon; empty for a group."""
    from equipoise.experiments.config.catalogue import describe_part
    from equipoise.settings.schema import part_kinds

    group, is_part, kind = owner.partition("=")
    if not is_part:
        return ""
    family = f"{group}s" if part_kinds(f"{group}s") else group
    return f": {describe_part(family, kind)}"


def _print_setting(console: Console, entry: SettingEntry) -> None:
    line = Text("  ")
    line.append(entry.path, style="cyan")
    line.append(f" = {entry.default} {entry.unit}".rstrip())
    console.print(line)
    allowed = entry.allowed.removeprefix("a number, ").removeprefix("a ")
    source = f" [{entry.source}]" if entry.source else ""
    text = Text(f"{entry.meaning} ({allowed}){source}")
    console.print(Padding(text, (0, 0, 0, 6), expand=False))


def _print_hanging(console: Console, head: str, body: str) -> None:
    """Print a head and a body whose further lines are indented to the first."""
    width = max(console.width - len(head) - 3, MIN_BODY_WIDTH)
    for number, line in enumerate(Text(body).wrap(console, width)):
        lead = " " * len(head) if number else head
        console.print(Text(f"  {lead} ") + line)
