"""The scorecard of a run: what happened, in sentences and numbers that a manager understands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np

from equipoise.analysis.measure_table import MEASURES
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
    format_days,
    format_level,
    format_mean,
    format_quantity,
    format_rounded,
    strategy_title,
)
from equipoise.runner import Run


class Row(NamedTuple):
    """One line of numbers: what is measured, its value with unit, what it means, the heading it stands under."""

    measure: str
    value: str
    meaning: str
    group: str = ""


@dataclass(frozen=True)
class Scorecard:
    """What a run came to: title, sentences in plain words, rows of measures, how intervals were made ("" = none).

    There are rows for the measures that have a value, those under one heading next to each other.
    """

    title: str
    sentences: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""

    def __str__(self) -> str:
        """Return the scorecard as plain text."""
        wide = max((len(row.measure) for row in self.rows), default=0)
        wider = max((len(row.value) for row in self.rows), default=0)
        tables = (
            [
                heading,
                *(f"  {row.measure:<{wide}}  {row.value:<{wider}}  {row.meaning}" for row in rows),
            ]
            for heading, rows in self.groups()
        )
        told = "\n".join(f"- {each}" for each in self.sentences)
        parts = [self.title, told, *("\n".join(table) for table in tables), self.note]
        return "\n\n".join(part for part in parts if part)

    def groups(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """Yield each heading with its rows."""
        for heading, rows in groupby(self.rows, key=lambda row: row.group):
            yield heading, tuple(rows)


def scorecard(run: Run) -> Scorecard:
    """Return the scorecard of a run; of an interrupted one, of what was finished."""
    records = complete_records(run)
    values = summarise_run(run)
    said = _several(run, values) if len(records) > 1 else _one(run)
    title = f"{strategy_title(run.settings)}: {describe_worlds(run.settings, records)}"
    rows = tuple(
        Row(
            each.name.replace("_", " "),
            format_mean(values[each.name], each.unit, len(records)),
            each.meaning,
            each.group,
        )
        for each in MEASURES
        if values[each.name].worlds
    )
    return Scorecard(
        title, (*_interruption(run), *said), rows, METHOD + "." if len(records) > 1 else ""
    )


def _interruption(run: Run) -> Iterator[str]:
    if run.complete:
        return
    settings, records = run.settings, complete_records(run)
    days = len(select_scored_days(records[0])["day"]) if records else 0
    if settings.replicates > 1 and records and days == settings.horizon:
        yield (
            f"The run was interrupted: {len(records)} of {format_quantity(settings.replicates, 'world')} "
            f"{'was' if len(records) == 1 else 'were'} finished, and only finished ones count here."
        )
    else:
        yield (
            f"The run was interrupted after {days} of {format_quantity(settings.horizon, 'scored day')}: "
            "what follows is about those."
        )


def _one(run: Run) -> tuple[str, ...]:
    """Return the story of one world."""
    records = complete_records(run)
    if not records or not len(select_scored_days(records[0])["day"]):
        return ("No day was scored, so there is nothing to judge.",)
    return tuple(narrative.describe_world(records[0], run.settings))


def _several(run: Run, values: dict[str, MeasureInterval]) -> tuple[str, ...]:
    """Return what several worlds have in common, as means with intervals."""
    if not values["days"].mean:
        return (
            f"No day was scored in any of {len(complete_records(run))} worlds, so there is nothing to judge.",
        )
    parts = (_worlds, _struck, _band, _recovered, _ended, _money, _customers, _belief, _voice)
    return tuple(sentence for part in parts for sentence in part(run, values, _teller(run, values)))


Teller = Callable[[str], str]


def _teller(run: Run, values: dict[str, MeasureInterval]) -> Teller:
    units = {each.name: each.unit for each in MEASURES}
    return lambda name: format_mean(values[name], units[name], len(complete_records(run)))


def _worlds(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    yield f"These are means over {len(complete_records(run))} worlds, with the 95 % interval of the mean in brackets."


def _struck(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    """Tell what struck every world, and how often chance struck beside it."""
    records = complete_records(run)
    shared = [
        strike for strike in records[0].strikes if all(strike in each.strikes for each in records)
    ]
    rest = np.mean([len(each.strikes) for each in records]) - len(shared)
    faults = all(
        strike["kind"] == "fault"
        for each in records
        for strike in each.strikes
        if strike not in shared
    )
    if shared or not rest:
        yield from narrative.describe_strikes(records[0], shared)
    if rest > 0:
        what = format_quantity(float(rest), "fault" if faults else "strike")
        yield f"By chance, {what} hit a world on average, each world's own."


def _band(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    firm = run.settings.firm
    if not values["time_in_band"].worlds:
        yield narrative.NO_CUSTOMERS
        return
    yield (
        f"Satisfaction was in its band ({format_level(firm.set_point - firm.band)} to {format_level(firm.set_point + firm.band)}) "
        f"on {say('time_in_band')} of days; on its worst day it stood at {say('lowest')}."
    )


def _recovered(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    """Tell in how many worlds all trouble was overcome, and how fast."""
    settling, known = values["settling_time"], values["unsettled"].worlds
    if not values["troubles"].mean > 0:
        return
    if settling.worlds:
        slowest = f"the slowest in {format_mean(settling, 'days', settling.worlds)} on average"
        yield f"All that struck was overcome in {settling.worlds} of {known} worlds, {slowest}."
    else:
        yield f"In none of {known} worlds was all that struck overcome."


def _ended(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    error = values["steady_state_error"]
    if error.worlds:
        goal = f"the set-point of {format_level(run.settings.firm.set_point)}"
        where = f"{_signed(error, 'above', 'below')} {goal}"
        yield f"{narrative.final_period(run.settings.horizon)} satisfaction was {where}."


def _signed(value: MeasureInterval, positive: str, negative: str) -> str:
    """Return a difference with its interval as a positive amount and the word for its side."""
    if value.mean >= 0:
        return f"{format_mean(value, 'satisfaction', value.worlds)} {positive}"
    turned = MeasureInterval(-value.mean, -value.high, -value.low, value.worlds)
    return f"{format_mean(turned, 'satisfaction', value.worlds)} {negative}"


def _money(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    cost, revenue, net = (format_rounded(values[name].mean) for name in ("cost", "revenue", "net"))
    low, high = format_rounded(values["net"].low), format_rounded(values["net"].high)
    yield f"Effort cost {cost} and uses earned {revenue}: net {net} ({low} to {high}), in the model's money."


def _customers(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    yield f"Customers lost: {say('customers_lost')}; won or won back: {say('customers_won')}."


def _belief(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    if not values["belief_known"].mean:
        yield narrative.describe_no_belief(
            sum(narrative.count_readings(record) for record in complete_records(run))
        )
        return
    if values["gap"].worlds:
        yield (
            f"The mean absolute error of the firm's belief was {say('gap')}; "
            f"on average it was {_signed(values['belief_bias'], 'too high', 'too low')}."
        )
    wrong = values["false_alarm"].mean
    if not wrong > narrative.MAX_FALSE_ALARMS:
        yield from _noticed(values["notice_delay"], len(complete_records(run)))
    if wrong > narrative.MIN_FALSE_ALARMS:
        yield narrative.describe_false_alarms(say("false_alarm"))
    if values["green_while_red"].mean > narrative.MIN_FALSE_ALARMS:
        yield narrative.describe_false_beliefs(say("green_while_red"))


def _noticed(delay: MeasureInterval, worlds: int) -> Iterator[str]:
    if delay.worlds:
        late = f"{format_days(delay.mean)} after" if round(delay.mean) else "on the very day"
        yield (
            f"In {delay.worlds} of {worlds} worlds it came to know that satisfaction was out of its band, "
            f"at the latest {late} on average."
        )


def _voice(run: Run, values: dict[str, MeasureInterval], say: Teller) -> Iterator[str]:
    if values["positive_share"].worlds:
        yield f"Of all posts {say('positive_share')} were positive."
