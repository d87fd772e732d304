"""What a run's figure shows, as plain arrays: the figure draws it and computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from equipoise.analysis.summary import complete_records, select_scored_days, summarise_run
from equipoise.analysis.text import narrative
from equipoise.analysis.text.formatting import (
    describe_worlds,
    format_level,
    format_percent,
    format_quantity,
    readable_name,
    strategy_title,
)
from equipoise.array_types import Floats
from equipoise.consumers.census import CENSUS_COLUMNS
from equipoise.firm.organisation.departments import NEGLIGIBLE_FAULT
from equipoise.run_record import RunRecord
from equipoise.runner import Run

CAUSES = next(column.members for column in CENSUS_COLUMNS if column.name == "by")
MOST_BARS = 60
MIDDLE = (0.1, 0.9)  # quantiles of worlds that make a band


class Curve(NamedTuple):
    """A curve by day, with a lower and an upper one round it."""

    middle: Floats
    low: Floats
    high: Floats


class Readings(NamedTuple):
    """What the receptor delivered: days of observation and of delivery, level, standard error; all (n,)."""

    observed: Floats
    delivered: Floats
    level: Floats
    error: Floats


class StrikeBar(NamedTuple):
    """Something that struck: its name, first scored day, and the day it was to end by itself, or was over.

    ``over`` is the day on which it was over, by itself or repaired (the last day if it never was).
    """

    name: str
    start: float
    end: float
    over: float


class Bars(NamedTuple):
    """Sums over stretches of ``days`` days: left edges and widths (n,), heights by name (n,)."""

    days: int
    left: Floats
    width: Floats
    height: dict[str, Floats]

    def middle(self) -> Floats:
        """Return the middles of the stretches, where a day reaches half a day to either side of its number."""
        return self.left + (self.width - 1) / 2


@dataclass(frozen=True)
class Scene:
    """All that is drawn of a run; arrays by scored day unless said otherwise.

    ``truth`` has the middle 80 % of customers round it in one world, of worlds in several. ``moved`` are changes
    of mean satisfaction by cause, ``posts`` the positive and negative ones.
    """

    title: str
    what: str
    where: str
    repeat: str
    worlds: int
    days: int
    burn_in: int
    set_point: float
    band: float
    truth: Curve
    believed: Floats
    readings: Readings
    blows: tuple[StrikeBar, ...]
    efforts: dict[str, Floats]
    moved: Bars
    posts: Bars
    cases: dict[str, Floats]
    cost: float

    def extent(self) -> tuple[float, float]:
        """Return the range of satisfaction that holds all curves and the band, with a margin."""
        read = self.readings
        ends = read.level - read.error, read.level + read.error
        values = np.concatenate(
            [
                *self.truth,
                self.believed,
                *ends,
                [self.set_point - self.band, self.set_point + self.band],
            ]
        )
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        margin = 0.05 * (high - low) + 0.01
        return max(low - margin, -0.02), min(high + margin, 1.02)


def build_scene(run: Run) -> Scene:
    """Return what a figure of a run shows: one world as it was, or the middle of several."""
    records = complete_records(run)
    of = [select_scored_days(record) for record in records]
    days = min((len(each["day"]) for each in of), default=0)
    if not days:
        of, records = [], ()
    step = days_per_bar(days)
    efforts = [f"effort_{name}" for name in run.settings.effector]
    by_cause = {name: mean_over(of, f"by_{name}", days) for name in CAUSES}
    by_sign = {name: mean_over(of, name, days) for name in ("positive", "negative")}
    return Scene(
        title=f"{strategy_title(run.settings)} – {readable_name(run.settings.environment.name)}",
        what=_what(run),
        where=_where(run),
        repeat=_repeat(run),
        worlds=len(records),
        days=days,
        burn_in=run.settings.burn_in,
        set_point=run.settings.firm.set_point,
        band=run.settings.firm.band,
        truth=_truth(of, days),
        believed=quantile_over(of, "believed", 0.5, days),
        readings=_readings(of),
        blows=_blows(records, days),
        efforts={
            readable_name(name.removeprefix("effort_")): mean_over(of, name, days)
            for name in efforts
        },
        moved=sum_bars(by_cause, step),
        posts=sum_bars(by_sign, step),
        cases={
            f"open {name}": mean_over(of, f"open_{name}", days)
            for name in ("complaints", "questions")
        },
        cost=float(np.mean([each["cost"].sum() for each in of])) if of else 0.0,
    )


# over worlds


def mean_over(of: Sequence[dict[str, Floats]], name: str, days: int) -> Floats:
    """Return the mean of a column over worlds, by day; days that all worlds have."""
    return np.mean([each[name][:days] for each in of], axis=0) if of else np.zeros(days)


def quantile_over(of: Sequence[dict[str, Floats]], name: str, share: float, days: int) -> Floats:
    """Return a quantile of a column over the worlds where it is known, by day; nan where it is known in none."""
    return daily_quantile(
        np.array([each[name][:days] for each in of]).reshape(len(of), days), share
    )


def daily_quantile(values: Floats, share: float) -> Floats:
    """Return a quantile of (worlds, days) over the worlds with a value, by day; nan where none has one."""
    out = np.full(values.shape[1], np.nan)
    known = np.isfinite(values).any(axis=0)
    if known.any():
        out[known] = np.nanquantile(values[:, known], share, axis=0)
    return out


def _truth(of: Sequence[dict[str, Floats]], days: int) -> Curve:
    middle = quantile_over(of, "satisfaction", 0.5, days)
    if len(of) == 1:
        return Curve(middle, of[0]["q10"], of[0]["q90"])
    low, high = (quantile_over(of, "satisfaction", share, days) for share in MIDDLE)
    return Curve(middle, low, high)


def _readings(of: Sequence[dict[str, Floats]]) -> Readings:
    """Return the readings of one world; of several none, because they belong to no common curve."""
    if len(of) != 1:
        return Readings(*np.zeros((4, 0)))
    day, value, error, age = (
        of[0][name] for name in ("day", "reading", "reading_error", "reading_age")
    )
    heard = np.isfinite(value) & np.isfinite(age)
    return Readings((day - age)[heard], day[heard], value[heard], np.nan_to_num(error[heard]))


# what struck


def _blows(records: Sequence[RunRecord], days: int) -> tuple[StrikeBar, ...]:
    """Return what struck every one of the worlds, in order of the days."""
    if not records:
        return ()
    shared = [
        each for each in records[0].strikes if all(each in record.strikes for record in records)
    ]
    out = []
    for each in shared:
        start = int(each["start"]) - records[0].burn_in
        if start < days:
            over = max(_over(record, each, days) for record in records)
            due = int(each["end"]) - records[0].burn_in if int(each["end"]) >= 0 else over
            name = narrative.strike_name(each).removeprefix("the ")
            out.append(
                StrikeBar(name, float(max(start, 0)), float(max(min(due, days), over)), float(over))
            )
    return tuple(sorted(out, key=lambda blow: (blow.start, blow.end)))


def _over(record: RunRecord, strike: narrative.StrikeRecord, days: int) -> int:
    """Return the scored day on which a strike was over: by itself, or, if it was a fault, repaired."""
    start, end = int(strike["start"]), int(strike["end"])
    last = min(end - record.burn_in, days) if end >= 0 else days
    if strike["kind"] != "fault":
        return last
    fault = record.log[f"fault_{strike['department']}"][start + 1 : record.burn_in + last]
    sound = np.flatnonzero(fault < NEGLIGIBLE_FAULT)
    return start + 1 + int(sound[0]) - record.burn_in if len(sound) else last


# bars


def per_period(days: int) -> str:
    """Return how bars of so many days are spoken of: "per week"."""
    return "per day" if days == 1 else "per week" if days == 7 else f"per {days // 7} weeks"


def days_per_bar(days: int) -> int:
    """Return how many days one bar spans: a day in a fortnight's run, else so many weeks that bars stay readable."""
    return 1 if days <= 14 else 7 * -(-days // (7 * MOST_BARS))


def sum_bars(columns: dict[str, Floats], step: int) -> Bars:
    """Return the sums of each column over stretches of ``step`` days; the last may be shorter."""
    days = len(next(iter(columns.values())))
    left = np.arange(0, days, step)
    width = np.minimum(left + step, days) - left
    sums = {
        name: np.add.reduceat(values, left) if days else values for name, values in columns.items()
    }
    return Bars(step, left.astype(float), width.astype(float), sums)


# words


def _what(run: Run) -> str:
    """Return the headline: how satisfaction fared."""
    values = summarise_run(run)
    share, last = values["time_in_band"], values["steady_state_error"].mean
    if not share.worlds:
        return "No day was scored" if not values["days"].mean > 0 else "Nobody was a customer"
    mean = " on average" if share.worlds > 1 else ""
    side = (
        "on"
        if format_level(last) == "0.00"
        else f"{format_level(abs(last))} {'above' if last > 0 else 'below'}"
    )
    end = (
        f", {side} the set-point at the end"
        if np.isfinite(last)
        else ", without customers at the end"
    )
    lowest = format_level(values["lowest"].mean)
    return (
        f"In its band on {format_percent(share.mean)} of days{mean}, {lowest} on its worst day{end}"
    )


def _where(run: Run) -> str:
    """Return environment, days, people and seeds, and what the figure has to keep back."""
    records = complete_records(run)
    shared = (
        [each for each in records[0].strikes if all(each in record.strikes for record in records)]
        if records
        else []
    )
    rest = (
        float(np.mean([len(record.strikes) for record in records])) - len(shared)
        if records
        else 0.0
    )
    chance = (
        f", {format_quantity(rest, 'strike')} by chance in a world on average (not drawn)"
        if rest
        else ""
    )
    return (
        describe_worlds(run.settings, records) + chance + ("" if run.complete else ", interrupted")
    )


def _repeat(run: Run) -> str:
    made = ", ".join(
        f"{name} {run.versions[name]}"
        for name in ("equipoise", "python", "numpy")
        if name in run.versions
    )
    hidden = f"The burn-in of {format_quantity(run.settings.burn_in, 'day')} is not shown."
    return f"To repeat: equipoise run --from FOLDER, the folder this figure came in. Made by {made}. {hidden}"
