"""What happened in one world, told in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from equipoise.analysis import measures
from equipoise.analysis.measures import Trouble
from equipoise.analysis.summary import record_troubles, score_record_verdicts, select_scored_days
from equipoise.analysis.text.formatting import (
    format_days,
    format_level,
    format_percent,
    format_quantity,
    format_rounded,
    join_words,
    readable_name,
)
from equipoise.analysis.verdicts import VerdictScore
from equipoise.array_types import Floats
from equipoise.run_record import RunRecord
from equipoise.settings.settings import Settings

StrikeRecord = Mapping[str, float | int | str]
_MAX_LISTED = 6  # strikes or troubles told one by one
NO_CUSTOMERS = "Nobody was a customer on any scored day, so satisfaction has no value."
MIN_FALSE_ALARMS = 0.1  # share of false alarms from which they are told
MAX_FALSE_ALARMS = 0.5  # share of false alarms from which an alarm is no news
_MIN_OSCILLATION = 0.5  # oscillation index from which a swing is told


def describe_world(record: RunRecord, settings: Settings) -> Iterator[str]:
    """Yield the story of one world with at least one scored day, sentence by sentence."""
    of = select_scored_days(record)
    path, goal, band = of["satisfaction"], settings.firm.set_point, settings.firm.band
    parts = record_troubles(record, settings)
    yield from describe_strikes(record, record.strikes)
    if np.isfinite(path).any():
        yield from _band(path, goal, band)
        yield from _recovery(record, parts, path, goal, band)
        yield from _ending(path, goal)
        yield from _swings(path, band)
    else:
        yield NO_CUSTOMERS
    yield _money(of)
    yield _customers(of)
    yield from _belief(record, of, parts, goal, band)
    yield from _verdicts(score_record_verdicts(record))
    yield _voice(of["positive"], of["negative"])


# what struck


def describe_strikes(record: RunRecord, strikes: Sequence[StrikeRecord]) -> Iterator[str]:
    """Yield one sentence for each scored day on which something struck; many are cut short."""
    last = int(record.filled) - record.burn_in
    dated = sorted(
        ((int(each["start"]) - record.burn_in, each) for each in strikes), key=lambda pair: pair[0]
    )
    dated = [(day, each) for day, each in dated if day < last]
    if not dated:
        yield "Nothing struck."
    for day, same in groupby(dated[:_MAX_LISTED], key=lambda pair: pair[0]):
        what = "; ".join(describe_strike(each, len(record.census)) for _, each in same)
        yield f"On day {day}{_weeks(day)}: {what}."
    if len(dated) > _MAX_LISTED:
        more = len(dated) - _MAX_LISTED
        yield f"{format_quantity(more, 'more strike')} followed, the last on day {dated[-1][0]}."


def _weeks(day: int) -> str:
    return f", about {format_quantity(round(day / 7), 'week')} from the start" if day >= 14 else ""


STRIKE_PHRASES = {
    "fault": "a fault of {level} in {department}, {lasting}",
    "failures": "one-off failures in {department}: {share} more uses fail, {lasting}",
    "turnover": "staff turnover in {department}: {share} of its experience leaves, {lasting}",
    "delight": "friendly voices from outside, which reach up to {share} of people a day, {lasting}",
    "firestorm": "hostile voices from outside, which reach up to {share} of people a day, {lasting}",
    "rumour": "a falsehood that is told to up to {share} of people a day, {lasting}",
    "competitor": "a competitor's offer that is {level} more attractive, {lasting}",
    "surge": "demand up by {share}, {lasting}",
    "season": "demand that swings up and down by {share}, {lasting}",
    "drift": "society's values moving {share} of the way to others, little by little and {lasting}",
    "reach": "advertising losing {share} of its reach, little by little and {lasting}",
}  # kind of disturbance -> what it does
_LASTING_KINDS = ("season", "drift", "reach")  # kinds whose length is the rest of the run


def describe_strike(strike: StrikeRecord, days: int | None = None) -> str:
    """Return a strike in words: name, what it does to whom, size, how long.

    ``days`` is the number of days of the run, burn-in included: what lasts so long is told to last to the end.
    """
    kind, size = str(strike["kind"]), float(strike["size"])
    department = readable_name(str(strike["department"]))
    known = STRIKE_PHRASES.get(
        kind,
        f"{readable_name(kind)} of {{level}}{' in {department}' if department else ''}, {{lasting}}",
    )
    words = known.format(
        level=format_level(size),
        share=format_percent(size),
        department=department,
        lasting=_lasting(strike, kind, days),
    )
    return f"{readable_name(str(strike['name']))}, {words}"


def _lasting(strike: StrikeRecord, kind: str, days: int | None) -> str:
    start, end = int(strike["start"]), int(strike["end"])
    if kind in _LASTING_KINDS or (days is not None and end >= days):
        return "to the end"
    if end < 0:
        return "until repaired"
    if kind == "turnover":
        return "at once" if end == start + 1 else f"over {format_quantity(end - start, 'day')}"
    return f"for {format_quantity(end - start, 'day')}"


# satisfaction


def _band(path: Floats, goal: float, band: float) -> Iterator[str]:
    where = f"its band ({format_level(goal - band)} to {format_level(goal + band)})"
    out = measures.find_spells(measures.is_outside_band(path, goal, band))
    if not out:
        yield f"Satisfaction stayed in {where} on every day."
    else:
        share = format_percent(measures.time_in_band(path, goal, band))
        start, end = max(out, key=lambda spell: spell[1] - spell[0])
        days = sum(b - a for a, b in out)
        longest = f"in {format_quantity(len(out), 'spell')}, the longest {format_days(end - start)} from day {start}"
        yield (
            f"Satisfaction was in {where} on {share} of days; it was out for {format_quantity(days, 'day')}, "
            f"{longest if len(out) > 1 else f'from day {start} to day {end - 1}'}."
        )
    low, high = int(np.nanargmin(path)), int(np.nanargmax(path))
    if format_level(path[low]) == format_level(path[high]):
        yield f"It stood at {format_level(path[low])} throughout."
    else:
        yield f"It ranged from {format_level(path[low])} (day {low}) to {format_level(path[high])} (day {high})."
    empty = int(np.isnan(path).sum())
    if empty:
        yield f"On {format_quantity(empty, 'day')} nobody was a customer; {'it is' if empty == 1 else 'they are'} left out."


def _recovery(
    record: RunRecord, parts: Sequence[Trouble], path: Floats, goal: float, band: float
) -> Iterator[str]:
    """Yield how satisfaction came back, or did not, from each trouble."""
    harmless = [part for part in parts if part.settled == 0]
    if harmless:
        yield f"After {_names(record, harmless)}, satisfaction stayed in its band."
    parts = [part for part in parts if part.settled != 0]
    for part in parts[:_MAX_LISTED]:
        yield _recovered(
            part, _names(record, [part]), measures.is_unsettled(part, path, goal, band)
        )
    if len(parts) > _MAX_LISTED:
        slow = measures.largest_known(part.settled for part in parts[_MAX_LISTED:])
        lost = sum(measures.is_unsettled(part, path, goal, band) for part in parts[_MAX_LISTED:])
        yield (
            f"Of {format_quantity(len(parts) - _MAX_LISTED, 'later trouble')}, {lost or 'none'} lasted to the end"
            + (f"; the slowest of the others took {format_days(slow)}." if slow > 0 else ".")
        )


def _recovered(part: Trouble, names: str, unsettled: bool) -> str:
    if part.settled > 0:
        return f"It took {format_days(part.settled)} from {names} until satisfaction was back in its band to stay."
    days = part.end - part.start
    if not unsettled:
        return f"Only {format_quantity(days, 'day')} of the run followed {names}, too few to say what came of it."
    return f"In the {format_days(days)} from {names} to the end, satisfaction did not come back into its band to stay."


def _names(record: RunRecord, parts: Sequence[Trouble]) -> str:
    inside = [
        each
        for part in parts
        for each in record.strikes
        if part.start <= int(each["start"]) - record.burn_in < part.end
    ]
    names = list(dict.fromkeys(strike_name(each) for each in inside))
    if len(names) > _MAX_LISTED:
        names = [*names[:2], f"{len(names) - 2} more"]
    return join_words(names)


def strike_name(strike: StrikeRecord) -> str:
    """Return what a strike is called: its name, or the department that chance struck."""
    if strike["name"] == "by chance" and strike["department"]:
        return f"the fault in {readable_name(str(strike['department']))}"
    return readable_name(str(strike["name"]))


def _ending(path: Floats, goal: float) -> Iterator[str]:
    error = measures.steady_state_error(path, goal)
    if np.isfinite(error):
        beside = (
            "on"
            if format_level(error) == "0.00"
            else f"{format_level(abs(error))} {'above' if error > 0 else 'below'}"
        )
        yield f"{final_period(len(path))} it stood at {format_level(goal + error)}, {beside} the set-point of {format_level(goal)}."


def final_period(days: int) -> str:
    """Return the words for the days that count as the steady state: "Over the last 28 days"."""
    last = min(measures.TAIL, days)
    return "On the last day" if last == 1 else f"Over the last {last} days"


def _swings(path: Floats, band: float) -> Iterator[str]:
    cycle = measures.oscillation(path)
    if cycle.share > _MIN_OSCILLATION and cycle.amplitude > band:
        yield (
            f"It swung up and down every {format_days(cycle.period)}, by {format_level(cycle.amplitude)} either way: "
            "often the mark of a firm that acts too hard on news that comes too late."
        )


# the firm


def _money(of: Mapping[str, Floats]) -> str:
    cost, revenue = measures.total(of["cost"]), measures.total(of["revenue"])
    if not cost > 0:
        return f"The firm spent nothing on effort; uses earned {format_rounded(revenue)} in the model's money."
    net = format_rounded(revenue - cost)
    return (
        f"Effort cost {format_rounded(cost)} and uses earned {format_rounded(revenue)}: "
        f"net {net}, in the model's money."
    )


def _customers(of: Mapping[str, Floats]) -> str:
    lost, won = measures.total(of["left"]), measures.total(of["joined"])
    if not lost and not won:
        return "No customer left, and none was won."
    gain = f"{won:,.0f} {'was' if won == 1 else 'were'}" if won else "none was"
    return f"{format_quantity(lost, 'customer')} left and {gain} won or won back."


def count_readings(record: RunRecord) -> int:
    """Return how many readings reached the firm on scored days."""
    return int(np.isfinite(select_scored_days(record)["reading_age"]).sum())


def describe_no_belief(heard: int) -> str:
    """Return what to say of a firm that believed nothing, by how many readings reached it."""
    if not heard:
        return "The firm was blind: no reading reached it, and it believed nothing."
    verb = "reading" if heard == 1 else "readings"
    return f"{heard:,} {verb} reached the firm, but it formed no belief from them."


def _belief(
    record: RunRecord, of: Mapping[str, Floats], parts: Sequence[Trouble], goal: float, band: float
) -> Iterator[str]:
    path, believed = of["satisfaction"], of["believed"]
    known = measures.belief_known(believed)
    if not known:
        yield describe_no_belief(count_readings(record))
    elif np.isfinite(measures.mean_belief_error(path, believed)):
        yield _gap(path, believed) + (
            f" It believed anything on {format_percent(known)} of days only." if known < 1 else ""
        )
    windows = [(part.start, part.end) for part in parts] or [(0, len(path))]
    left = [(a, b) for a, b in windows if measures.is_outside_band(path[a:b], goal, band).any()]
    wrong = measures.false_alarm(path, believed, goal, band)
    if known and left and not wrong > MAX_FALSE_ALARMS:
        yield _noticed([measures.notice_delay(path, believed, goal, band, a, b) for a, b in left])
    if wrong > MIN_FALSE_ALARMS:
        yield describe_false_alarms(format_percent(wrong))
    fooled_on = measures.green_while_red(path, believed, goal, band)
    if fooled_on > MIN_FALSE_ALARMS:
        yield describe_false_beliefs(format_percent(fooled_on))


def describe_false_beliefs(share: str) -> str:
    """Return what to say of a firm whose dashboard is green while its customers are not."""
    return f"On {share} of days the firm believed satisfaction to be in its band while it was out."


def describe_false_alarms(share: str) -> str:
    """Return what to say of a firm that often cries wolf."""
    return f"On {share} of the days on which satisfaction was in its band, the firm believed it to be below."


def _verdicts(score: VerdictScore) -> Iterator[str]:
    """Yield how the firm told lasting faults from one-off failures, if it reached verdicts."""
    faults = score.hits + score.misses
    if faults > 0:
        found = (
            f"{score.hits:,.0f} of {format_quantity(faults, 'fault')}"
            if score.hits
            else "none of the faults"
        )
        late = f", {format_days(score.delay)} after the strike" if score.hits else ""
        median = " in the median" if score.hits > 1 else ""
        yield f"Its verdict was that {found} {'was' if score.hits == 1 else 'were'} systemic{late}{median}."
    if score.false_alarms > 0:
        yield f"{format_quantity(score.false_alarms, 'time')} it called trouble systemic in a department without a fault."


def _gap(path: Floats, believed: Floats) -> str:
    off, bias = measures.mean_belief_error(path, believed), measures.belief_bias(path, believed)
    if format_level(off) == "0.00":
        return "The firm's belief was accurate: its mean absolute error was below 0.01."
    error = f"its mean absolute error was {format_level(off)}"
    if format_level(bias) == "0.00":
        return f"The firm's belief was unbiased; {error}."
    return (
        f"The firm's belief was {format_level(abs(bias))} too "
        f"{'high' if bias > 0 else 'low'} on average; {error}."
    )


def _noticed(delays: Sequence[float]) -> str:
    slow, seen = measures.largest_known(delays), int(np.isfinite(delays).sum())
    if not seen:
        return "It never noticed that satisfaction was out of its band."
    late = f"{format_days(slow)} after it was" if slow > 0 else "on the very day"
    if len(delays) == 1:
        return f"It knew that satisfaction was out of its band {late}."
    return f"It noticed {seen} of {len(delays)} times that satisfaction was out of its band, at the latest {late}."


def _voice(positive: Floats, negative: Floats) -> str:
    good, bad = measures.total(positive), measures.total(negative)
    if not good + bad > 0:
        return "Nobody posted."
    if not bad or not good:
        return f"People wrote {format_quantity(good + bad, 'post')}, {'none negative' if good else 'none positive'}."
    if max(good / bad, bad / good) < 1.05:
        return "People wrote about as many positive posts as negative ones."
    if good >= bad:
        return f"People wrote {good / bad:.1f} positive posts for each negative one."
    return f"People wrote {bad / good:.1f} negative posts for each positive one."
