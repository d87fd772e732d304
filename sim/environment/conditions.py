"""What the world outside is like on each day for consumers, and the shapes in which things come and go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats

HOSTILE_VALENCE, FRIENDLY_VALENCE = 0.05, 0.95  # valence of voices from outside

CONDITIONS_DTYPE = np.dtype(
    [
        ("outside_reach", np.float64),  # chance that a person hears a voice from outside
        ("outside_weight", np.float64),  # its weight against a neighbour's
        ("outside_valence", np.float64),  # how it speaks of the brand, 0..1
        ("rumour", np.float64),  # chance that a person is told a falsehood that lowers trust
        ("demand", np.float64),  # factor on use
        ("push", np.float64),  # factor on the influence of advertising
        ("reach", np.float64),  # factor on the reach of advertising
        ("offer", np.float64),  # added to the attraction of the competitor's offer
        ("rivalry", np.float64),  # how strongly the competitor raises expectations, 0..1
        (
            "drift",
            np.float64,
        ),  # share of the way that society's values have moved toward their target
    ]
)
NEUTRAL_FACTORS = ("demand", "push", "reach")


class Happening(NamedTuple):
    """One thing that happens: ``start`` counts from the first day of the run; ``days`` 0 = as usual for its kind."""

    name: str
    kind: str
    department: str
    start: int
    days: int
    size: float


@dataclass(frozen=True)
class Sky:
    """The weather while it is made, arrays of shape (days,): chances of hostile and friendly voices apart."""

    hostile: Floats
    friendly: Floats
    rest: Any  # WEATHER_DTYPE

    @classmethod
    def fair(cls, days: int) -> Sky:
        """Return a sky in which nothing happens."""
        rest = np.zeros(days, CONDITIONS_DTYPE)
        for name in NEUTRAL_FACTORS:
            rest[name] = 1.0
        return cls(np.zeros(days), np.zeros(days), rest)

    def done(self, weight: float) -> tuple[Any, Flags]:
        """Return the weather (days,), and on which days it differs from a fair day's.

        Hostile and friendly voices together are heard with chance 1 - (1 - h) (1 - f), and speak with their mean.
        """
        weather, loud = self.rest, self.hostile + self.friendly
        weather["outside_reach"] = joined(self.hostile, self.friendly)
        weather["outside_weight"] = weight
        kind = np.divide(self.friendly, loud, out=np.full(len(loud), 0.5), where=loud > 0)
        weather["outside_valence"] = (1.0 - kind) * HOSTILE_VALENCE + kind * FRIENDLY_VALENCE
        fair = Sky.fair(1).rest
        foul = np.zeros(len(weather), np.bool_)
        for name in CONDITIONS_DTYPE.names or ():
            if name not in ("outside_weight", "outside_valence"):
                foul |= weather[name] != fair[name]
        return weather, foul


def joined(a: Any, b: Any) -> Any:
    """Return the chance that at least one of two things happens."""
    return a + (1.0 - a) * b


# shapes: how strong each of n days is, the strongest being 1


def steady(n: int) -> Floats:
    """Return n days alike."""
    return np.ones(n)


def storm(n: int) -> Floats:
    """Return a burst that peaks after a fifth of its time and then dies, as public outrage does: t exp(-t)."""
    t = (np.arange(n) + 0.5) / n / 0.2
    shape: Floats = t * np.exp(-t)
    return shape / shape.max() if n else shape


def bell(n: int) -> Floats:
    """Return what spreads from mouth to mouth, then dies: sech^2 about a third (Daley & Kendall 1964)."""
    shape: Floats = np.cosh(((np.arange(n) + 0.5) / n - 0.35) / 0.15) ** -2.0
    return shape / shape.max() if n else shape


def ramp(n: int) -> Floats:
    """Return what grows evenly to its full strength on the last day."""
    return (np.arange(n) + 1.0) / max(n, 1)


class Course(NamedTuple):
    """How a kind of thing runs: its usual days (0 = to the end), its shape, and whether it stays at its end."""

    days: int
    shape: Callable[[int], Floats] = steady
    stays: bool = False


COURSES: Mapping[str, Course] = {
    "delight": Course(14, storm),
    "firestorm": Course(7, storm),
    "rumour": Course(21, bell),
    "competitor": Course(0),
    "surge": Course(14),
    "season": Course(364, stays=True),
    "drift": Course(364, ramp, stays=True),
    "reach": Course(364, ramp, stays=True),
}


def course(kind: str, days: int, left: int) -> Floats:
    """Return the strength of each day, of the ``left`` ones at most, that something of a kind lasts.

    A season is a sine of the period ``days``; what stays is at full strength after its days.
    """
    usual = COURSES[kind]
    days = days or usual.days or left
    if kind == "season":
        return np.sin(2 * np.pi * np.arange(left) / days)
    shape = usual.shape(days)[:left]
    return np.concatenate([shape, np.ones(left - len(shape))]) if usual.stays else shape


def lay(sky: Sky, each: Happening, fame: float) -> int:
    """Let one thing change the weather by its size times the strength of each day; return the first day without it."""
    strength = course(each.kind, each.days, max(len(sky.rest) - each.start, 0))
    end = each.start + len(strength)
    days = slice(each.start, end)
    amount, weather = each.size * strength, sky.rest[days]
    if each.kind == "firestorm":
        sky.hostile[days] = joined(sky.hostile[days], amount)
    elif each.kind == "delight":
        sky.friendly[days] = joined(sky.friendly[days], amount)
        weather["push"] += fame * amount
    elif each.kind in ("rumour", "drift"):
        weather[each.kind] = joined(weather[each.kind], amount)
    elif each.kind == "competitor":
        weather["offer"] += amount
        weather["rivalry"] = joined(weather["rivalry"], amount)
    elif each.kind == "reach":
        weather["reach"] *= 1.0 - amount
    else:
        weather["demand"] *= 1.0 + amount
    return end
