"""Strategies against a baseline in the same worlds: differences, intervals, effect sizes, verdicts.

How sure a verdict is. "better" and "worse" need two things: the sign-flip test's p-value, corrected by Holm over
the family, is at most alpha, and the interval shown excludes 0. "equivalent" needs two one-sided sign-flip tests
against the margin, corrected likewise, and the interval shown inside the margin. So no verdict contradicts its
interval, and where both strategies do the same, the chance of even one false "better" or "worse" in a family is at
most alpha; likewise of one false "equivalent". The test is exact for symmetric differences. For lopsided ones of
equal means it errs more often with few worlds; tests/analysis/comparison/test_differences.py says by how much.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from equipoise.analysis.comparison.outcomes import Outcomes
from equipoise.analysis.comparison.resampling import DEFAULT_RESAMPLES, bca_interval, sign_flip_test
from equipoise.analysis.comparison.sample_size import DEFAULT_CAP, worlds_to_add
from equipoise.array_types import Flags, Floats, Ints
from equipoise.errors import EquipoiseError

Verdict = Literal["better", "worse", "equivalent", "undecided"]
VERDICTS: tuple[Verdict, ...] = ("undecided", "better", "worse", "equivalent")
Family = Literal["table", "environment"]


@dataclass(frozen=True)
class VerdictRules:
    """What a verdict is held to.

    Args:
        alpha: the chance of a false verdict in a family; intervals are of 1 - alpha, each for itself.
        margin: differences smaller than this do not matter, in the measure's unit; None = no verdict "equivalent".
        least: "better" and "worse" need a difference beyond this; 0, or the margin for claims beyond it.
        family: Holm corrects over the whole table, or over each environment by itself.
        resamples: of the bootstrap, and sign flips of the test (more where Holm needs finer p-values).
        cap: worlds in all beyond which a verdict is not worth waiting for.
    """

    alpha: float = 0.05
    margin: float | None = None
    least: float = 0.0
    family: Family = "table"
    resamples: int = DEFAULT_RESAMPLES
    cap: int = DEFAULT_CAP

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise EquipoiseError(*problems)


@dataclass(frozen=True)
class Difference:
    """A strategy less the baseline in one environment, in the measure's unit.

    Args:
        strategy, baseline, environment: what is compared, and where.
        pairs: worlds in which both have a value.
        dropped: worlds without a pair.
        lopsided: of these, worlds in which one of the two has a value; many can mislead, for a value may be
            missing because a strategy failed.
        mean, low, high: mean difference and its BCa interval; nan below 5 pairs.
        spread: standard deviation of the differences.
        standardised: mean difference / spread of worlds under either strategy, see ``standardised``.
        superiority: probability that the strategy is the better one in a world, see ``superiority``.
        p: Holm-corrected p-value of "no difference".
        p_equivalent: Holm-corrected p-value of "a difference that matters"; 1 without a margin.
        verdict: in terms of what is better, not of what is larger.
        more: worlds to add until a verdict is to be expected; 0 = decided, None = not up to the cap.
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
    """Columns of paired differences, judged with more as better: one entry a column; ``verdict`` indexes VERDICTS."""

    mean: Floats
    low: Floats
    high: Floats
    spread: Floats
    p: Floats
    p_equivalent: Floats
    verdict: Ints


def _problems(rules: VerdictRules) -> Iterator[str]:
    if not 0 < rules.alpha < 0.5:
        yield f"alpha is {rules.alpha}: give a chance of error between 0 and 0.5, such as 0.05."
    if rules.margin is not None and not 0 < rules.margin < math.inf:
        yield f"The margin is {rules.margin}: give a number above 0 in the measure's unit, or None."
    if not 0 <= rules.least < math.inf:
        yield f"least is {rules.least}: give 0 or a number above in the measure's unit."
    if rules.family not in ("table", "environment"):
        yield f"The family {rules.family!r} is not known. Allowed: environment, table."
    if rules.resamples < 99:
        yield f"{rules.resamples} resamples are too few for an interval: give 99 or more (9,999 to publish)."


