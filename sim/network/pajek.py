"""Pajek files: networkx takes every line after the first *Arcs for a tie, so they are read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from equipoise.array_types import Floats
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

_TIE_SECTIONS = ("*arcs", "*edges")
_LIST_SECTIONS = ("*arcslist", "*edgeslist")


@dataclass
class _PajekGraph:
    """The labels of vertices by number, and ties with their line and weight, as read so far."""

    source: str
    labels: dict[str, str] = field(default_factory=dict)
    ties: list[tuple[int, str, str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    has_directions: bool = False


def list_pajek(text: str, source: str, asked: AskedTies) -> NetworkListing:
    """Return the people and ties of a Pajek network.

    Raises:
        EquipoiseError: if lines are malformed (the first five are listed).
    """
    refuse_columns(asked, source)
    graph = _read_sections(text, source, asked.directed)
    raise_line_problems(graph.problems)
    names, notes = _name_vertices(graph.labels)
    pairs = [(names[first], names[second]) for _, first, second, _ in graph.ties]
    people, ends = number_people(pairs, names.values())
    if graph.has_directions and not asked.directed:
        notes.append("directed ties are heard in both directions")
    return NetworkListing(
        size=len(people),
        ends=ends,
        names=people,
        notes=tuple(notes),
        weights=_read_weights(graph) if asked.weight else None,
    )


def _read_weights(graph: _PajekGraph) -> Floats:
    places = [f"line {number}" for number, *_ in graph.ties]
    return parse_weights([weight for *_, weight in graph.ties], places, graph.source)


def _read_sections(text: str, source: str, keep_directions: bool) -> _PajekGraph:
    """Return vertices and ties; partitions and vectors are skipped.

    If directions are kept, undirected ties are there twice, once in each direction.
    """
    graph = _PajekGraph(source)
    section = ""
    row = 0  # of a matrix
    for number, line in enumerate(text.split("\n"), 1):
        fields = split_fields(line, BLANKS)
        if not fields or fields[0].startswith("%"):
            continue
        row += 1
        if fields[0].startswith("*"):
            section = _begin_section(graph, fields)
            row = 0
        elif section == "*vertices":
            graph.labels[fields[0]] = "".join(fields[1:2]) or fields[0]
        elif section == "*matrix":
            _add_row(graph, number, str(row), fields)
        elif section in _TIE_SECTIONS:
            weight = "".join(fields[2:3]) or "1"
            _add_ties(graph, number, fields[0], [(second, weight) for second in fields[1:2]])
        elif section in _LIST_SECTIONS:
            _add_ties(graph, number, fields[0], [(second, "1") for second in fields[1:]])
        if keep_directions and section.startswith("*edges"):
            _add_reverse_ties(graph, number)
    return graph


def _add_reverse_ties(graph: _PajekGraph, number: int) -> None:
    """Add the reverse of each tie of a line."""
    ties = list(takewhile(lambda tie: tie[0] == number, reversed(graph.ties)))
    graph.ties += [(line, second, first, weight) for line, first, second, weight in ties]


def _begin_section(graph: _PajekGraph, fields: list[str]) -> str:
    """Return the name of a section, or "" for one that is not read."""
    section = fields[0].lower()
    graph.has_directions |= section in ("*arcs", "*arcslist")
    if section != "*vertices":
        return section
    if graph.labels:
        return ""  # the vertices of a partition or a vector
    # Vertices without labels need no lines of their own.
    count = int(fields[1]) if fields[1:] and fields[1].isdecimal() else 0
    if count > MAX_PEOPLE:
        graph.problems.append(f"{graph.source}: it has more than {MAX_PEOPLE:,} people.")
        count = 0
    graph.labels.update((str(number), str(number)) for number in range(1, count + 1))
    return section


def _add_row(graph: _PajekGraph, number: int, first: str, cells: Sequence[str]) -> None:
    """Add the ties in a row of a matrix: the cells that are not 0."""
    ties = [(str(column), cell) for column, cell in enumerate(cells, 1) if cell.strip("0.")]
    if ties:
        _add_ties(graph, number, first, ties)


def _add_ties(
    graph: _PajekGraph, number: int, first: str, others: Sequence[tuple[str, str]]
) -> None:
    """Add the ties of a person to others, each with its weight."""
    if not others:
        graph.problems.append(
            f"{graph.source}: line {number} names one person only; a tie needs two."
        )
    for second, weight in others:
        unknown = [vertex for vertex in (first, second) if vertex not in graph.labels]
        if unknown:
            graph.problems.append(
                f"{graph.source}: line {number} names vertex {unknown[0]!r}, which is not listed."
            )
            return
        graph.ties.append((number, first, second, weight))


def _name_vertices(labels: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the name of each vertex: its label, or its number where two have the same label."""
    if len(set(labels.values())) == len(labels):
        return labels, []
    return {vertex: vertex for vertex in labels}, ["people are named by number: labels come twice"]
