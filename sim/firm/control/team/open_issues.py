"""What follows from a verdict: matters that stay open, and effort for those who can do something about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import Plant, VerdictKind

QUIET = 1.0  # a matter below so many standard deviations is quiet ...
QUIET_MEETINGS = 2  # ... and closed after so many quiet meetings
BY_KIND = {"one-off": ("respond",), "systemic": ("repair",), "replicate": ("replicate",)}
MESSAGES = ("promise", "broadcast", "respond")
STANDING = ("systemic", "replicate")


class Matter(NamedTuple):
    """A matter decided on and not closed: its department and kind, and how many meetings it has been quiet."""

    department: int
    kind: VerdictKind
    quiet: int = 0


def at_hand(kinds: tuple[str, ...], effectors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the effectors at hand whose names are one of the kinds, or begin with one and an underscore."""
    return tuple(
        name
        for name in effectors
        if any(name == kind or name.startswith(f"{kind}_") for kind in kinds)
    )


def still_open(matters: Mapping[int, Matter], z: Floats) -> dict[int, Matter]:
    """Return the matters that stay open, by topic: no one-offs, and nothing that has been quiet long enough."""
    left = {}
    for topic, each in matters.items():
        quiet = each.quiet + 1 if z[topic] < QUIET else 0
        if each.kind != "one-off" and quiet < QUIET_MEETINGS:
            left[topic] = each._replace(quiet=quiet)
    return left


def renewed(new: Mapping[int, Matter], matters: Mapping[int, Matter]) -> dict[int, Matter]:
    """Return new matters, those that were decided alike before as quiet as they had been."""
    before = {
        topic: each
        for topic, each in matters.items()
        if topic in new and each.kind == new[topic].kind
    }
    return {
        topic: each._replace(quiet=before[topic].quiet if topic in before else 0)
        for topic, each in new.items()
    }


def efforts(
    matters: Iterable[Matter], strength: Mapping[str, float], messaging: float, plant: Plant
) -> dict[str, float]:
    """Return the effort that open matters ask for, by effector.

    Each asks for its ``strength`` times the budget: the share ``messaging`` of it for messages, the rest for what
    mends, answers or replicates. What nobody at hand can do is not done.
    """
    out = dict.fromkeys(plant.effectors, 0.0)
    for each in matters:
        for share, kinds in ((1.0 - messaging, BY_KIND[each.kind]), (messaging, MESSAGES)):
            names = at_hand(kinds, plant.effectors)
            for name in names:
                out[name] += strength[each.kind] * plant.budget * share / len(names)
    return out


def afforded(
    wanted: Mapping[str, float], routine: Mapping[str, float], budget: float
) -> dict[str, float]:
    """Return the effort wanted, at least the routine's, within 0..1 each and within the budget."""
    limited = {
        name: min(max(effort, routine.get(name, 0.0)), 1.0) for name, effort in wanted.items()
    }
    scale = min(budget / (sum(limited.values()) or 1.0), 1.0)
    return {name: effort * scale for name, effort in limited.items()}


def attention(matters: Iterable[Matter], departments: int) -> Floats:
    """Return shares of attention over departments (D,): where systemic matters are open, else nowhere."""
    focus = np.zeros(departments)
    for each in matters:
        focus[each.department] += each.kind == "systemic"
    total = focus.sum()
    return focus / total if total else focus
