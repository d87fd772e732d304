"""Tables of ties, read from lines of fields; every bad line is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats, Ints
from equipoise.network.columns import MISSING, UNDIRECTED, TieColumns, find_columns
from equipoise.network.doubts import refuse_doubtful_names, refuse_other_shapes
from equipoise.network.listing import NO_TIES, AskedTies, NetworkListing, number_people
from equipoise.network.names import NamePair, is_no_name, unify_names
from equipoise.network.rows import TextRow, TextTable
from equipoise.network.shapes import list_adjacency, list_matrix
from equipoise.network.weights import parse_weights, read_attribute
from equipoise.settings.text_file import raise_line_problems

_MAX_QUOTED = 40  # characters of a line that a message quotes
# First characters of a further word on a line: a number, {attributes} or a comment.
_ATTRIBUTE_STARTS = "+-.,0123456789{#%"


def list_table(table: TextTable, source: str, asked: AskedTies) -> NetworkListing:
    """Return the people and ties of a table.

    Raises:
        EquipoiseError: if lines are malformed, or the table is more likely something else.
    """
    if not table.rows:
        return NetworkListing(0, NO_TIES, notes=table.notes)
    if not asked.columns:
        listing = list_adjacency(table, source, directed=asked.directed)
        listing = listing or list_matrix(table.rows, directed=asked.directed)
        if listing:
            return listing if asked.weight else replace(listing, weights=None)
    return _list_ties(table, source, asked)


def _list_ties(table: TextTable, source: str, asked: AskedTies) -> NetworkListing:
    columns = find_columns(table, source, asked)
    rows, skip_notes = _rows_with_ties(table.rows, columns)
    is_guess = not (asked.columns or columns.heading)
    if is_guess:
        refuse_other_shapes(rows, source)
    checks = _Checks(punctuation=not asked.columns, words=is_guess and table.by_blanks)
    _refuse_bad_rows(rows, columns.ends, source, checks)
    pairs, name_notes = _read_names(rows, columns.ends)
    if not asked.columns:
        third = _third_column(rows, columns)
        refuse_doubtful_names(pairs, columns.ends, source, third)
    people, ends = number_people(pairs)
    weights = None
    if asked.weight:
        weights = _read_weights(rows, columns, source, asked.weight)
    if columns.direction is not None:
        both_ways = _find_undirected(rows, columns.direction, ends)
        ends, weights = _add_reverse_ties(ends, weights, both_ways)
    notes = (*table.notes, *columns.notes, *skip_notes, *name_notes)
    return NetworkListing(len(people), ends, None, people, notes, weights)


def _read_names(
    rows: Sequence[TextRow], ends: tuple[int, int]
) -> tuple[Sequence[NamePair], list[str]]:
    first, second = ends
    return unify_names([(row.fields[first], row.fields[second]) for row in rows])


def _find_undirected(rows: Sequence[TextRow], place: int, ends: Ints) -> Ints:
    """Return the places of ties that two people hear both ways, by a column of directions."""
    directions = [_field(row, place).casefold() for row in rows]
    is_undirected = [direction in UNDIRECTED for direction in directions]
    first, second = ends.T
    return np.flatnonzero(np.array(is_undirected, bool) & (first != second))


def _add_reverse_ties(
    ends: Ints, weights: Floats | None, places: Ints
) -> tuple[Ints, Floats | None]:
    """Return ties and weights with the reverse of the ties at some places."""
    all_ends = np.concatenate((ends, ends[places, ::-1]))
    if weights is None:
        return all_ends, None
    return all_ends, np.concatenate((weights, weights[places]))


def _third_column(rows: Sequence[TextRow], columns: TieColumns) -> list[str]:
    """Return the third column, which may name people, unless the heading says which do."""
    if columns.are_named:
        return []
    # Where lines differ in length, fewer values than ties are left, and no conclusion is drawn.
    third = [_field(row, 2) for row in rows]
    return list(filter(None, third))


def _rows_with_ties(
    rows: Sequence[TextRow], columns: TieColumns
) -> tuple[Sequence[TextRow], list[str]]:
    """Return the rows below the heading, and notes on those among them that are no ties."""
    if not columns.heading:
        return rows, []
    heading = list(columns.heading)
    kept, notes = [], []
    for row in rows[1:]:
        if row.fields == heading:
            notes.append(f"line {row.number} repeats the header and was skipped")
        # Neo4j exports people and ties as one table; people have no ends.
        elif any(_field(row, end) for end in columns.ends):
            kept.append(row)
        else:
            notes.append(f"line {row.number} names neither end of a tie and was skipped")
    if len(notes) > 1:
        notes = [f"{notes[0]}; so were {len(notes) - 1:,} more"]
    return kept, notes


def _field(row: TextRow, place: int) -> str:
    return row.fields[place] if place < len(row.fields) else ""


class _Checks(NamedTuple):
    """Checks of lines beside that for two names: of punctuation as a name, and of a third word."""

    punctuation: bool
    words: bool


def _refuse_bad_rows(
    rows: Sequence[TextRow], ends: tuple[int, int], source: str, checks: _Checks
) -> None:
    """Refuse lines without two names.

    Raises:
        EquipoiseError: if there are any (the first five are listed).
    """
    if not _may_be_bad(rows, ends, checks):
        return
    problems = []
    for row in rows:
        defect = _find_defect(row, ends, checks)
        if defect:
            quoted = repr(row.text[:_MAX_QUOTED])
            problems.append(f"{source}: line {row.number} {defect.format(quoted=quoted)}")
    raise_line_problems(problems)


def _may_be_bad(rows: Sequence[TextRow], ends: tuple[int, int], checks: _Checks) -> bool:
    """Return True if any line may have a defect: it is quicker to look at each name once."""
    first, second = ends
    if any(len(row.fields) <= max(ends) for row in rows):
        return True
    if checks.words and any(len(row.fields) > 2 for row in rows):
        return True
    if any('"' in row.text for row in rows):
        return True
    names = {row.fields[first] for row in rows}
    names.update(row.fields[second] for row in rows)
    return not MISSING.isdisjoint(names) or any(map(is_no_name, names))


def _find_defect(row: TextRow, ends: tuple[int, int], checks: _Checks) -> str:
    """Return the defect of a line with a place for the quoted line, or an empty string."""
    if row.text.count('"') % 2:
        return "leaves a quote open ({quoted}); close it, or double a quote within a name."
    names = [_field(row, end) for end in ends]
    if not MISSING.isdisjoint(names):
        return (
            "names one person only ({quoted}); a tie needs two names. "
            "A table of all people, network.nodes, may name people without ties."
        )
    if checks.punctuation and any(map(is_no_name, names)):
        return (
            "has punctuation in place of a name ({quoted}); separate two names by a comma, put a "
            "name with commas in quotes, or say which columns hold names: network.columns=[1,2]."
        )
    if checks.words and _field(row, 2)[:1] not in _ATTRIBUTE_STARTS:
        return (
            "has more than two names ({quoted}); separate names that contain spaces by commas or "
            "tabs, or say which columns name the people: network.columns=[1,2]."
        )
    return ""


def _read_weights(rows: Sequence[TextRow], columns: TieColumns, source: str, name: str) -> Floats:
    """Return the weights (M,) of a column, or of the attributes that networkx writes."""
    if columns.weight is None:
        texts = [read_attribute(row.attributes, name) for row in rows]
    else:
        texts = [_field(row, columns.weight) for row in rows]
    return parse_weights(texts, [f"line {row.number}" for row in rows], source)
