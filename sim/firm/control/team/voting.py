"""People round a table: what each of them sees, whom they blame, and how their votes are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats, Ints
from equipoise.randomness import Purpose, draw_uniform, draw_uniforms

MOST = 5  # seats a department can have
SHARPEST = 0.05  # a smaller error in seeing counts as this one
BELLS = 4  # uniforms summed into one bell-shaped number

Voting = Literal["equal", "weighted", "loudest", "dictator"]


class Team(NamedTuple):
    """Who sits at the table: the department of each seat (n,), its number as an address (n,), its weight (n,)."""

    department: Ints
    address: Ints
    weight: Floats


def seated(
    seats: Mapping[str, int], weights: Mapping[str, float], departments: tuple[str, ...]
) -> Team:
    """Return the team with these seats by department; no seats named = two for everybody."""
    counts = [seats.get(name, 0) if seats else 2 for name in departments]
    department = np.repeat(np.arange(len(departments)), counts)
    address = np.concatenate([MOST * d + np.arange(count) for d, count in enumerate(counts)])
    return Team(
        department, address, np.array([float(weights.get(departments[d], 1.0)) for d in department])
    )


def says(team: Team, voting: Voting, seed: int, day: int) -> Floats:
    """Return each seat's share of the say (n,), sum 1.

    ``equal``: everybody the same; ``weighted``: by weight; ``loudest``: only the seats of most weight, the first
    department of them; ``dictator``: one seat, drawn for each meeting.
    """
    n = len(team.department)
    if voting == "equal":
        return np.full(n, 1.0 / n)
    if voting == "weighted":
        total = team.weight.sum()
        return team.weight / total if total > 0 else np.full(n, 1.0 / n)
    heard: Flags
    if voting == "loudest":
        heard = team.department == team.department[team.weight.argmax()]
    else:
        heard = np.arange(n) == int(draw_uniform(seed, Purpose.DECISION, day, 0, lane=1) * n)
    shares: Floats = heard / heard.sum()
    return shares


def dissenting(team: Team, share: float, seed: int, day: int) -> Flags:
    """Return who argues against the standing belief at this meeting (n,): each with the same chance."""
    drawn: Flags = (
        draw_uniforms(seed, Purpose.DECISION, day, int(team.address.max()) + 1)[team.address]
        < share
    )
    return drawn


def views(
    fit: Floats, team: Team, blur: tuple[float, float], defensiveness: float, seed: int, day: int
) -> Floats:
    """Return how much trouble each seat sees in each department: (n, D), from the evidence shared by all (D,).

    A seat sees its own department with the error ``blur[0]`` and others with ``blur[1]``, in standard deviations;
    of trouble in its own it discounts the share ``defensiveness``.
    """
    n, size = len(team.department), len(fit)
    lanes = draw_uniforms(seed, Purpose.SEAT, day, (int(team.address.max()) + 1) * size * BELLS)
    bells = (lanes.reshape(-1, size, BELLS).sum(axis=2)[team.address] - BELLS / 2) * np.sqrt(
        12.0 / BELLS
    )
    own = team.department[:, None] == np.arange(size)
    seen: Floats = fit + bells * np.where(own, blur[0], blur[1])
    mine = seen[np.arange(n), team.department]
    seen[np.arange(n), team.department] = np.where(mine > 0, mine * (1 - defensiveness), mine)
    return seen


def discussed(seen: Floats, team: Team, blur: tuple[float, float], openness: float) -> Floats:
    """Return what each seat sees after the discussion (n, D): it has moved by ``openness`` toward the table's view.

    The table's view of a department is the mean of what all say of it, weighted by precision: who sits there knows
    best, so a department without a seat is the one least understood.
    """
    own = team.department[:, None] == np.arange(seen.shape[1])
    precise = np.where(own, max(blur[0], SHARPEST) ** -2, max(blur[1], SHARPEST) ** -2)
    table = (precise * seen).sum(axis=0) / precise.sum(axis=0)
    moved: Floats = seen + openness * (table - seen)
    return moved


def blamed(seen: Floats, say: Floats, against: Flags, possible: Flags) -> tuple[int, float]:
    """Return the department that the votes blame, and the share of the say behind it.

    Everybody votes for the department in which they see most trouble, of those ``possible`` (D,); then those who
    dissent vote for another one than the favourite.
    """
    seen = np.where(possible, seen, -np.inf)
    votes = np.bincount(seen.argmax(axis=1), weights=say, minlength=seen.shape[1])
    if against.any() and possible.sum() > 1:
        others = seen.copy()
        others[against, votes.argmax()] = -np.inf
        votes = np.bincount(others.argmax(axis=1), weights=say, minlength=seen.shape[1])
    where = int(votes.argmax())
    return where, float(votes[where])
