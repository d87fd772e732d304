"""Numbers in words: units, singular and plural, and no more digits than a manager can use."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from equipoise.analysis.summary import MeasureInterval
from equipoise.run_record import RunRecord
from equipoise.settings.settings import Settings

NO_VALUE = "–"  # stands where a measure has no value
_DEFAULT_COMMUNITY = Settings().community.name
_MIN_DAYS_IN_WEEKS = 14  # days that are told in weeks too


def format_quantity(number: float, one: str, many: str = "") -> str:
    """Return a number with its noun in singular or plural: "1 day", "12 days", "0.4 days"."""
    said = _figure(number)
    return f"{said} {one if said == '1' else many or one + 's'}"


def format_days(days: float) -> str:
    """Return a number of days, in weeks too when it is long: "87 days (about 12 weeks)"."""
    said = format_quantity(round(days), "day")
    return (
        f"{said} (about {format_quantity(round(days / 7), 'week')})"
        if days >= _MIN_DAYS_IN_WEEKS
        else said
    )


def format_percent(share: float) -> str:
    """Return a share as a whole percentage; never 0 or 100 unless it is exactly that."""
    return f"{_whole(share)} %"


def _whole(share: float) -> str:
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "under 1"
    return "over 99" if whole == 100 and share < 1 else f"{whole:,}"


def format_level(value: float) -> str:
    """Return a satisfaction, or a difference of two, with two digits and no minus before zero."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def format_rounded(value: float) -> str:
    """Return an amount of money with three significant digits: "41,600"."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(digits, 0)}f}".replace("-", "−")


def _figure(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0") if abs(value) < 10 else f"{value:,.0f}"


_UNIT_FORMATS: dict[str, tuple[Callable[[float], str], str, str]] = {
    "share": (_whole, " %", " %"),
    "satisfaction": (format_level, "", ""),
    "money": (format_rounded, " money", " money"),
    "ratio": (lambda value: f"{value:.1f}", " : 1", " : 1"),
    "number": (_figure, "", ""),
    "days": (_figure, " day", " days"),
    "people": (_figure, " person", " people"),
    "cases": (_figure, " case", " cases"),
    "faults": (_figure, " fault", " faults"),
    "verdicts": (_figure, " verdict", " verdicts"),
    "of 100": (lambda value: f"{value:.0f}", " of 100", " of 100"),
}  # unit -> how its number is said, and what follows one and many


def format_amount(value: float, unit: str) -> str:
    """Return a value of a measure with its unit; a dash for nan."""
    if math.isnan(value):
        return NO_VALUE
    say, one, many = _UNIT_FORMATS.get(unit, (_figure, f" {unit}", f" {unit}"))
    return say(value) + (one if say(value) == "1" else many)


def format_mean(value: MeasureInterval, unit: str, worlds: int) -> str:
    """Return a mean with its 95 % interval, and in how many worlds it has a value if not in all."""
    said = format_amount(value.mean, unit)
    if value.worlds > 1 and value.low < value.high:
        say = _UNIT_FORMATS.get(unit, (_figure, "", ""))[0]
        said += f" ({say(value.low)} to {format_amount(value.high, unit)})"
    return f"{said}, in {value.worlds} of {worlds} worlds" if 0 < value.worlds < worlds else said


def join_words(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def readable_name(name: str) -> str:
    """Return a configuration's name as it is spoken: on one line, without underscores."""
    return " ".join(name.replace("_", " ").split())


def strategy_title(settings: Settings) -> str:
    """Return what the strategy is called in strategists' words."""
    return readable_name(settings.strategy.title or settings.strategy.name)


def count_people(record: RunRecord) -> int:
    """Return the number of people in a record's world; 0 when no day was finished."""
    n = int(record.filled)
    return int(record.census["stage"][n - 1].sum()) if n else 0


def describe_worlds(settings: Settings, records: Sequence[RunRecord]) -> str:
    """Return where and when a run took place: environment, community if not an ordinary one, days, people, seeds."""
    people = count_people(records[0]) if records else 0
    named = settings.community.name
    parts = [f"environment {readable_name(settings.environment.name)}"]
    parts += [f"community {readable_name(named)}"] if named != _DEFAULT_COMMUNITY else []
    parts.append(format_quantity(settings.horizon, "scored day"))
    parts += [format_quantity(people, "person", "people")] if people else []
    first, last = settings.seed, settings.seed + len(records) - 1
    parts.append(
        f"{len(records)} worlds, seeds {first} to {last}" if len(records) > 1 else f"seed {first}"
    )
    return ", ".join(parts)


def format_signed(value: float) -> str:
    """Return a change with two digits and its sign."""
    return f"{'+' if round(value, 2) > 0 else ''}{format_level(value)}"
