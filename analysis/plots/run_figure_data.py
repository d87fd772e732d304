"""Data of a run's figure as plain arrays; the figure draws them and computes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from equipoise.analysis.plots.label_layout import StrikeBar
from equipoise.analysis.plots.run_headline import format_headline, format_place, format_repetition
from equipoise.analysis.plots.run_strikes import build_strike_bars
from equipoise.analysis.plots.style import CAUSES
from equipoise.analysis.summary import complete_records, select_scored_days
from equipoise.analysis.text.formatting import readable_name, strategy_title
from equipoise.array_types import Floats
from equipoise.runner import Run

MIDDLE_80 = (0.1, 0.9)  # the quantiles that bound the middle 80 %
_MAX_BARS = 60  # beyond that bars are too narrow to read
_Columns = dict[str, Floats]  # of one world, by scored day


class Curve(NamedTuple):
    """A curve by day, with a lower and an upper bound."""

    middle: Floats
    low: Floats
    high: Floats


class Readings(NamedTuple):
    """Readings of the receptor, each (n,).

    Attributes:
        observed: days of observation.
        delivered: days of delivery.
        level: satisfaction as measured.
        error: its standard error.
    """

    observed: Floats
    delivered: Floats
    level: Floats
    error: Floats


class Bars(NamedTuple):
    """Sums over periods: their days, left edges and widths (n,), heights by name (n,)."""

    days: int
    left: Floats
    width: Floats
    heights: dict[str, Floats]

    def middle(self) -> Floats:
        """Return the middles of the periods; a day is centred on its number."""
        return self.left + (self.width - 1) / 2

    def without_short_end(self) -> Bars:
        """Return the bars without a last one of less than half a period, a misleading sliver."""
        long = self.width >= self.days / 2
        heights = {name: sums[long] for name, sums in self.heights.items()}
        return Bars(self.days, self.left[long], self.width[long], heights)


@dataclass(frozen=True)
class Scene:
    """Content of a run's figure; arrays are by scored day.

    Attributes:
        title: strategy and environment.
        headline: the outcome in one line.
        place: environment, length, people and seeds.
        repeat: lines on how to repeat the run.
        worlds: number of worlds.
        days: number of scored days.
        set_point, band: goal of the firm.
        truth: satisfaction with the middle 80 % of customers (one world) or of worlds (several).
        belief: satisfaction as believed by the firm, median of worlds.
        readings: readings of the receptor; none for several worlds.
        strikes: disturbances that all worlds share.
        efforts: effort by effector, mean of worlds.
        changes: change of mean satisfaction by cause, mean of worlds.
        posts: positive and negative posts, mean of worlds.
        cases: open complaints and questions, mean of worlds.
        cost: total cost of a world, mean of worlds.
    """

    title: str
    headline: str
    place: str
    repeat: tuple[str, ...]
    worlds: int
    days: int
    set_point: float
    band: float
    truth: Curve
    belief: Floats
    readings: Readings
    strikes: tuple[StrikeBar, ...]
    efforts: dict[str, Floats]
    changes: Bars
    posts: Bars
    cases: dict[str, Floats]
    cost: float

    def extent(self) -> tuple[float, float]:
        """Return the range of satisfaction that holds all curves and the band, with a margin."""
        read = self.readings
        band = np.array([self.set_point - self.band, self.set_point + self.band])
        errors = read.level - read.error, read.level + read.error
        return pad_range([*self.truth, self.belief, *errors, band], 0.01)


def pad_range(curves: Sequence[Floats], padding: float) -> tuple[float, float]:
    """Return the range of curves of satisfaction, with a margin of 5 % and ``padding``."""
    values = np.concatenate(curves)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    margin = 0.05 * (high - low) + padding
    return max(low - margin, -0.02), min(high + margin, 1.02)


def build_scene(run: Run) -> Scene:
    """Return the content of a run's figure: one world as it was, or the median of several."""
    settings = run.settings
    records = complete_records(run)
    worlds = [select_scored_days(record) for record in records]
    days = min((len(columns["day"]) for columns in worlds), default=0)
    if not days:
        worlds, records = [], ()
    bar_days = days_per_bar(days)
    causes = _mean_columns(worlds, "by_", CAUSES, days)
    posts = _mean_columns(worlds, "", ("positive", "negative"), days)
    efforts = _mean_columns(worlds, "effort_", settings.effector, days)
    readable_efforts = {readable_name(name): effort for name, effort in efforts.items()}
    cases = _mean_columns(worlds, "open_", ("complaints", "questions"), days)
    open_cases = {f"open {name}": values for name, values in cases.items()}
    return Scene(
        title=f"{strategy_title(settings)} – {readable_name(settings.environment.name)}",
        headline=format_headline(run),
        place=format_place(run),
        repeat=format_repetition(run),
        worlds=len(records),
        days=days,
        set_point=settings.firm.set_point,
        band=settings.firm.band,
        truth=_build_truth(worlds, days),
        belief=_quantile_over_worlds(worlds, "believed", 0.5, days),
        readings=_build_readings(worlds),
        strikes=build_strike_bars(records, days),
        efforts=readable_efforts,
        changes=sum_bars(causes, bar_days),
        posts=sum_bars(posts, bar_days),
        cases=open_cases,
        cost=_mean_cost(worlds),
    )


