"""Comparison of strategies: every measure in every environment, against one baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from equipoise.analysis.comparison.differences import Difference, VerdictRules, compute_differences
from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.comparison.pareto import FrontPoint, front_points
from equipoise.analysis.comparison.ranking import (
    Rank,
    Regret,
    Satisficing,
    compute_regrets,
    compute_satisficing,
    rank_strategies,
)
from equipoise.analysis.comparison.sample_size import VarianceReduction, variance_reduction
from equipoise.analysis.measure_table import MEASURE_BY_NAME, MEASURES, Measure
from equipoise.errors import EquipoiseError, unknown_name_message

# The baseline if it is present and no other is named.
DEFAULT_BASELINE = "do_nothing"
COST = "cost"
COMPARABLE = tuple(measure.name for measure in MEASURES if measure.better != "neither")

# Equivalence margins by unit, if none is given: 0.02 of a year is a week.
DEFAULT_MARGINS = {"share": 0.02, "satisfaction": 0.01, "of 100": 2.0}
# Satisficing levels by measure, if none is given: nine days in ten.
DEFAULT_LEVELS = {"time_in_band": 0.9}


@dataclass(frozen=True)
class Finding:
    """The results on one measure.

    Attributes:
        measure: name, unit, better side and meaning.
        outcomes: values by strategy, environment and world (seed).
        rules: settings of the verdicts, with the margin.
        differences: each strategy minus the baseline, by environment: interval, effect sizes,
            verdict.
        ranks: each strategy's rank in each environment, and its probability of being best.
        regrets: each strategy's distance from the best of each environment.
        enough: satisficing level, or None.
        satisficing: share of worlds in which each strategy reaches the level; empty without one.
        saving: variance reduction by common random numbers, over all pairs and environments.
        savings: the same in each environment.
    """

    measure: Measure
    outcomes: Outcomes
    rules: VerdictRules
    differences: tuple[Difference, ...]
    ranks: tuple[Rank, ...]
    regrets: tuple[Regret, ...]
    enough: float | None
    satisficing: tuple[Satisficing, ...]
    saving: VarianceReduction
    savings: tuple[VarianceReduction, ...]

    @cached_property
    def _differences(self) -> dict[tuple[str, str], Difference]:
        # Tables ask for single cells; a search for each would be quadratic.
        return {(gap.strategy, gap.environment): gap for gap in self.differences}

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], Rank]:
        return {(rank.strategy, rank.environment): rank for rank in self.ranks}

    def difference(self, strategy: str, environment: str) -> Difference | None:
        """Return a strategy minus the baseline in an environment; None for the baseline itself."""
        return self._differences.get((strategy, environment))

    def rank(self, strategy: str, environment: str) -> Rank:
        """Return a strategy's rank in an environment."""
        return self._ranks[strategy, environment]

    def sort_ranks(self, environment: str) -> list[Rank]:
        """Return the ranks in an environment, best first.

        Strategies without a rank follow by their mean.
        """
        ranks = [rank for rank in self.ranks if rank.environment == environment]
        return sorted(ranks, key=self._sort_key)

    def _sort_key(self, rank: Rank) -> tuple[float, ...]:
        shortfall = -self.outcomes.sign * self.mean(rank.strategy, rank.environment)
        # nan would make the order depend on the order of the strategies.
        return tuple(np.nan_to_num([rank.rank, shortfall], nan=np.inf))

    def mean(self, strategy: str, environment: str) -> float:
        """Return a strategy's mean over all worlds in which it has a value; nan without any."""
        part = self.outcomes.within(environment)
        values = part.values[part.row(strategy)]
        if not np.isfinite(values).any():
            return np.nan
        return float(np.nanmean(values))


