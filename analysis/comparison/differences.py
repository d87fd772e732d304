"""Differences of strategies from a baseline in the same worlds: intervals, effect sizes, verdicts.

Error rates of verdicts. "better" and "worse" need a p-value of the sign-flip test, corrected by
Holm over the family, of at most alpha, and an interval that excludes 0. "equivalent" needs two
one-sided sign-flip tests against the margin, corrected likewise, and an interval inside the margin.
So no verdict contradicts its interval, and the family-wise error rate is at most alpha: for
"better" and "worse" if both strategies do the same, and for "equivalent" if they differ by the
margin. The test is exact for symmetric differences. For skewed ones of equal means it errs more
often with few worlds; tests/analysis/comparison/test_differences.py measures by how much.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.comparison.resampling import (
    DEFAULT_RESAMPLES,
    bca_interval,
    sign_flip_test,
)
from equipoise.analysis.comparison.sample_size import DEFAULT_CAP, worlds_to_add
from equipoise.array_types import Flags, Floats, Ints
from equipoise.errors import EquipoiseError

Verdict = Literal["better", "worse", "equivalent", "undecided"]
VERDICTS: tuple[Verdict, ...] = ("undecided", "better", "worse", "equivalent")
_UNDECIDED, _BETTER, _WORSE, _EQUIVALENT = range(4)
Family = Literal["table", "environment"]
_MIN_RESAMPLES = 99
# Sign flips per 1 / p of the smallest p-value that Holm's correction asks for.
_FLIPS_PER_LEVEL = 10


@dataclass(frozen=True)
class VerdictRules:
    """The settings of verdicts.

    Args:
        alpha: family-wise error rate; intervals are each of level 1 - alpha.
        margin: equivalence margin in the measure's unit; None = no verdict "equivalent".
        least: difference that "better" and "worse" must exceed: 0, or the margin for claims
            beyond it.
        family: Holm's correction is over the whole table, or over each environment by itself.
        resamples: bootstrap samples, and sign flips of the test (more where Holm's correction
            needs finer p-values).
        cap: worlds in all beyond which a verdict is not worth waiting for.

    Raises:
        EquipoiseError: if a setting is outside its range.
    """

    alpha: float = 0.05
    margin: float | None = None
    least: float = 0.0
    family: Family = "table"
    resamples: int = DEFAULT_RESAMPLES
    cap: int = DEFAULT_CAP

    def __post_init__(self) -> None:
        problems = tuple(_find_problems(self))
        if problems:
            raise EquipoiseError(*problems)


@dataclass(frozen=True)
class Difference:
    """A strategy's difference from the baseline in one environment, in the measure's unit.

    Args:
        strategy: name of the strategy.
        baseline: name of the baseline.
        environment: name of the environment.
        pairs: worlds in which both have a value.
        dropped: worlds without a pair.
        lopsided: of these, worlds in which one of the two has a value; many can mislead, since a
            value may be missing because a strategy failed.
        mean: mean difference.
        low, high: its BCa interval; nan below 5 pairs.
        spread: standard deviation of the differences.
        standardised: effect size, see ``effect_sizes``.
        superiority: probability that the strategy is better in a world, see
            ``superiority_shares``.
        p: Holm-corrected p-value of "no difference".
        p_equivalent: Holm-corrected p-value of "a difference of the margin or more"; 1 without a
            margin.
        verdict: by the better side of the measure, not by the larger value.
        more: worlds to add for a verdict with 80 % power; 0 = decided, None = beyond the cap.
    """

    strategy: str
    baseline: str
    environment: str
    pairs: int
    dropped: int
    lopsided: int
    mean: float
    low: float
    high: float
    spread: float
    standardised: float
    superiority: float
    p: float
    p_equivalent: float
    verdict: Verdict
    more: int | None


class Assessment(NamedTuple):
    """Results of columns of paired differences, one entry a column; higher is better.

    ``verdict`` is a place in VERDICTS.
    """

    mean: Floats
    low: Floats
    high: Floats
    spread: Floats
    p: Floats
    p_equivalent: Floats
    verdict: Ints


def _find_problems(rules: VerdictRules) -> Iterator[str]:
    """Yield a line for every setting outside its range."""
    if not 0 < rules.alpha < 0.5:
        yield f"alpha is {rules.alpha}: give a chance of error between 0 and 0.5, such as 0.05."
    if rules.margin is not None and not 0 < rules.margin < math.inf:
        yield f"The margin is {rules.margin}: give a number above 0 in the measure's unit, or None."
    if not 0 <= rules.least < math.inf:
        yield f"least is {rules.least}: give 0 or a number above in the measure's unit."
    if rules.family not in ("table", "environment"):
        yield f"The family {rules.family!r} is not known. Allowed: environment, table."
    if rules.resamples < _MIN_RESAMPLES:
        yield (
            f"{rules.resamples} resamples are too few for an interval: "
            f"give {_MIN_RESAMPLES} or more (9,999 to publish)."
        )


def compute_differences(
    outcomes: Outcomes, baseline: str, rules: VerdictRules | None = None
) -> tuple[Difference, ...]:
    """Return the difference of each strategy from the baseline in each environment.

    Random numbers are addressed by the measure's name and the seeds alone: the same outcomes give
    the same verdicts, and the order of the strategies does not matter.

    Args:
        outcomes: one measure of all strategies, in the same worlds.
        baseline: one of the strategies.
        rules: settings of the verdicts.

    Returns:
        The differences by environment and strategy, in the order of the outcomes.
    """
    rules = rules or VerdictRules()
    base = outcomes.row(baseline)
    others = [row for row in range(len(outcomes.strategies)) if row != base]
    rows = np.tile(others, len(outcomes.environments))
    places = np.repeat(np.arange(len(outcomes.environments)), len(others))
    if not len(rows):
        return ()
    families = places if rules.family == "environment" else np.zeros_like(places)
    ours = outcomes.values[rows, places].T
    theirs = outcomes.values[base, places].T
    gains = outcomes.sign * (ours - theirs)
    address = (outcomes.measure, *outcomes.seeds)
    assessment = assess_differences(gains, families, rules, *address)
    columns = _describe_pairs(ours, theirs, outcomes.sign)
    columns |= _restore_direction(assessment, outcomes.sign)
    more = _count_worlds_to_add(assessment, columns["pairs"], len(ours), families, rules)
    return tuple(
        Difference(
            strategy=outcomes.strategies[row],
            baseline=baseline,
            environment=outcomes.environments[place],
            verdict=VERDICTS[assessment.verdict[column]],
            more=more[column],
            **_select_column(columns, column),
        )
        for column, (row, place) in enumerate(zip(rows, places, strict=True))
    )


def _select_column(columns: dict[str, Any], column: int) -> dict[str, Any]:
    return {name: values[column].item() for name, values in columns.items()}


def _describe_pairs(ours: Floats, theirs: Floats, sign: float) -> dict[str, Any]:
    """Return the counts of pairs and the effect sizes, one entry a column."""
    our_known, their_known = np.isfinite(ours), np.isfinite(theirs)
    paired = our_known & their_known
    return {
        "pairs": paired.sum(axis=0),
        "dropped": (~paired).sum(axis=0),
        "lopsided": (our_known ^ their_known).sum(axis=0),
        "standardised": effect_sizes(ours, theirs),
        "superiority": superiority_shares(sign * (ours - theirs)),
    }


def _restore_direction(assessment: Assessment, sign: float) -> dict[str, Any]:
    """Return the numbers of an assessment, with means and intervals in the measure's direction."""
    low, high = assessment.low, assessment.high
    if sign < 0:
        low, high = -high, -low
    return {
        "mean": sign * assessment.mean,
        "low": low,
        "high": high,
        "spread": assessment.spread,
        "p": assessment.p,
        "p_equivalent": assessment.p_equivalent,
    }


