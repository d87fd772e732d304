"""Specification and result of a sensitivity analysis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from equipoise.analysis.exploration import indices
from equipoise.analysis.exploration.indices import Effect, SensitivityMethod
from equipoise.analysis.text.formatting import format_percent
from equipoise.array_types import Floats
from equipoise.experiments.design.study import Study
from equipoise.experiments.execution.sweep_runner import SweepResult

# Share of the variance between points that Monte Carlo error may have without a warning.
_MAX_CHANCE = 0.1
_FEW_WORLDS_FACTOR = 10


class SensitivitySpec(NamedTuple):
    """The specification of a sensitivity analysis.

    Attributes:
        study: the points to run; points that whole numbers make equal are run once.
        method: sobol or morris.
        measure: the measure to explain.
        paths: the settings with ranges.
        design: the design, (rows, settings), 0..1 along each range.
        point_numbers: number in the study of the point of each row.
        repeat_words: words and options that repeat the analysis.
    """

    study: Study
    method: SensitivityMethod
    measure: str
    paths: tuple[str, ...]
    design: Floats
    point_numbers: tuple[int, ...]
    repeat_words: tuple[str, ...] = ()

    @property
    def runs(self) -> int:
        """The number of runs."""
        return len(self.study.points) * self.study.replicates

    @property
    def samples(self) -> int:
        """The number of samples of the design."""
        return len(self.design) // indices.count_design_points(self.method, len(self.paths), 1)


@dataclass
class Sensitivity:
    """The result of a sensitivity analysis.

    Attributes:
        spec: the specification.
        effects: effects of the settings, the largest first; empty if jobs failed.
        values: the measure, (rows of the design, worlds).
        sweep: the end of the sweep.
    """

    spec: SensitivitySpec
    effects: tuple[Effect, ...]
    values: Floats
    sweep: SweepResult

    @property
    def chance(self) -> float:
        """Share of the variance between points that is Monte Carlo error; nan for one world."""
        return indices.monte_carlo_share(self.values)

    def warnings(self) -> list[str]:
        """Return the limits of the estimates, in words."""
        if not self.effects:
            return []
        lines = []
        for group in indices.overlapping_groups(self.effects):
            names = f"{', '.join(group[:-1])} and {group[-1]}"
            lines.append(
                f"warning: the intervals of {names} overlap, so their order is unknown. "
                "Four times the samples halve the design's part of the intervals: "
                f"--samples {4 * self.spec.samples}."
            )
        worlds, chance = self.spec.study.replicates, self.chance
        if worlds == 1:
            lines.append(
                "warning: one world only; the effects may differ in other worlds. "
                "Give replicates=10."
            )
        elif chance > _MAX_CHANCE:
            lines.append(
                f"warning: {format_percent(chance)} of the variance is Monte Carlo error, which adds to "
                "the index of every setting. "
                f"Give replicates={self._enough_worlds(worlds, chance)}."
            )
        return lines

    @staticmethod
    def _enough_worlds(worlds: int, chance: float) -> int:
        """Return the number of worlds that lowers the Monte Carlo share to its limit."""
        if chance >= 1:
            return _FEW_WORLDS_FACTOR * worlds
        return math.ceil(worlds * chance * (1 - _MAX_CHANCE) / ((1 - chance) * _MAX_CHANCE))
