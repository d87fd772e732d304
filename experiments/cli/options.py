"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from equipoise.settings.text_file import expand_user_path


def expand_path(given: Any) -> Any:
    """Return the path of an option, or its paths, with ``~`` replaced by the home folder."""
    if isinstance(given, (list, tuple)):
        return [expand_user_path(path) for path in given]
    return given if given is None else expand_user_path(given)


def find_suffix_problem(option: str, out: Path, suffixes: Sequence[str]) -> str:
    """Return the reason why a table cannot have the name of a file, or an empty string.

    A device or a pipe, such as /dev/stdout, may have any name.
    """
    is_device = out.exists() and not out.is_file() and not out.is_dir()
    if is_device or out.suffix.lower() in suffixes:
        return ""
    return f"{option} {out}: give a name that ends in {' or '.join(suffixes)}."


ConfigDir = Annotated[
    list[Path] | None,
    typer.Option(
        "--config-dir",
        metavar="FOLDER",
        callback=expand_path,
        help="Folder of your own options; may be repeated.",
    ),
]
StudyFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        callback=expand_path,
        help="Folder of the study (default: one in studies/).",
    ),
]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="NAME",
        help="Where jobs run: serial, processes (default), dask, or a Hydra launcher.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", help="Number of workers (default: one per core)."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the folder of the study.")]
StudyArgument = Annotated[
    Path, typer.Argument(metavar="STUDY", callback=expand_path, help="Folder of a sweep.")
]
By = Annotated[
    str | None,
    typer.Option(
        metavar="SETTING",
        help="What to compare (default: the study's levers), such as strategy.",
    ),
]
Measures = Annotated[
    str, typer.Option("--on", metavar="MEASURES", help="Measures, separated by commas.")
]
Baseline = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="Reference of all differences (default: do_nothing, if present)."
    ),
]
Margin = Annotated[
    str | None,
    typer.Option(
        metavar="MEASURE:NUMBER",
        help="Smallest difference of practical interest (equivalence margin): "
        "cost:500,time_in_band:0.02.",
    ),
]
Enough = Annotated[
    str | None,
    typer.Option(metavar="MEASURE:NUMBER", help="Satisficing level: time_in_band:0.9,cost:3000."),
]
