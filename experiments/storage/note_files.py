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


class NoteFiles:
    """The notes of a study. A note is rewritten only when it concerns a further point.

    Args:
        folder: the folder of the notes.
        write: writes a file of a folder of the study, whole or not at all.
    """

    def __init__(self, folder: Path, write: Callable[[str, str, bytes], None]) -> None:
        self._folder = folder
        self._write = write
        self._points: dict[str, set[int]] = {}

    def load(self) -> None:
        """Read what earlier processes wrote."""
        self._points = read_note_files(self._folder)

    def add(self, texts: Iterable[str], points: Iterable[int]) -> None:
        """Keep notes that concern some points."""
        numbers = set(points)
        for text in texts:
            known = self._points.get(text, set())
            if numbers <= known:
                continue
            order = list(self._points).index(text) if known else len(self._points)
            record = {"order": order, "note": text, "points": _to_ranges(known | numbers)}
            content = json.dumps(record, ensure_ascii=False) + "\n"
            self._write(NOTES_FOLDER, f"{digest(text.encode())}.json", content.encode())
            self._points[text] = known | numbers


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
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        points: set[int] = set()
        for first, last in record["points"]:
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
