"""Daily conditions that consumers meet, and the course of each kind of event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats

# Valence of posts from outside the community.
HOSTILE_VALENCE, FRIENDLY_VALENCE = 0.05, 0.95

CONDITIONS_DTYPE = np.dtype(
    [
        ("outside_reach", np.float64),  # chance that a person hears a post from outside
        ("outside_weight", np.float64),  # its weight relative to a neighbour's
        ("outside_valence", np.float64),  # its valence, 0..1
        ("rumour", np.float64),  # chance that a person hears a falsehood that lowers trust
        ("demand", np.float64),  # factor on use
        ("push", np.float64),  # factor on the influence of advertising
        ("reach", np.float64),  # factor on the reach of advertising
        ("offer", np.float64),  # added to the attraction of the competitor's offer
        ("rivalry", np.float64),  # strength with which the competitor raises expectations, 0..1
        ("drift", np.float64),  # share of the way of society's values to their target
    ]
)
# Fields that multiply: their neutral value is 1, that of all others 0.
NEUTRAL_FACTORS = ("demand", "push", "reach")


class PlannedEvent(NamedTuple):
    """One event: ``start`` counts from the first day of the run; ``days`` 0 = usual for its kind."""

    name: str
    kind: str
    department: str
    start: int
    days: int
    size: float


@dataclass(frozen=True)
class ConditionsBuilder:
    """Conditions while they are built, arrays of shape (days,); hostile and friendly reach apart."""

    hostile: Floats
    friendly: Floats
    table: Any  # of CONDITIONS_DTYPE

    @classmethod
    def neutral(cls, days: int) -> ConditionsBuilder:
        """Return conditions in which nothing happens."""
        table = np.zeros(days, CONDITIONS_DTYPE)
        for name in NEUTRAL_FACTORS:
            table[name] = 1.0
        return cls(np.zeros(days), np.zeros(days), table)

    def build(self, outside_weight: float) -> tuple[Any, Flags]:
        """Return the conditions (days,), and a mark (days,) where they differ from neutral ones.

        With chances h and f of hostile and friendly posts, the chance to hear one is
        1 - (1 - h) (1 - f); its valence is the mean of both.
        """
        table, loudness = self.table, self.hostile + self.friendly
        table["outside_reach"] = combine_chances(self.hostile, self.friendly)
        table["outside_weight"] = outside_weight
        balanced = np.full(len(loudness), 0.5)
        friendly_share = np.divide(self.friendly, loudness, out=balanced, where=loudness > 0)
        table["outside_valence"] = (
            1.0 - friendly_share
        ) * HOSTILE_VALENCE + friendly_share * FRIENDLY_VALENCE
        return table, _mark_unusual(table)


def _mark_unusual(table: Any) -> Flags:
    """Return a mark (days,) where conditions differ from neutral ones."""
    neutral = ConditionsBuilder.neutral(1).table
    unusual = np.zeros(len(table), np.bool_)
    for name in CONDITIONS_DTYPE.names or ():
        # Weight and valence matter only where something is heard.
        if name not in ("outside_weight", "outside_valence"):
            unusual |= table[name] != neutral[name]
    return unusual


def combine_chances(a: Any, b: Any) -> Any:
    """Return the chance that at least one of two independent events occurs."""
    return a + (1.0 - a) * b


# shapes: the strength of each of n days; the strongest is 1


def steady_shape(n: int) -> Floats:
    """Return n equal days."""
    return np.ones(n)


def storm_shape(n: int) -> Floats:
    """Return a burst that peaks after a fifth of its duration and decays: t exp(-t)."""
    t = (np.arange(n) + 0.5) / n / 0.2
    shape: Floats = t * np.exp(-t)
    return shape / shape.max() if n else shape


def rumour_shape(n: int) -> Floats:
    """Return a wave of word of mouth: sech^2 about a third of its duration (Daley & Kendall 1964)."""
    shape: Floats = np.cosh(((np.arange(n) + 0.5) / n - 0.35) / 0.15) ** -2.0
    return shape / shape.max() if n else shape


def ramp_shape(n: int) -> Floats:
    """Return a linear rise to full strength on the last day."""
    return (np.arange(n) + 1.0) / max(n, 1)


class EventCourse(NamedTuple):
    """The course of a kind of event: usual days (0 = to the end), shape, whether it stays."""

    days: int
    shape: Callable[[int], Floats] = steady_shape
    stays: bool = False


EVENT_COURSES: Mapping[str, EventCourse] = {
    "delight": EventCourse(14, storm_shape),
    "firestorm": EventCourse(7, storm_shape),
    "rumour": EventCourse(21, rumour_shape),
    "competitor": EventCourse(0),
    "surge": EventCourse(14),
    "season": EventCourse(364, stays=True),
    "drift": EventCourse(364, ramp_shape, stays=True),
    "reach": EventCourse(364, ramp_shape, stays=True),
}


def strength_by_day(kind: str, days: int, days_left: int) -> Floats:
    """Return the strength of an event on each of its days, at most ``days_left`` of them.

    A season is a sine of period ``days``; an event that stays keeps its full strength.
    """
    course = EVENT_COURSES[kind]
    days = days or course.days or days_left
    if kind == "season":
        return np.sin(2 * np.pi * np.arange(days_left) / days)
    shape = course.shape(days)[:days_left]
    if not course.stays:
        return shape
    return np.concatenate([shape, np.ones(days_left - len(shape))])


def apply_event(conditions: ConditionsBuilder, event: PlannedEvent, fame: float) -> int:
    """Change conditions by an event's size times its strength by day; return its end.

    ``fame`` scales the influence of a viral delight on awareness.
    """
    days_left = max(len(conditions.table) - event.start, 0)
    strength = strength_by_day(event.kind, event.days, days_left)
    end = event.start + len(strength)
    days = slice(event.start, end)
    amount, table = event.size * strength, conditions.table[days]
    if event.kind == "firestorm":
        conditions.hostile[days] = combine_chances(conditions.hostile[days], amount)
    elif event.kind == "delight":
        conditions.friendly[days] = combine_chances(conditions.friendly[days], amount)
        table["push"] += fame * amount
    elif event.kind in ("rumour", "drift"):
        table[event.kind] = combine_chances(table[event.kind], amount)
    elif event.kind == "competitor":
        table["offer"] += amount
        table["rivalry"] = combine_chances(table["rivalry"], amount)
    elif event.kind == "reach":
        table["reach"] *= 1.0 - amount
    else:
        table["demand"] *= 1.0 + amount
    return end