@dataclass(frozen=True, repr=False)
class Comparison:
    """Strategies in the same worlds, compared with a baseline on several measures.

    Attributes:
        by: the compared setting, such as "strategy".
        within: the setting that makes the environments, such as "environment".
        baseline: the reference of all differences.
        strategies: what is compared, in the order of the study.
        environments: combinations of everything else that the study varies.
        worlds: number of seeds.
        findings: results, one a measure, in the order of the request.
        front: points of the Pareto front of the first measure against cost (or the second measure),
            by environment; empty with one measure.
        notes: assumptions, and what is missing.
    """

    by: str
    within: str
    baseline: str
    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    worlds: int
    findings: tuple[Finding, ...]
    front: tuple[FrontPoint, ...]
    notes: tuple[str, ...] = ()

    def finding(self, measure: str) -> Finding:
        """Return the results on a measure.

        Raises:
            EquipoiseError: if it was not compared.
        """
        names = [finding.measure.name for finding in self.findings]
        if measure not in names:
            raise EquipoiseError(unknown_name_message("Measure", measure, names))
        return self.findings[names.index(measure)]

    @property
    def axes_of_front(self) -> tuple[str, str]:
        """The two measures of the front."""
        return front_axes([finding.measure.name for finding in self.findings])

    def __str__(self) -> str:
        """Return one line on what was compared."""
        names = ", ".join(finding.measure.name for finding in self.findings)
        return (
            f"Comparison of {len(self.strategies)} by {self.by} with {self.baseline}, "
            f"in {len(self.environments)} environments of {self.worlds} worlds, on {names}"
        )

    def __repr__(self) -> str:
        """Return one line on what was compared."""
        return f"<{self}>"


def front_axes(measures: Sequence[str]) -> tuple[str, str]:
    """Return the two measures of the front: the first, and cost or else the second.

    With a single measure both are the same.
    """
    first, *others = measures
    if COST in others:
        return first, COST
    return first, others[0] if others else first


def build_comparison(
    outcomes: Sequence[Outcomes],
    baseline: str,
    *,
    by: str = "strategy",
    within: str = "environment",
    margins: Mapping[str, float] | None = None,
    enough: Mapping[str, float] | None = None,
    rules: VerdictRules | None = None,
    notes: Iterable[str] = (),
) -> Comparison:
    """Return the comparison of strategies with a baseline on measures of the same worlds.

    Args:
        outcomes: one a measure, of the same strategies, environments and seeds.
        baseline: one of the strategies.
        by: name of the compared setting in the study.
        within: name of the environments in the study.
        margins: equivalence margins by measure; DEFAULT_MARGINS for the others.
        enough: satisficing levels by measure; DEFAULT_LEVELS for the others.
        rules: settings of the verdicts, except for the margin.
        notes: remarks for the reader.
    """
    rules = rules or VerdictRules()
    levels = DEFAULT_LEVELS | dict(enough or {})
    findings = [_build_finding(part, baseline, margins or {}, levels, rules) for part in outcomes]
    return Comparison(
        by=by,
        within=within,
        baseline=baseline,
        strategies=outcomes[0].strategies,
        environments=outcomes[0].environments,
        worlds=len(outcomes[0].seeds),
        findings=tuple(findings),
        front=_build_front(outcomes, rules.resamples),
        notes=tuple(notes),
    )


def _build_front(outcomes: Sequence[Outcomes], resamples: int) -> tuple[FrontPoint, ...]:
    """Return the points of the front; empty with a single measure."""
    by_measure = {part.measure: part for part in outcomes}
    first, second = front_axes(list(by_measure))
    if first == second:
        return ()
    return front_points(by_measure[first], by_measure[second], resamples)


def _build_finding(
    outcomes: Outcomes,
    baseline: str,
    margins: Mapping[str, float],
    levels: Mapping[str, float],
    rules: VerdictRules,
) -> Finding:
    """Return the results on one measure."""
    # A measure of the user's own has no unit and no meaning.
    own_measure = Measure(outcomes.measure, "", outcomes.better, "")
    measure = MEASURE_BY_NAME.get(outcomes.measure, own_measure)
    margin = margins.get(measure.name, DEFAULT_MARGINS.get(measure.unit))
    rules = replace(rules, margin=margin)
    level = levels.get(measure.name)
    savings = [variance_reduction(outcomes.within(name)) for name in outcomes.environments]
    return Finding(
        measure=measure,
        outcomes=outcomes,
        rules=rules,
        differences=compute_differences(outcomes, baseline, rules),
        ranks=rank_strategies(outcomes, rules.resamples),
        regrets=compute_regrets(outcomes),
        enough=level,
        satisficing=() if level is None else compute_satisficing(outcomes, level),
        saving=variance_reduction(outcomes),
        savings=tuple(savings),
    )
