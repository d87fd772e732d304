"""Differences with their intervals in words, the same in the text and in the figures of a report."""

from __future__ import annotations

import math

from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.text.comparison_text import figure

UNITS = {"share": " points", "satisfaction": ""}  # unit -> what follows a difference


def amount(value: float, unit: str, sign: bool = True) -> str:
    """Return a difference with its unit; of shares in percentage points."""
    return f"{figure(value, unit, sign=sign)}{UNITS.get(unit, f' {unit}')}"


def difference_said(each: Difference, unit: str) -> str:
    """Return a difference with its interval: "+12.3 points (+8.1 to +16.0)"."""
    if math.isnan(each.low):
        return amount(each.mean, unit)
    low, high = (figure(end, unit, sign=True) for end in (each.low, each.high))
    return f"{amount(each.mean, unit)} ({low} to {high})"
