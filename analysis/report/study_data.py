"""The data of a report: a study that has been read and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from equipoise.analysis.comparison.comparison import Comparison
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.plots.embedding import Picture
from equipoise.analysis.plots.time_series_data import Trajectory
from equipoise.analysis.text.comparison_text import MAX_ENVIRONMENTS
from equipoise.settings.settings import Settings

Combination = tuple[str, str]  # of strategy and environment
_MAX_STRATEGIES = 24  # a figure with more rows does not fit a printed page


@dataclass(frozen=True)
class StudyData:
    """A study that has been read and compared.

    Attributes:
        title: the title of the page.
        strategies, environments: names in the order of the study.
        seeds: seeds of the worlds.
        settings: settings of one run of each strategy and environment.
        commands: the commands that repeat the study and its report.
        versions: versions of the code that ran the study, by package.
        outcomes: measures of all finished runs, the compared ones first; empty for a search.
        comparison: of the strategies; None if there is nothing to compare.
        trajectories: days of the drawn strategies and environments.
        notes: assumptions, and what is missing.
        failures: a line for the failed jobs of each strategy and reason.
        files: texts of the files that the commands need, by name.
        search_answer: two sentences; empty for a comparison.
        search_figure: the figure of a search, or None.
    """

    title: str
    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    seeds: tuple[int, ...]
    settings: Mapping[Combination, Settings]
    commands: tuple[str, ...]
    versions: Mapping[str, str]
    outcomes: tuple[Outcomes, ...] = ()
    comparison: Comparison | None = None
    trajectories: Mapping[Combination, Trajectory] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    search_answer: tuple[str, ...] = ()
    search_figure: Picture | None = None

    @property
    def strategies_in_figures(self) -> tuple[str, ...]:
        """The strategies that figures show, in the order of the study."""
        return select_strategies(self.strategies, self.comparison)

    @property
    def environments_in_figures(self) -> tuple[str, ...]:
        """The environments that figures show: the first of the study."""
        return self.environments[:MAX_ENVIRONMENTS]

    @property
    def references(self) -> tuple[str, ...]:
        """The strategies that see the truth in some environment, as no firm can."""
        seeing = set()
        for (strategy, _), run in self.settings.items():
            if run.receptor.sees_truth:
                seeing.add(strategy)
        return tuple(name for name in self.strategies if name in seeing)

    def settings_of_strategy(self, strategy: str) -> Settings:
        """Return the settings of a run of a strategy."""
        pair = next(pair for pair in self.settings if pair[0] == strategy)
        return self.settings[pair]

    def settings_of_environment(self, environment: str) -> Settings:
        """Return the settings of a run in an environment."""
        pair = next(pair for pair in self.settings if pair[1] == environment)
        return self.settings[pair]

    def trajectories_in(self, environment: str) -> dict[str, Trajectory]:
        """Return the trajectories in an environment by strategy, of those with finished runs."""
        trajectories = {}
        for name in self.strategies_in_figures:
            trajectory = self.trajectories.get((name, environment))
            if trajectory is not None and trajectory.worlds:
                trajectories[name] = trajectory
        return trajectories

    def strategies_without_runs(self, environment: str) -> tuple[str, ...]:
        """Return the drawn strategies without a finished run in an environment."""
        finished = self.trajectories_in(environment)
        return tuple(name for name in self.strategies_in_figures if name not in finished)


def select_strategies(strategies: Sequence[str], comparison: Comparison | None) -> tuple[str, ...]:
    """Return the strategies for which figures have room, in the order of the study.

    Of too many strategies these are the baseline and those with the best mean rank.
    """
    if len(strategies) <= _MAX_STRATEGIES or comparison is None:
        return tuple(strategies[:_MAX_STRATEGIES])
    mean_ranks = {name: _mean_rank(comparison, name) for name in strategies}
    order = sorted(strategies, key=mean_ranks.__getitem__)
    order.remove(comparison.baseline)
    chosen = {comparison.baseline, *order[: _MAX_STRATEGIES - 1]}
    return tuple(name for name in strategies if name in chosen)


def _mean_rank(comparison: Comparison, strategy: str) -> float:
    """Return the mean rank over environments; infinity without a rank in any of them."""
    finding = comparison.findings[0]
    ranks = [finding.rank(strategy, place).rank for place in comparison.environments]
    mean = float(np.mean(ranks))
    return np.inf if np.isnan(mean) else mean
