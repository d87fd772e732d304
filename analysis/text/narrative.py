"""The events of one world in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from equipoise.analysis import measures
from equipoise.analysis.measures import Trouble
from equipoise.analysis.summary import record_troubles, score_record_verdicts, select_scored_days
from equipoise.analysis.text.formatting import (
    format_days,
    format_dollars,
    format_level,
    format_percent,
    format_quantity,
)
from equipoise.analysis.text.strike_text import describe_strikes, name_strikes
from equipoise.analysis.verdicts import VerdictScore
from equipoise.array_types import Floats
from equipoise.run_record import RunRecord
from equipoise.settings.settings import Firm, Settings

NO_CUSTOMERS = "There were no customers on any scored day, so satisfaction has no value."
MIN_FALSE_ALARMS = 0.1  # share of false alarms from which they are reported
MAX_FALSE_ALARMS = 0.5  # share of false alarms above which an alarm carries no information
_MAX_TROUBLES = 6  # troubles described one by one
_MIN_OSCILLATION = 0.5  # oscillation index from which a cycle is reported
_BALANCED = 1.05  # ratio of positive and negative posts below which they count as equally many


def describe_world(record: RunRecord, settings: Settings) -> Iterator[str]:
    """Yield sentences on one world with at least one scored day."""
    days = select_scored_days(record)
    path = days["satisfaction"]
    set_point, band = settings.firm.set_point, settings.firm.band
    troubles = record_troubles(record, settings)
    yield from describe_strikes(record, record.strikes)
    if np.isfinite(path).any():
        yield from _describe_band(path, set_point, band)
        yield _describe_range(path)
        yield from _describe_missing_days(path)
        yield from _describe_recovery(record, troubles, path, set_point, band)
        yield from _describe_end(path, set_point)
        yield from _describe_oscillation(path, band)
    else:
        yield NO_CUSTOMERS
    yield _describe_money(days, settings.firm)
    yield _describe_customers(days)
    yield from _describe_belief(record, days)
    yield from _describe_detection(days, troubles, set_point, band)
    yield from _describe_verdicts(score_record_verdicts(record))
    yield _describe_posts(days["positive"], days["negative"])


# satisfaction


def _describe_band(path: Floats, set_point: float, band: float) -> Iterator[str]:
    limits = f"its band ({format_level(set_point - band)} to {format_level(set_point + band)})"
    spells = measures.find_spells(measures.is_outside_band(path, set_point, band))
    if not spells:
        yield f"Satisfaction was in {limits} on every day."
        return
    share = format_percent(measures.time_in_band(path, set_point, band))
    days_outside = format_quantity(sum(end - start for start, end in spells), "day")
    yield (
        f"Satisfaction was in {limits} on {share} of days; "
        f"it was outside for {days_outside}, {_describe_spells(spells)}."
    )


def _describe_spells(spells: Sequence[tuple[int, int]]) -> str:
    start, end = max(spells, key=lambda spell: spell[1] - spell[0])
    if len(spells) == 1:
        return f"from day {start} to day {end - 1}"
    number = format_quantity(len(spells), "spell")
    return f"in {number}, the longest {format_days(end - start)} from day {start}"


def _describe_range(path: Floats) -> str:
    low_day, high_day = int(np.nanargmin(path)), int(np.nanargmax(path))
    low, high = format_level(path[low_day]), format_level(path[high_day])
    if low == high:
        return f"It was {low} throughout."
    return f"It ranged from {low} (day {low_day}) to {high} (day {high_day})."


def _describe_missing_days(path: Floats) -> Iterator[str]:
    days = int(np.isnan(path).sum())
    if days:
        verb = "is" if days == 1 else "are"
        yield f"There were no customers on {format_quantity(days, 'day')}, which {verb} left out."


def _describe_recovery(
    record: RunRecord, troubles: Sequence[Trouble], path: Floats, set_point: float, band: float
) -> Iterator[str]:
    """Yield a sentence on the return of satisfaction to its band after each trouble."""
    harmless = [trouble for trouble in troubles if trouble.settled == 0]
    if harmless:
        yield f"After {_name_troubles(record, harmless)}, satisfaction stayed in its band."
    others = [trouble for trouble in troubles if trouble.settled != 0]
    listed, rest = others[:_MAX_TROUBLES], others[_MAX_TROUBLES:]
    for trouble in listed:
        is_unsettled = measures.is_unsettled(trouble, path, set_point, band)
        yield _describe_trouble(trouble, _name_troubles(record, [trouble]), is_unsettled)
    if rest:
        unsettled = sum(measures.is_unsettled(trouble, path, set_point, band) for trouble in rest)
        yield _describe_later_troubles(rest, unsettled)


def _name_troubles(record: RunRecord, troubles: Sequence[Trouble]) -> str:
    return name_strikes(record, [(trouble.start, trouble.end) for trouble in troubles])


def _describe_trouble(trouble: Trouble, names: str, is_unsettled: bool) -> str:
    if trouble.settled > 0:
        settling_time = format_days(trouble.settled)
        return (
            f"Satisfaction returned to its band {settling_time} after {names} "
            f"and stayed there for {measures.HOLD} days or more."
        )
    days = trouble.end - trouble.start
    if is_unsettled:
        return (
            f"Satisfaction did not settle in its band in the {format_days(days)} "
            f"from {names} to the end."
        )
    only = format_quantity(days, "day")
    return f"Only {only} of the run followed {names}, too few to judge the recovery."


def _describe_later_troubles(troubles: Sequence[Trouble], unsettled: int) -> str:
    number = format_quantity(len(troubles), "later trouble")
    sentence = f"Of {number}, {unsettled or 'none'} lasted to the end"
    longest = measures.largest_known(trouble.settled for trouble in troubles)
    if longest > 0:
        sentence += f"; the longest of the others took {format_days(longest)}"
    return f"{sentence}."


def _describe_end(path: Floats, set_point: float) -> Iterator[str]:
    error = measures.steady_state_error(path, set_point)
    if np.isfinite(error):
        mean, goal = format_level(set_point + error), format_level(set_point)
        deviation = describe_deviation(error)
        yield f"{final_period(len(path))} its mean was {mean}, {deviation} the set-point of {goal}."


def describe_deviation(deviation: float) -> str:
    """Return a deviation from a level in words: "0.02 above", "0.05 below", "at"."""
    size = format_level(abs(deviation))
    if size == "0.00":
        return "at"
    return f"{size} above" if deviation > 0 else f"{size} below"


def final_period(days: int) -> str:
    """Return the phrase for the days that count as the steady state: "Over the last 28 days"."""
    last = min(measures.TAIL, days)
    return "On the last day" if last == 1 else f"Over the last {last} days"


def _describe_oscillation(path: Floats, band: float) -> Iterator[str]:
    cycle = measures.oscillation(path)
    if cycle.share > _MIN_OSCILLATION and cycle.amplitude > band:
        amplitude = format_level(cycle.amplitude)
        yield (
            f"It oscillated with a period of {format_days(cycle.period)} and an amplitude of "
            f"{amplitude}; a common cause is a high gain with delayed readings."
        )


# money and customers


def _describe_money(days: Mapping[str, Floats], firm: Firm) -> str:
    totals = {name: measures.total(days[name]) for name in ("cost", "revenue", "contribution")}
    net = format_dollars(measures.operating_result(totals, firm))
    revenue = format_dollars(totals["revenue"])
    if not totals["cost"] > 0:
        return f"Revenue was {revenue}; the policy cost nothing: an operating result of {net}."
    cost = format_dollars(totals["cost"])
    return f"Revenue was {revenue}; the policy cost {cost}: an operating result of {net}."


def _describe_customers(days: Mapping[str, Floats]) -> str:
    lost, won = measures.total(days["left"]), measures.total(days["joined"])
    if not lost and not won:
        return "No customer left, and none was won."
    gain = f"{won:,.0f}" if won else "none"
    verb = "were" if won > 1 else "was"
    return f"{format_quantity(lost, 'customer')} left and {gain} {verb} won or won back."


# the firm's belief


def count_readings(record: RunRecord) -> int:
    """Return the number of readings that reached the firm on scored days."""
    return int(np.isfinite(select_scored_days(record)["reading_age"]).sum())


def describe_no_belief(readings: int) -> str:
    """Return a sentence on a firm without any belief, given the number of its readings."""
    if not readings:
        return "No reading reached the firm, so it had no belief about satisfaction."
    noun = "reading" if readings == 1 else "readings"
    return f"{readings:,} {noun} reached the firm, but it formed no belief from them."


def _describe_belief(record: RunRecord, days: Mapping[str, Floats]) -> Iterator[str]:
    path, believed = days["satisfaction"], days["believed"]
    known = measures.belief_known(believed)
    if not known:
        yield describe_no_belief(count_readings(record))
    elif np.isfinite(measures.mean_belief_error(path, believed)):
        yield _describe_belief_error(path, believed)
        if known < 1:
            yield f"It had a belief on only {format_percent(known)} of days."


def _describe_belief_error(path: Floats, believed: Floats) -> str:
    error = format_level(measures.mean_belief_error(path, believed))
    if error == "0.00":
        return "The firm's belief was accurate: its mean absolute error was below 0.01."
    bias = measures.belief_bias(path, believed)
    size = format_level(abs(bias))
    if size == "0.00":
        return f"The firm's belief was unbiased; its mean absolute error was {error}."
    side = "high" if bias > 0 else "low"
    return (
        f"The firm's belief was {size} too {side} on average; its mean absolute error was {error}."
    )


def _describe_detection(
    days: Mapping[str, Floats], troubles: Sequence[Trouble], set_point: float, band: float
) -> Iterator[str]:
    """Yield sentences on the days on which the belief left the band with satisfaction."""
    path, believed = days["satisfaction"], days["believed"]
    false_alarms = measures.false_alarm(path, believed, set_point, band)
    delays = _notice_delays(path, believed, troubles, set_point, band)
    # With false alarms on most days, the belief is below the band whatever happens.
    if measures.belief_known(believed) and delays and not false_alarms > MAX_FALSE_ALARMS:
        yield _describe_delays(delays)
    if false_alarms > MIN_FALSE_ALARMS:
        yield describe_false_alarms(format_percent(false_alarms))
    false_beliefs = measures.green_while_red(path, believed, set_point, band)
    if false_beliefs > MIN_FALSE_ALARMS:
        yield describe_false_beliefs(format_percent(false_beliefs))


def _notice_delays(
    path: Floats, believed: Floats, troubles: Sequence[Trouble], set_point: float, band: float
) -> list[float]:
    """Return the delay of each trouble in which satisfaction left its band; nan if not noticed."""
    # Without a strike, satisfaction may leave its band all the same.
    periods = [(trouble.start, trouble.end) for trouble in troubles] or [(0, len(path))]
    return [
        measures.notice_delay(path, believed, set_point, band, start, end)
        for start, end in periods
        if measures.is_outside_band(path[start:end], set_point, band).any()
    ]


def _describe_delays(delays: Sequence[float]) -> str:
    detected = int(np.isfinite(delays).sum())
    if not detected:
        return "It never detected that satisfaction was outside its band."
    delay = describe_delay(measures.largest_known(delays))
    if len(delays) == 1:
        return f"It detected {delay} that satisfaction was outside its band."
    return (
        f"It detected {detected} of {len(delays)} times that satisfaction was outside its band, "
        f"at the latest {delay}."
    )


def describe_delay(days: float) -> str:
    """Return a delay in words: "after 7 days", "on the same day"."""
    return f"after {format_days(days)}" if round(days) else "on the same day"


def describe_false_beliefs(share: str) -> str:
    """Return a sentence on days with the belief inside and satisfaction outside the band."""
    return f"On {share} of days the firm believed satisfaction to be in its band while it was out."


def describe_false_alarms(share: str) -> str:
    """Return a sentence on days with the belief below and satisfaction inside the band."""
    return (
        f"On {share} of the days on which satisfaction was in its band, "
        "the firm believed it to be below."
    )


def _describe_verdicts(score: VerdictScore) -> Iterator[str]:
    """Yield sentences on faults found and on false verdicts; none without verdicts."""
    faults = score.hits + score.misses
    if faults > 0:
        yield _describe_hits(score, faults)
    if score.false_alarms > 0:
        number = format_quantity(score.false_alarms, "false verdict")
        yield f"It reached {number}: trouble called systemic in a department without a fault."


def _describe_hits(score: VerdictScore, faults: float) -> str:
    if not score.hits:
        return "The firm found none of the faults to be systemic."
    hits = f"{score.hits:,.0f} of {format_quantity(faults, 'fault')}"
    delay = format_days(score.delay)
    median = "a median of " if score.hits > 1 else ""
    return f"The firm found {hits} to be systemic, {median}{delay} after the strike."


# posts


def _describe_posts(positive_posts: Floats, negative_posts: Floats) -> str:
    positive, negative = measures.total(positive_posts), measures.total(negative_posts)
    posts = positive + negative
    if not posts > 0:
        return "There were no posts."
    if not positive or not negative:
        other = "negative" if positive else "positive"
        return f"People wrote {format_quantity(posts, 'post')}, none {other}."
    ratio = positive / negative
    if max(ratio, 1 / ratio) < _BALANCED:
        return "People wrote about as many positive posts as negative ones."
    if ratio >= 1:
        return f"People wrote {ratio:.1f} positive posts for each negative one."
    return f"People wrote {negative / positive:.1f} negative posts for each positive one."
