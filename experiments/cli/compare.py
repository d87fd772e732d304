"""The command `equipoise compare`, from a study's folder to tables."""

from __future__ import annotations

import contextlib
import math
import sys
from pathlib import Path
from typing import Annotated

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import terminal
from equipoise.experiments.studies import ON

KINDS = (".csv", ".json")


def compare(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The folder of a sweep.")],
    by: Annotated[
        str,
        typer.Option(
            metavar="SETTING", help="What is compared: strategy; the study's levers if not given."
        ),
    ] = "",
    on: Annotated[
        str, typer.Option(metavar="MEASURES", help="Measures, separated by commas.")
    ] = ON,
    baseline: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="What the others are measured against; do_nothing if it is there."
        ),
    ] = "",
    margin: Annotated[
        str,
        typer.Option(
            metavar="MEASURE:NUMBER",
            help="Differences that matter to nobody: cost:500,time_in_band:0.02.",
        ),
    ] = "",
    enough: Annotated[
        str,
        typer.Option(
            metavar="MEASURE:NUMBER", help="What is good enough: time_in_band:0.9,cost:3000."
        ),
    ] = "",
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write all numbers too, as .csv or .json, one row a comparison."
        ),
    ] = None,
) -> None:
    """Compare the strategies of a study. In the same worlds: differences, verdicts, ranks, regret, the front."""
    from equipoise.analysis.text.comparison_text import answer
    from equipoise.experiments.cli.compare_output import show
    from equipoise.experiments.studies import compare

    problems: list[str] = []
    given = [
        numbers(name, words, problems) for name, words in (("margin", margin), ("enough", enough))
    ]
    if export and export.suffix not in KINDS:
        problems.append(f"--export {export}: give a name that ends in {' or '.join(KINDS)}.")
    try:
        found = compare.compare(
            study, by=by, on=on, baseline=baseline, margin=given[0], enough=given[1]
        )
    except EquipoiseError as error:
        problems += error.problems
    if problems:
        raise EquipoiseError(*problems)
    show(terminal.screen(), answer(found))
    if export:
        rows = compare.export(found, export)
        sys.stdout.write(f"{rows:,} rows written to {export}\n")


def numbers(option: str, words: str, problems: list[str]) -> dict[str, float]:
    """Return numbers by measure from words such as "cost:500,time_in_band:0.02"."""
    numbers: dict[str, float] = {}
    for word in filter(None, map(str.strip, words.split(","))):
        name, _, number = word.rpartition(":")
        with contextlib.suppress(ValueError):
            if name and math.isfinite(float(number)):
                numbers[name] = float(number)
                continue
        problems.append(
            f"--{option} {word} cannot be read. Write measure:number, as in time_in_band:0.02."
        )
    return numbers