def compute_differences(
    outcomes: Outcomes, baseline: str, rules: VerdictRules | None = None
) -> tuple[Difference, ...]:
    """Return one difference for each environment and strategy but the baseline, in the order of the outcomes.

    Args:
        outcomes: one measure of all strategies, in the same worlds.
        baseline: the strategy that the others are measured against.
        rules: what a verdict is held to.

    Returns:
        The differences; chance in them comes from the measure's name and the seeds alone, so that the same
        outcomes give the same verdicts, and naming the strategies in another order changes nothing.
    """
    rules = rules or VerdictRules()
    base = outcomes.row(baseline)
    others = [row for row in range(len(outcomes.strategies)) if row != base]
    cells = [(row, place) for place in range(len(outcomes.environments)) for row in others]
    if not cells:
        return ()
    rows, places = np.array(cells).T
    ours, theirs = outcomes.values[rows, places].T, outcomes.values[base, places].T
    families = places if rules.family == "environment" else np.zeros_like(places)
    found = assess_differences(
        outcomes.sign * (ours - theirs), families, rules, outcomes.measure, *outcomes.seeds
    )
    numbers = _count_and_measure(ours, theirs, outcomes.sign) | _restore_direction(
        found, outcomes.sign
    )
    more = _worlds_to_add_by_column(found, numbers["pairs"], len(ours), families, rules)
    return tuple(
        Difference(
            strategy=outcomes.strategies[row],
            baseline=baseline,
            environment=outcomes.environments[place],
            verdict=VERDICTS[found.verdict[i]],
            more=more[i],
            **{name: column[i].item() for name, column in numbers.items()},
        )
        for i, (row, place) in enumerate(cells)
    )


def _count_and_measure(ours: Floats, theirs: Floats, sign: float) -> dict[str, Any]:
    """Return what is counted and measured of each column before any judgement."""
    a, b = np.isfinite(ours), np.isfinite(theirs)
    return {
        "pairs": (a & b).sum(axis=0),
        "dropped": (~(a & b)).sum(axis=0),
        "lopsided": (a ^ b).sum(axis=0),
        "standardised": effect_sizes(ours, theirs),
        "superiority": superiority_shares(sign * (ours - theirs)),
    }


def _restore_direction(found: Assessment, sign: float) -> dict[str, Any]:
    """Return what was found, means and intervals turned back into the measure's own direction."""
    low, high = (found.low, found.high) if sign > 0 else (-found.high, -found.low)
    ends = {"mean": sign * found.mean, "low": low, "high": high}
    return ends | {name: getattr(found, name) for name in ("spread", "p", "p_equivalent")}


def assess_differences(
    differences: Floats, families: Ints, rules: VerdictRules, *address: object
) -> Assessment:
    """Judge paired differences (worlds, comparisons), corrected over the comparisons of equal ``families``."""
    known = np.isfinite(differences)
    n = known.sum(axis=0)
    filled = np.where(known, differences, 0.0)
    mean = _divide(filled.sum(axis=0), n, n > 0)
    squares = (np.where(known, differences - mean, 0.0) ** 2).sum(axis=0)
    spread = np.sqrt(_divide(squares, n - 1, n > 1))
    low, high = bca_interval(differences, 1 - rules.alpha, rules.resamples, "bca", *address)
    flips = max(rules.resamples, math.ceil(10 * np.bincount(families).max() / rules.alpha))
    tests = (
        difference_p_values(differences, rules.least, flips, *address),
        equivalence_p_values(differences, rules.margin, flips, *address),
    )
    different, within = (correct_by_family(p, families) for p in tests)
    verdict = _verdicts(different, within, low, high, rules)
    return Assessment(mean, low, high, spread, different, within, verdict)


def _verdicts(
    p: Floats, p_equivalent: Floats, low: Floats, high: Floats, rules: VerdictRules
) -> Ints:
    margin = rules.margin or 0.0
    equivalent = (p_equivalent <= rules.alpha) & (-margin < low) & (high < margin)
    sure = p <= rules.alpha
    better, worse = sure & (low > rules.least), sure & (high < -rules.least)
    chosen: Ints = np.where(equivalent, 3, np.where(better, 1, np.where(worse, 2, 0)))
    return chosen


