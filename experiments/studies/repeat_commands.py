"""The commands that repeat a study and its report, and the file that they need."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from equipoise.experiments.config.hydra_words import quote_value
from equipoise.experiments.config.name_list import split_names
from equipoise.experiments.design.daily_columns import select_daily_columns
from equipoise.experiments.design.designs import default_role
from equipoise.experiments.design.sweep_syntax import Span
from equipoise.experiments.studies.report_folder import LISTED_POINTS_FILE
from equipoise.settings.settings import Settings


def format_sweep_commands(
    manifest: Mapping[str, Any], folder: Path, paths: Sequence[str], runs: Iterable[Settings]
) -> Iterator[str]:
    """Yield the commands that sweep a study anew.

    One command is enough unless a stopping rule has added worlds.

    Args:
        manifest: the manifest of the study.
        folder: its folder.
        paths: varied paths in the order of the points: ranges are sampled in this order.
        runs: settings of its runs, which decide the daily columns.
    """
    design_words = _design_words(manifest, paths)
    output_words = [*_daily_option(manifest["daily"], runs)]
    output_words += config_dir_options(manifest.get("folders", ()))
    output_words += ["--out", format_folder(folder)]
    for request in _world_requests(manifest):
        words = [*design_words, *_world_words(request), *output_words]
        yield f"equipoise sweep {shlex.join(map(str, words))}"


def _world_words(request: Mapping[str, Any]) -> list[Any]:
    words = [f"replicates={request['replicates']}"]
    stop = request["stop"]
    if stop:
        words += ["--until", f"{stop['measure']}:{stop['width']}", "--cap", stop["cap"]]
    return words


def _world_requests(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the requests for worlds that lead to the same worlds again."""
    requests = list(manifest["worlds"])
    if any(request["stop"] for request in requests):
        # The worlds that a rule adds depend on those that were there before: each step is needed.
        return requests
    return [max(requests, key=lambda request: int(request["replicates"]))]


def _design_words(manifest: Mapping[str, Any], paths: Sequence[str]) -> list[Any]:
    """Return the words of a sweep that describe its points."""
    values, design = _values_by_path(manifest), manifest["design"]
    listed = design.get("listed", ())
    words: list[Any] = []
    for path in sorted(values, key=paths.index):
        if path not in listed:
            words.append(f"{path}={_format_values(values[path])}")
    words += manifest["constants"]
    if listed:
        words += ["--points", LISTED_POINTS_FILE]
    # A grid has neither samples nor a seed.
    if design["kind"] != "grid":
        words += ["--design", design["kind"], "--samples", design["samples"]]
        words += ["--design-seed", design["seed"]]
    for group in design["zip"]:
        words += ["--zip", ",".join(group)]
    return words


def _values_by_path(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {**manifest["levers"], **manifest["uncertainties"]}


def _format_values(values: Any) -> str:
    """Return the values of a path as a word of a sweep: a range, or a list."""
    if isinstance(values, Mapping):
        return Span(**values).word
    return ",".join(map(quote_value, values))


def _daily_option(columns: Sequence[str], runs: Iterable[Settings]) -> tuple[str, ...]:
    """Return the option that keeps these daily columns; nothing if all are kept."""
    effectors: dict[str, None] = {}
    departments: dict[str, None] = {}
    for settings in runs:
        effectors |= dict.fromkeys(settings.effector)
        departments |= dict.fromkeys(settings.firm.departments)
    if set(columns) >= set(select_daily_columns(effectors, departments)):
        return ()
    return ("--daily", ",".join(columns) or "none")


def config_dir_options(folders: Iterable[str]) -> Iterator[str]:
    """Yield the options that name the user's folders of options."""
    for folder in folders:
        yield from ("--config-dir", folder)


def format_folder(folder: Path) -> str:
    """Return a study's folder as it was given; its name alone if the path is of this machine."""
    # A report is passed on: its commands run in the reader's current folder.
    is_local = folder.is_absolute() or ".." in folder.parts
    return folder.name if is_local else str(folder)


def build_points_file(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the table of listed points by file name, one row per point; empty without any."""
    listed = manifest["design"].get("listed", ())
    if not listed:
        return {}
    values = _values_by_path(manifest)
    columns = [map(quote_value, values[path]) for path in listed]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(listed)
    table.writerows(zip(*columns, strict=True))
    return {LISTED_POINTS_FILE: text.getvalue()}


def format_report_command(
    manifest: Mapping[str, Any], folder: Path, request: Mapping[str, Any]
) -> str:
    """Return the command that writes a report anew, with the options of the request."""
    options: dict[str, Any] = {}
    levers = tuple(manifest["levers"])
    if levers and _has_own_roles(manifest):
        options["by"] = levers
    options |= request
    words = [format_folder(folder)]
    for name, value in options.items():
        words += [f"--{name}", _format_option(value)]
    return f"equipoise report {shlex.join(words)}"


def _has_own_roles(manifest: Mapping[str, Any]) -> bool:
    """Return True if an experiment file gave a path another role: the report has to name levers."""
    if any(default_role(path) != "lever" for path in manifest["levers"]):
        return True
    return any(default_role(path) == "lever" for path in manifest["uncertainties"])


def _format_option(value: Any) -> str:
    if not isinstance(value, Mapping):
        return ",".join(split_names(value))
    parts = [f"{name}:{number:g}" for name, number in value.items()]
    return ",".join(parts)
