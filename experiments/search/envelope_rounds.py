"""Rounds of an envelope: the points to run next, given the results so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from equipoise.analysis.exploration.border_search import (
    Condition,
    condition_measures,
    fill_gaps,
    next_points,
    share_difference_error,
    share_holding,
)
from equipoise.analysis.exploration.prim import Box
from equipoise.array_types import Flags, Floats
from equipoise.experiments.design.study import Study, StudyPoint
from equipoise.experiments.search.world_values import read_world_values
from equipoise.experiments.storage.store import Store


class EnvelopeSpec(NamedTuple):
    """The specification of an envelope.

    Attributes:
        study: every point that may be run.
        paths: settings with ranges: two for a map, more for a sample.
        places: for a map, the values at the steps along each of the two.
        rule: condition on which the loop holds in a world.
        level: share of worlds from which a point belongs to the envelope.
        repeat_words: words and options that repeat the search.
    """

    study: Study
    paths: tuple[str, ...]
    places: tuple[list[Any], ...]
    rule: Condition
    level: float
    repeat_words: tuple[str, ...] = ()

    @property
    def is_map(self) -> bool:
        """True for two settings, whose border can be traced."""
        return bool(self.places)


@dataclass
class EnvelopePanel:
    """The envelope at one choice of the settings without a range.

    Attributes:
        chosen: the choice, by path.
        points: points by place: values of the settings with ranges.
        shares: share of worlds in which the loop held, on the map's grid or by point of a sample;
            nan where nothing was run.
        requested: True where a point was requested; it may have failed.
        boxes: boxes of settings in which the loop holds; None if unknown.
    """

    chosen: dict[str, Any]
    points: dict[tuple[Any, ...], StudyPoint]
    shares: Floats
    requested: Flags
    boxes: tuple[Box, ...] | None = field(default=None)

    @property
    def name(self) -> str:
        """The choice in words."""
        return ", ".join(str(value) for value in self.chosen.values())

    def interpolate(self) -> Floats:
        """Return the shares, interpolated on a map where nothing was run."""
        return fill_gaps(self.shares) if self.shares.ndim == 2 else self.shares


class EnvelopeRounds:
    """Chooses the points of each round: those near the border of a map; all of a sample."""

    def __init__(self, spec: EnvelopeSpec) -> None:
        self.notes: list[str] = []
        self.spec = spec
        self.panels = _build_panels(spec)

    def count_points(self) -> int:
        """Return the number of different points requested so far."""
        return sum(len(self._point_numbers(panel)) for panel in self.panels)

    def next_round(self, store: Store) -> list[tuple[StudyPoint, range]]:
        """Return points with the worlds to run there; nothing once the border is traced."""
        self.update(store)
        points: dict[int, StudyPoint] = {}
        for panel in self.panels:
            points |= {point.number: point for point in self._request_points(panel)}
        worlds = range(self.spec.study.replicates)
        return [(point, worlds) for _, point in sorted(points.items())]

    def update(self, store: Store) -> None:
        """Read the results of all requested points."""
        requested = [
            (panel, point, cell)
            for panel in self.panels
            for point, cell in self._list_requested(panel)
        ]
        if not requested:
            return
        points = [point for _, point, _ in requested]
        tables = {
            name: read_world_values(store, self.spec.study, name, points)
            for name in condition_measures(self.spec.rule)
        }
        for row, (panel, _, cell) in enumerate(requested):
            values = {name: table[row] for name, table in tables.items()}
            panel.shares[cell] = share_holding(self.spec.rule, values)

    def _request_points(self, panel: EnvelopePanel) -> list[StudyPoint]:
        """Return a panel's next points, and mark them as requested."""
        if not self.spec.is_map:
            points = [] if panel.requested.all() else list(panel.points.values())
            panel.requested[:] = True
            return points
        noise = share_difference_error(self.spec.level, self.spec.study.replicates)
        cells = next_points(panel.shares, panel.requested, self.spec.level, noise)
        places = {self._place(cell) for cell in cells}
        # Along a setting that is a whole number, several cells of the grid are the same point.
        for cell in np.ndindex(panel.requested.shape):
            panel.requested[cell] |= self._place(cell) in places
        return [panel.points[place] for place in places]

    def _list_requested(self, panel: EnvelopePanel) -> Iterator[tuple[StudyPoint, Any]]:
        """Yield each requested point with its index in the shares."""
        if self.spec.is_map:
            for cell in zip(*np.nonzero(panel.requested), strict=True):
                yield panel.points[self._place(cell)], cell
            return
        for index, point in enumerate(panel.points.values()):
            if panel.requested[index]:
                yield point, index

    def _point_numbers(self, panel: EnvelopePanel) -> set[int]:
        return {point.number for point, _ in self._list_requested(panel)}

    def _place(self, cell: Any) -> tuple[Any, ...]:
        pairs = zip(self.spec.places, cell, strict=True)
        return tuple(values[step] for values, step in pairs)


def _build_panels(spec: EnvelopeSpec) -> list[EnvelopePanel]:
    """Return an empty panel for each choice of the settings without a range."""
    choices: dict[str, dict[str, Any]] = {}
    points: dict[str, dict[tuple[Any, ...], StudyPoint]] = {}
    for point in spec.study.points:
        chosen = {path: value for path, value in point.varied.items() if path not in spec.paths}
        place = tuple(point.varied[path] for path in spec.paths)
        choices[repr(chosen)] = chosen
        points.setdefault(repr(chosen), {})[place] = point
    panels = []
    for name, chosen in choices.items():
        shape = tuple(map(len, spec.places)) if spec.is_map else (len(points[name]),)
        shares, requested = np.full(shape, np.nan), np.zeros(shape, bool)
        panels.append(EnvelopePanel(chosen, points[name], shares, requested))
    return panels
