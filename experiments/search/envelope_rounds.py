"""Which points of an envelope to run, round by round, as what came of the last one shows where its border is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from equipoise.analysis.exploration.border_search import (
    Condition,
    filled,
    following,
    held,
    luck,
    needed,
)
from equipoise.analysis.exploration.prim import Box
from equipoise.array_types import Flags, Floats
from equipoise.experiments.design.study import Study, StudyPoint
from equipoise.experiments.storage.store import Store


class EnvelopeSpec(NamedTuple):
    """What is mapped.

    Args:
        study: every point that may be run.
        paths: the settings with ranges: two for a map, more for a sample.
        places: for a map, the values at the steps along each of the two.
        rule: what it means that the loop held in a world.
        level: the share of worlds from which a point belongs to the envelope.
        said: the words and options that ask it again.
    """

    study: Study
    paths: tuple[str, ...]
    places: tuple[list[Any], ...]
    rule: Condition
    level: float
    said: tuple[str, ...] = ()

    @property
    def is_map(self) -> bool:
        """Tell whether there are two settings, so that the border can be traced."""
        return bool(self.places)


@dataclass
class EnvelopePanel:
    """The envelope at one choice of everything that has no range.

    Args:
        chosen: what is chosen, by path.
        spots: the points by place: values of the settings with ranges.
        shares: of worlds that held: on a map's grid, or by point of a sample; nan where nothing was run.
        asked: which of these were asked for.
    """

    chosen: dict[str, Any]
    spots: dict[tuple[Any, ...], StudyPoint]
    shares: Floats
    asked: Flags
    boxes: tuple[Box, ...] | None = field(default=None)

    @property
    def name(self) -> str:
        """Return what is chosen in words."""
        return ", ".join(str(value) for value in self.chosen.values())

    def whole(self) -> Floats:
        """Return the shares without gaps."""
        return filled(self.shares) if self.shares.ndim == 2 else self.shares


class EnvelopeRounds:
    """Says round by round which points to run: those near the border; of a sample, all."""

    def __init__(self, asked: EnvelopeSpec) -> None:
        self.notes: list[str] = []
        self.question = asked
        self.panels = _panels(asked)

    @property
    def run(self) -> int:
        """Return how many points were asked for."""
        return sum(len({spot.number for spot, _ in self._asked(panel)}) for panel in self.panels)

    def next_round(self, store: Store) -> list[tuple[StudyPoint, range]]:
        """Return points with the worlds to run there in the next round; nothing when the border is traced."""
        self.look(store)
        wanted: dict[int, StudyPoint] = {}
        for panel in self.panels:
            wanted |= {spot.number: spot for spot in self._wanted(panel)}
        return [(spot, range(self.question.study.replicates)) for _, spot in sorted(wanted.items())]

    def _wanted(self, panel: EnvelopePanel) -> list[StudyPoint]:
        """Return a panel's next points, and mark them, and all cells that stand for the same point, as asked for."""
        if not self.question.is_map:
            fresh = [] if panel.asked.all() else list(panel.spots.values())
            panel.asked[:] = True
            return fresh
        noise = luck(self.question.level, self.question.study.replicates)
        places = {
            self._place(cell)
            for cell in following(panel.shares, panel.asked, self.question.level, noise)
        }
        for cell in np.ndindex(panel.asked.shape):
            panel.asked[cell] |= self._place(cell) in places
        return [panel.spots[place] for place in places]

    def look(self, store: Store) -> None:
        """Read what came of all that was asked for."""
        asked = self.question
        numbers = {spot.number for panel in self.panels for spot, _ in self._asked(panel)}
        seeds = range(asked.study.seed, asked.study.seed + asked.study.replicates)
        columns = (
            {name: store.read_measure(name, numbers) for name in needed(asked.rule)}
            if numbers
            else {}
        )
        for panel in self.panels:
            for spot, cell in self._asked(panel):
                values = {
                    name: np.array([column.get((spot.number, seed), np.nan) for seed in seeds])
                    for name, column in columns.items()
                }
                panel.shares[cell] = held(asked.rule, values)

    def _asked(self, panel: EnvelopePanel) -> Iterator[tuple[StudyPoint, Any]]:
        """Yield what was asked for, with its place in the shares."""
        if not self.question.is_map:
            yield from ((spot, k) for k, spot in enumerate(panel.spots.values()) if panel.asked[k])
        else:
            for cell in zip(*np.nonzero(panel.asked), strict=True):
                yield panel.spots[self._place(cell)], cell

    def _place(self, cell: Any) -> tuple[Any, ...]:
        return tuple(values[k] for values, k in zip(self.question.places, cell, strict=True))


def _panels(asked: EnvelopeSpec) -> list[EnvelopePanel]:
    """Return an empty panel for each choice of what has no range."""
    groups: dict[str, tuple[dict[str, Any], dict[tuple[Any, ...], StudyPoint]]] = {}
    for spot in asked.study.points:
        chosen = {path: value for path, value in spot.varied.items() if path not in asked.paths}
        place = tuple(spot.varied[path] for path in asked.paths)
        groups.setdefault(repr(chosen), (chosen, {}))[1][place] = spot
    out = []
    for chosen, spots in groups.values():
        shape = tuple(map(len, asked.places)) if asked.is_map else (len(spots),)
        out.append(EnvelopePanel(chosen, spots, np.full(shape, np.nan), np.zeros(shape, bool)))
    return out
