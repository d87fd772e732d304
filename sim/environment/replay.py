"""A recorded log of mentions as a driver of failures and of posts from outside.

**Failures.** N[t, d], the negative mentions of department d on day t, gives the chance that a use
fails there: failure_rate * N[t, d] / mean_t sum_d N[t, d]. Over the log the chances average to
``failure_rate``. Mentions without a topic, of no department, or of topics outside the table are
spread evenly over departments.

**Posts from outside.** On a day with more negative mentions than the log's median day, a person
hears a hostile post with chance loudness * (negative / median - 1); positive mentions give friendly
posts likewise.

**Limits.** Mentions are not failures: customers who were upset days ago still post, a storm is
partly talk about talk, and a growing brand is mentioned more without failing more. Only the
proportions of days are used, not their level. A first or last day that the log covers in part is
scaled up by the share of a mean day in its hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.environment.mention_log import (
    MentionRow,
    count_on_one_clock,
    read_mention_log,
    select_brand,
)
from equipoise.errors import EquipoiseError
from equipoise.settings.settings import Environment

_SURGE_RATIO = 1.5  # negatives relative to the median day's that make a surge, for scoring
_MAX_DAYS = 36_525  # a hundred years: more is a mistyped date
_MIN_COVERAGE = 0.25  # share of a day below which it is not scaled up further
_NOTE_COVERAGE = 0.95  # share of a day below which a note says that it was scaled up


class Surge(NamedTuple):
    """Days with many negatives: the department with most of the surplus, the chance added there."""

    department: str
    start: int
    end: int
    size: float


class Replay(NamedTuple):
    """Chances on the L days of a log: failures (L, D), hostile and friendly posts (L,)."""

    failures: Floats
    hostile: Floats
    friendly: Floats
    surges: tuple[Surge, ...]
    notes: tuple[str, ...]


class _Span(NamedTuple):
    """The days of a log: ordinal of the first one, and their number."""

    first: int
    length: int


class _DailyCounts(NamedTuple):
    """A log counted by day: negatives by department (L, D), negatives and positives (L,)."""

    blame: Floats
    negative: Floats
    positive: Floats


def replay_log(environment: Environment, departments: Sequence[str], days: int) -> Replay:
    """Return the effects of the log on the first ``days`` scored days.

    Raises:
        EquipoiseError: if the log cannot be used.
    """
    topics = _index_topics(environment.topics, departments)
    log = read_mention_log(environment.path, environment.content)
    rows, notes = count_on_one_clock(log)
    span = _find_span(rows, environment.path)
    scale, scale_notes = _scale_partial_days(rows, span)
    brand_rows = select_brand(rows, environment.brand, environment.path)
    counts = _count_by_day(brand_rows, topics, len(departments), span.first, scale)
    failures = _failure_chances(counts.blame, environment.failure_rate)
    surges = _find_surges(counts.negative, failures, departments)
    notes += scale_notes
    notes += _note_unmapped_topics(brand_rows, topics)
    notes += _note_length(rows, span, days)
    return Replay(
        failures=failures[:days],
        hostile=_outside_chances(counts.negative, environment.loudness)[:days],
        friendly=_outside_chances(counts.positive, environment.loudness)[:days],
        surges=tuple(surge for surge in surges if surge.start < days),
        notes=tuple(notes),
    )


def _index_topics(topics: Mapping[str, str], departments: Sequence[str]) -> dict[str, int]:
    """Return the number of the department by topic in lower case; -1 = no department."""
    numbers = {}
    for topic, department in topics.items():
        number = departments.index(department) if department else -1
        numbers[topic.strip().lower()] = number
    return numbers


def _find_span(rows: Sequence[MentionRow], path: str) -> _Span:
    """Return the days from the first to the last mention of a log."""
    ordinals = [row.day.toordinal() for row in rows]
    first, last = min(ordinals), max(ordinals)
    length = last - first + 1
    if length > _MAX_DAYS:
        ends = f"{date.fromordinal(first)} to {date.fromordinal(last)}"
        raise EquipoiseError(
            f"{path} runs from {ends}, more than a hundred years: correct the times."
        )
    return _Span(first, length)


def _scale_partial_days(rows: Sequence[MentionRow], span: _Span) -> tuple[Floats, list[str]]:
    """Return the factor (L,) on each day's counts, and a note on each day that is scaled up."""
    factors = np.ones(span.length)
    notes: list[str] = []
    by_hour = _count_by_hour(rows, span)
    if not by_hour.any():
        return factors, notes
    last = span.length - 1
    # A log begins with its first mention and ends with its last one.
    first_hour = min(_hours_of_day(rows, span.first))
    last_hour = max(_hours_of_day(rows, span.first + last))
    shares = {
        (0, "first"): by_hour[first_hour:].sum() / by_hour.sum(),
        (last, "last"): by_hour[: last_hour + 1].sum() / by_hour.sum(),
    }
    for (day, name), covered in shares.items():
        share = max(float(covered), _MIN_COVERAGE)
        factors[day] = 1.0 / share
        if share < _NOTE_COVERAGE:
            notes.append(
                f"the {name} day of the log holds {share:.0%} of a day's hours; "
                "its counts were scaled up"
            )
    return factors, notes


