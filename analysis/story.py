"""What happened in one world, told in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from equipoise.analysis import measures
from equipoise.analysis.measures import Trouble
from equipoise.analysis.summary import scored, troubles_of
from equipoise.analysis.wording import count, duration, level, listed, percent, rounded, spoken
from equipoise.arraytypes import Floats
from equipoise.record import Record
from equipoise.settings import Settings

Strike = Mapping[str, float | int | str]
MOST = 6  # strikes or troubles told one by one
NO_CUSTOMERS = "Nobody was a customer on any scored day, so satisfaction has no value."
ALARMING = 0.1  # share of false alarms from which they are told
ALWAYS = 0.5  # share of false alarms from which an alarm is no news
SWINGS_FROM = 0.5  # oscillation index from which a swing is told


def tell(record: Record, settings: Settings) -> Iterator[str]:
    """Yield the story of one world with at least one scored day, sentence by sentence."""
    of = scored(record)
    path, goal, band = of["satisfaction"], settings.firm.set_point, settings.firm.band
    parts = troubles_of(record, settings)
    yield from struck(record, record.strikes)
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
    yield _voice(of["positive"], of["negative"])


# what struck


def struck(record: Record, strikes: Sequence[Strike]) -> Iterator[str]:
    """Yield one sentence for each scored day on which something struck; many are cut short."""
    last = int(record.filled) - record.burn_in
    dated = sorted(((int(each["start"]) - record.burn_in, each) for each in strikes), key=lambda pair: pair[0])
    dated = [(day, each) for day, each in dated if day < last]
    if not dated:
        yield "Nothing struck."
    for day, same in groupby(dated[:MOST], key=lambda pair: pair[0]):
        what = "; ".join(describe(each) for _, each in same)
        yield f"On day {day}{_weeks(day)}: {what}."
    if len(dated) > MOST:
        more = len(dated) - MOST
        yield f"{count(more, 'more strike')} followed, the last on day {dated[-1][0]}."


def _weeks(day: int) -> str:
    return f", about {count(round(day / 7), 'week')} from the start" if day >= 14 else ""


def describe(strike: Strike) -> str:
    """Return a strike in words: name, kind, department, size, how long."""
    name, department = spoken(str(strike["name"])), spoken(str(strike["department"]))
    days = int(strike["end"]) - int(strike["start"])
    lasting = f"for {count(days, 'day')}" if int(strike["end"]) >= 0 else "until repaired"
    if strike["kind"] == "failures":
        return f"{name}, one-off failures in {department}: {percent(float(strike['size']))} more uses fail, {lasting}"
    return f"{name}, a fault of {level(float(strike['size']))} in {department}, {lasting}"


# satisfaction


def _band(path: Floats, goal: float, band: float) -> Iterator[str]:
    where = f"its band ({level(goal - band)} to {level(goal + band)})"
    out = measures.spells(measures.outside(path, goal, band))
    if not out:
        yield f"Satisfaction stayed in {where} on every day."
    else:
        share = percent(measures.time_in_band(path, goal, band))
        start, end = max(out, key=lambda spell: spell[1] - spell[0])
        days = sum(b - a for a, b in out)
        longest = f"in {count(len(out), 'spell')}, the longest {duration(end - start)} from day {start}"
        yield (
            f"Satisfaction was in {where} on {share} of days; it was out for {count(days, 'day')}, "
            f"{longest if len(out) > 1 else f'from day {start} to day {end - 1}'}."
        )
    low, high = int(np.nanargmin(path)), int(np.nanargmax(path))
    if level(path[low]) == level(path[high]):
        yield f"It stood at {level(path[low])} throughout."
    else:
        yield f"It ranged from {level(path[low])} (day {low}) to {level(path[high])} (day {high})."
    empty = int(np.isnan(path).sum())
    if empty:
        yield f"On {count(empty, 'day')} nobody was a customer; {'it is' if empty == 1 else 'they are'} left out."


def _recovery(record: Record, parts: Sequence[Trouble], path: Floats, goal: float, band: float) -> Iterator[str]:
    """Yield how satisfaction came back, or did not, from each trouble."""
    harmless = [part for part in parts if part.settled == 0]
    if harmless:
        yield f"After {_names(record, harmless)}, satisfaction stayed in its band."
    parts = [part for part in parts if part.settled != 0]
    for part in parts[:MOST]:
        yield _recovered(part, _names(record, [part]), measures.unsettled(part, path, goal, band))
    if len(parts) > MOST:
        slow = measures.longest(part.settled for part in parts[MOST:])
        lost = sum(measures.unsettled(part, path, goal, band) for part in parts[MOST:])
        yield (
            f"Of {count(len(parts) - MOST, 'later trouble')}, {lost or 'none'} lasted to the end"
            + (f"; the slowest of the others took {duration(slow)}." if slow > 0 else ".")
        )


def _recovered(part: Trouble, names: str, unsettled: bool) -> str:
    if part.settled > 0:
        return f"It took {duration(part.settled)} from {names} until satisfaction was back in its band to stay."
    days = part.end - part.start
    if not unsettled:
        return f"Only {count(days, 'day')} of the run followed {names}, too few to say what came of it."
    return f"In the {duration(days)} from {names} to the end, satisfaction did not come back into its band to stay."


def _names(record: Record, parts: Sequence[Trouble]) -> str:
    inside = [
        each
        for part in parts
        for each in record.strikes
        if part.start <= int(each["start"]) - record.burn_in < part.end
    ]
    names = list(dict.fromkeys(short_name(each) for each in inside))
    if len(names) > MOST:
        names = [*names[:2], f"{len(names) - 2} more"]
    return listed(names)


def short_name(strike: Strike) -> str:
    """Return what a strike is called: its name, or the department that chance struck."""
    if strike["name"] == "by chance":
        return f"the fault in {spoken(str(strike['department']))}"
    return spoken(str(strike["name"]))


def _ending(path: Floats, goal: float) -> Iterator[str]:
    error = measures.steady_state_error(path, goal)
    if np.isfinite(error):
        beside = "on" if level(error) == "0.00" else f"{level(abs(error))} {'above' if error > 0 else 'below'}"
        yield f"{at_the_end(len(path))} it stood at {level(goal + error)}, {beside} the set-point of {level(goal)}."


def at_the_end(days: int) -> str:
    """Return the words for the days that count as the steady state: "Over the last 28 days"."""
    last = min(measures.TAIL, days)
    return "On the last day" if last == 1 else f"Over the last {last} days"


def _swings(path: Floats, band: float) -> Iterator[str]:
    cycle = measures.oscillation(path)
    if cycle.share > SWINGS_FROM and cycle.amplitude > band:
        yield (
            f"It swung up and down every {duration(cycle.period)}, by {level(cycle.amplitude)} either way: "
            "often the mark of a firm that acts too hard on news that comes too late."
        )


# the firm


def _money(of: Mapping[str, Floats]) -> str:
    cost, revenue = measures.total(of["cost"]), measures.total(of["revenue"])
    if not cost > 0:
        return f"The firm spent nothing on effort; uses earned {rounded(revenue)} in the model's money."
    net = rounded(revenue - cost)
    return f"Effort cost {rounded(cost)} and uses earned {rounded(revenue)}: net {net}, in the model's money."


def _customers(of: Mapping[str, Floats]) -> str:
    lost, won = measures.total(of["left"]), measures.total(of["joined"])
    if not lost and not won:
        return "No customer left, and none was won."
    gain = f"{won:,.0f} {'was' if won == 1 else 'were'}" if won else "none was"
    return f"{count(lost, 'customer')} left and {gain} won or won back."


def readings(record: Record) -> int:
    """Return how many readings reached the firm on scored days."""
    return int(np.isfinite(scored(record)["reading_age"]).sum())


def no_belief(heard: int) -> str:
    """Return what to say of a firm that believed nothing, by how many readings reached it."""
    if not heard:
        return "The firm was blind: no reading reached it, and it believed nothing."
    verb = "reading" if heard == 1 else "readings"
    return f"{heard:,} {verb} reached the firm, but it formed no belief from them."


def _belief(
    record: Record, of: Mapping[str, Floats], parts: Sequence[Trouble], goal: float, band: float
) -> Iterator[str]:
    path, believed = of["satisfaction"], of["believed"]
    known = measures.belief_known(believed)
    if not known:
        yield no_belief(readings(record))
    elif np.isfinite(measures.gap(path, believed)):
        yield _gap(path, believed) + (f" It believed anything on {percent(known)} of days only." if known < 1 else "")
    windows = [(part.start, part.end) for part in parts] or [(0, len(path))]
    left = [(a, b) for a, b in windows if measures.outside(path[a:b], goal, band).any()]
    wrong = measures.false_alarm(path, believed, goal, band)
    if known and left and not wrong > ALWAYS:
        yield _noticed([measures.notice_delay(path, believed, goal, band, a, b) for a, b in left])
    if wrong > ALARMING:
        yield false_alarms(percent(wrong))


def false_alarms(share: str) -> str:
    """Return what to say of a firm that often cries wolf."""
    return f"On {share} of the days on which satisfaction was in its band, the firm believed it to be below."


def _gap(path: Floats, believed: Floats) -> str:
    off, bias = measures.gap(path, believed), measures.belief_bias(path, believed)
    if level(off) == "0.00":
        return "What the firm believed was true, to within 0.01 on an ordinary day."
    ordinary = f"on an ordinary day it was {level(off)} off"
    if level(bias) == "0.00":
        return f"What the firm believed was right on average; {ordinary}."
    return (
        f"What the firm believed was {level(abs(bias))} too {'rosy' if bias > 0 else 'gloomy'} on average; {ordinary}."
    )


def _noticed(delays: Sequence[float]) -> str:
    slow, seen = measures.longest(delays), int(np.isfinite(delays).sum())
    if not seen:
        return "It never noticed that satisfaction was out of its band."
    late = f"{duration(slow)} after it was" if slow > 0 else "on the very day"
    if len(delays) == 1:
        return f"It knew that satisfaction was out of its band {late}."
    return f"It noticed {seen} of {len(delays)} times that satisfaction was out of its band, at the latest {late}."


def _voice(positive: Floats, negative: Floats) -> str:
    good, bad = measures.total(positive), measures.total(negative)
    if not good + bad > 0:
        return "Nobody posted."
    if not bad or not good:
        return f"People wrote {count(good + bad, 'post')}, {'none negative' if good else 'none positive'}."
    if max(good / bad, bad / good) < 1.05:
        return "People wrote about as many positive posts as negative ones."
    if good >= bad:
        return f"People wrote {good / bad:.1f} positive posts for each negative one."
    return f"People wrote {bad / good:.1f} negative posts for each positive one."
