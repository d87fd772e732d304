"""A whole comparison of strategies: every measure asked for, in every environment, judged against one baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from equipoise.analysis.comparison.differences import Difference, Rules, compute_differences
from equipoise.analysis.comparison.outcomes import SIDES, Outcomes
from equipoise.analysis.comparison.pareto import Point, pareto
from equipoise.analysis.comparison.ranking import (
    Rank,
    Regret,
    Satisficing,
    ranking,
    regrets,
    satisficing,
)
from equipoise.analysis.comparison.sample_size import Saving, variance_reduction
from equipoise.analysis.summary import MEASURES, Measure
from equipoise.errors import EquipoiseError, unknown_name_message

if TYPE_CHECKING:
    from equipoise.analysis.frames import Frame

IDLE = "do_nothing"  # the baseline when it is there and no other is named
COST = "cost"
KNOWN = {each.name: each for each in MEASURES}
COMPARABLE = tuple(name for name in KNOWN if SIDES[name] != "neither")

MARGINS = {
    "share": 0.02,
    "satisfaction": 0.01,
    "of 100": 2.0,
}  # by unit, where none is given; 0.02 of a year = a week
ENOUGH = {"time_in_band": 0.9}  # by measure, where nothing is given: nine days in ten


@dataclass(frozen=True)
class Finding:
    """What was found on one measure.

    Args:
        measure: its name, unit and meaning.
        outcomes: its value by strategy, environment and world (seed); nan where it has none.
        rules: what verdicts are held to, with the margin.
        differences: every strategy less the baseline, by environment: interval, effect sizes, verdict.
        ranks: every strategy's place in every environment, and its probability of being best.
        regrets: how far each strategy stays behind the best of each environment.
        enough: the value from which a strategy satisfies; None = nobody said.
        satisficing: how often each strategy satisfies; none without ``enough``.
        saving: what meeting the same worlds has saved, over all pairs of strategies in all environments.
        savings: the same in each environment.
    """

    measure: Measure
    outcomes: Outcomes
    rules: Rules
    differences: tuple[Difference, ...]
    ranks: tuple[Rank, ...]
    regrets: tuple[Regret, ...]
    enough: float | None
    satisficing: tuple[Satisficing, ...]
    saving: Saving
    savings: tuple[Saving, ...]

    @cached_property
    def _differences(self) -> dict[tuple[str, str], Difference]:
        return {(each.strategy, each.environment): each for each in self.differences}

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], Rank]:
        return {(each.strategy, each.environment): each for each in self.ranks}

    def difference(self, strategy: str, environment: str) -> Difference | None:
        """Return a strategy less the baseline in an environment; None for the baseline itself."""
        return self._differences.get((strategy, environment))

    def rank(self, strategy: str, environment: str) -> Rank:
        """Return a strategy's place in an environment."""
        return self._ranks[strategy, environment]

    def ordered(self, environment: str) -> list[Rank]:
        """Return the places in an environment, the best first; who has no rank by its own mean, or at the end."""
        ranks = [each for each in self.ranks if each.environment == environment]
        behind = {
            each.strategy: -self.outcomes.sign * self.mean(each.strategy, environment)
            for each in ranks
        }
        return sorted(
            ranks,
            key=lambda each: tuple(np.nan_to_num([each.rank, behind[each.strategy]], nan=np.inf)),
        )

    def mean(self, strategy: str, environment: str) -> float:
        """Return a strategy's mean over all worlds in which it has a value itself; nan without any."""
        part = self.outcomes.within(environment)
        values = part.values[part.row(strategy)]
        return float(np.nanmean(values)) if np.isfinite(values).any() else np.nan


