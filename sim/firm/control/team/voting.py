"""Group decision: the members' views of the evidence, their discussion, and their votes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats, Ints
from equipoise.randomness import Purpose, draw_uniform, draw_uniforms

MAX_SEATS = 5  # of a department; fixed, because a seat's number is the address of its draws

_DEFAULT_SEATS = 2  # of each department if no seats are named
_DICTATOR_LANE = 1  # of the draw of the dictator; the dissenters' draws have lane 0
_MIN_ERROR = 0.05  # a smaller error of perception counts as this one
_UNIFORMS_PER_VIEW = 4  # uniform draws summed into one draw close to normal

Voting = Literal["equal", "weighted", "loudest", "dictator"]


class Team(NamedTuple):
    """The n seats of a team.

    Attributes:
        department: number of each seat's department (n,).
        address: number of each seat in random draws (n,).
        weight: weight of each seat (n,).
    """

    department: Ints
    address: Ints
    weight: Floats


class PerceptionError(NamedTuple):
    """Standard deviations of a seat's error about its own and about other departments."""

    own: float
    other: float


def build_team(
    seats: Mapping[str, int], weights: Mapping[str, float], departments: tuple[str, ...]
) -> Team:
    """Return the team with these seats by department; no seats named = two of each."""
    counts = [_DEFAULT_SEATS] * len(departments)
    if seats:
        counts = [seats.get(name, 0) for name in departments]
    department = np.repeat(np.arange(len(departments)), counts)
    addresses = [MAX_SEATS * number + np.arange(count) for number, count in enumerate(counts)]
    weight = [float(weights.get(departments[number], 1.0)) for number in department]
    return Team(department, np.concatenate(addresses), np.array(weight))


def voting_shares(team: Team, voting: Voting, seed: int, day: int) -> Floats:
    """Return each seat's share of the votes (n,), with sum 1.

    - ``equal``: all seats the same.
    - ``weighted``: in proportion to their weights.
    - ``loudest``: only the seats of the first department with the largest weight.
    - ``dictator``: one seat, drawn for each meeting.
    """
    count = len(team.department)
    equal = np.full(count, 1.0 / count)
    if voting == "equal":
        return equal
    if voting == "weighted":
        # all weights may be 0
        total = team.weight.sum()
        return team.weight / total if total > 0 else equal
    votes: Flags
    if voting == "loudest":
        votes = team.department == team.department[team.weight.argmax()]
    else:
        dictator = int(draw_uniform(seed, Purpose.DECISION, day, 0, lane=_DICTATOR_LANE) * count)
        votes = np.arange(count) == dictator
    shares: Floats = votes / votes.sum()
    return shares


def draw_dissenters(team: Team, share: float, seed: int, day: int) -> Flags:
    """Return True for the seats that argue against the standing verdict at this meeting (n,)."""
    draws = draw_uniforms(seed, Purpose.DECISION, day, int(team.address.max()) + 1)
    dissenters: Flags = draws[team.address] < share
    return dissenters


def draw_views(
    fit: Floats, team: Team, error: PerceptionError, defensiveness: float, seed: int, day: int
) -> Floats:
    """Return the trouble that each seat perceives in each department (n, D).

    Args:
        fit: shared evidence against each department (D,), in standard deviations.
        team: the seats.
        error: errors of perception.
        defensiveness: share of the trouble in a seat's own department that it discounts.
        seed: of the world.
        day: day of the meeting.
    """
    departments = len(fit)
    addresses = int(team.address.max()) + 1
    size = addresses * departments * _UNIFORMS_PER_VIEW
    # addressed by seat, so that a further seat leaves the views of the others as they are
    draws = draw_uniforms(seed, Purpose.SEAT, day, size)
    sums = draws.reshape(-1, departments, _UNIFORMS_PER_VIEW).sum(axis=2)[team.address]
    # a uniform has mean 1/2 and variance 1/12
    normal = (sums - _UNIFORMS_PER_VIEW / 2) * np.sqrt(12.0 / _UNIFORMS_PER_VIEW)
    is_own = team.department[:, None] == np.arange(departments)
    views: Floats = fit + normal * np.where(is_own, error.own, error.other)
    # only trouble is discounted, not good news
    discounted = is_own & (views > 0)
    return np.where(discounted, views * (1 - defensiveness), views)


def discuss(views: Floats, team: Team, error: PerceptionError, openness: float) -> Floats:
    """Return the views after the discussion (n, D), moved by ``openness`` toward the team's view.

    The team's view of a department is the mean of all views, weighted by precision. Its own seats
    know a department best, so one without a seat is the least understood.
    """
    is_own = team.department[:, None] == np.arange(views.shape[1])
    own_precision = max(error.own, _MIN_ERROR) ** -2
    other_precision = max(error.other, _MIN_ERROR) ** -2
    precision = np.where(is_own, own_precision, other_precision)
    team_view = (precision * views).sum(axis=0) / precision.sum(axis=0)
    moved: Floats = views + openness * (team_view - views)
    return moved


def vote_on_cause(
    views: Floats, shares: Floats, dissenters: Flags, possible: Flags
) -> tuple[int, float]:
    """Return the department that gets most votes, and its share of the votes.

    Each seat votes for the possible department in which it perceives most trouble. Dissenters then
    vote for another one than the favourite.

    Args:
        views: trouble that each seat perceives in each department (n, D).
        shares: each seat's share of the votes (n,).
        dissenters: True for seats that dissent (n,).
        possible: True for departments that can be the cause (D,).
    """
    views = np.where(possible, views, -np.inf)
    votes = _count_votes(views, shares)
    if dissenters.any() and possible.sum() > 1:
        views[dissenters, votes.argmax()] = -np.inf
        votes = _count_votes(views, shares)
    winner = int(votes.argmax())
    return winner, float(votes[winner])


def _count_votes(views: Floats, shares: Floats) -> Floats:
    """Return the share of the votes of each department (D,)."""
    votes = np.bincount(views.argmax(axis=1), weights=shares, minlength=views.shape[1])
    return np.asarray(votes, float)
