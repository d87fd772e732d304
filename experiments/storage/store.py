"""A study on disk: Parquet parts, a manifest, failures. Every existing file is complete.

    study.json        the request, with versions and seeds
    points.parquet    the points of the design, with all settings
    summary/          one row per run
    daily/            one row per day of each run
    failures/         one file per failed job, with its traceback
    notes/            one file per note for the user, with the points that it concerns
    checksums.txt     the size and CRC-32 of each part, by which a sweep knows sound parts
    fresh/            jobs with few runs, until a part can be formed; readers ignore this folder
    damaged/          damaged files that a sweep has set aside; their runs are repeated

Every file is written under a temporary name in fresh/, flushed to the disk and renamed. The days of
a part are written before its summary, so a part with a summary is complete. The next sweep removes
a part without a summary and repeats its runs.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock
import pyarrow as pa

from equipoise.errors import EquipoiseError, shorten_given
from equipoise.experiments.design.identity import digest
from equipoise.experiments.design.job import JobResult, overlap
from equipoise.experiments.storage import tables
from equipoise.experiments.storage.checksums import PartChecksums
from equipoise.experiments.storage.layout import (
    CHECKSUMS_FILE,
    DAILY_FOLDER,
    FAILURES_FOLDER,
    FRESH_FOLDER,
    LOCK_FILE,
    NOTES_FOLDER,
    POINTS_FILE,
    STUDY_FILE,
    STUDY_FOLDERS,
    SUMMARY_FOLDER,
    DamagedFileError,
    check_export_target,
    check_links,
)
from equipoise.experiments.storage.note_files import NoteFiles, read_note_files
from equipoise.experiments.storage.recovery import recover_study
from equipoise.output.atomic import atomic_file
from equipoise.output.parquet import PARQUET_ERRORS, open_parquet

_FAILURE_FIELDS = ("name", "point", "first", "worlds", "seconds", "failure", "trace")
MAX_FRESH_RUNS = 60  # readers ignore these; a larger number gives fewer and larger parts
_POINT_BATCH = 1000  # points read at once


_REWRITE_ADVICE = "The same sweep writes it anew"


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Create a folder, and keep other processes from writing there for the duration of a block.

    Raises:
        EquipoiseError: if another process writes there, or the folder cannot be written.
    """
    lock = filelock.FileLock(folder / LOCK_FILE, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise EquipoiseError(
            f"Another process is sweeping {folder}. Wait for it, or stop it."
        ) from None
    except OSError as error:
        raise EquipoiseError(f"{folder} cannot be written: {error.strerror or error}.") from None
    try:
        yield
    finally:
        lock.release()


class Store:
    """A study's folder. One process at a time writes there; any number may read.

    Args:
        folder: the study's folder.
    """

    def __init__(self, folder: Path) -> None:
        # Absolute: the process may change its current folder while a sweep runs.
        self.folder = folder.absolute()
        self.shown_folder = folder  # as given, for messages
        self.notes: list[str] = []  # for the user, on damaged files
        self._waiting: dict[str, int] = {}  # runs of each job in fresh/
        self._earlier_failures: dict[int, dict[str, range]] = {}  # worlds by point and job
        self._checksums = PartChecksums(self.folder, CHECKSUMS_FILE)
        self._note_files = NoteFiles(self._path(NOTES_FOLDER), self._write)

    def _path(self, *names: str) -> Path:
        return self.folder.joinpath(*names)

    def _fresh_path(self, job: str, kind: str) -> Path:
        return self._path(FRESH_FOLDER, f"{job}.{kind}.arrow")

    # Lock and recovery

    @contextlib.contextmanager
    def lock(self, days_expected: bool = False) -> Iterator[None]:
        """Keep other processes from writing for the duration of a block; clear up first.

        Args:
            days_expected: True if each finished run has its days; one without is run again.

        Raises:
            EquipoiseError: if another process writes there, the folder cannot be written, or a file
                of it is a link.
        """
        check_links(self.folder)
        with lock_folder(self.folder):
            try:
                for name in STUDY_FOLDERS:
                    self._path(name).mkdir(exist_ok=True)
                self._recover(days_expected)
            except OSError as error:
                raise EquipoiseError(f"{self.folder} cannot be written: {error}.") from None
            yield

    def _recover(self, days_expected: bool) -> None:
        """Clear up after a killed process or a damaged disk, and read what is finished."""
        self._checksums.load()
        self.notes += recover_study(self.folder, days_expected, self._checksums)
        self._earlier_failures = {}
        for failure in self.read_failures():
            worlds = range(failure["first"], failure["first"] + failure["worlds"])
            self._earlier_failures.setdefault(failure["point"], {})[failure["name"]] = worlds
        self._note_files.load()
        self._waiting = {}
        for path in self._path(FRESH_FOLDER).glob(f"*.{SUMMARY_FOLDER}.arrow"):
            job = path.name.split(".")[0]
            self._waiting[job] = tables.read_table(path, ["job"]).num_rows

    # Results

    def save_result(self, result: JobResult) -> None:
        """Store a job's result and drop earlier failure records for the same worlds."""
        if result.failure:
            self._write(FAILURES_FOLDER, f"{result.name}.json", _to_json(_failure_record(result)))
            self._drop_failures(result)
            return
        # Notes go before the tables: a job that is finished has its notes, whenever this is killed.
        self.save_notes(result.notes, [result.point])
        # Failures go first: killed after this, the job is run again. In the other order it would
        # be finished and reported as failed for ever.
        self._drop_failures(result)
        if result.worlds >= tables.MIN_PART_RUNS:
            self._write_part(result.name, result.summary, result.daily)
        else:
            self._write_fresh(result)
        if sum(self._waiting.values()) >= MAX_FRESH_RUNS:
            self.join_fresh()

    def save_notes(self, texts: Iterable[str], points: Iterable[int]) -> None:
        """Store notes about some points, each once.

        Raises:
            EquipoiseError: if they cannot be written.
        """
        with self._explain_disk_errors():
            self._note_files.add(texts, points)

    def join_notes(self) -> None:
        """Write each note anew as one record, once no more points are added."""
        self._note_files.join_lines()

    def _drop_failures(self, result: JobResult) -> None:
        """Remove earlier failure records of the worlds of a result, in blocks of any size."""
        worlds = range(result.first, result.first + result.worlds)
        for name, block in self._earlier_failures.get(result.point, {}).items():
            is_own_record = bool(result.failure) and name == result.name
            if overlap(block, worlds) and not is_own_record:
                self._path(FAILURES_FOLDER, f"{name}.json").unlink(missing_ok=True)

    def _write_fresh(self, result: JobResult) -> None:
        if result.daily:
            self._write(
                FRESH_FOLDER, self._fresh_path(result.name, DAILY_FOLDER).name, result.daily
            )
        self._write(
            FRESH_FOLDER, self._fresh_path(result.name, SUMMARY_FOLDER).name, result.summary
        )
        self._waiting[result.name] = result.worlds

    def join_fresh(self) -> None:
        """Join the jobs that wait in fresh/ to one part."""
        names = sorted(self._waiting)
        if not names:
            return
        days = self._read_fresh(names, DAILY_FOLDER)
        summaries = self._read_fresh(names, SUMMARY_FOLDER)
        part = digest(*(name.encode() for name in names))
        daily = tables.join_streams(days) if days else b""
        self._write_part(part, tables.join_streams(summaries), daily)
        # Before the files go: if this is stopped and called again, it must not make a second part
        # of the files that are left.
        self._waiting = {}
        for name in names:
            for kind in (SUMMARY_FOLDER, DAILY_FOLDER):
                self._fresh_path(name, kind).unlink(missing_ok=True)

    def _read_fresh(self, names: Iterable[str], kind: str) -> list[bytes]:
        paths = [self._fresh_path(name, kind) for name in names]
        return [path.read_bytes() for path in paths if path.exists()]

    def _write_part(self, name: str, summary: bytes, daily: bytes) -> None:
        # Days first: a part with a summary is complete.
        if daily:
            self._write_part_file(DAILY_FOLDER, name, daily)
        self._write_part_file(SUMMARY_FOLDER, name, summary)

    def _write_part_file(self, folder: str, name: str, content: bytes) -> None:
        self._write(folder, f"{name}.parquet", content)
        with self._explain_disk_errors():
            self._checksums.add(self._path(folder, f"{name}.parquet"), content)

    def _write(self, folder: str, name: str, content: bytes) -> None:
        with self._atomic(self._path(folder, name)) as partial:
            partial.write_bytes(content)

    @contextlib.contextmanager
    def _atomic(self, path: Path) -> Iterator[Path]:
        """Give a temporary path in fresh/ that is renamed to ``path`` at the end of the block.

        Raises:
            EquipoiseError: if it cannot be written.
        """
        with (
            self._explain_disk_errors(),
            atomic_file(path, self._path(FRESH_FOLDER), durable=True) as partial,
        ):
            yield partial

    @contextlib.contextmanager
    def _explain_disk_errors(self) -> Iterator[None]:
        """Turn errors of the disk within a block into an EquipoiseError with advice."""
        try:
            yield
        except OSError as error:
            raise EquipoiseError(
                f"{self.folder} cannot be written: {error.strerror or error}. "
                "Finished runs are kept. Solve this problem, then repeat the command."
            ) from None

    # What is there

    def list_finished_jobs(self) -> Iterator[tuple[str, int, range]]:
        """Yield name, point and worlds of each finished job."""
        ends = [("replicate", "min"), ("replicate", "max")]
        for table in self._read_runs(["job", "point", "replicate"]):
            for job in table.group_by(["job", "point"]).aggregate(ends).to_pylist():
                worlds = range(job["replicate_min"], job["replicate_max"] + 1)
                yield job["job"], job["point"], worlds

    def list_finished_worlds(self) -> dict[int, list[range]]:
        """Return the blocks of worlds that are finished, by point; one block a job."""
        blocks: dict[int, list[range]] = {}
        for _, point, worlds in self.list_finished_jobs():
            blocks.setdefault(point, []).append(worlds)
        return blocks

    def read_measure(self, name: str, points: set[int]) -> dict[tuple[int, int], float]:
        """Return one measure of all finished runs at some points, by point and seed."""
        values: dict[tuple[int, int], float] = {}
        for table in self._read_runs(["point", "seed", name]):
            rows = table.to_pydict()
            for point, seed, value in zip(rows["point"], rows["seed"], rows[name], strict=True):
                if point in points:
                    values[point, seed] = value
        return values

    def _read_runs(self, columns: list[str]) -> Iterator[pa.Table]:
        """Yield columns of all finished runs, file by file.

        A job that another process joins to a part meanwhile is read from fresh/, from the part, or
        from both, but never missed.
        """
        for path in self._path(FRESH_FOLDER).glob(f"*.{SUMMARY_FOLDER}.arrow"):
            with contextlib.suppress(FileNotFoundError):
                yield tables.read_table(path, columns)
        for path in self._path(SUMMARY_FOLDER).glob("*.parquet"):
            yield tables.read_table(path, columns)

    def read_failures(self) -> list[dict[str, Any]]:
        """Return the records of failed jobs that no later job replaced, by point."""
        records = []
        for path in self._path(FAILURES_FOLDER).glob("*.json"):
            # A sweep may be replacing it.
            with contextlib.suppress(FileNotFoundError):
                records.append(_read_json(path, tables.RERUN_ADVICE))
        return sorted(records, key=lambda record: (record["point"], record["first"]))

    def read_notes(self) -> dict[str, set[int]]:
        """Return the points of each note by its text, in the order in which they were noted."""
        return read_note_files(self._path(NOTES_FOLDER))

    # Manifest and points

    def write_manifest(
        self, manifest: Mapping[str, Any], points: Iterable[Mapping[str, Any]] | None = None
    ) -> None:
        """Write the manifest; the points first, so that a study with a manifest has them."""
        if points is not None:
            with self._atomic(self._path(POINTS_FILE)) as partial:
                tables.write_rows(points, partial)
        self._write("", STUDY_FILE, _to_json(manifest))

    def read_manifest(self) -> dict[str, Any] | None:
        """Return the manifest, or None if there is no study.

        Raises:
            DamagedFileError: if it is damaged.
        """
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return _read_json(self._path(STUDY_FILE), _REWRITE_ADVICE)
        return None

    def read_points(self) -> Iterator[dict[str, Any]]:
        """Yield the points as they were written.

        Raises:
            DamagedFileError: if their file is absent or damaged.
        """
        path = self._path(POINTS_FILE)
        try:
            with open_parquet(path) as points:
                for batch in points.iter_batches(_POINT_BATCH):
                    yield from batch.to_pylist()
        except PARQUET_ERRORS as error:
            reason = str(error).splitlines()[0]
            raise DamagedFileError(f"{path} cannot be read: {reason}. {_REWRITE_ADVICE}.") from None


def _failure_record(result: JobResult) -> dict[str, Any]:
    return {name: getattr(result, name) for name in _FAILURE_FIELDS}


def _to_json(data: Any) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def _read_json(path: Path, advice: str) -> dict[str, Any]:
    """Return the names and values of a JSON file.

    Raises:
        DamagedFileError: if its content is damaged, with advice.
        EquipoiseError: if it cannot be read.
        FileNotFoundError, NotADirectoryError: if there is none.
    """
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if not isinstance(data, dict):
            raise ValueError("it holds no names and values")
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"{path} cannot be read: {error}. {advice}.") from None
    except OSError as error:
        raise EquipoiseError(
            f"{shorten_given(str(path))} cannot be read: {error.strerror or error}. "
            "Give another folder."
        ) from None
    return data


def export_csv(folder: Path, kind: str, out: Path) -> int:
    """Write a study's runs or days as one tidy CSV file and return the number of rows.

    Args:
        folder: the study's folder.
        kind: ``summary`` or ``daily``.
        out: the file to write.

    Raises:
        EquipoiseError: if there is no such study, nothing in it, or no place to write.
    """
    if not (folder / STUDY_FILE).exists():
        raise EquipoiseError(
            f"{str(folder)!r} is no study: it has no {STUDY_FILE}. Give the folder of a sweep."
        )
    check_export_target(folder, out, "--out")
    parts = sorted((folder / kind).glob("*.parquet"))
    if not parts:
        raise EquipoiseError(
            f"{folder} has no {kind} record yet. Sweep first, for days without --daily none."
        )
    tables.check_distinct_jobs(parts)
    try:
        return tables.write_csv(parts, out)
    except OSError as error:
        raise EquipoiseError(
            f"{out} cannot be written: {error.strerror or error}. Give another --out."
        ) from None
