"""The scorecard of a run: sentences on events, and a table of measures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np

from equipoise.analysis.measure_table import MEASURE_BY_NAME, MEASURES
from equipoise.analysis.summary import (
    METHOD,
    MeasureInterval,
    complete_records,
    select_scored_days,
    summarise_run,
)
from equipoise.analysis.text import narrative
from equipoise.analysis.text.formatting import (
    describe_worlds,
    format_level,
    format_mean,
    format_quantity,
    strategy_title,
)
from equipoise.analysis.text.strike_text import StrikeRecord, describe_strikes
from equipoise.run_record import RunRecord
from equipoise.runner import Run
from equipoise.settings.settings import Settings


class Row(NamedTuple):
    """A measure: name, value with unit, meaning, and the heading of its group."""

    measure: str
    value: str
    meaning: str
    group: str = ""


@dataclass(frozen=True)
class Scorecard:
    """The results of a run in words and numbers.

    Attributes:
        title: strategy, environment, days, people and seeds.
        sentences: what happened.
        rows: the measures that have a value, ordered by group.
        note: the method of the intervals; empty for a single world.
    """

    title: str
    sentences: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""

    def __str__(self) -> str:
        """Return the scorecard as plain text."""
        sentences = "\n".join(f"- {sentence}" for sentence in self.sentences)
        parts = [self.title, sentences, *self._tables(), self.note]
        return "\n\n".join(part for part in parts if part)

    def groups(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """Yield each heading with its rows."""
        for heading, rows in groupby(self.rows, key=lambda row: row.group):
            yield heading, tuple(rows)

    def _tables(self) -> Iterator[str]:
        name_width = max((len(row.measure) for row in self.rows), default=0)
        value_width = max((len(row.value) for row in self.rows), default=0)
        for heading, rows in self.groups():
            lines = [heading]
            for name, value, meaning, _ in rows:
                lines.append(f"  {name:<{name_width}}  {value:<{value_width}}  {meaning}")
            yield "\n".join(lines)


def scorecard(run: Run) -> Scorecard:
    """Return the scorecard of a run; of an interrupted one, of its finished worlds or days."""
    records = complete_records(run)
    values = summarise_run(run)
    has_intervals = len(records) > 1
    sentences = _describe_worlds(run, values) if has_intervals else _describe_only_world(run)
    return Scorecard(
        title=f"{strategy_title(run.settings)}: {describe_worlds(run.settings, records)}",
        sentences=(*_describe_interruption(run), *sentences),
        rows=tuple(_measure_rows(values, len(records))),
        note=f"{METHOD}." if has_intervals else "",
    )


def _measure_rows(values: dict[str, MeasureInterval], worlds: int) -> Iterator[Row]:
    for measure in MEASURES:
        value = values[measure.name]
        if value.worlds:
            name = measure.name.replace("_", " ")
            yield Row(
                name, format_mean(value, measure.unit, worlds), measure.meaning, measure.group
            )


def _describe_interruption(run: Run) -> Iterator[str]:
    if run.complete:
        return
    settings, records = run.settings, complete_records(run)
    days = len(select_scored_days(records[0])["day"]) if records else 0
    if settings.replicates > 1 and records and days == settings.horizon:
        worlds = format_quantity(settings.replicates, "world")
        yield f"The run was interrupted: the results cover {len(records)} of {worlds}."
    else:
        horizon = format_quantity(settings.horizon, "scored day")
        yield f"The run was interrupted: the results cover {days} of {horizon}."


def _describe_only_world(run: Run) -> tuple[str, ...]:
    records = complete_records(run)
    if not records or not len(select_scored_days(records[0])["day"]):
        return ("No day was scored, so there are no results.",)
    return tuple(narrative.describe_world(records[0], run.settings))


# several worlds


class _Worlds(NamedTuple):
    """The worlds of a run, and the mean of each measure over them."""

    settings: Settings
    records: tuple[RunRecord, ...]
    values: dict[str, MeasureInterval]

    def format(self, name: str) -> str:
        """Return the mean of a measure with its unit and interval."""
        return format_mean(self.values[name], MEASURE_BY_NAME[name].unit, len(self.records))


def _describe_worlds(run: Run, values: dict[str, MeasureInterval]) -> tuple[str, ...]:
    """Return sentences on the means over worlds."""
    worlds = _Worlds(run.settings, tuple(complete_records(run)), values)
    if not values["days"].mean:
        return (f"No day was scored in any of {len(worlds.records)} worlds.",)
    return tuple(sentence for describe in _PARTS for sentence in describe(worlds))


def _describe_number(worlds: _Worlds) -> Iterator[str]:
    yield (
        f"All values are means over {len(worlds.records)} worlds, "
        "with the 95 % confidence interval in parentheses."
    )


def _describe_disturbances(worlds: _Worlds) -> Iterator[str]:
    """Yield sentences on the strikes that all worlds share, and on the number of others."""
    records = worlds.records
    shared = _find_shared_strikes(records)
    others = [strike for record in records for strike in record.strikes if strike not in shared]
    mean_others = float(np.mean([len(record.strikes) for record in records])) - len(shared)
    if shared or not mean_others:
        yield from describe_strikes(records[0], shared)
    if mean_others > 0:
        are_faults = all(strike["kind"] == "fault" for strike in others)
        number = format_quantity(mean_others, "random fault" if are_faults else "random strike")
        yield f"In addition, each world had its own disturbances: {number} on average."


def _find_shared_strikes(records: tuple[RunRecord, ...]) -> list[StrikeRecord]:
    first, *others = records
    shared: list[StrikeRecord] = list(first.strikes)
    for record in others:
        shared = [strike for strike in shared if strike in record.strikes]
    return shared


def _describe_band(worlds: _Worlds) -> Iterator[str]:
    if not worlds.values["time_in_band"].worlds:  # without customers
        yield narrative.NO_CUSTOMERS
        return
    firm = worlds.settings.firm
    low, high = format_level(firm.set_point - firm.band), format_level(firm.set_point + firm.band)
    yield (
        f"Satisfaction was in its band ({low} to {high}) on {worlds.format('time_in_band')} "
        f"of days; its lowest level was {worlds.format('lowest')}."
    )


def _describe_recovery(worlds: _Worlds) -> Iterator[str]:
    """Yield a sentence on the number of worlds in which satisfaction settled, and the time."""
    values = worlds.values
    if not values["troubles"].mean > 0:
        return
    settling_time, known = values["settling_time"], values["unsettled"].worlds
    if not settling_time.worlds:
        yield f"Satisfaction settled after all strikes in none of {known} worlds."
        return
    longest = format_mean(settling_time, "days", settling_time.worlds)
    yield (
        f"Satisfaction settled after all strikes in {settling_time.worlds} of {known} worlds; "
        f"the longest settling time of a world was {longest} on average."
    )


def _describe_end(worlds: _Worlds) -> Iterator[str]:
    error = worlds.values["steady_state_error"]
    if error.worlds:
        period = narrative.final_period(worlds.settings.horizon)
        deviation = _format_deviation(error, "above", "below")
        set_point = format_level(worlds.settings.firm.set_point)
        yield f"{period} satisfaction was {deviation} the set-point of {set_point}."


def _format_deviation(value: MeasureInterval, positive: str, negative: str) -> str:
    """Return a deviation with its interval as a positive amount, and the word for its side."""
    if value.mean >= 0:
        return f"{format_mean(value, 'satisfaction', value.worlds)} {positive}"
    amount = MeasureInterval(-value.mean, -value.high, -value.low, value.worlds)
    return f"{format_mean(amount, 'satisfaction', value.worlds)} {negative}"


def _describe_money(worlds: _Worlds) -> Iterator[str]:
    revenue, cost = worlds.format("revenue"), worlds.format("cost")
    yield (
        f"Revenue was {revenue}; the policy cost {cost}: "
        f"an operating result of {worlds.format('net')}."
    )


def _describe_customers(worlds: _Worlds) -> Iterator[str]:
    lost, won = worlds.format("customers_lost"), worlds.format("customers_won")
    yield f"Customers lost: {lost}; won or won back: {won}."


def _describe_belief(worlds: _Worlds) -> Iterator[str]:
    values = worlds.values
    if not values["belief_known"].mean:
        readings = sum(narrative.count_readings(record) for record in worlds.records)
        yield narrative.describe_no_belief(readings)
    elif values["gap"].worlds:
        bias = _format_deviation(values["belief_bias"], "too high", "too low")
        yield (
            f"The mean absolute error of the firm's belief was {worlds.format('gap')}; "
            f"on average it was {bias}."
        )


def _describe_detection(worlds: _Worlds) -> Iterator[str]:
    values = worlds.values
    if not values["belief_known"].mean:
        return
    delay, false_alarms = values["notice_delay"], values["false_alarm"].mean
    if delay.worlds and not false_alarms > narrative.MAX_FALSE_ALARMS:
        latest = narrative.describe_delay(delay.mean)
        yield (
            f"In {delay.worlds} of {len(worlds.records)} worlds the firm detected that "
            f"satisfaction was outside its band, at the latest {latest} on average."
        )
    if false_alarms > narrative.MIN_FALSE_ALARMS:
        yield narrative.describe_false_alarms(worlds.format("false_alarm"))
    if values["green_while_red"].mean > narrative.MIN_FALSE_ALARMS:
        yield narrative.describe_false_beliefs(worlds.format("green_while_red"))


def _describe_posts(worlds: _Worlds) -> Iterator[str]:
    if worlds.values["positive_share"].worlds:
        yield f"Of all posts {worlds.format('positive_share')} were positive."


_PARTS: tuple[Callable[[_Worlds], Iterator[str]], ...] = (
    _describe_number,
    _describe_disturbances,
    _describe_band,
    _describe_recovery,
    _describe_end,
    _describe_money,
    _describe_customers,
    _describe_belief,
    _describe_detection,
    _describe_posts,
)
