"""Differences with their intervals in words, the same in the text and in the figures of a report."""

from __future__ import annotations

import math

from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.text.comparison_text import format_measure

UNITS = {"share": " points", "satisfaction": ""}  # unit -> what follows a difference


def format_difference(value: float, unit: str, sign: bool = True) -> str:
    """Return a difference with its unit; of shares in percentage points."""
    return f"{format_measure(value, unit, sign=sign)}{UNITS.get(unit, f' {unit}')}"


def format_difference_interval(each: Difference, unit: str) -> str:
    """Return a difference with its interval: "+12.3 points (+8.1 to +16.0)"."""
    if math.isnan(each.low):
        return format_difference(each.mean, unit)
    low, high = (format_measure(end, unit, sign=True) for end in (each.low, each.high))
    return f"{format_difference(each.mean, unit)} ({low} to {high})"
