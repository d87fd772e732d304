"""How the days of a strategy in an environment went, over worlds: what the figures of a study draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from equipoise.analysis import measures
from equipoise.analysis.plots.run_figure_data import CAUSES, MIDDLE, Curve, daily_quantile
from equipoise.array_types import Floats

WEEK = 7  # days
PERIODS = (1, WEEK, 4 * WEEK, 8 * WEEK, 16 * WEEK, 52 * WEEK)  # days over which movement is summed
MOST_PERIODS = 26
MOVED = tuple(f"by_{name}" for name in CAUSES)
TRAJECTORY_COLUMNS = ("satisfaction", "believed", *MOVED)


@dataclass(frozen=True)
class Trajectory:
    """The days of a strategy in an environment; what the study did not keep is None.

    Args:
        worlds: how many there are.
        set_point, band: the goal of the firm.
        strikes: scored days on which something struck all worlds.
        truth: satisfaction by day: the middle of the worlds, and the ends of their middle 80 %.
        believed: what the firm believed by day, the middle of the worlds; nan where it believed nothing in any.
        moved: change of mean satisfaction in each period, by cause, mean of worlds.
        period: days of such a period; the last may be shorter.
        off: belief minus truth by week, the middle of the worlds; above 0 = too high.
        gap: mean absolute error of the belief, mean of worlds; nan for a firm without a belief.
        fooled: share of the worlds, by week, whose dashboard was green while customers were red on most days of
            the week; nan throughout for a firm that believed nothing.
    """

    worlds: int
    set_point: float
    band: float
    strikes: tuple[int, ...] = ()
    truth: Curve | None = None
    believed: Floats | None = None
    off: Floats | None = None
    gap: float = measures.NAN
    moved: dict[str, Floats] | None = None
    period: int = 1
    fooled: Floats | None = None

    @property
    def days(self) -> int:
        """Return the number of scored days."""
        return 0 if self.truth is None else len(self.truth.middle)

    @property
    def fooled_weeks(self) -> float:
        """Return the weeks with a green dashboard and red customers in a world on average; nan without a belief."""
        return measures.total(self.fooled) if self.fooled is not None else measures.NAN

    def movers(self) -> dict[str, float]:
        """Return each cause's share of all movement: sum of its absolute changes by period / that of all causes.

        Source: the exact attribution of the census; concepts.md, which loop dominates when.
        """
        sums = {name: float(np.abs(values).sum()) for name, values in (self.moved or {}).items()}
        whole = sum(sums.values())
        return {name: value / whole if whole else 0.0 for name, value in sums.items()}

    def leaders(self) -> list[str]:
        """Return the cause that moved satisfaction most in each period, up or down."""
        names = list(self.moved or {})
        table = np.abs(np.array(list((self.moved or {}).values()), float))
        return [names[k] for k in table.argmax(axis=0)] if table.size else []

    def movement(self) -> Floats:
        """Return how much all causes together moved satisfaction in each period, up and down."""
        return np.asarray(np.abs(np.array(list((self.moved or {}).values()), float)).sum(axis=0))


def build_trajectory(
    days: Mapping[str, Floats], set_point: float, band: float, strikes: Iterable[int] = ()
) -> Trajectory:
    """Return the course of some worlds.

    Args:
        days: scored days of the columns that the study kept, each (worlds, days).
        set_point: the goal of the firm.
        band: how far from it satisfaction may be.
        strikes: scored days on which something struck.
    """
    worlds, length = next(iter(days.values())).shape if days else (0, 0)
    found = _paths(days, set_point, band)
    if days.keys() >= {*MOVED}:
        step = next((step for step in PERIODS if length <= MOST_PERIODS * step), PERIODS[-1])
        found |= {
            "moved": {name: _sums(days[f"by_{name}"], step).mean(axis=0) for name in CAUSES},
            "period": step,
        }
    return Trajectory(
        worlds=worlds,
        set_point=set_point,
        band=band,
        strikes=tuple(day for day in strikes if 0 <= day < length),
        **found,
    )


def _paths(days: Mapping[str, Floats], set_point: float, band: float) -> dict[str, Any]:
    if "satisfaction" not in days:
        return {}
    path = days["satisfaction"]
    if "believed" not in days:
        return {"truth": _truth(path)}
    believed = days["believed"]
    return {
        "truth": _truth(path),
        "believed": daily_quantile(believed, 0.5),
        "off": daily_quantile(_weekly_mean(believed - path), 0.5),
        "gap": measures.mean(
            np.array(
                [measures.mean_belief_error(*pair) for pair in zip(path, believed, strict=True)]
            )
        ),
        "fooled": misled_share(path, believed, set_point, band),
    }


def _truth(values: Floats) -> Curve:
    middle, low, high = (daily_quantile(values, share) for share in (0.5, *MIDDLE))
    return Curve(middle, low, high)


def _sums(values: Floats, step: int) -> Floats:
    """Return sums (worlds, periods) of (worlds, days) over periods of ``step`` days; the last may be shorter."""
    filled = np.nan_to_num(values)
    if not filled.shape[1]:
        return filled
    return np.asarray(np.add.reduceat(filled, np.arange(0, filled.shape[1], step), axis=1))


def _weekly_mean(values: Floats) -> Floats:
    """Return means (worlds, weeks) of (worlds, days) over the days with a value; nan for a week without."""
    known = _sums(np.isfinite(values).astype(float), WEEK)
    return np.divide(_sums(values, WEEK), known, out=np.full_like(known, np.nan), where=known > 0)


def misled_share(path: Floats, believed: Floats, set_point: float, band: float) -> Floats:
    """Return the share of worlds, by week, with a green dashboard and red customers on most of its days.

    Green: the firm believes satisfaction in its band; red: it is out. The last week may be a shorter one.
    nan for a firm that believes nothing on any day of any world.

    Source: concepts.md, S4-01: thinking that a strategy works does not mean that it does.
    """
    green = np.isfinite(believed) & ~measures.is_outside_band(believed, set_point, band)
    days = _sums((green & measures.is_outside_band(path, set_point, band)).astype(float), WEEK)
    long = _sums(np.ones_like(path[:1]), WEEK)
    weeks: Floats = (days > long / 2).mean(axis=0)
    return weeks if np.isfinite(believed).any() else np.full_like(weeks, np.nan)
