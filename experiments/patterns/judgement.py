"""Tests of clauses and patterns.

All clauses of a pattern must hold, so none of them needs a correction (intersection-union test,
Berger 1982). Over patterns, p-values are corrected by Holm. A clause that is known to be refuted
is reported, does not count, and must not hold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from equipoise.analysis.comparison.differences import holm_correction, one_sided_p_values
from equipoise.analysis.comparison.resampling import DEFAULT_RESAMPLES, MIN_PAIRS, bca_interval
from equipoise.array_types import Floats
from equipoise.experiments.patterns.effect_formula import CONSTANT
from equipoise.experiments.patterns.pattern_file import Clause, Control, Pattern
from equipoise.experiments.patterns.results import (
    ClauseResult,
    ControlResult,
    PatternResult,
    PatternVerdict,
)
from equipoise.experiments.patterns.worlds import MeasureRequest

ALPHA = 0.05

# The values (worlds,) of a measure in an arm, by the arm's overrides and the request.
ArmValues = Mapping[tuple[tuple[str, ...], MeasureRequest], Floats]


def compute_effects(clause: Clause, arms: Mapping[str, Floats]) -> Floats:
    """Return the effect of a clause in each world (worlds,).

    An effect on the spread between worlds is split into pseudo-values n t - (n - 1) t(without the
    world), where t is the sum of log standard deviations of the arms (Miller 1968).

    Args:
        clause: the clause.
        arms: values of the measure by arm, each (worlds,).
    """
    terms = clause.terms
    weights = {arm: terms[arm] for arm in clause.arms}
    if clause.spread:
        table = np.stack([arms[arm] for arm in weights])
        return _spread_effects(table, np.array(list(weights.values())))
    worlds = len(arms[clause.arms[0]])
    effects = np.full(worlds, terms.get(CONSTANT, 0.0))
    for arm, weight in weights.items():
        effects = effects + weight * arms[arm]
    return effects


def _spread_effects(table: Floats, weights: Floats) -> Floats:
    """Return the jackknife pseudo-values (worlds,) of weighted log standard deviations."""
    worlds = table.shape[1]
    whole = weights @ _log_spread(table)
    without = [weights @ _log_spread(np.delete(table, i, axis=1)) for i in range(worlds)]
    return np.asarray(worlds * whole - (worlds - 1) * np.stack(without), float)


def _log_spread(table: Floats) -> Floats:
    """Return the log standard deviation of each row; a row of equal values counts as one ulp."""
    spread = np.nanstd(table, axis=1, ddof=1)
    return np.asarray(np.log(np.maximum(spread, np.finfo(float).eps)))


def judge_clause(clause: Clause, effects: Floats) -> ClauseResult:
    """Return the result of a clause, from its effect in each world (worlds,)."""
    worlds = int(np.isfinite(effects).sum())
    mean = float(np.nanmean(effects)) if worlds else math.nan
    if worlds < MIN_PAIRS:
        return ClauseResult(
            clause.says, mean, math.nan, math.nan, 1.0, worlds, "inconclusive", clause.refuted
        )
    column = effects[:, None]
    address = ("pattern", clause.says)
    interval = bca_interval(column, 1 - ALPHA, DEFAULT_RESAMPLES, *address)
    low, high = float(interval[0, 0]), float(interval[1, 0])
    p_above = one_sided_p_values(column - clause.above, DEFAULT_RESAMPLES, *address)
    p_below = one_sided_p_values(clause.below - column, DEFAULT_RESAMPLES)
    p = max(float(p_above[0]), float(p_below[0]))
    verdict = _judge_interval(clause, low, high, p)
    return ClauseResult(clause.says, mean, low, high, p, worlds, verdict, clause.refuted)


def _judge_interval(clause: Clause, low: float, high: float, p: float) -> PatternVerdict:
    if high < clause.above or clause.below < low:
        return "does not hold"
    is_inside = clause.above < low and high < clause.below
    return "holds" if is_inside and p <= ALPHA else "inconclusive"


def judge_patterns(patterns: Sequence[Pattern], values: ArmValues) -> list[PatternResult]:
    """Return the results of all patterns, with p-values corrected over them."""
    results = [_judge_pattern(pattern, values) for pattern in patterns]
    corrected = holm_correction(np.array([result.p for result in results], float))
    return [
        result._replace(p=float(p), verdict=combine_verdicts(result.clauses, float(p)))
        for result, p in zip(results, corrected, strict=True)
    ]


def _judge_pattern(pattern: Pattern, values: ArmValues) -> PatternResult:
    """Return the result of one pattern without the correction and the verdict."""
    clauses = _judge_clauses(pattern, None, values)
    controls = [
        ControlResult(control.without, _judge_clauses(pattern, control, values))
        for control in pattern.controls
    ]
    return PatternResult(
        number=pattern.number,
        title=pattern.title,
        forced=pattern.forced,
        clauses=clauses,
        controls=tuple(controls),
        p=max(clause.p for clause in clauses if not clause.refuted),
        verdict="inconclusive",
    )


def _judge_clauses(
    pattern: Pattern, control: Control | None, values: ArmValues
) -> tuple[ClauseResult, ...]:
    """Return the results of the clauses that are tested with a control, or without one."""
    overrides = pattern.list_overrides(control)
    results = []
    for clause in pattern.list_clauses(control):
        # an arm shared with another pattern may have more worlds
        arms = {
            arm: values[overrides[arm], clause.request][: pattern.worlds] for arm in clause.arms
        }
        results.append(judge_clause(clause, compute_effects(clause, arms)))
    return tuple(results)


def combine_verdicts(clauses: Sequence[ClauseResult], p: float) -> PatternVerdict:
    """Return the verdict on a pattern from its clauses and its corrected p-value."""
    verdicts = {clause.verdict for clause in clauses if not clause.refuted}
    refuted_holds = any(clause.verdict == "holds" for clause in clauses if clause.refuted)
    if "does not hold" in verdicts or refuted_holds:
        return "does not hold"
    return "holds" if verdicts == {"holds"} and p <= ALPHA else "inconclusive"
