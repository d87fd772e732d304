"""Notes of a study on disk: one small file per distinct note, with the points that it concerns."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from equipoise.errors import EquipoiseError
from equipoise.experiments.design.identity import digest
from equipoise.experiments.storage.layout import NOTES_FOLDER, DamagedFileError
from equipoise.output import atomic


class NoteFiles:
    """The notes of a study: one file a note. Its further points are appended, one line a job.

    The first line of a file is the record of a note. A kill may leave an incomplete last line,
    which readers ignore: the job whose points it names is not finished.

    Args:
        folder: the folder of the notes.
        write: writes a file of a folder of the study, whole or not at all.
    """

    def __init__(self, folder: Path, write: Callable[[str, str, bytes], None]) -> None:
        self._folder = folder
        self._write = write
        self._points: dict[str, set[int]] = {}
        self._appended: set[str] = set()  # notes whose files have more than the record

    def load(self) -> None:
        """Read what earlier processes wrote, and join the lines of each file to one record."""
        self._points = read_note_files(self._folder)
        self._appended = set(filter(self._has_appended_lines, self._points))
        self.join_lines()

    def add(self, texts: Iterable[str], points: Iterable[int]) -> None:
        """Keep notes that concern some points.

        Raises:
            OSError: if a file cannot be extended.
        """
        numbers = set(points)
        for text in texts:
            if text not in self._points:
                self._points[text] = numbers.copy()
                self._write_record(text)
                continue
            new = numbers - self._points[text]
            if not new:
                continue
            line = json.dumps(_to_ranges(new)) + "\n"
            self._appended.add(text)
            atomic.append_durably(self._path(text), line.encode())
            self._points[text] |= new

    def join_lines(self) -> None:
        """Write each file with appended lines anew as one record, whose damage is noticed."""
        for text in sorted(self._appended):
            self._write_record(text)
        self._appended = set()

    def _write_record(self, text: str) -> None:
        order = list(self._points).index(text)
        record = {"order": order, "note": text, "points": _to_ranges(self._points[text])}
        content = json.dumps(record, ensure_ascii=False) + "\n"
        self._write(NOTES_FOLDER, self._path(text).name, content.encode())

    def _has_appended_lines(self, text: str) -> bool:
        path = self._path(text)
        # A copy under another name cannot be extended: the record is written under its own name.
        content = path.read_bytes() if path.exists() else b""
        return content.count(b"\n") > 1 or not content.endswith(b"\n")

    def _path(self, text: str) -> Path:
        return self._folder / f"{digest(text.encode())}.json"


def read_note_files(folder: Path) -> dict[str, set[int]]:
    """Return the points of each note by its text, in the order in which they were noted.

    Raises:
        EquipoiseError: if a file cannot be read.
    """
    records = []
    for path in folder.glob("*.json"):
        # A sweep may be replacing it.
        with contextlib.suppress(FileNotFoundError):
            records.append(read_note_file(path))
    records.sort(key=lambda record: (record[0], record[1]))
    return {text: points for _, text, points in records}


def read_note_file(path: Path) -> tuple[int, str, set[int]]:
    """Return the place of a note in the order of all, its text and its points.

    Raises:
        DamagedFileError: if its content is damaged.
        EquipoiseError: if it cannot be read.
        FileNotFoundError: if there is none.
    """
    try:
        # What follows the last end of a line is empty, or what a kill left of a line.
        head, *lines = path.read_text("utf-8").split("\n")
        record: dict[str, Any] = json.loads(head)
        points: set[int] = set()
        for ranges in (record["points"], *map(json.loads, lines[:-1])):
            for first, last in ranges:
                points.update(range(first, last + 1))
        return int(record["order"]), str(record["note"]), points
    except FileNotFoundError:
        raise
    except OSError as error:
        raise EquipoiseError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(
            f"{path} cannot be read: {error}. The same sweep sets it aside."
        ) from None


def _to_ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return the first and last number of each run of consecutive numbers."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges
