"""Daily conditions that consumers meet, and the course of each kind of event."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.portable_math import map_math, raise_to_power
from equipoise.settings.settings import Environment

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
_NEUTRAL_FACTORS = ("demand", "push", "reach")


class PlannedEvent(NamedTuple):
    """One event: ``start`` counts from day 0 of the run; ``days`` 0 = usual for its kind."""

    name: str
    kind: str
    department: str
    start: int
    days: int
    size: float


def neutral_conditions(days: int) -> Any:
    """Return conditions (days,) of CONDITIONS_DTYPE in which nothing happens."""
    table = np.zeros(days, CONDITIONS_DTYPE)
    for name in _NEUTRAL_FACTORS:
        table[name] = 1.0
    return table


def combine_chances(a: Any, b: Any) -> Any:
    """Return the chance that at least one of two independent events occurs."""
    return a + (1.0 - a) * b


@dataclass(frozen=True)
class ConditionsBuilder:
    """Conditions while they are built: arrays (days,), with hostile and friendly reach apart."""

    environment: Environment
    hostile: Floats
    friendly: Floats
    table: Any  # of CONDITIONS_DTYPE

    @classmethod
    def create(cls, environment: Environment, days: int) -> ConditionsBuilder:
        """Return conditions in which nothing happens."""
        return cls(environment, np.zeros(days), np.zeros(days), neutral_conditions(days))

    def add(self, event: PlannedEvent) -> int:
        """Change conditions by an event's size times its strength by day; return its end."""
        days_left = max(len(self.table) - event.start, 0)
        strength = strength_by_day(event.kind, event.days, days_left)
        end = event.start + len(strength)
        apply_event = EVENT_COURSES[event.kind].apply
        apply_event(self, slice(event.start, end), event.size * strength)
        return end

    def build(self) -> tuple[Any, Flags]:
        """Return the conditions (days,), and a mark (days,) where they differ from neutral ones.

        With chances h and f of hostile and friendly posts, the chance to hear one is
        1 - (1 - h) (1 - f); its valence is the mean of both.
        """
        table = self.table
        table["outside_reach"] = combine_chances(self.hostile, self.friendly)
        table["outside_weight"] = self.environment.outside_weight
        loudness = self.hostile + self.friendly
        balanced = np.full(len(loudness), 0.5)
        friendly_share = np.divide(self.friendly, loudness, out=balanced, where=loudness > 0)
        hostile_share = 1.0 - friendly_share
        table["outside_valence"] = (
            hostile_share * HOSTILE_VALENCE + friendly_share * FRIENDLY_VALENCE
        )
        return table, _mark_unusual(table)


def _mark_unusual(table: Any) -> Flags:
    """Return a mark (days,) where conditions differ from neutral ones."""
    (neutral,) = neutral_conditions(1)
    unusual = np.zeros(len(table), np.bool_)
    for name in CONDITIONS_DTYPE.names or ():
        # Weight and valence matter only where something is heard.
        if name not in ("outside_weight", "outside_valence"):
            unusual |= table[name] != neutral[name]
    return unusual


# shapes: the strength of each of n days; the strongest is 1


def steady_shape(n: int) -> Floats:
    """Return n equal days."""
    return np.ones(n)


def storm_shape(n: int) -> Floats:
    """Return a burst that peaks after a fifth of its duration and decays: t exp(-t)."""
    t = _middles(n) / 0.2
    return _scale_to_peak(t * map_math(math.exp, -t))


def rumour_shape(n: int) -> Floats:
    """Return a wave of word of mouth about a third of its duration: sech^2.

    Source: Daley & Kendall 1964.
    """
    t = (_middles(n) - 0.35) / 0.15
    return _scale_to_peak(raise_to_power(map_math(math.cosh, t), -2.0))


def ramp_shape(n: int) -> Floats:
    """Return a linear rise to full strength on the last day."""
    return (np.arange(n) + 1.0) / max(n, 1)


def _middles(n: int) -> Floats:
    """Return the middle of each of n days as a share of their duration."""
    return (np.arange(n) + 0.5) / n


def _scale_to_peak(shape: Floats) -> Floats:
    # An event on the last day of a run may have no day at all, and so no peak.
    return shape / shape.max() if len(shape) else shape


def strength_by_day(kind: str, days: int, days_left: int) -> Floats:
    """Return the strength of an event on each of its days, at most ``days_left`` of them.

    A season is a sine of period ``days``; an event that stays keeps its full strength.
    """
    course = EVENT_COURSES[kind]
    days = days or course.days or days_left
    if kind == "season":
        return map_math(math.sin, 2 * np.pi * np.arange(days_left) / days)
    shape = course.shape(days)[:days_left]
    if not course.stays:
        return shape
    return np.concatenate([shape, np.ones(days_left - len(shape))])


# effects: what an event of these amounts on these days changes


def _apply_firestorm(conditions: ConditionsBuilder, days: slice, amount: Floats) -> None:
    conditions.hostile[days] = combine_chances(conditions.hostile[days], amount)


def _apply_delight(conditions: ConditionsBuilder, days: slice, amount: Floats) -> None:
    conditions.friendly[days] = combine_chances(conditions.friendly[days], amount)
    conditions.table["push"][days] += conditions.environment.fame * amount


def _apply_rumour(conditions: ConditionsBuilder, days: slice, amount: Floats) -> None:
    rumour = conditions.table["rumour"]
    rumour[days] = combine_chances(rumour[days], amount)


def _apply_drift(conditions: ConditionsBuilder, days: slice, amount: Floats) -> None:
    drift = conditions.table["drift"]
    drift[days] = combine_chances(drift[days], amount)


def _apply_competitor(conditions: ConditionsBuilder, days: slice, amount: Floats) -> None:
    conditions.table["offer"][days] += amount
    rivalry = conditions.table["rivalry"]
    rivalry[days] = combine_chances(rivalry[days], amount)


def _apply_fading_reach(conditions: ConditionsBuilder, days: slice, amount: Floats) -> None:
    conditions.table["reach"][days] *= 1.0 - amount


def _apply_demand(conditions: ConditionsBuilder, days: slice, amount: Floats) -> None:
    conditions.table["demand"][days] *= 1.0 + amount


class EventCourse(NamedTuple):
    """The course of a kind of event: effect, usual days (0 = to the end), shape, if it stays."""

    apply: Callable[[ConditionsBuilder, slice, Floats], None]
    days: int = 0
    shape: Callable[[int], Floats] = steady_shape
    stays: bool = False


# The usual durations are assumptions; `Disturbance.days` changes them.
EVENT_COURSES: Mapping[str, EventCourse] = {
    "delight": EventCourse(_apply_delight, 14, storm_shape),
    "firestorm": EventCourse(_apply_firestorm, 7, storm_shape),
    "rumour": EventCourse(_apply_rumour, 21, rumour_shape),
    "competitor": EventCourse(_apply_competitor),
    "surge": EventCourse(_apply_demand, 14),
    "season": EventCourse(_apply_demand, 364, stays=True),
    "drift": EventCourse(_apply_drift, 364, ramp_shape, stays=True),
    "reach": EventCourse(_apply_fading_reach, 364, ramp_shape, stays=True),
}