def difference_p_values(differences: Floats, least: float, flips: int, *address: object) -> Floats:
    """Return the p-values of abs(mean) <= least, two-sided: twice the smaller one-sided one."""
    if least == 0:
        return sign_flip_test(differences, flips, "flip", *address)[1]
    above, below = (
        one_sided_p_values(side * differences - least, flips, *address) for side in (1.0, -1.0)
    )
    return np.asarray(np.minimum(2 * np.minimum(above, below), 1.0))


def equivalence_p_values(
    differences: Floats, margin: float | None, flips: int, *address: object
) -> Floats:
    """Return the p-values of abs(mean) >= margin: the larger of two one-sided ones; 1 without a margin.

    Source: Schuirmann 1987, two one-sided tests.
    """
    if margin is None:
        return np.ones(differences.shape[1])
    above, below = (
        one_sided_p_values(margin + side * differences, flips, *address) for side in (1.0, -1.0)
    )
    return np.maximum(above, below)


def one_sided_p_values(differences: Floats, flips: int, *address: object) -> Floats:
    """Return the p-values of mean <= 0 by sign flips: half of the two-sided one, or 1 less that half below 0."""
    t, p = sign_flip_test(differences, flips, "flip", *address)
    return np.asarray(np.where(t > 0, p / 2, 1 - p / 2))


def holm_correction(p: Floats) -> Floats:
    """Return p-values corrected for their number k: sorted, the i-th becomes max over j <= i of (k - j + 1) p_j.

    With nothing to find, the chance that any falls to alpha or below is at most alpha, however they depend.

    Source: Holm 1979. Six lines, so that comparing does not have to import statsmodels and pandas.
    """
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order])
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1.0)
    return corrected


def correct_by_family(p: Floats, families: Ints) -> Floats:
    """Return p-values corrected by Holm within each family."""
    corrected = np.empty_like(p)
    for family in np.unique(families):
        corrected[families == family] = holm_correction(p[families == family])
    return corrected


def effect_sizes(ours: Floats, theirs: Floats) -> Floats:
    """Return mean difference / sqrt((var ours + var theirs) / 2) over pairs (worlds, comparisons); nan below 2.

    Not divided by the spread of differences (Cohen's d_z): that shrinks as common random numbers work better,
    and would call a trifle large.

    Source: d_av of Cumming 2012, ch. 11; Lakens 2013.
    """
    known = np.isfinite(ours) & np.isfinite(theirs)
    sizes = np.full(known.shape[1], np.nan)
    for i in np.flatnonzero(known.sum(axis=0) > 1):
        a, b = ours[known[:, i], i], theirs[known[:, i], i]
        pooled = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
        gap = float((a - b).mean())
        sizes[i] = gap / pooled if pooled > 0 else math.copysign(math.inf, gap) if gap else 0.0
    return sizes


def superiority_shares(differences: Floats) -> Floats:
    """Return the share of worlds with a difference above 0, ties counting half; nan without a pair.

    Source: McGraw & Wong 1992, the common language effect size, within pairs; ties as Vargha & Delaney 2000.
    """
    n = np.isfinite(differences).sum(axis=0)
    wins = (differences > 0).sum(axis=0) + 0.5 * (differences == 0).sum(axis=0)
    return _divide(wins, n, n > 0)


def _divide(sums: Floats, counts: Ints, where: Flags) -> Floats:
    """Return sums / counts, nan elsewhere."""
    out = np.full(len(counts), np.nan)
    np.divide(sums, counts, out=out, where=where)
    return out


def _worlds_to_add_by_column(
    found: Assessment, pairs: Ints, worlds: int, families: Ints, rules: VerdictRules
) -> list[int | None]:
    """Return the worlds to add for each column: 0 where it is decided."""
    sizes = np.bincount(families)[families]
    return [
        0
        if found.verdict[i]
        else worlds_to_add(
            float(found.mean[i]),
            float(found.spread[i]),
            (int(pairs[i]), worlds),
            alpha=rules.alpha,
            comparisons=int(sizes[i]),
            margin=rules.margin,
            least=rules.least,
            cap=rules.cap,
        )
        for i in range(len(pairs))
    ]
