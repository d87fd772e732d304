"""Writes the reference pages of the site: settings, options, measures, commands, Python API."""

import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from typer.main import get_command

import equipoise
from equipoise.analysis.measure_table import MEASURE_GROUPS
from equipoise.experiments.cli.main import app
from equipoise.experiments.config.catalogue import SettingEntry, list_entries
from equipoise.experiments.config.option_files import list_options

FAMILIES = ("receptor", "control_center", "effector", "network")


def write_reference(folder: Path) -> None:
    """Write all pages into a folder; only pages whose text changed are touched."""
    folder.mkdir(exist_ok=True)
    pages = {
        "settings.md": settings_page(),
        "options.md": options_page(),
        "measures.md": measures_page(),
        "commands.md": commands_page(),
        "python.md": python_page(),
    }
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    for path in folder.iterdir():
        if path.name not in pages:
            path.unlink() if path.is_file() else shutil.rmtree(path)


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        cells = (cell.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;") for cell in row)
        yield "| " + " | ".join(cells) + " |"
    yield ""


def join(lines: Iterator[str]) -> str:
    """Return lines as the text of a page."""
    return "\n".join(lines).rstrip() + "\n"


def settings_page() -> str:
    """Return the page of all settings, one table for each group or part."""

    def lines() -> Iterator[str]:
        yield "# Settings\n"
        yield "Every setting of a run, from the code. `equipoise explain WORD` prints the same.\n"
        for heading, members in groupby(list_entries(), key=setting_group):
            yield f"## {heading}\n"
            yield from table(
                ("setting", "default", "allowed", "unit", "meaning", "source or basis"),
                map(setting_row, members),
            )

    return join(lines())


def setting_group(entry: SettingEntry) -> str:
    """Return the heading that a setting stands under: its option or its group."""
    if entry.owner:
        return entry.owner
    group = entry.path.rpartition(".")[0]
    return group or "run"


def setting_row(entry: SettingEntry) -> tuple[str, ...]:
    """Return the cells of a setting."""
    name = f"`{entry.path}`"
    return name, f"`{entry.default}`", entry.allowed, entry.unit, entry.meaning, entry.source


def options_page() -> str:
    """Return the page of all options of all groups."""

    def lines() -> Iterator[str]:
        yield "# Options\n"
        yield "Choose one by `group=option`, such as `environment=recall`.\n"
        groups = ("community", "network", "receptor", "lens", "control_center", "effector")
        for group in (*groups, "environment", "strategy"):
            yield f"## {group}\n"
            yield ", ".join(f"`{name}`" for name in list_options(group)) + "\n"

    return join(lines())


def measures_page() -> str:
    """Return the page of all measures of a run."""

    def lines() -> Iterator[str]:
        yield "# Measures\n"
        yield "What a run and a study report, by group.\n"
        for heading, measures in MEASURE_GROUPS.items():
            yield f"## {heading}\n"
            rows = ((f"`{one.name}`", one.unit, one.better, one.meaning) for one in measures)
            yield from table(("measure", "unit", "better", "meaning"), rows)

    return join(lines())


def commands_page() -> str:
    """Return the page of all commands with their help."""
    command = get_command(app)
    context = command.make_context("equipoise", [], resilient_parsing=True)

    def lines() -> Iterator[str]:
        yield "# Commands\n"
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            inner_context = inner.make_context(name, [], parent=context, resilient_parsing=True)
            yield f"## equipoise {name}\n"
            yield f"```text\n{inner.get_help(inner_context)}\n```\n"

    return join(lines())


def python_page() -> str:
    """Return the page of the public names of the package."""

    def lines() -> Iterator[str]:
        yield "# Python API\n"
        yield "```{eval-rst}\n.. currentmodule:: equipoise\n"
        for name in sorted(equipoise.__all__):
            if isinstance(getattr(equipoise, name), type):
                yield f".. autoclass:: {name}\n   :members:\n"
            elif callable(getattr(equipoise, name)):
                yield f".. autofunction:: {name}\n"
        yield "```\n"

    return join(lines())
