"""Open issues: what follows from verdicts, until an issue has been quiet for some meetings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from equipoise.array_types import Floats
from equipoise.firm.interfaces import Plant, VerdictKind

LASTING_KINDS = ("systemic", "replicate")  # issues of other kinds end at the next meeting

_QUIET_Z = 1.0  # an issue whose z-score is below this is quiet
_QUIET_MEETINGS = 2  # quiet meetings after which an issue is closed
_REMEDIES = {"one-off": ("respond",), "systemic": ("repair",), "replicate": ("replicate",)}
_MESSAGES = ("promise", "broadcast", "respond")


class Issue(NamedTuple):
    """A decided issue that is not closed: its department, kind, and number of quiet meetings."""

    department: int
    kind: VerdictKind
    quiet: int = 0


def find_effectors(kinds: tuple[str, ...], effectors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the effectors named after one of the kinds, alone or with ``_`` and a suffix."""
    prefixes = tuple(f"{kind}_" for kind in kinds)
    return tuple(name for name in effectors if name in kinds or name.startswith(prefixes))


def keep_open(issues: Mapping[int, Issue], z: Floats) -> dict[int, Issue]:
    """Return the issues that stay open after a meeting, by topic.

    One-offs are closed, and so are issues that have been quiet for two meetings.
    """
    still_open = {}
    for topic, issue in issues.items():
        # one loud meeting restarts the count
        quiet = issue.quiet + 1 if z[topic] < _QUIET_Z else 0
        if issue.kind != "one-off" and quiet < _QUIET_MEETINGS:
            still_open[topic] = issue._replace(quiet=quiet)
    return still_open


def carry_quiet(new: Mapping[int, Issue], earlier: Mapping[int, Issue]) -> dict[int, Issue]:
    """Return the new issues with the quiet meetings of an earlier one of the same topic and kind.

    Otherwise a repeated verdict would restart the count, and the issue could stay open forever.
    """
    carried = {}
    for topic, issue in new.items():
        before = earlier.get(topic)
        if before is not None and before.kind == issue.kind:
            issue = issue._replace(quiet=before.quiet)
        carried[topic] = issue
    return carried


def request_efforts(
    issues: Iterable[Issue], strength: Mapping[str, float], messaging: float, plant: Plant
) -> dict[str, float]:
    """Return the effort that open issues ask for, by effector.

    Each issue asks for its strength times the budget. The share ``messaging`` of it goes to
    messages and the rest to the remedy of its kind. Without a fitting effector it is not spent.
    """
    efforts = dict.fromkeys(plant.effectors, 0.0)
    for issue in issues:
        for share, kinds in ((1.0 - messaging, _REMEDIES[issue.kind]), (messaging, _MESSAGES)):
            names = find_effectors(kinds, plant.effectors)
            for name in names:
                efforts[name] += strength[issue.kind] * plant.budget * share / len(names)
    return efforts


def limit_efforts(
    wanted: Mapping[str, float], routine: Mapping[str, float], budget: float
) -> dict[str, float]:
    """Return the wanted efforts, at least the routine's, each within 0..1, within the budget."""
    limited = {}
    for name, effort in wanted.items():
        limited[name] = min(max(effort, routine.get(name, 0.0)), 1.0)
    total = sum(limited.values()) or 1.0
    # all are cut alike, so that no issue takes precedence
    scale = min(budget / total, 1.0)
    return {name: effort * scale for name, effort in limited.items()}


def share_attention(issues: Iterable[Issue], departments: int) -> Floats:
    """Return shares of attention over departments (D,), by the number of open systemic issues."""
    focus = np.zeros(departments)
    for issue in issues:
        focus[issue.department] += issue.kind == "systemic"
    total = focus.sum()
    return focus / total if total else focus
