"""What a report is made of: a study that has been read and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from equipoise.analysis.comparison.comparison import Comparison
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.plots.embedding import Picture
from equipoise.analysis.plots.time_series_data import Trajectory
from equipoise.settings.settings import Settings

Place = tuple[str, str]  # strategy, environment
MOST_DRAWN = 24  # strategies of which there is room in a figure


@dataclass(frozen=True)
class StudyData:
    """A study, read.

    Args:
        title: what it is called.
        strategies, environments: the names of what is compared and where, in the order of the study.
        outcomes: measures of all finished runs, those compared first; none of a search.
        seeds: of the worlds.
        comparison: of the strategies; None where there is nothing to compare.
        courses: how the days went, by strategy and environment.
        settings: of one run each.
        notes: what is missing, and what was taken for granted.
        failures: a line for every job that failed.
        repeat: the commands that repeat the study and its report.
        versions: of the code that ran it.
        files: that these commands need, by name.
        found: the answer of a search, in two sentences; empty where strategies are compared.
        map: the figure of a search; None where there is none.
    """

    title: str
    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    outcomes: tuple[Outcomes, ...]
    seeds: tuple[int, ...]
    comparison: Comparison | None
    courses: Mapping[Place, Trajectory]
    settings: Mapping[Place, Settings]
    notes: tuple[str, ...]
    failures: tuple[str, ...]
    repeat: tuple[str, ...]
    versions: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    found: tuple[str, ...] = ()
    map: Picture | None = None

    @property
    def drawn(self) -> tuple[str, ...]:
        """Return the strategies that are drawn, in their order."""
        return select_drawn(self.strategies, self.comparison)

    @property
    def yardsticks(self) -> tuple[str, ...]:
        """Return the strategies that see the truth somewhere."""
        seeing = {
            name for (name, _), settings in self.settings.items() if settings.receptor.sees_truth
        }
        return tuple(name for name in self.strategies if name in seeing)

    def here(self, environment: str) -> dict[str, Trajectory]:
        """Return the courses in an environment, by strategy."""
        found = {name: self.courses.get((name, environment)) for name in self.drawn}
        return {
            name: course for name, course in found.items() if course is not None and course.worlds
        }

    def absent(self, environment: str) -> tuple[str, ...]:
        """Return the strategies without a finished run in an environment."""
        here = self.here(environment)
        return tuple(name for name in self.drawn if name not in here)


def select_drawn(strategies: Sequence[str], comparison: Comparison | None) -> tuple[str, ...]:
    """Return the strategies of which there is room in figures: all, or the baseline and those of the best mean rank."""
    if len(strategies) <= MOST_DRAWN or comparison is None:
        return tuple(strategies[:MOST_DRAWN])
    finding = comparison.findings[0]
    ranks = {
        name: [finding.rank(name, place).rank for place in comparison.environments]
        for name in strategies
    }
    order = sorted(
        strategies, key=lambda name: float(np.nan_to_num(np.mean(ranks[name]), nan=np.inf))
    )
    best = [name for name in order if name != comparison.baseline][: MOST_DRAWN - 1]
    return tuple(name for name in strategies if name in {*best, comparison.baseline})
