"""Tables of people: they add people without ties, and tribes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from equipoise.array_types import Ints
from equipoise.errors import EquipoiseError
from equipoise.network.columns import MISSING
from equipoise.network.content import decode_text, read_content
from equipoise.network.headings import people_rank
from equipoise.network.listing import NetworkListing, number_blocks
from equipoise.network.names import clean_name, unify_whole_numbers
from equipoise.network.rows import split_table

_ADVICE = "Give a table of people: one per line, with a column such as id."
_GRAPH_STARTS = frozenset("{[<")


class PeopleTable(NamedTuple):
    """The words of a heading (or none), and the columns below it."""

    heading: list[str]
    columns: list[list[str]]

    def find_people(self, tied: Sequence[str]) -> list[str]:
        """Return the column that names most of the ``tied``, or else one headed by id or so."""
        known = set(tied)
        ranks = [people_rank(word) for word in self.heading] or [0] * len(self.columns)
        likely: list[str] = []
        highest = (-1, -1)
        for column, rank in zip(self.columns, ranks, strict=False):
            likelihood = (len(known.intersection(column)), rank)
            if likelihood > highest:
                likely, highest = column, likelihood
        return likely

    def has_tribes(self) -> bool:
        """Return True if a column is called tribe."""
        return "tribe" in self._words()

    def _words(self) -> list[str]:
        return [word.casefold() for word in self.heading[: len(self.columns)]]

    def find_tribes(self) -> list[str]:
        """Return the column tribe if it names a tribe for every person, or nothing."""
        if not self.has_tribes():
            return []
        tribes = self.columns[self._words().index("tribe")]
        return tribes if all(tribes) else []


def add_people(listing: NetworkListing, path: Path) -> NetworkListing:
    """Return people and ties with those people of a table who have no ties, and with its tribes.

    Raises:
        EquipoiseError: if the table cannot be read, names no people, or gives one person two
            tribes.
    """
    table = _read_people(path, set(listing.names))
    people = table.find_people(listing.names)
    if not any(people):
        raise EquipoiseError(f"network.nodes: {str(path)!r} names no people. {_ADVICE}")
    everybody = chain(listing.names, filter(None, people))
    names = tuple(dict.fromkeys(everybody))
    blocks = _number_tribes(names, _assign_tribes(people, table.find_tribes(), path))
    notes = [*listing.notes, *_note_differences(listing.names, people, path)]
    if blocks is None:
        blocks = listing.blocks
        if table.has_tribes():
            notes.append(f"the column tribe of {path} is not used: some people have no tribe")
    return replace(listing, size=len(names), names=names, blocks=blocks, notes=tuple(notes))


def _read_people(path: Path, tied: set[str]) -> PeopleTable:
    content = read_content(path, "network.nodes", _ADVICE)
    text = decode_text(content, path)
    if not _GRAPH_STARTS.isdisjoint(text.lstrip()[:1]):
        raise EquipoiseError(f"network.nodes: {str(path)!r} is JSON or XML, not a table. {_ADVICE}")
    table = split_table(text, str(path))
    lines = [row.fields for row in table.rows]
    heading: list[str] = []
    if lines and any(map(people_rank, lines[0])):
        heading = lines.pop(0)
    width = max(map(len, lines), default=0)
    columns = [_unify_column(_read_column(lines, place), tied) for place in range(width)]
    return PeopleTable(heading, columns)


def _read_column(lines: Sequence[Sequence[str]], place: int) -> list[str]:
    """Return the names in a column; where a value is missing, the name is empty."""
    fields = ["".join(line[place : place + 1]) for line in lines]
    return list(map(_clean_value, fields))


def _clean_value(field: str) -> str:
    return "" if field in MISSING else clean_name(field)


def _unify_column(column: Sequence[str], tied: set[str]) -> list[str]:
    """Return names with ids such as 7.0 written as 7, where the table of ties writes them so."""
    names = tied.union(filter(None, column))
    changes = unify_whole_numbers(names)
    # Ties of a graph may keep ids such as 7.0.
    for name in tied:
        changes.pop(name, None)
    return [changes.get(name, name) for name in column]


def _assign_tribes(people: Sequence[str], tribes: Sequence[str], path: Path) -> dict[str, str]:
    """Return the tribe of each person, or nothing if the table has none.

    Raises:
        EquipoiseError: if a person has two tribes.
    """
    tribe_of: dict[str, str] = {}
    for person, tribe in zip(people, tribes, strict=False):
        first = tribe_of.setdefault(person, tribe)
        if person and first != tribe:
            raise EquipoiseError(
                f"network.nodes: {str(path)!r} gives {person!r} two tribes, {first!r} and "
                f"{tribe!r}. Give each person one tribe."
            )
    return tribe_of


def _number_tribes(names: Sequence[str], tribe_of: dict[str, str]) -> Ints | None:
    """Return the number of each person's tribe (N,), or None if a person has no tribe."""
    labels = [tribe_of.get(name, "") for name in names]
    return number_blocks(labels) if all(labels) else None


def _note_differences(tied: Sequence[str], people: Sequence[str], path: Path) -> list[str]:
    """Return notes on people without ties, and on people of ties whom the table lacks."""
    listed = set(filter(None, people))
    added = listed.difference(tied)
    absent = set(tied) - listed
    verb = "person without ties was" if len(added) == 1 else "people without ties were"
    notes = [f"{len(added):,} {verb} added from {path}"]
    # A table may list only the people without ties, so this is no error.
    if absent:
        notes.append(f"{len(absent):,} people of ties are not in {path}")
    return notes
