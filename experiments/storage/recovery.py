"""Recovery of a study after a kill, a power cut or a damaged disk.

Incomplete files are removed and damaged files are set aside; the sweep then repeats their runs.
Every byte of a part is read: its checksum shows that it is sound, or else its pages are decoded.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa

from equipoise.errors import EquipoiseError
from equipoise.experiments.storage import tables
from equipoise.experiments.storage.checksums import PartChecksums
from equipoise.experiments.storage.layout import (
    DAILY_FOLDER,
    DAMAGED_FOLDER,
    FAILURES_FOLDER,
    FRESH_FOLDER,
    NOTES_FOLDER,
    SUMMARY_FOLDER,
    DamagedFileError,
    has_own_name,
)
from equipoise.experiments.storage.note_files import read_note_file
from equipoise.output.atomic import free_paths
from equipoise.output.parquet import PARQUET_ERRORS, open_parquet

_KEY_COLUMNS = {"job", "point", "replicate", "seed"}
_COUNTERPART = "is the counterpart of a damaged file"
_CHECK_THREADS = min(8, os.cpu_count() or 1)
_FAILURE_KEYS = {"name", "point", "first", "worlds", "failure"}


def recover_study(folder: Path, days_expected: bool, checksums: PartChecksums) -> list[str]:
    """Remove incomplete files of a killed process, and set damaged files aside.

    Args:
        folder: the folder of the study, locked by the caller.
        days_expected: True if each part has days beside its summary.
        checksums: of the parts; those of parts that are decoded are added.

    Returns:
        A note for the user on each file that was set aside.
    """
    for partial in (folder / FRESH_FOLDER).glob(".*.partial"):
        partial.unlink()
    damaged = [
        *_find_damaged_parts(folder, days_expected, checksums),
        *_find_damaged_jobs(folder, days_expected),
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
        except DamagedFileError:
            loss = "its content is lost"
            yield _set_aside(folder, path, "is damaged", loss)


def _set_aside(
    folder: Path, path: Path, reason: str, effect: str = "the sweep repeats its runs"
) -> str:
    """Move a file to damaged/ and return a note."""
    inner = path.relative_to(folder)
    (folder / DAMAGED_FOLDER).mkdir(exist_ok=True)
    target = next(free_paths(folder / DAMAGED_FOLDER / "-".join(inner.parts)))
    path.replace(target)
    return f"{inner} {reason}; it was moved to {DAMAGED_FOLDER}/, and {effect}."


def _find_damaged_parts(
    folder: Path, days_expected: bool, checksums: PartChecksums
) -> Iterator[tuple[Path, str]]:
    """Yield each part with a damaged file, with the reason; both of its files are set aside."""
    summaries = sorted((folder / SUMMARY_FOLDER).glob("*.parquet"))
    check = functools.partial(_find_damage_of_part, folder, days_expected, checksums)
    # pyarrow decodes without Python's lock.
    with ThreadPoolExecutor(_CHECK_THREADS) as threads:
        for summary, reason in zip(summaries, threads.map(check, summaries), strict=True):
            if reason:
                yield summary, reason
                yield folder / DAILY_FOLDER / summary.name, _COUNTERPART


def _find_damage_of_part(
    folder: Path, days_expected: bool, checksums: PartChecksums, summary: Path
) -> str:
    """Return the reason for which a part cannot be used; empty if there is none."""
    check = functools.partial(_check_part, checksums)
    reason = _find_damage(check, summary)
    if reason:
        return reason
    days = folder / DAILY_FOLDER / summary.name
    if not days.exists():
        return "has no daily file" if days_expected else ""
    reason = _find_damage(check, days)
    return reason and f"has an unusable daily file, which {reason}"


def _find_damaged_jobs(folder: Path, days_expected: bool) -> Iterator[tuple[Path, str]]:
    """Yield each file of a damaged job in fresh/; days without a summary are removed elsewhere."""
    fresh = folder / FRESH_FOLDER
    for summary in sorted(fresh.glob(f"*.{SUMMARY_FOLDER}.arrow")):
        job = summary.name.split(".")[0]
        days = fresh / f"{job}.{DAILY_FOLDER}.arrow"
        reason = _find_damage(_check_job, summary)
        if not reason and days.exists():
            reason = _find_damage(_check_job, days)
        elif not reason and days_expected:
            reason = "has no daily file"
        if reason:
            yield summary, reason
            yield days, _COUNTERPART


def _find_damaged_failures(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted((folder / FAILURES_FOLDER).glob("*.json")):
        reason = _find_damage(_check_failure, path)
        if reason:
            yield path, reason


def _find_damage(check: Callable[[Path], Any], path: Path) -> str:
    """Return the reason for which a file cannot be used; empty if there is none.

    Raises:
        EquipoiseError: if the system refuses to read the file, which may be sound.
        MemoryError: if there is not enough memory to read it.
    """
    try:
        check(path)
    except MemoryError:
        raise
    except PARQUET_ERRORS as error:
        # The system's errors have a number; those of a damaged file have none.
        if isinstance(error, OSError) and error.errno is not None:
            reason = os.strerror(error.errno)
            raise EquipoiseError(f"{path} cannot be read: {reason}. Nothing is changed.") from None
        detail = " ".join(str(error).split()).rstrip(".")
        return f"is damaged ({detail})"
    return ""


def _check_part(checksums: PartChecksums, path: Path) -> None:
    """Check that a part is as it was written, or decode every page, which checks its checksums."""
    if checksums.is_known(path):
        return
    with open_parquet(path) as part:
        _check_columns(part.schema_arrow)
        for group in range(part.num_row_groups):
            part.read_row_group(group, use_threads=False)
    checksums.add(path, path.read_bytes())


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
