"""Edge lists as users have them, cleaned; every bad line is reported."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Ints
from equipoise.settings.text_file import raise_line_problems, read_file_bytes

FILE_ADVICE = "Give the path of an edge list (.edges, .txt, .csv, .tsv) or GraphML file."
_HEADER_WORD = re.compile(
    r"(from|to|source|src|start|target|tgt|dst|end|ego|alter|follow(er|ee)|friend|node|user|person|id)"
    r"([ _]?(id|[12ab]))?",
    re.IGNORECASE,
)
_SEPARATORS = "\t;,"
_COMMENT_MARKS = "#%"
# First characters of a further word on a line: a number, {attributes} or a comment.
_ATTRIBUTE_STARTS = "+-.0123456789{#%"
_MAX_QUOTED = 40  # characters of a line that a message quotes


@dataclass(frozen=True)
class NetworkListing:
    """The content of a file or graph.

    Attributes:
        names: the people, in order of first appearance.
        ends: (M, 2) int64, positions in ``names``.
        blocks: (N,) labels of the source's own groups, if it has them.
        notes: remarks on what was skipped, one line each.
    """

    names: tuple[str, ...]
    ends: Ints
    blocks: Ints | None = None
    notes: tuple[str, ...] = ()


class _EdgeRows(NamedTuple):
    """Pairs of names, the largest number of columns, and the line of the header, if there is one."""

    pairs: list[tuple[str, str]]
    columns: int
    header: str


def read_edge_list(path: Path) -> NetworkListing:
    """Return the content of an edge list: two names a line; further columns are skipped.

    Raises:
        EquipoiseError: if the file cannot be read, or lines are malformed (the first five are listed).
    """
    rows = _parse_rows(path, _read_text(path))
    index: dict[str, int] = {}
    places = [index.setdefault(name, len(index)) for pair in rows.pairs for name in pair]
    notes = []
    if rows.header:
        notes.append(f"{path}: {rows.header} was read as a header")
    if rows.columns > 2:
        notes.append(f"{path}: columns after the second were skipped")
    ends = np.array(places, np.int64).reshape(-1, 2)
    return NetworkListing(tuple(index), ends, None, tuple(notes))


def _read_text(path: Path) -> str:
    """Return the text of a file with its line ends unified."""
    content = read_file_bytes(path, path.read_bytes, "network.path", FILE_ADVICE)
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not content:
        return ""
    binary_lines = [
        number for number, line in enumerate(content.split(b"\n"), 1) if _is_binary(line)
    ]
    raise_line_problems(
        [
            f"{path}: line {number} is not UTF-8 text; save the file as UTF-8."
            for number in binary_lines
        ]
    )
    return content.decode("utf-8-sig")


def _is_binary(line: bytes) -> bool:
    try:
        return "\0" in line.decode()
    except UnicodeDecodeError:
        return True


def _parse_rows(path: Path, text: str) -> _EdgeRows:
    """Return the pairs of names of an edge list."""
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line and line[0] not in _COMMENT_MARKS]
    if not lines:
        return _EdgeRows([], 0, "")
    first_number, first_line = lines[0]
    separator = next((mark for mark in _SEPARATORS if mark in first_line), None)
    pairs, problems, columns = [], [], 0
    for number, line in lines:
        fields = _split_fields(line, separator)
        columns = max(columns, len(fields))
        defect = _find_defect(fields, separator, is_first=number == first_number)
        if defect:
            problems.append(
                f"{path}: line {number} {defect.format(quoted=repr(line[:_MAX_QUOTED]))}"
            )
        else:
            pairs.append((fields[0], fields[1]))
    raise_line_problems(problems)
    if _has_header(pairs):
        return _EdgeRows(pairs[1:], columns, f"line {first_number} ({', '.join(pairs[0])})")
    return _EdgeRows(pairs, columns, "")


def _find_defect(fields: list[str], separator: str | None, *, is_first: bool) -> str:
    """Return the defect of a line with a place for the quoted line, or an empty string."""
    if len(fields) < 2 or not fields[0] or not fields[1]:
        return "names one person only ({quoted}); a tie needs two names."
    # The first line may be a header of several words.
    may_have_third_name = separator is None and not is_first and len(fields) > 2
    if may_have_third_name and fields[2][0] not in _ATTRIBUTE_STARTS:
        return (
            "has more than two names ({quoted}); separate names that contain spaces "
            "by commas or tabs."
        )
    return ""


def _split_fields(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    if '"' in line:
        fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    else:
        fields = line.split(separator)
    return [field.strip() for field in fields]


def _has_header(pairs: list[tuple[str, str]]) -> bool:
    """Return True if the first row names columns: known words, or words above numbers."""
    if not pairs:
        return False
    head, rest = pairs[0], pairs[1:]
    if all(_HEADER_WORD.fullmatch(word) for word in head):
        is_repeated = any(name in head for pair in rest for name in pair)
        return head[0] != head[1] and not is_repeated
    has_number = any(name.isdigit() for name in head)
    if has_number or not rest:
        return False
    return all(name.isdigit() for pair in rest for name in pair)
