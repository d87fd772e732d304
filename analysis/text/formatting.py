"""Numbers, names and settings as text, with units, singular and plural."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from equipoise.analysis.summary import MeasureInterval
from equipoise.run_record import RunRecord
from equipoise.settings.settings import Settings

NO_VALUE = "–"
_DEFAULT_COMMUNITY = Settings().community.name
_MILLION = 1e6
_MIN_DAYS_IN_WEEKS = 14  # shorter durations are given in days alone


# numbers


def format_number(value: float) -> str:
    """Return a number with at most one digit, and none from 10 on: "9.5", "12"."""
    if abs(value) < 10:
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:,.0f}"


def format_quantity(number: float, singular: str, plural: str = "") -> str:
    """Return a number with its noun in singular or plural: "1 day", "12 days", "0.4 days"."""
    text = format_number(number)
    if text == "1":
        return f"1 {singular}"
    return f"{text} {plural or singular + 's'}"


def format_days(days: float) -> str:
    """Return a duration in days, also in weeks from two weeks on: "87 days (about 12 weeks)"."""
    text = format_quantity(round(days), "day")
    if days < _MIN_DAYS_IN_WEEKS:
        return text
    weeks = format_quantity(round(days / 7), "week")
    return f"{text} (about {weeks})"


def format_percent(share: float) -> str:
    """Return a share as a whole percentage; 0 and 100 only if they are exact."""
    return f"{_percent_number(share)} %"


def _percent_number(share: float) -> str:
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "under 1"
    if whole == 100 and share < 1:
        return "over 99"
    return f"{whole:,}"


def format_level(value: float) -> str:
    """Return a satisfaction, or a difference of two, with two digits and no minus before zero."""
    # Adding 0.0 turns a negative zero into a positive one.
    rounded = round(value, 2) + 0.0
    return f"{rounded:.2f}".replace("-", "−")


def format_signed(value: float) -> str:
    """Return a change with two digits and its sign."""
    sign = "+" if round(value, 2) > 0 else ""
    return f"{sign}{format_level(value)}"


def format_dollars(value: float) -> str:
    """Return dollars with three significant digits: "$1.2 M", "$41,600", "−$9.50"."""
    if value == 0:
        return "$0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = abs(round(value, digits))
    if rounded >= _MILLION:
        text = f"${rounded / _MILLION:,.2f}".rstrip("0").rstrip(".") + " M"
    else:
        text = f"${rounded:,.2f}".removesuffix(".00")
    return f"−{text}" if value < 0 and text != "$0" else text


# measures


class _UnitFormat(NamedTuple):
    """The format of a unit's number, and the suffix of one and of many."""

    number: Callable[[float], str]
    singular: str
    plural: str


_UNIT_FORMATS = {
    "share": _UnitFormat(_percent_number, " %", " %"),
    "satisfaction": _UnitFormat(format_level, "", ""),
    "$": _UnitFormat(format_dollars, "", ""),
    "ratio": _UnitFormat("{:.1f}".format, " : 1", " : 1"),
    "number": _UnitFormat(format_number, "", ""),
    "days": _UnitFormat(format_number, " day", " days"),
    "people": _UnitFormat(format_number, " person", " people"),
    "cases": _UnitFormat(format_number, " case", " cases"),
    "faults": _UnitFormat(format_number, " fault", " faults"),
    "verdicts": _UnitFormat(format_number, " verdict", " verdicts"),
    "of 100": _UnitFormat("{:.0f}".format, " of 100", " of 100"),
}


def _unit_format(unit: str) -> _UnitFormat:
    suffix = f" {unit}"
    return _UNIT_FORMATS.get(unit, _UnitFormat(format_number, suffix, suffix))


def format_amount(value: float, unit: str) -> str:
    """Return a value of a measure with its unit; a dash for nan."""
    if math.isnan(value):
        return NO_VALUE
    number, singular, plural = _unit_format(unit)
    text = number(value)
    return text + (singular if text == "1" else plural)


def format_mean(value: MeasureInterval, unit: str, worlds: int) -> str:
    """Return a mean with its 95 % interval, and the number of worlds if some lack a value."""
    text = format_amount(value.mean, unit)
    if value.worlds > 1 and value.low < value.high:
        low = _unit_format(unit).number(value.low)
        text += f" ({low} to {format_amount(value.high, unit)})"
    if 0 < value.worlds < worlds:
        text += f", in {value.worlds} of {worlds} worlds"
    return text


# words


def join_words(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    *most, last = parts
    if not most:
        return last
    return f"{', '.join(most)} and {last}"


def readable_name(name: str) -> str:
    """Return a configuration's name on one line, without underscores."""
    return " ".join(name.replace("_", " ").split())


def strategy_title(settings: Settings) -> str:
    """Return the title of a strategy, or its name."""
    return readable_name(settings.strategy.title or settings.strategy.name)


# worlds


def count_people(record: RunRecord) -> int:
    """Return the number of people in a record's world; 0 when no day was finished."""
    days = int(record.filled)
    if not days:
        return 0
    return int(record.census["stage"][days - 1].sum())


def describe_worlds(settings: Settings, records: Sequence[RunRecord]) -> str:
    """Return the environment, community (unless it is the default), days, people and seeds."""
    parts = [f"environment {readable_name(settings.environment.name)}"]
    if settings.community.name != _DEFAULT_COMMUNITY:
        parts.append(f"community {readable_name(settings.community.name)}")
    parts.append(format_quantity(settings.horizon, "scored day"))
    people = count_people(records[0]) if records else 0
    if people:
        parts.append(format_quantity(people, "person", "people"))
    first, last = settings.seed, settings.seed + len(records) - 1
    if len(records) > 1:
        parts.append(f"{len(records)} worlds, seeds {first} to {last}")
    else:
        parts.append(f"seed {first}")
    return ", ".join(parts)
