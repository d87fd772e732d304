"""Where something holds, as boxes of settings: the only door to ema_workbench, and to pandas, which it takes.

Its interface changed between 2.5 (Python 3.11) and 3.0 (3.12 and later); what is used here is in both.
"""

from __future__ import annotations

import importlib.util
import inspect
import math
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.errors import EquipoiseError

LEAST = 0.02  # share of the points that a box holds at the least
WORTH = 0.01  # of its score, that a limit must be worth to be told
PEELED = (0.05, 0.15, 0.4)  # shares of the points that are taken away at a time
MOST, TENTH, DENSE = (
    2,
    0.1,
    0.7,
)  # boxes told; what a further one must hold at the least, and how purely
_MISSING_EXTRA = "PRIM needs its extra: pip install 'equipoise[search]'."


class Limit(NamedTuple):
    """How far one setting may go; infinite where it has no limit on that side."""

    low: float
    high: float


class Box(NamedTuple):
    """A box of settings.

    Args:
        limits: by setting; only those that are limited.
        coverage: the share of the points that hold which are in the box.
        density: the share of the points in the box that hold.
    """

    limits: dict[str, Limit]
    coverage: float
    density: float

    @property
    def score(self) -> float:
        """Return the harmonic mean of coverage and density, the latter counting twice as much (F of 0.5)."""
        both = self.coverage + self.density / 4
        return 1.25 * self.coverage * self.density / both if both else 0.0


def find_prim_boxes(settings: Mapping[str, Floats], holds: Flags) -> tuple[Box, ...]:
    """Return the boxes that say best where something holds, the best first; none where it holds nowhere.

    PRIM peels patiently, and so may lose its way where there are several regions. It is therefore run with several
    patiences, over all settings and over each alone. Of each way the box with the best ``score`` is taken, and its
    limits moved to where they are best, for PRIM moves them by whole slices. Of these the best is taken, without
    limits that are worth less than a hundredth of its score. A second box is of the points that are left, if it has
    a tenth of those that hold, and is mostly of these. Where it holds everywhere, one box has no limits.

    Args:
        settings: the values of each setting at every point, spread evenly over what is asked about.
        holds: whether it holds there.

    Raises:
        EquipoiseError: when ema_workbench is not installed.

    Source: Friedman & Fisher 1999 (PRIM, covering); Bryant & Lempert 2010 (coverage and density); Kwakkel 2017 (the
    library).
    """
    require_prim()
    found: list[Box] = [measure_box({}, settings, holds)] if holds.all() else []
    left = np.full(len(holds), not holds.all())
    while len(found) < MOST and holds[left].any():
        part, there = {name: values[left] for name, values in settings.items()}, holds[left]
        best = _drop_minor_limits(
            max(_candidates(part, there), key=lambda each: each.score), part, there
        )
        inside = _inside(best.limits, settings)
        if found and ((inside & left & holds).sum() < TENTH * holds.sum() or best.density < DENSE):
            break
        if not best.limits:
            break
        found.append(measure_box(best.limits, settings, holds))
        left &= ~inside
    return tuple(sorted(found, key=lambda each: -each.score))


def require_prim() -> None:
    """Make sure that PRIM can be had, before much is run for it.

    Raises:
        EquipoiseError: when ema_workbench is not installed.
    """
    if importlib.util.find_spec("ema_workbench") is None:
        raise EquipoiseError(_MISSING_EXTRA)


def measure_box(limits: dict[str, Limit], settings: Mapping[str, Floats], holds: Flags) -> Box:
    """Return a box with its coverage and density."""
    inside = _inside(limits, settings)
    both, of, within = (inside & holds).sum(), holds.sum(), inside.sum()
    return Box(limits, float(both / of) if of else 0.0, float(both / within) if within else 0.0)


def _inside(limits: Mapping[str, Limit], settings: Mapping[str, Floats]) -> Flags:
    inside = np.ones(len(next(iter(settings.values()))), bool)
    for name, limit in limits.items():
        inside &= (settings[name] >= limit.low) & (settings[name] <= limit.high)
    return inside


def _candidates(settings: Mapping[str, Floats], holds: Flags) -> list[Box]:
    """Return the best box on each of PRIM's ways, its limits moved to where they are best."""
    ways = [settings, *({name: values} for name, values in settings.items() if len(settings) > 1)]
    found = []
    for way in ways:
        for peeled in PEELED:
            boxes = (
                measure_box(limits, settings, holds) for limits in _trajectory(way, holds, peeled)
            )
            found.append(_adjust_limits(max(boxes, key=lambda each: each.score), settings, holds))
    return found


def _adjust_limits(found: Box, settings: Mapping[str, Floats], holds: Flags) -> Box:
    """Return a box with each of its limits, in turn, halfway between two values, where the score is best."""
    for name in found.limits:
        values = np.unique(settings[name])
        for side, end in found.limits[name]._asdict().items():
            if math.isfinite(end):
                tried = [
                    {**found.limits, name: found.limits[name]._replace(**{side: float(place)})}
                    for place in (values[1:] + values[:-1]) / 2
                ]
                found = max(
                    (found, *(measure_box(limits, settings, holds) for limits in tried)),
                    key=lambda each: each.score,
                )
    return found


def _trajectory(
    settings: Mapping[str, Floats], holds: Flags, peeled: float
) -> list[dict[str, Limit]]:
    """Return the limits of each box on one way: peeling, then pasting."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of extras of its own that it does not find
        import pandas as pd
        from ema_workbench.analysis.prim import Prim

        frame = pd.DataFrame({name: np.asarray(values, float) for name, values in settings.items()})
        options: dict[str, Any] = {"mass_min": LEAST, "peel_alpha": peeled}
        if "threshold" in inspect.signature(Prim).parameters:
            options["threshold"] = (
                0.0  # asked for by 2.5, which looks at it nowhere on the way to one box
            )
        found = Prim(frame, holds.astype(int), **options).find_box()
        return [_limits(lims, frame) for lims in found.box_lims]


def _limits(lims: Any, frame: Any) -> dict[str, Limit]:
    """Return the limits of a box that leave out some point; ends of the data are none."""
    out = {}
    for name in frame.columns:
        low, high = (float(end) for end in lims[name])
        limit = Limit(
            low if low > frame[name].min() else -math.inf,
            high if high < frame[name].max() else math.inf,
        )
        if math.isfinite(limit.low) or math.isfinite(limit.high):
            out[str(name)] = limit
    return out


def _drop_minor_limits(found: Box, settings: Mapping[str, Floats], holds: Flags) -> Box:
    """Return a box without the limits that hardly matter."""
    while True:
        fewer = [measure_box(limits, settings, holds) for limits in _remove_each_end(found.limits)]
        best = max(fewer, key=lambda each: each.score, default=None)
        if best is None or best.score < found.score - WORTH:
            return found
        found = best


def _remove_each_end(limits: dict[str, Limit]) -> list[dict[str, Limit]]:
    """Return the limits without one of their ends, each in turn."""
    out = []
    for name, limit in limits.items():
        for fewer in (Limit(-math.inf, limit.high), Limit(limit.low, math.inf)):
            if fewer != limit:
                rest = {other: value for other, value in limits.items() if other != name}
                open_now = math.isinf(fewer.low) and math.isinf(fewer.high)
                out.append(rest if open_now else {**rest, name: fewer})
    return out