def _count_worlds_to_add(
    assessment: Assessment, pairs: Ints, worlds: int, families: Ints, rules: VerdictRules
) -> list[int | None]:
    """Return the worlds to add for each column: 0 where it is decided, None beyond the cap."""
    family_sizes = np.bincount(families)[families]
    more: list[int | None] = []
    for column in range(len(pairs)):
        if assessment.verdict[column] != _UNDECIDED:
            more.append(0)
            continue
        additional = worlds_to_add(
            float(assessment.mean[column]),
            float(assessment.spread[column]),
            (int(pairs[column]), worlds),
            alpha=rules.alpha,
            comparisons=int(family_sizes[column]),
            margin=rules.margin,
            least=rules.least,
            cap=rules.cap,
        )
        more.append(additional)
    return more


# verdicts


def assess_differences(
    differences: Floats, families: Ints, rules: VerdictRules, *address: object
) -> Assessment:
    """Return intervals, p-values and verdicts of paired differences.

    Args:
        differences: (worlds, comparisons), positive = better; nan = no pair.
        families: number of the family of each comparison.
        rules: settings of the verdicts.
        address: address of the random numbers.
    """
    mean, spread = _moments(differences)
    low, high = bca_interval(differences, 1 - rules.alpha, rules.resamples, "bca", *address)
    largest_family = np.bincount(families).max()
    flips = max(rules.resamples, math.ceil(_FLIPS_PER_LEVEL * largest_family / rules.alpha))
    p = difference_p_values(differences, rules.least, flips, *address)
    p = correct_by_family(p, families)
    p_equivalent = equivalence_p_values(differences, rules.margin, flips, *address)
    p_equivalent = correct_by_family(p_equivalent, families)
    verdict = _verdicts(p, p_equivalent, low, high, rules)
    return Assessment(mean, low, high, spread, p, p_equivalent, verdict)