# over worlds


def _mean_columns(
    worlds: Sequence[_Columns], prefix: str, names: Iterable[str], days: int
) -> dict[str, Floats]:
    """Return the means of columns over worlds (days,), by name without the prefix."""
    if not worlds:
        return {name: np.zeros(days) for name in names}
    means = {}
    for name in names:
        paths = [columns[prefix + name][:days] for columns in worlds]
        means[name] = np.mean(paths, axis=0)
    return means


def _quantile_over_worlds(worlds: Sequence[_Columns], name: str, share: float, days: int) -> Floats:
    """Return a quantile of a column over the worlds with a value (days,)."""
    values = np.array([columns[name][:days] for columns in worlds])
    # Without a world the array has no days of its own.
    return daily_quantile(values.reshape(len(worlds), days), share)


def daily_quantile(values: Floats, share: float) -> Floats:
    """Return a quantile of (worlds, days) over the worlds with a value (days,).

    nan on days on which no world has a value.
    """
    quantiles = np.full(values.shape[1], np.nan)
    known = np.isfinite(values).any(axis=0)
    if known.any():
        quantiles[known] = np.nanquantile(values[:, known], share, axis=0)
    return quantiles


def _build_truth(worlds: Sequence[_Columns], days: int) -> Curve:
    middle = _quantile_over_worlds(worlds, "satisfaction", 0.5, days)
    if len(worlds) == 1:
        (columns,) = worlds
        return Curve(middle, columns["q10"], columns["q90"])
    low, high = (_quantile_over_worlds(worlds, "satisfaction", end, days) for end in MIDDLE_80)
    return Curve(middle, low, high)


def _build_readings(worlds: Sequence[_Columns]) -> Readings:
    """Return the readings of one world; none of several, which share no common curve."""
    if len(worlds) != 1:
        return Readings(*np.zeros((4, 0)))
    (columns,) = worlds
    day, value, age = columns["day"], columns["reading"], columns["reading_age"]
    error = np.nan_to_num(columns["reading_error"])
    known = np.isfinite(value) & np.isfinite(age)
    return Readings((day - age)[known], day[known], value[known], error[known])


def _mean_cost(worlds: Sequence[_Columns]) -> float:
    costs = [columns["cost"].sum() for columns in worlds]
    return float(np.mean(costs)) if costs else 0.0


# sums over periods


def per_period(days: int) -> str:
    """Return the unit of sums over so many days: "per week"."""
    if days == 1:
        return "per day"
    return "per week" if days == 7 else f"per {days // 7} weeks"


def days_per_bar(days: int) -> int:
    """Return the days of a bar: 1 in a run of two weeks, else the weeks that keep bars readable."""
    if days <= 14:
        return 1
    weeks = -(-days // (7 * _MAX_BARS))
    return 7 * weeks


def sum_bars(columns: dict[str, Floats], step: int) -> Bars:
    """Return the sums of columns over periods of ``step`` days; the last may be shorter."""
    days = len(next(iter(columns.values())))
    left = np.arange(0, days, step)
    width = np.minimum(left + step, days) - left
    sums = columns
    if days:
        sums = {name: np.add.reduceat(values, left) for name, values in columns.items()}
    return Bars(step, left.astype(float), width.astype(float), sums)
