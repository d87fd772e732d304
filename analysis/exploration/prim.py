"""Regions as boxes of settings, by PRIM. The only module that imports ema_workbench and pandas.

The interface of ema_workbench changed between 2.5 (Python 3.11) and 3.0 (3.12 and later); this
module uses what both offer.
"""

from __future__ import annotations

import importlib.util
import inspect
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from equipoise.array_types import Flags, Floats
from equipoise.errors import EquipoiseError

_MIN_BOX_SHARE = 0.02  # of all points in a box: PRIM stops peeling below it
_MIN_LIMIT_WORTH = 0.01  # of score: a limit that is worth less is noise to a reader
_PEELED_SHARES = (0.05, 0.15, 0.4)  # of the points per step: from patient to impatient
_MAX_BOXES = 2
_MIN_FURTHER_COVERAGE = 0.1  # of a second box, which costs the reader a second rule
_MIN_FURTHER_DENSITY = 0.7
_MISSING_EXTRA = "PRIM needs its extra: pip install 'equipoise[search]'."


class Limit(NamedTuple):
    """The range of one setting in a box; an end without a limit is infinite."""

    low: float
    high: float


_NO_LIMIT = Limit(-math.inf, math.inf)


class Box(NamedTuple):
    """A box of settings.

    Args:
        limits: by setting; only those that are limited.
        coverage: share of the points that hold which are in the box.
        density: share of the points in the box that hold.
    """

    limits: dict[str, Limit]
    coverage: float
    density: float

    @property
    def score(self) -> float:
        """Return the F measure of coverage and density with beta = 0.5.

        It is their harmonic mean with twice the weight on density.
        """
        weighted = self.coverage + self.density / 4
        return 1.25 * self.coverage * self.density / weighted if weighted else 0.0


def find_prim_boxes(settings: Mapping[str, Floats], holds: Flags) -> tuple[Box, ...]:
    """Return the boxes that describe best where something holds, the best first.

    PRIM peels greedily and may miss regions when there are several. It is therefore run with
    several peeling shares, over all settings and over each alone. Of each run the box with the best
    ``score`` is taken and its limits moved to where they are best, for PRIM moves them by whole
    slices. Of these the best is taken, without limits that are worth less than a hundredth of its
    score. A second box describes the remaining points, if it covers a tenth of those that hold and
    is dense. There is no box where it holds nowhere, and one without limits where it holds
    everywhere.

    Args:
        settings: the values of each setting at every point, spread evenly over their ranges.
        holds: True at the points where it holds.

    Raises:
        EquipoiseError: when ema_workbench is not installed.

    Source: Friedman & Fisher 1999 (PRIM, covering); Bryant & Lempert 2010 (coverage and density);
    Kwakkel 2017 (the library).
    """
    require_prim()
    if holds.all():
        return (measure_box({}, settings, holds),)
    boxes: list[Box] = []
    remaining = np.full(len(holds), True)
    while len(boxes) < _MAX_BOXES and holds[remaining].any():
        limits = _find_best_box(settings, holds, remaining, is_further=bool(boxes))
        if not limits:
            break
        boxes.append(measure_box(limits, settings, holds))
        remaining &= ~_contains(limits, settings)
    return tuple(sorted(boxes, key=_negative_score))


def _find_best_box(
    settings: Mapping[str, Floats], holds: Flags, remaining: Flags, *, is_further: bool
) -> dict[str, Limit]:
    """Return the limits of the best box of the remaining points; none if it is not worth adding."""
    part = {name: values[remaining] for name, values in settings.items()}
    part_holds = holds[remaining]
    best = _best_box(_candidate_boxes(part, part_holds))
    best = _drop_minor_limits(best, part, part_holds)
    if is_further:
        gained = (_contains(best.limits, part) & part_holds).sum()
        is_small = gained < _MIN_FURTHER_COVERAGE * holds.sum()
        if is_small or best.density < _MIN_FURTHER_DENSITY:
            return {}
    return best.limits


def require_prim() -> None:
    """Check that PRIM is installed, before runs are spent on its input.

    Raises:
        EquipoiseError: when ema_workbench is not installed.
    """
    if importlib.util.find_spec("ema_workbench") is None:
        raise EquipoiseError(_MISSING_EXTRA)


def measure_box(limits: dict[str, Limit], settings: Mapping[str, Floats], holds: Flags) -> Box:
    """Return a box with its coverage and density; a share of no points is 0."""
    inside = _contains(limits, settings)
    hits = (inside & holds).sum()
    coverage = _safe_share(hits, holds.sum())
    density = _safe_share(hits, inside.sum())
    return Box(limits, coverage, density)


