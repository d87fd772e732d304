"""The conclusion that the verdicts of each environment support."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from equipoise.analysis.comparison.comparison import Finding
from equipoise.analysis.comparison.differences import Difference

JudgementKind = Literal["best", "better", "equivalent", "none", "undecided"]
_MIN_PROBABILITY_OF_BEST = 0.95  # the usual level of a confidence interval


class Judgement(NamedTuple):
    """The conclusion that the verdicts of one environment support.

    Attributes:
        environment: the environment.
        kind: "best": the strategy is better than the baseline, and has the highest mean with a
            probability of 95 % or more; "better": the strategy has the largest difference of those
            that are better; "equivalent": all are equivalent to the baseline; "none": all are
            decided, and none is better; "undecided": none is better, and some are undecided.
        strategy: the strategy of "best" and "better", else empty.
    """

    environment: str
    kind: JudgementKind
    strategy: str = ""


def judge_environments(
    finding: Finding, environments: Sequence[str], references: Collection[str] = ()
) -> list[Judgement]:
    """Return the conclusion for each environment.

    Args:
        finding: results on the first measure.
        environments: names.
        references: strategies that no firm can have: they are never named.
    """
    return [_judge_environment(finding, name, references) for name in environments]


def _judge_environment(
    finding: Finding, environment: str, references: Collection[str]
) -> Judgement:
    differences = select_differences(finding, [environment], references)
    better = [one for one in differences if one.verdict == "better"]
    if better:
        sign = finding.outcomes.sign
        strategy = max(better, key=lambda one: sign * one.mean).strategy
        rank = finding.rank(strategy, environment)
        is_best = rank.rank == 1 and rank.best >= _MIN_PROBABILITY_OF_BEST
        return Judgement(environment, "best" if is_best else "better", strategy)
    verdicts = {one.verdict for one in differences}
    # Without a single pair of runs nothing is known either.
    if not verdicts or "undecided" in verdicts:
        return Judgement(environment, "undecided")
    if verdicts == {"equivalent"}:
        return Judgement(environment, "equivalent")
    return Judgement(environment, "none")


def select_differences(
    finding: Finding, environments: Collection[str], references: Collection[str]
) -> list[Difference]:
    """Return the differences in some environments without those of the references."""
    in_environments = (one for one in finding.differences if one.environment in environments)
    return [one for one in in_environments if one.strategy not in references]
