"""Tables that are no lists of ties, but can be read: matrices, adjacency lists, timed contacts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.network.listing import NetworkListing, number_people
from equipoise.network.rows import TextRow, TextTable
from equipoise.network.weights import parse_number

SAY_COLUMNS = "Say which columns name the two people of a tie: network.columns=[1,2]."
MIN_MATRIX_SIZE = 3  # two lines of two columns are two ties
_TIED_OR_NOT = (0, 1)

# matrices


def list_matrix(rows: Sequence[TextRow]) -> NetworkListing | None:
    """Return the ties of an adjacency matrix, with or without names, or None if it is none."""
    # Most tables have other numbers of lines and columns, which is quick to see.
    if len(rows) - len(rows[-1].fields) not in (0, 1, -1):
        return None
    labels = _find_labels(rows)
    matrix = _parse_matrix(rows, bool(labels))
    if matrix is None:
        return None
    size = len(matrix)
    is_symmetric = bool((matrix == matrix.T).all())
    is_plain = is_symmetric or bool(np.isin(matrix, _TIED_OR_NOT).all())
    if not labels and (size < MIN_MATRIX_SIZE or not is_plain):
        return None
    upper = np.triu(matrix) if is_symmetric else matrix
    ends = np.argwhere(upper)
    return NetworkListing(
        size=size,
        ends=ends,
        names=tuple(labels or map(str, range(size))),
        notes=(f"it was read as an adjacency matrix of {size:,} people",),
        weights=matrix[ends[:, 0], ends[:, 1]],
    )


def _find_labels(rows: Sequence[TextRow]) -> list[str]:
    """Return the names of a matrix whose first line and first column agree, or nothing."""
    labels = [row.fields[0] for row in rows[1:]]
    heading = rows[0].fields
    if len(labels) < 2 or heading[-len(labels) :] != labels:
        return []
    # In a symmetric matrix without names they agree too, but a number stands in the corner.
    has_corner = len(heading) > len(labels)
    return [] if has_corner and parse_number(heading[0]) is not None else labels


def _parse_matrix(rows: Sequence[TextRow], has_labels: bool) -> Floats | None:
    """Return the numbers of a square matrix (N, N), or None if there is none."""
    margin = int(has_labels)
    size = len(rows) - margin
    cells = [row.fields[margin:] for row in rows[margin:]]
    if any(len(row) != size for row in cells):
        return None
    values = [list(map(parse_number, row)) for row in cells]
    if any(None in row for row in values):
        return None
    return np.array(values, np.float64)


# adjacency lists


def list_adjacency(table: TextTable, source: str) -> NetworkListing | None:
    """Return the ties of an adjacency list, or None if it is none.

    In an adjacency list everybody has one line: the own name, and the names of all neighbours.

    Raises:
        EquipoiseError: if each line could as well be a tie with a weight.
    """
    if len({row.fields[0] for row in table.rows}) < len(table.rows):
        return None
    lists = [list(filter(None, row.fields)) for row in table.rows]
    widths = set(map(len, lists))
    if table.has_attributes or widths == {2} or max(widths) < 2:
        return None
    if not _are_adjacency_lists(lists):
        return None
    if widths == {3}:
        raise EquipoiseError(
            f"{source}: every line names three people: an adjacency list, or ties with a weight. "
            f"{SAY_COLUMNS}"
        )
    people = [names[0] for names in lists]
    pairs = [(names[0], name) for names in lists for name in names[1:]]
    everybody, ends = number_people(pairs, people)
    # Most lists name a tie twice, once at each end, which is no repeated tie.
    ends = np.unique(np.sort(ends, axis=1), axis=0)
    note = f"it was read as an adjacency list of {len(everybody):,} people"
    return NetworkListing(len(everybody), ends, names=everybody, notes=(note,))


def _are_adjacency_lists(lists: Sequence[Sequence[str]]) -> bool:
    """Return True if everybody has one line, and no line names anybody twice."""
    people = {names[0] for names in lists}
    for names in lists:
        if len(set(names)) < len(names) or not people.issuperset(names):
            return False
    return True


# timed contacts


def are_timed_contacts(rows: Sequence[TextRow]) -> bool:
    """Return True if the lines are time, person, person, as in the data of SocioPatterns.

    Times do not fall, few are also the number of a person, and the other columns name the same
    people.
    """
    if not rows or any(len(row.fields) < 3 for row in rows):
        return False
    times, first, second = zip(*(row.fields[:3] for row in rows), strict=True)
    if not all(map(str.isdecimal, (*times, *first, *second))):
        return False
    days = list(map(int, times))
    if days != sorted(days) or days[0] == days[-1]:
        return False
    common = max(share_in_common(times, first), share_in_common(times, second))
    return share_in_common(first, second) > 2 * common


def share_in_common(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of different values of a column that the other has too."""
    values = set(one)
    return len(values & set(other)) / len(values)
