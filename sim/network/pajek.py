"""Pajek files: networkx takes every line after the first *Arcs for a tie, so they are read here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError, suggest_spelling
from equipoise.network.listing import (
    MAX_PEOPLE,
    AskedTies,
    NetworkListing,
    number_people,
    refuse_columns,
)
from equipoise.network.rows import BLANKS, split_fields
from equipoise.network.weights import parse_weights
from equipoise.settings.text_file import raise_line_problems

_VERTICES = "*vertices"
_LISTS = ("*arcslist", "*edgeslist")
_UNDIRECTED = ("*edges", "*edgeslist")
_TIES = ("*arcs", "*edges", "*matrix", *_LISTS)
_NO_TIES = ("*network", "*partition", "*vector", "*permutation", "*cluster", "*hierarchy")
_KNOWN = {"", _VERTICES, *_TIES, *_NO_TIES}


class _Section(NamedTuple):
    """A section: its line, its name, the words after it, and its lines with their numbers."""

    line: int
    name: str
    words: list[str]
    lines: list[tuple[int, list[str]]]


class _Tie(NamedTuple):
    line: int
    first: str
    second: str
    weight: str = "1"


def list_pajek(text: str, source: str, asked: AskedTies) -> NetworkListing:
    """Return the people and ties of a Pajek network; partitions and vectors are skipped.

    Raises:
        EquipoiseError: if a section is unknown, or lines are malformed (the first five are listed).
    """
    refuse_columns(asked, source)
    sections = _split_sections(text)
    raise_line_problems(list(_find_unknown_sections(sections, source)))
    labels = _read_labels(sections, source)
    first_column = _find_first_column(sections)
    ties: list[_Tie] = []
    for section in sections:
        new_ties = list(_read_ties(section, first_column))
        ties += new_ties
        if asked.directed and section.name in _UNDIRECTED:
            ties += map(_reverse, new_ties)
    raise_line_problems(list(_find_bad_ties(ties, labels, source)))
    names, notes = _name_vertices(labels)
    pairs = [(names[tie.first], names[tie.second]) for tie in ties]
    people, ends = number_people(pairs, names.values())
    if not asked.directed and any(section.name.startswith("*arcs") for section in sections):
        notes.append("directed ties are heard in both directions")
    weights = _read_weights(ties, source) if asked.weight else None
    return NetworkListing(len(people), ends, None, people, tuple(notes), weights)


def _split_sections(text: str) -> list[_Section]:
    """Return the sections of a file without comments."""
    sections = [_Section(1, "", [], [])]
    for number, line in enumerate(text.split("\n"), 1):
        fields = split_fields(line, BLANKS)
        if not fields or fields[0].startswith("%"):
            continue
        if fields[0].startswith("*"):
            # The number of a relation may follow at once, as in *Arcs:1.
            name, _, _ = fields[0].lower().partition(":")
            sections.append(_Section(number, name, fields[1:], []))
        else:
            sections[-1].lines.append((number, fields))
    return sections


def _find_unknown_sections(sections: Sequence[_Section], source: str) -> Iterator[str]:
    for section in sections:
        if section.lines and section.name not in _KNOWN:
            suggestion = suggest_spelling(section.name, _TIES)
            yield (
                f"{source}: line {section.line} begins an unknown section {section.name!r}."
                f"{suggestion} Ties are in one of {', '.join(_TIES)}."
            )


def _find_first_column(sections: Sequence[_Section]) -> int:
    """Return the number of the vertex in the first column of a matrix.

    A network of two modes gives the numbers of all vertices and of those that are rows.
    """
    words = next((section.words for section in sections if section.name == _VERTICES), [])
    if len(words) < 2 or not all(map(str.isdecimal, words[:2])):
        return 1
    size, rows = map(int, words[:2])
    return rows + 1 if rows < size else 1


def _read_labels(sections: Sequence[_Section], source: str) -> dict[str, str]:
    """Return the labels of vertices by their number.

    Raises:
        EquipoiseError: if there are too many.
    """
    # Partitions and vectors have vertices, too, behind those of the network.
    vertices = [section for section in sections if section.name == _VERTICES][:1]
    labels: dict[str, str] = {}
    for section in vertices:
        size = "".join(section.words[:1])
        count = int(size) if size.isdecimal() else 0
        if count > MAX_PEOPLE:
            raise EquipoiseError(f"{source}: it has more than {MAX_PEOPLE:,} people.")
        # Vertices without labels may lack a line.
        numbers = list(map(str, range(1, count + 1)))
        labels.update(zip(numbers, numbers, strict=True))
        for _, fields in section.lines:
            number = fields[0]
            labels[number] = _second(fields) or number
    return labels


def _second(fields: Sequence[str]) -> str:
    return fields[1] if len(fields) > 1 else ""


def _read_ties(section: _Section, first_column: int) -> Iterator[_Tie]:
    """Yield the ties of a section; the second end is empty where a line lacks it."""
    if section.name not in _TIES:
        return
    for row, (line, fields) in enumerate(section.lines, 1):
        if section.name == "*matrix":
            yield from _read_matrix_row(line, str(row), fields, first_column)
        elif section.name in _LISTS:
            yield from (_Tie(line, fields[0], second) for second in fields[1:] or [""])
        else:
            weight = fields[2] if len(fields) > 2 else "1"
            yield _Tie(line, fields[0], _second(fields), weight)


def _read_matrix_row(
    line: int, first: str, cells: Sequence[str], first_column: int
) -> Iterator[_Tie]:
    """Yield the ties of a person: the cells that are not 0."""
    for column, cell in enumerate(cells, first_column):
        if cell.strip("0."):
            yield _Tie(line, first, str(column), cell)


def _reverse(tie: _Tie) -> _Tie:
    return tie._replace(first=tie.second, second=tie.first)


def _find_bad_ties(ties: Sequence[_Tie], labels: Mapping[str, str], source: str) -> Iterator[str]:
    for tie in ties:
        if not tie.second:
            yield f"{source}: line {tie.line} names one person only; a tie needs two."
            continue
        for vertex in (tie.first, tie.second):
            if vertex not in labels:
                yield f"{source}: line {tie.line} names vertex {vertex!r}, which is not listed."


def _name_vertices(labels: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the name of each vertex: its label, or its number where two have the same label."""
    if len(set(labels.values())) == len(labels):
        return labels, []
    numbers = {vertex: vertex for vertex in labels}
    return numbers, ["people are named by number: labels come twice"]


def _read_weights(ties: Sequence[_Tie], source: str) -> Floats:
    texts = [tie.weight for tie in ties]
    places = [f"line {tie.line}" for tie in ties]
    return parse_weights(texts, places, source)
