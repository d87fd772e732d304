"""Trajectories of a strategy in an environment, summarised over worlds, for a study's figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from equipoise.analysis import measures
from equipoise.analysis.plots.run_figure_data import MIDDLE_80, Curve, daily_quantile
from equipoise.analysis.plots.style import CAUSES
from equipoise.array_types import Floats

WEEK = 7  # days
_CAUSE_COLUMNS = tuple(f"by_{name}" for name in CAUSES)
TRAJECTORY_COLUMNS = ("satisfaction", "believed", *_CAUSE_COLUMNS)
# Changes are summed over the first of these periods (days) that gives at most so many periods.
_PERIODS = (1, WEEK, 4 * WEEK, 8 * WEEK, 16 * WEEK, 52 * WEEK)
_MAX_PERIODS = 26


@dataclass(frozen=True)
class Trajectory:
    """The days of a strategy in an environment; None stands for data that the study did not keep.

    Attributes:
        worlds: number of worlds.
        days: number of scored days.
        set_point, band: goal of the firm.
        strikes: scored days on which a disturbance starts in all worlds.
        truth: satisfaction by day: median of worlds and their middle 80 %.
        belief: satisfaction believed by the firm, by day, median of worlds; nan without a belief.
        belief_error: belief minus truth by week, median of worlds; positive = too high.
        mean_belief_error: mean absolute error of the belief, mean of worlds; nan without a belief.
        misled: share of worlds by week that are misled (see `weekly_misled_share`).
        changes: change of mean satisfaction in each period by cause, mean of worlds.
        period: days of a period; the last may be shorter.
    """

    worlds: int
    days: int
    set_point: float
    band: float
    strikes: tuple[int, ...] = ()
    truth: Curve | None = None
    belief: Floats | None = None
    belief_error: Floats | None = None
    mean_belief_error: float = measures.NAN
    misled: Floats | None = None
    changes: dict[str, Floats] | None = None
    period: int = 1

    @property
    def number_of_misled_weeks(self) -> float:
        """Number of misled weeks, mean of worlds; nan without a belief."""
        if self.misled is None:
            return measures.NAN
        return measures.total(self.misled)

    def cause_shares(self) -> dict[str, float]:
        """Return the share of each cause: sum of its absolute changes by period / that of all.

        Source: the exact attribution of the census; concepts.md, which loop dominates when.
        """
        changes = self.changes or {}
        sums = {name: float(np.abs(values).sum()) for name, values in changes.items()}
        total = sum(sums.values())
        if not total:
            return dict.fromkeys(sums, 0.0)
        return {name: value / total for name, value in sums.items()}

    def leading_causes(self) -> list[str]:
        """Return the cause with the largest absolute change in each period."""
        names = list(self.changes or {})
        changes = self._absolute_changes()
        if not changes.size:
            return []
        return [names[k] for k in changes.argmax(axis=0)]

    def total_change(self) -> Floats:
        """Return the sum of the absolute changes of all causes in each period."""
        return np.asarray(self._absolute_changes().sum(axis=0))

    def _absolute_changes(self) -> Floats:
        """Return absolute changes (causes, periods)."""
        changes = list((self.changes or {}).values())
        return np.asarray(np.abs(np.array(changes, float)))


def build_trajectory(
    days: Mapping[str, Floats], set_point: float, band: float, strikes: Iterable[int] = ()
) -> Trajectory:
    """Return the trajectory of some worlds.

    Args:
        days: scored days of the columns that the study kept, each (worlds, days).
        set_point: goal of the firm.
        band: largest distance from it that is in band.
        strikes: scored days on which a disturbance starts.
    """
    worlds, length = next(iter(days.values())).shape if days else (0, 0)
    return Trajectory(
        worlds=worlds,
        days=length,
        set_point=set_point,
        band=band,
        strikes=tuple(day for day in strikes if 0 <= day < length),
        **_summarise_satisfaction(days),
        **_summarise_belief(days, set_point, band),
        **_summarise_causes(days, length),
    )


def _summarise_satisfaction(days: Mapping[str, Floats]) -> dict[str, Any]:
    if "satisfaction" not in days:
        return {}
    middle, low, high = (daily_quantile(days["satisfaction"], q) for q in (0.5, *MIDDLE_80))
    return {"truth": Curve(middle, low, high)}


def _summarise_belief(days: Mapping[str, Floats], set_point: float, band: float) -> dict[str, Any]:
    if not days.keys() >= {"satisfaction", "believed"}:
        return {}
    path, belief = days["satisfaction"], days["believed"]
    errors = [measures.mean_belief_error(*pair) for pair in zip(path, belief, strict=True)]
    return {
        "belief": daily_quantile(belief, 0.5),
        "belief_error": daily_quantile(_weekly_mean(belief - path), 0.5),
        "mean_belief_error": measures.mean(np.array(errors)),
        "misled": weekly_misled_share(path, belief, set_point, band),
    }


def _summarise_causes(days: Mapping[str, Floats], length: int) -> dict[str, Any]:
    if not days.keys() >= {*_CAUSE_COLUMNS}:
        return {}
    fitting = (period for period in _PERIODS if length <= _MAX_PERIODS * period)
    period = next(fitting, _PERIODS[-1])
    changes = {}
    for name in CAUSES:
        changes[name] = _sum_periods(days[f"by_{name}"], period).mean(axis=0)
    return {"changes": changes, "period": period}


def _sum_periods(values: Floats, period: int) -> Floats:
    """Return sums (worlds, periods) of (worlds, days); the last period may be shorter."""
    known = np.nan_to_num(values)
    length = known.shape[1]
    if not length:
        return known
    return np.asarray(np.add.reduceat(known, np.arange(0, length, period), axis=1))


def _weekly_mean(values: Floats) -> Floats:
    """Return means (worlds, weeks) of (worlds, days) over days with a value, else nan."""
    known = _sum_periods(np.isfinite(values).astype(float), WEEK)
    unknown = np.full_like(known, np.nan)
    return np.divide(_sum_periods(values, WEEK), known, out=unknown, where=known > 0)


def weekly_misled_share(path: Floats, belief: Floats, set_point: float, band: float) -> Floats:
    """Return the share of worlds, by week, that are misled on most days of the week.

    A firm is misled on a day if it believes satisfaction in its band while it is outside (green
    dashboard, red customers). The last week may be shorter. nan if the firm has no belief on any
    day of any world.

    Source: concepts.md, S4-01: thinking that a strategy works does not mean that it does.
    """
    is_green = np.isfinite(belief) & ~measures.is_outside_band(belief, set_point, band)
    is_red = measures.is_outside_band(path, set_point, band)
    misled_days = _sum_periods((is_green & is_red).astype(float), WEEK)
    week_lengths = _sum_periods(np.ones_like(path[:1]), WEEK)
    shares: Floats = (misled_days > week_lengths / 2).mean(axis=0)
    return shares if np.isfinite(belief).any() else np.full_like(shares, np.nan)
