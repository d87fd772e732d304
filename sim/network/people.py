"""Tables of people: they add people without ties, and tribes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from equipoise.array_types import Ints
from equipoise.errors import EquipoiseError
from equipoise.network.content import decode_text, read_content
from equipoise.network.headings import people_rank
from equipoise.network.listing import NetworkListing, number_blocks
from equipoise.network.names import clean_name
from equipoise.network.rows import split_table

_ADVICE = "Give a table of people: one per line, with a column such as id."


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

    def find_tribes(self) -> list[str]:
        """Return the column tribe if it names a tribe for every person, or nothing."""
        words = [word.casefold() for word in self.heading[: len(self.columns)]]
        if "tribe" not in words:
            return []
        tribes = self.columns[words.index("tribe")]
        return tribes if all(tribes) else []


def add_people(listing: NetworkListing, path: Path) -> NetworkListing:
    """Return people and ties with those people of a table who have no ties, and with its tribes.

    Raises:
        EquipoiseError: if the table cannot be read, or names no people.
    """
    table = _read_people(path)
    people = table.find_people(listing.names)
    if not any(people):
        raise EquipoiseError(f"network.nodes: {str(path)!r} names no people. {_ADVICE}")
    everybody = chain(listing.names, filter(None, people))
    names = tuple(dict.fromkeys(everybody))
    tribes = table.find_tribes()
    blocks = _number_tribes(names, dict(zip(people, tribes, strict=False)))
    if blocks is None:
        blocks = listing.blocks
    notes = (*listing.notes, *_note_differences(listing.names, people, path))
    return replace(listing, size=len(names), names=names, blocks=blocks, notes=notes)


def _read_people(path: Path) -> PeopleTable:
    content = read_content(path, "network.nodes", _ADVICE)
    table = split_table(decode_text(content, path))
    lines = [row.fields for row in table.rows]
    heading: list[str] = []
    if lines and any(map(people_rank, lines[0])):
        heading = lines.pop(0)
    width = max(map(len, lines), default=0)
    columns = [_read_column(lines, place) for place in range(width)]
    return PeopleTable(heading, columns)


def _read_column(lines: Sequence[Sequence[str]], place: int) -> list[str]:
    """Return the names in a column; a line that is too short has an empty one."""
    fields = ["".join(line[place : place + 1]) for line in lines]
    return list(map(clean_name, fields))


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
