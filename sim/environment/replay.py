"""A run driven by a recorded log of mentions: what people wrote becomes failures, and voices from outside.

**Failures.** Negative mentions on day t that speak of department d, N[t, d], become the chance that a use fails
there, failure_rate * N[t, d] / mean_t sum_d N[t, d]: over the log the chances average to ``failure_rate``. Mentions
of no topic, of an empty department, or of topics not in the table are spread evenly over departments.

**Voices from outside.** A day with more negatives than the log's median day is heard outside the own circle: with
chance loudness * (negative / median - 1), a person hears a hostile post; positives likewise.

**Limits.** Mentions are not failures: people who were upset days ago still write, a storm is partly talk about talk,
and a growing brand is mentioned more without failing more. Only the days' proportions are used, not their level. A
first or last day that the log holds in part is filled up by the share of an average day that its hours hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.environment.mention_log import MentionRow, read_mention_log, select_brand
from equipoise.errors import EquipoiseError
from equipoise.settings.settings import Environment

SURGE = 1.5  # negatives against the median day's that make a surge, for scoring
MOST_DAYS = 36_525
LEAST = 0.25  # share of a day below which it is not filled up further


class Surge(NamedTuple):
    """A run of days with many negatives: the department with most of the surplus, and the chance added there."""

    department: str
    start: int
    end: int
    size: float


class Replay(NamedTuple):
    """What a log of L days drives: chances of failures (L, D), of hostile and of friendly voices (L,)."""

    failures: Floats
    hostile: Floats
    friendly: Floats
    surges: tuple[Surge, ...]
    notes: tuple[str, ...]


class Tally(NamedTuple):
    """A log counted by day: negatives by department (L, D), negatives and positives (L,)."""

    blamed: Floats
    negative: Floats
    positive: Floats


def replay_log(world: Environment, departments: Sequence[str], days: int) -> Replay:
    """Return what the log drives on the first ``days`` scored days.

    Raises:
        EquipoiseError: when the log is no good.
    """
    table = _table(world.topics, departments)
    rows = read_mention_log(world.path, world.content)
    calendar = [row.day.toordinal() for row in rows]
    first, length = min(calendar), max(calendar) - min(calendar) + 1
    if length > MOST_DAYS:
        ends = " to ".join(str(date.fromordinal(first + day)) for day in (0, length - 1))
        raise EquipoiseError(
            f"{world.path} runs from {ends}, more than a hundred years: correct the times."
        )
    filled, notes = _filled(rows, first, length)
    chosen = tuple(select_brand(rows, world.brand, world.path))
    tally = _tally(chosen, table, len(departments), first, filled)
    notes += tuple(_remarks(rows, chosen, world, table, length, days))
    failures = _failures(tally.blamed, world.failure_rate)
    surges = tuple(
        each for each in _surges(tally.negative, failures, departments) if each.start < days
    )
    hostile, friendly = (
        _surplus(each, world.loudness)[:days] for each in (tally.negative, tally.positive)
    )
    return Replay(failures[:days], hostile, friendly, surges, notes)


def _table(topics: Mapping[str, str], departments: Sequence[str]) -> dict[str, int]:
    """Return topic (in lower case) -> number of the department, -1 = of none in particular."""
    return {
        topic.strip().lower(): list(departments).index(department) if department else -1
        for topic, department in topics.items()
    }


def _filled(rows: Sequence[MentionRow], first: int, length: int) -> tuple[Floats, tuple[str, ...]]:
    """Return the factor (L,) by which each day's counts are filled up, and a note on each that is."""
    factors, notes = np.ones(length), []
    hours = np.zeros(24)
    for row in rows:
        if 0 < row.day.toordinal() - first < length - 1:
            hours[row.hour] += row.number
    if hours.any():
        for place, which in ((0, "first"), (length - 1, "last")):
            there = [row.hour for row in rows if row.day.toordinal() - first == place]
            held = slice(min(there), 24) if which == "first" else slice(0, max(there) + 1)
            share = max(float(hours[held].sum() / hours.sum()), LEAST)
            factors[place] = 1.0 / share
            if share < 0.95:
                notes.append(
                    f"the {which} day of the log holds {share:.0%} of a day's hours; its counts were filled up"
                )
    return factors, tuple(notes)


def _tally(
    rows: Sequence[MentionRow],
    table: Mapping[str, int],
    departments: int,
    first: int,
    filled: Floats,
) -> Tally:
    """Count mentions by day; those of no department are spread evenly."""
    blamed = np.zeros((len(filled), departments))
    negative, positive = np.zeros((2, len(filled)))
    for row in rows:
        day = row.day.toordinal() - first
        if row.sentiment == "positive":
            positive[day] += row.number
        elif row.sentiment == "negative":
            negative[day] += row.number
            where = table.get(row.topic.lower(), -1)
            blamed[day, slice(None) if where < 0 else where] += row.number / (
                departments if where < 0 else 1
            )
    return Tally(blamed * filled[:, None], negative * filled, positive * filled)


def _failures(blamed: Floats, failure_rate: float) -> Floats:
    """Return the chances of failures (L, D); without any blame, everyday ones."""
    average = blamed.sum(axis=1).mean()
    if not average:
        return np.full(blamed.shape, failure_rate / max(blamed.shape[1], 1))
    chances: Floats = failure_rate * blamed / average
    return chances


def _surplus(counts: Floats, loudness: float) -> Floats:
    """Return the chance (L,) to hear a voice from outside: by what a day's counts exceed the median day's."""
    usual = _usual(counts)
    if not usual:
        return np.zeros(len(counts))
    chances: Floats = np.clip(loudness * (counts / usual - 1.0), 0.0, 1.0)
    return chances


def _usual(counts: Floats) -> float:
    """Return the median day's count; where most days have none, the mean."""
    return float(np.median(counts)) or float(counts.mean())


def _surges(negative: Floats, failures: Floats, departments: Sequence[str]) -> Iterator[Surge]:
    """Yield each run of days with many more negatives than usual."""
    usual = _usual(negative)
    many = (
        np.concatenate([[False], negative > SURGE * usual, [False]])
        if usual
        else np.zeros(2, np.bool_)
    )
    edges = np.flatnonzero(np.diff(many.astype(np.int8)))
    ordinary = np.median(failures, axis=0)
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        added = failures[start:end].mean(axis=0) - ordinary
        where = int(added.argmax())
        yield Surge(departments[where], start, end, float(max(added[where], 0.0)))


def _remarks(
    rows: Sequence[MentionRow],
    chosen: Sequence[MentionRow],
    world: Environment,
    table: Mapping[str, int],
    length: int,
    days: int,
) -> Iterator[str]:
    """Yield what a reader should know: topics not mapped, days without mentions, a log too short or too long."""
    unmapped: dict[str, int] = {}
    for row in chosen:
        if row.sentiment == "negative" and row.topic.lower() not in table:
            unmapped[row.topic] = unmapped.get(row.topic, 0) + row.number
    if unmapped:
        most = sorted(unmapped.items(), key=lambda item: (-item[1], item[0]))
        told = ", ".join(f"{topic or 'no topic'!r} ({count:,})" for topic, count in most)
        yield f"topics not in environment.topics, their negative mentions spread evenly over departments: {told}"
    absent = length - len({row.day for row in rows})
    if absent:
        yield f"{absent:,} day{'s' if absent > 1 else ''} of the log without any mention: taken as without failures"
    if length > days:
        yield f"the log has {length:,} days, the run {days:,} scored ones: the rest of the log is not used"
    elif length < days:
        yield f"the log has {length:,} days: the other {days - length:,} scored ones have everyday failures"
