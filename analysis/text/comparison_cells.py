"""The cells of comparison tables, and differences with their intervals in sentences and figures."""

from __future__ import annotations

import math

from equipoise.analysis.comparison.differences import Difference
from equipoise.analysis.text.formatting import NO_VALUE, format_dollars

# A verdict is marked if one of two strategies has no value in more than this share of worlds.
_MAX_UNPAIRED_SHARE = 0.05
_MAX_EFFECT = 10.0  # effects beyond it are all very large
_FACTORS_AND_DIGITS = {"share": (100.0, 1), "satisfaction": (1.0, 3)}  # of units
_DIFFERENCE_UNITS = {"share": "points", "satisfaction": "", "$": ""}


def format_measure(value: float, unit: str, sign: bool = False) -> str:
    """Return a number in the scale of its unit: shares in percent, dollars with three digits."""
    if math.isnan(value):
        return NO_VALUE
    if unit == "$":
        number = format_dollars(value)
    else:
        factor, digits = _FACTORS_AND_DIGITS.get(unit, (1.0, 1 if abs(value) < 1000 else 0))
        # Adding 0.0 turns a negative zero into a positive one.
        rounded = round(factor * value, digits) + 0.0
        number = f"{rounded:,.{digits}f}".replace("-", "−")
    is_zero = not number.strip("$0.,")
    if sign and value > 0 and not is_zero:
        return f"+{number}"
    return number


def difference_unit(unit: str) -> str:
    """Return the unit of a difference: percentage points for shares."""
    return _DIFFERENCE_UNITS.get(unit, unit)


def format_difference(value: float, unit: str, sign: bool = True) -> str:
    """Return a difference with its unit; of shares in percentage points."""
    number = format_measure(value, unit, sign=sign)
    return f"{number} {difference_unit(unit)}".rstrip()


def format_difference_interval(difference: Difference, unit: str) -> str:
    """Return a difference with its interval: "+12.3 points (+8.1 to +16.0)"."""
    mean = format_difference(difference.mean, unit)
    if math.isnan(difference.low):
        return mean
    return f"{mean} ({_format_bounds(difference, unit)})"


def format_difference_cell(difference: Difference | None, unit: str) -> str:
    """Return a difference with its interval, without unit; empty for the baseline."""
    if difference is None:
        return ""
    mean = format_measure(difference.mean, unit, sign=True)
    if not math.isfinite(difference.low):
        return mean
    return f"{mean} ({_format_bounds(difference, unit)})"


def _format_bounds(difference: Difference, unit: str) -> str:
    low = format_measure(difference.low, unit, sign=True)
    high = format_measure(difference.high, unit, sign=True)
    return f"{low} to {high}"


def format_verdict(difference: Difference | None) -> str:
    """Return a verdict, marked with a star where missing values can mislead."""
    if difference is None:
        return "(baseline)"
    worlds = difference.pairs + difference.lopsided
    mark = "*" if difference.lopsided > _MAX_UNPAIRED_SHARE * worlds else ""
    if not difference.pairs:
        return f"no pairs{mark}"
    if difference.verdict != "undecided":
        return f"{difference.verdict}{mark}"
    if difference.spread == 0 and difference.mean == 0:
        return f"no difference{mark}"
    if difference.more:
        return f"undecided ({difference.more} more){mark}"
    return f"undecided (too close){mark}"


def format_probability(probability: float) -> str:
    """Return an estimated probability in percent, never 0 or 100 %."""
    if math.isnan(probability):
        return NO_VALUE
    if probability > 0.99:
        return ">99 %"
    if probability < 0.01:
        return "<1 %"
    return format_share(probability)


def format_share(share: float) -> str:
    """Return an observed share as a whole percentage."""
    if math.isnan(share):
        return NO_VALUE
    return f"{100 * share:.0f} %"


def format_wins(difference: Difference | None) -> str:
    """Return the share of worlds in which a strategy beats the baseline."""
    return format_share(difference.superiority) if difference else ""


def format_effect(difference: Difference | None) -> str:
    """Return the standardised effect with one digit."""
    if difference is None:
        return ""
    effect = difference.standardised
    if math.isnan(effect):
        return NO_VALUE
    if effect > _MAX_EFFECT:
        return f">{_MAX_EFFECT:.0f}"
    if effect < -_MAX_EFFECT:
        return f"<−{_MAX_EFFECT:.0f}"
    return f"{effect:+.1f}".replace("-", "−")
