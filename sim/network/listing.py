"""People and ties as a source lists them, before they are numbered by tribe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats, Ints
from equipoise.errors import EquipoiseError

MAX_PEOPLE = 10_000_000  # as many as `community.size` allows
NO_TIES: Ints = np.empty((0, 2), np.int64)


@dataclass(frozen=True, eq=False)
class NetworkListing:
    """People and ties of a generated network, a file or a graph.

    Attributes:
        size: number of people.
        ends: (M, 2) int64, the two people of each tie; loops and repeats are allowed.
        blocks: (N,) the source's own groups, consecutive from 0, if it has them.
        names: names of the people in the order of the source, or an empty tuple.
        notes: remarks for the user, one line each.
        weights: (M,) strength of each tie in any unit, if the user asks for strengths.
        directed: True if only the second person of a tie hears the first.
    """

    size: int
    ends: Ints
    blocks: Ints | None = None
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    weights: Floats | None = None
    directed: bool = False


class AskedTies(NamedTuple):
    """The user's words on ties: columns of both people, of the weight, and the direction."""

    columns: tuple[str, ...] = ()
    weight: str = ""
    directed: bool = False


def refuse_columns(asked: AskedTies, source: str) -> None:
    """Refuse columns of a source that is no table.

    Raises:
        EquipoiseError: if the user names columns.
    """
    if asked.columns:
        raise EquipoiseError(
            f"network.columns: {source} is no table; its format says who is tied. "
            "Leave network.columns out."
        )


def number_people(
    pairs: Iterable[Sequence[str]], known: Iterable[str] = ()
) -> tuple[tuple[str, ...], Ints]:
    """Return names in order of first appearance, after the known ones, and ties (M, 2)."""
    places = _number_distinct(known)
    names = chain.from_iterable(pairs)
    ends = [places.setdefault(name, len(places)) for name in names]
    return tuple(places), np.array(ends, np.int64).reshape(-1, 2)


def number_blocks(labels: Sequence[str]) -> Ints:
    """Return labels as numbers (N,) in order of first appearance."""
    places = _number_distinct(labels)
    return np.array([places[label] for label in labels], np.int64)


def _number_distinct(names: Iterable[str]) -> dict[str, int]:
    distinct = dict.fromkeys(names)
    return {name: place for place, name in enumerate(distinct)}