def _moments(differences: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each column; nan without enough pairs."""
    known = np.isfinite(differences)
    n = known.sum(axis=0)
    sums = np.where(known, differences, 0.0).sum(axis=0)
    mean = _divide(sums, n, n > 0)
    deviations = np.where(known, differences - mean, 0.0)
    squares = (deviations**2).sum(axis=0)
    return mean, np.sqrt(_divide(squares, n - 1, n > 1))


def _divide(sums: Floats, counts: Ints, where: Flags) -> Floats:
    """Return sums / counts; nan elsewhere."""
    quotients = np.full(len(counts), np.nan)
    np.divide(sums, counts, out=quotients, where=where)
    return quotients


def _verdicts(
    p: Floats, p_equivalent: Floats, low: Floats, high: Floats, rules: VerdictRules
) -> Ints:
    """Return the verdict of each column, as a place in VERDICTS."""
    margin = rules.margin or 0.0
    within_margin = (-margin < low) & (high < margin)
    is_equivalent = (p_equivalent <= rules.alpha) & within_margin
    is_different = p <= rules.alpha
    is_better = is_different & (low > rules.least)
    is_worse = is_different & (high < -rules.least)
    # A difference that is sure and smaller than the margin is equivalent.
    conditions = [is_equivalent, is_better, is_worse]
    return np.asarray(np.select(conditions, [_EQUIVALENT, _BETTER, _WORSE], _UNDECIDED))


# p-values


def difference_p_values(differences: Floats, least: float, flips: int, *address: object) -> Floats:
    """Return the two-sided p-values of abs(mean) <= least: twice the smaller one-sided one."""
    if least == 0:
        _, p = sign_flip_test(differences, flips, "flip", *address)
        return p
    p_above = one_sided_p_values(differences - least, flips, *address)
    p_below = one_sided_p_values(-differences - least, flips, *address)
    return np.asarray(np.minimum(2 * np.minimum(p_above, p_below), 1.0))


def equivalence_p_values(
    differences: Floats, margin: float | None, flips: int, *address: object
) -> Floats:
    """Return the p-values of abs(mean) >= margin: the larger one-sided one; 1 without a margin.

    Source: Schuirmann 1987, two one-sided tests.
    """
    if margin is None:
        return np.ones(differences.shape[1])
    p_above = one_sided_p_values(margin + differences, flips, *address)
    p_below = one_sided_p_values(margin - differences, flips, *address)
    return np.maximum(p_above, p_below)


def one_sided_p_values(differences: Floats, flips: int, *address: object) -> Floats:
    """Return the p-values of mean <= 0 by sign flips.

    Half of the two-sided one for a mean above 0, otherwise 1 minus that half.
    """
    t, p = sign_flip_test(differences, flips, "flip", *address)
    return np.asarray(np.where(t > 0, p / 2, 1 - p / 2))


def holm_correction(p: Floats) -> Floats:
    """Return k corrected p-values: sorted, the i-th becomes max over j <= i of (k - j + 1) p_j.

    If all hypotheses are true, the probability that any corrected p-value is at most alpha is at
    most alpha, whatever their dependence.

    Source: Holm 1979. Own code, since statsmodels would import pandas.
    """
    order = np.argsort(p, kind="stable")
    factors = np.arange(len(p), 0, -1)
    steps = np.maximum.accumulate(factors * p[order])
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1.0)
    return corrected


def correct_by_family(p: Floats, families: Ints) -> Floats:
    """Return p-values with Holm's correction within each family."""
    corrected = np.empty_like(p)
    for family in np.unique(families):
        members = families == family
        corrected[members] = holm_correction(p[members])
    return corrected


# effect sizes


def effect_sizes(ours: Floats, theirs: Floats) -> Floats:
    """Return mean difference / sqrt((var ours + var theirs) / 2) of each column; nan below 2 pairs.

    The divisor is not the standard deviation of the differences (Cohen's d_z): that shrinks as
    common random numbers work better, and would call a trifle large.

    Args:
        ours: values of the strategies, (worlds, comparisons).
        theirs: values of the baseline, of the same shape.

    Source: d_av of Cumming 2012, ch. 11; Lakens 2013.
    """
    known = np.isfinite(ours) & np.isfinite(theirs)
    sizes = np.full(known.shape[1], np.nan)
    for column in np.flatnonzero(known.sum(axis=0) > 1):
        rows = known[:, column]
        sizes[column] = _effect_size(ours[rows, column], theirs[rows, column])
    return sizes


def _effect_size(ours: Floats, theirs: Floats) -> float:
    pooled = math.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / 2)
    gap = float((ours - theirs).mean())
    if pooled > 0:
        return gap / pooled
    return math.copysign(math.inf, gap) if gap else 0.0


def superiority_shares(differences: Floats) -> Floats:
    """Return the share of worlds with a difference above 0, ties counting half; nan without a pair.

    Source: McGraw & Wong 1992, the common language effect size, within pairs; ties as Vargha &
    Delaney 2000.
    """
    pairs = np.isfinite(differences).sum(axis=0)
    wins = (differences > 0).sum(axis=0)
    ties = (differences == 0).sum(axis=0)
    return _divide(wins + 0.5 * ties, pairs, pairs > 0)