@dataclass(frozen=True, repr=False)
class Comparison:
    """Strategies in the same worlds, judged against a baseline on some measures.

    Args:
        by: what is compared, in the words of the study: "strategy".
        within: what makes the environments, in the words of the study: "environment".
        baseline: what the others are measured against.
        strategies: what is compared, in the order of the study.
        environments: in which combinations of everything else that the study varies.
        worlds: how many seeds were run.
        findings: what was found, one a measure, in the order asked for.
        front: where each strategy stands on the first measure against cost (or against the second measure), by
            environment, and whether any other is better on both; none with one measure.
        notes: what was taken for granted, and what is missing.
    """

    by: str
    within: str
    baseline: str
    strategies: tuple[str, ...]
    environments: tuple[str, ...]
    worlds: int
    findings: tuple[Finding, ...]
    front: tuple[Point, ...]
    notes: tuple[str, ...] = ()

    def finding(self, measure: str) -> Finding:
        """Return what was found on a measure.

        Raises:
            EquipoiseError: when it was not compared.
        """
        names = [each.measure.name for each in self.findings]
        if measure not in names:
            raise EquipoiseError(unknown_name_message("Measure", measure, names))
        return self.findings[names.index(measure)]

    @property
    def axes_of_front(self) -> tuple[str, str]:
        """Return the two measures of the front."""
        return axes([each.measure.name for each in self.findings])

    @property
    def table(self) -> Frame:
        """Return all numbers, one row a measure, environment and strategy."""
        from equipoise.analysis import frames

        return frames.comparison_frame(self)

    def __str__(self) -> str:
        """Return what was found in sentences and tables."""
        from equipoise.analysis.text.comparison_text import describe_comparison

        return str(describe_comparison(self))

    def __repr__(self) -> str:
        """Return what was compared, on one line."""
        on = ", ".join(each.measure.name for each in self.findings)
        return (
            f"<Comparison of {len(self.strategies)} by {self.by} with {self.baseline}, "
            f"in {len(self.environments)} environments of {self.worlds} worlds, on {on}; print it to read it>"
        )


def axes(measures: Sequence[str]) -> tuple[str, str]:
    """Return which two of the measures make the front: the first against cost, or else against the second.

    Both are the same where there is one measure only.
    """
    rest = [name for name in measures[1:] if name == COST] or list(measures[1:]) or list(measures)
    return measures[0], rest[0]


def build_comparison(
    outcomes: Sequence[Outcomes],
    baseline: str,
    *,
    by: str = "strategy",
    within: str = "environment",
    margins: Mapping[str, float] | None = None,
    enough: Mapping[str, float] | None = None,
    rules: Rules | None = None,
    notes: Iterable[str] = (),
) -> Comparison:
    """Return the comparison of all strategies with a baseline on some measures of the same worlds.

    Args:
        outcomes: one a measure, of the same strategies, environments and seeds.
        baseline: one of the strategies.
        by: what the strategies are called in the study.
        within: what the environments are called in the study.
        margins: by measure, the difference that matters to nobody; MARGINS for the others.
        enough: by measure, the value that satisfies; ENOUGH for the others.
        rules: what verdicts are held to, but for the margin.
        notes: what is to be said beside it.
    """
    rules = rules or Rules()
    margins, enough = dict(margins or {}), ENOUGH | dict(enough or {})
    findings = tuple(_finding(each, baseline, margins, enough, rules) for each in outcomes)
    first, second = (
        next(o for o in outcomes if o.measure == name)
        for name in axes([o.measure for o in outcomes])
    )
    return Comparison(
        by=by,
        within=within,
        baseline=baseline,
        strategies=outcomes[0].strategies,
        environments=outcomes[0].environments,
        worlds=len(outcomes[0].seeds),
        findings=findings,
        front=pareto(first, second, rules.resamples) if first is not second else (),
        notes=tuple(notes),
    )


def _finding(
    outcomes: Outcomes,
    baseline: str,
    margins: Mapping[str, float],
    enough: Mapping[str, float],
    rules: Rules,
) -> Finding:
    measure = KNOWN.get(outcomes.measure) or Measure(outcomes.measure, "", "")
    held = replace(rules, margin=margins.get(measure.name, MARGINS.get(measure.unit)))
    threshold = enough.get(measure.name)
    return Finding(
        measure=measure,
        outcomes=outcomes,
        rules=held,
        differences=compute_differences(outcomes, baseline, held),
        ranks=ranking(outcomes, held.resamples),
        regrets=regrets(outcomes),
        enough=threshold,
        satisficing=() if threshold is None else satisficing(outcomes, threshold),
        saving=variance_reduction(outcomes),
        savings=tuple(variance_reduction(outcomes.within(name)) for name in outcomes.environments),
    )
