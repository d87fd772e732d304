"""Differences, chances and intervals in words, the same in the text, the tables and the figures of a report."""

from __future__ import annotations

import math
from collections.abc import Callable

from equipoise.analysis.compare import Difference
from equipoise.analysis.wording import NONE, SAID, count, percent

Say = Callable[[float], str]


def chance(share: float) -> str:
    """Return a probability as a whole percentage; a dash where there are too few worlds for one."""
    return NONE if math.isnan(share) else percent(share)


def signed_amount(value: float, unit: str, bare: bool = False) -> str:
    """Return a difference with its sign and unit; of shares in percentage points."""
    if math.isnan(value):
        return NONE
    say, ending = _said(unit)
    number = say(abs(value))
    sign = "" if not any(letter in "123456789" for letter in number) else "+" if value > 0 else "−"
    return f"{sign}{number}{'' if bare else ending}"


def _said(unit: str) -> tuple[Say, str]:
    if unit == "share":
        return lambda value: f"{100 * value:.1f}", " points"
    say, _, many = SAID.get(unit, (lambda value: f"{value:,.3g}", "", f" {unit}" if unit else ""))
    return say, many


def difference_said(each: Difference, unit: str) -> str:
    """Return a difference with its interval: "+12.3 points (8.1 to 16.0)"."""
    said = signed_amount(each.mean, unit)
    if math.isnan(each.low):
        return said
    low, high = (signed_amount(end, unit, bare=True) for end in (each.low, each.high))
    return f"{said} ({low} to {high})"


def more_said(each: Difference) -> str:
    """Return what it would take to decide an undecided verdict."""
    if each.more is None:
        return "not to be decided with a sensible number of worlds"
    return f"about {count(each.more, 'more world')}"
