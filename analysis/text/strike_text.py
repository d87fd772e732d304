"""Disturbances in words: name, effect, department, size and duration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from equipoise.analysis.text.formatting import (
    format_level,
    format_percent,
    format_quantity,
    join_words,
    readable_name,
)
from equipoise.run_record import RunRecord

StrikeRecord = Mapping[str, float | int | str]

STRIKE_PHRASES = {
    "fault": "a fault of {level} in {department}, {duration}",
    "failures": "one-off failures in {department}: {share} more uses fail, {duration}",
    "turnover": "staff turnover in {department}: {share} of its experience leaves, {duration}",
    "delight": "friendly posts from outside, which reach up to {share} of people a day, {duration}",
    "firestorm": (
        "hostile posts from outside, which reach up to {share} of people a day, {duration}"
    ),
    "rumour": "a false rumour, which reaches up to {share} of people a day, {duration}",
    "competitor": "a competitor's offer that is {level} more attractive, {duration}",
    "surge": "demand up by {share}, {duration}",
    "season": "demand that rises and falls by {share}, {duration}",
    "drift": "society's values moving {share} of the way to others, gradually {duration}",
    "reach": "advertising losing {share} of its reach, gradually {duration}",
}
# Their days in the settings are a period or a pace, not a length.
_KINDS_TO_THE_END = ("season", "drift", "reach")
_MAX_LISTED = 6  # strikes listed one by one
_MIN_DAY_IN_WEEKS = 14
_RANDOM_STRIKE = "by chance"  # the name of faults that the environment draws


def describe_strikes(record: RunRecord, strikes: Sequence[StrikeRecord]) -> Iterator[str]:
    """Yield one sentence for each scored day with strikes; the number of those beyond six."""
    finished = int(record.filled) - record.burn_in
    dated = [(_day_of_strike(record, strike), strike) for strike in strikes]
    dated = [(day, strike) for day, strike in dated if day < finished]
    dated.sort(key=_day_of_pair)
    if not dated:
        yield "No disturbance struck."
    for day, pairs in groupby(dated[:_MAX_LISTED], key=_day_of_pair):
        phrases = [describe_strike(strike, len(record.census)) for _, strike in pairs]
        yield f"On day {day}{_weeks_from_start(day)}: {'; '.join(phrases)}."
    more = len(dated) - _MAX_LISTED
    if more > 0:
        last_day, _ = dated[-1]
        yield f"{format_quantity(more, 'more strike')} followed, the last on day {last_day}."


def _day_of_strike(record: RunRecord, strike: StrikeRecord) -> int:
    return int(strike["start"]) - record.burn_in


def _day_of_pair(pair: tuple[int, StrikeRecord]) -> int:
    return pair[0]


def _weeks_from_start(day: int) -> str:
    if day < _MIN_DAY_IN_WEEKS:
        return ""
    weeks = format_quantity(round(day / 7), "week")
    return f", about {weeks} from the start"


def describe_strike(strike: StrikeRecord, days: int | None = None) -> str:
    """Return a strike in words: name, effect, department, size and duration.

    Args:
        strike: a strike of a run record.
        days: days of the run, burn-in included; a strike that outlasts them lasts "to the end".
    """
    kind, size = str(strike["kind"]), float(strike["size"])
    department = readable_name(str(strike["department"]))
    phrase = STRIKE_PHRASES.get(kind) or _default_phrase(kind, department)
    effect = phrase.format(
        level=format_level(size),
        share=format_percent(size),
        department=department,
        duration=_describe_duration(strike, kind, days),
    )
    return f"{readable_name(str(strike['name']))}, {effect}"


def _default_phrase(kind: str, department: str) -> str:
    place = " in {department}" if department else ""
    return f"{readable_name(kind)} of {{level}}{place}, {{duration}}"


def _describe_duration(strike: StrikeRecord, kind: str, days: int | None) -> str:
    start, end = int(strike["start"]), int(strike["end"])
    if kind in _KINDS_TO_THE_END or (days is not None and end >= days):
        return "to the end"
    if end < 0:
        return "until repaired"
    duration = format_quantity(end - start, "day")
    if kind != "turnover":
        return f"for {duration}"
    return "at once" if end == start + 1 else f"over {duration}"


def strike_name(strike: StrikeRecord) -> str:
    """Return the name of a strike; of a random fault, its department."""
    if strike["name"] == _RANDOM_STRIKE and strike["department"]:
        return f"the fault in {readable_name(str(strike['department']))}"
    return readable_name(str(strike["name"]))


def name_strikes(record: RunRecord, periods: Sequence[tuple[int, int]]) -> str:
    """Return the names of the strikes within periods of scored days, cut beyond six."""
    names: dict[str, None] = {}
    for start, end in periods:
        for strike in record.strikes:
            if start <= _day_of_strike(record, strike) < end:
                names[strike_name(strike)] = None
    listed = list(names)
    if len(listed) > _MAX_LISTED:
        listed = [*listed[:2], f"{len(listed) - 2} more"]
    return join_words(listed)