def _hours_of_day(rows: Sequence[MentionRow], ordinal: int) -> list[int]:
    return [row.hour for row in rows if row.day.toordinal() == ordinal]


def _count_by_hour(rows: Sequence[MentionRow], span: _Span) -> Floats:
    """Return the mentions by hour of the day (24,), on days that the log covers in full."""
    counts = np.zeros(24)
    last = span.first + span.length - 1
    for row in rows:
        if span.first < row.day.toordinal() < last:
            counts[row.hour] += row.number
    return counts


def _count_by_day(
    rows: Sequence[MentionRow],
    topics: Mapping[str, int],
    departments: int,
    first: int,
    scale: Floats,
) -> _DailyCounts:
    """Count mentions by day; those of no department are spread evenly."""
    blame = np.zeros((len(scale), departments))
    negative = np.zeros(len(scale))
    positive = np.zeros(len(scale))
    for row in rows:
        day = row.day.toordinal() - first
        if row.sentiment == "positive":
            positive[day] += row.number
        if row.sentiment != "negative":
            continue
        negative[day] += row.number
        department = topics.get(row.topic.lower(), -1)
        if department < 0:
            blame[day] += row.number / departments
        else:
            blame[day, department] += row.number
    return _DailyCounts(blame * scale[:, None], negative * scale, positive * scale)


def _failure_chances(blame: Floats, failure_rate: float) -> Floats:
    """Return the chances of failures (L, D); everyday ones if no department is blamed."""
    mean = blame.sum(axis=1).mean()
    if not mean:
        return np.full(blame.shape, failure_rate / max(blame.shape[1], 1))
    chances: Floats = failure_rate * blame / mean
    return chances


def _outside_chances(counts: Floats, loudness: float) -> Floats:
    """Return the chance (L,) to hear a post from outside: a day's excess over the median day."""
    usual = _usual_count(counts)
    if not usual:
        return np.zeros(len(counts))
    chances: Floats = np.clip(loudness * (counts / usual - 1.0), 0.0, 1.0)
    return chances


def _usual_count(counts: Floats) -> float:
    """Return the median day's count; the mean if the median is 0."""
    return float(np.median(counts)) or float(counts.mean())


def _find_surges(negative: Floats, failures: Floats, departments: Sequence[str]) -> Iterator[Surge]:
    """Yield each run of days with many more negatives than usual."""
    usual = _usual_count(negative)
    if not usual:
        return
    median_failures = np.median(failures, axis=0)
    for start, end in _find_stretches(negative > _SURGE_RATIO * usual):
        surplus = failures[start:end].mean(axis=0) - median_failures
        department = int(surplus.argmax())
        size = max(float(surplus[department]), 0.0)
        yield Surge(departments[department], start, end, size)


def _find_stretches(marks: Flags) -> Iterator[tuple[int, int]]:
    """Yield start and end of each unbroken row of marks."""
    # A mark on the first or last day needs a day without one beside it to have an edge.
    padded = np.concatenate([[False], marks, [False]])
    edges = np.flatnonzero(np.diff(padded.astype(np.int8))).tolist()
    yield from zip(edges[::2], edges[1::2], strict=True)


def _note_unmapped_topics(rows: Sequence[MentionRow], topics: Mapping[str, int]) -> Iterator[str]:
    """Yield a note on topics without a department, most frequent first."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row.sentiment == "negative" and row.topic.lower() not in topics:
            counts[row.topic] += row.number
    if not counts:
        return
    ordered = sorted(counts, key=lambda topic: (-counts[topic], topic))
    names = ", ".join(f"{topic or 'no topic'!r} ({counts[topic]:,})" for topic in ordered)
    yield (
        "topics not in environment.topics, "
        f"their negative mentions spread evenly over departments: {names}"
    )


def _note_length(rows: Sequence[MentionRow], span: _Span, days: int) -> Iterator[str]:
    """Yield notes on days without mentions, and on a log shorter or longer than the run."""
    length = span.length
    absent = length - len({row.day for row in rows})
    if absent:
        plural = "s" if absent > 1 else ""
        yield f"{absent:,} day{plural} of the log without any mention: treated as without failures"
    log_days = f"{length:,} day{'s' if length > 1 else ''}"
    if length > days:
        yield (
            f"the log has {log_days}, the run {days:,} scored ones: the rest of the log is not used"
        )
    elif length < days:
        yield (
            f"the log has {log_days}: "
            f"the other {days - length:,} scored ones have everyday failures"
        )
