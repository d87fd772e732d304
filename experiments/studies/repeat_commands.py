"""The commands that repeat a study and its report, and the files that they need."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from equipoise.experiments.design.daily_columns import select_daily_columns
from equipoise.experiments.design.designs import default_role
from equipoise.experiments.design.points import quote_value
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.studies.compare import split_names
from equipoise.settings.settings import Settings

POINTS = "points.csv"


def sweep_commands(
    manifest: Mapping[str, Any], folder: Path, order: Sequence[str], runs: Iterable[Settings]
) -> Iterator[str]:
    """Yield the commands that sweep a study anew: one, unless worlds were added until there were enough.

    Args:
        manifest: what is written of the study.
        folder: where to.
        order: paths that are varied, as its points have them: ranges are sampled in this order.
        runs: settings of its runs, which say what daily columns there are.
    """
    words, kept = (
        _words(manifest, order),
        [*_daily(manifest["daily"], runs), *config_dir_options(manifest.get("folders", ()))],
    )
    asked = manifest["worlds"]
    if not any(each["stop"] for each in asked):
        asked = [max(asked, key=lambda each: each["replicates"])]
    for each in asked:
        worlds = [f"replicates={each['replicates']}"]
        if stop := each["stop"]:
            worlds += ["--until", f"{stop['measure']}:{stop['width']}", "--cap", stop["cap"]]
        yield f"equipoise sweep {shlex.join(map(str, [*words, *worlds, *kept, '--out', format_folder(folder)]))}"


def _words(manifest: Mapping[str, Any], order: Sequence[str]) -> list[Any]:
    """Return what says which points there are."""
    axes, design = _axes(manifest), manifest["design"]
    listed = design.get("listed", ())
    words: list[Any] = [
        _word(path, axes[path]) for path in sorted(axes, key=order.index) if path not in listed
    ]
    words += manifest["constants"]
    words += ["--points", POINTS] if listed else []
    if design["kind"] != "grid":
        words += [
            "--design",
            design["kind"],
            "--samples",
            design["samples"],
            "--design-seed",
            design["seed"],
        ]
    words += [part for group in design["zip"] for part in ("--zip", ",".join(group))]
    return words


def _axes(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {**manifest["levers"], **manifest["uncertainties"]}


def _word(path: str, told: Any) -> str:
    """Return the word that varies a path."""
    return f"{path}={Span(**told).word if isinstance(told, Mapping) else ','.join(map(quote_value, told))}"


def _daily(kept: Sequence[str], runs: Iterable[Settings]) -> tuple[str, ...]:
    """Return the option that keeps these daily columns; nothing when all are kept."""
    runs = tuple(runs)
    effectors = dict.fromkeys(name for settings in runs for name in settings.effector)
    departments = dict.fromkeys(name for settings in runs for name in settings.firm.departments)
    if {*kept} >= {*select_daily_columns(effectors, departments)}:
        return ()
    return ("--daily", ",".join(kept) or "none")


def config_dir_options(folders: Iterable[str]) -> Iterator[str]:
    """Yield the options that name further folders of options."""
    for folder in folders:
        yield from ("--config-dir", folder)


def format_folder(folder: Path) -> str:
    """Return a study's folder as it was given; its name alone where that is of this machine."""
    return folder.name if folder.is_absolute() or ".." in folder.parts else str(folder)


def build_points_file(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the files that the command needs: the listed points, a column a setting, a row a point."""
    listed, axes = manifest["design"].get("listed", ()), _axes(manifest)
    if not listed:
        return {}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(listed)
    table.writerows(zip(*(map(quote_value, axes[path]) for path in listed), strict=True))
    return {POINTS: text.getvalue()}


def report_command(manifest: Mapping[str, Any], folder: Path, asked: Mapping[str, Any]) -> str:
    """Return the command that writes a report anew; levers that only an experiment file called so are named."""
    strange = any(default_role(path) != "lever" for path in manifest["levers"])
    strange |= any(default_role(path) == "lever" for path in manifest["uncertainties"])
    given = ({"by": tuple(manifest["levers"])} if strange and manifest["levers"] else {}) | dict(
        asked
    )
    options = [part for name, value in given.items() for part in (f"--{name}", _option(value))]
    return f"equipoise report {shlex.join([format_folder(folder), *options])}"


def _option(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{number:g}" for name, number in value.items())
    return ",".join(split_names(value))
