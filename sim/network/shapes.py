"""Tables that are no lists of ties, but can be read: matrices, adjacency lists, timed contacts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np

from equipoise.array_types import Floats
from equipoise.errors import EquipoiseError
from equipoise.network.listing import NetworkListing, number_people
from equipoise.network.rows import TextRow, TextTable
from equipoise.network.weights import parse_number

SAY_COLUMNS = "Say which columns name the two people of a tie: network.columns=[1,2]."
MIN_MATRIX_SIZE = 3  # two lines of two columns are two ties
_TIED_OR_NOT = (0, 1)
_MAX_CHANCE = 0.01

# matrices


def list_matrix(rows: Sequence[TextRow], *, directed: bool) -> NetworkListing | None:
    """Return the ties of an adjacency matrix, with or without names, or None if it is none."""
    labels = _find_labels(rows)
    matrix = _parse_matrix(rows, bool(labels))
    if matrix is None or not (labels or _is_plain_matrix(matrix)):
        return None
    if not directed and _is_symmetric(matrix):
        # The matrix holds each tie twice.
        matrix = np.triu(matrix)
    size = len(matrix)
    names = labels or list(map(str, range(size)))
    note = f"it was read as an adjacency matrix of {size:,} people"
    ends = np.argwhere(matrix)
    first, second = ends.T
    weights = matrix[first, second]
    return NetworkListing(size, ends, None, tuple(names), (note,), weights)


def _is_plain_matrix(matrix: Floats) -> bool:
    """Return True if numbers without names are an adjacency matrix: symmetric, or 0 and 1 only."""
    if len(matrix) < MIN_MATRIX_SIZE:
        return False
    return _is_symmetric(matrix) or bool(np.isin(matrix, _TIED_OR_NOT).all())


def _is_symmetric(matrix: Floats) -> bool:
    return bool((matrix == matrix.T).all())


def _find_labels(rows: Sequence[TextRow]) -> list[str]:
    """Return the names of a matrix whose first line and first column agree, or nothing."""
    heading = rows[0].fields
    labels = [row.fields[0] for row in rows[1:]]
    size = len(labels)
    if size < 2 or heading[-size:] != labels:
        return []
    # In a symmetric matrix without names they agree too, but a number stands in the corner.
    has_corner = len(heading) > size
    if has_corner and parse_number(heading[0]) is not None:
        return []
    return labels


def _parse_matrix(rows: Sequence[TextRow], has_labels: bool) -> Floats | None:
    """Return the numbers of a square matrix (N, N), or None if there is none."""
    margin = int(has_labels)
    size = len(rows) - margin
    # Most tables have other numbers of lines and columns, which is quick to see.
    if len(rows[-1].fields) - margin != size:
        return None
    cells = [row.fields[margin:] for row in rows[margin:]]
    if any(len(row) != size for row in cells):
        return None
    numbers = list(map(parse_number, chain.from_iterable(cells)))
    if None in numbers:
        return None
    return np.array(numbers, np.float64).reshape(size, size)


# adjacency lists


def list_adjacency(table: TextTable, source: str, *, directed: bool) -> NetworkListing | None:
    """Return the ties of an adjacency list, or None if it is none.

    In an adjacency list each person has one line: the person, then all neighbours.

    Raises:
        EquipoiseError: if each line could as well be a tie with a weight.
    """
    people = {row.fields[0] for row in table.rows}
    if len(people) < len(table.rows) or table.has_attributes:
        return None
    lists = [list(filter(None, row.fields)) for row in table.rows]
    widths = set(map(len, lists))
    if widths == {2} or max(widths) < 2 or not _name_people_once(lists, people):
        return None
    if widths == {3}:
        raise EquipoiseError(
            f"{source}: every line names three people: an adjacency list, or ties with a weight. "
            f"{SAY_COLUMNS}"
        )
    return _list_neighbours(lists, directed)


def _name_people_once(lists: Sequence[Sequence[str]], people: set[str]) -> bool:
    """Return True if each line names people only, each of them once."""
    for names in lists:
        if len(set(names)) < len(names) or not people.issuperset(names):
            return False
    return True


def _list_neighbours(lists: Sequence[Sequence[str]], directed: bool) -> NetworkListing:
    heads = [names[0] for names in lists]
    pairs = [(person, name) for person, *names in lists for name in names]
    people, ends = number_people(pairs, heads)
    if not directed:
        # Most lists name a tie twice, once at each end, which is no repeated tie.
        ends = np.unique(np.sort(ends, axis=1), axis=0)
    note = f"it was read as an adjacency list of {len(people):,} people"
    return NetworkListing(len(people), ends, names=people, notes=(note,))


# timed contacts


def are_timed_contacts(rows: Sequence[TextRow]) -> bool:
    """Return True if the lines are time, person, person, as in the data of SocioPatterns.

    Times do not fall, few are also the number of a person, and the other columns name the same
    people.
    """
    if not rows or any(len(row.fields) < 3 for row in rows):
        return False
    columns = zip(*(row.fields[:3] for row in rows), strict=True)
    times, first, second = columns
    if not all(map(str.isdecimal, chain(times, first, second))):
        return False
    if not _is_rising(list(map(int, times))):
        return False
    common = max(share_in_common(times, first), share_in_common(times, second))
    return share_in_common(first, second) > 2 * common


def refuse_same_people(rows: Sequence[TextRow], source: str) -> None:
    """Refuse lines like timed contacts in which the two people are the same.

    Raises:
        EquipoiseError: with the first such line; column 1 may name people, and column 3 be weights.
    """
    for row in rows:
        if row.fields[1] == row.fields[2]:
            raise EquipoiseError(
                f"{source}: column 1 may be a time or a person: columns 2 and 3 share numbers, but "
                f"line {row.number} has {row.fields[1]} in both. {SAY_COLUMNS}"
            )


def refuse_few_contacts(rows: Sequence[TextRow], source: str) -> None:
    """Refuse lines like timed contacts that are too few to tell them from ties with a weight.

    Nobody meets oneself. A person or thing and a weight, however, are equal by chance in a Poisson
    number of lines, with the mean sum(n2 * n3) / n over all numbers, where n2 and n3 count a number
    in columns 2 and 3 of n lines. The lines are contacts if no equal pair has a chance below 1 %.

    Raises:
        EquipoiseError: with both readings, and how to choose one.
    """
    firsts = Counter(row.fields[1] for row in rows)
    seconds = Counter(row.fields[2] for row in rows)
    equal_pairs = sum(firsts[number] * seconds[number] for number in firsts) / len(rows)
    if math.exp(-equal_pairs) < _MAX_CHANCE:
        return
    raise EquipoiseError(
        f"{source}: column 1 may be a time or a person, and {len(rows):,} lines are too few to "
        "tell. Give network.columns=[2,3] if column 1 is a time, or network.columns=[1,2] if it "
        "is a person."
    )


def _is_rising(times: Sequence[int]) -> bool:
    return times[0] < times[-1] and list(times) == sorted(times)


def share_in_common(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of different values of a column that the other has too."""
    values = set(one)
    return len(values & set(other)) / len(values)
