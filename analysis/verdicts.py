"""What the firm concluded, held against what was true: which faults it found, and whom it accused wrongly.

A fault is a stretch of days on which a department's fault is above `NEGLIGIBLE_FAULT`; so one that
is struck again while it lasts is one fault. The firm has found it once it calls that department's
trouble systemic while the fault lasts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from equipoise.analysis.measures import HOLD, NAN, find_spells
from equipoise.array_types import Flags, Floats
from equipoise.firm.organisation.departments import NEGLIGIBLE_FAULT


class VerdictScore(NamedTuple):
    """What a firm's verdicts on trouble are worth.

    ``hits`` and ``misses`` count faults, ``false_alarms`` and ``rejections`` verdicts; ``delay`` is in days.
    """

    hits: float
    misses: float
    false_alarms: float
    rejections: float
    delay: float


NO_VERDICTS = VerdictScore(NAN, NAN, NAN, NAN, NAN)


def score_verdicts(
    verdicts: Sequence[Mapping[str, Any]], faults: Mapping[str, Floats], first: int = 0
) -> VerdictScore:
    """Return how verdicts fare against the faults of departments on scored days (days,), by department.

    - hits: faults called systemic while they lasted; delay: median days from their strike to the first such verdict.
    - misses: faults never so called. One that struck in the last 14 days and still lasts is not yet missed.
    - false alarms: verdicts "systemic" on a department without a fault that day.
    - correct rejections: verdicts "one-off" on a department without a fault that day.

    Args:
        verdicts: dicts with day, department and kind; days count from the first of the run.
        faults: fault of each department by scored day.
        first: the first scored day of the run.

    All are nan when the firm reached no verdicts at all, or no day was scored; delay is nan without a hit.

    Source: signal detection, Green & Swets 1966; concepts.md, T_det and FA.
    """
    days = len(next(iter(faults.values()), ()))
    if not verdicts or not days:
        return NO_VERDICTS
    sick = {name: values > NEGLIGIBLE_FAULT for name, values in faults.items()}
    called = _calls_by_kind(verdicts, first, days)
    systemic, one_off = (
        [each for each in called[kind] if each[1] in sick] for kind in ("systemic", "one-off")
    )
    fates = [
        fate
        for name, flags in sick.items()
        for fate in _detection_delays(flags, [d for d, who in systemic if who == name])
    ]
    delays = [fate for fate in fates if np.isfinite(fate)]
    return VerdictScore(
        float(len(delays)),
        float(len(fates) - len(delays)),
        float(sum(not sick[name][day] for day, name in systemic)),
        float(sum(not sick[name][day] for day, name in one_off)),
        float(np.median(delays)) if delays else NAN,
    )


def _calls_by_kind(
    verdicts: Sequence[Mapping[str, Any]], first: int, days: int
) -> dict[str, list[tuple[int, str]]]:
    """Return (scored day, department) of the verdicts on trouble, by kind."""
    out: dict[str, list[tuple[int, str]]] = {"systemic": [], "one-off": []}
    for each in verdicts:
        day = int(each["day"]) - first
        if each["kind"] in out and 0 <= day < days:
            out[each["kind"]].append((day, str(each["department"])))
    return out


def _detection_delays(sick: Flags, called: Sequence[int]) -> Iterator[float]:
    """Yield of each of a department's faults the days until it was first called systemic; nan for a missed one."""
    for start, end in find_spells(sick):
        found = [day - start for day in called if start <= day < end]
        if found:
            yield float(min(found))
        elif end < len(sick) or end - start >= HOLD:
            yield NAN
