"""Disturbances that all worlds of a run share, as bars for its figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from equipoise.analysis.plots.label_layout import StrikeBar
from equipoise.analysis.text.strike_text import StrikeRecord, strike_name
from equipoise.firm.organisation.departments import NEGLIGIBLE_FAULT
from equipoise.run_record import RunRecord


def list_shared_strikes(records: Sequence[RunRecord]) -> list[StrikeRecord]:
    """Return the strikes that occur in every world."""
    if not records:
        return []
    first, *others = records
    shared: list[StrikeRecord] = list(first.strikes)
    for record in others:
        shared = [strike for strike in shared if strike in record.strikes]
    return shared


def build_strike_bars(records: Sequence[RunRecord], days: int) -> tuple[StrikeBar, ...]:
    """Return the bars of the strikes that occur in every world, in order of the days."""
    bars = []
    for strike in list_shared_strikes(records):
        burn_in = records[0].burn_in
        start, end = int(strike["start"]) - burn_in, int(strike["end"])
        if start >= days:
            continue
        over = max(_last_day(record, strike, days) for record in records)
        # Without an end of its own, a strike is scheduled until it was over.
        due = min(end - burn_in, days) if end >= 0 else over
        name = strike_name(strike).removeprefix("the ")
        first, last = float(max(start, 0)), float(max(due, over))
        is_open = end < 0 and over == days
        bars.append(StrikeBar(name, first, last, float(over), is_open))
    return tuple(sorted(bars, key=lambda bar: (bar.start, bar.end)))


def _last_day(record: RunRecord, strike: StrikeRecord, days: int) -> int:
    """Return the scored day on which a strike was over, by itself or repaired."""
    start, end = int(strike["start"]), int(strike["end"])
    last = min(end - record.burn_in, days) if end >= 0 else days
    if strike["kind"] != "fault":
        return last
    fault = record.log[f"fault_{strike['department']}"][start + 1 : record.burn_in + last]
    repaired = np.flatnonzero(fault < NEGLIGIBLE_FAULT)
    if not len(repaired):
        return last
    return start + 1 + int(repaired[0]) - record.burn_in
