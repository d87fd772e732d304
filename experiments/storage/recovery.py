"""Recovery of a study after a kill, a power cut or a damaged disk.

Incomplete files are removed and damaged files are set aside; the sweep then repeats their runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from equipoise.errors import EquipoiseError
from equipoise.experiments.storage import tables
from equipoise.experiments.storage.layout import (
    DAILY_FOLDER,
    DAMAGED_FOLDER,
    FAILURES_FOLDER,
    FRESH_FOLDER,
    NOTES_FOLDER,
    SUMMARY_FOLDER,
    has_own_name,
)
from equipoise.experiments.storage.note_files import read_note_file
from equipoise.output.parquet import PARQUET_ERRORS, open_parquet

_KEY_COLUMNS = {"job", "point", "replicate", "seed"}
_FAILURE_KEYS = {"name", "point", "first", "worlds", "failure"}


def recover_study(folder: Path, days_expected: bool) -> list[str]:
    """Remove incomplete files of a killed process, and set damaged files aside.

    Args:
        folder: the folder of the study, locked by the caller.
        days_expected: True if each part has days beside its summary.

    Returns:
        A note for the user on each file that was set aside.
    """
    for partial in (folder / FRESH_FOLDER).glob(".*.partial"):
        partial.unlink()
    damaged = [
        *_find_damaged_parts(folder, days_expected),
        *_find_damaged_jobs(folder),
        *_find_damaged_failures(folder),
    ]
    notes = [_set_aside(folder, path, reason) for path, reason in damaged if path.exists()]
    notes += _set_damaged_notes_aside(folder)
    _remove_days_without_summary(folder)
    _remove_joined_jobs(folder)
    return notes


def _set_damaged_notes_aside(folder: Path) -> Iterator[str]:
    """Move each damaged note to damaged/ and yield a note."""
    for path in sorted((folder / NOTES_FOLDER).glob("*.json")):
        try:
            read_note_file(path)
        except EquipoiseError:
            loss = "its content is lost"
            yield _set_aside(folder, path, "is damaged", loss)


def _set_aside(
    folder: Path, path: Path, reason: str, effect: str = "the sweep repeats its runs"
) -> str:
    """Move a file to damaged/ and return a note."""
    inner = path.relative_to(folder)
    target = folder / DAMAGED_FOLDER / "-".join(inner.parts)
    target.parent.mkdir(exist_ok=True)
    path.replace(target)
    return f"{inner} {reason}; it was moved to {DAMAGED_FOLDER}/, and {effect}."


def _find_damaged_parts(folder: Path, days_expected: bool) -> Iterator[tuple[Path, str]]:
    """Yield each part with a damaged file, with the reason; both of its files are set aside."""
    for summary in sorted((folder / SUMMARY_FOLDER).glob("*.parquet")):
        days = folder / DAILY_FOLDER / summary.name
        reason = _find_damage(_check_part, summary)
        if not reason and days.exists():
            days_reason = _find_damage(_check_part, days)
            reason = days_reason and f"has an unusable daily file, which {days_reason}"
        elif not reason and days_expected:
            reason = "has no daily file"
        if reason:
            yield summary, reason
            yield days, "is the counterpart of a damaged file"


def _find_damaged_jobs(folder: Path) -> Iterator[tuple[Path, str]]:
    fresh = folder / FRESH_FOLDER
    for path in sorted(fresh.glob("*.arrow")):
        reason = _find_damage(_check_job, path)
        if reason:
            yield path, reason
            job = path.name.split(".")[0]
            yield fresh / f"{job}.{SUMMARY_FOLDER}.arrow", "is the counterpart of a damaged file"


def _find_damaged_failures(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted((folder / FAILURES_FOLDER).glob("*.json")):
        reason = _find_damage(_check_failure, path)
        if reason:
            yield path, reason


def _find_damage(check: Callable[[Path], Any], path: Path) -> str:
    """Return the reason for which a file cannot be used; empty if there is none."""
    try:
        check(path)
    except PARQUET_ERRORS as error:
        detail = " ".join(str(error).split()).rstrip(".")
        return f"is damaged ({detail})"
    return ""


def _check_part(path: Path) -> None:
    """Read every page of a part, which checks its checksums."""
    with open_parquet(path) as part:
        _check_columns(part.schema_arrow)
        for group in range(part.num_row_groups):
            part.read_row_group(group)


def _check_job(path: Path) -> None:
    _check_columns(tables.from_arrow(path.read_bytes()).schema)


def _check_columns(schema: pa.Schema) -> None:
    missing = sorted(_KEY_COLUMNS - set(schema.names))
    if missing:
        raise ValueError(f"it has no column {', '.join(missing)}")


def _check_failure(path: Path) -> None:
    record = json.loads(path.read_text("utf-8"))
    missing = sorted(_FAILURE_KEYS - set(record))
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}")


def _remove_days_without_summary(folder: Path) -> None:
    complete = {path.name for path in (folder / SUMMARY_FOLDER).glob("*.parquet")}
    for path in (folder / DAILY_FOLDER).glob("*.parquet"):
        if path.name not in complete and has_own_name(path):
            path.unlink()


def _remove_joined_jobs(folder: Path) -> None:
    """Remove jobs in fresh/ that are in a part already, and days without a summary."""
    # In reverse order the summary of a job goes before its days: killed in between, the days
    # are removed next time.
    waiting = sorted((folder / FRESH_FOLDER).glob("*.arrow"), reverse=True)
    if not waiting:
        return
    joined = _list_jobs_in_parts(folder)
    for path in waiting:
        job, _, kind = path.stem.partition(".")
        summary = path.with_name(f"{job}.{SUMMARY_FOLDER}.arrow")
        is_half = kind == DAILY_FOLDER and not summary.exists()
        if is_half or job in joined:
            path.unlink()


def _list_jobs_in_parts(folder: Path) -> set[str]:
    names: set[str] = set()
    for path in (folder / SUMMARY_FOLDER).glob("*.parquet"):
        names.update(tables.read_table(path, ["job"])["job"].unique().to_pylist())
    return names