def _safe_share(part: np.integer[Any], whole: np.integer[Any]) -> float:
    return float(part / whole) if whole else 0.0


def _contains(limits: Mapping[str, Limit], settings: Mapping[str, Floats]) -> Flags:
    """Return flags of the points inside limits, (points,)."""
    first_column = next(iter(settings.values()))
    inside = np.ones(len(first_column), bool)
    for name, limit in limits.items():
        values = settings[name]
        inside &= (values >= limit.low) & (values <= limit.high)
    return inside


def _negative_score(box: Box) -> float:
    return -box.score


def _best_box(boxes: Iterable[Box]) -> Box:
    """Return the box of the highest score, the first of equals."""
    return min(boxes, key=_negative_score)


def _candidate_boxes(settings: Mapping[str, Floats], holds: Flags) -> list[Box]:
    """Return the best box of each run of PRIM, its limits moved to where they are best."""
    views = [settings]
    if len(settings) > 1:
        views += [{name: values} for name, values in settings.items()]
    candidates = []
    for view in views:
        for peeled in _PEELED_SHARES:
            trajectory = _peel(view, holds, peeled)
            best = _best_box(measure_box(limits, settings, holds) for limits in trajectory)
            candidates.append(_adjust_limits(best, settings, holds))
    return candidates


def _adjust_limits(box: Box, settings: Mapping[str, Floats], holds: Flags) -> Box:
    """Return a box whose finite limits are moved, in turn, to where the score is best."""
    for name in box.limits:
        values = np.unique(settings[name])
        midpoints = (values[1:] + values[:-1]) / 2
        ends = box.limits[name]._asdict()
        finite_sides = [side for side, end in ends.items() if math.isfinite(end)]
        for side in finite_sides:
            moved = [_move_limit(box.limits, name, side, float(place)) for place in midpoints]
            tried = [measure_box(limits, settings, holds) for limits in moved]
            box = _best_box([box, *tried])
    return box


def _move_limit(
    limits: Mapping[str, Limit], name: str, side: str, place: float
) -> dict[str, Limit]:
    return {**limits, name: limits[name]._replace(**{side: place})}


def _peel(settings: Mapping[str, Floats], holds: Flags, peeled: float) -> list[dict[str, Limit]]:
    """Return the limits of each box of one run of PRIM: peeling, then pasting."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ema_workbench warns of its own missing extras
        import pandas as pd
        from ema_workbench.analysis.prim import Prim

        columns = {name: np.asarray(values, float) for name, values in settings.items()}
        frame = pd.DataFrame(columns)
        options: dict[str, Any] = {"mass_min": _MIN_BOX_SHARE, "peel_alpha": peeled}
        # 2.5 requires a threshold, but does not read it in a search for one box.
        if "threshold" in inspect.signature(Prim).parameters:
            options["threshold"] = 0.0
        result = Prim(frame, holds.astype(int), **options).find_box()
        return [_read_limits(box_limits, frame) for box_limits in result.box_lims]


def _read_limits(box_limits: Any, frame: Any) -> dict[str, Limit]:
    """Return the limits of a box that exclude some point; the ends of the data are no limits."""
    limits = {}
    for name in frame.columns:
        low, high = (float(end) for end in box_limits[name])
        column = frame[name]
        lower_end = low if low > column.min() else -math.inf
        upper_end = high if high < column.max() else math.inf
        limit = Limit(lower_end, upper_end)
        if limit != _NO_LIMIT:
            limits[str(name)] = limit
    return limits


def _drop_minor_limits(box: Box, settings: Mapping[str, Floats], holds: Flags) -> Box:
    """Return a box without the limits whose removal costs hardly any score."""
    while box.limits:
        wider = [measure_box(limits, settings, holds) for limits in _remove_each_end(box.limits)]
        best = _best_box(wider)
        if best.score < box.score - _MIN_LIMIT_WORTH:
            break
        box = best
    return box


def _remove_each_end(limits: Mapping[str, Limit]) -> Iterator[dict[str, Limit]]:
    """Yield the limits without one of their finite ends, each in turn."""
    for name, limit in limits.items():
        others = {other: value for other, value in limits.items() if other != name}
        without_low = limit._replace(low=-math.inf)
        without_high = limit._replace(high=math.inf)
        for wider in (without_low, without_high):
            if wider == _NO_LIMIT:
                yield others
            elif wider != limit:
                yield {**others, name: wider}
