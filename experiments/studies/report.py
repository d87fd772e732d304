"""The report of a study on disk: one HTML page with its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from equipoise.errors import raise_problems
from equipoise.experiments.config.name_list import find_missing_names, split_names
from equipoise.experiments.studies import DEFAULT_MEASURES, LEVER_ADVICE
from equipoise.experiments.studies.report_data import read_study_data
from equipoise.experiments.studies.report_folder import (
    FIGURES_FOLDER,
    PAGE_FILE,
    REPORT_FOLDER,
    check_report_folder,
    write_report_folder,
)
from equipoise.settings.text_file import expand_user_path

if TYPE_CHECKING:
    from equipoise.experiments.execution.sweep_runner import SweepResult


def report(
    study: str | Path | SweepResult,
    *,
    out: str | Path | None = None,
    by: str | Iterable[str] | None = None,
    on: str | Iterable[str] = DEFAULT_MEASURES,
    baseline: str | None = None,
    margin: Mapping[str, float] | None = None,
    enough: Mapping[str, float] | None = None,
) -> Path:
    """Write the report of a study and return its page: ``report("studies/first")``.

    Args:
        study: its folder, or the result of `sweep`.
        out: the folder of the report; by default ``report`` in the folder of the study. The files
            of an earlier report there are replaced, all other files are kept.
        by: varied paths to compare, as in `compare`.
        on: measures; the answer and the figures are about the first.
        baseline: the reference of all differences, as in `compare`.
        margin: equivalence margin by measure.
        enough: satisficing level by measure.

    Raises:
        EquipoiseError: with a line for every problem; then nothing is written.
    """
    study_folder = expand_user_path(study) if isinstance(study, (str, Path)) else study.folder
    folder = study_folder / REPORT_FOLDER if out is None else expand_user_path(out)
    check_report_folder(folder, study_folder)
    missing = [
        find_missing_names("--by", by, LEVER_ADVICE),
        find_missing_names("--on", on, "measures, as in time_in_band,cost"),
    ]
    raise_problems(list(filter(None, missing)))
    # Drawing loads matplotlib: not for a folder that is refused.
    from equipoise.analysis.report.page import render_page

    request = {
        "by": by,
        "on": ",".join(dict.fromkeys(split_names(on))),
        "baseline": baseline,
        "margin": margin or None,
        "enough": enough or None,
    }
    given = {name: value for name, value in request.items() if value is not None}
    data = read_study_data(study_folder, given)
    page, pictures = render_page(data)
    files = {}
    for picture in pictures:
        files[f"{FIGURES_FOLDER}/{picture.name}.svg"] = picture.svg
        files[f"{FIGURES_FOLDER}/{picture.name}.png"] = picture.png
    for name, text in data.files.items():
        files[name] = text.encode()
    # The page comes last: until it is there, a reader finds the earlier one.
    files[PAGE_FILE] = page.encode()
    return write_report_folder(folder, files)
