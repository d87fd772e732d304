"""The command `equipoise report`, from a study's folder to a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli.compare import numbers
from equipoise.experiments.studies import ON


def report(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The folder of a sweep.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where to write; STUDY/report if not given."),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            metavar="SETTING", help="What is compared: strategy; the study's levers if not given."
        ),
    ] = "",
    on: Annotated[
        str,
        typer.Option(
            metavar="MEASURES", help="Measures; the figures and the answer are on the first."
        ),
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
            metavar="MEASURE:NUMBER", help="Differences that matter to nobody: time_in_band:0.02."
        ),
    ] = "",
    enough: Annotated[
        str,
        typer.Option(
            metavar="MEASURE:NUMBER", help="What is good enough: time_in_band:0.9,cost:3000."
        ),
    ] = "",
) -> None:
    """Write the report of a study. One HTML page: the answer, tables and figures; and the figures one by one."""
    from equipoise.experiments.studies import report

    problems: list[str] = []
    given = [
        numbers(name, words, problems) for name, words in (("margin", margin), ("enough", enough))
    ]
    if problems:
        raise EquipoiseError(*problems)
    page = report.report(
        study, out=out, by=by, on=on, baseline=baseline, margin=given[0], enough=given[1]
    )
    sys.stdout.write(f"Written to {page}\n")
