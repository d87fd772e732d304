"""The columns of a table of ties: which name the two people, which holds the weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, filterfalse
from typing import NamedTuple

from equipoise.errors import EquipoiseError, suggest_spelling
from equipoise.network.headings import (
    find_ends,
    find_letter_ends,
    is_end_word,
    is_people_heading,
)
from equipoise.network.listing import AskedTies
from equipoise.network.rows import TextRow, TextTable
from equipoise.network.shapes import (
    are_timed_contacts,
    refuse_few_contacts,
    refuse_same_people,
)
from equipoise.network.weights import is_date, is_number

# What programs write where a value is missing.
MISSING = {"", "nan", "NaN", "NULL", "null", "None", "N/A", "#N/A", "<NA>"}
_DIGITS = "0123456789"
# Gephi's column of directions, and its words for ties that are heard both ways and one way.
_DIRECTION_WORD = "type"
UNDIRECTED = {"undirected", "mutual"}
_DIRECTIONS = {"directed", *UNDIRECTED}


@dataclass(frozen=True)
class TieColumns:
    """The columns of a table.

    Attributes:
        heading: the words of the heading, or nothing.
        ends: places of the two people of a tie.
        are_named: True if the user or the heading names the ends.
        weight: place of the weight, if the user asks for it and a column holds it.
        direction: place of Gephi's column Type, if the user asks for directions.
        notes: remarks on the heading and on columns that are not used.
    """

    heading: tuple[str, ...]
    ends: tuple[int, int]
    are_named: bool
    weight: int | None
    direction: int | None
    notes: tuple[str, ...]


def find_columns(table: TextTable, source: str, asked: AskedTies) -> TieColumns:
    """Return the columns that the user names, or else those that the heading or the values show.

    Raises:
        EquipoiseError: if the table has no such column, or is a table of people.
    """
    first = table.rows[0]
    heading = tuple(first.fields) if _is_heading(table.rows, asked) else ()
    width = max(len(row.fields) for row in table.rows)
    words = _Words(heading, width, source)
    notes = []
    if heading:
        notes.append(f"line {first.number} ({', '.join(heading)}) was read as a header")
    named_ends = words.find_named_ends(asked, first.number)
    # An unknown heading says nothing on which columns are people; then their values decide.
    below = table.rows[1:] if heading else table.rows
    if named_ends:
        ends = named_ends
    elif are_timed_contacts(below):
        refuse_same_people(below, source)
        refuse_few_contacts(below, source)
        ends = (1, 2)
        notes.append("columns 2 and 3 were read as people, column 1 as a time")
    else:
        ends = (0, 1)
    weight = None
    if asked.weight and not table.has_attributes:
        weight = words.find(asked.weight, "network.weight")
    direction = _find_direction(heading, below) if asked.directed else None
    notes += words.note_unused({*ends, weight, direction})
    return TieColumns(heading, ends, named_ends is not None, weight, direction, tuple(notes))


class _Words(NamedTuple):
    """The words of a heading (or none), the number of columns, and the path of the file."""

    heading: tuple[str, ...]
    width: int
    source: str

    def find_named_ends(self, asked: AskedTies, line: int) -> tuple[int, int] | None:
        """Return the places of both ends that the user or the heading names, or None."""
        if asked.columns:
            first, second = (self.find(name, "network.columns") for name in asked.columns)
            return first, second
        ends = find_ends(self.heading) or find_letter_ends(self.heading)
        if ends is None and is_people_heading(self.heading):
            raise EquipoiseError(
                f"{self.source}: line {line} ({', '.join(self.heading)}) is the heading of a table "
                "of people, which has no ties. Give it as network.nodes, and as network.path a "
                "table of ties with columns such as source and target. If it holds ties, say in "
                "which columns: network.columns=[1,2]."
            )
        return ends

    def find(self, name: str, setting: str) -> int:
        """Return the place of a column that the user names, or gives as a number from 1."""
        place = _find_word(name, self.heading)
        if place is not None:
            return place
        if name.isdecimal() and 1 <= int(name) <= self.width:
            return int(name) - 1
        suggestion = suggest_spelling(name, self.heading)
        columns = "It has no heading"
        if self.heading:
            columns = f"Columns: {', '.join(self.heading)}"
        raise EquipoiseError(
            f"{setting}: {self.source} has no column {name!r}.{suggestion} {columns}; or give a "
            f"number, 1 to {self.width}."
        )

    def note_unused(self, used: set[int | None]) -> list[str]:
        """Return a note on the columns that are not used, if there are any."""
        unused = [self.name(place) for place in range(self.width) if place not in used]
        if not unused:
            return []
        plural = "s" if len(unused) > 1 else ""
        listing = ", ".join(unused)
        return [f"column{plural} not used: {listing}"]

    def name(self, place: int) -> str:
        """Return the word above a column, or its number from 1."""
        if place >= len(self.heading):
            return str(place + 1)
        return self.heading[place] or "''"


def _find_direction(heading: Sequence[str], rows: Sequence[TextRow]) -> int | None:
    """Return the place of a column called Type that holds only words for directions, or None."""
    place = _find_word(_DIRECTION_WORD, heading)
    if place is None:
        return None
    values = {row.fields[place].casefold() for row in rows if place < len(row.fields)}
    return place if values <= _DIRECTIONS else None


def _find_word(name: str, heading: Sequence[str]) -> int | None:
    if name in heading:
        return heading.index(name)
    folded = [word.casefold() for word in heading]
    if name.casefold() not in folded:
        return None
    return folded.index(name.casefold())


# the heading


def _is_heading(rows: Sequence[TextRow], asked: AskedTies) -> bool:
    """Return True if the first row names columns: known or asked words, or words above numbers."""
    words = rows[0].fields
    if _has_asked_word(words, asked):
        return True
    # A number is a person or a weight, so the line is no heading.
    if any(map(is_number, words)) and not _are_counted(words):
        return False
    rest = [row.fields for row in rows[1:] if row.fields != words]
    if _are_counted(words):
        # pandas numbers columns without a name.
        return bool(rest) and not any(map(is_number, chain.from_iterable(rest)))
    if len(words) > 1 and any(
        _stands_above_values(words, place, rest) for place in range(len(words))
    ):
        return True
    ends = _find_possible_ends(words)
    if ends is None:
        return is_people_heading(words)
    return words[ends[0]] != words[ends[1]] and not _are_people(words, ends, rest)


def _are_counted(words: Sequence[str]) -> bool:
    return list(words) == [str(place) for place in range(len(words))]


def _find_possible_ends(words: Sequence[str]) -> tuple[int, int] | None:
    """Return the places of both ends by name, or of the first two if both may name an end."""
    ends = find_ends(words)
    if ends is None and len(words) > 1 and all(map(is_end_word, words[:2])):
        return 0, 1
    return ends


def _has_asked_word(words: Sequence[str], asked: AskedTies) -> bool:
    asked_words = filter(None, (*asked.columns, asked.weight))
    names = filterfalse(str.isdecimal, asked_words)
    return any(_find_word(name, words) is not None for name in names)


def _stands_above_values(words: Sequence[str], place: int, rest: Sequence[Sequence[str]]) -> bool:
    """Return True if a word is above numbers or dates only."""
    word = words[place]
    # A missing value above numbers is no word of a heading.
    if not rest or word in MISSING or not any(map(str.isalpha, word)):
        return False
    if min(map(len, rest)) <= place:
        return False
    values = [fields[place] for fields in rest]
    return all(map(is_number, values)) or all(map(is_date, values))


def _are_people(words: Sequence[str], ends: tuple[int, int], rest: Sequence[Sequence[str]]) -> bool:
    """Return True if words such as user1 and user2 are people: they come again, or user3 does."""
    names = {fields[end] for fields in rest for end in ends if end < len(fields)}
    first, second = ends
    if not names.isdisjoint((words[first], words[second])):
        return True
    stem = words[first].rstrip(_DIGITS)
    if stem == words[first]:
        return False
    return any(name.rstrip(_DIGITS) == stem for name in names)
