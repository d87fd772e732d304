"""The command `equipoise report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from equipoise.errors import EquipoiseError
from equipoise.experiments.cli import terminal
from equipoise.experiments.cli.compare import parse_numbers
from equipoise.experiments.cli.options import (
    Baseline,
    By,
    Enough,
    Margin,
    Measures,
    StudyArgument,
    expand_path,
)
from equipoise.experiments.studies import DEFAULT_MEASURES

_Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", callback=expand_path, help="Output folder (default: STUDY/report)."
    ),
]


def report_command(
    study: StudyArgument,
    out: _Out = None,
    by: By = None,
    on: Measures = DEFAULT_MEASURES,
    baseline: Baseline = None,
    margin: Margin = None,
    enough: Enough = None,
) -> None:
    """Write the report of a study: one HTML page with the answer, tables and figures."""
    from equipoise.experiments.studies import report

    problems: list[str] = []
    margins = parse_numbers("margin", margin, problems)
    levels = parse_numbers("enough", enough, problems)
    if problems:
        raise EquipoiseError(*problems)
    page = report.report(
        study, out=out, by=by, on=on, baseline=baseline, margin=margins, enough=levels
    )
    terminal.write_line(f"Written to {page}")
