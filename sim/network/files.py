"""The user's own networks: edge lists and GraphML files, cleaned, with every bad line named."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from equipoise.array_types import Ints
from equipoise.errors import EquipoiseError, suggest_spelling

SHOWN = 5
HEADER_WORD = re.compile(
    r"(from|to|source|src|start|target|tgt|dst|end|ego|alter|follow(er|ee)|friend|node|user|person|id)"
    r"([ _]?(id|[12ab]))?",
    re.IGNORECASE,
)
NUMBER_LIKE = (
    "+-.0123456789{#%"  # how a further word on a line may start: a number, {..} or a comment
)


@dataclass(frozen=True)
class Listing:
    """What a file or graph holds.

    Attributes:
        names: the people, in order of first appearance.
        ends: (M, 2) int64, positions in ``names``.
        blocks: (N,) labels of the source's own groups, if it has them.
        notes: one line each on what was passed over.
    """

    names: tuple[str, ...]
    ends: Ints
    blocks: Ints | None = None
    notes: tuple[str, ...] = ()


def read_edges(path: Path) -> Listing:
    """Return what an edge list holds: two names a line, further columns passed over.

    Raises:
        EquipoiseError: when the file cannot be read, or lines are malformed (the first five are named).
    """
    rows, widest, header = _rows(path, _text(path))
    index: dict[str, int] = {}
    flat = [index.setdefault(name, len(index)) for row in rows for name in row]
    notes = [f"{path}: {header} was read as a header"] if header else []
    if widest > 2:
        notes.append(f"{path}: columns after the second were passed over")
    return Listing(tuple(index), np.array(flat, np.int64).reshape(-1, 2), None, tuple(notes))


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        EquipoiseError: when there is no such file (with the nearest name in its folder), or it is unreadable.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder = path.parent
        there = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
        absent = f"there is no file {str(path)!r}." + suggest_spelling(path.name, there)
        raise EquipoiseError(
            f"network.path: {absent} Give the path of an edge list or GraphML file."
        ) from None
    except IsADirectoryError:
        raise EquipoiseError(f"network.path: {str(path)!r} is a folder; give a file.") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise EquipoiseError(f"network.path: {str(path)!r} cannot be read: {reason}.") from None


def _text(path: Path) -> str:
    raw = read_bytes(path).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if raw and (not text or "\0" in text):
        lines = enumerate(raw.split(b"\n"), 1)
        _refuse(
            [
                f"{path}: line {n} is not UTF-8 text; save the file as UTF-8."
                for n, x in lines
                if _binary(x)
            ]
        )
    return text


def _binary(line: bytes) -> bool:
    try:
        return "\0" in line.decode()
    except UnicodeDecodeError:
        return True


def _refuse(problems: list[str]) -> None:
    if len(problems) > SHOWN:
        more = len(problems) - SHOWN
        problems = [*problems[:SHOWN], f"... and {more:,} more such line{'s' if more > 1 else ''}."]
    if problems:
        raise EquipoiseError(*problems)


def _rows(path: Path, text: str) -> tuple[list[tuple[str, str]], int, str]:
    """Return the pairs of names, the largest number of columns, and which line was a header, if one was."""
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line and line[0] not in "#%"]
    separator = next((mark for mark in "\t;," if lines and mark in lines[0][1]), None)
    rows, problems, widest = [], [], 0
    for number, line in lines:
        fields = _fields(line, separator)
        widest = max(widest, len(fields))
        if len(fields) < 2 or not fields[0] or not fields[1]:
            problems.append(
                f"{path}: line {number} names one person only ({line[:40]!r}); a tie needs two names."
            )
        elif (
            len(fields) > 2
            and not separator
            and fields[2][0] not in NUMBER_LIKE
            and number != lines[0][0]
        ):
            problems.append(
                f"{path}: line {number} has more than two names ({line[:40]!r}); "
                "part names that hold spaces by commas or tabs."
            )
        rows.append((fields[0], fields[-1] if len(fields) < 2 else fields[1]))
    _refuse(problems)
    header = ""
    if rows and _is_header(rows):
        header = f"line {lines[0][0]} ({', '.join(rows[0])})"
    return rows[1:] if header else rows, widest, header


def _fields(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    if '"' in line:
        return [
            field.strip()
            for field in next(csv.reader([line], delimiter=separator, skipinitialspace=True))
        ]
    return [field.strip() for field in line.split(separator)]


def _is_header(rows: list[tuple[str, str]]) -> bool:
    """Tell whether the first row names columns: known words, or words where all else is numbers."""
    if all(HEADER_WORD.fullmatch(word) for word in rows[0]):
        return len(set(rows[0])) == 2 and not _seen_again(rows)
    wordy = not any(name.isdigit() for name in rows[0])
    return wordy and len(rows) > 1 and all(name.isdigit() for row in rows[1:] for name in row)


def _seen_again(rows: list[tuple[str, str]]) -> bool:
    return any(name in rows[0] for row in rows[1:] for name in row)
