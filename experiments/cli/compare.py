"""The command `equipoise compare`."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import Annotated

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import terminal
from equipoise.experiments.cli.options import (
    Baseline,
    By,
    Enough,
    Margin,
    Measures,
    StudyArgument,
    expand_path,
    find_suffix_problem,
)
from equipoise.experiments.config.name_list import find_missing_names, split_names
from equipoise.experiments.studies import DEFAULT_MEASURES

EXPORT_SUFFIXES = (".csv", ".json")
Export = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        callback=expand_path,
        help="Also write all numbers as .csv or .json, one row per comparison.",
    ),
]


def compare_command(
    study: StudyArgument,
    by: By = None,
    on: Measures = DEFAULT_MEASURES,
    baseline: Baseline = None,
    margin: Margin = None,
    enough: Enough = None,
    export: Export = None,
) -> None:
    """Compare the strategies of a study: differences, verdicts, ranks, regret, the Pareto front."""
    from equipoise.analysis.text.comparison_text import describe_comparison
    from equipoise.experiments.cli.compare_output import show_comparison
    from equipoise.experiments.studies import compare

    problems: list[str] = []
    margins = parse_numbers("margin", margin, problems)
    levels = parse_numbers("enough", enough, problems)
    problem = export and find_suffix_problem("--export", export, EXPORT_SUFFIXES)
    if problem:
        problems.append(problem)
    try:
        comparison = compare.compare(
            study, by=by, on=on, baseline=baseline, margin=margins, enough=levels
        )
    except EquipoiseError as error:
        problems += error.problems
    if problems:
        raise EquipoiseError(*problems)
    # Written before it is printed: `head` may close the output.
    rows = compare.export(comparison, study, export) if export else 0
    show_comparison(terminal.open_console(), describe_comparison(comparison))
    if export:
        terminal.write_line(f"{rows:,} rows written to {export}")


def parse_numbers(option: str, text: str | None, problems: list[str]) -> dict[str, float]:
    """Return numbers by measure from a text such as "cost:500,time_in_band:0.02"."""
    missing = find_missing_names(f"--{option}", text, "measure:number, as in time_in_band:0.02")
    if missing:
        problems.append(missing)
    numbers: dict[str, float] = {}
    for word in split_names(text or ""):
        name, _, number = word.rpartition(":")
        with contextlib.suppress(ValueError):
            if name and math.isfinite(float(number)):
                numbers[name] = float(number)
                continue
        problems.append(
            f"--{option} {word} cannot be read. Write measure:number, as in time_in_band:0.02."
        )
    return numbers
