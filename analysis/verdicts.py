"""Score of the firm's verdicts against the truth: faults found, faults missed, false alarms.

A fault is a stretch of days on which a department's fault is above `NEGLIGIBLE_FAULT`; a department
that is struck again meanwhile has one fault. The firm finds a fault by calling that department's
trouble systemic while the fault lasts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from equipoise.analysis.measures import HOLD, NAN, find_spells
from equipoise.array_types import Flags, Floats
from equipoise.firm.organisation.departments import NEGLIGIBLE_FAULT


class VerdictScore(NamedTuple):
    """Score of a firm's verdicts on trouble.

    ``hits`` and ``misses`` count faults, ``false_alarms`` and ``rejections`` verdicts; ``delay`` is
    in days.
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
    """Return the score of verdicts, given the faults of departments on scored days.

    - hits: faults called systemic while they lasted; delay: median days from their strike to the
      first such verdict.
    - misses: faults never called systemic. One that struck in the last 14 days and still lasts is
      not yet missed.
    - false alarms: verdicts "systemic" on a department without a fault that day.
    - correct rejections: verdicts "one-off" on a department without a fault that day.

    All are nan without any verdict or scored day; delay is nan without a hit.

    Args:
        verdicts: dicts with day, department and kind; days count from the first of the run.
        faults: fault of each department by scored day.
        first: the first scored day of the run.

    Source: signal detection, Green & Swets 1966; concepts.md, T_det and FA.
    """
    days = len(next(iter(faults.values()), ()))
    if not verdicts or not days:
        return NO_VERDICTS
    at_fault = {name: values > NEGLIGIBLE_FAULT for name, values in faults.items()}
    systemic = _list_calls(verdicts, "systemic", first, days, at_fault)
    one_off = _list_calls(verdicts, "one-off", first, days, at_fault)
    fates: list[float] = []
    for name, flags in at_fault.items():
        own_days = [day for day, department in systemic if department == name]
        fates += _detection_delays(flags, own_days)
    delays = [fate for fate in fates if np.isfinite(fate)]
    false_alarms = sum(not at_fault[name][day] for day, name in systemic)
    rejections = sum(not at_fault[name][day] for day, name in one_off)
    return VerdictScore(
        hits=float(len(delays)),
        misses=float(len(fates) - len(delays)),
        false_alarms=float(false_alarms),
        rejections=float(rejections),
        delay=float(np.median(delays)) if delays else NAN,
    )


def _list_calls(
    verdicts: Sequence[Mapping[str, Any]],
    kind: str,
    first: int,
    days: int,
    departments: Collection[str],
) -> list[tuple[int, str]]:
    """Return (scored day, department) of the verdicts of a kind on known departments."""
    calls = []
    for verdict in verdicts:
        day = int(verdict["day"]) - first
        department = str(verdict["department"])
        if verdict["kind"] == kind and 0 <= day < days and department in departments:
            calls.append((day, department))
    return calls


def _detection_delays(at_fault: Flags, called: Sequence[int]) -> Iterator[float]:
    """Yield, for each fault of a department, the days until its first call; nan if missed."""
    for start, end in find_spells(at_fault):
        delays = [day - start for day in called if start <= day < end]
        if delays:
            yield float(min(delays))
        elif end < len(at_fault) or end - start >= HOLD:
            yield NAN
