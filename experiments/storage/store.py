"""A study on disk: Parquet parts, a manifest, failures. What is there under its name is whole, always.

    study.json        what was asked for, with versions and seeds
    points.parquet    the points of the design, with all settings
    summary/          one row a run
    daily/            one row a day of a run
    failures/         one file a job that failed, with its traceback
    fresh/            jobs of few runs, until there are enough of them for a part; no reader looks here

Every file is written under a temporary name and renamed. The days of a part come before its summary, so that a part
with a summary is complete, and one without is taken away by the next sweep and run again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.identity import digest
from equipoise.experiments.design.job import JobResult, overlap
from equipoise.experiments.storage import tables

try:
    import fcntl
except (
    ImportError
):  # no such locks on Windows: there nobody is kept from sweeping a folder twice at once
    fcntl = None  # type: ignore[assignment]

MANIFEST, POINTS, SUMMARY, DAILY, FAILURES, FRESH, LOCK = (
    "study.json",
    "points.parquet",
    "summary",
    "daily",
    "failures",
    "fresh",
    ".lock",
)
MAX_FRESH_RUNS = 60  # runs that wait in fresh/ before they are joined to a part


@contextlib.contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and keep every other process from it for a while.

    Raises:
        EquipoiseError: when another process is at it, or nobody can write there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / LOCK).open("w")
    except OSError as error:
        raise EquipoiseError(f"{folder} cannot be written: {error.strerror or error}.") from None
    with handle:
        try:
            if fcntl:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EquipoiseError(
                f"Another process is sweeping {folder}. Wait for it, or stop it."
            ) from None
        yield


class Store:
    """A study's folder, to write in; one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.shown_folder = folder.absolute(), folder  # as it was given: so it is told
        self._waiting: dict[str, int] = {}
        self._failed: dict[int, dict[str, range]] = {}  # by point; before this process

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from writing here; what a killed one left half done is cleared away.

        Raises:
            EquipoiseError: when another process writes here, or nobody can.
        """
        with lock_folder(self.folder):
            try:
                for name in (SUMMARY, DAILY, FAILURES, FRESH):
                    self._path(name).mkdir(exist_ok=True)
                self._clear()
            except OSError as error:
                raise EquipoiseError(f"{self.folder} cannot be written: {error}.") from None
            yield

    def _clear(self) -> None:
        for torn in self._path(FRESH).glob(".*"):
            torn.unlink()
        done = {path.name for path in self._path(SUMMARY).glob("*.parquet")}
        for path in self._path(DAILY).glob("*.parquet"):
            if path.name not in done:
                path.unlink()
        fresh = self._path(FRESH)
        waiting = sorted(fresh.glob("*.arrow"), reverse=True)  # a summary comes before its days
        kept = self._kept() if waiting else ()
        for path in waiting:
            name, kind, _ = path.name.split(".")
            if name in kept or (kind == DAILY and not (fresh / f"{name}.{SUMMARY}.arrow").exists()):
                path.unlink()
        self._failed = {}
        for each in self.read_failures():
            worlds = range(each["first"], each["first"] + each["worlds"])
            self._failed.setdefault(each["point"], {})[each["name"]] = worlds
        self._waiting = {
            path.name.split(".")[0]: tables.read_table(path, ["job"]).num_rows
            for path in fresh.glob(f"*.{SUMMARY}.arrow")
        }

    def finished_worlds(self) -> dict[int, list[range]]:
        """Return the worlds that are finished at each point, a block a job."""
        blocks: dict[int, list[range]] = {}
        for table in self._tables(["job", "point", "replicate"]):
            worlds = [("replicate", "min"), ("replicate", "max")]
            for job in table.group_by(["job", "point"]).aggregate(worlds).to_pylist():
                block = range(job["replicate_min"], job["replicate_max"] + 1)
                blocks.setdefault(job["point"], []).append(block)
        return blocks

    def count_worlds(self) -> int:
        """Return how many worlds are finished at the point that has most."""
        return max(
            (block.stop for blocks in self.finished_worlds().values() for block in blocks),
            default=0,
        )

    def _tables(self, columns: list[str]) -> Iterator[pa.Table]:
        """Yield some columns of all finished runs, part by part; of jobs that are joined meanwhile perhaps twice."""
        for path in self._path(FRESH).glob(f"*.{SUMMARY}.arrow"):
            with contextlib.suppress(
                FileNotFoundError
            ):  # joined by who sweeps here: the part comes below
                yield tables.read_table(path, columns)
        for path in self._path(SUMMARY).glob("*.parquet"):
            yield tables.read_table(path, columns)

    def _kept(self) -> set[str]:
        names: set[str] = set()
        for path in self._path(SUMMARY).glob("*.parquet"):
            names.update(tables.read_table(path, ["job"])["job"].unique().to_pylist())
        return names

    def save_result(self, result: JobResult) -> None:
        """Write what came of a job; earlier failures of the same worlds, in other blocks perhaps, are so no more."""
        if result.failure:
            self._place(FAILURES, f"{result.name}.json", _json(_failure(result)))
            self._forget(result)
            return
        self._forget(
            result
        )  # first: killed after this, the job is run again; the other way about it would stay failed
        if result.worlds >= tables.MIN_PART_RUNS:
            self._part(result.name, result.summary, result.daily)
        else:
            if result.daily:
                self._place(FRESH, f"{result.name}.{DAILY}.arrow", result.daily)
            self._place(FRESH, f"{result.name}.{SUMMARY}.arrow", result.summary)
            self._waiting[result.name] = result.worlds
        if sum(self._waiting.values()) >= MAX_FRESH_RUNS:
            self.join_fresh()

    def _forget(self, result: JobResult) -> None:
        worlds = range(result.first, result.first + result.worlds)
        for name, block in self._failed.get(result.point, {}).items():
            if overlap(block, worlds) and (name != result.name or not result.failure):
                self._path(FAILURES, f"{name}.json").unlink(missing_ok=True)

    def join_fresh(self) -> None:
        """Join the jobs that wait in fresh/ to one part."""
        names = sorted(self._waiting)
        if not names:
            return
        read = {
            kind: [
                path.read_bytes()
                for name in names
                if (path := self._path(FRESH, f"{name}.{kind}.arrow")).exists()
            ]
            for kind in (DAILY, SUMMARY)
        }
        days = tables.join_streams(read[DAILY]) if read[DAILY] else b""
        self._part(digest(*map(str.encode, names)), tables.join_streams(read[SUMMARY]), days)
        self._waiting = {}  # before they go: stopped here and called again, this must not make a part of what is left
        for name in names:
            for kind in (SUMMARY, DAILY):
                self._path(FRESH, f"{name}.{kind}.arrow").unlink(missing_ok=True)

    def _part(self, name: str, summary: bytes, daily: bytes) -> None:
        if daily:
            self._place(DAILY, f"{name}.parquet", daily)
        self._place(SUMMARY, f"{name}.parquet", summary)

    def _place(self, folder: str, name: str, content: bytes) -> None:
        """Write a file whole or not at all; it is written in fresh/, where no reader looks."""
        with self._whole(self._path(folder, name)) as torn:
            torn.write_bytes(content)

    @contextlib.contextmanager
    def _whole(self, path: Path) -> Iterator[Path]:
        """Give a place in fresh/ to write to, which is renamed to ``path`` when all is written.

        Raises:
            EquipoiseError: when it cannot be written; nothing is left of it, so that a full disk is no fuller.
        """
        torn = self._path(FRESH, f".{path.name}.{os.getpid()}")
        try:
            yield torn
            torn.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                torn.unlink(missing_ok=True)
            raise EquipoiseError(
                f"{self.folder} cannot be written: {error.strerror or error}. What is finished is kept; mend that, and "
                "the same command goes on."
            ) from None

    def _path(self, *names: str) -> Path:
        return self.folder.joinpath(*names)

    def read_failures(self) -> list[dict[str, Any]]:
        """Return the jobs that failed and have not been mended, by point."""
        read = [_object(path, "Take it away") for path in self._path(FAILURES).glob("*.json")]
        return sorted(read, key=lambda each: (each["point"], each["first"]))

    def write_manifest(
        self, manifest: Mapping[str, Any], points: Iterable[Mapping[str, Any]] | None = None
    ) -> None:
        """Write what was asked for; the points first, so that a study with a manifest has them."""
        if points is not None:
            with self._whole(self._path(POINTS)) as torn:
                tables.write_rows(points, torn)
        self._place("", MANIFEST, _json(manifest))

    def is_foreign(self) -> bool:
        """Tell whether what is there is somebody else's: a file, or a folder with more in it than a study has."""
        if not self.folder.is_dir():
            return self.folder.exists()
        ours = (SUMMARY, DAILY, FAILURES, FRESH, POINTS, MANIFEST, LOCK)
        return any(path.name not in ours for path in self.folder.iterdir())

    def read_manifest(self) -> dict[str, Any] | None:
        """Return what was asked for when the study began; None when nothing was."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return _object(self._path(MANIFEST), "Give another folder")
        return None

    def read_points(self) -> Iterator[dict[str, Any]]:
        """Yield the points as they were written.

        Raises:
            EquipoiseError: when their file is not there, or not whole.
        """
        path = self._path(POINTS)
        try:
            for batch in pq.ParquetFile(path).iter_batches(1000):
                yield from batch.to_pylist()
        except (OSError, ValueError) as error:
            raise EquipoiseError(
                f"{path} cannot be read: {str(error).splitlines()[0]}. Sweep the study anew."
            ) from None

    def read_measure(self, name: str, points: set[int]) -> dict[tuple[int, int], float]:
        """Return one measure of all finished runs at some points, by (point, seed)."""
        out: dict[tuple[int, int], float] = {}
        for rows in (table.to_pydict() for table in self._tables(["point", "seed", name])):
            for point, seed, value in zip(rows["point"], rows["seed"], rows[name], strict=True):
                if point in points:
                    out[point, seed] = value
        return out


def _failure(result: JobResult) -> dict[str, Any]:
    named = ("name", "point", "first", "worlds", "seconds", "failure", "trace")
    return {name: getattr(result, name) for name in named}


def _object(path: Path, advice: str) -> dict[str, Any]:
    """Return the names and values of a JSON file.

    Raises:
        EquipoiseError: when it cannot be read, with advice.
        FileNotFoundError, NotADirectoryError: when there is none.
    """
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if not isinstance(read, dict):
            raise ValueError("it holds no names and values")
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, ValueError) as error:
        raise EquipoiseError(f"{path} cannot be read: {error}. {advice}.") from None
    return read


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def export_csv(folder: Path, kind: str, out: Path) -> int:
    """Write a study's runs (``summary``) or days (``daily``) as one tidy CSV file; return how many rows there are.

    Raises:
        EquipoiseError: when there is no such study, nothing in it, or no place to write.
    """
    if not (folder / MANIFEST).exists():
        raise EquipoiseError(
            f"{str(folder)!r} is no study: it has no {MANIFEST}. Give the folder of a sweep."
        )
    parts = sorted((folder / kind).glob("*.parquet"))
    if not parts:
        raise EquipoiseError(
            f"{folder} has no {kind} record yet. Sweep first, for days without --daily none."
        )
    try:
        return tables.write_csv(parts, out)
    except OSError as error:
        raise EquipoiseError(
            f"{out} cannot be written: {error.strerror or error}. Give another --out."
        ) from None
